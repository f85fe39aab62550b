//! Values within calls, casts and types, as languages print them: `Password("…")`, `(*string)("…")`, `string(24) "…"`,
//! `[]string{"…"}`.

use super::super::extent::{self, Ends};
use super::names::literal_prefix;

/// What stands around a quoted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// The quote opens here, and the string behind it is the value.
    Holds(usize),
    /// The first of a list of strings begins here.
    Lists(usize),
    /// The string says where the value comes from, or why there is none: `getenv("DB_PASSWORD")`, `Err("refused")`,
    /// `(*string)(nil)`.
    Asks,
}

/// Wrappers within wrappers that are read: `(*string) (len=4) Some(Token("…"))`.
const DEEP: usize = 4;

/// Longest name of a type.
const LONGEST_TYPE: usize = 48;

/// The wrapper that begins at a place, if a quote opens behind nothing but words, types and brackets.
pub(super) fn wrapper(text: &[u8], mut at: usize, ends: &mut Ends) -> Option<Wrapper> {
    let mut asks = false;
    for _ in 0..DEEP {
        let pointer = text.get(at..)?.iter().take(3).take_while(|b| matches!(b, b'[' | b']' | b'*' | b'&')).count();
        let word = at + pointer;
        let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'<' | b'>');
        let open = word + text[word..].iter().take(LONGEST_TYPE).take_while(part).count();
        if text.get(open) == Some(&b'{') && open > word && opens(text, open + 1).is_some() {
            return is_a_string(text, open + 1, ends).then_some(Wrapper::Lists(open + 1));
        }
        if text.get(open) != Some(&b'(') {
            return None;
        }
        if [&b"nil)"[..], b"null)", b"None)"].iter().any(|nothing| text[open + 1..].starts_with(nothing)) {
            return Some(Wrapper::Asks);
        }
        asks |= asks_for_it(&text[word..open]);
        at = open + 1;
        if opens(text, at).is_none() {
            let kind = |b: &&u8| {
                b.is_ascii_alphanumeric() || matches!(b, b' ' | b'_' | b'.' | b'*' | b'&' | b'=' | b'[' | b']')
            };
            let close = at + text[at..].iter().take(LONGEST_TYPE).take_while(kind).count();
            // `(string)` is read to its end, `Some(Token(` goes on within.
            if text.get(close) == Some(&b')') {
                at = close + 1;
                at += text[at..].iter().take(4).take_while(|b| **b == b' ').count();
            }
        }
        if let Some(quote) = opens(text, at) {
            return is_a_string(text, quote, ends).then_some(if asks { Wrapper::Asks } else { Wrapper::Holds(quote) });
        }
    }
    None
}

/// Where the quote of a string opens, behind the letter that some languages write before it.
fn opens(text: &[u8], at: usize) -> Option<usize> {
    let quote = at + literal_prefix(text.get(at..)?);
    extent::opening(text, quote).map(|_| quote)
}

/// The quote opens a string of its own rather than ends the one that holds it all: `"password=ab(","level":"info"`.
fn is_a_string(text: &[u8], at: usize, ends: &mut Ends) -> bool {
    let Some((quote, from)) = extent::opening(text, at) else { return false };
    let end = ends.quoted(text, from, quote);
    let says = text[from..end].first().is_some_and(|b| !matches!(b, b',' | b'}' | b']' | b':'));
    let behind = extent::opening(text, end).filter(|(own, _)| *own == quote).and_then(|(_, after)| text.get(after));
    says && !behind.is_some_and(u8::is_ascii_alphanumeric)
}

/// The function looks a value up by its name, or the type is that of an error.
fn asks_for_it(callee: &[u8]) -> bool {
    const ASKS: &[&[u8]] =
        &[b"get", b"env", b"read", b"load", b"fetch", b"lookup", b"resolve", b"find", b"prompt", b"input"];
    const ALONE: &[&[u8]] = &[b"var", b"file", b"ref", b"path", b"data"];
    const ERRORS: &[&[u8]] = &[b"Err", b"Error", b"Exception", b"Errorf"];
    let word = callee.rsplit(|b| matches!(b, b'.' | b':' | b'<')).next().unwrap_or_default();
    ASKS.iter().any(|ask| word.get(..ask.len()).is_some_and(|head| head.eq_ignore_ascii_case(ask)))
        || ALONE.iter().any(|ask| word.eq_ignore_ascii_case(ask))
        || ERRORS.iter().any(|error| word.ends_with(error))
}
