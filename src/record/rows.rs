//! Many lines to the few fields that are wanted of them.

use super::{Malformed, Raw, Record, parse_any, scan};
use std::borrow::Cow;

/// The fields a scan hands over, each with a number (its slot).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projection {
    names: Vec<String>,
}

impl Projection {
    /// Slots in the order of `names`; a name given twice keeps its first slot.
    pub fn new(names: &[&str]) -> Self {
        let mut unique: Vec<String> = Vec::with_capacity(names.len());
        for name in names {
            if !unique.iter().any(|n| n == name) {
                unique.push((*name).to_owned());
            }
        }
        Projection { names: unique }
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The slot of a name.
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }
}

/// Which instructions find the quotes and line ends. The answers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kernel {
    /// Every line goes through [`parse_any`]: the judge of the others.
    Plain,
}

impl Kernel {
    /// The fastest one this processor has.
    pub fn best() -> Kernel {
        Kernel::Plain
    }

    /// All this processor has, the judge first.
    pub fn available() -> Vec<Kernel> {
        vec![Kernel::Plain]
    }
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'d> {
    /// Offset of the line in the input: the chunk's own offset added.
    pub offset: u64,
    /// 0-based number of the line within the chunk.
    pub index: u64,
    /// The line without its line end.
    pub bytes: &'d [u8],
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<'r> {
    bytes: &'r [u8],
    /// The bytes are the text itself, whatever backslashes they hold.
    decoded: bool,
}

impl<'r> Value<'r> {
    /// A value as it stands between its quotes.
    pub fn quoted(bytes: &'r [u8]) -> Self {
        Value { bytes, decoded: false }
    }

    /// The undecoded bytes; where [`Value::is_escaped`] is false they are the text.
    pub fn bytes(&self) -> &'r [u8] {
        self.bytes
    }

    /// Whether the bytes hold JSON escapes. Looks at every byte: compare first, ask later.
    pub fn is_escaped(&self) -> bool {
        !self.decoded && memchr::memchr(b'\\', self.bytes).is_some()
    }

    /// The decoded text. Invalid UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'r, str> {
        scan::text(self.bytes, self.is_escaped())
    }

    /// Whether the decoded value is exactly `text`.
    pub fn is(&self, text: &str) -> bool {
        if self.bytes == text.as_bytes() { !self.is_escaped() } else { self.is_escaped() && self.text() == text }
    }
}

/// One record as the projection sees it.
pub struct Row<'r> {
    record: &'r Record<'r>,
    names: &'r [String],
}

impl<'r> Row<'r> {
    /// The value in a slot, if present and not empty.
    pub fn raw(&self, slot: usize) -> Option<Value<'r>> {
        let raw: &Raw<'_> = self.record.raw(&self.names[slot])?;
        Some(Value { bytes: raw.bytes(), decoded: !raw.is_escaped() })
    }

    /// The decoded text in a slot; empty where the field is absent.
    pub fn text(&self, slot: usize) -> Cow<'r, str> {
        self.raw(slot).map_or(Cow::Borrowed(""), |v| v.text())
    }
}

/// A worker's scanner: made once, used for many chunks.
pub struct Scanner {
    names: Vec<String>,
}

impl Scanner {
    pub fn new(projection: &Projection, _kernel: Kernel) -> Self {
        Scanner { names: projection.names.clone() }
    }

    /// Calls `each` for every line of a chunk that is not blank, in order, and returns the number of all its lines.
    /// `offset` is the chunk's place in the input.
    pub fn chunk<'d>(
        &mut self,
        offset: u64,
        bytes: &'d [u8],
        mut each: impl FnMut(Place<'d>, Result<&Row<'_>, Malformed>),
    ) -> u64 {
        let (mut at, mut index) = (0, 0);
        while at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            let line = bytes[at..end].strip_suffix(b"\r").unwrap_or(&bytes[at..end]);
            if !line.trim_ascii().is_empty() {
                let place = Place { offset: offset + at as u64, index, bytes: line };
                match parse_any(line) {
                    Ok(record) => each(place, Ok(&Row { record: &record, names: &self.names })),
                    Err(e) => each(place, Err(e)),
                }
            }
            at = end + 1;
            index += 1;
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_carry_the_wanted_fields_and_bad_lines_their_reason() {
        let projection = Projection::new(&["_msg", "n"]);
        let chunk = b"{\"n\":1,\"_msg\":\"a\\nb\"}\n\nnote\n{\"x\":\"y\"}\r\n{\"_msg\":\"";
        let mut seen = Vec::new();
        for kernel in Kernel::available() {
            seen.clear();
            let lines = Scanner::new(&projection, kernel).chunk(100, chunk, |place, row| {
                let shown = row.map(|r| format!("{}|{}", r.text(0), r.text(1)));
                seen.push((place.offset, place.index, shown));
            });
            assert_eq!(lines, 5);
            let want = [
                (100, 0, Ok("a\nb|1".to_owned())),
                (123, 2, Err(Malformed::NotAnObject)),
                (128, 3, Ok("|".to_owned())),
                (139, 4, Err(Malformed::Truncated)),
            ];
            assert_eq!(seen, want);
        }
    }
}
