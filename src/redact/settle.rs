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
        let moved = |s: &Span, by: usize| Span { start: s.start - by, end: s.end - by, ..*s };
        let mut own: Vec<Span> = rest[..here].iter().map(|s| moved(s, start)).collect();
        settle(&lines[start..end], &mut own, &find);
        settled.extend(own.iter().map(|s| Span { start: s.start + start, end: s.end + start, ..*s }));
        rest = &rest[here..];
    }
    *spans = settled;
}

/// A text with placeholders in it, and where they stand.
struct Masked {
    text: Vec<u8>,
    /// Place here and place in the original, of each placeholder.
    holes: Vec<(usize, usize, usize, usize)>,
}

impl Masked {
    fn new(original: &[u8], spans: &[Span]) -> Masked {
        let mut masked = Masked { text: Vec::with_capacity(original.len()), holes: Vec::with_capacity(spans.len()) };
        let mut at = 0;
        for span in spans {
            masked.text.extend_from_slice(&original[at..span.start]);
            let start = masked.text.len();
            placeholder::write(span.kind, b"1", &mut masked.text);
            masked.holes.push((start, masked.text.len(), span.start, span.end));
            at = span.end;
        }
        masked.text.extend_from_slice(&original[at..]);
        masked
    }

    fn is_hole(&self, span: &Span) -> bool {
        self.holes.binary_search_by_key(&span.start, |h| h.0).is_ok_and(|n| self.holes[n].1 == span.end)
    }

    fn original(&self, span: &Span) -> Span {
        Span { start: self.place(span.start, false), end: self.place(span.end, true), ..*span }
    }

    /// A place inside a placeholder is an end of what it stands for.
    fn place(&self, at: usize, end: bool) -> usize {
        let after = self.holes.partition_point(|h| h.0 < at + usize::from(!end));
        match after.checked_sub(1).map(|n| self.holes[n]) {
            Some((_, hole_end, start, stop)) if at < hole_end => {
                if end {
                    stop
                } else {
                    start
                }
            }
            Some((_, hole_end, _, stop)) => stop + (at - hole_end),
            None => at,
        }
    }
}
