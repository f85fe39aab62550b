//! Counting rows by the values of some fields: what `uniq`, `top`, `field_values` and several endpoints do.

use super::Seq;
use crate::logsql::batch::Fields;
use crate::logsql::values::integer;
use hashbrown::HashMap;

/// Rows per tuple of values, and where each tuple was first seen.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    hits: HashMap<Box<[u8]>, (Seq, u64)>,
    buffer: Vec<u8>,
}

/// One tuple of values with its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub values: Vec<String>,
    pub hits: u64,
    pub first: Seq,
}

impl Tally {
    pub fn add(&mut self, row: &dyn Fields, names: &[String], seq: Seq) {
        self.add_many(row, names, seq, 1);
    }

    /// Adds rows of the same values; `seq` is the first of them.
    pub fn add_many(&mut self, row: &dyn Fields, names: &[String], seq: Seq, times: u64) {
        self.buffer.clear();
        for name in names {
            let value = row.get(name);
            push(&if names.len() == 1 { integer::key(value) } else { value }, &mut self.buffer);
        }
        match self.hits.get_mut(self.buffer.as_slice()) {
            Some((_, hits)) => *hits += times,
            None => drop(self.hits.insert(self.buffer.as_slice().into(), (seq, times))),
        }
    }

    pub fn merge(&mut self, other: Tally) {
        for (key, (seq, hits)) in other.hits {
            let mine = self.hits.entry(key).or_insert((seq, 0));
            mine.0 = mine.0.min(seq);
            mine.1 += hits;
        }
    }

    /// The tuples in first-seen order.
    pub fn by_first_seen(self) -> Vec<Counted> {
        let mut all: Vec<Counted> =
            self.hits.into_iter().map(|(key, (first, hits))| Counted { values: values(&key), hits, first }).collect();
        all.sort_by_key(|counted| counted.first);
        all
    }

    /// At most `limit` tuples, most hits first, ties by value: a single one by its bytes, several with the shorter text first.
    pub fn by_hits(self, limit: usize) -> Vec<Counted> {
        type Hits = (Box<[u8]>, (Seq, u64));
        let order = |a: &Hits, b: &Hits| b.1.1.cmp(&a.1.1).then_with(|| key_order(&a.0, &b.0));
        let mut all: Vec<Hits> = self.hits.into_iter().collect();
        if limit < all.len() {
            all.select_nth_unstable_by(limit, order);
            all.truncate(limit);
        }
        all.sort_by(order);
        all.into_iter().map(|(key, (first, hits))| Counted { values: values(&key), hits, first }).collect()
    }
}

fn push(value: &str, out: &mut Vec<u8>) {
    let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(value.as_bytes());
}

fn values(mut key: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    while let Some((len, rest)) = key.split_first_chunk::<4>() {
        let (value, rest) = rest.split_at((u32::from_be_bytes(*len) as usize).min(rest.len()));
        out.push(String::from_utf8_lossy(value).into_owned());
        key = rest;
    }
    if let [single] = &mut out[..] {
        *single = integer::print(std::mem::take(single));
    }
    out
}

fn key_order(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let single =
        |key: &[u8]| key.first_chunk::<4>().is_some_and(|len| u32::from_be_bytes(*len) as usize + 4 == key.len());
    if single(a) && single(b) { a[4..].cmp(&b[4..]) } else { a.cmp(b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::batch::Row;

    #[test]
    fn counts_and_orders() {
        let names = ["a".to_owned()];
        let mut tally = Tally::default();
        for (i, value) in ["y", "x", "y", "xx", ""].into_iter().enumerate() {
            let row: Row = [("a", value)].into_iter().collect();
            tally.add(&row, &names, Seq { offset: i as u64, ..Seq::default() });
        }
        let text =
            |all: Vec<Counted>| all.iter().map(|c| format!("{}={}", c.values[0], c.hits)).collect::<Vec<_>>().join(" ");
        assert_eq!(text(tally.clone().by_first_seen()), "y=2 x=1 xx=1 =1");
        assert_eq!(text(tally.clone().by_hits(9)), "y=2 =1 x=1 xx=1");
        assert_eq!(text(tally.by_hits(2)), "y=2 =1");
    }
}
