//! Instants inside values.

use crate::record::time::{self, Nanos, SECOND};

/// RFC 3339 text as nanoseconds, as the store reads values: a space may stand for the `T`, text without a zone is UTC, and
/// months, days and the clock may run over, so that the 30th of February is a day in March.
pub fn parse(text: &str) -> Option<Nanos> {
    let b = text.as_bytes();
    if b.len() < 19 || b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    if !matches!(b[10], b'T' | b' ') {
        return None;
    }
    let year = two(b, 0)? * 100 + two(b, 2)?;
    if !(1677..=2262).contains(&year) {
        return None;
    }
    let months = year * 12 + two(b, 5)? - 1;
    let days = time::days_from_civil(months.div_euclid(12), months.rem_euclid(12) + 1, 1) + two(b, 8)? - 1;
    let seconds = days * 86_400 + two(b, 11)? * 3600 + two(b, 14)? * 60 + two(b, 17)?;
    if !(i64::MIN / SECOND..i64::MAX / SECOND).contains(&seconds) {
        return None;
    }
    let (rest, offset) = zone(&b[19..])?;
    (seconds * SECOND).checked_sub(offset)?.checked_add(fraction(rest)?)
}

/// Two digits as a number.
fn two(b: &[u8], at: usize) -> Option<i64> {
    let digit = |at: usize| b.get(at).filter(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'));
    Some(digit(at)? * 10 + digit(at + 1)?)
}

/// What stands before the zone, and nanoseconds to the east of Greenwich.
fn zone(b: &[u8]) -> Option<(&[u8], Nanos)> {
    if let Some(rest) = b.strip_suffix(b"Z") {
        return Some((rest, 0));
    }
    let Some(at) = b.iter().rposition(|b| matches!(b, b'+' | b'-')) else { return Some((b, 0)) };
    let (hours, minutes) = (two(b, at + 1)?, two(b, at + 4)?);
    if b.len() != at + 6 || b[at + 3] != b':' || hours > 24 || minutes > 60 {
        return None;
    }
    let offset = (hours * 3600 + minutes * 60) * SECOND;
    Some((&b[..at], if b[at] == b'-' { -offset } else { offset }))
}

/// Up to nine digits of a second; the point before them may be missing.
fn fraction(b: &[u8]) -> Option<Nanos> {
    let digits = b.strip_prefix(b".").unwrap_or(b);
    if b.is_empty() {
        return Some(0);
    }
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0'));
    Some(value * 10_i64.pow(9 - digits.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_zone_may_be_missing() {
        assert_eq!(parse("2025-07-04 12:30:00"), parse("2025-07-04T14:30:00+02:00"));
        assert!(parse("2025-07-04 12:30:00").is_some());
        for text in ["2025-07-04", "2025-07-04T12:30", "ж025-07-04T12:30:00Z", "2025-07-04T12:30:00ж"] {
            assert_eq!(parse(text), None);
        }
    }

    #[test]
    fn dates_run_over() {
        for (text, same) in [
            ("2025-07-01T24:00:00Z", "2025-07-02T00:00:00Z"),
            ("2025-06-30T23:59:60Z", "2025-07-01T00:00:00Z"),
            ("2025-02-30T00:00:00Z", "2025-03-02T00:00:00Z"),
            ("2025-13-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("2025-00-00T00:00:00Z", "2024-11-30T00:00:00Z"),
            ("2025-07-01T00:00:00+24:60", "2025-06-29T23:00:00Z"),
            ("2025-07-01T00:00:005Z", "2025-07-01T00:00:00.5Z"),
        ] {
            assert_eq!(parse(text), time::parse(same), "{text}");
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "2025-07-01t00:00:00Z",
            "2025-07-01T00:00:00z",
            "2025-07-01T00:00:00.Z",
            "2025-07-01T00:00:00.0000000001Z",
            "2025-07-01T00:00:00+2:00",
            "2025-07-01T00:00:00+25:00",
            "2025-07-01T00:00:00Z+01:00",
            "2025_07-01T00:00:00Z",
            "1676-01-01T00:00:00Z",
            "2262-12-01T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_is_read_back(nanos in any::<i64>()) {
            let text = time::format(nanos);
            let whole = nanos / SECOND;
            let within = whole > i64::MIN / SECOND && whole < i64::MAX / SECOND;
            prop_assert!(!within || parse(&text) == Some(nanos), "{}", text);
        }

        #[test]
        fn no_text_breaks_it(text in "[-0-9TZtz:+. ж]{0,40}") {
            let _ = parse(&text);
        }
    }
}
