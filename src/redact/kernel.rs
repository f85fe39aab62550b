//! Kernel: the places of a text where a literal may begin, and long rows of bytes of one set, 64 bytes at a time. The only
//! `unsafe` of this room.
//!
//! A place is kept for one of three reasons. Its next three bytes may be those of a literal: literals that are alike share
//! one of sixteen buckets, and two tables over the halves of a byte say which buckets the byte fits. It is one of a few
//! single bytes. Or a word begins here that is long enough for a token. What is kept is compared by
//! [`super::needles`], so that too much costs time and nothing else; too little never happens.

use super::alphabet::Alphabet;

/// Bytes of the shortest token that is masked, its prefix included.
pub(super) const TOKEN_BYTES_MIN: usize = 8;

/// Bytes that tokens are made of.
pub(super) fn of_token(byte: u8) -> bool {
    Alphabet::Crypt.has(byte) || byte == b'|'
}

/// Places of one call, at most.
pub(super) const BLOCK: usize = 2048;

/// Places that may be written behind the last one that counts.
pub(super) const FOUND_SLACK: usize = 8;

/// Bytes of a group: one bit each in a word.
const GROUP: usize = 64;

/// Bytes that are looked at behind a block: those of the next group, and two more for literals that begin in it.
const AHEAD: usize = GROUP + 2;

const BUCKETS: usize = 16;

/// A table over the lower and one over the upper half of a byte.
pub(super) type Halves = ([u8; 16], [u8; 16]);

/// Tables of the kernel, for the literals it was made for.
pub(super) struct Kernel {
    /// For each of three bytes and each eight buckets.
    buckets: [[Halves; 2]; 3],
    word: Halves,
    token: Halves,
    single: Halves,
}

/// What one block has to know of the one before.
#[derive(Default)]
pub(super) struct Carry {
    word: u64,
    backslash: u64,
    percent: u64,
}

impl Kernel {
    /// `None` when the processor lacks the instructions. `heads` are the first three bytes of the literals (`None` is any
    /// byte) in any case, `single` the bytes that are kept for themselves. Where a word begins needs no literal.
    pub fn new(heads: &[[Option<u8>; 3]], single: &[u8]) -> Option<Kernel> {
        if !available() {
            return None;
        }
        let mut buckets = [[([0; 16], [0; 16]); 2]; 3];
        for (n, shape) in shapes(heads).iter().enumerate() {
            for (byte, (low, high)) in shape.iter().enumerate() {
                let table = &mut buckets[byte][n / 8];
                for half in 0..16 {
                    table.0[half] |= u8::from(low >> half & 1 == 1) << (n % 8);
                    table.1[half] |= u8::from(high >> half & 1 == 1) << (n % 8);
                }
            }
        }
        Some(Kernel {
            buckets,
            word: set(|b| b.is_ascii_alphanumeric()),
            token: set(of_token),
            single: set(|b| single.contains(&b)),
        })
    }

    /// Writes the places of the block that begins at `base`, relative to it and in order, and gives their number. Blocks
    /// are asked for one after the other, from the text's first. `found` has room for the block's places and
    /// [`FOUND_SLACK`] more.
    pub fn candidates(&self, text: &[u8], base: usize, carry: &mut Carry, found: &mut [u16]) -> usize {
        let rest = &text[base..];
        let groups = rest.len().min(BLOCK).div_ceil(GROUP);
        let needed = (groups + 1) * GROUP + AHEAD;
        if rest.len() >= needed {
            return places(self, rest, groups, carry, found);
        }
        // Values of fields are short: not every one pays for a whole block of zeros.
        let (mut short, mut long) = ([0; 4 * GROUP], [0; BLOCK + GROUP + AHEAD]);
        let padded = if needed <= short.len() { &mut short[..] } else { &mut long[..] };
        let length = rest.len().min(padded.len());
        padded[..length].copy_from_slice(&rest[..length]);
        places(self, padded, groups, carry, found)
    }
}

/// A set of ASCII bytes: for each lower half the upper halves that go with it, one bit each.
pub(super) fn set(has: impl Fn(u8) -> bool) -> Halves {
    let mut low = [0; 16];
    let mut high = [0; 16];
    for byte in (0..0x80).filter(|b| has(*b)) {
        low[usize::from(byte & 15)] |= 1 << (byte >> 4);
    }
    for (half, bit) in high.iter_mut().take(8).enumerate() {
        *bit = 1 << half;
    }
    (low, high)
}

/// The halves that a bucket admits at each of its three bytes, one bit each.
type Shape = [(u16, u16); 3];

/// How often a byte stands in a log, roughly, in no unit: only the choice of buckets rests on it.
fn weight(byte: u8) -> u32 {
    match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b'0'..=b'9' => 40,
        b'a'..=b'z' | b'"' | b' ' | b':' => 20,
        b'.' | b',' | b'/' | b'\\' | b'-' | b'_' | 0x7f => 10,
        _ => 1,
    }
}

/// Sums of weights: for each upper half of a byte, and each set of eight lower halves. Shapes are compared thousands of
/// times before the first text is looked at.
struct Weights(Box<[[[u32; 256]; 2]; 16]>);

impl Weights {
    fn new() -> Weights {
        let mut sums = Box::new([[[0; 256]; 2]; 16]);
        for (upper, both) in sums.iter_mut().enumerate() {
            for (eight, sums) in both.iter_mut().enumerate() {
                for set in 1..256_usize {
                    let lower = 8 * eight + set.trailing_zeros() as usize;
                    sums[set] = sums[set & (set - 1)] + weight((upper << 4 | lower) as u8);
                }
            }
        }
        Weights(sums)
    }

    /// Share of three bytes that a shape lets through.
    fn cost(&self, shape: &Shape) -> u64 {
        let one = |&(low, high): &(u16, u16)| -> u64 {
            let [first, second] = low.to_le_bytes().map(usize::from);
            bits(high).map(|upper| u64::from(self.0[upper][0][first] + self.0[upper][1][second])).sum()
        };
        shape.iter().map(one).product()
    }
}

/// The places of the ones.
fn bits(mut set: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = set.trailing_zeros() as usize;
        set &= set.wrapping_sub(1);
        (lowest < 16).then_some(lowest)
    })
}

fn union(a: &Shape, b: &Shape) -> Shape {
    std::array::from_fn(|n| (a[n].0 | b[n].0, a[n].1 | b[n].1))
}

/// Sorts heads into buckets: each goes where it lets the least of other text through, the last bytes of heads that begin
/// alike beside each other.
fn shapes(heads: &[[Option<u8>; 3]]) -> Vec<Shape> {
    let weights = Weights::new();
    let one = |byte: Option<u8>| byte.map(|b| b | 0x20).map_or((0xffff, 0xffff), |b| (1 << (b & 15), 1 << (b >> 4)));
    let mut own: Vec<(u64, Shape)> =
        heads.iter().map(|head| head.map(one)).map(|shape| (weights.cost(&shape), shape)).collect();
    own.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    own.dedup();
    let mut buckets: Vec<(u64, Shape)> = vec![(0, [(0, 0); 3]); BUCKETS];
    for (_, shape) in own {
        let joined = buckets.iter().enumerate().map(|(n, (known, bucket))| {
            let both = union(bucket, &shape);
            let all = weights.cost(&both);
            (all - known, n, all, both)
        });
        if let Some((_, n, all, both)) = joined.min_by_key(|(more, n, ..)| (*more, *n)) {
            buckets[n] = (all, both);
        }
    }
    buckets.into_iter().map(|(_, shape)| shape).collect()
}

/// Calls `each` with the start and end of every longest row of at least `least` (at most 32) bytes of a set. `false`, and
/// nothing done, when the processor lacks the instructions.
pub(super) fn rows(text: &[u8], set: &Halves, least: usize, mut each: impl FnMut(usize, usize)) -> bool {
    if !available() {
        return false;
    }
    // How many bytes before the group belong to its first row.
    let mut open = 0;
    for base in (0..text.len()).step_by(GROUP) {
        let rest = &text[base..];
        let mut padded = [0; GROUP];
        let group = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let bits = members(group, set);
        if bits == u64::MAX {
            open += GROUP;
            continue;
        }
        let lead = bits.trailing_ones() as usize;
        if open + lead >= least {
            each(base - open, base + lead);
        }
        open = bits.leading_ones() as usize;
        // Without the first and the last row, at most one is left that is long enough.
        let mut long = bits & (bits + 1) & (u64::MAX >> open);
        let mut reached = 1;
        while reached < least {
            let step = reached.min(least - reached);
            long &= long >> step;
            reached += step;
        }
        if long != 0 {
            let start = long.trailing_zeros() as usize;
            each(base + start, base + start + (bits >> start).trailing_ones() as usize);
        }
    }
    if open >= least {
        each(text.len() - open, text.len());
    }
    true
}

#[cfg(target_arch = "x86_64")]
fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("popcnt")
}

#[cfg(not(target_arch = "x86_64"))]
fn available() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
fn places(kernel: &Kernel, bytes: &[u8], groups: usize, carry: &mut Carry, found: &mut [u16]) -> usize {
    // SAFETY: a kernel is only made where the processor has the instructions.
    unsafe { wide::places(kernel, bytes, groups, carry, found) }
}

#[cfg(not(target_arch = "x86_64"))]
fn places(_: &Kernel, _: &[u8], _: usize, _: &mut Carry, _: &mut [u16]) -> usize {
    unreachable!("a kernel is only made where the processor has the instructions")
}

#[cfg(target_arch = "x86_64")]
fn members(group: &[u8; GROUP], set: &Halves) -> u64 {
    // SAFETY: only asked where the processor has the instructions.
    unsafe { wide::members_of(group, set) }
}

#[cfg(not(target_arch = "x86_64"))]
fn members(_: &[u8; GROUP], _: &Halves) -> u64 {
    unreachable!("only asked where the processor has the instructions")
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{AHEAD, Carry, GROUP, Halves, Kernel};
    use std::arch::x86_64::*;

    /// The marks of a group, one bit a byte.
    #[derive(Clone, Copy, Default)]
    struct Marks {
        literal: u64,
        single: u64,
        word: u64,
        token: u64,
        backslash: u64,
        percent: u64,
    }

    /// `bytes` holds the groups, one more, and [`AHEAD`] bytes behind them.
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub fn places(kernel: &Kernel, bytes: &[u8], groups: usize, carry: &mut Carry, found: &mut [u16]) -> usize {
        let at = |group: usize| -> &[u8; AHEAD] {
            bytes[group * GROUP..].first_chunk().expect("a group and what lies behind it")
        };
        let mut count = 0;
        let mut here = marks(kernel, at(0));
        for group in 0..groups {
            let next = marks(kernel, at(group + 1));
            let shifted = |now: u64, before: u64, by: u32| now << by | before >> (64 - by);
            let edge = !shifted(here.word, carry.word, 1)
                | shifted(here.backslash, carry.backslash, 2)
                | shifted(here.percent, carry.percent, 3)
                | shifted(here.backslash, carry.backslash, 6);
            let mut long = u128::from(here.token) | u128::from(next.token) << 64;
            long &= long >> 1;
            long &= long >> 2;
            long &= long >> 4;
            let mut kept = here.literal | here.single | (edge & long as u64);
            let ready = count + kept.count_ones() as usize;
            // Eight at a time, whether there are as many or not: a loop that ends elsewhere each time costs more.
            while kept != 0 {
                let eight: &mut [u16; 8] = found[count..count + 8].first_chunk_mut().expect("eight places");
                for place in eight {
                    *place = (group * GROUP) as u16 + kept.trailing_zeros() as u16;
                    kept &= kept.wrapping_sub(1);
                }
                count += 8;
            }
            count = ready;
            *carry = Carry { word: here.word, backslash: here.backslash, percent: here.percent };
            here = next;
        }
        count
    }

    #[target_feature(enable = "avx2")]
    fn table(half: &[u8; 16]) -> __m256i {
        // SAFETY: sixteen bytes are there.
        _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(half.as_ptr().cast()) })
    }

    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; AHEAD], at: usize) -> __m256i {
        assert!(at + 32 <= AHEAD);
        // SAFETY: 32 bytes from `at` on are inside.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().add(at).cast()) }
    }

    /// The bytes of a group that belong to a set.
    #[target_feature(enable = "avx2")]
    pub fn members_of(group: &[u8; GROUP], set: &Halves) -> u64 {
        // SAFETY: 64 bytes are there.
        let (first, second) =
            unsafe { (_mm256_loadu_si256(group.as_ptr().cast()), _mm256_loadu_si256(group.as_ptr().add(32).cast())) };
        let (first, second) = (members(first, upper(first), set), members(second, upper(second), set));
        u64::from(first) | u64::from(second) << 32
    }

    #[target_feature(enable = "avx2")]
    fn upper(bytes: __m256i) -> __m256i {
        _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(15))
    }

    /// The bytes of a set. A byte that is not ASCII finds nothing in the first table.
    #[target_feature(enable = "avx2")]
    fn members(bytes: __m256i, high: __m256i, (low, halves): &Halves) -> u32 {
        let fit = _mm256_and_si256(_mm256_shuffle_epi8(table(low), bytes), _mm256_shuffle_epi8(table(halves), high));
        !(_mm256_movemask_epi8(_mm256_cmpeq_epi8(fit, _mm256_setzero_si256())) as u32)
    }

    #[target_feature(enable = "avx2")]
    fn marks(kernel: &Kernel, bytes: &[u8; AHEAD]) -> Marks {
        let mut marks = Marks::default();
        let set = |byte: u8| _mm256_set1_epi8(byte as i8);
        for (at, shift) in [(0, 0), (32, 32)] {
            let here = load(bytes, at);
            let high = upper(here);
            let mask = |bits: __m256i| u64::from(_mm256_movemask_epi8(bits) as u32) << shift;
            marks.single |= u64::from(members(here, high, &kernel.single)) << shift;
            marks.word |= u64::from(members(here, high, &kernel.word)) << shift;
            marks.token |= u64::from(members(here, high, &kernel.token)) << shift;
            marks.backslash |= mask(_mm256_cmpeq_epi8(here, set(b'\\')));
            marks.percent |= mask(_mm256_cmpeq_epi8(here, set(b'%')));
            let mut fits = [set(0xff); 2];
            for (byte, tables) in kernel.buckets.iter().enumerate() {
                let folded = _mm256_or_si256(load(bytes, at + byte), set(0x20));
                let (low, high) = (_mm256_and_si256(folded, set(15)), upper(folded));
                for (fit, (lower, higher)) in fits.iter_mut().zip(tables) {
                    let both = _mm256_and_si256(
                        _mm256_shuffle_epi8(table(lower), low),
                        _mm256_shuffle_epi8(table(higher), high),
                    );
                    *fit = _mm256_and_si256(*fit, both);
                }
            }
            let none = _mm256_cmpeq_epi8(_mm256_or_si256(fits[0], fits[1]), _mm256_setzero_si256());
            marks.literal |= u64::from(!(_mm256_movemask_epi8(none) as u32)) << shift;
        }
        marks
    }
}
