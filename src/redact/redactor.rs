//! The redactor: text in, [`Safe`] out.

use super::find::{self, People};
use super::holed::Holed;
use super::labels::{FingerprintKey, Labels};
use super::{Safe, keys};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether a label stands in the text: something was masked there, and the text alone does not say what.
pub fn holds_label(text: &str) -> bool {
    let mut spans = Vec::new();
    find::in_text(text.as_bytes(), People::default(), &mut spans);
    spans.iter().any(|span| span.proof == super::span::Proof::Placeholder)
}

/// Scrubs secrets out of evidence text and counts what it masked, by kind.
///
/// Labels are ordinal (`[jwt#1]`) in first-seen order, so a redactor is used from one thread, in evidence order.
#[derive(Default)]
pub struct Redactor {
    labels: Labels,
    key: Option<Arc<FingerprintKey>>,
    people: People,
}

impl Redactor {
    pub fn new() -> Self {
        Redactor::default()
    }

    /// Labels become keyed fingerprints, comparable between reports made with the same key.
    pub fn with_key(mut self, key: Arc<FingerprintKey>) -> Self {
        self.key = Some(key);
        self
    }

    /// People are masked as well.
    #[cfg(test)]
    pub fn with_people(mut self, people: People) -> Self {
        self.people = people;
        self
    }

    /// One with the same settings that has masked nothing yet.
    pub fn blank(&self) -> Redactor {
        Redactor { labels: Labels::default(), key: self.key.clone(), people: self.people }
    }

    /// Whether nothing was masked so far: what it wrote any other redactor would have written.
    pub fn is_blank(&self) -> bool {
        self.by_kind().is_empty()
    }

    /// The value of a named field: the name alone may decide that it is a secret.
    pub fn field(&mut self, name: &str, value: &str) -> Safe {
        let mut spans = Vec::new();
        find::in_field(name.as_bytes(), keys::rule(name.as_bytes()), value.as_bytes(), self.people, &mut spans);
        self.write(value, &spans)
    }

    /// Free text: a message, an error, a path.
    pub fn text(&mut self, text: &str) -> Safe {
        let mut spans = Vec::new();
        find::in_text(text.as_bytes(), self.people, &mut spans);
        self.write(text, &spans)
    }

    fn write(&mut self, text: &str, spans: &[super::Span]) -> Safe {
        if spans.is_empty() {
            return Safe::own(text);
        }
        let holed = Holed::of(text.as_bytes(), spans, self.key.as_deref());
        holed.safe(holed.whole(), &mut self.labels)
    }

    /// How many values were masked so far, by kind.
    pub fn by_kind(&self) -> &BTreeMap<&'static str, u64> {
        self.labels.by_kind()
    }
}
