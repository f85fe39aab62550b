//! The index without vector instructions, and the writer of positions that the AVX2 kernel shares.

use super::super::template::Templates;
use super::{Segment, escaped, lines};

pub fn resolve(bytes: &[u8], templates: &Templates, segment: &mut Segment) {
    let (positions, ends) = index(bytes, &mut segment.positions, &mut segment.ends);
    lines::resolve(bytes, templates, segment, positions, ends);
}

pub fn index(bytes: &[u8], positions: &mut [u32], ends: &mut [u32]) -> (usize, usize) {
    let mut writer = Writer::new(positions, ends);
    let mut blocks = bytes.chunks_exact(64);
    for block in &mut blocks {
        writer.block(equal(block, b'"'), equal(block, b'\\'), equal(block, b'\n'));
    }
    writer.rest(blocks.remainder());
    writer.finish()
}

/// Bit n: whether byte n of the (at most 64) bytes is `wanted`.
#[inline(always)]
fn equal(block: &[u8], wanted: u8) -> u64 {
    block.iter().enumerate().fold(0, |mask, (at, byte)| mask | u64::from(*byte == wanted) << at)
}

/// Turns masks of 64 bytes each into positions.
pub struct Writer<'o> {
    positions: &'o mut [u32],
    ends: &'o mut [u32],
    found: usize,
    lines: usize,
    carry: u64,
    at: u32,
}

impl<'o> Writer<'o> {
    #[inline(always)]
    pub fn new(positions: &'o mut [u32], ends: &'o mut [u32]) -> Self {
        Writer { positions, ends, found: 0, lines: 0, carry: 0, at: 0 }
    }

    #[inline(always)]
    pub fn block(&mut self, quotes: u64, backslashes: u64, mut newlines: u64) {
        let marks = (quotes & !escaped(backslashes, &mut self.carry)) | newlines;
        let count = marks.count_ones() as usize;
        let mut left = marks;
        // Eight at a time without asking: what is written too much is written over.
        let mut slot = self.found;
        while left != 0 {
            let eight: &mut [u32; 8] = (&mut self.positions[slot..slot + 8]).try_into().expect("eight of eight");
            for position in eight {
                *position = self.at + left.trailing_zeros();
                left &= left.wrapping_sub(1);
            }
            slot += 8;
        }
        while newlines != 0 {
            let before = marks & (newlines ^ (newlines - 1)) >> 1;
            self.ends[self.lines] = (self.found + before.count_ones() as usize) as u32;
            self.lines += 1;
            newlines &= newlines - 1;
        }
        self.found += count;
        self.at += 64;
    }

    /// The last bytes, fewer than 64.
    #[inline(always)]
    pub fn rest(&mut self, rest: &[u8]) {
        if !rest.is_empty() {
            self.block(equal(rest, b'"'), equal(rest, b'\\'), equal(rest, b'\n'));
        }
    }

    #[inline(always)]
    pub fn finish(self) -> (usize, usize) {
        (self.found, self.lines)
    }
}
