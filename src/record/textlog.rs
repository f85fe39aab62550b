//! Text log lines of the CLIProxyAPI family: `[time] [request id] [level] [file:line] message` and its older layouts.
//!
//! The time of such a line is the process's local time without a zone. It is read as if it were UTC and the record says
//! so in [`UNZONED`]; a collector's own time, where a wrapper brings one, takes its place.

use super::time::{Nanos, SECOND, days_from_civil};
use super::{Field, Raw, Record};

/// Name of the field that marks a record whose `_time` has no zone; its value is `unknown`.
pub const UNZONED: &str = "_time_zone";

/// The layout of a text log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `[time] [request] [level] [file:line] text`, since the end of 2025.
    Current,
    /// `[time] [level] [file:line] | request | text`, two days of December 2025.
    Piped,
    /// `[time] [level] [file:line] text`, before.
    Old,
    /// `[GIN] 2026/02/21 - 09:15:00 | text`, the web framework's own access line.
    Gin,
    /// `2026/02/21 09:15:00 text`, Go's standard logger.
    Standard,
}

/// The parts of a text log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLine<'a> {
    pub layout: Layout,
    /// `YYYY-MM-DD HH:MM:SS` (or with slashes), local time of the process.
    pub time: &'a [u8],
    /// Eight hex digits; absent where the line has dashes.
    pub request_id: Option<&'a [u8]>,
    /// `debug`, `info`, `warn`, `warning`, `error`, `fatal`, `panic`; absent in lines that bypass the logger.
    pub level: Option<&'a [u8]>,
    /// `file.go:123`.
    pub caller: Option<&'a [u8]>,
    /// With its indentation, which tells the lines of a block.
    pub message: &'a [u8],
}

/// Takes a line apart; `None` if it has none of the known layouts.
pub fn split(line: &[u8]) -> Option<TextLine<'_>> {
    if let Some(rest) = line.strip_prefix(b"[GIN] ") {
        return gin(rest);
    }
    match line.first()? {
        b'[' => bracketed(line),
        b'0'..=b'9' => bare(line),
        _ => None,
    }
}

fn bracketed(line: &[u8]) -> Option<TextLine<'_>> {
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
        Some((caller, after)) if memchr::memmem::find(caller, b".go").is_some() => (Some(caller), after),
        _ => (None, rest),
    };
    let (piped, message) = match piped_id(rest) {
        Some((piped, message)) if id.is_none() => (Some(piped), message),
        _ => (None, rest),
    };
    Some(TextLine {
        layout: match (id, piped) {
            (Some(_), _) => Layout::Current,
            (None, Some(_)) => Layout::Piped,
            (None, None) => Layout::Old,
        },
        time,
        request_id: id.or(piped).and_then(id_of),
        level: Some(level),
        caller,
        message: message.trim_ascii_end(),
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
fn gin(rest: &[u8]) -> Option<TextLine<'_>> {
    let (time, message) = (rest.get(..21)?, rest.get(21..)?);
    let clock = &time[..10];
    let fits = is_date(clock, b'/') && &time[10..13] == b" - " && is_hours(&time[13..]);
    let message = message.strip_prefix(b" |").unwrap_or(message);
    let message = message.trim_ascii();
    fits.then_some(TextLine { layout: Layout::Gin, time, request_id: None, level: None, caller: None, message })
}

/// `2006/01/02 15:04:05 message`, the standard logger.
fn bare(line: &[u8]) -> Option<TextLine<'_>> {
    let (time, message) = (line.get(..19)?, line.get(19..)?);
    let message = message.strip_prefix(b" ")?;
    let (layout, message) = (Layout::Standard, message.trim_ascii());
    is_clock(time, b'/').then_some(TextLine { layout, time, request_id: None, level: None, caller: None, message })
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
    let form =
        date.iter().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { *b == separator } else { b.is_ascii_digit() });
    form && (1..=12).contains(&number(&date[5..7])) && (1..=31).contains(&number(&date[8..10]))
}

fn number(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |sum, digit| 10 * sum + i64::from(digit - b'0'))
}

fn is_hours(hours: &[u8]) -> bool {
    hours.len() == 8
        && hours.iter().enumerate().all(|(at, b)| if matches!(at, 2 | 5) { *b == b':' } else { b.is_ascii_digit() })
}

impl TextLine<'_> {
    /// The line's own clock: local time without a zone, read as if it were UTC.
    pub fn clock(&self) -> Nanos {
        let (date, hours) = (&self.time[..10], &self.time[self.time.len() - 8..]);
        let days = days_from_civil(number(&date[..4]), number(&date[5..7]), number(&date[8..]));
        let seconds = number(&hours[..2]) * 3600 + number(&hours[3..5]) * 60 + number(&hours[6..]);
        (days * 86400 + seconds) * SECOND
    }
}

/// A text log line as a record: `_time`, [`UNZONED`], `_msg`, `level`, `request_id`, `caller`.
pub fn parse(line: &[u8]) -> Option<Record<'_>> {
    let text = split(line)?;
    let mut record = Record::default();
    let mut put =
        |name: &'static str, value: Raw<'_>| record.push(Field { name: name.into(), value: owned_if_short(value) });
    put("_time", Raw::owned(rfc3339(text.time)));
    put(UNZONED, Raw::borrowed(b"unknown", false));
    for (name, value) in [("level", text.level), ("request_id", text.request_id), ("caller", text.caller)] {
        put(name, Raw::borrowed(value.unwrap_or_default(), false));
    }
    record.push(Field { name: "_msg".into(), value: Raw::borrowed(text.message, false) });
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
            ("[2026-02-21 08:15:04] [trace] [iflow: login] m", "level=trace;_msg=[iflow: login] m"),
            ("[2026-02-21 08:15:04] [debug] [a.go:1]   indented", "level=debug;caller=a.go:1;_msg=  indented"),
        ] {
            assert_eq!(shown(line), format!("{head};{want}"));
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for line in [
            "",
            "[",
            "[1] [2]",
            "[2026-13-21 08:15:04] [info] [a.go:1] m",
            "[2026-02-21 08:15:04]",
            "[2026-02-21 08:15:04] [x] [y] z",
            "2026/02/21",
            "[GIN] é",
        ] {
            assert_eq!(split(line.as_bytes()), None, "{line}");
        }
    }
}
