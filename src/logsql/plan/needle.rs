//! A literal that every matching line must hold, looked for in raw bytes before any parsing.
//!
//! Only runs of ASCII letters, digits, `_`, `-` and `.` are used: JSON writes them as themselves in any exporter's
//! style, save as `\u00XX`, and a line with such an escape is never skipped. Skipped lines are still looked at from
//! outside, so that a cut or foreign line is found as without the needle.

use crate::logsql::ast::Expr;
use memchr::memmem::Finder;

/// Shortest literal worth a search of its own.
const SHORTEST: usize = 4;

/// Bytes searched at a time, so that the searches of one piece find it in the cache.
const PIECE: usize = 128 << 10;

/// The literal, ready to be searched for.
pub struct Needle {
    text: String,
    literal: Finder<'static>,
    escape: Finder<'static>,
}

/// What became of the lines of a chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    pub skipped: u64,
    pub kept: u64,
    pub blank: u64,
}

impl Needle {
    /// The most selective literal of a filter: the longest run of a mandatory text.
    pub fn of(filter: &Expr) -> Option<Needle> {
        let mut best = "";
        let parts = match filter {
            Expr::And(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        for part in parts {
            let Expr::Leaf(leaf) = part else { continue };
            // Times are rewritten on the way in, so their text may not stand in the line.
            if let Some(literal) = leaf.literal().filter(|l| l.field != "_time") {
                let run = literal.text.split(|c: char| !is_safe(c)).max_by_key(|r| r.len()).unwrap_or("");
                if run.len() > best.len() {
                    best = run;
                }
            }
        }
        (best.len() >= SHORTEST).then(|| Needle {
            text: best.to_owned(),
            literal: Finder::new(best.as_bytes()).into_owned(),
            escape: Finder::new(b"\\u00").into_owned(),
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Calls `keep` with the ranges of whole lines that may match or are not plainly records, in order.
    pub fn lines(&self, bytes: &[u8], mut keep: impl FnMut(std::ops::Range<usize>)) -> Lines {
        let mut counts = Lines::default();
        let mut at = 0;
        while at < bytes.len() {
            let aim = (at + PIECE).min(bytes.len());
            let end = memchr::memchr(b'\n', &bytes[aim - 1..]).map_or(bytes.len(), |n| aim + n);
            self.piece(bytes, at..end, &mut counts, &mut keep);
            at = end;
        }
        counts
    }

    fn piece(
        &self,
        bytes: &[u8],
        range: std::ops::Range<usize>,
        counts: &mut Lines,
        keep: &mut impl FnMut(std::ops::Range<usize>),
    ) {
        let piece = &bytes[range.clone()];
        let mut hit = self.literal.find(piece);
        let mut escape = self.letter_escape(piece, 0);
        let mut at = 0;
        while at < piece.len() {
            let end = memchr::memchr(b'\n', &piece[at..]).map_or(piece.len(), |n| at + n);
            let line = &piece[at..end];
            let candidate = hit.is_some_and(|h| h < end) || escape.is_some_and(|e| e < end) || !looks_whole(line);
            if !candidate {
                counts.skipped += 1;
            } else if line.trim_ascii().is_empty() {
                counts.blank += 1;
            } else {
                counts.kept += 1;
                keep(range.start + at..range.start + end);
            }
            at = end + 1;
            if hit.is_some_and(|h| h < at) {
                hit = self.literal.find(&piece[at.min(piece.len())..]).map(|h| at + h);
            }
            if escape.is_some_and(|e| e < at) {
                escape = self.letter_escape(piece, at);
            }
        }
    }

    /// The first `\u00XX` at or after `from` that stands for a character of a needle.
    fn letter_escape(&self, piece: &[u8], mut from: usize) -> Option<usize> {
        while let Some(hit) = piece.get(from..).and_then(|rest| self.escape.find(rest)) {
            let digits = piece.get(from + hit + 4..from + hit + 6);
            let code = digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
            if code.is_none_or(|c| is_safe(char::from(c))) {
                return Some(from + hit);
            }
            from += hit + 4;
        }
        None
    }
}

fn is_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether a line has the outside of a compact record.
fn looks_whole(line: &[u8]) -> bool {
    line.starts_with(b"{\"") && line.ends_with(b"\"}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::parse::Options;

    fn needle(filter: &str) -> Option<String> {
        let filter = Expr::parse(filter, Options::default()).expect(filter);
        Needle::of(&filter).map(|n| n.text)
    }

    #[test]
    fn the_longest_safe_run_of_what_is_mandatory() {
        assert_eq!(needle("error pod:=\"api-proxy-1\"").as_deref(), Some("api-proxy-1"));
        assert_eq!(needle("\"failed to fetch\"").as_deref(), Some("failed"));
        for none in ["*", "foo", "error or failed", "!failed", "_time:=\"2025-07-04T08:00:00Z\""] {
            assert_eq!(needle(none), None, "{none}");
        }
    }

    #[test]
    fn lines_that_could_match_or_are_no_records_are_kept() {
        let filter = Expr::parse("needle", Options::default()).expect("a filter");
        let needle = Needle::of(&filter).expect("a needle");
        let text =
            "{\"a\":\"b\"}\n{\"a\":\"needle\"}\nnote\n{\"a\":\"cut\n\n{\"a\":\"n\\u0065edle\"}\n{\"a\":\"\\u003c\"}";
        let mut kept = Vec::new();
        let counts = needle.lines(text.as_bytes(), |r| kept.push(&text[r]));
        assert_eq!(kept, ["{\"a\":\"needle\"}", "note", "{\"a\":\"cut", "{\"a\":\"n\\u0065edle\"}"]);
        assert_eq!(counts, Lines { skipped: 2, kept: 4, blank: 1 });
    }
}
