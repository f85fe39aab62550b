//! Which fields a query's later steps look at, so that only they are decoded.

use std::collections::BTreeSet;

/// A set of field names, possibly "all of them".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    all: bool,
    names: BTreeSet<String>,
}

impl Needed {
    /// Every field: what printing a row needs.
    pub fn everything() -> Self {
        Needed { all: true, names: BTreeSet::new() }
    }

    /// No field: what counting rows needs.
    pub fn nothing() -> Self {
        Needed { all: false, names: BTreeSet::new() }
    }

    pub fn is_everything(&self) -> bool {
        self.all
    }

    pub fn add(&mut self, name: &str) {
        if !self.all && !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    /// Adds a wildcard's fields. Which they are is known only row by row, so this means everything.
    pub fn add_all(&mut self) {
        *self = Needed::everything();
    }

    /// The field is overwritten before it is looked at. Out of "everything" nothing can be taken.
    pub fn remove(&mut self, name: &str) {
        self.names.remove(name);
    }

    pub fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }

    /// The names, in order; `None` for everything.
    pub fn names(&self) -> Option<impl Iterator<Item = &str>> {
        (!self.all).then(|| self.names.iter().map(String::as_str))
    }
}
