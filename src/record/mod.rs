//! Record: one line's bytes become fields, values and an instant.
//!
//! Belongs here: the flat JSON scanner (plain in [`scan`], fast in [`rows`]), wrapped lines and text logs, typed views
//! of a value, timestamps, literals looked for in raw bytes. Elsewhere: where the bytes come from ([`crate::input`]),
//! what a value means to a query ([`crate::logsql`]) or to a failure ([`crate::classify`]).
//!
//! A record is one flat JSON object whose values are strings. Other exporters' values are tolerated: numbers and
//! booleans become their text, null and the empty string are absent, nested objects are flattened with dots, arrays stay
//! JSON text. Of a name that comes twice the last value that is not empty wins, as in the store when it takes such a line
//! in; of the names that the store itself writes ([`FIRST_WINS`]) the first. A row in which such values differ is told
//! by [`Record::disputed`] and [`Row::is_disputed`].
//!
//! Three ways in, which agree on every line (property tests hold them together):
//! - [`parse`] reads one JSON line into all its fields; it is the judge of the other two.
//! - [`parse_any`] also opens wrapped lines ([`wrapped`]) and text logs ([`textlog`]).
//! - [`Scanner`] reads a whole chunk and hands over only the fields of a [`Projection`], several gigabytes a second.

pub mod general;
pub mod kernel;
pub mod needle;
pub mod rows;
pub mod scan;
pub mod short;
mod template;
pub mod textlog;
pub mod time;
pub mod words;
pub mod wrapped;

use std::borrow::Cow;

pub use kernel::Kernel;
pub use needle::{Needle, longest_run};
pub use rows::{Place, Projection, Row, Scanner, Value};
pub use scan::{Malformed, parse};
pub use words::{Hits, Words};
pub use wrapped::parse_any;

/// One field of a record. The value is kept as it stands in the line and decoded only when asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: Cow<'a, str>,
    pub value: Raw<'a>,
}

impl Field<'_> {
    /// A copy that no longer borrows from the line.
    pub fn into_owned(self) -> Field<'static> {
        let value = Raw { bytes: Cow::Owned(self.value.bytes.into_owned()), escaped: self.value.escaped };
        Field { name: Cow::Owned(self.name.into_owned()), value }
    }
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

    /// A value that had to be rebuilt (an array's compact text, a fixed word), already decoded.
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

/// Fields of one record that are kept; a line with more is still a record, and [`Record::dropped`] counts the rest. The
/// store itself takes at most 2000 a row.
pub const MAX_FIELDS: usize = 4096;

/// Names of which the first value wins. A dump that was imported with them as ordinary fields and exported again has them
/// twice, and an export puts the store's own value first.
pub const FIRST_WINS: &[&str] = &["_time", "_stream", "_stream_id"];

/// One record: its fields in the order of the line, empty values left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record<'a> {
    fields: Vec<Field<'a>>,
    dropped: u32,
    disputed: u32,
}

impl<'a> Record<'a> {
    pub fn from_fields(fields: Vec<Field<'a>>) -> Self {
        Record { fields, dropped: 0, disputed: 0 }
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

    /// Fields beyond [`MAX_FIELDS`] that were left out.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Members that named a field again with another value. One of the values is not in the record.
    pub fn disputed(&self) -> u32 {
        self.disputed
    }

    /// Adds a member of the line. Of a name that comes again the last value stays, save for [`FIRST_WINS`].
    pub fn member(&mut self, field: Field<'a>) {
        if field.value.bytes.is_empty() {
            return;
        }
        if self.fields.len() >= MAX_FIELDS {
            self.dropped = self.dropped.saturating_add(1);
        } else if let Some(known) = self.fields.iter_mut().find(|f| f.name == field.name) {
            self.disputed = self.disputed.saturating_add(u32::from(known.value.text() != field.value.text()));
            if !FIRST_WINS.contains(&&*field.name) {
                known.value = field.value;
            }
        } else {
            self.fields.push(field);
        }
    }

    /// Adds a field unless it is empty or the record already has one of that name.
    pub fn push(&mut self, field: Field<'a>) {
        if field.value.bytes.is_empty() {
            return;
        }
        if self.fields.len() >= MAX_FIELDS {
            self.dropped = self.dropped.saturating_add(1);
        } else if !self.fields.iter().any(|f| f.name == field.name) {
            self.fields.push(field);
        }
    }

    /// Puts a field first, in place of any other of that name.
    pub fn put_first(&mut self, field: Field<'a>) {
        self.fields.retain(|f| f.name != field.name);
        self.fields.insert(0, field);
    }

    /// A copy that no longer borrows from the line.
    pub fn into_owned(self) -> Record<'static> {
        let counts = self.counts();
        Record { fields: self.fields.into_iter().map(Field::into_owned).collect(), ..counts }
    }

    /// No fields, and the same counts of what is not among them.
    fn counts(&self) -> Record<'static> {
        Record { fields: Vec::new(), dropped: self.dropped, disputed: self.disputed }
    }
}
