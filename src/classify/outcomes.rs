//! Successes: when which credential worked at which host from which pod, thinned so that memory follows time, not rows.
//!
//! Of all successes of one key in one two-second bucket of the clock the first and the last are kept. That answers "was
//! there a success within two seconds of t" exactly, and "the last success before t" to within one bucket. Thinning
//! depends on nothing but the rows, so any split of the work gives the same result.

use super::symbols::{Remap, Sym};
use crate::finding::Locator;
use crate::record::time::{Nanos, SECOND};
use indexmap::IndexSet;

/// Width of a bucket.
pub const BUCKET: Nanos = 2 * SECOND;

/// What a success belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub host: Option<Sym>,
    pub pod: Option<Sym>,
    pub node: Option<Sym>,
    pub sandbox: Option<Sym>,
    /// Names of the attached credentials, joined as in an attempt.
    pub names: Option<Sym>,
}

/// The number of a key within one worker.
#[derive(Debug, Clone, Copy)]
pub struct KeyNumber(u32);

/// One kept success.
#[derive(Debug, Clone, Copy)]
pub struct Success {
    pub at: Nanos,
    pub locator: Locator,
    key: u32,
}

/// Something that is known of every key.
#[derive(Debug)]
pub struct PerKey<T>(Vec<T>);

impl<T> PerKey<T> {
    /// The answer for the key of a success.
    pub fn of(&self, success: &Success) -> &T {
        &self.0[success.key as usize]
    }

    pub fn of_mut(&mut self, success: &Success) -> &mut T {
        &mut self.0[success.key as usize]
    }

    /// The answers in the order of [`Outcomes::keys`].
    pub fn into_values(self) -> impl Iterator<Item = T> {
        self.0.into_iter()
    }
}

/// The successes of one worker, or of the whole run after the merge.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    keys: IndexSet<Key, rapidhash::fast::RandomState>,
    rows: Vec<Success>,
    /// Rows at the last thinning; the next one comes when they have doubled.
    thinned: usize,
    total: u64,
}

impl Outcomes {
    /// Keeps a success and returns the number of its key, for [`Outcomes::push_known`].
    pub fn push(&mut self, key: Key, at: Nanos, locator: Locator) -> KeyNumber {
        let key = u32::try_from(self.keys.insert_full(key).0).expect("fewer than four billion keys");
        self.push_known(KeyNumber(key), at, locator);
        KeyNumber(key)
    }

    /// Keeps a success of a key that was pushed before.
    pub fn push_known(&mut self, key: KeyNumber, at: Nanos, locator: Locator) {
        self.rows.push(Success { at, locator, key: key.0 });
        self.total += 1;
        if self.rows.len() >= (2 * self.thinned).max(1 << 16) {
            self.thin();
        }
    }

    /// Successes seen, before thinning.
    pub fn total(&self) -> u64 {
        self.total
    }

    pub fn key(&self, success: &Success) -> Key {
        self.keys[success.key as usize]
    }

    /// The key of this number, in the order of [`Outcomes::keys`].
    pub fn numbered(&self, key: usize) -> &Key {
        &self.keys[key]
    }

    /// Every key that some success had.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// Asks a question once for every key: rows are many, and their keys few.
    pub fn per_key<T>(&self, question: impl FnMut(&Key) -> T) -> PerKey<T> {
        PerKey(self.keys.iter().map(question).collect())
    }

    /// The kept successes, by time once [`Outcomes::settle`] ran.
    pub fn rows(&self) -> &[Success] {
        &self.rows
    }

    /// Takes over another worker's successes.
    pub fn absorb(&mut self, other: Outcomes, map: &Remap) {
        self.total += other.total;
        let keys: Vec<u32> = other
            .keys
            .iter()
            .map(|k| {
                let key = Key {
                    host: map.opt(k.host),
                    pod: map.opt(k.pod),
                    node: map.opt(k.node),
                    sandbox: map.opt(k.sandbox),
                    names: map.opt(k.names),
                };
                u32::try_from(self.keys.insert_full(key).0).expect("fewer than four billion keys")
            })
            .collect();
        self.rows.extend(other.rows.into_iter().map(|row| Success { key: keys[row.key as usize], ..row }));
    }

    /// Puts `locator.line` right with the lines that stand before a row's chunk.
    pub fn number(&mut self, lines_before: impl Fn(&Locator) -> u64) {
        for row in &mut self.rows {
            row.locator.line += lines_before(&row.locator);
        }
    }

    /// Orders by time and thins once more.
    pub fn settle(&mut self) {
        self.thin();
    }

    /// Of every key and bucket the first and the last success stay, in order of time. The sort is one that is quick with
    /// what mostly is in order already.
    fn thin(&mut self) {
        self.rows.sort_by_key(|row| (row.at, row.locator.input, row.locator.offset));
        // Of every key the bucket that is being filled, and its last row so far if that is not its first.
        let mut filling: Vec<(Nanos, Option<usize>)> = vec![(Nanos::MIN, None); self.keys.len()];
        let mut kept = vec![true; self.rows.len()];
        for (number, row) in self.rows.iter().enumerate() {
            let (bucket, last) = &mut filling[row.key as usize];
            let now = row.at.div_euclid(BUCKET);
            if *bucket != now {
                (*bucket, *last) = (now, None);
            } else if let Some(passed) = last.replace(number) {
                kept[passed] = false;
            }
        }
        let mut kept = kept.into_iter();
        self.rows.retain(|_| kept.next().unwrap_or(true));
        self.thinned = self.rows.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_bucket_survive() {
        let key = Key { host: None, pod: None, node: None, sandbox: None, names: None };
        let place = |offset| Locator { input: 0, offset, length: 1, line: 0 };
        let mut all = Outcomes::default();
        for at in [5, 1, 3, BUCKET + 1] {
            all.push(key, at, place(at as u64));
        }
        all.settle();
        assert_eq!(all.rows().iter().map(|r| r.at).collect::<Vec<_>>(), [1, 5, BUCKET + 1]);
        assert_eq!(all.total(), 4);
    }
}
