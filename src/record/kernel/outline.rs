//! Line ends and `\u` escapes of raw bytes, without looking at what lies between.

use super::Kernel;

/// Bytes ahead of the reader that are asked for: the processor's own prefetcher stops at every 4 KiB page.
const PREFETCH: usize = 4096;

/// Calls `each` with the place of every line end and of every backslash before a `u`, in order.
#[inline(always)]
pub fn marks(kernel: Kernel, bytes: &[u8], each: impl FnMut(usize)) {
    match kernel {
        // SAFETY: the kernels come from `Kernel::available`, so the processor has the instructions.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { wide::marks512(bytes, each) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { wide::marks256(bytes, each) },
        _ => rest(bytes, 0, each),
    }
}

/// The same from a place on, byte by byte.
fn rest(bytes: &[u8], from: usize, mut each: impl FnMut(usize)) {
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        if *byte == b'\n' || (*byte == b'\\' && bytes.get(at + 1) == Some(&b'u')) {
            each(at);
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod wide {
    use super::{PREFETCH, rest};
    use std::arch::x86_64::*;

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx512f,avx512bw,bmi1,popcnt")]
    pub unsafe fn marks512(bytes: &[u8], mut each: impl FnMut(usize)) {
        let set = |byte: u8| _mm512_set1_epi8(byte as i8);
        let (newline, backslash, letter) = (set(b'\n'), set(b'\\'), set(b'u'));
        let mut at = 0;
        while at + 64 < bytes.len() {
            let from = bytes.as_ptr().wrapping_add(at);
            _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(PREFETCH).cast());
            // SAFETY: 65 bytes from `at` on are inside `bytes`.
            let (here, next) = unsafe { (_mm512_loadu_si512(from.cast()), _mm512_loadu_si512(from.add(1).cast())) };
            let escapes = _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(here, backslash), next, letter);
            give(_mm512_cmpeq_epi8_mask(here, newline) | escapes, at, &mut each);
            at += 64;
        }
        rest(bytes, at, each);
    }

    /// # Safety
    /// The processor has the instructions.
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    pub unsafe fn marks256(bytes: &[u8], mut each: impl FnMut(usize)) {
        let set = |byte: u8| _mm256_set1_epi8(byte as i8);
        let (newline, backslash, letter) = (set(b'\n'), set(b'\\'), set(b'u'));
        let mut at = 0;
        while at + 32 < bytes.len() {
            let from = bytes.as_ptr().wrapping_add(at);
            _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(PREFETCH).cast());
            // SAFETY: 33 bytes from `at` on are inside `bytes`.
            let (here, next) = unsafe { (_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(1).cast())) };
            let escapes = _mm256_and_si256(_mm256_cmpeq_epi8(here, backslash), _mm256_cmpeq_epi8(next, letter));
            let marks = _mm256_or_si256(_mm256_cmpeq_epi8(here, newline), escapes);
            give(u64::from(_mm256_movemask_epi8(marks) as u32), at, &mut each);
            at += 32;
        }
        rest(bytes, at, each);
    }

    #[inline(always)]
    fn give(mut marks: u64, at: usize, each: &mut impl FnMut(usize)) {
        while marks != 0 {
            each(at + marks.trailing_zeros() as usize);
            marks &= marks - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kernel_finds_the_same_marks(bytes in proptest::collection::vec(prop_oneof![Just(b'u'), Just(b'\\'), Just(b'\n'), Just(b'a')], 0..300)) {
            let found = |kernel| {
                let mut found = Vec::new();
                marks(kernel, &bytes, |at| found.push(at));
                found
            };
            for kernel in Kernel::available() {
                prop_assert_eq!(found(kernel), found(Kernel::Portable), "{:?}", kernel);
            }
        }
    }
}
