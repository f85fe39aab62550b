//! AVX-512: 64 bytes a step, positions written by the compress instruction.

use super::super::template::Templates;
use super::{Segment, escaped, lines};
use std::arch::x86_64::*;

/// Bytes ahead of the reader that are asked for: the processor's own prefetcher stops at every 4 KiB page.
const PREFETCH: usize = 4096;

const IOTA: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut n = 0;
    while n < 64 {
        bytes[n] = n as u8;
        n += 1;
    }
    bytes
};

/// # Safety
/// The processor has the instructions; `segment` has room for the bytes.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
pub unsafe fn resolve(bytes: &[u8], indexed: usize, templates: &Templates, segment: &mut Segment) -> usize {
    // SAFETY: promised by the caller.
    let (positions, ends) = unsafe { index(&bytes[..indexed], &mut segment.positions, &mut segment.ends) };
    lines::resolve(bytes, indexed, templates, segment, positions, ends)
}

/// # Safety
/// The processor has the instructions; both vectors are at least [`super::SLACK`] longer than `bytes`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
pub unsafe fn index(bytes: &[u8], positions: &mut [u32], ends: &mut [u32]) -> (usize, usize) {
    assert!(positions.len() >= bytes.len() + super::SLACK && ends.len() >= bytes.len() + super::SLACK);
    let quote = _mm512_set1_epi8(b'"' as i8);
    let backslash = _mm512_set1_epi8(b'\\' as i8);
    let newline = _mm512_set1_epi8(b'\n' as i8);
    let (from, out) = (bytes.as_ptr(), positions.as_mut_ptr());
    // SAFETY: a constant of 64 bytes.
    let iota = unsafe { _mm512_loadu_si512(IOTA.as_ptr().cast()) };
    let (mut found, mut lines, mut carry, mut at) = (0, 0, 0, 0);
    while at < bytes.len() {
        let left = bytes.len() - at;
        // SAFETY: whole loads stay inside `bytes`; the last one is masked to what is left of it.
        let block = unsafe {
            match left {
                64.. => _mm512_loadu_si512(from.add(at).cast()),
                _ => _mm512_maskz_loadu_epi8((1 << left) - 1, from.add(at).cast()),
            }
        };
        _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(at + PREFETCH).cast());
        let quotes = _mm512_cmpeq_epi8_mask(block, quote);
        let backslashes = _mm512_cmpeq_epi8_mask(block, backslash);
        let mut newlines = _mm512_cmpeq_epi8_mask(block, newline);
        let marks = (quotes & !escaped(backslashes, &mut carry)) | newlines;
        let count = marks.count_ones() as usize;
        let packed = _mm512_maskz_compress_epi8(marks, iota);
        let base = _mm512_set1_epi32(at as i32);
        // SAFETY: at most `at + 64` positions precede the end of these stores, and the vectors are longer by the slack.
        unsafe {
            let store = |shift: usize, lane: __m128i| {
                let wide = _mm512_add_epi32(_mm512_cvtepu8_epi32(lane), base);
                _mm512_storeu_si512(out.add(found + shift).cast(), wide);
            };
            store(0, _mm512_castsi512_si128(packed));
            if count > 16 {
                store(16, _mm512_extracti32x4_epi32::<1>(packed));
                store(32, _mm512_extracti32x4_epi32::<2>(packed));
                store(48, _mm512_extracti32x4_epi32::<3>(packed));
            }
        }
        // Most blocks hold no line end or one: both are written alike, and what is written too much is written over.
        let before =
            |newlines: u64| (found + (marks & !newlines & newlines.wrapping_sub(1)).count_ones() as usize) as u32;
        ends[lines] = before(newlines);
        lines += usize::from(newlines != 0);
        newlines &= newlines.wrapping_sub(1);
        while newlines != 0 {
            ends[lines] = before(newlines);
            lines += 1;
            newlines &= newlines - 1;
        }
        found += count;
        at += 64;
    }
    (found, lines)
}
