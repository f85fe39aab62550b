//! The placeholder that stands for a masked value, `[kind#label]`: how it is written, and known again.

use super::kinds;

/// Longest name of a kind and longest label that are read.
const KIND_BYTES_MAX: usize = 32;
const LABEL_BYTES_MAX: usize = 20;

/// Appends a placeholder.
pub(super) fn write(kind: &str, label: &[u8], out: &mut Vec<u8>) {
    for part in [b"[", kind.as_bytes(), b"#", label, b"]"] {
        out.extend_from_slice(part);
    }
}

/// The end and the kind of a placeholder that begins here.
pub(super) fn at(text: &[u8], start: usize) -> Option<(usize, &'static str)> {
    let letter = |b: &&u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let name = text.get(start..)?.strip_prefix(b"[")?;
    let length = name.iter().take(KIND_BYTES_MAX).take_while(|b| letter(b) || **b == b'-').count();
    let (name, rest) = name.split_at(length);
    let label = rest.strip_prefix(b"#")?;
    let length = label.iter().take(LABEL_BYTES_MAX).take_while(letter).count();
    let closed = length > 0 && label.get(length) == Some(&b']');
    let kind = kinds::known(name).filter(|_| closed)?;
    Some((start + name.len() + length + 3, kind))
}

/// The start, the end and the kind of a placeholder with its `#` here.
pub(super) fn around(text: &[u8], mark: usize) -> Option<(usize, usize, &'static str)> {
    let floor = mark.saturating_sub(KIND_BYTES_MAX + 1);
    let start = floor + memchr::memrchr(b'[', &text[floor..mark])?;
    let (end, kind) = at(text, start).filter(|(end, _)| *end > mark)?;
    Some((start, end, kind))
}

/// The value is a placeholder, perhaps with the closing brackets of the text around it and the backslashes of its quote.
pub(super) fn held(text: &[u8], start: usize, end: usize) -> bool {
    at(text, start).is_some_and(|(own, _)| {
        text[own.min(end)..end].iter().all(|b| matches!(b, b']' | b')' | b'}' | b',' | b';' | b'.' | b':' | b'\\'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::kinds::{KINDS, OTHER_KINDS};
    use super::*;

    #[test]
    fn what_is_written_is_known_again() {
        for kind in KINDS.iter().map(|kind| kind.name).chain(OTHER_KINDS.iter().copied()) {
            for label in ["1", "4294967295", "18446744073709551615", "0123456789abcdef"] {
                let mut text = b"x [".to_vec();
                write(kind, label.as_bytes(), &mut text);
                let end = text.len();
                text.extend_from_slice(b"], y");
                assert_eq!(at(&text, 3), Some((end, kind)));
                assert_eq!(around(&text, 4 + kind.len()), Some((3, end, kind)));
                assert!(held(&text, 3, end + 1) && !held(&text, 3, end + 4));
                assert!(held(&[&text[..end], b"\\\\\\\\"].concat(), 3, end + 4));
                assert_eq!(at(&text, 2), None);
            }
        }
        for text in ["[token#]", "[token#1", "[tokens#1]", "token#1]", "[token#A]", "[#1]", "[token1]", "[", ""] {
            assert_eq!(at(text.as_bytes(), 0), None, "{text}");
        }
        assert_eq!(around(b"[token#1]x#", 10), None);
    }
}
