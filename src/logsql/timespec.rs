//! Points in time as queries and HTTP arguments write them: `2025-07`, `2025-07-01T03:04Z`, unix numbers, `now-1d`.
//!
//! Text without a zone is read as UTC; the store reads it in its server's zone.

use super::number;
use super::values::unix;
use crate::record::time::{self, Nanos, SECOND, days_from_civil};

/// The instants that a piece of time text covers, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub first: Nanos,
    pub last: Nanos,
}

impl Span {
    pub fn instant(at: Nanos) -> Span {
        Span { first: at, last: at }
    }

    /// The same day of the next year.
    fn year(at: Nanos) -> Option<Span> {
        let (days, rest) = (at.div_euclid(86_400 * SECOND), at.rem_euclid(86_400 * SECOND));
        let (year, month, day) = time::civil_from_days(days);
        // The store keeps the seconds and nanoseconds of the day.
        let end = days_from_civil(year + 1, month, day).checked_mul(86_400 * SECOND)?.checked_add(rest)?;
        Some(Span { first: at, last: end.checked_sub(1)? })
    }
}

/// A calendar text: a year, month, day, hour, minute or second covers its whole unit, a fraction of three digits its
/// millisecond, any other fraction is one instant.
pub fn calendar(text: &str) -> Option<Span> {
    let (body, offset) = zone(text)?;
    // As in the store, a fraction is read by another parser, which asks for a zone.
    if body.len() == text.len() && body.contains('.') {
        return None;
    }
    let (date, clock) = match body.split_once('T') {
        Some((date, clock)) => (date, Some(clock)),
        None => (body, None),
    };
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = parts.next().map(|p| digits(p, 2)).map_or(Some(None), |m| m.map(Some))?;
    let day = parts.next().map(|p| digits(p, 2)).map_or(Some(None), |d| d.map(Some))?;
    if parts.next().is_some() || (clock.is_some() && day.is_none()) {
        return None;
    }
    let (first, next) = match (month, day) {
        (None, _) => (date_nanos(year, 1, 1)?, date_nanos(year + 1, 1, 1)?),
        (Some(m), None) => (date_nanos(year, m, 1)?, date_nanos(year + m / 12, m % 12 + 1, 1)?),
        (Some(m), Some(d)) => match clock {
            None => date_nanos(year, m, d).map(|n| (n, n + 86_400 * SECOND))?,
            Some(clock) => time_of_day(clock).map(|(n, len)| (n, n + len)).and_then(|(a, b)| {
                let day = date_nanos(year, m, d)?;
                Some((day.checked_add(a)?, day.checked_add(b)?))
            })?,
        },
    };
    Some(Span { first: first.checked_sub(offset)?, last: next.checked_sub(offset)?.checked_sub(1)? })
}

/// Takes the zone off a text; its offset in nanoseconds.
fn zone(text: &str) -> Option<(&str, Nanos)> {
    if let Some(body) = text.strip_suffix('Z') {
        return Some((body, 0));
    }
    let b = text.as_bytes();
    let n = b.len();
    let marked = n > 6 && matches!(b[n - 6], b'+' | b'-') && b[n - 3] == b':';
    if !marked || !text.is_char_boundary(n - 6) {
        return Some((text, 0));
    }
    let (hours, minutes) = (digits(&text[n - 5..n - 3], 2)?, digits(&text[n - 2..], 2)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = (hours * 3600 + minutes * 60) * SECOND;
    Some((&text[..n - 6], if b[n - 6] == b'-' { -offset } else { offset }))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn date_nanos(year: i64, month: i64, day: i64) -> Option<Nanos> {
    let days = days_from_civil(year, month, day);
    ((1..=12).contains(&month) && time::civil_from_days(days) == (year, month, day))
        .then(|| days.checked_mul(86_400 * SECOND))?
}

/// Nanoseconds since midnight and the length of the unit of `hh[:mm[:ss[.fraction]]]`.
fn time_of_day(clock: &str) -> Option<(Nanos, Nanos)> {
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let (minute, second) = (parts.next(), parts.next());
    if hour > 23 || parts.next().is_some() {
        return None;
    }
    let Some(minute) = minute else { return Some((hour * 3600 * SECOND, 3600 * SECOND)) };
    let minute = digits(minute, 2).filter(|m| *m < 60)?;
    let start = (hour * 3600 + minute * 60) * SECOND;
    let Some(second) = second else { return Some((start, 60 * SECOND)) };
    let (second, fraction) = match second.split_once('.') {
        None => (second, None),
        Some((second, fraction)) => (second, Some(fraction)),
    };
    let start = start + digits(second, 2).filter(|s| *s < 60)? * SECOND;
    let Some(fraction) = fraction else { return Some((start, SECOND)) };
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Digits behind the ninth do not count.
    let counted = &fraction[..fraction.len().min(9)];
    let nanos = digits(counted, counted.len())? * 10_i64.pow(9 - u32::try_from(counted.len()).ok()?);
    Some((start + nanos, if fraction.len() == 3 { 1_000_000 } else { 1 }))
}

/// `now`, `now-1d`, `-12h`, `5m`: a duration before `now`, whatever its sign.
pub fn relative(text: &str, now: Nanos) -> Option<Nanos> {
    let rest = match text.strip_prefix("now") {
        Some("") => return Some(now),
        Some(rest) if rest.starts_with('-') => rest,
        Some(_) => return None,
        None => text,
    };
    let nanos = number::duration_of_parts(rest)?;
    now.checked_sub(nanos.checked_abs()?)
}

/// Whether a text depends on the clock.
pub fn is_relative(text: &str) -> bool {
    relative(text, 0).is_some()
}

/// Any point in time: calendar text, unix number, or relative to `now`.
pub fn point(text: &str, now: Nanos) -> Option<Span> {
    if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return calendar(text);
    }
    // The store tells what a text leaves out by its length: `-12h` is as long as a year.
    if let Some(at) = relative(text, now) {
        return if text.len() == 4 { Span::year(at) } else { Some(Span::instant(at)) };
    }
    unix::parse(text).map(Span::instant).or_else(|| calendar(text))
}

/// The HTTP argument `start`: the first instant of its text.
pub fn start_arg(text: &str, now: Nanos) -> Option<Nanos> {
    point(text, now).map(|s| s.first)
}

/// The HTTP argument `end`: its first instant, extended by what the printed form of that instant leaves out. A whole
/// second covers the second, a millisecond the millisecond.
pub fn end_arg(text: &str, now: Nanos) -> Option<Nanos> {
    printed_end(point(text, now)?.first)
}

/// The end of what an instant covers by its printed text: a whole second is that second, a millisecond that millisecond.
pub fn printed_end(at: Nanos) -> Option<Nanos> {
    calendar(&time::format(at)).map(|s| s.last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> (String, String) {
        let span = calendar(text).unwrap_or_else(|| panic!("{text}"));
        (time::format(span.first), time::format(span.last))
    }

    #[test]
    fn calendar_text_covers_its_unit() {
        for (text, first, last) in [
            ("2024Z", "2024-01-01T00:00:00Z", "2024-12-31T23:59:59.999999999Z"),
            ("2025-12", "2025-12-01T00:00:00Z", "2025-12-31T23:59:59.999999999Z"),
            ("2024-02Z", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59.999999999Z"),
            ("2025-07-04", "2025-07-04T00:00:00Z", "2025-07-04T23:59:59.999999999Z"),
            ("2025-07-04T10+02:00", "2025-07-04T08:00:00Z", "2025-07-04T08:59:59.999999999Z"),
            ("2025-07-04T10:30", "2025-07-04T10:30:00Z", "2025-07-04T10:30:59.999999999Z"),
            ("2025-07-04T10:30:01.123Z", "2025-07-04T10:30:01.123Z", "2025-07-04T10:30:01.123999999Z"),
            ("2025-07-04T10:30:01.12Z", "2025-07-04T10:30:01.12Z", "2025-07-04T10:30:01.12Z"),
        ] {
            assert_eq!(shown(text), (first.to_owned(), last.to_owned()), "{text}");
        }
        for text in ["", "20250", "2025-13", "2025-02-30", "2025-07T03", "foo", "2025-07-04T24", "2025-07-04T10:60"] {
            assert_eq!(calendar(text), None, "{text}");
        }
    }

    #[test]
    fn points_of_every_form() {
        let now = 1_000_000 * SECOND;
        for (text, want) in [
            ("now", now),
            ("now-1h", now - 3600 * SECOND),
            ("-1h", now - 3600 * SECOND),
            ("1h", now - 3600 * SECOND),
            ("1751600000", 1_751_600_000 * SECOND),
            ("1751600000123", 1_751_600_000_123 * 1_000_000),
            ("1751600000123456", 1_751_600_000_123_456 * 1_000),
            ("1751600000123456789", 1_751_600_000_123_456_789),
        ] {
            assert_eq!(point(text, now).map(|s| s.first), Some(want), "{text}");
        }
        assert_eq!(point("bar", now), None);
        assert_eq!(point("now+1h", now), None);
    }

    #[test]
    fn the_end_argument_covers_what_its_text_leaves_out() {
        assert_eq!(end_arg("1751600000", 0), Some(1_751_600_001 * SECOND - 1));
        assert_eq!(
            end_arg("2025-07-04T00:00:00.123Z", 0).map(time::format).as_deref(),
            Some("2025-07-04T00:00:00.123999999Z")
        );
        assert_eq!(end_arg("2025-07-04", 0).map(time::format).as_deref(), Some("2025-07-04T00:00:00.999999999Z"));
    }
}
