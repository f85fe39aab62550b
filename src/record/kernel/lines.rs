//! From the index of a segment to the template of every line, in code the compiler turns into vector instructions of
//! whichever kernel it is inlined into.

use super::super::template::{BLOCK, BLOCKS, FIELDS_MAX, Keys, Part, Templates, WIDTH};
use super::{LineAt, NO_TEMPLATE, Segment};

/// Lanes of the gaps over keys for a block of so many fields.
const LANES: [[u32; BLOCK]; 5] = {
    let mut lanes = [[0; BLOCK]; 5];
    let mut fields = 0;
    while fields < 5 {
        let mut field = 0;
        while field < fields {
            lanes[fields][4 * field] = u32::MAX;
            field += 1;
        }
        fields += 1;
    }
    lanes
};

/// Fills `segment.lines` from the index of the first `indexed` bytes, which has so many marks and line ends; says how many
/// bytes the lines have. What is behind the last line end belongs to a line only if nothing follows. [`fingerprint`]
/// and [`same`] may be the kernel's own; for the latter `keys.reach` bytes follow every mark.
///
/// One thing is done for all lines before the next is: what a line turns out to be is hard to guess, and a wrong guess
/// costs least where all that it depends on is known long before.
#[inline(always)]
pub fn resolve(
    (bytes, indexed): (&[u8], usize),
    templates: &Templates,
    segment: &mut Segment,
    (positions, mut ends): (usize, usize),
    fingerprint: impl Fn(&[u32], usize) -> u32,
    same: impl Fn(&[u8], &[u32], &Keys, &[Part]) -> bool,
) -> usize {
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
        }
        segment.lines.push(line);
        start = end + 1;
        first = end_index + 1;
    }
    let fingerprinted = |line: &&mut LineAt| line.fingerprint != 0;
    for line in segment.lines.iter_mut().filter(fingerprinted) {
        line.template = templates.candidates(line.fingerprint).next().unwrap_or(NO_TEMPLATE);
    }
    for line in &mut segment.lines {
        if line.template != NO_TEMPLATE {
            let marks = &segment.positions[line.first as usize..=(line.first + line.quotes) as usize];
            let fits = |id| keys_fit(bytes, marks, templates.keys(id), templates.parts(), &same);
            if !fits(line.template) {
                line.template = templates.candidates(line.fingerprint).find(|id| fits(*id)).unwrap_or(NO_TEMPLATE);
            }
        }
    }
    (start as usize).min(bytes.len())
}

/// Mixes the lengths of a line's keys with their places. There are [`BLOCKS`] blocks of marks and one more, or as many as
/// the line has fields: most lines have no more, and a loop whose length changes from line to line is guessed wrong.
#[inline(always)]
pub fn fingerprint(marks: &[u32], fields: usize) -> u32 {
    let mut sums = [0_u32; BLOCK];
    for block in 0..BLOCKS {
        mix(marks, fields, block, &mut sums);
    }
    for block in BLOCKS..fields.div_ceil(4) {
        mix(marks, fields, block, &mut sums);
    }
    folded([sums[0], sums[4], sums[8], sums[12]], fields)
}

#[inline(always)]
fn mix(marks: &[u32], fields: usize, block: usize, sums: &mut [u32; BLOCK]) {
    let here: &[u32; BLOCK + 1] = marks[block * BLOCK..block * BLOCK + BLOCK + 1].try_into().expect("a block and one");
    let keys = &LANES[fields.saturating_sub(block * 4).min(4)];
    for lane in 0..BLOCK {
        let gap = here[lane + 1].wrapping_sub(here[lane]);
        sums[lane] = sums[lane].rotate_left(7) ^ gap & keys[lane];
    }
}

/// One number from those of the four fields of all blocks.
#[inline(always)]
pub fn folded(sums: [u32; 4], fields: usize) -> u32 {
    const FACTORS: [u32; 4] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f];
    let mut sum = fields as u32;
    for lane in 0..4 {
        sum = sum.wrapping_add(sums[lane].wrapping_mul(FACTORS[lane]));
    }
    (sum ^ sum >> 15).wrapping_mul(0x9e37_79b1)
}

/// Whether the keys and the bytes around them are the template's. As they hold the quote that ends the value before, both
/// of the key and the one that opens its own value, all four marks of a field are where the template has them.
#[inline(always)]
fn keys_fit(
    bytes: &[u8],
    marks: &[u32],
    keys: &Keys,
    parts: &[Part],
    same: &impl Fn(&[u8], &[u32], &Keys, &[Part]) -> bool,
) -> bool {
    if marks.len() != 4 * keys.first.len() + 1 {
        return false;
    }
    let end = marks[marks.len() - 1] as usize;
    let fits = match end + keys.reach <= bytes.len() {
        true => same(bytes, marks, keys, parts),
        false => keys.are_at(bytes, marks, parts),
    };
    fits && bytes[end - 1] == b'}'
}

/// Whether the parts of all keys are at their places, with bytes to spare behind them.
#[inline(always)]
pub fn same(bytes: &[u8], marks: &[u32], keys: &Keys, parts: &[Part]) -> bool {
    let mut wrong = [0; WIDTH / 8];
    for (part, at) in keys.places(marks) {
        let part = &parts[part];
        let have: &[u8; WIDTH] = bytes[at..at + WIDTH].try_into().expect("as many bytes");
        for word in 0..WIDTH / 8 {
            let have = u64::from_ne_bytes(std::array::from_fn(|byte| have[8 * word + byte]));
            wrong[word] |= (have ^ part.want[word]) & part.mask[word];
        }
    }
    wrong.iter().fold(0, |all, word| all | word) == 0
}
