//! What a line wears: transport wrappers, the three application layouts, the standard logger, or nothing.

use crate::record::time::{Nanos, SECOND, days_from_civil};

/// The layout of the text line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layout {
    /// `[time] [request] [level] [file:line] text`, since the end of 2025.
    Current,
    /// `[time] [level] [file:line] | request | text`, two days of December 2025.
    Piped,
    /// `[time] [level] [file:line] text`, before.
    Old,
    /// `2026/02/21 09:15:00 text`, Go's standard logger.
    Standard,
    /// No envelope: split fields, or a continuation line.
    Bare,
}

/// One peeled line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope<'a> {
    pub layout: Layout,
    /// The line's own clock: local time without a zone, read as if it were UTC.
    pub clock: Option<Nanos>,
    pub request: Option<u32>,
    /// `debug`, `info`, `warn`, `error`, `fatal`, `panic`; empty when the line has none.
    pub level: &'a str,
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

/// Peels wrappers until a layout matches. Text of no known layout is [`Layout::Bare`].
pub fn peel(text: &str) -> Envelope<'_> {
    let mut text = text.trim_end();
    for _ in 0..4 {
        if let Some(found) = layout(text) {
            return found;
        }
        match unwrap(text) {
            Some(inner) => text = inner,
            None => break,
        }
    }
    bare(text)
}

fn bare(text: &str) -> Envelope<'_> {
    Envelope { layout: Layout::Bare, clock: None, request: None, level: "", source: "", text }
}

/// One wrapper less: syslog priority, `kubectl logs --prefix`, CRI, journald short, compose.
fn unwrap(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('<') {
        let (priority, rest) = rest.split_once('>')?;
        return (priority.len() <= 3 && priority.bytes().all(|b| b.is_ascii_digit())).then(|| rest.trim_start());
    }
    if let Some(rest) = text.strip_prefix("[pod/") {
        return rest.split_once("] ").map(|(_, rest)| rest);
    }
    if text.as_bytes().get(10) == Some(&b'T') {
        let (_, rest) = text.split_once(' ')?;
        let rest = rest.strip_prefix("stdout ").or_else(|| rest.strip_prefix("stderr "))?;
        return rest.strip_prefix("F ").or_else(|| rest.strip_prefix("P "));
    }
    if let Some((head, rest)) = text.split_once("]: ")
        && head.len() < 80
        && head.as_bytes().get(3) == Some(&b' ')
        && head.contains('[')
    {
        return Some(rest);
    }
    let (name, rest) = text.split_once('|')?;
    let name = name.trim_end();
    // A name has a letter; a status with a bar behind it is an access line.
    (name.len() < 64 && name.bytes().any(|b| b.is_ascii_alphabetic()) && !name.contains(' ')).then(|| rest.trim_start())
}

fn layout(text: &str) -> Option<Envelope<'_>> {
    if text.starts_with("[GIN] ") {
        return Some(Envelope { layout: Layout::Old, ..bare(text) });
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (stamp, rest) = rest.split_once("] ")?;
        let clock = clock(stamp)?;
        return bracketed(clock, rest);
    }
    let (stamp, rest) = (text.get(..19)?, text.get(19..)?);
    if stamp.as_bytes()[4] == b'/' {
        let clock = clock(stamp)?;
        return Some(Envelope { layout: Layout::Standard, clock: Some(clock), ..bare(rest.trim_start()) });
    }
    None
}

/// The part after the time stamp of a bracket layout.
fn bracketed(clock: Nanos, rest: &str) -> Option<Envelope<'_>> {
    let (first, after) = bracket(rest)?;
    let (request, level, after, current) = match level(first) {
        Some(level) => (None, level, after, false),
        None => {
            let (second, after) = bracket(after)?;
            (request_id(first), level(second)?, after, true)
        }
    };
    let (source, text) = match bracket(after) {
        Some((source, text)) if source.contains(".go") => (source.split(':').next().unwrap_or(""), text),
        _ => ("", after),
    };
    if !current
        && let Some(piped) = text.strip_prefix("| ")
        && let Some((id, text)) = piped.split_once(" | ")
        && (id == "--------" || request_id(id).is_some())
    {
        return Some(Envelope {
            layout: Layout::Piped,
            clock: Some(clock),
            request: request_id(id),
            level,
            source,
            text,
        });
    }
    let layout = if current { Layout::Current } else { Layout::Old };
    Some(Envelope { layout, clock: Some(clock), request, level, source, text })
}

/// The content of a leading `[...]` and what follows its blank.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix('[')?.split_once(']')?;
    Some((inner, rest.strip_prefix(' ').unwrap_or(rest)))
}

fn level(word: &str) -> Option<&'static str> {
    Some(match word.trim_end() {
        "debug" => "debug",
        "info" => "info",
        "warn" | "warning" => "warn",
        "error" => "error",
        "fatal" => "fatal",
        "panic" => "panic",
        _ => return None,
    })
}

/// Eight hex digits; anything else is no request id.
pub fn request_id(text: &str) -> Option<u32> {
    (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

/// `2026-02-21 08:15:04` or `2026/02/21 08:15:04`, read as UTC.
fn clock(stamp: &str) -> Option<Nanos> {
    let b = stamp.as_bytes();
    if b.len() != 19 || !matches!(b[4], b'-' | b'/') || b[7] != b[4] || b[10] != b' ' || b[13] != b':' || b[16] != b':'
    {
        return None;
    }
    let number = |from: usize, to: usize| stamp.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    Some((days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_layouts_and_the_standard_logger() {
        let now = peel("[2026-02-21 08:15:04] [7a9829fd] [warn ] [gin_logger.go:93] 401 | x");
        assert_eq!((now.layout, now.request, now.level), (Layout::Current, Some(0x7a98_29fd), "warn"));
        assert_eq!((now.source, now.text), ("gin_logger.go", "401 | x"));
        let old = peel("[2025-12-01 08:15:04] [warning] [file.go:123] text");
        assert_eq!((old.layout, old.level, old.text), (Layout::Old, "warn", "text"));
        let piped = peel("[2025-12-23 08:15:04] [info] [file.go:123] | 00000001 | text");
        assert_eq!((piped.layout, piped.request, piped.text), (Layout::Piped, Some(1), "text"));
        assert_eq!(peel("2026/02/21 09:15:00 failed").layout, Layout::Standard);
        assert_eq!(peel("plain").layout, Layout::Bare);
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
