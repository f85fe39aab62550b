//! A text that must occur in a value, looked for before the value is decoded.

use memchr::memmem::Finder;

/// The text, ready to be searched for in decoded and in undecoded values.
#[derive(Debug, Clone)]
pub struct Mandatory {
    finder: Finder<'static>,
    /// See [`is_plain`].
    plain: bool,
}

impl Mandatory {
    pub fn new(text: &str) -> Mandatory {
        Mandatory { finder: Finder::new(text.as_bytes()).into_owned(), plain: is_plain(text) }
    }

    /// Whether the text is written as itself or as `\uXXXX`.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// The first occurrence in a decoded value.
    pub fn find(&self, value: &[u8]) -> Option<usize> {
        self.finder.find(value)
    }

    /// Whether the undecoded bytes show that the decoded value cannot hold the text.
    pub fn is_absent(&self, raw: &[u8]) -> bool {
        self.plain && self.finder.find(raw).is_none() && !has_unicode_escape(raw)
    }
}

/// Whether a text can stand in a JSON string only as itself or as `\uXXXX`.
pub fn is_plain(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() && !matches!(c, '"' | '\\' | '/' | '\u{fffd}'))
}

/// Whether the undecoded bytes hold a `\u` escape (or something that looks like one).
pub fn has_unicode_escape(raw: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', raw).any(|at| raw.get(at + 1) == Some(&b'u'))
}
