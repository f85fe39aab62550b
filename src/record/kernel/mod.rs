//! Kernels: where the quotes and line ends of a segment are, and which template each of its lines follows.
//!
//! Belongs here: the instructions chosen at run time, and the only `unsafe` of this room. Elsewhere: what a template
//! means ([`super::template`]), what becomes of a line that follows none ([`super::rows`]).
//!
//! A segment is a few whole lines. Its index holds the position of every quote that no backslash escapes and of every
//! line end. JSON strings cannot hold a raw line end, so whatever is wrong with a line ends with it.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lines;
pub(super) mod outline;
mod portable;
pub(super) mod words;

use super::template::Templates;

/// Which instructions are used. The answers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kernel {
    /// Every line goes through [`super::parse_any`]: the judge of the others.
    Plain,
    /// The index and templates without vector instructions.
    Portable,
    Avx2,
    /// AVX-512 with VBMI2, whose compress instruction writes positions at once.
    Avx512,
}

impl Kernel {
    /// The fastest one this processor has.
    pub fn best() -> Kernel {
        *Kernel::available().last().unwrap_or(&Kernel::Portable)
    }

    /// All this processor has, the judge first and the fastest last.
    pub fn available() -> Vec<Kernel> {
        let mut kernels = vec![Kernel::Plain, Kernel::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("bmi1") {
                kernels.push(Kernel::Avx2);
            }
            let wide = std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512bw")
                && std::arch::is_x86_feature_detected!("avx512vl")
                && std::arch::is_x86_feature_detected!("avx512vbmi2")
                && std::arch::is_x86_feature_detected!("popcnt")
                && std::arch::is_x86_feature_detected!("bmi1");
            if wide {
                kernels.push(Kernel::Avx512);
            }
        }
        kernels
    }
}

/// A line of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineAt {
    pub start: u32,
    /// Behind its last byte, the line end not included.
    pub end: u32,
    /// Index of its first quote in [`Segment::positions`]; its line end's position ends its run.
    pub first: u32,
    /// Quotes of the line.
    pub quotes: u32,
    /// Fingerprint of its key lengths.
    pub fingerprint: u32,
    /// The template it follows, or [`NO_TEMPLATE`].
    pub template: u16,
}

/// Marks a line that has to be parsed.
pub const NO_TEMPLATE: u16 = u16::MAX;

/// What is known of a segment. Reused from one segment to the next.
#[derive(Debug, Default)]
pub struct Segment {
    /// Positions of quotes and line ends; valid up to the last line's end, garbage behind.
    pub positions: Vec<u32>,
    /// For every line, the index of its end in `positions`.
    pub(super) ends: Vec<u32>,
    pub lines: Vec<LineAt>,
}

/// Positions that may be written behind the last one.
const SLACK: usize = 128;

impl Segment {
    fn make_room(&mut self, bytes: usize) {
        if self.positions.len() < bytes + 2 * SLACK {
            self.positions.resize(bytes + 4 * SLACK, 0);
            self.ends.resize(bytes + 4 * SLACK, 0);
        }
    }
}

/// Indexes the first `indexed` bytes (at most 4 GiB) and finds the template of every line that ends in them, or with
/// `bytes`. Returns the bytes of those lines. `kernel` is one of [`Kernel::available`].
pub fn resolve(kernel: Kernel, bytes: &[u8], indexed: usize, templates: &Templates, segment: &mut Segment) -> usize {
    segment.make_room(indexed);
    match kernel {
        // SAFETY: the kernels come from `Kernel::available`, so the processor has the instructions; room was made.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { avx512::resolve(bytes, indexed, templates, segment) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { avx2::resolve(bytes, indexed, templates, segment) },
        _ => portable::resolve(bytes, indexed, templates, segment),
    }
}

/// Only the index, for benches and tests: the number of positions and of line ends.
pub fn index(kernel: Kernel, bytes: &[u8], segment: &mut Segment) -> (usize, usize) {
    segment.make_room(bytes.len());
    let Segment { positions, ends, .. } = segment;
    match kernel {
        // SAFETY: as in `resolve`.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => unsafe { avx512::index(bytes, positions, ends) },
        // SAFETY: as in `resolve`.
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => unsafe { avx2::index(bytes, positions, ends) },
        _ => portable::index(bytes, positions, ends),
    }
}

/// The bytes that a backslash escapes, from the places of the backslashes. `carry` is whether the first byte is.
#[inline(always)]
fn escaped(backslashes: u64, carry: &mut u64) -> u64 {
    // A run of backslashes escapes by turns. Adding the odd bits to the runs' starts makes each run overflow into the
    // byte behind it exactly if its length is odd; the exclusive or then leaves the escaped bytes.
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let starts = backslashes & !*carry;
    let turns = (((starts << 1) | ODD).wrapping_sub(starts)) ^ ODD;
    let escaped = turns ^ (backslashes | *carry);
    *carry = (turns & backslashes) >> 63;
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The index as its definition has it.
    fn plain(bytes: &[u8]) -> (Vec<u32>, Vec<u32>) {
        let (mut positions, mut ends, mut escaped) = (Vec::new(), Vec::new(), false);
        for (at, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' {
                ends.push(positions.len() as u32);
            }
            if *byte == b'\n' || (*byte == b'"' && !escaped) {
                positions.push(at as u32);
            }
            escaped = *byte == b'\\' && !escaped;
        }
        (positions, ends)
    }

    proptest! {
        #[test]
        fn every_kernel_finds_the_same_quotes(bytes in proptest::collection::vec(prop_oneof![Just(b'"'), Just(b'\\'), Just(b'\n'), Just(b'a'), any::<u8>()], 0..400)) {
            let (positions, ends) = plain(&bytes);
            for kernel in &Kernel::available()[1..] {
                let mut segment = Segment::default();
                let (p, e) = index(*kernel, &bytes, &mut segment);
                prop_assert_eq!(&segment.positions[..p], &positions[..], "{:?}", kernel);
                prop_assert_eq!(&segment.ends[..e], &ends[..], "{:?}", kernel);
            }
        }
    }
}
