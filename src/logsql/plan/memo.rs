//! Verdicts of a test on values that were seen before: most fields of a dump have few values, each many times over.

use crate::record::{Value, short};

/// Slots, a power of two. A value has one place; what stood there before is forgotten.
const SLOTS: usize = 256;
/// Longest value that is remembered: pod names, statuses, hosts.
const BYTES_MAX: usize = 56;

/// A value as it stood in the line, and what the test said of it. As large as what the processor fetches at once.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Entry {
    bytes: [u8; BYTES_MAX],
    /// Length plus one; 0 for none.
    length: u8,
    passed: bool,
}

/// One worker's verdicts of one test.
pub struct Memo {
    entries: Box<[Entry]>,
}

impl Default for Memo {
    fn default() -> Self {
        Memo { entries: vec![Entry { bytes: [0; BYTES_MAX], length: 0, passed: false }; SLOTS].into() }
    }
}

impl Memo {
    /// What `test` says of a value. Decoded values are not remembered: the same bytes mean something else there.
    #[inline(always)]
    pub fn ask(&mut self, value: Value<'_>, test: impl FnOnce(Value<'_>) -> bool) -> bool {
        let bytes = value.bytes();
        if value.is_decoded() || bytes.len() > BYTES_MAX {
            return test(value);
        }
        let entry = &mut self.entries[place(bytes)];
        if usize::from(entry.length) == bytes.len() + 1 && short::same(&entry.bytes[..bytes.len()], bytes) {
            return entry.passed;
        }
        entry.passed = test(value);
        entry.length = bytes.len() as u8 + 1;
        entry.bytes[..bytes.len()].copy_from_slice(bytes);
        entry.passed
    }
}

/// Mixes the length with the first and last eight bytes, which mostly tell values apart.
#[inline(always)]
fn place(bytes: &[u8]) -> usize {
    let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
            _ => (bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0),
        },
    };
    let mixed = (first ^ last.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_verdict_is_the_tests_own(values in proptest::collection::vec("[ab]{0,3}|[ab]{6,9}|a{50,60}b?", 1..200)) {
            let mut memo = Memo::default();
            let test = |value: Value<'_>| value.bytes().ends_with(b"b");
            for value in &values {
                let value = Value::quoted(value.as_bytes());
                prop_assert_eq!(memo.ask(value, test), test(value));
            }
        }
    }

    #[test]
    fn what_is_remembered_is_not_asked_again() {
        let (mut memo, mut asked) = (Memo::default(), 0);
        for _ in 0..3 {
            memo.ask(Value::quoted(b"centaur-api-proxy-1"), |_| {
                asked += 1;
                true
            });
        }
        assert_eq!(asked, 1);
    }
}
