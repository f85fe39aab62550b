//! Interned text: every distinct value is kept once, and a classified row holds small numbers.

use hashbrown::HashTable;
use std::hash::BuildHasher;
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
///
/// The texts stand one behind the other: most of them belong to one row alone, and there an allocation of its own would
/// take as much as the text.
#[derive(Debug, Clone, Default)]
pub struct Symbols {
    texts: String,
    /// Where each text ends; it begins where the one before it ends.
    ends: Vec<usize>,
    /// Hash and place of every text.
    places: HashTable<(u32, u32)>,
    hasher: rapidhash::fast::RandomState,
}

impl Symbols {
    pub fn intern(&mut self, text: &str) -> Sym {
        let hash = self.hasher.hash_one(text);
        if let Some(index) = self.index_of(text, hash) {
            return Sym::at(index);
        }
        let index = self.ends.len();
        let sym = Sym::at(index);
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        self.places.insert_unique(spread(hash as u32), (hash as u32, index as u32), |(hash, _)| spread(*hash));
        sym
    }

    fn index_of(&self, text: &str, hash: u64) -> Option<usize> {
        let is_it = |(short, index): &(u32, u32)| *short == hash as u32 && self.at(*index as usize) == text;
        self.places.find(spread(hash as u32), is_it).map(|(_, index)| *index as usize)
    }

    fn at(&self, index: usize) -> &str {
        let begins = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[begins..self.ends[index]]
    }

    /// Interns a text unless it is empty.
    pub fn some(&mut self, text: &str) -> Option<Sym> {
        if text.is_empty() { None } else { Some(self.intern(text)) }
    }

    pub fn text(&self, sym: Sym) -> &str {
        self.at(sym.0.get() as usize - 1)
    }

    /// The text, or the empty string of an absent value.
    pub fn get(&self, sym: Option<Sym>) -> &str {
        sym.map_or("", |sym| self.text(sym))
    }

    pub fn find(&self, text: &str) -> Option<Sym> {
        self.index_of(text, self.hasher.hash_one(text)).map(Sym::at)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Takes over the texts of another table; the answer maps its symbols to ours.
    pub fn absorb(&mut self, other: Symbols) -> Remap {
        Remap { to: (0..other.len()).map(|index| self.intern(other.at(index))).collect() }
    }
}

/// Half a hash as a whole one, which the table takes its first and its last bits of.
fn spread(hash: u32) -> u64 {
    u64::from(hash) | u64::from(hash) << 32
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
