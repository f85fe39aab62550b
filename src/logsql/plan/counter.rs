//! Counting combinations of undecoded values: for pipes that only ask how often each combination occurs.

use crate::logsql::batch::Row;
use crate::logsql::pipes::{Gather, KeyField, Seq};
use crate::record::time::{self, Dated, Nanos};
use crate::record::{self, Projection};
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// A bucket's key instead of a value's bytes.
const BUCKET: u32 = u32::MAX;
/// Set in a length when the bytes are decoded text.
const DECODED: u32 = 1 << 31;
/// Tables of a worker: a combination's hash says which one it is in, so that they are added up side by side.
const PARTS: usize = 16;

/// How often each combination of raw values occurred, and where first.
pub struct Counter {
    keys: Vec<(usize, KeyField)>,
    parts: Vec<Table>,
    /// The same for all workers of the process: a combination is in the same part everywhere, and is hashed once.
    hasher: rapidhash::fast::GlobalState,
    scratch: Vec<u8>,
    dated: Dated,
}

/// Byte strings with their counts. The strings stand one behind the other: none of them is an allocation of its own.
#[derive(Default)]
struct Table {
    /// Hash and number of a string.
    numbers: HashTable<(u64, u32)>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Some string may mean the same as another one. Known of a sum.
    varies: bool,
}

struct Entry {
    /// Where its bytes end; they begin where those of the entry before it end.
    end: usize,
    first: Seq,
    count: u64,
}

impl Table {
    fn add(&mut self, hash: u64, key: &[u8], first: Seq, count: u64) {
        let Table { numbers, bytes, entries, .. } = self;
        match numbers.find(hash, |(h, number)| *h == hash && text(bytes, entries, *number as usize) == key) {
            Some((_, number)) => {
                let entry = &mut entries[*number as usize];
                entry.first = entry.first.min(first);
                entry.count += count;
            }
            None => {
                let number = u32::try_from(entries.len()).expect("fewer than four billion combinations");
                numbers.insert_unique(hash, (hash, number), |(h, _)| *h);
                bytes.extend_from_slice(key);
                entries.push(Entry { end: bytes.len(), first, count });
            }
        }
    }

    /// Adds what another worker counted in the same part.
    fn absorb(&mut self, mut other: Table) {
        if other.entries.len() > self.entries.len() {
            std::mem::swap(self, &mut other);
        }
        let room = other.entries.len();
        self.numbers.reserve(room, |(hash, _)| *hash);
        self.entries.reserve(room);
        self.bytes.reserve(other.bytes.len());
        let mut hashes = vec![0; room];
        other.numbers.iter().for_each(|(hash, number)| hashes[*number as usize] = *hash);
        for ((key, entry), hash) in other.iter().zip(hashes) {
            self.add(hash, key, entry.first, entry.count);
        }
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.entries.iter().enumerate().map(|(number, entry)| (text(&self.bytes, &self.entries, number), entry))
    }
}

fn text<'b>(bytes: &'b [u8], entries: &[Entry], number: usize) -> &'b [u8] {
    let start = number.checked_sub(1).map_or(0, |before| entries[before].end);
    &bytes[start..entries[number].end]
}

impl Counter {
    pub fn new(keys: &[KeyField], projection: &Projection) -> Counter {
        let keys = keys.iter().filter_map(|k| Some((projection.slot(&k.name)?, k.clone()))).collect();
        let parts = (0..PARTS).map(|_| Table::default()).collect();
        let hasher = rapidhash::fast::GlobalState::default();
        Counter { keys, parts, hasher, scratch: Vec::new(), dated: Dated::default() }
    }

    pub fn observe(&mut self, row: &record::Row<'_>, seq: Seq) {
        self.scratch.clear();
        for (slot, key) in &self.keys {
            let value = row.raw(*slot);
            let bytes = value.map_or(&b""[..], |v| v.bytes());
            match key.bucket.and_then(|bucket| bucket_start(self.dated.parse(bytes)?, bucket)) {
                Some(start) => {
                    self.scratch.extend_from_slice(&BUCKET.to_le_bytes());
                    self.scratch.extend_from_slice(&start.to_le_bytes());
                }
                None => {
                    let len = u32::try_from(bytes.len()).unwrap_or(0);
                    // Without a backslash the decoded text and the undecoded one are the same: they count together.
                    let differs = value.is_some_and(|v| v.is_decoded()) && memchr::memchr(b'\\', bytes).is_some();
                    let decoded = if differs { DECODED } else { 0 };
                    self.scratch.extend_from_slice(&(len | decoded).to_le_bytes());
                    self.scratch.extend_from_slice(bytes);
                }
            }
        }
        // Rows that are only counted have an empty key. Comparing nothing with nothing at no address is slow: a masked
        // load that suppresses a fault costs a hundred ordinary ones.
        if let ([], [only]) = (&self.scratch[..], &mut self.parts[0].entries[..]) {
            only.first = only.first.min(seq);
            only.count += 1;
            return;
        }
        let hash = if self.scratch.is_empty() { 0 } else { self.hasher.hash_one(&self.scratch[..]) };
        self.parts[(hash >> 32) as usize % PARTS].add(hash, &self.scratch, seq, 1);
    }

    fn combinations(&self) -> usize {
        self.parts.iter().map(|part| part.entries.len()).sum()
    }

    /// What all workers counted together. Each of as many threads adds up some of the parts, and sees whether
    /// their counts are final.
    pub fn sum(counters: Vec<Counter>) -> Option<Counter> {
        let threads = counters.len();
        let mut counters = counters.into_iter();
        let mut sum = counters.next()?;
        let mut others: Vec<Vec<Table>> = (0..PARTS).map(|_| Vec::new()).collect();
        for counter in counters {
            others.iter_mut().zip(counter.parts).for_each(|(all, part)| all.push(part));
        }
        let keys = sum.keys.len();
        std::thread::scope(|scope| {
            let mut work: Vec<_> = sum.parts.iter_mut().zip(others).collect();
            let share = work.len().div_ceil(threads);
            while !work.is_empty() {
                let mine = work.split_off(work.len().saturating_sub(share));
                let add_up = |(part, others): (&mut Table, Vec<Table>)| {
                    others.into_iter().for_each(|other| part.absorb(other));
                    let varies = part.iter().any(|(key, _)| !has_one_spelling(key, keys));
                    part.varies = varies;
                };
                let job = move || mine.into_iter().for_each(add_up);
                if work.is_empty() {
                    job();
                } else {
                    scope.spawn(job);
                }
            }
        });
        Some(sum)
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &Entry)> {
        self.parts.iter().flat_map(Table::iter)
    }

    /// Hands the combinations over, decoded, in first-seen order. If only the most frequent `best` of them matter, those
    /// that are too rare to be among them are left out.
    pub fn pour(self, gather: &mut dyn Gather, best: Option<usize>) {
        let enough = best.and_then(|best| self.frequent(best)).unwrap_or(0);
        let mut counts: Vec<(&[u8], &Entry)> = self.iter().filter(|(_, entry)| entry.count >= enough).collect();
        counts.sort_unstable_by_key(|(_, entry)| entry.first);
        for (bytes, entry) in counts {
            let mut row = Row::new();
            let mut rest = bytes;
            for (_, key) in &self.keys {
                rest = unpack(rest, &key.name, &mut row);
            }
            gather.observe_many(&row, entry.first, entry.count);
        }
    }

    /// The count of the `best`th combination. `None` if counts may yet add up.
    fn frequent(&self, best: usize) -> Option<u64> {
        if self.parts.iter().any(|part| part.varies) {
            return None;
        }
        let mut counts = Vec::with_capacity(self.combinations());
        counts.extend(self.iter().map(|(_, entry)| entry.count));
        let nth = best.checked_sub(1).filter(|nth| *nth < counts.len())?;
        Some(*counts.select_nth_unstable_by(nth, |a, b| b.cmp(a)).1)
    }
}

/// Whether no other key of as many parts can mean the same: a value can be written with escapes and without, and a number
/// in several ways.
fn has_one_spelling(key: &[u8], parts: usize) -> bool {
    let mut rest = key;
    (0..parts).all(|_| {
        let (value, behind) = split(rest);
        rest = behind;
        value.has_one_spelling(parts == 1)
    })
}

/// One part of a key.
enum Part<'k> {
    Bucket(Nanos),
    Value { bytes: &'k [u8], decoded: bool },
}

/// The first part of a key, and what is left of the key.
fn split(key: &[u8]) -> (Part<'_>, &[u8]) {
    let (head, rest) = key.split_at(4);
    let head = u32::from_le_bytes(head.try_into().expect("four bytes"));
    if head == BUCKET {
        let (start, rest) = rest.split_at(8);
        return (Part::Bucket(i64::from_le_bytes(start.try_into().expect("eight bytes"))), rest);
    }
    let (bytes, rest) = rest.split_at((head & !DECODED) as usize);
    (Part::Value { bytes, decoded: head & DECODED != 0 }, rest)
}

impl Part<'_> {
    /// Whether no other part can mean the same. A number alone is counted by its value.
    fn has_one_spelling(&self, alone: bool) -> bool {
        let Part::Value { bytes, decoded } = self else { return true };
        let number = bytes.first().is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+'));
        let varies = *decoded || (alone && number) || memchr::memchr(b'\\', bytes).is_some();
        !varies && std::str::from_utf8(bytes).is_ok()
    }
}

/// The start of the bucket that an instant falls into.
fn bucket_start(at: Nanos, (step, offset): (Nanos, Nanos)) -> Option<Nanos> {
    let at = at.checked_sub(offset)?;
    at.checked_sub(at.rem_euclid(step))?.checked_add(offset)
}

/// Sets one field of a row from its key; what is left of the key.
fn unpack<'k>(key: &'k [u8], name: &str, row: &mut Row) -> &'k [u8] {
    let (part, rest) = split(key);
    let (text, time) = match part {
        Part::Bucket(start) => (time::format(start), Some(start)),
        Part::Value { bytes, decoded } => {
            let quoted = || record::Value::quoted(bytes).text();
            let text = if decoded { String::from_utf8_lossy(bytes) } else { quoted() }.into_owned();
            let time = if name == "_time" { time::parse(&text) } else { None };
            (text, time)
        }
    };
    row.set(name, text);
    if name == "_time" {
        row.set_time(time);
    }
    rest
}
