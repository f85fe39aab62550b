//! Sequences that steer a terminal: `ESC[31m` and its kin, as the byte itself and in the spellings of loggers. Nobody sees
//! them, so a name or a token with one before, behind or inside reads as if it were whole.

use super::{extent, placeholder};

/// How the escape character is written, apart from the spellings that are those of any character.
const ESCAPES: &[&[u8]] = &[b"\x1b", br"\033", br"\e", b"^[", b"#033", b"&#27;", b"&#x1b;", b"&#x1B;"];

/// The rest of it behind backslashes.
const SPELLED: [&[u8]; 5] = [b"u001b", b"u{1b}", b"x1b", b"033", b"e"];

/// The whole of it in a URL.
const ALONE: [&[u8]; 1] = [b"%1b"];

/// Longest list of numbers: a colour of 24 bits before and behind has 35 bytes.
const LONGEST: usize = 48;

/// Literals one of which stands wherever a sequence does that no other escape tells of.
pub(super) const LITERALS: [&[u8]; 7] = [b"\x1b[", b"%1b", br"\033[", br"\e[", b"^[[", b"#033[", b"&#27;["];

/// Bytes that may begin an escape character in a spelling of its own.
pub(super) const FIRST_BYTES: [u8; 5] = [0x1b, b'\\', b'^', b'#', b'&'];

/// The sequence at the front of a text, as the number of its bytes.
#[inline]
pub(super) fn length(text: &[u8]) -> Option<usize> {
    // Nearly all of these bytes begin something else, which the next byte says.
    let next = *text.get(1)?;
    let may = match text[0] {
        0x1b | b'^' => next == b'[',
        b'\\' => matches!(next, b'0' | b'e'),
        b'#' => next == b'0',
        b'&' => next == b'#',
        _ => false,
    };
    if !may {
        return None;
    }
    let escape = ESCAPES.iter().find(|escape| text.starts_with(escape))?.len();
    Some(escape + behind(&text[escape..])?)
}

/// The same in the spellings of any character too, behind backslashes of any depth: what a view has still to take off.
pub(super) fn spelled(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(0x1b | b'\\' | b'^' | b'#' | b'&' | b'%')) {
        return None;
    }
    let slashes = extent::slashes_at(text, 0);
    if slashes < 2
        && let Some(length) = length(text)
    {
        return Some(length);
    }
    let words: &[&[u8]] = if slashes > 0 { &SPELLED } else { &ALONE };
    let spells = |word: &&&[u8]| text[slashes..].get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let escape = slashes + words.iter().find(spells)?.len();
    Some(escape + behind(&text[escape..])?)
}

/// What follows an escape character, `[31m`, as the number of its bytes.
#[inline]
pub(super) fn behind(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"[")?;
    let numbers = rest.iter().take(LONGEST).take_while(|b| matches!(b, b'0'..=b'9' | b';' | b':' | b'?')).count();
    let ends = rest.get(numbers).is_some_and(u8::is_ascii_alphabetic);
    // A placeholder behind a lone escape character is none.
    (ends && (numbers > 0 || placeholder::at(text, 0).is_none())).then_some(numbers + 2)
}
