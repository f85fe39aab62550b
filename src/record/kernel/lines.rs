//! From the index of a segment to the template of every line, in code the compiler turns into vector instructions of
//! whichever kernel it is inlined into.

use super::super::template::{BLOCK, Check, FIELDS_MAX, Shape, Templates, multipliers};
use super::{LineAt, NO_TEMPLATE, Segment};

/// Lanes of the fields that a block of a line has, when it has fewer than four.
const LANES: [[u32; BLOCK]; 5] = {
    let mut lanes = [[0; BLOCK]; 5];
    let mut fields = 0;
    while fields < 5 {
        let mut lane = 0;
        while lane < 4 * fields {
            lanes[fields][lane] = u32::MAX;
            lane += 4;
        }
        fields += 1;
    }
    lanes
};

/// Fills `segment.lines` from its index of `positions` marks and `ends` line ends.
#[inline(always)]
pub fn resolve(bytes: &[u8], templates: &Templates, segment: &mut Segment, positions: usize, ends: usize) {
    let mut ends = ends;
    if bytes.last().is_some_and(|b| *b != b'\n') {
        segment.positions[positions] = bytes.len() as u32;
        segment.ends[ends] = positions as u32;
        ends += 1;
    }
    segment.lines.clear();
    segment.lines.reserve(ends);
    let (mut start, mut first) = (0, 0);
    for &end_index in &segment.ends[..ends] {
        let end = segment.positions[end_index as usize];
        let quotes = end_index - first;
        let fields = (quotes / 4) as usize;
        let mut line = LineAt { start, end, first, quotes, fingerprint: 0, template: NO_TEMPLATE };
        if quotes % 4 == 0 && (1..=FIELDS_MAX).contains(&fields) && segment.positions[first as usize] == start + 1 {
            let marks = &segment.positions[first as usize..first as usize + fields.div_ceil(4) * BLOCK + 1];
            line.fingerprint = fingerprint(marks, fields);
            line.template = find(bytes, templates, marks, fields, line.fingerprint);
        }
        segment.lines.push(line);
        start = end + 1;
        first = end_index + 1;
    }
}

#[inline(always)]
fn gaps(marks: &[u32], block: usize) -> [u32; BLOCK] {
    let here: &[u32; BLOCK + 1] = marks[block * BLOCK..block * BLOCK + BLOCK + 1].try_into().expect("a block and one");
    let mut gaps = [0; BLOCK];
    for lane in 0..BLOCK {
        gaps[lane] = here[lane + 1].wrapping_sub(here[lane]);
    }
    gaps
}

/// Mixes the lengths of a line's keys with their places.
#[inline(always)]
fn fingerprint(marks: &[u32], fields: usize) -> u32 {
    let mut sums = [0_u32; BLOCK];
    for block in 0..fields.div_ceil(4) {
        let gaps = gaps(marks, block);
        let lanes = &LANES[(fields - block * 4).min(4)];
        let factors = multipliers(block);
        for lane in 0..BLOCK {
            sums[lane] = sums[lane].wrapping_add((gaps[lane] & lanes[lane]).wrapping_mul(factors[lane]));
        }
    }
    let sum = sums.iter().fold(fields as u32, |sum, lane| sum.wrapping_add(*lane));
    (sum ^ sum >> 15).wrapping_mul(0x9e37_79b1)
}

#[inline(always)]
fn find(bytes: &[u8], templates: &Templates, marks: &[u32], fields: usize, fingerprint: u32) -> u16 {
    for id in templates.candidates(fingerprint) {
        let shape = templates.shape(id);
        if shape.fields == fields && fits(marks, shape) && keys_fit(bytes, marks, shape) {
            return id;
        }
    }
    NO_TEMPLATE
}

/// Whether all gaps are the template's: the key lengths, and one byte between a string and the next.
#[inline(always)]
fn fits(marks: &[u32], shape: &Shape) -> bool {
    let mut wrong = [0_u32; BLOCK];
    for (block, (gap, mask)) in shape.gaps.iter().zip(&shape.masks).enumerate() {
        let gaps = gaps(marks, block);
        for lane in 0..BLOCK {
            wrong[lane] |= (gaps[lane] ^ gap[lane]) & mask[lane];
        }
    }
    wrong.iter().fold(0, |all, lane| all | lane) == 0
}

/// Whether the bytes around and in the keys are the template's, as far as they matter. [`fits`] was asked before.
#[inline(always)]
fn keys_fit(bytes: &[u8], marks: &[u32], shape: &Shape) -> bool {
    let mut wrong = 0;
    for Check { mark, offset, want } in &shape.checks {
        let at = marks[usize::from(*mark)] as usize + usize::from(*offset);
        // SAFETY: `fits` holds, so key `mark / 4` has the template's length L and is followed by one byte and a quote
        // in the line, and the line's first quote is behind its first byte. A check's eight bytes lie in the L + 5 from
        // the byte before the key's opening quote on: `offset` counts from that quote and was built with 1 taken off
        // below, `offset + 8 <= L + 5`. All of them are inside the line, which is inside `bytes`.
        let have = unsafe { bytes.as_ptr().add(at - 1).cast::<u64>().read_unaligned() };
        wrong |= u64::from_le(have) ^ want;
    }
    let last = marks[4 * shape.fields] as usize - 1;
    wrong == 0 && bytes[last] == b'}' && shape.short_keys_fit(bytes, marks)
}
