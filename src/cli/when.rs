//! Instants and durations as the user writes them.

use crate::record::time::{self, Nanos, SECOND, days_from_civil};

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

/// Parses RFC 3339 (partial forms too), unix seconds to nanoseconds, `24h`, `now`, `now-1d`. Where a partial form names a
/// period, `end` takes the end of it.
pub fn parse(text: &str, end: bool) -> Result<When, String> {
    let bad = || format!("`{text}` is no instant: want RFC 3339, unix time, or a duration such as 24h or now-1d");
    if let Some(rest) = text.strip_prefix("now") {
        return match rest.strip_prefix('-') {
            None if rest.is_empty() => Ok(When::Ago(0)),
            Some(back) => duration(back).map(When::Ago).ok_or_else(bad),
            None => Err(bad()),
        };
    }
    if let Some(at) = time::parse(text) {
        return Ok(When::At(at));
    }
    if text.bytes().all(|b| b.is_ascii_digit()) && text.len() > 4 {
        return text.parse().ok().map(unix).map(When::At).ok_or_else(bad);
    }
    partial(text, end).map(When::At).or_else(|| duration(text.trim_start_matches('-')).map(When::Ago)).ok_or_else(bad)
}

/// Seconds, milliseconds, microseconds or nanoseconds, told by their size.
fn unix(n: Nanos) -> Nanos {
    match n {
        0..100_000_000_000 => n * SECOND,
        100_000_000_000..100_000_000_000_000 => n * 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => n * 1000,
        _ => n,
    }
}

fn duration(text: &str) -> Option<Nanos> {
    const UNITS: [(&str, Nanos); 8] = [
        ("ns", 1),
        ("ms", 1_000_000),
        ("us", 1000),
        ("s", SECOND),
        ("m", 60 * SECOND),
        ("h", 3600 * SECOND),
        ("d", 86_400 * SECOND),
        ("w", 7 * 86_400 * SECOND),
    ];
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let n: Nanos = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, size) = UNITS.iter().find(|(unit, _)| {
            rest.strip_prefix(unit)
                .is_some_and(|tail| tail.is_empty() || tail.starts_with(|c: char| c.is_ascii_digit()))
        })?;
        rest = &rest[unit.len()..];
        total = total.checked_add(n.checked_mul(*size)?)?;
    }
    (!text.is_empty()).then_some(total)
}

/// `2026`, `2026-03`, `2026-03-10`, `2026-03-10T09`, `…T09:12`, `…T09:12:05`, each with or without `Z`.
fn partial(text: &str, end: bool) -> Option<Nanos> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let part = |from: usize| -> Option<i64> { text.get(from..from + 2)?.parse().ok() };
    let year: i64 = text.get(..4)?.parse().ok()?;
    let day_at = |y, m, d| days_from_civil(y, m, d) * 86_400 * SECOND;
    let second = |h, m, s| ((h * 60 + m) * 60 + s) * SECOND;
    let (from, to) = match shape.as_str() {
        "0000" => (day_at(year, 1, 1), day_at(year + 1, 1, 1)),
        "0000-00" => {
            let month = part(5)?;
            let next = if month == 12 { day_at(year + 1, 1, 1) } else { day_at(year, month + 1, 1) };
            (day_at(year, month, 1), next)
        }
        "0000-00-00" => (day_at(year, part(5)?, part(8)?), day_at(year, part(5)?, part(8)?) + second(24, 0, 0)),
        "0000-00-00T00" => {
            let at = day_at(year, part(5)?, part(8)?) + second(part(11)?, 0, 0);
            (at, at + second(1, 0, 0))
        }
        "0000-00-00T00:00" => {
            let at = day_at(year, part(5)?, part(8)?) + second(part(11)?, part(14)?, 0);
            (at, at + second(0, 1, 0))
        }
        "0000-00-00T00:00:00" => {
            let at = day_at(year, part(5)?, part(8)?) + second(part(11)?, part(14)?, part(17)?);
            (at, at + SECOND)
        }
        _ => return None,
    };
    Some(if end { to } else { from })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let at = |text: &str| time::parse(text).expect(text);
        for (text, end, want) in [
            ("2026-03-10T09:12:00Z", false, When::At(at("2026-03-10T09:12:00Z"))),
            ("2026-03-10", false, When::At(at("2026-03-10T00:00:00Z"))),
            ("2026-03-10", true, When::At(at("2026-03-11T00:00:00Z"))),
            ("2026-12", true, When::At(at("2027-01-01T00:00:00Z"))),
            ("2026-03-10T09:12Z", true, When::At(at("2026-03-10T09:13:00Z"))),
            ("1773133920", false, When::At(1_773_133_920 * SECOND)),
            ("1773133920123", false, When::At(1_773_133_920_123 * 1_000_000)),
            ("24h", false, When::Ago(24 * 3600 * SECOND)),
            ("now-1d12h", false, When::Ago(36 * 3600 * SECOND)),
        ] {
            assert_eq!(parse(text, end), Ok(want), "{text}");
        }
        assert!(parse("yesterday", false).is_err());
        assert!(parse("", false).is_err());
    }
}
