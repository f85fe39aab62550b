//! From the index of a segment to the template of every line, in code the compiler turns into vector instructions of
//! whichever kernel it is inlined into.

use super::super::template::{BLOCK, BLOCKS, FIELDS_MAX, Keys, Part, Templates, WIDTH};
use super::{LineAt, NO_TEMPLATE, Segment};

/// What the marks of a line tell without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// Mixes the lengths of the line's keys with their places.
    pub fingerprint: u32,
    /// Whether one byte stands between every value and what follows it.
    pub joined: bool,
}

/// Lanes of the gaps over keys, and over what follows values, for a block of so many fields.
const LANES: [[[u32; BLOCK]; 2]; 5] = {
    let mut lanes = [[[0; BLOCK]; 2]; 5];
    let mut fields = 0;
    while fields < 5 {
        let mut field = 0;
        while field < fields {
            lanes[fields][0][4 * field] = u32::MAX;
            lanes[fields][1][4 * field + 3] = u32::MAX;
            field += 1;
        }
        fields += 1;
    }
    lanes
};

/// Fills `segment.lines` from the index of the first `indexed` bytes, which has so many marks and line ends; says how many
/// bytes the lines have. What is behind the last line end belongs to a line only if nothing follows. [`outline`] and
/// [`same`] may be the kernel's own; for the latter `keys.reach` bytes follow every mark.
#[inline(always)]
pub fn resolve(
    (bytes, indexed): (&[u8], usize),
    templates: &Templates,
    segment: &mut Segment,
    (positions, mut ends): (usize, usize),
    outline: impl Fn(&[u32], usize) -> Outline,
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
            let Outline { fingerprint, joined } = outline(marks, fields);
            if joined {
                line.fingerprint = fingerprint;
                let fits = |id| keys_fit(bytes, &marks[..=4 * fields], templates.keys(id), templates.parts(), &same);
                for id in templates.candidates(fingerprint) {
                    if templates.get(id).names.len() == fields && fits(id) {
                        line.template = id;
                        break;
                    }
                }
            }
        }
        segment.lines.push(line);
        start = end + 1;
        first = end_index + 1;
    }
    (start as usize).min(bytes.len())
}

/// The outline of a line by its marks, of which there are [`BLOCKS`] blocks and one more, or as many as it has fields:
/// most lines have no more, and a loop whose length changes from line to line is guessed wrong.
#[inline(always)]
pub fn outline(marks: &[u32], fields: usize) -> Outline {
    let (mut sums, mut wrong) = ([0_u32; BLOCK], [0_u32; BLOCK]);
    for block in 0..BLOCKS {
        mix(marks, fields, block, &mut sums, &mut wrong);
    }
    for block in BLOCKS..fields.div_ceil(4) {
        mix(marks, fields, block, &mut sums, &mut wrong);
    }
    let sums = [sums[0], sums[4], sums[8], sums[12]];
    Outline { fingerprint: fingerprint(sums, fields), joined: wrong.iter().fold(0, |all, lane| all | lane) == 0 }
}

/// One number from those of the four fields of all blocks.
#[inline(always)]
pub fn fingerprint(sums: [u32; 4], fields: usize) -> u32 {
    const FACTORS: [u32; 4] = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f];
    let mut sum = fields as u32;
    for lane in 0..4 {
        sum = sum.wrapping_add(sums[lane].wrapping_mul(FACTORS[lane]));
    }
    (sum ^ sum >> 15).wrapping_mul(0x9e37_79b1)
}

#[inline(always)]
fn mix(marks: &[u32], fields: usize, block: usize, sums: &mut [u32; BLOCK], wrong: &mut [u32; BLOCK]) {
    let here: &[u32; BLOCK + 1] = marks[block * BLOCK..block * BLOCK + BLOCK + 1].try_into().expect("a block and one");
    let [keys, joints] = &LANES[fields.saturating_sub(block * 4).min(4)];
    for lane in 0..BLOCK {
        let gap = here[lane + 1].wrapping_sub(here[lane]);
        sums[lane] = sums[lane].rotate_left(7) ^ gap & keys[lane];
        wrong[lane] |= (gap ^ 2) & joints[lane];
    }
}

/// Whether the keys and the bytes around them are the template's. As they hold a key's closing quote and its value's
/// opening one, all four marks of a field are where the template has them.
#[inline(always)]
fn keys_fit(
    bytes: &[u8],
    marks: &[u32],
    keys: &Keys,
    parts: &[Part],
    same: &impl Fn(&[u8], &[u32], &Keys, &[Part]) -> bool,
) -> bool {
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
