//! A literal that every wanted line must hold, looked for in raw bytes before anything is parsed.
//!
//! Sound, not exact: a line without the literal cannot be wanted, a line with it must still be asked. Only runs of ASCII
//! letters, digits, `_`, `-` and `.` are looked for: JSON writes them as themselves in any exporter's style, save as
//! `\u00XX`, and a line with such an escape is never skipped. Nor is a line that has not the outside of a record, so
//! that a cut or foreign line is found as without the needle. It pays when the literal is rare; a literal in every tenth
//! line is no faster than the scan.

use super::kernel::{Kernel, outline};
use memchr::memmem::Finder;
use std::ops::Range;

/// Shortest literal worth a search of its own.
const SHORTEST: usize = 4;
/// Bytes looked at together: the second look at them finds them in the cache.
const PIECE: usize = 128 << 10;

/// The literal, ready to be searched for.
#[derive(Debug, Clone)]
pub struct Needle {
    finder: Finder<'static>,
    kernel: Kernel,
}

/// What became of the lines of a chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    pub skipped: u64,
    pub kept: u64,
    pub blank: u64,
}

impl Lines {
    pub fn all(&self) -> u64 {
        self.skipped + self.kept + self.blank
    }
}

impl Needle {
    /// The longest part of `literal` that stands for itself in JSON; `None` if that is too short to be of use.
    pub fn new(literal: &str) -> Option<Needle> {
        let run = longest_run(literal);
        (run.len() >= SHORTEST)
            .then(|| Needle { finder: Finder::new(run.as_bytes()).into_owned(), kernel: Kernel::best() })
    }

    /// The text looked for.
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.finder.needle()).unwrap_or_default()
    }

    /// Calls `keep` with the ranges of whole lines that may be wanted or are not plainly records, in order.
    pub fn lines(&self, bytes: &[u8], mut keep: impl FnMut(Range<usize>)) -> Lines {
        let mut counts = Lines::default();
        let mut at = 0;
        while at < bytes.len() {
            let aim = (at + PIECE).min(bytes.len());
            let end = memchr::memchr(b'\n', &bytes[aim - 1..]).map_or(bytes.len(), |n| aim + n);
            self.piece(&bytes[at..end], &mut counts, |line| keep(at + line.start..at + line.end));
            at = end;
        }
        counts
    }

    /// The same for a few whole lines.
    fn piece(&self, piece: &[u8], counts: &mut Lines, mut keep: impl FnMut(Range<usize>)) {
        let mut lines = u64::from(piece.last().is_some_and(|b| *b != b'\n'));
        // Places in lines that cannot be skipped.
        let mut odd = Vec::new();
        if !opens(piece) {
            odd.push(0);
        }
        outline::marks(self.kernel, piece, |at| {
            if piece[at] != b'\n' {
                odd.extend(hides_letter(&piece[at..]).then_some(at));
                return;
            }
            lines += 1;
            if !closes(&piece[..at]) {
                odd.push(at);
            }
            if at + 1 < piece.len() && !opens(&piece[at + 1..]) {
                odd.push(at + 1);
            }
        });
        if lines > 0 && piece.last() != Some(&b'\n') && !closes(piece) {
            odd.push(piece.len() - 1);
        }
        let (mut odd, mut done, mut settled) = (odd.into_iter().peekable(), 0, 0);
        let mut hit = self.finder.find(piece);
        while let Some(at) = hit.into_iter().chain(odd.peek().copied()).min() {
            let start = memchr::memrchr(b'\n', &piece[done..at]).map_or(done, |n| done + n + 1);
            let end = memchr::memchr(b'\n', &piece[at..]).map_or(piece.len(), |n| at + n);
            settled += 1;
            if piece[start..end].trim_ascii().is_empty() {
                counts.blank += 1;
            } else {
                counts.kept += 1;
                keep(start..end);
            }
            done = (end + 1).min(piece.len());
            while odd.next_if(|at| *at <= end).is_some() {}
            if hit.is_some_and(|hit| hit <= end) {
                hit = self.finder.find(&piece[done..]).map(|hit| done + hit);
            }
        }
        counts.skipped += lines - settled;
    }
}

/// The longest part of a literal that every usual writer of JSON writes as itself.
pub fn longest_run(literal: &str) -> &str {
    literal.split(|c: char| !stands_for_itself(c)).max_by_key(|run| run.len()).unwrap_or("")
}

fn stands_for_itself(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Whether the bytes begin as a compact record does.
fn opens(line: &[u8]) -> bool {
    line.starts_with(b"{\"")
}

/// Whether the bytes end as a compact record of strings does.
fn closes(line: &[u8]) -> bool {
    line.ends_with(b"\"}")
}

/// Whether a `\uXXXX` stands for a character that literals are made of, or cannot be read.
fn hides_letter(escape: &[u8]) -> bool {
    let Some(digits) = escape.get(2..6).and_then(|digits| std::str::from_utf8(digits).ok()) else { return true };
    u32::from_str_radix(digits, 16).map_or(true, |code| char::from_u32(code).is_some_and(stands_for_itself))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_that_could_be_wanted_or_are_no_records_are_kept() {
        let needle = Needle::new("needle").expect("a needle");
        let text =
            "{\"a\":\"b\"}\n{\"a\":\"needle\"}\nnote\n{\"a\":\"cut\n\n{\"a\":\"n\\u0065edle\"}\n{\"a\":\"\\u003c\"}";
        let mut kept = Vec::new();
        let counts = needle.lines(text.as_bytes(), |r| kept.push(&text[r]));
        assert_eq!(kept, ["{\"a\":\"needle\"}", "note", "{\"a\":\"cut", "{\"a\":\"n\\u0065edle\"}"]);
        assert_eq!(counts, Lines { skipped: 2, kept: 4, blank: 1 });
    }

    #[test]
    fn short_runs_are_no_needles() {
        assert_eq!(Needle::new("op://api-proxy/x").map(|n| n.text().to_owned()).as_deref(), Some("api-proxy"));
        assert!(Needle::new("<é> a b").is_none());
    }

    /// What is kept, line by line and with nothing clever.
    fn plain(text: &[u8]) -> (Vec<Vec<u8>>, Lines) {
        let (mut kept, mut counts) = (Vec::new(), Lines::default());
        let mut lines: Vec<&[u8]> = text.split(|b| *b == b'\n').collect();
        if lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
        for line in lines {
            let escaped = (0..line.len()).any(|at| line[at..].starts_with(b"\\u") && hides_letter(&line[at..]));
            let holds = line.windows(6).any(|w| w == b"needle");
            let plain_record = opens(line) && closes(line) && !escaped;
            if plain_record && !holds {
                counts.skipped += 1;
            } else if line.trim_ascii().is_empty() {
                counts.blank += 1;
            } else {
                counts.kept += 1;
                kept.push(line.to_vec());
            }
        }
        (kept, counts)
    }

    proptest! {
        #[test]
        fn whatever_the_kernel_the_same_lines_are_kept(parts in proptest::collection::vec(0..12_usize, 0..60)) {
            const PARTS: [&str; 12] = ["{\"a\":\"", "\"}", "\n", "needle", "need", "\\u0065", "\\u003c", "\\u00", " ", "{\"a\":\"b\"}\n", "xxxxxxxxxxxxxxxxxxxxxxxx", "\\"];
            let text: String = parts.iter().map(|part| PARTS[*part]).collect();
            let want = plain(text.as_bytes());
            for kernel in Kernel::available() {
                let needle = Needle { kernel, ..Needle::new("needle").expect("a needle") };
                let mut kept = Vec::new();
                let counts = needle.lines(text.as_bytes(), |r| kept.push(text.as_bytes()[r].to_vec()));
                prop_assert_eq!(&(kept, counts), &want, "{:?}", kernel);
            }
        }
    }
}
