//! The texts that an attempt keeps of its record.

use super::{Row, Slot, Sym, Symbols};
use std::borrow::Cow;

/// The texts of an attempt, interned and not yet redacted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Texts {
    /// Lower case, without port.
    pub host: Option<Sym>,
    /// As the record spells it, for queries.
    pub host_as_written: Option<Sym>,
    pub method: Option<Sym>,
    pub path: Option<Sym>,
    pub pod: Option<Sym>,
    pub node: Option<Sym>,
    pub service: Option<Sym>,
    pub sandbox: Option<Sym>,
    pub thread: Option<Sym>,
    pub execution: Option<Sym>,
    pub tool: Option<Sym>,
    pub request: Option<Sym>,
    pub secret: Option<Sym>,
    /// Names of attached or unresolved credentials, joined by [`LIST`].
    pub names: Option<Sym>,
    /// Where they went, joined by [`LIST`].
    pub locations: Option<Sym>,
    pub identity: Option<Sym>,
    /// The transform that rejected, erred or skipped.
    pub transform: Option<Sym>,
    pub message: Option<Sym>,
    /// The status as the record spells it, where that is not its plain number, for queries.
    pub status_as_written: Option<Sym>,
    /// Prefix of the record's field names, for queries.
    pub prefix: Option<Sym>,
    /// Phrases of the message that tell the record from others of the same instant, joined by [`LIST`], for queries.
    pub marks: Option<Sym>,
}

/// Separates the members of a list that is kept in one symbol.
pub const LIST: char = '\u{1f}';

/// Texts as one symbol holds them.
pub fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::new();
    for text in texts {
        if !out.is_empty() {
            out.push(LIST);
        }
        out.push_str(text);
    }
    out
}

/// Longest message kept of a record, in bytes.
const MESSAGE_MAX: usize = 600;

/// A text cut to [`MESSAGE_MAX`] bytes at a character's edge.
pub fn clipped(text: &str) -> Cow<'_, str> {
    if text.len() <= MESSAGE_MAX {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(MESSAGE_MAX)]))
}

/// The texts that every writer's rows share.
pub fn common(row: &Row<'_>, texts: &mut Texts, s: &mut Symbols) {
    texts.pod = s.some(&row.text(Slot::Pod));
    texts.node = s.some(&row.text(Slot::Node));
    texts.service = s.some(&row.text(Slot::Service)).or_else(|| s.some(&row.text(Slot::Container)));
    texts.sandbox = s.some(&row.text(Slot::Sandbox));
    texts.thread = s.some(&row.text(Slot::Thread));
    texts.execution = s.some(&row.text(Slot::Execution));
    texts.tool = s.some(&row.text(Slot::Tool));
    texts.request = s.some(&row.text(Slot::RequestId));
    texts.prefix = s.some(row.slots.prefix());
}
