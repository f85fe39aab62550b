//! Counting which fields rows have: rows of one key sequence are counted together.

use crate::logsql::pipes::{Seq, TakesNames};
use crate::record;

/// How many rows have which fields, and where each field was first seen.
#[derive(Default)]
pub struct NameCounter {
    /// By the scanner's number of the key sequence.
    sequences: Vec<Option<Sequence>>,
}

/// The rows of one key sequence.
struct Sequence {
    names: Vec<String>,
    rows: u64,
    /// Rows in which the field is empty.
    empty: Vec<u64>,
    first: Vec<Option<Seq>>,
    /// Fields that were empty in every row so far.
    unseen: usize,
}

impl NameCounter {
    /// Counts a row; false if it follows no known sequence and has to be counted by its names.
    pub fn observe(&mut self, row: &record::Row<'_>, seq: Seq) -> bool {
        let Some((number, names)) = row.sequence() else { return false };
        if self.sequences.len() <= number {
            self.sequences.resize_with(number + 1, || None);
        }
        self.sequences[number].get_or_insert_with(|| Sequence::new(names)).observe(row, seq);
        true
    }

    pub fn pour(self, into: &mut dyn TakesNames) {
        for sequence in self.sequences.into_iter().flatten() {
            for (field, name) in sequence.names.iter().enumerate() {
                if let Some(first) = sequence.first[field] {
                    into.take_name(name, first, sequence.rows - sequence.empty[field]);
                }
            }
        }
    }
}

impl Sequence {
    fn new(names: &[String]) -> Sequence {
        let fields = names.len();
        Sequence { names: names.to_vec(), rows: 0, empty: vec![0; fields], first: vec![None; fields], unseen: fields }
    }

    fn observe(&mut self, row: &record::Row<'_>, seq: Seq) {
        self.rows += 1;
        if self.unseen == 0 && row.is_full() {
            return;
        }
        let mut nth = seq.nth;
        for field in 0..self.names.len() {
            if !row.is_filled(field) {
                self.empty[field] += 1;
                continue;
            }
            nth += 1;
            if self.first[field].is_none() {
                self.first[field] = Some(Seq { nth, ..seq });
                self.unseen -= 1;
            }
        }
    }
}
