//! AVX2: 64 bytes a step in two halves.

use super::super::template::Templates;
use super::{Segment, lines, portable};
use std::arch::x86_64::*;

const PREFETCH: usize = 4096;

/// # Safety
/// The processor has the instructions; `segment` has room for the bytes.
#[target_feature(enable = "avx2,bmi1,popcnt")]
pub unsafe fn resolve(bytes: &[u8], indexed: usize, templates: &Templates, segment: &mut Segment) -> usize {
    // SAFETY: promised by the caller.
    let (positions, ends) = unsafe { index(&bytes[..indexed], &mut segment.positions, &mut segment.ends) };
    lines::resolve(bytes, indexed, templates, segment, positions, ends)
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
