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
/// Successes that are worth a thread.
const ROWS_MIN: usize = 1 << 13;

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

/// When a success happened, and its line.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    pub at: Nanos,
    pub locator: Locator,
}

impl Kept {
    /// The order of successes.
    pub fn rank(&self) -> (Nanos, u32, u64) {
        (self.at, self.locator.input, self.locator.offset)
    }
}

/// A success that is not sorted in yet.
#[derive(Debug, Clone, Copy)]
struct Recent {
    kept: Kept,
    key: u32,
}

/// The bucket of the clock that the last success of a key fell into, from its beginning to before its end, and where its
/// first and last success so far stand among the recent ones.
#[derive(Debug, Clone, Default)]
struct Filling {
    begins: Nanos,
    ends: Nanos,
    first: usize,
    last: usize,
}

/// What was kept of one key.
#[derive(Debug, Clone, Default)]
struct Series(Vec<Kept>);

impl Series {
    fn sort(&mut self) {
        if !self.0.is_sorted_by_key(Kept::rank) {
            // Lists that were in order, often one behind the other: the stable sort merges them.
            self.0.sort_by_key(Kept::rank);
        }
    }

    /// Of every row, which are in order, how often a bucket of this width has to be doubled until the row is neither the
    /// first nor the last in its own.
    fn dropped_from(&self, width: Nanos, mut each: impl FnMut(u8)) {
        let mut buckets = self.0.iter().map(|row| row.at.div_euclid(width));
        let Some(mut last) = buckets.next() else { return };
        // From which width on a row shares its bucket with the one before.
        let mut before = NEVER;
        for bucket in buckets {
            let shared = ((Nanos::BITS - (bucket ^ last).leading_zeros()) as u8).min(NEVER - 1);
            each(before.max(shared));
            (last, before) = (bucket, shared);
        }
        each(NEVER);
    }
}

/// The successes of one worker, or of the whole run after the merge.
///
/// New ones are written one behind the other, whatever their keys: many keys have as many places in memory to write to.
#[derive(Debug, Clone)]
pub struct Outcomes {
    keys: IndexSet<Key, rapidhash::fast::RandomState>,
    recent: Vec<Recent>,
    /// Of every key, by its number, what the recent ones begin and end in.
    filling: Vec<Filling>,
    /// What else was kept of every key, by its number.
    series: Vec<Series>,
    /// Rows in the series.
    rows: usize,
    bucket: Nanos,
    served: Served,
    total: u64,
}

impl Default for Outcomes {
    fn default() -> Self {
        Outcomes {
            keys: IndexSet::default(),
            recent: Vec::new(),
            filling: Vec::new(),
            series: Vec::new(),
            rows: 0,
            bucket: BUCKET,
            served: Served::default(),
            total: 0,
        }
    }
}

impl Outcomes {
    /// Keeps a success and returns the number of its key, for [`Outcomes::push_known`].
    pub fn push(&mut self, key: Key, at: Nanos, locator: Locator) -> KeyNumber {
        let key = KeyNumber(self.number_of(key));
        self.push_known(key, at, locator);
        key
    }

    fn number_of(&mut self, key: Key) -> u32 {
        let number = self.keys.insert_full(key).0;
        if self.series.len() <= number {
            self.series.push(Series::default());
            self.filling.push(Filling::default());
        }
        u32::try_from(number).expect("fewer than four billion keys")
    }

    /// Keeps a success of a key that was pushed before.
    pub fn push_known(&mut self, key: KeyNumber, at: Nanos, locator: Locator) {
        self.served.push(key.0 as usize, at);
        self.total += 1;
        self.keep(Recent { kept: Kept { at, locator }, key: key.0 });
        if self.recent.len() >= self.rows.max(ROWS_MAX) {
            self.thin(1);
        }
    }

    /// Adds a success, unless thinning would drop it: most rows come in order, and lie in the bucket of the one before.
    fn keep(&mut self, success: Recent) {
        let Filling { begins, ends, first, last } = &mut self.filling[success.key as usize];
        let place = self.recent.len();
        let rank = success.kept.rank();
        if !(*begins..*ends).contains(&success.kept.at) {
            let bucket = success.kept.at.div_euclid(self.bucket).saturating_mul(self.bucket);
            (*begins, *ends, *first, *last) = (bucket, bucket.saturating_add(self.bucket), place, place);
        } else if rank > self.recent[*last].kept.rank() {
            if first != last {
                self.recent[*last] = success;
                return;
            }
            *last = place;
        } else if rank < self.recent[*first].kept.rank() {
            if first != last {
                self.recent[*first] = success;
                return;
            }
            *first = place;
        } else {
            return;
        }
        self.recent.push(success);
    }

    /// Gives the recent successes to their keys.
    fn sort_in(&mut self) {
        self.filling.fill(Filling::default());
        let mut more = vec![0; self.series.len()];
        self.recent.iter().for_each(|row| more[row.key as usize] += 1);
        self.series.iter_mut().zip(more).for_each(|(series, more)| series.0.reserve_exact(more));
        self.rows += self.recent.len();
        for row in self.recent.drain(..) {
            self.series[row.key as usize].0.push(row.kept);
        }
    }

    /// Successes seen, before thinning.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Every key that some success had. The number of a key is its place here.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    /// What was kept of the key of this number, by time once [`Outcomes::settle`] ran.
    pub fn of(&self, number: usize) -> &[Kept] {
        &self.series[number].0
    }

    /// Every key, with what was kept of it.
    pub fn by_key(&self) -> impl Iterator<Item = (&Key, &[Kept])> {
        self.keys.iter().zip(self.series.iter().map(|series| &series.0[..]))
    }

    /// The key of this number.
    pub fn numbered(&self, key: usize) -> &Key {
        &self.keys[key]
    }

    /// Takes over another worker's successes.
    pub fn absorb(&mut self, mut other: Outcomes, map: &Remap) {
        other.sort_in();
        self.total += other.total;
        self.rows += other.rows;
        self.bucket = self.bucket.max(other.bucket);
        let mut numbers = Vec::with_capacity(other.keys.len());
        for (key, mut series) in other.keys.iter().zip(other.series) {
            let number = self.number_of(Key {
                host: map.opt(key.host),
                pod: map.opt(key.pod),
                node: map.opt(key.node),
                sandbox: map.opt(key.sandbox),
                names: map.opt(key.names),
            });
            let ours = &mut self.series[number as usize];
            match ours.0.is_empty() {
                true => *ours = series,
                false => ours.0.append(&mut series.0),
            }
            numbers.push(number);
        }
        self.served.absorb(other.served, &numbers);
    }

    /// Puts `locator.line` right with the lines that stand before a row's chunk, and sorts in what one worker knows, before
    /// another takes over.
    pub fn close(&mut self, lines_before: impl Fn(&Locator) -> u64) {
        let recent = self.recent.iter_mut().map(|recent| &mut recent.kept);
        for row in recent.chain(self.series.iter_mut().flat_map(|series| &mut series.0)) {
            row.locator.line += lines_before(&row.locator);
        }
        self.sort_in();
        // Room for many, and no more come.
        self.recent = Vec::new();
        self.served.clean();
    }

    /// Thins what all workers kept, and orders it by key and time, on so many threads.
    pub fn settle(&mut self, threads: usize) {
        let mut served = std::mem::take(&mut self.served);
        let mut clean = || served.clean();
        std::thread::scope(|scope| {
            match threads {
                0 | 1 => clean(),
                _ => _ = scope.spawn(clean),
            }
            self.thin(threads);
        });
        self.served = served;
    }

    /// Whether some success was left out.
    pub fn is_thinned(&self) -> bool {
        self.total > (self.rows + self.recent.len()) as u64
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

    /// Of every key and bucket the first and the last success stay, in order of time; buckets widen until few enough stay.
    ///
    /// A bucket of twice the width has the ends of its halves among its rows, so that each row has one width from which on
    /// it is neither first nor last; one look at all rows tells it.
    fn thin(&mut self, threads: usize) {
        self.sort_in();
        let bucket = self.bucket;
        let looked = on_threads(threads, self.parts(threads), |part: &mut [Series]| {
            let (mut widths, mut dropped_at) = (Vec::new(), [0; WIDTHS]);
            for series in part {
                series.sort();
                series.dropped_from(bucket, |width| {
                    widths.push(width);
                    dropped_at[usize::from(width)] += 1;
                });
            }
            (widths, dropped_at)
        });
        let dropped_at = |width: usize| looked.iter().map(|(_, dropped_at)| dropped_at[width]).sum::<usize>();
        let (mut width, mut left) = (0, self.rows - dropped_at(0));
        while left > ROWS_MAX && self.bucket < BUCKET_MAX {
            self.bucket *= 2;
            width += 1;
            left -= dropped_at(width);
        }
        let parts = self.parts(threads).into_iter().zip(looked).collect();
        on_threads(threads, parts, |(part, (widths, _)): (&mut [Series], (Vec<u8>, _))| {
            let mut widths = widths.into_iter();
            for series in part {
                series.0.retain(|_| widths.next().is_some_and(|from| usize::from(from) > width));
            }
        });
        self.rows = left;
    }

    /// The series in parts of about as many rows, one for each thread.
    fn parts(&mut self, threads: usize) -> Vec<&mut [Series]> {
        let enough = self.rows.div_ceil(threads.max(1)).max(ROWS_MIN);
        let (mut parts, mut rest) = (Vec::new(), &mut self.series[..]);
        while !rest.is_empty() {
            let mut rows = 0;
            let full = rest.iter().position(|series| {
                rows += series.0.len();
                rows >= enough
            });
            let (part, others) = rest.split_at_mut(full.map_or(rest.len(), |last| last + 1));
            parts.push(part);
            rest = others;
        }
        parts
    }
}

/// Does the same with every part, each on a thread of its own, the first on this one. `threads` is 1 for a worker, which
/// has only its own.
fn on_threads<P: Send, T: Send>(threads: usize, parts: Vec<P>, work: impl Fn(P) -> T + Sync) -> Vec<T> {
    if threads <= 1 || parts.len() <= 1 {
        return parts.into_iter().map(work).collect();
    }
    std::thread::scope(|scope| {
        let work = &work;
        let mut parts = parts.into_iter();
        let own = parts.next();
        let others: Vec<_> = parts.map(|part| scope.spawn(move || work(part))).collect();
        let joined = |thread: std::thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        own.map(work).into_iter().chain(others.into_iter().map(joined)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Symbols;
    use proptest::{prop_assert, prop_assert_eq, proptest};

    const NO_KEY: Key = Key { host: None, pod: None, node: None, sandbox: None, names: None };

    fn place(offset: u64) -> Locator {
        Locator { input: 0, offset, length: 1, line: 0 }
    }

    /// A key for each number.
    fn keys(count: usize) -> Vec<Key> {
        let mut symbols = Symbols::default();
        (0..count).map(|n| Key { host: symbols.some(&format!("h{n}")), ..NO_KEY }).collect()
    }

    /// What was kept, key by key.
    fn shown(all: &Outcomes) -> Vec<Vec<(Nanos, u32, u64)>> {
        all.by_key().map(|(_, rows)| rows.iter().map(Kept::rank).collect()).collect()
    }

    #[test]
    fn the_ends_of_a_bucket_survive() {
        let mut all = Outcomes::default();
        for at in [5, 1, 3, BUCKET + 1] {
            all.push(NO_KEY, at, place(at as u64));
        }
        all.settle(1);
        assert_eq!(all.of(0).iter().map(|r| r.at).collect::<Vec<_>>(), [1, 5, BUCKET + 1]);
        assert_eq!((all.total(), all.is_thinned()), (4, true));
    }

    proptest! {
        #[test]
        fn a_row_stays_while_it_is_first_or_last_in_its_bucket(times in proptest::collection::vec(-40 * BUCKET..40 * BUCKET, 0..60), wider in 0..8_u32) {
            let rows = times.iter().enumerate().map(|(n, at)| Kept { at: *at, locator: place(n as u64) }).collect();
            let mut series = Series(rows);
            series.sort();
            let mut widths = Vec::new();
            series.dropped_from(BUCKET, |width| widths.push(width));
            prop_assert_eq!(widths.len(), series.0.len());
            for (width, row) in widths.iter().zip(&series.0) {
                let bucket = |row: &Kept| row.at.div_euclid(BUCKET << wider);
                let mut ranks = series.0.iter().filter(|other| bucket(other) == bucket(row)).map(Kept::rank);
                let (before, after) = (ranks.clone().any(|r| r < row.rank()), ranks.any(|r| r > row.rank()));
                prop_assert_eq!(u32::from(*width) <= wider, before && after);
            }
        }

        #[test]
        fn what_is_dropped_early_would_have_been_dropped(rows in proptest::collection::vec((0..3_usize, 0..4 * BUCKET, 0..3_u64), 0..60)) {
            let keys = keys(3);
            let (mut early, mut late) = (Outcomes::default(), Outcomes::default());
            for key in &keys {
                early.number_of(*key);
                late.number_of(*key);
            }
            for (n, (key, at, offset)) in rows.iter().enumerate() {
                let (at, locator) = (at / 1000 * 1000, place(offset * 1000 + n as u64));
                early.push(keys[*key], at, locator);
                late.series[*key].0.push(Kept { at, locator });
                late.rows += 1;
            }
            early.settle(1);
            late.settle(1);
            prop_assert_eq!(shown(&early), shown(&late));
        }

        #[test]
        fn any_split_of_the_rows_and_any_threads_keep_the_same(rows in proptest::collection::vec((0..40_usize, 0..90 * BUCKET, 0..3_usize), 0..300), threads in 1..5_usize) {
            let keys = keys(40);
            let mut whole = Outcomes::default();
            let mut parts = [Outcomes::default(), Outcomes::default(), Outcomes::default()];
            keys.iter().for_each(|key| _ = whole.number_of(*key));
            keys.iter().for_each(|key| _ = parts[0].number_of(*key));
            for (n, (key, at, part)) in rows.iter().enumerate() {
                whole.push(keys[*key], *at, place(n as u64));
                parts[*part].push(keys[*key], *at, place(n as u64));
            }
            let mut symbols = Symbols::default();
            (0..40).for_each(|n| _ = symbols.some(&format!("h{n}")));
            let map = Symbols::default().absorb(symbols);
            let [mut merged, second, third] = parts;
            merged.absorb(second, &map);
            merged.absorb(third, &map);
            whole.settle(1);
            merged.settle(threads);
            prop_assert_eq!(shown(&merged), shown(&whole));
            prop_assert!(merged.total() == rows.len() as u64 && merged.rows == shown(&merged).concat().len());
        }
    }

    #[test]
    fn wider_buckets_do_not_depend_on_the_split() {
        let keys = keys(5);
        let push = |all: &mut Outcomes, n: usize| _ = all.push(keys[n % 5], n as Nanos * BUCKET, place(n as u64));
        let count = ROWS_MAX * 3;
        let (mut whole, mut a, mut b) = (Outcomes::default(), Outcomes::default(), Outcomes::default());
        (0..count).for_each(|n| push(&mut whole, n));
        (0..count).for_each(|n| push(if n % 7 < 3 { &mut a } else { &mut b }, n));
        let mut symbols = Symbols::default();
        (0..5).for_each(|n| _ = symbols.some(&format!("h{n}")));
        a.absorb(b, &Symbols::default().absorb(symbols));
        whole.settle(1);
        a.settle(3);
        assert_eq!((a.bucket, shown(&a)), (whole.bucket, shown(&whole)));
        assert!(whole.bucket > BUCKET && whole.rows <= ROWS_MAX);
    }

    #[test]
    fn more_keys_than_rows_are_kept_all_the_same() {
        let mut all = Outcomes::default();
        for (n, key) in keys(ROWS_MAX + 5).into_iter().enumerate() {
            all.push(key, n as Nanos * SECOND, place(n as u64));
        }
        all.settle(2);
        assert_eq!((all.rows, all.bucket), (ROWS_MAX + 5, BUCKET_MAX));
    }
}
