//! `foo`, `"foo bar"`: the text occurs with no word character touching its ends.

use super::{FilterSpec, Form, Place, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::plan::mandatory::Mandatory;
use crate::logsql::text::is_word;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["word"],
    form: Form::Bare,
    example: r#""failed to fetch secret""#,
    help: "the word or phrase occurs, bounded by non-word characters",
    parse: |parser, field| parser.generic(field),
};

/// The filter of a phrase. The empty phrase asks for an empty or missing value.
pub fn filter(field: &str, phrase: String) -> Expr {
    on_field(field, Phrase::new(phrase))
}

/// A phrase, ready to be searched for.
#[derive(Debug, Clone)]
pub struct Phrase {
    text: String,
    mandatory: Mandatory,
    bounds: Bounds,
}

/// Which ends of an occurrence must not touch a word character: those where the phrase itself has one.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub left: bool,
    pub right: bool,
}

impl Bounds {
    pub fn of(text: &str) -> Bounds {
        Bounds { left: text.chars().next().is_some_and(is_word), right: text.chars().next_back().is_some_and(is_word) }
    }

    /// Whether the bytes `start..end` of `value` are free-standing.
    pub fn hold(self, value: &str, start: usize, end: usize) -> bool {
        let touched_left = self.left && value[..start].chars().next_back().is_some_and(binds);
        let touched_right = self.right && value[end..].chars().next().is_some_and(binds);
        !touched_left && !touched_right
    }
}

/// Whether a character beside a word makes it another word. What is no UTF-8 does too, as in the store.
fn binds(c: char) -> bool {
    is_word(c) || c == char::REPLACEMENT_CHARACTER
}

impl Phrase {
    pub fn new(text: String) -> Phrase {
        Phrase { mandatory: Mandatory::new(&text), bounds: Bounds::of(&text), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The place after the first free-standing occurrence at or after `from`.
    pub fn find(&self, value: &str, from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(hit) = self.mandatory.find(&value.as_bytes()[at..]) {
            let (start, end) = (at + hit, at + hit + self.text.len());
            if self.bounds.hold(value, start, end) {
                return Some(end);
            }
            at = start + value[start..].chars().next().map_or(1, char::len_utf8);
        }
        None
    }

    pub fn is_in(&self, value: &str) -> bool {
        if self.text.is_empty() { value.is_empty() } else { self.find(value, 0).is_some() }
    }
}

impl Test for Phrase {
    fn print(&self, out: &mut String) {
        print_word(&self.text, out);
    }

    fn test(&self, value: &str) -> bool {
        self.is_in(value)
    }

    fn literal(&self) -> Option<(&str, Place)> {
        (!self.text.is_empty()).then_some((&self.text, Place::Anywhere))
    }

    fn rejects_raw(&self, raw: &[u8]) -> bool {
        self.mandatory.is_absent(raw)
    }

    fn as_phrase(&self) -> Option<&Phrase> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Phrase;

    fn hit(phrase: &str, value: &str) -> bool {
        Phrase::new(phrase.to_owned()).is_in(value)
    }

    #[test]
    fn ends_are_checked_only_where_the_phrase_has_word_characters() {
        assert!(hit("foo", "a foo-bar") && hit("foo", "foo.bar") && !hit("foo", "foo_bar") && !hit("foo", "xfoo"));
        assert!(hit("[err", "x[err") && hit("err]", "[err]x"));
        assert!(hit("foo", "xfoo foo"));
        assert!(hit("foo  bar", "foo  bar") && !hit("foo  bar", "foo bar"));
    }

    #[test]
    fn the_empty_phrase_is_the_empty_value() {
        assert!(hit("", "") && !hit("", "x"));
    }

    #[test]
    fn letters_of_every_script_bound_words() {
        assert!(!hit("µs", "250µs") && hit("mc", "e=mc²") && !hit("日本", "日本語") && hit("x", "x\u{301}y"));
    }
}
