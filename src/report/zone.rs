//! Instants for people: UTC always, a named zone beside it when asked for, spans in words.

use crate::record::time::{self, Nanos, SECOND};

/// A second time zone beside UTC.
#[derive(Debug, Clone)]
pub struct Zone {
    zone: jiff::tz::TimeZone,
    name: String,
}

impl Zone {
    /// An IANA name (`Europe/Berlin`) or a fixed offset (`+02:00`). The zone database is the one built in, never the
    /// machine's.
    pub fn named(name: &str) -> Result<Zone, String> {
        let fixed = || -> Option<jiff::tz::TimeZone> {
            let (sign, rest) = match name.as_bytes().first()? {
                b'+' => (1, &name[1..]),
                b'-' => (-1, &name[1..]),
                _ => return None,
            };
            let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
            let seconds = sign * (hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60);
            Some(jiff::tz::Offset::from_seconds(seconds).ok()?.to_time_zone())
        };
        let zone = match fixed() {
            Some(zone) => zone,
            None => {
                jiff::tz::TimeZoneDatabase::bundled().get(name).map_err(|_| format!("unknown time zone {name:?}"))?
            }
        };
        Ok(Zone { zone, name: name.to_owned() })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// An RFC 3339 instant read in this zone, to the second, with its offset. `None` when it is no instant.
    pub fn format(&self, at: &str) -> Option<String> {
        let nanos = time::parse(at)?;
        let stamp = jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok()?;
        Some(stamp.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%:z").to_string())
    }
}

/// `2026-03-10 11:00:14Z`: the instant as people write it, in UTC, to the second unless `exact`. Text that is no instant
/// stays as it is.
pub fn utc(at: &str, exact: bool) -> String {
    let Some(nanos) = time::parse(at) else { return at.to_owned() };
    let nanos = if exact { nanos } else { nanos.div_euclid(SECOND) * SECOND };
    time::format(nanos).replacen('T', " ", 1)
}

/// `18 s`, `30 min 18 s`, `3 h 02 min`, `5 d 4 h`: the distance of two RFC 3339 instants, cut to two units.
pub fn span(first: &str, last: &str) -> Option<String> {
    Some(duration(time::parse(last)?.checked_sub(time::parse(first)?)?))
}

/// A length of time in words, cut to two units.
pub fn duration(nanos: Nanos) -> String {
    let seconds = nanos.max(0) / SECOND;
    let (d, h, m, s) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (d, h, m, s) {
        (0, 0, 0, 0) if nanos > 0 => "under 1 s".to_owned(),
        (0, 0, 0, s) => format!("{s} s"),
        (0, 0, m, 0) => format!("{m} min"),
        (0, 0, m, s) => format!("{m} min {s} s"),
        (0, h, 0, _) => format!("{h} h"),
        (0, h, m, _) => format!("{h} h {m} min"),
        (d, 0, _, _) => format!("{d} d"),
        (d, h, _, _) => format!("{d} d {h} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_or_fixed() {
        let at = "2026-07-10T23:30:00Z";
        assert_eq!(
            Zone::named("Europe/Berlin").expect("zone").format(at).as_deref(),
            Some("2026-07-11 01:30:00+02:00")
        );
        assert_eq!(Zone::named("-05:30").expect("zone").format(at).as_deref(), Some("2026-07-10 18:00:00-05:30"));
        assert!(Zone::named("Mars/Base").is_err());
    }

    #[test]
    fn instants_and_spans_are_short() {
        assert_eq!(utc("2026-03-10T11:00:14.987654321Z", false), "2026-03-10 11:00:14Z");
        assert_eq!(utc("2026-03-10T11:00:14.5Z", true), "2026-03-10 11:00:14.5Z");
        assert_eq!(span("2026-03-10T11:00:14Z", "2026-03-10T11:30:32Z").as_deref(), Some("30 min 18 s"));
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(90_061 * SECOND), "1 d 1 h");
    }
}
