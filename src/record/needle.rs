//! A literal every wanted line must hold, looked for in raw bytes before anything is parsed.
//!
//! Sound, not exact: a line without the literal cannot be wanted, a line with it must still be asked. It pays when the
//! literal is rare; a literal in every tenth line is no faster than the scan.

use super::rows::Place;
use memchr::memmem::Finder;

/// The part of a literal that stands in every line whose value holds it.
#[derive(Debug, Clone)]
pub struct Needle {
    finder: Finder<'static>,
    escape: Finder<'static>,
}

/// Fewest bytes worth looking for.
const SHORTEST: usize = 4;

impl Needle {
    /// The longest part of `literal` that no usual writer escapes; `None` if that is too short to be of use.
    pub fn new(literal: &str) -> Option<Needle> {
        let run = literal.as_bytes().split(|b| !stands_for_itself(*b)).max_by_key(|run| run.len())?;
        (run.len() >= SHORTEST)
            .then(|| Needle { finder: Finder::new(run).into_owned(), escape: Finder::new(b"\\u00").into_owned() })
    }

    /// The bytes looked for.
    pub fn bytes(&self) -> &[u8] {
        self.finder.needle()
    }

    /// Calls `each` for every line of a chunk that may hold the literal and returns the number of all its lines.
    pub fn lines<'d>(&self, offset: u64, bytes: &'d [u8], mut each: impl FnMut(Place<'d>)) -> u64 {
        let every = self.hides(bytes);
        let (mut at, mut index) = (0, 0);
        while at < bytes.len() {
            let start = match every {
                true => at,
                false => match self.finder.find(&bytes[at..]) {
                    Some(hit) => memchr::memrchr(b'\n', &bytes[at..at + hit]).map_or(at, |newline| at + newline + 1),
                    None => break,
                },
            };
            let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |newline| start + newline);
            index += count(&bytes[at..start]);
            let line = &bytes[start..end];
            each(Place { offset: offset + start as u64, index, bytes: line.strip_suffix(b"\r").unwrap_or(line) });
            index += 1;
            at = end + 1;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        index + count(rest) + u64::from(rest.last().is_some_and(|b| *b != b'\n'))
    }

    /// Whether some character that stands for itself is written as an escape, as no usual writer does; then the literal
    /// may be anywhere.
    fn hides(&self, bytes: &[u8]) -> bool {
        let hidden = |at: usize| {
            let digits = bytes.get(at + 4..at + 6).and_then(|d| std::str::from_utf8(d).ok());
            digits.and_then(|d| u8::from_str_radix(d, 16).ok()).is_some_and(stands_for_itself)
        };
        self.escape.find_iter(bytes).any(hidden)
    }
}

/// Printable ASCII that neither JSON nor the store's writer escapes.
fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\' | b'/' | b'<' | b'>' | b'&' | b'\'')
}

fn count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(literal: &str, chunk: &str) -> (Vec<(u64, u64)>, u64) {
        let mut seen = Vec::new();
        let lines =
            Needle::new(literal).expect("a needle").lines(100, chunk.as_bytes(), |p| seen.push((p.offset, p.index)));
        (seen, lines)
    }

    #[test]
    fn lines_with_the_literal_are_found_and_all_are_counted() {
        assert_eq!(found("needle", "a\nxx needle needle\n\nneedle\nb"), (vec![(102, 1), (120, 3)], 5));
        assert_eq!(found("needle", "a\nb\n"), (vec![], 2));
        assert_eq!(found("needle", ""), (vec![], 0));
    }

    #[test]
    fn an_escaped_letter_makes_every_line_a_candidate() {
        assert_eq!(found("needle", "n\\u0065edle\nb").0.len(), 2);
        assert_eq!(found("it's a needle", "it\\u0027s a needle\nb").0.len(), 1);
        assert!(Needle::new("<é>").is_none());
    }
}
