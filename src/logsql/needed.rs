//! Which fields a query's steps look at, found from the last step to the first.
//!
//! The store reads no other column from its files, so where its bookkeeping is wrong a query loses fields: the targets
//! of an `if`, what `unpack_json … result_prefix` is made from. Answers are the store's, hence the bookkeeping is too.
//! Rows are cut down to it before the first pipe sees them ([`super::exec`]).

use super::names::Pattern;
use indexmap::IndexSet;
use std::collections::BTreeSet;

/// A set of field names: those of `allow` that are not in `deny`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needed {
    allow: Set,
    /// Only ever holds exceptions from the wildcards of `allow`.
    deny: Set,
}

/// Names, and prefixes that stand for all names beginning so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Set {
    /// In the order in which they were asked for: the store reads its columns in this order.
    names: IndexSet<String>,
    prefixes: BTreeSet<String>,
}

impl Needed {
    /// Every field: what printing a row needs.
    pub fn everything() -> Self {
        let mut all = Needed::default();
        all.add_all();
        all
    }

    /// No field: what counting rows needs.
    pub fn nothing() -> Self {
        Needed::default()
    }

    pub fn is_nothing(&self) -> bool {
        self.allow.names.is_empty() && self.allow.prefixes.is_empty()
    }

    pub fn add(&mut self, name: &str) {
        if !self.allow.has(name) {
            self.allow.names.insert(name.to_owned());
        }
        self.deny.names.shift_remove(name);
        self.deny.prefixes.retain(|prefix| !name.starts_with(prefix.as_str()));
        self.settle();
    }

    /// Adds every field.
    pub fn add_all(&mut self) {
        self.add_prefix("");
    }

    pub fn add_pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Name(name) => self.add(name),
            Pattern::Prefix(prefix) => self.add_prefix(prefix),
        }
    }

    fn add_prefix(&mut self, prefix: &str) {
        if !self.allow.has_prefix(prefix) {
            self.allow.drop_under(prefix);
            self.allow.prefixes.insert(prefix.to_owned());
        }
        self.deny.drop_under(prefix);
        self.deny.prefixes.retain(|wider| !prefix.starts_with(wider.as_str()));
        self.settle();
    }

    /// The field is overwritten before it is looked at.
    pub fn remove(&mut self, name: &str) {
        if self.has(name) {
            self.allow.names.shift_remove(name);
            self.deny.names.insert(name.to_owned());
            self.settle();
        }
    }

    pub fn remove_pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Name(name) => self.remove(name),
            Pattern::Prefix(prefix) if self.has_pattern(pattern) => {
                self.allow.drop_under(prefix);
                self.deny.drop_under(prefix);
                self.deny.prefixes.insert(prefix.clone());
                self.settle();
            }
            Pattern::Prefix(_) => {}
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.allow.has(name) && !self.deny.has(name)
    }

    /// Whether any field of the pattern is needed.
    pub fn has_pattern(&self, pattern: &Pattern) -> bool {
        match pattern {
            Pattern::Name(name) => self.has(name),
            Pattern::Prefix(prefix) => self.allow.touches(prefix) && !self.deny.has_prefix(prefix),
        }
    }

    /// The names, in the order in which they were asked for; `None` when there are wildcards.
    pub fn names(&self) -> Option<impl Iterator<Item = &str>> {
        self.allow.prefixes.is_empty().then(|| self.allow.names.iter().map(String::as_str))
    }

    fn settle(&mut self) {
        if self.allow.prefixes.is_empty() {
            self.deny = Set::default();
        }
    }
}

impl Set {
    fn has(&self, name: &str) -> bool {
        self.has_prefix(name) || self.names.contains(name)
    }

    /// Whether one of the prefixes covers all that begins so.
    fn has_prefix(&self, prefix: &str) -> bool {
        self.prefixes.iter().any(|wider| prefix.starts_with(wider.as_str()))
    }

    /// Whether anything that begins so is in the set.
    fn touches(&self, prefix: &str) -> bool {
        let narrower = |text: &String| text.starts_with(prefix);
        self.has_prefix(prefix) || self.prefixes.iter().any(narrower) || self.names.iter().any(narrower)
    }

    fn drop_under(&mut self, prefix: &str) {
        self.prefixes.retain(|narrower| !narrower.starts_with(prefix));
        self.names.retain(|name| !name.starts_with(prefix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Pattern {
        Pattern::Prefix(text.to_owned())
    }

    #[test]
    fn out_of_everything_something_can_be_taken_and_put_back() {
        let mut needed = Needed::everything();
        needed.remove("a");
        assert!(!needed.has("a") && needed.has("b"));
        needed.add("a");
        assert_eq!(needed, Needed::everything());
    }

    #[test]
    fn exceptions_need_a_rule() {
        let mut needed = Needed::nothing();
        needed.add("a");
        needed.remove("a");
        needed.add_all();
        assert!(needed.has("a") && needed.has("b"));
    }

    #[test]
    fn wildcards() {
        let mut needed = Needed::nothing();
        needed.add("p.k");
        assert!(needed.has_pattern(&prefix("p.")) && !needed.has_pattern(&prefix("q")) && !needed.has("k"));
        needed.add_pattern(&prefix("p"));
        assert!(needed.names().is_none() && needed.has("px") && !needed.has("x"));
        needed.remove_pattern(&prefix("p."));
        assert!(!needed.has("p.k") && needed.has("px"));
        needed.remove_pattern(&prefix(""));
        assert!(needed.is_nothing());
    }
}
