//! Rows travelling between pipes, and the one way filters and stats look at a row of any kind.

use super::columns::place;
use crate::record::time::{self, Nanos};
use crate::record::{Raw, Record};
use std::borrow::Cow;
use std::sync::Arc;

/// A row as a filter, a stats function or a by-list sees it: a borrowed record or a [`Row`].
pub trait Fields {
    /// The value of a field. Missing and empty are the same.
    fn get(&self, name: &str) -> Cow<'_, str>;

    /// Every field that is not empty, in the order of the row.
    fn each(&self, visit: &mut dyn FnMut(&str, &str));

    /// The names of the fields that are not empty, in the order of the row; nothing is decoded for it.
    fn each_name(&self, visit: &mut dyn FnMut(&str)) {
        self.each(&mut |name, _| visit(name));
    }

    /// The row's instant while `_time` is the untouched time column; once rewritten it is text like any other.
    fn time(&self) -> Option<Nanos>;

    /// An owned copy.
    fn to_row(&self) -> Row {
        let mut row = Row { fields: Vec::with_capacity(24), time: self.time() };
        self.each(&mut |name, value| row.fields.push((name.into(), value.to_owned())));
        row
    }
}

/// A decoded flat row. Empty values are not kept; the order of fields is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    fields: Vec<(Arc<str>, String)>,
    time: Option<Nanos>,
}

impl Row {
    pub fn new() -> Self {
        Row::default()
    }

    pub fn get(&self, name: &str) -> &str {
        self.position(name).map_or("", |at| &self.fields[at].1)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|(n, _)| &**n == name)
    }

    /// Sets a field in place, or appends it. An empty value removes it.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if value.is_empty() {
            self.remove(name);
            return;
        }
        self.touch(name);
        match self.position(name) {
            Some(at) => self.fields[at].1 = value,
            None => self.fields.push((name.into(), value)),
        }
    }

    /// Removes a field and returns its value, empty if it was missing.
    pub fn remove(&mut self, name: &str) -> String {
        self.touch(name);
        self.position(name).map_or_else(String::new, |at| self.fields.remove(at).1)
    }

    /// Gives a field another name, in its place, overwriting what had that name. A missing source empties the target.
    pub fn rename(&mut self, from: &str, to: &str) {
        if from == to {
            return;
        }
        self.touch(from);
        self.touch(to);
        if let Some(at) = self.position(to) {
            self.fields.remove(at);
        }
        if let Some(at) = self.position(from) {
            self.fields[at].0 = to.into();
        }
    }

    /// The same at the end of the row, unless the new name has a place.
    pub fn append_as(&mut self, from: &str, to: &str) {
        if from != to {
            let value = self.remove(from);
            self.set(to, value);
        }
    }

    /// Moves fields to the front, the first of the names first.
    pub fn move_to_front<'n>(&mut self, names: impl DoubleEndedIterator<Item = &'n str>) {
        for name in names.rev() {
            if let Some(at) = self.position(name) {
                self.fields[..=at].rotate_right(1);
            }
        }
    }

    /// Puts the fields in the order of [whole rows](super::columns::place).
    pub fn arrange(&mut self) {
        self.fields.sort_by(|(a, _), (b, _)| place(a).cmp(&place(b)));
    }

    /// Keeps the fields whose names pass.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.fields.retain(|(name, _)| keep(name));
        if self.position("_time").is_none() {
            self.time = None;
        }
    }

    /// Keeps the named fields, in the order of the names.
    pub fn select<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        let mut kept = Vec::new();
        for name in names {
            if let Some(at) = self.position(name) {
                kept.push(self.fields.swap_remove(at));
            }
        }
        self.fields = kept;
        if self.position("_time").is_none() {
            self.time = None;
        }
    }

    /// The fields in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether every field is empty. Such a row is counted by pipes and never printed.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Makes `_time` the untouched time column again (or text, with `None`).
    pub fn set_time(&mut self, time: Option<Nanos>) {
        self.time = time;
    }

    fn touch(&mut self, name: &str) {
        if name == "_time" {
            self.time = None;
        }
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Row {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut row = Row::new();
        for (name, value) in fields {
            row.set(name.as_ref(), value);
        }
        row
    }
}

impl Fields for Row {
    fn get(&self, name: &str) -> Cow<'_, str> {
        Cow::Borrowed(Row::get(self, name))
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self.iter() {
            visit(name, value);
        }
    }

    fn time(&self) -> Option<Nanos> {
        self.time
    }

    fn to_row(&self) -> Row {
        self.clone()
    }
}

impl Fields for Record<'_> {
    fn get(&self, name: &str) -> Cow<'_, str> {
        Record::get(self, name).unwrap_or(Cow::Borrowed(""))
    }

    fn each(&self, visit: &mut dyn FnMut(&str, &str)) {
        for field in self.fields() {
            visit(&field.name, &field.value.text());
        }
    }

    fn time(&self) -> Option<Nanos> {
        self.raw("_time").map(Raw::bytes).and_then(|b| std::str::from_utf8(b).ok()).and_then(time::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_order_and_forgets_empty_values() {
        let mut row: Row = [("a", "1"), ("b", ""), ("c", "3")].into_iter().collect();
        row.set("d", "4");
        row.rename("a", "x");
        row.set("c", "");
        assert_eq!(row.iter().collect::<Vec<_>>(), [("x", "1"), ("d", "4")]);
        assert_eq!(row.get("nosuch"), "");
    }

    #[test]
    fn fields_change_places() {
        let mut row: Row = [("a", "1"), ("b", "2"), ("_msg", "3"), ("c", "4")].into_iter().collect();
        let names = |row: &Row| row.iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ");
        row.move_to_front(["c", "x", "b"].into_iter());
        assert_eq!(names(&row), "c b a _msg");
        row.append_as("b", "d");
        row.append_as("c", "a");
        assert_eq!((names(&row), row.get("a"), row.get("d")), ("a _msg d".to_owned(), "4", "2"));
        row.arrange();
        assert_eq!(names(&row), "_msg a d");
    }

    #[test]
    fn a_rewritten_time_is_text() {
        let record = crate::record::parse(br#"{"_time":"2025-07-01T00:00:00Z","a":"b"}"#).expect("a record");
        let mut row = record.to_row();
        assert_eq!(row.time, time::parse("2025-07-01T00:00:00Z"));
        row.rename("_time", "t");
        assert_eq!((row.time, row.get("t")), (None, "2025-07-01T00:00:00Z"));
    }
}
