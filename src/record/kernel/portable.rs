//! The index without vector instructions, and the writer of positions that the AVX2 kernel shares.

use super::super::template::Templates;
use super::{Segment, escaped, lines};

pub fn resolve(bytes: &[u8], indexed: usize, templates: &Templates, segment: &mut Segment) -> usize {
    let found = index(&bytes[..indexed], &mut segment.positions, &mut segment.ends);
    lines::resolve((bytes, indexed), templates, segment, found, lines::fingerprint, lines::same)
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

/// Bit n: whether byte n of the (at most 64) bytes is `wanted`. Eight bytes at a time, as one number.
#[inline(always)]
fn equal(block: &[u8], wanted: u8) -> u64 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let pattern = u64::from(wanted) * 0x0101_0101_0101_0101;
    let mut words = block.chunks_exact(8);
    let mut mask = 0;
    let mut shift = 0;
    for word in &mut words {
        let difference = u64::from_le_bytes(word.try_into().expect("eight bytes")) ^ pattern;
        // The top bit of every byte that is zero, and of no other: no carry leaves a byte.
        let zero = !(((difference & LOW) + LOW) | difference | LOW);
        // Gathers the eight top bits in the lowest byte.
        mask |= ((zero >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << shift;
        shift += 8;
    }
    words
        .remainder()
        .iter()
        .enumerate()
        .fold(mask, |mask, (at, byte)| mask | u64::from(*byte == wanted) << (shift + at))
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
