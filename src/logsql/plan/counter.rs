//! Counting combinations of undecoded values: for pipes that only ask how often each combination occurs.

use crate::logsql::batch::Row;
use crate::logsql::pipes::{Gather, KeyField, Seq};
use crate::record::time::{self, Nanos};
use crate::record::{self, Projection};
use hashbrown::HashMap;

/// A bucket's key instead of a value's bytes.
const BUCKET: u32 = u32::MAX;
/// Set in a length when the bytes are decoded text.
const DECODED: u32 = 1 << 31;

/// How often each combination of raw values occurred, and where first.
pub struct Counter {
    keys: Vec<(usize, KeyField)>,
    counts: HashMap<Box<[u8]>, (Seq, u64), rapidhash::fast::RandomState>,
    scratch: Vec<u8>,
}

impl Counter {
    pub fn new(keys: &[KeyField], projection: &Projection) -> Counter {
        let keys = keys.iter().filter_map(|k| Some((projection.slot(&k.name)?, k.clone()))).collect();
        Counter { keys, counts: HashMap::default(), scratch: Vec::new() }
    }

    pub fn observe(&mut self, row: &record::Row<'_>, seq: Seq) {
        self.scratch.clear();
        for (slot, key) in &self.keys {
            let value = row.raw(*slot);
            let bytes = value.map_or(&b""[..], |v| v.bytes());
            match key.bucket.and_then(|bucket| bucket_start(bytes, bucket)) {
                Some(start) => {
                    self.scratch.extend_from_slice(&BUCKET.to_le_bytes());
                    self.scratch.extend_from_slice(&start.to_le_bytes());
                }
                None => {
                    let len = u32::try_from(bytes.len()).unwrap_or(0);
                    let decoded = if value.is_some_and(|v| v.is_decoded()) { DECODED } else { 0 };
                    self.scratch.extend_from_slice(&(len | decoded).to_le_bytes());
                    self.scratch.extend_from_slice(bytes);
                }
            }
        }
        match self.counts.get_mut(self.scratch.as_slice()) {
            Some((_, count)) => *count += 1,
            None => drop(self.counts.insert(self.scratch.as_slice().into(), (seq, 1))),
        }
    }

    /// Hands the combinations over, decoded, in first-seen order.
    pub fn pour(self, gather: &mut dyn Gather) {
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_unstable_by_key(|(_, (seq, _))| *seq);
        for (bytes, (seq, count)) in counts {
            let mut row = Row::new();
            let mut rest = &bytes[..];
            for (_, key) in &self.keys {
                rest = unpack(rest, &key.name, &mut row);
            }
            gather.observe_many(&row, seq, count);
        }
    }
}

/// The start of the bucket that an instant's text falls into.
fn bucket_start(text: &[u8], (step, offset): (Nanos, Nanos)) -> Option<Nanos> {
    let at = time::parse(std::str::from_utf8(text).ok()?)?.checked_sub(offset)?;
    at.checked_sub(at.rem_euclid(step))?.checked_add(offset)
}

/// Sets one field of a row from its key; what is left of the key.
fn unpack<'k>(key: &'k [u8], name: &str, row: &mut Row) -> &'k [u8] {
    let (head, rest) = key.split_at(4);
    let head = u32::from_le_bytes(head.try_into().expect("four bytes"));
    if head == BUCKET {
        let (start, rest) = rest.split_at(8);
        let start = i64::from_le_bytes(start.try_into().expect("eight bytes"));
        row.set(name, time::format(start));
        if name == "_time" {
            row.set_time(Some(start));
        }
        return rest;
    }
    let (bytes, rest) = rest.split_at((head & !DECODED) as usize);
    let text = if head & DECODED != 0 { String::from_utf8_lossy(bytes) } else { record::Value::quoted(bytes).text() };
    row.set(name, &*text);
    if name == "_time" {
        row.set_time(time::parse(&text));
    }
    rest
}
