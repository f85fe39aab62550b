//! Settling: masking one value can complete the pattern of another, so a masked text is looked at again until nothing
//! new is found. Redacting a redacted text then changes nothing, whatever the text was.

use super::placeholder;
use super::span::{self, Span};

/// Rounds that are tried; each one only ever masks more.
const ROUNDS: usize = 6;

/// Masks what a reader of the masked text would still find. `find` is the look at one text.
pub(super) fn settle(text: &[u8], spans: &mut Vec<Span>, find: impl Fn(&[u8], &mut Vec<Span>)) {
    for _ in 0..ROUNDS {
        let masked = Masked::new(text, spans);
        let mut found = Vec::new();
        find(&masked.text, &mut found);
        span::join(&mut found);
        let fresh: Vec<Span> = found.iter().filter(|f| !masked.is_hole(f)).map(|f| masked.original(f)).collect();
        if fresh.is_empty() {
            break;
        }
        spans.extend(fresh);
        span::join(spans);
    }
}

/// Line by line, for spans that stand in many lines.
pub(super) fn settle_lines(lines: &[u8], spans: &mut Vec<Span>, find: impl Fn(&[u8], &mut Vec<Span>)) {
    let mut settled = Vec::with_capacity(spans.len());
    let mut rest = &spans[..];
    while let Some(first) = rest.first() {
        let start = memchr::memrchr(b'\n', &lines[..first.start]).map_or(0, |n| n + 1);
        let end = memchr::memchr(b'\n', &lines[first.end..]).map_or(lines.len(), |n| first.end + n);
        let here = rest.partition_point(|s| s.start < end);
        let mut own: Vec<Span> = rest[..here].iter().map(|s| s.moved(|at, _| at - start)).collect();
        settle(&lines[start..end], &mut own, &find);
        settled.extend(own.iter().map(|s| s.moved(|at, _| at + start)));
        rest = &rest[here..];
    }
    *spans = settled;
}

/// A text with placeholders in it, and where they stand.
struct Masked {
    text: Vec<u8>,
    holes: Vec<Hole>,
}

/// What stands here for a span of the original.
struct Hole {
    /// The placeholder.
    label: (usize, usize),
    /// It and its quotes.
    start: usize,
    end: usize,
    original: (usize, usize),
}

impl Masked {
    fn new(original: &[u8], spans: &[Span]) -> Masked {
        let mut masked = Masked { text: Vec::with_capacity(original.len()), holes: Vec::with_capacity(spans.len()) };
        let mut at = 0;
        for span in spans {
            masked.text.extend_from_slice(&original[at..span.start]);
            let quote = span.quote.map_or(&[][..], |(from, to)| &original[from..to]);
            let start = masked.text.len();
            masked.text.extend_from_slice(quote);
            placeholder::write(span.kind, b"1", &mut masked.text);
            let label = (start + quote.len(), masked.text.len());
            masked.text.extend_from_slice(quote);
            masked.holes.push(Hole { label, start, end: masked.text.len(), original: (span.start, span.end) });
            at = span.end;
        }
        masked.text.extend_from_slice(&original[at..]);
        masked
    }

    fn is_hole(&self, span: &Span) -> bool {
        self.holes.binary_search_by_key(&(span.start, span.end), |hole| hole.label).is_ok()
    }

    fn original(&self, span: &Span) -> Span {
        span.moved(|at, end| self.place(at, end))
    }

    /// A place inside a placeholder is an end of what it stands for.
    fn place(&self, at: usize, end: bool) -> usize {
        let after = self.holes.partition_point(|h| h.start < at + usize::from(!end));
        match after.checked_sub(1).map(|n| &self.holes[n]) {
            Some(hole) if at < hole.end && end => hole.original.1,
            Some(hole) if at < hole.end => hole.original.0,
            Some(hole) => hole.original.1 + (at - hole.end),
            None => at,
        }
    }
}
