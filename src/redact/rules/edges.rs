//! Edges: where a word begins behind escapes, where a field ends, what belongs to the sentence around.

use super::super::extent;

/// Length of the blanks at a place, tabs behind escapes of any depth among them.
pub(super) fn blanks(text: &[u8], at: usize) -> usize {
    let mut to = at;
    while to < text.len() && to < at + 16 {
        let slashes = extent::slashes_at(text, to);
        to += match text.get(to + slashes) {
            Some(b' ' | b'\t') if slashes == 0 => 1,
            Some(b't') if slashes > 0 => slashes + 1,
            _ => break,
        };
    }
    to - at
}

/// No letter or digit before, except those of an escape.
#[inline]
pub fn left_edge(text: &[u8], at: usize) -> bool {
    at == 0 || !text[at - 1].is_ascii_alphanumeric() || after_escape(text, at - 1) == at || escaped_end(text, at)
}

/// The byte before ends `\u003d` or `%3D`.
fn escaped_end(text: &[u8], at: usize) -> bool {
    let hex = |n: usize| text[at - n..at].iter().all(u8::is_ascii_hexdigit);
    (at >= 3 && text[at - 3] == b'%' && hex(2)) || (at >= 6 && &text[at - 6..at - 4] == br"\u" && hex(4))
}

/// Skips the letter of `\n`, the digits of `\u0026` or `%26` that look like the beginning of a name.
pub fn after_escape(text: &[u8], at: usize) -> usize {
    let before = at.checked_sub(1).map(|p| text[p]);
    let hex = |from: usize, n: usize| text.get(from..from + n).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
    match (before, text.get(at)) {
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f')) => at + 1,
        (Some(b'\\'), Some(b'u')) if hex(at + 1, 4) => at + 5,
        (Some(b'%'), Some(_)) if hex(at, 2) => at + 2,
        _ => at,
    }
}

/// The value is cut off here, or its field ends.
pub(super) fn field_ends(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None | Some(b'"' | b'\'' | b'`' | b'\n' | b'\r') => true,
        Some(b'\\') => matches!(text.get(at + 1), Some(b'"' | b'n' | b'r' | b'\\' | b'\'')),
        _ => is_elided(text, at),
    }
}

/// Whoever wrote this says that it was cut off here.
pub(super) fn is_elided(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b"...") || text[at..].starts_with("\u{2026}".as_bytes())
}

/// Length without the dots, colons and dashes of the sentence around it.
pub(super) fn trimmed(tail: &[u8]) -> usize {
    tail.len() - tail.iter().rev().take_while(|b| matches!(b, b'.' | b':' | b'~' | b',')).count()
}
