//! Comparing short byte strings, of which there are several in every row, without calling for help.

/// Whether two strings are the same. Longer ones than a few registers are left to the library.
#[inline(always)]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let length = a.len();
    if length != b.len() {
        return false;
    }
    match length {
        0 => true,
        1..4 => a[0] == b[0] && a[length / 2] == b[length / 2] && a[length - 1] == b[length - 1],
        4..8 => differ(a, b, |s, at| u32::from_ne_bytes(s[at..at + 4].try_into().expect("four bytes")).into(), 4) == 0,
        8..16 => {
            differ(a, b, |s, at| u64::from_ne_bytes(s[at..at + 8].try_into().expect("eight bytes")).into(), 8) == 0
        }
        16..=64 => {
            let word = |s: &[u8], at: usize| u128::from_ne_bytes(s[at..at + 16].try_into().expect("sixteen bytes"));
            let mut wrong = differ(a, b, word, 16);
            let mut at = 16;
            while at + 16 < length {
                wrong |= word(a, at) ^ word(b, at);
                at += 16;
            }
            wrong == 0
        }
        _ => a == b,
    }
}

/// The bits in which the first and the last word of both differ.
#[inline(always)]
fn differ(a: &[u8], b: &[u8], word: impl Fn(&[u8], usize) -> u128, width: usize) -> u128 {
    let last = a.len() - width;
    (word(a, 0) ^ word(b, 0)) | (word(a, last) ^ word(b, last))
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn one_byte_makes_a_difference_wherever_it_is() {
        for length in 0..80 {
            let text: Vec<u8> = (0..length).map(|n| n as u8).collect();
            assert!(same(&text, &text.clone()));
            assert!(!same(&text, &[&text[..], b"x"].concat()));
            for at in 0..length {
                let mut other = text.clone();
                other[at] ^= 0x80;
                assert!(!same(&text, &other), "{at} of {length}");
            }
        }
    }
}
