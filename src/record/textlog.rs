//! Text log lines of the CLIProxyAPI family: `[time] [request id] [level] [file:line] message` and its older layouts.
//!
//! The time of such a line is the process's local time without a zone. It is read as if it were UTC and the record says
//! so in [`UNZONED`]; a collector's own time, where a wrapper brings one, takes its place.

use super::{Field, Raw, Record};

/// Name of the field that marks a record whose `_time` has no zone; its value is `unknown`.
pub const UNZONED: &str = "_time_zone";

/// The parts of a text log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// `YYYY-MM-DD HH:MM:SS` (or with slashes), local time of the process.
    pub time: &'a [u8],
    /// Eight hex digits; absent where the line has dashes.
    pub request_id: Option<&'a [u8]>,
    /// `debug`, `info`, `warn`, `warning`, `error`, `fatal`, `panic`; absent in lines that bypass the logger.
    pub level: Option<&'a [u8]>,
    /// `file.go:123`.
    pub caller: Option<&'a [u8]>,
    pub message: &'a [u8],
}

/// Takes a line apart; `None` if it has none of the known layouts.
pub fn split(line: &[u8]) -> Option<Envelope<'_>> {
    if let Some(rest) = line.strip_prefix(b"[GIN] ") {
        return gin(rest);
    }
    match line.first()? {
        b'[' => bracketed(line),
        b'0'..=b'9' => bare(line),
        _ => None,
    }
}

fn bracketed(line: &[u8]) -> Option<Envelope<'_>> {
    let (time, rest) = bracket(line)?;
    if !is_clock(time, b'-') {
        return None;
    }
    let (second, rest) = bracket(rest)?;
    let (id, level, rest) = match level_of(second) {
        Some(level) => (None, level, rest),
        None => {
            let (third, after) = bracket(rest)?;
            (Some(second), level_of(third)?, after)
        }
    };
    let (caller, rest) = match bracket(rest) {
        Some((caller, after)) if caller.contains(&b':') => (Some(caller), after),
        _ => (None, rest),
    };
    let (piped, message) = match piped_id(rest) {
        Some((id, message)) if id_of(second).is_none() => (Some(id), message),
        _ => (None, rest),
    };
    Some(Envelope {
        time,
        request_id: id.or(piped).and_then(id_of),
        level: Some(level),
        caller,
        message: message.trim_ascii(),
    })
}

/// `| id | message`, the layout of two days in December 2025.
fn piped_id(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.strip_prefix(b"| ")?;
    let id = rest.get(..8)?;
    let message = rest[8..].strip_prefix(b" | ")?;
    (id.iter().all(|b| b.is_ascii_hexdigit()) || id == b"--------").then_some((id, message))
}

/// `2006/01/02 - 15:04:05 | status | …`, the web framework's own access line.
fn gin(rest: &[u8]) -> Option<Envelope<'_>> {
    let (time, message) = (rest.get(..21)?, rest.get(21..)?);
    let clock = &time[..10];
    let fits = is_date(clock, b'/') && &time[10..13] == b" - " && is_hours(&time[13..]);
    let message = message.strip_prefix(b" | ").unwrap_or(message);
    fits.then_some(Envelope { time, request_id: None, level: None, caller: None, message: message.trim_ascii() })
}

/// `2006/01/02 15:04:05 message`, the standard logger.
fn bare(line: &[u8]) -> Option<Envelope<'_>> {
    let (time, message) = (line.get(..19)?, line.get(19..)?);
    let message = message.strip_prefix(b" ")?;
    is_clock(time, b'/').then_some(Envelope {
        time,
        request_id: None,
        level: None,
        caller: None,
        message: message.trim_ascii(),
    })
}

/// The content of the bracket the bytes begin with, and what follows it and one space.
fn bracket(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = bytes.strip_prefix(b"[")?;
    let end = inner.iter().take(200).position(|b| *b == b']')?;
    let rest = &inner[end + 1..];
    Some((&inner[..end], rest.strip_prefix(b" ").unwrap_or(rest)))
}

fn level_of(word: &[u8]) -> Option<&[u8]> {
    let word = word.trim_ascii_end();
    matches!(word, b"trace" | b"debug" | b"info" | b"warn" | b"warning" | b"error" | b"fatal" | b"panic")
        .then_some(word)
}

fn id_of(word: &[u8]) -> Option<&[u8]> {
    (word.len() == 8 && word.iter().all(u8::is_ascii_hexdigit)).then_some(word)
}

fn is_clock(time: &[u8], separator: u8) -> bool {
    time.len() == 19 && is_date(&time[..10], separator) && matches!(time[10], b' ' | b'T') && is_hours(&time[11..])
}

fn is_date(date: &[u8], separator: u8) -> bool {
    date.iter().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { *b == separator } else { b.is_ascii_digit() })
}

fn is_hours(hours: &[u8]) -> bool {
    hours.len() == 8
        && hours.iter().enumerate().all(|(at, b)| if matches!(at, 2 | 5) { *b == b':' } else { b.is_ascii_digit() })
}

/// A text log line as a record: `_time`, [`UNZONED`], `_msg`, `level`, `request_id`, `caller`.
pub fn parse(line: &[u8]) -> Option<Record<'_>> {
    let envelope = split(line)?;
    let mut record = Record::default();
    let mut put =
        |name: &'static str, value: Raw<'_>| record.push(Field { name: name.into(), value: owned_if_short(value) });
    put("_time", Raw::owned(rfc3339(envelope.time)));
    put(UNZONED, Raw::borrowed(b"unknown", false));
    for (name, value) in [("level", envelope.level), ("request_id", envelope.request_id), ("caller", envelope.caller)] {
        put(name, Raw::borrowed(value.unwrap_or_default(), false));
    }
    record.push(Field { name: "_msg".into(), value: Raw::borrowed(envelope.message, false) });
    Some(record)
}

fn owned_if_short(value: Raw<'_>) -> Raw<'static> {
    Raw::owned(value.text().into_owned())
}

/// `2006/01/02 - 15:04:05` and its relatives as `2006-01-02T15:04:05Z`.
fn rfc3339(time: &[u8]) -> String {
    let text = String::from_utf8_lossy(time);
    let (date, hours) = (&text[..10], &text[text.len() - 8..]);
    format!("{}T{hours}Z", date.replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        let record = parse(line.as_bytes()).expect(line);
        let fields: Vec<String> = record.fields().iter().map(|f| format!("{}={}", f.name, f.value.text())).collect();
        fields.join(";")
    }

    #[test]
    fn every_era_is_read() {
        let head = "_time=2026-02-21T08:15:04Z;_time_zone=unknown";
        for (line, want) in [
            (
                "[2026-02-21 08:15:04] [0a1b2c3d] [info ] [a.go:1] m k=v",
                "level=info;request_id=0a1b2c3d;caller=a.go:1;_msg=m k=v",
            ),
            ("[2026-02-21 08:15:04] [--------] [warn ] [a.go:1] [x] m", "level=warn;caller=a.go:1;_msg=[x] m"),
            ("[2026-02-21 08:15:04] [warning] [a.go:1] m", "level=warning;caller=a.go:1;_msg=m"),
            (
                "[2026-02-21 08:15:04] [error] [a.go:1] | 0a1b2c3d | m",
                "level=error;request_id=0a1b2c3d;caller=a.go:1;_msg=m",
            ),
            (
                "[GIN] 2026/02/21 - 08:15:04 | 200 | 1s | 203.0.113.7 | GET \"/\"",
                "_msg=200 | 1s | 203.0.113.7 | GET \"/\"",
            ),
            ("2026/02/21 08:15:04 refreshing", "_msg=refreshing"),
        ] {
            assert_eq!(shown(line), format!("{head};{want}"));
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for line in
            ["", "[", "[1] [2]", "[2026-02-21 08:15:04]", "[2026-02-21 08:15:04] [x] [y] z", "2026/02/21", "[GIN] é"]
        {
            assert_eq!(split(line.as_bytes()), None, "{line}");
        }
    }
}
