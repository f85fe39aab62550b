//! Where words begin in a value: word characters that follow none, escapes taken into account.

use super::super::words::is_word;
use super::{Kernel, escaped};

/// Masks of one block of at most 64 bytes.
#[derive(Clone, Copy)]
struct Masks {
    word: u64,
    backslash: u64,
    /// Where a word would begin as one of the wanted ones does.
    wanted: u64,
}

/// How wanted words begin: for each of eight groups of them, which half bytes their first two bytes have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beginnings {
    /// By the lower and by the upper half of the first byte, then of the second: the groups that have it.
    halves: [[u8; 16]; 4],
}

impl Beginnings {
    /// Groups that are told apart.
    const GROUPS: usize = 8;

    /// Of words without regard to ASCII case. `None` for so many different ones that most words of a text would pass.
    pub fn of<'w>(words: impl Iterator<Item = &'w [u8]>) -> Option<Beginnings> {
        let mut pairs: Vec<(u8, Option<u8>)> = words
            .filter_map(|word| Some((word.first()?.to_ascii_lowercase(), word.get(1).map(u8::to_ascii_lowercase))))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        if pairs.len() > 4 * Beginnings::GROUPS {
            return None;
        }
        let mut beginnings = Beginnings::default();
        let groups = pairs.len().div_ceil(Beginnings::GROUPS).max(1);
        for (group, pairs) in pairs.chunks(groups).enumerate() {
            pairs.iter().for_each(|(first, second)| beginnings.add(1 << group, *first, *second));
        }
        Some(beginnings)
    }

    fn add(&mut self, group: u8, first: u8, second: Option<u8>) {
        let [first_lower, first_upper, second_lower, second_upper] = &mut self.halves;
        let set = |lower: &mut [u8; 16], upper: &mut [u8; 16], byte: u8| {
            for byte in [byte, byte.to_ascii_uppercase()] {
                lower[usize::from(byte & 15)] |= group;
                upper[usize::from(byte >> 4)] |= group;
            }
        };
        set(first_lower, first_upper, first);
        match second {
            Some(second) => set(second_lower, second_upper, second),
            // Whatever stands behind a word of one byte.
            None => second_lower.iter_mut().chain(second_upper).for_each(|groups| *groups |= group),
        }
    }
}

/// Calls `start` with the beginning and end of every word, or of those that begin as a wanted one and a few others. With
/// `raw`, an escaped character is no word character, and the answer says whether the text must be decoded to be sure: it
/// has an escape that may stand for a word character.
#[inline(always)]
pub fn starts(
    kernel: Kernel,
    bytes: &[u8],
    raw: bool,
    wanted: Option<&Beginnings>,
    start: impl FnMut(usize, usize),
) -> bool {
    match kernel {
        // SAFETY: the kernels come from `Kernel::available`, so the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { wide::starts512(bytes, raw, wanted, start) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { wide::starts256(bytes, raw, wanted, start) },
        _ => walk(bytes, raw, portable, portable_plain, start),
    }
}

fn portable(bytes: &[u8], base: usize) -> Masks {
    let block = bytes[base..].iter().take(64).enumerate();
    block.fold(Masks { word: 0, backslash: 0, wanted: u64::MAX }, |masks, (at, byte)| Masks {
        word: masks.word | u64::from(is_word(*byte)) << at,
        backslash: masks.backslash | u64::from(*byte == b'\\') << at,
        ..masks
    })
}

/// Letters of escapes that stand for one character that is no word character.
const PLAIN: &[u8; 7] = b"nrtbf\"\\";

fn portable_plain(bytes: &[u8], base: usize, mut letters: u64) -> u64 {
    let mut plain = 0;
    while letters != 0 {
        let at = letters.trailing_zeros();
        plain |= u64::from(bytes.get(base + at as usize).is_some_and(|byte| PLAIN.contains(byte))) << at;
        letters &= letters - 1;
    }
    plain
}

#[inline(always)]
fn walk(
    bytes: &[u8],
    raw: bool,
    masks: impl Fn(&[u8], usize) -> Masks,
    // Which of the escapes whose letters these are stand for one character that is no word character.
    plain: impl Fn(&[u8], usize, u64) -> u64,
    mut start: impl FnMut(usize, usize),
) -> bool {
    let (mut carry, mut previous, mut hex_left, mut decode) = (0, 0, 0_u32, false);
    let mut base = 0;
    while base < bytes.len() {
        let Masks { mut word, backslash, wanted } = masks(bytes, base);
        if raw && (backslash | carry != 0 || hex_left > 0) {
            // Digits of a `\u` escape that began in the block before.
            word &= !((1 << hex_left) - 1);
            hex_left = 0;
            let mut letters = escaped(backslash, &mut carry);
            word &= !letters;
            letters &= !plain(bytes, base, letters);
            while letters != 0 {
                let at = letters.trailing_zeros();
                match escape(bytes, base + at as usize) {
                    Escape::Digits => {
                        word &= !(0b1_1110_u64 << at);
                        hex_left = hex_left.max((at + 5).saturating_sub(64));
                    }
                    Escape::Unsure => decode = true,
                }
                letters &= letters - 1;
            }
        }
        let mut begins = word & !(word << 1 | previous) & wanted;
        previous = word >> 63;
        while begins != 0 {
            let at = begins.trailing_zeros();
            let length = (!(word >> at)).trailing_zeros();
            let mut end = base + (at + length).min(64) as usize;
            if at + length >= 64 {
                end += bytes[end.min(bytes.len())..].iter().take_while(|b| is_word(**b)).count();
            }
            start(base + at as usize, end);
            begins &= begins - 1;
        }
        base += 64;
    }
    decode
}

/// What an escape other than those of [`PLAIN`] does.
enum Escape {
    /// `\u` and four digits that stand for no word character.
    Digits,
    /// It may stand for one, or for a character that literals are made of.
    Unsure,
}

/// What the escape does whose letter is at `at`.
fn escape(bytes: &[u8], at: usize) -> Escape {
    match bytes.get(at) {
        Some(b'u') => match bytes.get(at + 1..at + 5) {
            Some(b"003c" | b"003C" | b"003e" | b"003E" | b"0026" | b"0027") => Escape::Digits,
            Some([b'0', b'0', b'0' | b'1', digit]) if digit.is_ascii_hexdigit() => Escape::Digits,
            _ => Escape::Unsure,
        },
        _ => Escape::Unsure,
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{Beginnings, Masks, PLAIN, walk};
    use std::arch::x86_64::*;

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi1,bmi2,popcnt")]
    pub unsafe fn starts512(
        bytes: &[u8],
        raw: bool,
        wanted: Option<&Beginnings>,
        start: impl FnMut(usize, usize),
    ) -> bool {
        // SAFETY: the loads are masked to what is left of the bytes; the caller has the instructions.
        let load = |at: usize| unsafe {
            let left = bytes.len().saturating_sub(at).min(64) as u32;
            let kept = if left == 64 { u64::MAX } else { (1 << left) - 1 };
            _mm512_maskz_loadu_epi8(kept, bytes.as_ptr().wrapping_add(at).cast())
        };
        let set = |byte: u8| _mm512_set1_epi8(byte as i8);
        // SAFETY: the groups are sixteen bytes.
        let of_groups = |halves: &[u8; 16], index: __m512i| unsafe {
            let table = _mm512_broadcast_i32x4(_mm_loadu_si128(halves.as_ptr().cast()));
            _mm512_shuffle_epi8(table, _mm512_and_si512(index, set(15)))
        };
        let masks = |_: &[u8], base: usize| {
            let have = load(base);
            let within = |v, low, count| _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, set(low)), set(count));
            let letters = within(_mm512_or_si512(have, set(0x20)), b'a', 26);
            let word = letters | within(have, b'0', 10) | _mm512_cmpeq_epi8_mask(have, set(b'_'));
            let wanted = wanted.map_or(u64::MAX, |wanted| {
                let groups = |byte: __m512i, lower: &[u8; 16], upper: &[u8; 16]| {
                    let upper = of_groups(upper, _mm512_srli_epi16(byte, 4));
                    _mm512_and_si512(of_groups(lower, byte), upper)
                };
                let [first_lower, first_upper, second_lower, second_upper] = &wanted.halves;
                let first = groups(have, first_lower, first_upper);
                _mm512_test_epi8_mask(first, groups(load(base + 1), second_lower, second_upper))
            });
            Masks { word, backslash: _mm512_cmpeq_epi8_mask(have, set(b'\\')), wanted }
        };
        let plain = |_: &[u8], base: usize, _| {
            let have = load(base);
            PLAIN.iter().fold(0, |plain, byte| plain | _mm512_cmpeq_epi8_mask(have, set(*byte)))
        };
        walk(bytes, raw, masks, plain, start)
    }

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub unsafe fn starts256(
        bytes: &[u8],
        raw: bool,
        wanted: Option<&Beginnings>,
        start: impl FnMut(usize, usize),
    ) -> bool {
        let halves = |bytes: &[u8], base: usize| {
            let mut padded = [0_u8; 64];
            let from = match bytes.get(base..base + 64) {
                Some(block) => block.as_ptr(),
                None => {
                    let rest = bytes.get(base..).unwrap_or_default();
                    padded[..rest.len()].copy_from_slice(rest);
                    padded.as_ptr()
                }
            };
            // SAFETY: `from` points at 64 bytes, the block's or the padded copy's; the caller has the instructions.
            unsafe { [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())] }
        };
        let join = |halves: [__m256i; 2]| {
            let [low, high] = halves.map(|half| _mm256_movemask_epi8(half) as u32);
            u64::from(low) | u64::from(high) << 32
        };
        let set = |byte: u8| _mm256_set1_epi8(byte as i8);
        let groups = |byte: __m256i, lower: &[u8; 16], upper: &[u8; 16]| {
            // SAFETY: the groups are sixteen bytes.
            let of_groups = |halves: &[u8; 16], index: __m256i| unsafe {
                let table = _mm256_broadcastsi128_si256(_mm_loadu_si128(halves.as_ptr().cast()));
                _mm256_shuffle_epi8(table, _mm256_and_si256(index, set(15)))
            };
            _mm256_and_si256(of_groups(lower, byte), of_groups(upper, _mm256_srli_epi16(byte, 4)))
        };
        let masks = |bytes: &[u8], base: usize| {
            let next = base + 1;
            let wanted = wanted.map_or(u64::MAX, |wanted| {
                let [first_lower, first_upper, second_lower, second_upper] = &wanted.halves;
                let first = halves(bytes, base).map(|half| groups(half, first_lower, first_upper));
                let second = halves(bytes, next).map(|half| groups(half, second_lower, second_upper));
                let none = |half| _mm256_cmpeq_epi8(_mm256_and_si256(first[half], second[half]), set(0));
                !join([none(0), none(1)])
            });
            let halves = halves(bytes, base);
            // There is no unsigned comparison: a byte is below a bound if the smaller of both is it and not the bound.
            let within = |v, low, count: u8| {
                let shifted = _mm256_sub_epi8(v, set(low));
                _mm256_cmpeq_epi8(_mm256_min_epu8(shifted, set(count - 1)), shifted)
            };
            let word = halves.map(|half| {
                let letters = within(_mm256_or_si256(half, set(0x20)), b'a', 26);
                let others = _mm256_or_si256(within(half, b'0', 10), _mm256_cmpeq_epi8(half, set(b'_')));
                _mm256_or_si256(letters, others)
            });
            let backslash = halves.map(|half| _mm256_cmpeq_epi8(half, set(b'\\')));
            Masks { word: join(word), backslash: join(backslash), wanted }
        };
        let plain = |bytes: &[u8], base: usize, _| {
            let halves = halves(bytes, base);
            let of = |byte: &u8| join(halves.map(|half| _mm256_cmpeq_epi8(half, set(*byte))));
            PLAIN.iter().fold(0, |plain, byte| plain | of(byte))
        };
        walk(bytes, raw, masks, plain, start)
    }
}
