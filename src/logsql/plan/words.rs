//! Many phrases of one field in one pass over its value.

use super::mandatory::is_plain;
use crate::logsql::filters::phrase::Phrase;
use crate::record::{Kernel, Value, Words};
use aho_corasick::{AhoCorasick, Input, MatchKind};

/// Phrases of which any may occur.
pub struct AnyPhrase<'q> {
    phrases: Vec<&'q Phrase>,
    automaton: AhoCorasick,
    /// Finds every value that may hold one of the phrases, undecoded; `None` if a phrase may be written in other ways
    /// than by its own characters, or holds no word.
    words: Option<Words>,
}

impl<'q> AnyPhrase<'q> {
    /// `None` for phrases that an automaton cannot be built for.
    pub fn new(phrases: Vec<&'q Phrase>) -> Option<Self> {
        let texts: Vec<&str> = phrases.iter().map(|p| p.text()).collect();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(&texts).ok()?;
        let plain = texts.iter().all(|text| is_plain(text));
        let words = plain.then(|| Words::bounded_by_ascii(&texts, Kernel::best())).flatten();
        Some(AnyPhrase { phrases, automaton, words })
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

    /// False only if no phrase stands free in the value. Nothing is decoded for it.
    pub fn may_be_in(&self, value: Value<'_>) -> bool {
        self.words.as_ref().is_none_or(|words| words.may_be_in(value))
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
