//! Texts with holes where labels go: looking for secrets needs no order, labels need that of the evidence.

use super::Safe;
use super::labels::{FingerprintKey, Labels, Masked};
use super::span::Span;
use std::io::{self, Write};

/// Texts, one behind the other, and what belongs where in them.
#[derive(Default)]
pub struct Holed {
    bytes: Vec<u8>,
    /// Place in `bytes` and what belongs there, in order.
    holes: Vec<(usize, Masked)>,
}

/// One of the texts.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    start: usize,
    end: usize,
    /// Its holes.
    first: usize,
    last: usize,
}

impl Holed {
    /// A text by itself.
    pub fn of(text: &[u8], spans: &[Span], key: Option<&FingerprintKey>) -> Holed {
        let mut holed = Holed { bytes: Vec::with_capacity(text.len()), holes: Vec::with_capacity(spans.len()) };
        holed.push(text, spans, key);
        holed
    }

    /// Appends a text. The spans are ordered and disjoint.
    pub fn push(&mut self, text: &[u8], spans: &[Span], key: Option<&FingerprintKey>) -> Part {
        let (start, first, mut at) = (self.bytes.len(), self.holes.len(), 0);
        for span in spans {
            let quote = span.quote.map_or(&[][..], |(from, to)| &text[from..to]);
            self.bytes.extend_from_slice(&text[at..span.start]);
            self.bytes.extend_from_slice(quote);
            self.holes.push((self.bytes.len(), Masked::new(span, text, key)));
            self.bytes.extend_from_slice(quote);
            at = span.end;
        }
        self.bytes.extend_from_slice(&text[at..]);
        Part { start, end: self.bytes.len(), first, last: self.holes.len() }
    }

    /// Everything that was appended.
    pub fn whole(&self) -> Part {
        Part { start: 0, end: self.bytes.len(), first: 0, last: self.holes.len() }
    }

    /// Whether no line is left open.
    pub fn ends_its_line(&self) -> bool {
        self.bytes.last().is_none_or(|b| *b == b'\n')
    }

    /// Writes a text with its holes filled. Texts are asked for in the order of the evidence.
    pub fn write<W: Write + ?Sized>(&self, part: Part, labels: &mut Labels, out: &mut W) -> io::Result<()> {
        let (mut at, mut label) = (part.start, Vec::new());
        for (place, masked) in &self.holes[part.first..part.last] {
            out.write_all(&self.bytes[at..*place])?;
            label.clear();
            labels.write(masked, &mut label);
            out.write_all(&label)?;
            at = *place;
        }
        out.write_all(&self.bytes[at..part.end])
    }

    /// The same as text that may be shown.
    pub fn safe(&self, part: Part, labels: &mut Labels) -> Safe {
        let mut out = Vec::with_capacity(part.end - part.start);
        self.write(part, labels, &mut out).expect("memory takes every write");
        // A span may end inside a character.
        Safe::own(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}
