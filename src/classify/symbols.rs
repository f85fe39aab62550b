//! Interned text: every distinct value is kept once, and a classified row holds small numbers.

use indexmap::IndexSet;
use std::num::NonZeroU32;

/// A text of a [`Symbols`] table. Its order means nothing; compare texts where order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(NonZeroU32);

impl Sym {
    fn at(index: usize) -> Sym {
        let number = u32::try_from(index + 1).expect("fewer than four billion distinct texts");
        Sym(NonZeroU32::new(number).expect("one is added"))
    }
}

/// The distinct texts of one worker, or of the whole run after the merge. Raw evidence text: redact before showing.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    texts: IndexSet<Box<str>, rapidhash::fast::RandomState>,
}

impl Symbols {
    pub fn intern(&mut self, text: &str) -> Sym {
        Sym::at(match self.texts.get_index_of(text) {
            Some(index) => index,
            None => self.texts.insert_full(text.into()).0,
        })
    }

    /// Interns a text unless it is empty.
    pub fn some(&mut self, text: &str) -> Option<Sym> {
        if text.is_empty() { None } else { Some(self.intern(text)) }
    }

    pub fn text(&self, sym: Sym) -> &str {
        &self.texts[sym.0.get() as usize - 1]
    }

    /// The text, or the empty string of an absent value.
    pub fn get(&self, sym: Option<Sym>) -> &str {
        sym.map_or("", |sym| self.text(sym))
    }

    pub fn find(&self, text: &str) -> Option<Sym> {
        self.texts.get_index_of(text).map(Sym::at)
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Takes over the texts of another table, uncopied; the answer maps its symbols to ours.
    pub fn absorb(&mut self, other: Symbols) -> Remap {
        Remap { to: other.texts.into_iter().map(|text| Sym::at(self.texts.insert_full(text).0)).collect() }
    }
}

/// Old symbols to new ones, after [`Symbols::absorb`].
#[derive(Debug)]
pub struct Remap {
    to: Vec<Sym>,
}

impl Remap {
    pub fn sym(&self, old: Sym) -> Sym {
        self.to[old.0.get() as usize - 1]
    }

    pub fn opt(&self, old: Option<Sym>) -> Option<Sym> {
        old.map(|sym| self.sym(sym))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absorbing_keeps_the_texts() {
        let (mut a, mut b) = (Symbols::default(), Symbols::default());
        a.intern("x");
        let (y, x) = (b.intern("y"), b.intern("x"));
        let map = a.absorb(b);
        assert_eq!((a.text(map.sym(y)), a.text(map.sym(x)), a.len()), ("y", "x", 2));
    }
}
