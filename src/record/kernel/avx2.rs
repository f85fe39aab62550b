//! AVX2: 64 bytes a step in two halves.

use super::super::template::{Keys, Part, Templates, key_begin};
use super::{Segment, lines, portable};
use std::arch::x86_64::*;

const PREFETCH: usize = 4096;

/// # Safety
/// The processor has the instructions; `segment` has room for the bytes.
#[target_feature(enable = "avx2,bmi1,popcnt")]
pub unsafe fn resolve(bytes: &[u8], indexed: usize, templates: &Templates, segment: &mut Segment) -> usize {
    // SAFETY: promised by the caller.
    let found = unsafe { index(&bytes[..indexed], &mut segment.positions, &mut segment.ends) };
    // SAFETY: the instructions are promised by the caller, the rest by whoever asks.
    let same = |bytes: &[u8], marks: &[u32], keys: &Keys, parts: &[Part]| unsafe { same(bytes, marks, keys, parts) };
    lines::resolve((bytes, indexed), templates, segment, found, lines::fingerprint, same)
}

/// # Safety
/// The processor has the instructions; both vectors are at least [`super::SLACK`] longer than `bytes`.
#[target_feature(enable = "avx2,bmi1,popcnt")]
pub unsafe fn index(bytes: &[u8], positions: &mut [u32], ends: &mut [u32]) -> (usize, usize) {
    let mut writer = portable::Writer::new(positions, ends);
    let mut blocks = bytes.chunks_exact(64);
    for block in &mut blocks {
        _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().wrapping_add(PREFETCH).cast());
        // SAFETY: the block has 64 bytes.
        let (low, high) =
            unsafe { (_mm256_loadu_si256(block.as_ptr().cast()), _mm256_loadu_si256(block.as_ptr().add(32).cast())) };
        let equal = |byte: u8| {
            let wanted = _mm256_set1_epi8(byte as i8);
            let mask = |half| u64::from(_mm256_movemask_epi8(_mm256_cmpeq_epi8(half, wanted)) as u32);
            mask(low) | mask(high) << 32
        };
        writer.block(equal(b'"'), equal(b'\\'), equal(b'\n'));
    }
    writer.rest(blocks.remainder());
    writer.finish()
}

/// [`lines::same`] with a register for a part.
///
/// # Safety
/// The processor has the instructions; the marks are those of as many fields as there are keys, `keys.reach` bytes follow
/// every mark, and the keys are of the same [`Templates`] as the parts.
#[target_feature(enable = "avx2,bmi1,popcnt")]
#[inline]
pub unsafe fn same(bytes: &[u8], marks: &[u32], keys: &Keys, parts: &[Part]) -> bool {
    let mut wrong = _mm256_setzero_si256();
    let mut compare = |part: u32, at: usize| {
        // SAFETY: promised by the caller; both halves of a part have 32 bytes.
        let (have, want, mask) = unsafe {
            let part = parts.get_unchecked(part as usize);
            let have = _mm256_loadu_si256(bytes.as_ptr().add(at).cast());
            (have, _mm256_loadu_si256(part.want.as_ptr().cast()), _mm256_loadu_si256(part.mask.as_ptr().cast()))
        };
        wrong = _mm256_or_si256(wrong, _mm256_and_si256(_mm256_xor_si256(have, want), mask));
    };
    let fields = keys.first.len();
    // SAFETY: there are as many fields, and the one before has four marks.
    let mut key = |field: usize| unsafe {
        compare(*keys.first.get_unchecked(field), *marks.get_unchecked(4 * field - 1) as usize);
    };
    // Four at a time, the last four again if need be: a loop whose length changes from line to line is guessed wrong.
    if fields > 4 {
        let mut field = 1;
        while field + 4 < fields {
            (field..field + 4).for_each(&mut key);
            field += 4;
        }
        (fields - 4..fields).for_each(&mut key);
    } else {
        (1..fields).for_each(&mut key);
    }
    compare(keys.first[0], key_begin(marks, 0));
    for more in &keys.more {
        compare(more.part, marks[usize::from(more.mark)] as usize + usize::from(more.offset));
    }
    _mm256_testz_si256(wrong, wrong) == 1
}
