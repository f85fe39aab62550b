//! Sums of numbers that the store holds together: added in their order, and read as the column they are in.

use crate::logsql::number;

/// A sum of values in their order, which is what its rounding depends on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    pub total: f64,
    pub count: u64,
}

impl Sum {
    pub fn add(&mut self, value: f64, count: u64) {
        self.total = if self.count == 0 { value } else { self.total + value };
        self.count += count;
    }
}

/// The values that the rows of one block have of some fields.
#[derive(Debug, Default)]
pub struct Block {
    columns: Vec<Column>,
    rows: u64,
    /// As if row by row: of each value what the plain parser takes.
    by_row: Sum,
}

#[derive(Debug)]
struct Column {
    name: String,
    first: String,
    /// No value was another one.
    same: bool,
    /// Rows with a value, and the number of the last one.
    seen: u64,
    last: u64,
    /// Values that count, and the sum of those that are numbers of any kind.
    taken: u64,
    sum: Sum,
}

impl Block {
    /// The next row.
    pub fn next_row(&mut self) {
        self.rows += 1;
    }

    /// A value of the row; it only counts if it is `taken`.
    pub fn see(&mut self, name: &str, value: &str, taken: bool) {
        let rows = self.rows;
        // A field may be asked for twice.
        let found = self.columns.iter().position(|column| column.last != rows && column.name == name);
        let place = found.unwrap_or_else(|| {
            self.columns.push(Column {
                name: name.to_owned(),
                first: value.to_owned(),
                same: true,
                seen: 0,
                last: 0,
                taken: 0,
                sum: Sum::default(),
            });
            self.columns.len() - 1
        });
        let column = &mut self.columns[place];
        column.same &= column.first == value;
        (column.seen, column.last) = (column.seen + 1, rows);
        if !taken {
            return;
        }
        column.taken += 1;
        if let Some(number) = number::amount(value) {
            column.sum = Sum { total: column.sum.total + number, count: column.sum.count + 1 };
        }
        if let Some(number) = number::plain(value) {
            self.by_row.add(number, 1);
        }
    }

    /// The sum, and an empty block again. Where all rows are in one group the store adds up whole columns: one that is
    /// text takes numbers of any kind, one that holds the same value everywhere is that value times its rows, and then it
    /// must be a plain number, as it must where rows are taken one by one.
    pub fn end(&mut self, alone: bool) -> Sum {
        let Block { columns, rows, by_row } = std::mem::take(self);
        if !alone {
            return by_row;
        }
        let mut all = Sum::default();
        for column in columns {
            let sum = column.sum(rows);
            if sum.count > 0 {
                all.add(sum.total, sum.count);
            }
        }
        all
    }
}

impl Column {
    fn sum(&self, rows: u64) -> Sum {
        if !self.same || self.seen < rows {
            return self.sum;
        }
        let value = number::plain(&self.first);
        value.map_or_else(Sum::default, |value| Sum { total: value * self.taken as f64, count: self.taken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[&str], alone: bool) -> (String, u64) {
        let mut block = Block::default();
        for value in values {
            block.next_row();
            block.see("a", value.trim_start_matches('~'), !value.starts_with('~'));
        }
        let sum = block.end(alone);
        (number::print_float(sum.total), sum.count)
    }

    #[test]
    fn a_column_of_text_takes_numbers_of_any_kind() {
        for (values, alone, total, count) in [
            (&["1s", "2s"][..], true, "3000000000", 2),
            (&["1s", "2s"], false, "0", 0),
            (&["1s", "1s"], true, "0", 0),
            (&["1s", "1s", "~2s"], true, "2000000000", 2),
            (&["1KB", "1e3", "x", "1.2.3.4", "5"], true, "2005", 3),
            (&["1KB", "1e3", "x", "1.2.3.4", "5"], false, "5", 1),
            // Exactly it would be two more.
            (&["9007199254740992", "1", "1"], true, "9007199254740992", 3),
            (&["9007199254740992", "1", "1"], false, "9007199254740992", 3),
            (&["0.1"; 10], true, "1", 10),
            (&["0.1"; 10], false, "0.9999999999999999", 10),
            (&["~7"; 3], true, "0", 0),
        ] {
            assert_eq!(sum(values, alone), (total.to_owned(), count), "{values:?} {alone}");
        }
    }

    #[test]
    fn columns_are_added_one_after_the_other() {
        let mut block = Block::default();
        for (a, b) in [("0.1", "1s"), ("0.2", "")] {
            block.next_row();
            block.see("a", a, true);
            block.see("a", a, true);
            if !b.is_empty() {
                block.see("b", b, true);
            }
        }
        let sum = block.end(true);
        assert_eq!((sum.total, sum.count), (1_000_000_000.6, 5));
    }
}
