//! Successes: when which credential worked at which host from which pod, thinned so that memory follows time, not rows.
//!
//! Of all successes of one key in one bucket of the clock the first and the last are kept. Buckets are two seconds wide,
//! and twice and twice as wide where that still leaves too many rows; so "the last success before t" is known to within
//! one bucket. The width depends on nothing but the rows, so any split of the work gives the same result: a part of the
//! rows never asks for wider buckets than all of them.

use super::served::Served;
use super::symbols::{Remap, Sym};
use crate::finding::Locator;
use crate::record::time::{Nanos, SECOND};
use indexmap::IndexSet;

/// Width of a bucket while there are few successes.
pub const BUCKET: Nanos = 2 * SECOND;
/// Buckets never get wider (24 days): each key keeps at least one row, so with very many keys more width would not help.
const BUCKET_MAX: Nanos = BUCKET << 20;
/// How often buckets would have to be doubled, as far as that is told: up to [`BUCKET_MAX`] and some more.
const WIDTHS: usize = 256;
/// No bucket is so wide.
const NEVER: u8 = u8::MAX;
/// Successes kept, unless there are more keys.
const ROWS_MAX: usize = 1 << 17;

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

impl Success {
    /// The order of successes.
    fn rank(&self) -> (Nanos, u32, u64) {
        (self.at, self.locator.input, self.locator.offset)
    }
}

/// A bucket of the clock, and where its first and last success so far stand among the rows.
#[derive(Debug, Clone, Default)]
struct Filling {
    begins: Nanos,
    ends: Nanos,
    first: usize,
    last: usize,
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
#[derive(Debug, Clone)]
pub struct Outcomes {
    keys: IndexSet<Key, rapidhash::fast::RandomState>,
    rows: Vec<Success>,
    bucket: Nanos,
    /// Of every key the bucket that its last success fell into.
    filling: Vec<Filling>,
    served: Served,
    /// Rows at the last thinning; the next one comes when they have doubled.
    thinned: usize,
    total: u64,
}

impl Default for Outcomes {
    fn default() -> Self {
        let (keys, rows, filling) = (IndexSet::default(), Vec::new(), Vec::new());
        Outcomes { keys, rows, bucket: BUCKET, filling, served: Served::default(), thinned: 0, total: 0 }
    }
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
        self.served.push(key.0 as usize, at);
        self.total += 1;
        self.keep(Success { at, locator, key: key.0 });
        if self.rows.len() >= (2 * self.thinned).max(ROWS_MAX) {
            self.thin();
        }
    }

    /// Adds a success, unless thinning would drop it: most rows come in order, and lie in the bucket of the one before.
    fn keep(&mut self, success: Success) {
        let key = success.key as usize;
        if self.filling.len() <= key {
            self.filling.resize_with(key + 1, Filling::default);
        }
        let Filling { begins, ends, first, last } = &mut self.filling[key];
        let place = self.rows.len();
        if !(*begins..*ends).contains(&success.at) {
            let bucket = success.at.div_euclid(self.bucket).saturating_mul(self.bucket);
            (*begins, *ends, *first, *last) = (bucket, bucket.saturating_add(self.bucket), place, place);
        } else if success.rank() > self.rows[*last].rank() {
            if first != last {
                self.rows[*last] = success;
                return;
            }
            *last = place;
        } else if success.rank() < self.rows[*first].rank() {
            if first != last {
                self.rows[*first] = success;
                return;
            }
            *first = place;
        } else {
            return;
        }
        self.rows.push(success);
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
        self.bucket = self.bucket.max(other.bucket);
        self.served.absorb(other.served, &keys);
    }

    /// Puts `locator.line` right with the lines that stand before a row's chunk.
    pub fn number(&mut self, lines_before: impl Fn(&Locator) -> u64) {
        for row in &mut self.rows {
            row.locator.line += lines_before(&row.locator);
        }
    }

    /// Thins once more, before another worker takes over.
    pub fn close(&mut self) {
        self.thin();
        self.served.clean();
    }

    /// Thins what all workers kept, and orders it by time: in a way that is quick with what mostly is in order already.
    /// Instants are compared alone; few rows share theirs.
    pub fn settle(&mut self) {
        self.close();
        let mut order: Vec<(Nanos, usize)> = self.rows.iter().enumerate().map(|(n, row)| (row.at, n)).collect();
        order.sort_by_key(|(at, _)| *at);
        self.rows = order.into_iter().map(|(_, number)| self.rows[number]).collect();
        self.rows.chunk_by_mut(|a, b| a.at == b.at).for_each(|same| same.sort_by_key(Success::rank));
    }

    /// Whether some success was left out.
    pub fn is_thinned(&self) -> bool {
        self.total > self.rows.len() as u64
    }

    /// Whether a key had a success well within a span, also one that was left out.
    pub fn served_within(&self, key: usize, from: Nanos, until: Nanos) -> bool {
        let (from, until) = (from.saturating_add(SECOND), until.saturating_sub(SECOND));
        from <= until && self.served.any(key, from, until)
    }

    /// Whether a key had a success from one instant to another, give or take half a second.
    pub fn served(&self, key: usize, from: Nanos, until: Nanos) -> bool {
        self.served.any(key, from, until)
    }

    /// Of every key and bucket the first and the last success stay; buckets widen until few enough stay.
    ///
    /// A bucket of twice the width has the ends of its halves among its rows, so that each row has one width from which on
    /// it is neither first nor last; one look at all rows tells it.
    fn thin(&mut self) {
        let widths = self.dropped_from();
        let mut dropped_at = [0; WIDTHS];
        widths.iter().for_each(|width| dropped_at[usize::from(*width)] += 1);
        let (mut width, mut left) = (0, self.rows.len() - dropped_at[0]);
        while left > ROWS_MAX && self.bucket < BUCKET_MAX {
            self.bucket *= 2;
            width += 1;
            left -= dropped_at[width];
        }
        let mut widths = widths.into_iter();
        self.rows.retain(|_| widths.next().is_some_and(|from| usize::from(from) > width));
        self.filling.clear();
        self.thinned = self.rows.len();
    }

    /// Of every row how often the buckets have to be doubled until it is neither the first nor the last in its own.
    fn dropped_from(&self) -> Vec<u8> {
        let mut widths = vec![NEVER; self.rows.len()];
        let (mut order, ends) = self.by_key();
        let mut start = 0;
        for end in ends {
            let rows = &mut order[start..end];
            start = end;
            if !rows.is_sorted_by(|(a, _), (b, _)| a < b) {
                rows.sort_by_key(|(at, _)| *at);
                // Few rows share their instant.
                let rank = |(_, number): &(Nanos, u32)| self.rows[*number as usize].rank();
                rows.chunk_by_mut(|(a, _), (b, _)| a == b).for_each(|same| same.sort_by_key(rank));
            }
            // From which width on a row shares its bucket with the one before.
            let mut buckets = rows.iter().map(|(at, _)| at.div_euclid(self.bucket));
            let (mut last, mut before) = (buckets.next().unwrap_or_default(), NEVER);
            for (bucket, (_, number)) in buckets.zip(&*rows) {
                let shared = ((Nanos::BITS - (bucket ^ last).leading_zeros()) as u8).min(NEVER - 1);
                widths[*number as usize] = before.max(shared);
                (last, before) = (bucket, shared);
            }
        }
        widths
    }

    /// Instant and number of all rows, key by key, and where the rows of each key end.
    fn by_key(&self) -> (Vec<(Nanos, u32)>, Vec<usize>) {
        let mut ends = vec![0; self.keys.len()];
        self.rows.iter().for_each(|row| ends[row.key as usize] += 1);
        let mut sum = 0;
        for end in &mut ends {
            let rows = std::mem::replace(end, sum);
            sum += rows;
        }
        let mut order = vec![(0, 0); self.rows.len()];
        for (number, row) in self.rows.iter().enumerate() {
            let place = &mut ends[row.key as usize];
            order[*place] = (row.at, u32::try_from(number).expect("fewer than four billion rows"));
            *place += 1;
        }
        (order, ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Symbols;

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

    proptest::proptest! {
        #[test]
        fn a_row_stays_while_it_is_first_or_last_in_its_bucket(rows in proptest::collection::vec((0..3_u32, -40 * BUCKET..40 * BUCKET), 0..60), wider in 0..8_u32) {
            let place = |n: usize| Locator { input: 0, offset: n as u64, length: 1, line: 0 };
            let mut all = Outcomes::default();
            for host in 0..3 {
                let mut symbols = Symbols::default();
                (0..=host).for_each(|n| _ = symbols.some(&n.to_string()));
                all.keys.insert(Key { host: symbols.some(&host.to_string()), pod: None, node: None, sandbox: None, names: None });
            }
            all.rows = rows.iter().enumerate().map(|(n, (key, at))| Success { at: *at, locator: place(n), key: *key }).collect();
            let widths = all.dropped_from();
            for (n, row) in all.rows.iter().enumerate() {
                let bucket = |row: &Success| row.at.div_euclid(BUCKET << wider);
                let shares = |other: &&Success| other.key == row.key && bucket(other) == bucket(row);
                let mut ranks = all.rows.iter().filter(shares).map(Success::rank);
                let (before, after) = (ranks.clone().any(|r| r < row.rank()), ranks.any(|r| r > row.rank()));
                let dropped = before && after;
                proptest::prop_assert_eq!(u32::from(widths[n]) <= wider, dropped);
            }
        }

        #[test]
        fn what_is_dropped_early_would_have_been_dropped(rows in proptest::collection::vec((0..3_u32, 0..4 * BUCKET, 0..3_u64), 0..60)) {
            let place = |offset| Locator { input: 0, offset, length: 1, line: 0 };
            let (mut early, mut late, mut symbols) = (Outcomes::default(), Outcomes::default(), Symbols::default());
            for n in 0..3 {
                let key = Key { host: symbols.some(&format!("h{n}")), pod: None, node: None, sandbox: None, names: None };
                early.keys.insert(key);
                late.keys.insert(key);
            }
            for (n, (key, at, offset)) in rows.iter().enumerate() {
                let at = at / 1000 * 1000;
                let locator = place(offset * 1000 + n as u64);
                early.push_known(KeyNumber(*key), at, locator);
                late.rows.push(Success { at, locator, key: *key });
            }
            early.settle();
            late.settle();
            let shown = |all: &Outcomes| all.rows().iter().map(|r| (r.rank(), r.key)).collect::<Vec<_>>();
            proptest::prop_assert_eq!(shown(&early), shown(&late));
        }
    }

    #[test]
    fn wider_buckets_do_not_depend_on_the_split() {
        let key = Key { host: None, pod: None, node: None, sandbox: None, names: None };
        let push = |all: &mut Outcomes, n: usize| {
            let locator = Locator { input: 0, offset: n as u64, length: 1, line: 0 };
            all.push(key, n as Nanos * BUCKET, locator);
        };
        let count = ROWS_MAX * 3;
        let (mut whole, mut a, mut b) = (Outcomes::default(), Outcomes::default(), Outcomes::default());
        (0..count).for_each(|n| push(&mut whole, n));
        (0..count).for_each(|n| push(if n % 7 < 3 { &mut a } else { &mut b }, n));
        let map = Symbols::default().absorb(Symbols::default());
        a.absorb(b, &map);
        whole.settle();
        a.settle();
        let at = |all: &Outcomes| all.rows().iter().map(|row| row.at).collect::<Vec<_>>();
        assert_eq!((a.bucket, at(&a)), (whole.bucket, at(&whole)));
        assert!(whole.bucket > BUCKET && whole.rows().len() <= ROWS_MAX);
    }

    #[test]
    fn more_keys_than_rows_are_kept_all_the_same() {
        let (mut all, mut symbols) = (Outcomes::default(), Symbols::default());
        for n in 0..ROWS_MAX + 5 {
            let key = Key { host: symbols.some(&format!("h{n}")), pod: None, node: None, sandbox: None, names: None };
            all.push(key, n as Nanos * SECOND, Locator { input: 0, offset: n as u64, length: 1, line: 0 });
        }
        all.settle();
        assert_eq!((all.rows().len(), all.bucket), (ROWS_MAX + 5, BUCKET_MAX));
    }
}
