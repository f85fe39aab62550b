//! Instants and durations as the user writes them: what the store's arguments `start` and `end` take.

use crate::logsql::{number, timespec};
use crate::record::time::{Nanos, SECOND};

/// What stands on the command line: an instant, or a distance back from "now".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    At(Nanos),
    Ago(Nanos),
}

impl When {
    pub fn resolve(self, now: Nanos) -> Nanos {
        match self {
            When::At(at) => at,
            When::Ago(ago) => now.saturating_sub(ago),
        }
    }
}

/// The end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// As it is shown: a full instant as it was given, of a period the instant behind it.
    pub shown: When,
    /// Behind what the text names, if that does not depend on now.
    behind: Option<Nanos>,
}

impl End {
    /// The first instant behind the window.
    pub fn behind(self, now: Nanos) -> Nanos {
        let at = self.shown.resolve(now);
        self.behind.unwrap_or_else(|| timespec::printed_end(at).unwrap_or(at).saturating_add(1))
    }
}

/// Parses RFC 3339 (partial forms too), unix seconds to nanoseconds, `24h`, `now`, `now-1d`. Of a partial form the first
/// instant counts.
pub fn start(text: &str) -> Result<When, String> {
    if let Some(span) = calendar(text) {
        return Ok(When::At(span.first));
    }
    any(text)
}

/// The same for the end of a window. A partial form names a period, all of which lies in the window, as a second lies in it
/// that is named.
pub fn end(text: &str) -> Result<End, String> {
    let Some(span) = calendar(text) else { return any(text).map(|shown| End { shown, behind: None }) };
    let behind = span.last.saturating_add(1);
    let shown = if span.last - span.first < SECOND { span.first } else { behind };
    Ok(End { shown: When::At(shown), behind: Some(behind) })
}

/// Calendar text; a blank may stand for the `T`.
fn calendar(text: &str) -> Option<timespec::Span> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_number && text.len() != 4 { None } else { timespec::calendar(&text.replacen(' ', "T", 1)) }
}

fn any(text: &str) -> Result<When, String> {
    let back = match text.strip_prefix("now") {
        Some("") => return Ok(When::Ago(0)),
        Some(rest) => rest.strip_prefix('-'),
        None => Some(text.strip_prefix('-').unwrap_or(text)),
    };
    let ago = || back.and_then(number::duration_of_parts).filter(|nanos| *nanos >= 0).map(When::Ago);
    let unix = || timespec::start_arg(text, 0).filter(|_| !timespec::is_relative(text)).map(When::At);
    ago()
        .or_else(unix)
        .ok_or_else(|| format!("`{text}` is no instant: want RFC 3339, unix time, or a duration such as 24h or now-1d"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::time;

    fn at(text: &str) -> Nanos {
        time::parse(text).expect(text)
    }

    #[test]
    fn every_form_is_read() {
        let hour = 3600 * SECOND;
        for (text, want) in [
            ("2026-03-10T09:12:00Z", When::At(at("2026-03-10T09:12:00Z"))),
            ("2026-03-10T10:12+01:00", When::At(at("2026-03-10T09:12:00Z"))),
            ("2026-03-10 09:12:00", When::At(at("2026-03-10T09:12:00Z"))),
            ("2026-03-10", When::At(at("2026-03-10T00:00:00Z"))),
            ("2026", When::At(at("2026-01-01T00:00:00Z"))),
            ("1773133920", When::At(1_773_133_920 * SECOND)),
            ("1773133920123", When::At(1_773_133_920_123 * 1_000_000)),
            ("1773133920.5", When::At(1_773_133_920_500 * 1_000_000)),
            ("0", When::At(0)),
            ("24h", When::Ago(24 * hour)),
            ("-24h", When::Ago(24 * hour)),
            ("1.5m", When::Ago(90 * SECOND)),
            ("now", When::Ago(0)),
            ("now-1d12h", When::Ago(36 * hour)),
        ] {
            assert_eq!(start(text), Ok(want), "{text}");
        }
        for text in ["yesterday", "", "now+1h", "2026-13", "12:00"] {
            assert!(start(text).is_err() && end(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_end_covers_what_its_text_names() {
        let now = at("2026-03-10T12:00:00.25Z");
        for (text, shown, behind) in [
            ("2026-03-10", "2026-03-11T00:00:00Z", "2026-03-11T00:00:00Z"),
            ("2026-12", "2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2026-03-10T09:12Z", "2026-03-10T09:13:00Z", "2026-03-10T09:13:00Z"),
            ("2026-03-10T09:12:05", "2026-03-10T09:12:05Z", "2026-03-10T09:12:06Z"),
            ("2026-03-10T09:12:05Z", "2026-03-10T09:12:05Z", "2026-03-10T09:12:06Z"),
            ("2026-03-10T09:12:05.250Z", "2026-03-10T09:12:05.25Z", "2026-03-10T09:12:05.251Z"),
            ("1773133920", "2026-03-10T09:12:00Z", "2026-03-10T09:12:01Z"),
            ("now", "2026-03-10T12:00:00.25Z", "2026-03-10T12:00:00.250000001Z"),
            ("1h", "2026-03-10T11:00:00.25Z", "2026-03-10T11:00:00.250000001Z"),
        ] {
            let end = end(text).expect(text);
            let got = (time::format(end.shown.resolve(now)), time::format(end.behind(now)));
            assert_eq!(got, (shown.to_owned(), behind.to_owned()), "{text}");
        }
    }
}
