//! Spans: what to mask, and how overlapping opinions become one.

/// A stretch of text to be masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub kind: &'static str,
    pub proof: Proof,
    /// Where the quote stands that is written around the label as well: that of the name, when the value is a number of
    /// JSON, in whose place only a string keeps the row one.
    pub quote: Option<(usize, usize)>,
}

impl Span {
    pub fn new(start: usize, end: usize, kind: &'static str, proof: Proof) -> Span {
        Span { start, end, kind, proof, quote: None }
    }

    /// The same span of another text: where its places stand there, from each of them and whether it is an end.
    pub fn moved(&self, place: impl Fn(usize, bool) -> usize) -> Span {
        let range = |(start, end)| (place(start, false), place(end, true));
        let (start, end) = range((self.start, self.end));
        Span { start, end, quote: self.quote.map(range), ..*self }
    }
}

/// What the opinion rests on; the stronger one names the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    Entropy,
    Name,
    Shape,
    /// A placeholder that stands in the text already: it is renumbered, so that it cannot pose as one of ours.
    Placeholder,
}

/// Sorts and joins overlapping spans. The result is ordered and disjoint.
pub fn join(spans: &mut Vec<Span>) {
    spans.retain(|s| s.start < s.end);
    spans.sort_by(|a, b| (a.start, b.end, b.proof, a.kind).cmp(&(b.start, a.end, a.proof, b.kind)));
    let mut kept: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans.drain(..) {
        match kept.last_mut() {
            Some(last) if span.start < last.end => {
                let whole_placeholder = last.proof == Proof::Placeholder && span.end > last.end;
                if (span.proof > last.proof && span.proof != Proof::Placeholder) || whole_placeholder {
                    last.kind = span.kind;
                    last.proof = span.proof;
                }
                // A quote belongs around the whole of what is masked.
                last.quote = match (span.start, span.end) == (last.start, last.end) {
                    true => last.quote.or(span.quote),
                    false => last.quote.filter(|_| span.end <= last.end),
                };
                last.end = last.end.max(span.end);
            }
            _ => kept.push(span),
        }
    }
    *spans = kept;
}
