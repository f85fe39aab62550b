//! When a file says that its access token ends: as the server reads it, and as a person would.
//!
//! The server looks at six names in a fixed order, the first value that parses wins, and its time layouts are narrower
//! and odder than ISO 8601. Every rule here was measured with the server's own parser; the tests hold a plain
//! transcription of the table beside it.

use super::aliases::INTERVALS;
use super::json::{Object, Value};
use crate::record::time::{Nanos, SECOND, civil_from_days, days_from_civil};

/// Names the server reads, in its order.
pub const KEYS: [&str; 6] = ["expired", "expire", "expires_at", "expiresAt", "expiry", "expires"];
/// Names of the object in which the same search goes on.
const NESTED: [&str; 2] = ["token", "Token"];
/// Names of the last refresh.
pub const LAST_REFRESH_KEYS: [&str; 4] = ["last_refresh", "lastRefresh", "last_refreshed_at", "lastRefreshedAt"];
/// Names that look like an expiry and that the server never reads.
pub const UNREAD_KEYS: [&str; 22] = [
    "expiry_date",
    "expiryDate",
    "expire_time",
    "expireTime",
    "expiredAt",
    "expired_at",
    "expire_at",
    "expireAt",
    "expiration",
    "expirationTime",
    "expiration_time",
    "expires_on",
    "expiresOn",
    "exp",
    "token_expires_at",
    "tokenExpiresAt",
    "access_token_expires_at",
    "accessTokenExpiresAt",
    "TokenExpireAt",
    "tokenExpireAt",
    "valid_until",
    "oauth_expires_at",
];
/// Above this a number is taken as milliseconds.
const MILLIS_ABOVE: i64 = 1_000_000_000_000;

/// A point in time with a range of its own: credential files name years that nanoseconds in 64 bits cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant {
    pub seconds: i64,
    pub nanos: u32,
}

impl Instant {
    pub fn from_nanos(nanos: Nanos) -> Instant {
        Instant { seconds: nanos.div_euclid(SECOND), nanos: nanos.rem_euclid(SECOND) as u32 }
    }

    /// Nanoseconds since the epoch, held at the ends of their range.
    pub fn to_nanos(self) -> Nanos {
        self.seconds.saturating_mul(SECOND).saturating_add(i64::from(self.nanos))
    }

    /// Whole seconds later, held at the ends of the range.
    pub fn plus_seconds(self, seconds: i64) -> Instant {
        Instant { seconds: self.seconds.saturating_add(seconds), ..self }
    }

    /// Seconds from `other` to here.
    pub fn seconds_since(self, other: Instant) -> i64 {
        self.seconds.saturating_sub(other.seconds)
    }

    pub fn year(self) -> i64 {
        civil_from_days(self.seconds.div_euclid(86_400)).0
    }

    /// Whether a credential of today can begin or end then.
    pub fn is_plausible(self) -> bool {
        (2015..=2100).contains(&self.year())
    }

    /// RFC 3339 in UTC, cut to whole seconds: a fraction of a second never decides about a credential.
    pub fn text(self) -> String {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(86_400));
        let clock = self.seconds.rem_euclid(86_400);
        format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", clock / 3600, clock / 60 % 60, clock % 60)
    }
}

/// How a value was spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// RFC 3339 text.
    Rfc3339,
    /// `YYYY-MM-DD HH:MM[:SS]`, no zone, read as UTC.
    Zoneless,
    /// A whole number in a string.
    NumberText,
    /// A JSON number.
    Number,
}

/// What the server makes of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    At(Instant, Form),
    /// Zero or negative number, or the zero time: "no expiry". It still hides later names.
    Zero(Form),
    /// Null, a boolean, an array or an object.
    WrongType,
    /// An empty string: as if it were absent.
    Blank,
    Unparsable,
}

/// Reads one value with the server's rules.
pub fn value(value: &Value) -> Parsed {
    match value {
        Value::Text(text) => string(text.expose()),
        Value::Number(text) => number(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Parsed::WrongType,
    }
}

/// Reads one value with the rules of a program that takes numbers for milliseconds, however small they are.
pub fn millis(held: &Value) -> Parsed {
    let (number, form) = match held {
        Value::Number(text) => (text.parse::<f64>().ok().filter(|n| n.abs() < 9.2e18), Form::Number),
        Value::Text(text) => (text.expose().trim().parse::<i64>().ok().map(|n| n as f64), Form::NumberText),
        _ => (None, Form::Number),
    };
    match number {
        Some(n) if n <= 0.0 => Parsed::Zero(form),
        Some(n) => Parsed::At(from_millis(n as i64), form),
        None => value(held),
    }
}

/// What the server or a person reads in a value.
pub fn read_widely(held: &Value) -> Option<Instant> {
    match value(held) {
        Parsed::At(at, _) => Some(at),
        _ => person(held),
    }
}

fn string(text: &str) -> Parsed {
    let text = text.trim();
    if text.is_empty() {
        return Parsed::Blank;
    }
    if let Some(at) = layout(text, b'T', true, true) {
        return if is_zero_time(at) { Parsed::Zero(Form::Rfc3339) } else { Parsed::At(at, Form::Rfc3339) };
    }
    if let Some(at) = layout(text, b' ', true, false).or_else(|| layout(text, b' ', false, false)) {
        return if is_zero_time(at) { Parsed::Zero(Form::Zoneless) } else { Parsed::At(at, Form::Zoneless) };
    }
    match text.parse::<i64>() {
        Ok(n) => epoch(n, Form::NumberText),
        Err(_) => Parsed::Unparsable,
    }
}

fn number(text: &str) -> Parsed {
    // The decoder hands numbers over as doubles, whose fraction is then dropped.
    match text.parse::<f64>() {
        Ok(n) if n.abs() < 9.2e18 => epoch(n as i64, Form::Number),
        _ => Parsed::Zero(Form::Number),
    }
}

fn epoch(n: i64, form: Form) -> Parsed {
    if n <= 0 {
        return Parsed::Zero(form);
    }
    let at = if n > MILLIS_ABOVE { from_millis(n) } else { Instant { seconds: n, nanos: 0 } };
    Parsed::At(at, form)
}

fn from_millis(n: i64) -> Instant {
    Instant { seconds: n / 1000, nanos: (n % 1000) as u32 * 1_000_000 }
}

/// 0001-01-01T00:00:00Z, the zero value of the server's time type.
fn is_zero_time(at: Instant) -> bool {
    at == Instant { seconds: days_from_civil(1, 1, 1) * 86_400, nanos: 0 }
}

/// `YYYY-MM-DD<separator>H[H]:MM[:SS[fraction]][zone]`, every digit where the server's layout wants it.
fn layout(text: &str, separator: u8, with_seconds: bool, with_zone: bool) -> Option<Instant> {
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    literal(&mut rest, b'-')?;
    let month = digits(&mut rest, 2)?;
    literal(&mut rest, b'-')?;
    let day = digits(&mut rest, 2)?;
    literal(&mut rest, separator)?;
    // The hour alone may have one digit.
    let hour = if rest.get(1).is_some_and(u8::is_ascii_digit) { digits(&mut rest, 2)? } else { digits(&mut rest, 1)? };
    literal(&mut rest, b':')?;
    let minute = digits(&mut rest, 2)?;
    let mut second = 0;
    let mut nanos = 0;
    if with_seconds {
        literal(&mut rest, b':')?;
        second = digits(&mut rest, 2)?;
        nanos = fraction(&mut rest);
    }
    let offset = if with_zone { zone(&mut rest)? } else { 0 };
    let in_range =
        (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month) && hour < 24 && minute < 60 && second < 60;
    if !rest.is_empty() || !in_range {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(Instant { seconds, nanos })
}

fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let head = rest.get(..count)?;
    let mut number = 0;
    for byte in head {
        number = number * 10 + i64::from(byte.is_ascii_digit().then(|| byte - b'0')?);
    }
    *rest = &rest[count..];
    Some(number)
}

fn literal(rest: &mut &[u8], byte: u8) -> Option<()> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    (*first == byte).then_some(())
}

/// A point or comma and any number of digits; what is beyond nanoseconds is cut.
fn fraction(rest: &mut &[u8]) -> u32 {
    if !matches!(rest, [b'.' | b',', digit, ..] if digit.is_ascii_digit()) {
        return 0;
    }
    let count = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut nanos = 0;
    for n in 0..9 {
        let digit = if n < count { u32::from(rest[1 + n] - b'0') } else { 0 };
        nanos = nanos * 10 + digit;
    }
    *rest = &rest[1 + count..];
    nanos
}

/// `Z` or `±hh:mm`. 24 hours and 60 minutes are let through.
fn zone(rest: &mut &[u8]) -> Option<i64> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    let sign = match first {
        b'Z' => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = digits(rest, 2)?;
    literal(rest, b':')?;
    let minutes = digits(rest, 2)?;
    (hours <= 24 && minutes <= 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// One expiry member met on the server's way.
#[derive(Debug, Clone)]
pub struct Met {
    /// JSON pointer of the member.
    pub pointer: String,
    pub parsed: Parsed,
}

/// Every expiry member, in the order in which the server would try them.
pub fn walk(object: &Object) -> Vec<Met> {
    let mut met = Vec::new();
    collect(object, "", 0, &mut met);
    met
}

fn collect(object: &Object, prefix: &str, depth: usize, met: &mut Vec<Met>) {
    for key in KEYS {
        if let Some(found) = object.get(key) {
            met.push(Met { pointer: format!("{prefix}/{key}"), parsed: value(found) });
        }
    }
    for key in NESTED {
        if let Some(inner) = object.object(key).filter(|_| depth < 8) {
            collect(inner, &format!("{prefix}/{key}"), depth + 1, met);
        }
    }
}

/// Whether a name looks like an expiry, and the server never reads it.
pub fn is_unread(name: &str) -> bool {
    let like = UNREAD_KEYS.contains(&name) || KEYS.iter().any(|key| folded(key) == folded(name));
    like && !KEYS.contains(&name)
}

/// Letters and digits of a name, in lower case.
pub fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The member that decides: the first that parses, zero values among them.
pub fn winner(met: &[Met]) -> Option<&Met> {
    met.iter().find(|m| matches!(m.parsed, Parsed::At(..) | Parsed::Zero(_)))
}

/// The last refresh, by the same value parser.
pub fn last_refresh(object: &Object) -> Option<Instant> {
    last_refresh_member(object).map(|(_, at)| at)
}

/// The last refresh, and the member that tells it.
pub fn last_refresh_member(object: &Object) -> Option<(&'static str, Instant)> {
    LAST_REFRESH_KEYS.iter().find_map(|key| match value(object.get(key)?) {
        Parsed::At(at, _) => Some((*key, at)),
        _ => None,
    })
}

/// Seconds and milliseconds mixed up: the instant lies far off while another unit would land in a plausible year.
pub fn unit_confusion(at: Instant, form: Form) -> Option<&'static str> {
    if !matches!(form, Form::Number | Form::NumberText) || plausible(at.seconds) {
        return None;
    }
    let nanos = i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos);
    let scaled = |numerator: i128, denominator: i128| {
        i64::try_from(nanos * numerator / denominator / 1_000_000_000).is_ok_and(plausible)
    };
    if scaled(1, 1000) {
        Some("microseconds written where seconds or milliseconds are read")
    } else if scaled(1, 1_000_000) {
        Some("nanoseconds written where seconds or milliseconds are read")
    } else if scaled(1000, 1) {
        Some("divided by a thousand once too often")
    } else if scaled(1_000_000, 1) {
        Some("divided by a million")
    } else {
        None
    }
}

fn plausible(seconds: i64) -> bool {
    Instant { seconds, nanos: 0 }.is_plausible()
}

/// What a person would take a value for that the server refuses. Only used to explain, never to judge.
pub fn person(value: &Value) -> Option<Instant> {
    let Value::Text(text) = value else { return None };
    let upper = text.expose().trim().to_ascii_uppercase().replace('/', "-");
    let cut = upper.strip_suffix(" UTC").unwrap_or(&upper);
    let cut = cut.strip_suffix("UTC").unwrap_or(cut).trim();
    let cut = cut.strip_suffix(" +0000").unwrap_or(cut);
    if let Ok(n) = cut.parse::<f64>() {
        return (n.is_finite() && n > 0.0).then(|| match epoch(n as i64, Form::NumberText) {
            Parsed::At(at, _) => Some(at),
            _ => None,
        })?;
    }
    let joined = cut.replacen(' ', "T", 1);
    let mut candidates: Vec<String> =
        ["", "Z", ":00Z", "T00:00:00Z"].iter().map(|tail| format!("{joined}{tail}")).collect();
    if let Some(minutes) = joined.strip_suffix('Z') {
        candidates.push(format!("{minutes}:00Z"));
    }
    if joined.is_char_boundary(joined.len().saturating_sub(2)) {
        // An offset without its colon.
        let (head, tail) = joined.split_at(joined.len().saturating_sub(2));
        candidates.push(format!("{head}:{tail}"));
    }
    candidates.iter().find_map(|text| layout(text, b'T', true, true))
}

/// The file's own refresh interval: the first that is a span above zero. The server passes over every other value.
pub fn interval(object: &Object) -> Option<(&'static str, f64)> {
    let spans = INTERVALS.iter().filter_map(|name| Some((*name, interval_seconds(object.get(name)?)?)));
    spans.into_iter().find(|(_, seconds)| *seconds > 0.0)
}

/// Members that are meant as a refresh interval and count for nothing, with what can be read of them.
pub fn idle_intervals(object: &Object) -> impl Iterator<Item = (&'static str, Option<f64>)> {
    let held = INTERVALS.iter().filter_map(|name| Some((*name, object.get(name)?)));
    let meant = held.filter(|(_, value)| !matches!(value, Value::Null));
    meant.map(|(name, value)| (name, interval_seconds(value))).filter(|(_, seconds)| seconds.is_none_or(|n| n <= 0.0))
}

/// A time span: a number of seconds, or text such as `15m` or `1h30m`.
pub fn interval_seconds(value: &Value) -> Option<f64> {
    match value {
        Value::Number(text) => text.parse().ok(),
        Value::Text(text) => text.expose().trim().parse().ok().or_else(|| duration_seconds(text.expose().trim())),
        _ => None,
    }
}

/// A duration as the server's language spells it.
fn duration_seconds(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += amount
            * match &rest[..unit_end] {
                "ns" => 1e-9,
                "us" | "µs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::json::{Parsed as Json, parse};
    use proptest::prelude::*;

    fn object(text: &str) -> Object {
        match parse(text.as_bytes()) {
            Ok(Json { value: Value::Object(object), .. }) => object,
            _ => panic!("an object: {text}"),
        }
    }

    fn read(text: &str) -> Parsed {
        string(text)
    }

    /// The accept/reject table, written down once more with a pattern instead of a scanner.
    fn plain(text: &str) -> Option<i64> {
        let text = text.trim();
        let full = regex::Regex::new(
            r"^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})| ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?)$",
        )
        .expect("a pattern");
        if let Some(c) = full.captures(text) {
            let n = |i: usize| c.get(i).map_or(0, |m| m.as_str().parse::<i64>().expect("digits"));
            let pick = |a: usize, b: usize| if c.get(a).is_some() { n(a) } else { n(b) };
            let (hour, minute, second) = (pick(4, 8), pick(5, 9), pick(6, 10));
            let leap = n(1) % 4 == 0 && (n(1) % 100 != 0 || n(1) % 400 == 0);
            let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let month = usize::try_from(n(2)).expect("small");
            if !(1..=12).contains(&month)
                || n(3) < 1
                || n(3) > lengths[month - 1]
                || hour > 23
                || minute > 59
                || second > 59
            {
                return None;
            }
            let mut seconds = days_from_civil(n(1), n(2), n(3)) * 86_400 + hour * 3600 + minute * 60 + second;
            if let Some(zone) = c.get(7).map(|m| m.as_str()).filter(|z| *z != "Z") {
                let (h, m) = (zone[1..3].parse::<i64>().expect("digits"), zone[4..6].parse::<i64>().expect("digits"));
                if h > 24 || m > 60 {
                    return None;
                }
                seconds -= (h * 3600 + m * 60) * if zone.starts_with('-') { -1 } else { 1 };
            }
            return Some(seconds);
        }
        let whole = regex::Regex::new(r"^[+-]?[0-9]+$").expect("a pattern");
        let n = whole.is_match(text).then(|| text.parse::<i64>().ok()).flatten()?;
        Some(if n > 1_000_000_000_000 { n / 1000 } else { n.max(0) })
    }

    fn seconds(parsed: Parsed) -> Option<i64> {
        match parsed {
            Parsed::At(at, _) => Some(at.seconds),
            Parsed::Zero(Form::Number | Form::NumberText) => Some(0),
            Parsed::Zero(_) => Some(days_from_civil(1, 1, 1) * 86_400),
            _ => None,
        }
    }

    #[test]
    fn accepts_what_the_server_accepts() {
        for text in [
            "2026-02-21T12:00:00Z",
            "2026-02-21T12:00:00+08:00",
            "2026-02-21T12:00:00-00:00",
            "2026-02-21T12:00:00+24:00",
            "2026-02-21T12:00:00.123456789123Z",
            "2026-02-21T12:00:00,5Z",
            "2026-02-21T1:00:00Z",
            "  2026-02-21T12:00:00Z\n",
            "2026-02-21 12:00:00",
            "2026-02-21 12:00:00.5",
            "2026-02-21 12:00",
            "2026-02-21 2:00",
            "1771675200",
            "+1771675200",
        ] {
            assert!(matches!(read(text), Parsed::At(..)), "{text}");
            assert_eq!(seconds(read(text)), plain(text), "{text}");
        }
    }

    #[test]
    fn rejects_what_the_server_rejects() {
        for text in [
            "2026-02-21T12:00:00z",
            "2026-02-21t12:00:00Z",
            "2026-02-21T12:00:00",
            "2026-02-21T12:00:00+0800",
            "2026-02-21T12:00:00 UTC",
            "2026-02-21 12:00:00 +0000 UTC",
            "2026-02-21T12:00Z",
            "2026-02-21",
            "2026-02-21T12:00:60Z",
            "2026-02-21T24:00:00Z",
            "2026-02-30T12:00:00Z",
            "10000-01-01T00:00:00Z",
            "2026/02/21 12:00:00",
            "Sat, 21 Feb 2026 12:00:00 GMT",
            "2026-02-21T12:00:00.Z",
            "1771675200.5",
            "1e9",
            "tomorrow",
            "2026-02-21T12:00:00Z.",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), Parsed::Unparsable, "{text}");
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn zero_and_negative_values_shadow_later_names() {
        for text in [
            r#"{"expired":0,"expires_at":"2026-02-21T12:00:00Z"}"#,
            r#"{"expired":"-5","expiry":1}"#,
            r#"{"expires_at":"2030-01-01T00:00:00Z","expired":"0001-01-01T00:00:00Z"}"#,
        ] {
            assert!(matches!(winner(&walk(&object(text))).map(|m| m.parsed), Some(Parsed::Zero(_))), "{text}");
        }
        let skipped =
            walk(&object(r#"{"expired":null,"expire":"soon","expires_at":"","token":{"expiry":1771675200}}"#));
        assert_eq!(winner(&skipped).map(|m| m.pointer.as_str()), Some("/token/expiry"));
    }

    #[test]
    fn numbers_are_seconds_or_milliseconds() {
        let at = |text: &str| seconds(number(text));
        assert_eq!(at("1771675200"), Some(1_771_675_200));
        assert_eq!(at("1771675200000"), Some(1_771_675_200));
        assert_eq!(at("1771675200.9"), Some(1_771_675_200));
        assert_eq!(at("1000000000000"), Some(1_000_000_000_000));
        assert_eq!(at("-1"), Some(0));
    }

    #[test]
    fn mixed_up_units_are_told_apart() {
        let confused = |text: &str| match number(text) {
            Parsed::At(at, form) => unit_confusion(at, form),
            _ => None,
        };
        assert!(confused("1771675200000000").is_some());
        assert!(confused("1771675").is_some());
        assert!(confused("1771675200000000000").is_some());
        assert_eq!(confused("1771675200"), None);
        assert_eq!(confused("1771675200000"), None);
        assert_eq!(confused("4923072000"), None, "the year 2126 is far off but no unit explains it");
    }

    #[test]
    fn a_person_reads_more_than_the_server() {
        for text in [
            "2026-02-21T12:00:00",
            "2026-02-21t12:00:00z",
            "2026-02-21T12:00:00 UTC",
            "2026/02/21 12:00:00",
            "2026-02-21T12:00Z",
            "1771675200.0",
            "2026-02-21T20:00:00+0800",
        ] {
            let object = object(&format!("{{\"a\":\"{text}\"}}"));
            let at = person(object.get("a").expect("there"));
            assert_eq!(at.map(Instant::text).as_deref(), Some("2026-02-21T12:00:00Z"), "{text}");
        }
    }

    #[test]
    fn intervals() {
        let object = object(r#"{"a":240,"b":"15m","c":"1h30m","d":"soon","e":"999999999"}"#);
        let at = |key: &str| interval_seconds(object.get(key).expect("there"));
        assert_eq!(
            (at("a"), at("b"), at("c"), at("d"), at("e")),
            (Some(240.0), Some(900.0), Some(5400.0), None, Some(999_999_999.0))
        );
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_transcription(
            text in "[0-2][0-9]{3}-[0-1][0-9]-[0-3][0-9][T t][0-9]{1,2}:[0-9]{1,2}(:[0-9]{2}){0,1}([.,][0-9]{0,12}){0,1}(Z|z|[+-][0-9]{2}:[0-9]{2}|[+-][0-9]{4}){0,1}"
        ) {
            prop_assert_eq!(seconds(read(&text)), plain(&text));
        }

        #[test]
        fn agrees_on_numbers(text in "[+-]?[0-9]{1,20}(\\.[0-9])?") {
            prop_assert_eq!(seconds(read(&text)), plain(&text));
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = read(&text);
            if let Ok(json) = serde_json::to_string(&serde_json::json!({ "a": text })) {
                let _ = person(object(&json).get("a").expect("there"));
            }
        }
    }
}
