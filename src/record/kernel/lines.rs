//! From the index of a segment to the template of every line, in code the compiler turns into vector instructions of
//! whichever kernel it is inlined into.

use super::super::template::{BLOCK, BLOCKS, Check, FIELDS_MAX, Shape, Templates, WIDTH, multipliers};
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

/// Fills `segment.lines` from its index of `positions` marks and `ends` line ends in the first `indexed` bytes; says how
/// many bytes the lines have. What is behind the last line end belongs to a line only if nothing follows.
#[inline(always)]
pub fn resolve(
    bytes: &[u8],
    indexed: usize,
    templates: &Templates,
    segment: &mut Segment,
    positions: usize,
    ends: usize,
) -> usize {
    let mut ends = ends;
    if indexed == bytes.len() && bytes.last().is_some_and(|b| *b != b'\n') {
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
            let marks = &segment.positions[first as usize..first as usize + fields.div_ceil(4).max(BLOCKS) * BLOCK + 1];
            line.fingerprint = fingerprint(marks, fields);
            line.template = find(bytes, templates, marks, fields, line.fingerprint);
        }
        segment.lines.push(line);
        start = end + 1;
        first = end_index + 1;
    }
    (start as usize).min(bytes.len())
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

/// Mixes the lengths of a line's keys with their places. [`BLOCKS`] blocks are taken without asking whether the line has
/// so many fields: most lines have no more, and a loop whose length changes from line to line is guessed wrong.
#[inline(always)]
fn fingerprint(marks: &[u32], fields: usize) -> u32 {
    let mut sums = [0_u32; BLOCK];
    for block in 0..BLOCKS {
        mix(marks, fields, block, &mut sums);
    }
    for block in BLOCKS..fields.div_ceil(4) {
        mix(marks, fields, block, &mut sums);
    }
    let sum = sums.iter().fold(fields as u32, |sum, lane| sum.wrapping_add(*lane));
    (sum ^ sum >> 15).wrapping_mul(0x9e37_79b1)
}

#[inline(always)]
fn mix(marks: &[u32], fields: usize, block: usize, sums: &mut [u32; BLOCK]) {
    let gaps = gaps(marks, block);
    let lanes = &LANES[fields.saturating_sub(block * 4).min(4)];
    let factors = multipliers(block);
    for lane in 0..BLOCK {
        sums[lane] = sums[lane].wrapping_add((gaps[lane] & lanes[lane]).wrapping_mul(factors[lane]));
    }
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
    for block in 0..BLOCKS {
        compare(marks, shape, block, &mut wrong);
    }
    for block in BLOCKS..shape.gaps.len() {
        compare(marks, shape, block, &mut wrong);
    }
    wrong.iter().fold(0, |all, lane| all | lane) == 0
}

#[inline(always)]
fn compare(marks: &[u32], shape: &Shape, block: usize, wrong: &mut [u32; BLOCK]) {
    let gaps = gaps(marks, block);
    let (gap, mask) = &shape.gaps[block];
    for lane in 0..BLOCK {
        wrong[lane] |= (gaps[lane] ^ gap[lane]) & mask[lane];
    }
}

/// Whether the keys and the bytes around them are the template's. [`fits`] was asked before.
#[inline(always)]
fn keys_fit(bytes: &[u8], marks: &[u32], shape: &Shape) -> bool {
    let end = marks[4 * shape.fields] as usize;
    if end + WIDTH > bytes.len() {
        return shape.keys_fit(bytes, marks);
    }
    let mut wrong = [0; WIDTH / 8];
    for Check { mark, offset, want, mask } in &shape.checks {
        let at = marks[usize::from(*mark)] as usize + usize::from(*offset);
        // SAFETY: `fits` holds, so key `mark / 4` has the template's length in this line. `offset` counts from its
        // opening quote, 1 added, and was built to lie in the key and the bytes around it: `at - 1` is in the line, which
        // ends at `end`, and `WIDTH` more bytes are there.
        let have = unsafe { bytes.as_ptr().add(at - 1).cast::<[u64; WIDTH / 8]>().read_unaligned() };
        for word in 0..WIDTH / 8 {
            wrong[word] |= (have[word] ^ want[word]) & mask[word];
        }
    }
    wrong.iter().fold(0, |all, word| all | word) == 0 && bytes[end - 1] == b'}'
}
