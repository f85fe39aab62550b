//! AVX-512: 64 bytes a step, positions written by the compress instruction.

use super::super::template::{BLOCK, BLOCKS, Keys, Part, Templates};
use super::lines;
use super::{Segment, avx2, escaped};
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
    let found = unsafe { index(&bytes[..indexed], &mut segment.positions, &mut segment.ends) };
    // SAFETY: such a processor has AVX2 too; the rest is promised by whoever asks.
    let same =
        |bytes: &[u8], marks: &[u32], keys: &Keys, parts: &[Part]| unsafe { avx2::same(bytes, marks, keys, parts) };
    lines::resolve((bytes, indexed), templates, segment, found, |marks, fields| fingerprint(marks, fields), same)
}

/// # Safety
/// The processor has the instructions; both vectors are at least [`super::SLACK`] longer than `bytes`.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
pub unsafe fn index(bytes: &[u8], positions: &mut [u32], ends: &mut [u32]) -> (usize, usize) {
    assert!(positions.len() >= bytes.len() + super::SLACK && ends.len() >= bytes.len() + super::SLACK);
    let mut writer = Writer { out: positions.as_mut_ptr(), ends: ends.as_mut_ptr(), found: 0, lines: 0, carry: 0 };
    let whole = bytes.len() / 64 * 64;
    let from = bytes.as_ptr();
    // SAFETY: whole loads stay inside `bytes`; the last one is masked to what is left of it. Of `at` bytes at most as many
    // positions and line ends were written, and the vectors are longer by the slack.
    unsafe {
        let mut at = 0;
        while at < whole {
            _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(at + PREFETCH).cast());
            writer.block(_mm512_loadu_si512(from.add(at).cast()), at as u32);
            at += 64;
        }
        if at < bytes.len() {
            let left = (1 << (bytes.len() - at)) - 1;
            writer.block(_mm512_maskz_loadu_epi8(left, from.add(at).cast()), at as u32);
        }
    }
    (writer.found, writer.lines)
}

/// Writes positions and line ends of one block after the other.
struct Writer {
    out: *mut u32,
    ends: *mut u32,
    found: usize,
    lines: usize,
    carry: u64,
}

impl Writer {
    /// # Safety
    /// The processor has the instructions; both vectors have room for 64 more.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
    #[inline]
    unsafe fn block(&mut self, block: __m512i, at: u32) {
        // SAFETY: a constant of 64 bytes.
        let iota = unsafe { _mm512_loadu_si512(IOTA.as_ptr().cast()) };
        let quotes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(b'"' as i8));
        let backslashes = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(b'\\' as i8));
        let newlines = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(b'\n' as i8));
        let marks = (quotes & !escaped(backslashes, &mut self.carry)) | newlines;
        let count = marks.count_ones() as usize;
        let packed = _mm512_maskz_compress_epi8(marks, iota);
        let base = _mm512_set1_epi32(at as i32);
        // SAFETY: a block has at most 64 marks; what is written too much is written over.
        unsafe {
            let out = self.out.add(self.found);
            let store = |shift: usize, lane: __m128i| {
                let wide = _mm512_add_epi32(_mm512_cvtepu8_epi32(lane), base);
                _mm512_storeu_si512(out.add(shift).cast(), wide);
            };
            store(0, _mm512_castsi512_si128(packed));
            if count > 16 {
                store(16, _mm512_extracti32x4_epi32::<1>(packed));
                store(32, _mm512_extracti32x4_epi32::<2>(packed));
                store(48, _mm512_extracti32x4_epi32::<3>(packed));
            }
            // Most blocks hold no line end or one: both are written alike.
            let before = |newlines: u64| {
                (self.found + (marks & !newlines & newlines.wrapping_sub(1)).count_ones() as usize) as u32
            };
            *self.ends.add(self.lines) = before(newlines);
            self.lines += usize::from(newlines != 0);
            let mut newlines = newlines & newlines.wrapping_sub(1);
            while newlines != 0 {
                *self.ends.add(self.lines) = before(newlines);
                self.lines += 1;
                newlines &= newlines - 1;
            }
        }
        self.found += count;
    }
}

/// The fields of all [`BLOCKS`] are told in one word.
const _: () = assert!(BLOCKS * BLOCK <= u64::BITS as usize);

/// [`lines::fingerprint`] with a register for a block.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt")]
#[inline]
fn fingerprint(marks: &[u32], fields: usize) -> u32 {
    let blocks = fields.div_ceil(4).max(BLOCKS);
    assert!(marks.len() > blocks * BLOCK);
    let mut sums = _mm512_setzero_si512();
    let mut mix = |block: usize, keys: u64| {
        // SAFETY: the marks reach one beyond the block.
        let gaps = unsafe {
            let from = marks.as_ptr().add(block * BLOCK);
            _mm512_sub_epi32(_mm512_loadu_si512(from.add(1).cast()), _mm512_loadu_si512(from.cast()))
        };
        sums = _mm512_xor_si512(_mm512_rol_epi32::<7>(sums), _mm512_maskz_mov_epi32(keys as u16, gaps));
    };
    // One bit for the first mark of every field, block after block.
    let keys = |fields: usize| _bzhi_u64(0x1111_1111_1111_1111, 4 * fields.min(BLOCK) as u32);
    let first = keys(fields);
    for block in 0..BLOCKS {
        mix(block, first >> (BLOCK * block));
    }
    for block in BLOCKS..blocks {
        mix(block, keys(fields - 4 * block));
    }
    let sums = _mm512_castsi512_si128(_mm512_maskz_compress_epi32(0x1111, sums));
    // SAFETY: sixteen bytes of either kind.
    let sums: [u32; 4] = unsafe { std::mem::transmute(sums) };
    lines::folded(sums, fields)
}
