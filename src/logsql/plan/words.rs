//! Many phrases of one field in one pass over its value.

use crate::logsql::filters::phrase::Phrase;
use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Phrases of which any may occur.
pub struct AnyPhrase<'q> {
    phrases: Vec<&'q Phrase>,
    automaton: AhoCorasick,
}

impl<'q> AnyPhrase<'q> {
    /// `None` for phrases that an automaton cannot be built for.
    pub fn new(phrases: Vec<&'q Phrase>) -> Option<Self> {
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(phrases.iter().map(|p| p.text().as_bytes()))
            .ok()?;
        Some(AnyPhrase { phrases, automaton })
    }

    /// Whether any phrase stands free in the text.
    pub fn is_in(&self, value: &str) -> bool {
        let mut at = 0;
        while let Some(hit) = self.automaton.find(Input::new(value).range(at..)) {
            // Several phrases may begin here, and only one of them may stand free.
            let tail = &value[hit.start()..];
            let free = |p: &Phrase| {
                tail.starts_with(p.text()) && p.bounds().hold(value, hit.start(), hit.start() + p.text().len())
            };
            if self.phrases.iter().any(|p| free(p)) {
                return true;
            }
            at = hit.start() + tail.chars().next().map_or(1, char::len_utf8);
        }
        false
    }

    /// Whether the bytes hold none of the texts at all.
    pub fn absent(&self, raw: &[u8]) -> bool {
        self.automaton.find(Input::new(raw)).is_none()
    }

    /// Whether no text holds a character that JSON may write as an escape other than `\u`.
    pub fn is_plain(&self) -> bool {
        self.phrases.iter().all(|p| is_plain(p.text()))
    }

    /// The phrases, as they are written in a query.
    pub fn names(&self) -> String {
        self.phrases.iter().map(|p| crate::logsql::names::word(p.text())).collect::<Vec<_>>().join(", ")
    }

    pub fn len(&self) -> usize {
        self.phrases.len()
    }

    pub fn is_empty(&self) -> bool {
        self.phrases.is_empty()
    }
}

/// Whether a text can stand in a JSON string only as itself or as `\uXXXX`.
pub fn is_plain(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() && !matches!(c, '"' | '\\' | '/' | '\u{fffd}'))
}
