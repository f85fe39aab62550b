//! What a message of the family wears: what of its envelope counts here, and which messages are looked at at all.
//!
//! Elsewhere: the layouts and the wrappers themselves ([`crate::record::textlog`], [`crate::record::wrapped`]).

use crate::record::textlog::{self, TextLine};
use crate::record::time::Nanos;
use crate::record::wrapped::{MAX_LAYERS, payload};

/// One peeled message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// No envelope: split fields, or a continuation line.
    pub is_bare: bool,
    /// The line's own clock, without a zone.
    pub clock: Option<Nanos>,
    pub request: Option<u32>,
    /// The emitter's source file, e.g. `codex_auth.go`.
    pub source: &'a str,
    /// The message part.
    pub text: &'a str,
}

/// Whether these (undecoded) bytes can begin a line of the family at all: an envelope, a wrapper, or the first byte of
/// a bare template. This is the gate that keeps other people's lines cheap.
pub fn plausible(raw: &[u8]) -> bool {
    match raw {
        [b'[', b'2' | b'G' | b'p', ..] | [b'2', b'0', _, _, b'/' | b'-', ..] | [b'<', ..] | [b' ', b' ', ..] => true,
        [b'\\', ..] => true,
        // An access line without its envelope: a status and a bar.
        [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ', b'|', ..] => true,
        [] => false,
        _ => super::template::may_begin(raw) || wrapped(raw),
    }
}

/// journald short and compose prefixes: a stamp that does not begin the line.
fn wrapped(raw: &[u8]) -> bool {
    let head = &raw[..raw.len().min(96)];
    let stamps = memchr::memchr_iter(b'[', head).filter(|at| head[*at..].starts_with(b"[20"));
    stamps.into_iter().any(|at| head[..at].ends_with(b" | ") || head[..at].ends_with(b"]: "))
}

/// Peels wrappers until a layout matches. Text of no known layout is bare.
pub fn peel(text: &str) -> Envelope<'_> {
    let mut text = text.trim_end();
    for _ in 0..MAX_LAYERS {
        if let Some(line) = textlog::split(text.as_bytes()) {
            return worn(&line);
        }
        match payload(text.as_bytes()) {
            Some(inner) => text = part(inner),
            None => break,
        }
    }
    Envelope { is_bare: true, text, ..Envelope::default() }
}

fn worn<'a>(line: &TextLine<'a>) -> Envelope<'a> {
    Envelope {
        is_bare: false,
        clock: Some(line.clock()),
        request: line.request_id.and_then(|id| request_id(part(id))),
        source: part(line.caller.unwrap_or_default()).split(':').next().unwrap_or_default(),
        text: part(line.message),
    }
}

/// A part of a text, which is cut at plain characters only.
fn part(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Eight hex digits; anything else is no request id.
pub fn request_id(text: &str) -> Option<u32> {
    (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layout_is_read() {
        let now = peel("[2026-02-21 08:15:04] [7a9829fd] [warn ] [gin_logger.go:93] 401 | x");
        assert_eq!((now.request, now.source, now.text), (Some(0x7a98_29fd), "gin_logger.go", "401 | x"));
        assert_eq!(now.clock, crate::record::time::parse("2026-02-21T08:15:04Z"));
        let old = peel("[2025-12-01 08:15:04] [warning] [file.go:123] text");
        assert_eq!((old.request, old.source, old.text), (None, "file.go", "text"));
        let piped = peel("[2025-12-23 08:15:04] [info] [file.go:123] | 00000001 | text");
        assert_eq!((piped.request, piped.text), (Some(1), "text"));
        let gin = peel("[GIN] 2026/02/21 - 08:15:04 | 401 | x");
        assert_eq!((gin.clock, gin.text), (now.clock, "401 | x"));
        assert!(!peel("2026/02/21 09:15:00 failed").is_bare);
        assert_eq!(peel("plain"), Envelope { is_bare: true, text: "plain", ..Envelope::default() });
    }

    #[test]
    fn wrappers_come_off_repeatedly() {
        let inner = "[2026-02-21 08:15:04] [--------] [info ] [main.go:1] text";
        for wrapper in [
            "2026-02-21T08:15:04.123456789Z stdout F ",
            "Feb 21 08:15:04 host cliproxy[17]: ",
            "cliproxy-1  | ",
            "<14>",
            "[pod/cliproxy-0/cliproxy] ",
            "web | <14>",
            "<14>1 2026-02-21T08:15:04Z host cliproxy 17 - - ",
            "2026-02-21T08:15:04Z stdout F:1 ",
        ] {
            let line = format!("{wrapper}{inner}");
            assert_eq!(peel(&line).text, "text", "{wrapper}");
        }
    }

    #[test]
    fn dashes_are_no_request_id() {
        assert_eq!(peel("[2026-02-21 08:15:04] [--------] [info ] [main.go:1] text").request, None);
    }
}
