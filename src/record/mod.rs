//! Record: one line's bytes become fields, values and an instant.
//!
//! Belongs here: the flat JSON scanner, typed views of a value, timestamps. Elsewhere: where the bytes come from
//! ([`crate::input`]), what a value means to a query ([`crate::logsql`]) or to a failure ([`crate::classify`]).
//!
//! A record is one flat JSON object whose values are strings. Other exporters' values are tolerated: numbers and
//! booleans become their text, null and the empty string are absent, nested objects are flattened with dots, arrays stay
//! JSON text. Of duplicate keys the first wins, as the store's own export puts the real one first.

pub mod scan;
pub mod time;

use std::borrow::Cow;

pub use scan::{Malformed, parse};

/// One field of a record. The value is kept as it stands in the line and decoded only when asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: Cow<'a, str>,
    pub value: Raw<'a>,
}

/// A value as it stands in the line: the text between its quotes, escapes not yet decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raw<'a> {
    bytes: Cow<'a, [u8]>,
    escaped: bool,
}

impl<'a> Raw<'a> {
    /// A value borrowed from a line. `escaped` says that the bytes hold JSON escapes.
    pub fn borrowed(bytes: &'a [u8], escaped: bool) -> Self {
        Raw { bytes: Cow::Borrowed(bytes), escaped }
    }

    /// A value that had to be rebuilt (a number's text, a nested object's leaf), already decoded.
    pub fn owned(text: String) -> Self {
        Raw { bytes: Cow::Owned(text.into_bytes()), escaped: false }
    }

    /// The undecoded bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The decoded text. Invalid UTF-8 becomes U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        if self.escaped { Cow::Owned(scan::unescape(&self.bytes)) } else { String::from_utf8_lossy(&self.bytes) }
    }
}

/// One record: its fields in the order of the line, empty values left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record<'a> {
    fields: Vec<Field<'a>>,
}

impl<'a> Record<'a> {
    pub fn from_fields(fields: Vec<Field<'a>>) -> Self {
        Record { fields }
    }

    /// The raw value of a field, if present and not empty.
    pub fn raw(&self, name: &str) -> Option<&Raw<'a>> {
        self.fields.iter().find(|f| f.name == name).map(|f| &f.value)
    }

    /// The decoded value of a field, if present and not empty.
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        self.raw(name).map(Raw::text)
    }

    pub fn fields(&self) -> &[Field<'a>] {
        &self.fields
    }
}
