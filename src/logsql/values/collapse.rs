//! `collapse_nums`: numbers in a text become `<N>`, and `prettify` names what a group of them is.

use crate::logsql::text::is_word;

/// Replaces every number of a text by `<N>`.
///
/// A run of hex digits is a number when it begins at the start of the text, after a character that is not part of a word
/// or after one of `T X x v s h m`, and ends at the end, before a character that is not part of a word or before one of
/// `T Z s m h u n` and the Greek mu. A run with letters must be four or more digits long, and an even number of them.
pub fn numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !c.is_ascii_hexdigit() {
            out.push(c);
            before = Some(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if may_begin(before) && may_end(after.chars().next()) && is_number(run) {
            out.push_str("<N>");
        } else {
            out.push_str(run);
        }
        before = run.chars().last();
        rest = after;
    }
    out
}

fn may_begin(before: Option<char>) -> bool {
    before.is_none_or(|c| !is_word(c) || "TXxvshm".contains(c))
}

fn may_end(after: Option<char>) -> bool {
    after.is_none_or(|c| !is_word(c) || "TZsmhun\u{3bc}".contains(c))
}

fn is_number(run: &str) -> bool {
    run.bytes().all(|b| b.is_ascii_digit()) || (run.len() >= 4 && run.len().is_multiple_of(2))
}

/// Names groups of `<N>`: UUIDs, addresses, times, dates, instants.
pub fn prettify(text: &str) -> String {
    let text = text.replace("<N>-<N>-<N>-<N>-<N>", "<UUID>").replace("<N>.<N>.<N>.<N>", "<IP4>");
    let text = swallow(&text, "<N>:<N>:<N>", "<TIME>", &[".<N>", ",<N>"]);
    let text = text.replace("<N>-<N>-<N>", "<DATE>").replace("<N>/<N>/<N>", "<DATE>");
    let text = swallow(&text, "<DATE>T<TIME>", "<DATETIME>", OFFSETS);
    swallow(&text, "<DATE> <TIME>", "<DATETIME>", OFFSETS)
}

const OFFSETS: &[&str] = &["Z", "+<N>:<N>", "-<N>:<N>"];

/// Replaces `from` by `to`, together with the first of `tails` that follows it.
fn swallow(text: &str, from: &str, to: &str, tails: &[&str]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(n) = rest.find(from) {
        out.push_str(&rest[..n]);
        out.push_str(to);
        rest = &rest[n + from.len()..];
        rest = tails.iter().find_map(|tail| rest.strip_prefix(tail)).unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_collapse_at_boundaries() {
        for (text, want) in [
            (" 1e51.5x97_", " <N>.5x97_"),
            ("120x1Fт7abc:", "120x1Fт7abc:"),
            ("12:30:45Zdeadbeefid=", "<N>:<N>:<N>Zdeadbeefid="),
            ("12ab 12msx9", "<N> <N>msx<N>"),
            ("rate limit exceeded 1e5 abc be", "rate limit ex<N> 1e5 abc be"),
            ("v1.2T3", "v<N>.<N>T<N>"),
        ] {
            assert_eq!(numbers(text), want);
        }
    }

    #[test]
    fn groups_get_names() {
        for (text, want) in [
            ("550e8400-e29b-41d4-a716-446655440000", "<UUID>"),
            ("10.0.0.1 12:30:45.123", "<IP4> <TIME>"),
            ("2025-07-01T12:30:45,5+02:00 2025/07/01", "<DATETIME> <DATE>"),
            ("2025-07-01 12:30:45Z", "<DATETIME>"),
        ] {
            assert_eq!(prettify(&numbers(text)), want);
        }
    }
}
