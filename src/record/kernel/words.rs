//! Where words begin in a value: word characters that follow none, escapes taken into account.

use super::super::words::is_word;
use super::{Kernel, escaped};

/// Masks of one block of at most 64 bytes.
#[derive(Clone, Copy)]
struct Masks {
    word: u64,
    backslash: u64,
}

/// Calls `start` with the beginning and end of every word. With `raw`, an escaped character is no word character, and
/// the answer says whether the text must be decoded to be sure: it has an escape that may stand for a word character.
#[inline(always)]
pub fn starts(kernel: Kernel, bytes: &[u8], raw: bool, start: impl FnMut(usize, usize)) -> bool {
    match kernel {
        // SAFETY: the kernels come from `Kernel::available`, so the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { wide::starts512(bytes, raw, start) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { wide::starts256(bytes, raw, start) },
        _ => walk(bytes, raw, portable, start),
    }
}

fn portable(block: &[u8]) -> Masks {
    block.iter().enumerate().fold(Masks { word: 0, backslash: 0 }, |masks, (at, byte)| Masks {
        word: masks.word | u64::from(is_word(*byte)) << at,
        backslash: masks.backslash | u64::from(*byte == b'\\') << at,
    })
}

#[inline(always)]
fn walk(bytes: &[u8], raw: bool, masks: impl Fn(&[u8]) -> Masks, mut start: impl FnMut(usize, usize)) -> bool {
    let (mut carry, mut previous, mut hex_left, mut decode) = (0, 0, 0_u32, false);
    let mut base = 0;
    while base < bytes.len() {
        let Masks { mut word, backslash } = masks(&bytes[base..bytes.len().min(base + 64)]);
        if raw && (backslash | carry != 0 || hex_left > 0) {
            // Digits of a `\u` escape that began in the block before.
            word &= !((1 << hex_left) - 1);
            hex_left = 0;
            let mut letters = escaped(backslash, &mut carry);
            word &= !letters;
            while letters != 0 {
                let at = letters.trailing_zeros();
                match escape(bytes, base + at as usize) {
                    Escape::Plain => {}
                    Escape::Digits => {
                        word &= !(0b1_1110_u64 << at);
                        hex_left = hex_left.max((at + 5).saturating_sub(64));
                    }
                    Escape::Unsure => decode = true,
                }
                letters &= letters - 1;
            }
        }
        let mut begins = word & !(word << 1 | previous);
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

enum Escape {
    /// One character that is no word character.
    Plain,
    /// `\u` and four digits that stand for no word character.
    Digits,
    /// It may stand for one, or for a character that literals are made of.
    Unsure,
}

/// What the escape does whose letter is at `at`.
fn escape(bytes: &[u8], at: usize) -> Escape {
    match bytes.get(at) {
        Some(b'n' | b'r' | b't' | b'b' | b'f' | b'"' | b'\\') => Escape::Plain,
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
    use super::{Masks, walk};
    use std::arch::x86_64::*;

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi1,bmi2,popcnt")]
    pub unsafe fn starts512(bytes: &[u8], raw: bool, start: impl FnMut(usize, usize)) -> bool {
        let masks = |block: &[u8]| {
            let kept = u64::MAX >> (64 - block.len());
            // SAFETY: the load is masked to the block, which has 1 to 64 bytes; the caller has the instructions.
            unsafe {
                let have = _mm512_maskz_loadu_epi8(kept, block.as_ptr().cast());
                let set = |byte: u8| _mm512_set1_epi8(byte as i8);
                let within = |v, low, count| _mm512_cmplt_epu8_mask(_mm512_sub_epi8(v, set(low)), set(count));
                let letters = within(_mm512_or_si512(have, set(0x20)), b'a', 26);
                let word = letters | within(have, b'0', 10) | _mm512_cmpeq_epi8_mask(have, set(b'_'));
                Masks { word, backslash: _mm512_cmpeq_epi8_mask(have, set(b'\\')) }
            }
        };
        walk(bytes, raw, masks, start)
    }

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub unsafe fn starts256(bytes: &[u8], raw: bool, start: impl FnMut(usize, usize)) -> bool {
        let masks = |block: &[u8]| {
            let mut padded = [0_u8; 64];
            let from = match block.len() {
                64 => block.as_ptr(),
                length => {
                    padded[..length].copy_from_slice(block);
                    padded.as_ptr()
                }
            };
            // SAFETY: `from` points at 64 bytes, the block's or the padded copy's; the caller has the instructions.
            unsafe {
                let halves = [_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(32).cast())];
                let set = |byte: u8| _mm256_set1_epi8(byte as i8);
                // There is no unsigned comparison: a byte is below a bound if the smaller of both is it and not the bound.
                let within = |v, low, count: u8| {
                    let shifted = _mm256_sub_epi8(v, set(low));
                    _mm256_cmpeq_epi8(_mm256_min_epu8(shifted, set(count - 1)), shifted)
                };
                let mask = |half| _mm256_movemask_epi8(half) as u32;
                let word = halves.map(|half| {
                    let letters = within(_mm256_or_si256(half, set(0x20)), b'a', 26);
                    let others = _mm256_or_si256(within(half, b'0', 10), _mm256_cmpeq_epi8(half, set(b'_')));
                    mask(_mm256_or_si256(letters, others))
                });
                let backslash = halves.map(|half| mask(_mm256_cmpeq_epi8(half, set(b'\\'))));
                let join = |halves: [u32; 2]| u64::from(halves[0]) | u64::from(halves[1]) << 32;
                Masks { word: join(word), backslash: join(backslash) }
            }
        };
        walk(bytes, raw, masks, start)
    }
}
