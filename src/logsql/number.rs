//! Numbers in text: the store's two parsers, durations, byte sizes, IPv4 addresses, and printing them back.
//!
//! The *plain* parser takes decimals only and serves `sum` and the unlimited sort. The *full* one also takes durations
//! (as nanoseconds), byte sizes, general floats and integers, timestamps and addresses, and serves comparisons.

use super::values::instant;

/// Longest text that the plain parser takes.
const PLAIN_LEN: usize = 20;

/// A plain decimal: optional minus, digits with `_` between them, at most one dot; no leading zeros, no bare dot, both
/// sides of the dot within 64 bits.
///
/// The value is put together as the store does it, from two integers with one rounding, so that three and more decimals
/// can differ from the nearest float in the last digit.
pub fn plain(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if text.len() > PLAIN_LEN {
        return None;
    }
    let value = match digits.split_once('.') {
        None => plain_u64(digits)? as f64,
        Some((whole, fraction)) => {
            let (whole, parts) = (plain_u64(whole)?, digits_u64(fraction)?);
            let places = fraction.bytes().filter(u8::is_ascii_digit).count();
            (parts as f64).mul_add(POWERS[places.min(PLAIN_LEN)], whole as f64)
        }
    };
    Some(if digits.len() < text.len() { -value } else { value })
}

/// Ten to the minus n.
const POWERS: [f64; PLAIN_LEN + 1] = [
    1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15, 1e-16, 1e-17,
    1e-18, 1e-19, 1e-20,
];

/// An unsigned decimal that may have leading zeros.
fn digits_u64(text: &str) -> Option<u64> {
    if !is_digits(text) {
        return None;
    }
    if text.contains('_') { without_underscores(text).parse().ok() } else { text.parse().ok() }
}

/// Decimal digits with `_` anywhere among them. The store skips underscores, so that a lone `_` is zero.
fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit() || c == b'_')
}

/// The number of [`is_digits`] text without its underscores.
fn without_underscores(text: &str) -> String {
    let digits = text.replace('_', "");
    if digits.bytes().any(|b| b.is_ascii_digit()) { digits } else { digits + "0" }
}

/// An unsigned decimal with `_` between digits and no leading zeros.
pub fn plain_u64(text: &str) -> Option<u64> {
    if text.len() > 1 && text.starts_with('0') { None } else { digits_u64(text) }
}

/// A signed decimal with `_` between digits and no leading zeros. `-0` is zero.
pub fn plain_i64(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        None => plain_u64(text).and_then(|n| i64::try_from(n).ok()),
        Some(digits) => plain_u64(digits).and_then(|n| 0_i64.checked_sub_unsigned(n)),
    }
}

/// The full parser: everything that compares as a number.
pub fn full(text: &str) -> Option<f64> {
    if !begins_a_number(text) {
        return None;
    }
    amount(text).or_else(|| instant::parse(text).map(|n| n as f64)).or_else(|| ipv4(text).map(f64::from))
}

/// What [`full`] takes but instants and addresses: what the best of rows and values are compared by, what `histogram`
/// counts, and what `sum` adds where it sees a whole column of text.
pub fn amount(text: &str) -> Option<f64> {
    if !begins_a_number(text) {
        return None;
    }
    plain(text)
        .or_else(|| duration(text).map(|n| n as f64))
        .or_else(|| bytes(text).map(|n| n as f64))
        .or_else(|| general(text))
}

/// Most texts are told from numbers by their first byte.
fn begins_a_number(text: &str) -> bool {
    let first = text.as_bytes().first();
    first.is_some_and(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'_' | b'i' | b'I'))
}

/// Whether a word is meant as a number where a name could stand too: it begins like one, or is `inf`.
pub fn is_number_like(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    body.eq_ignore_ascii_case("inf") || body.strip_prefix('.').unwrap_or(body).starts_with(|c: char| c.is_ascii_digit())
}

/// The general float and integer syntaxes: `1e3`, `+5`, `.5`, `5.`, `010`, `inf`, `0x1F`, `0b11`, `0o17`.
fn general(text: &str) -> Option<f64> {
    let count = |c: u8| text.bytes().filter(|b| *b == c).count();
    if count(b'.') > 1 || count(b':') > 0 || count(b'-') > 2 {
        return None;
    }
    if !text.contains('_') {
        return float(text).or_else(|| integer(text).map(|n| n as f64));
    }
    let digits = parted(text)?;
    float(&digits).or_else(|| integer(&digits).map(|n| n as f64))
}

/// A number without the underscores that part its digits, as Go's literals have them: each stands between two digits,
/// those of an exponent too, or behind `0x`, `0b`, `0o`.
fn parted(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let base = match unsigned {
        [b'0', base, ..] if matches!(base.to_ascii_lowercase(), b'x' | b'b' | b'o') => base.to_ascii_lowercase(),
        _ => b' ',
    };
    let is_digit = |at: usize| match unsigned.get(at) {
        Some(byte) if base == b'x' => byte.is_ascii_hexdigit(),
        Some(byte) => byte.is_ascii_digit(),
        None => false,
    };
    let behind_base = |at: usize| at == 2 && base != b' ';
    let parts = |at: usize| at > 0 && (is_digit(at - 1) || behind_base(at)) && is_digit(at + 1);
    let good = unsigned.iter().enumerate().all(|(at, byte)| *byte != b'_' || parts(at));
    good.then(|| text.replace('_', ""))
}

/// A decimal float as Go's `ParseFloat` reads it. `NaN` and overflow are no numbers.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if unsigned.eq_ignore_ascii_case("inf") {
        return Some(sign * f64::INFINITY);
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if unsigned.len() > 2 && unsigned.as_bytes()[0] == b'0' && matches!(unsigned.as_bytes()[1], b'x' | b'X') {
        return hex_float(&unsigned[2..]).map(|v| sign * v);
    }
    unsigned.parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| sign * v)
}

/// `1.8p3` after `0x`: hexadecimal mantissa, binary exponent, which is mandatory.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for c in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    let value = value * 2.0_f64.powi(exponent.checked_sub(4 * i32::try_from(fraction.len()).ok()?)?);
    value.is_finite().then_some(value)
}

/// An integer in Go's base-0 syntax.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, body) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if body.is_empty() || !body.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(body, radix).ok()?;
    i64::try_from(if negative { -value } else { value }).ok()
}

/// Nanoseconds of each duration unit, longest spelling first where one begins another.
const UNITS: [(&str, i64); 9] = [
    ("ns", 1),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
    ("d", 86_400 * 1_000_000_000),
    ("w", 7 * 86_400 * 1_000_000_000),
    ("y", 365 * 86_400 * 1_000_000_000),
];

/// A duration in nanoseconds: parts of a number and a unit (`1h5m3.5s`), with an optional minus before all of them. A
/// lone minus has no parts at all and is zero, as in the store.
pub fn duration(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut total = 0_i64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))?;
        let value = part(&rest[..end])?;
        let (unit, nanos) = unit_of(&rest[end..])?;
        total = total.checked_add(scaled(value, nanos)?)?;
        rest = &rest[end + unit.len()..];
    }
    Some(if negative { -total } else { total })
}

/// A duration with at least one part, for arguments: there a lone minus is a mistake.
pub fn duration_of_parts(text: &str) -> Option<i64> {
    duration(text).filter(|_| text != "-")
}

/// The number of one part of a duration or size: a plain decimal that may have leading zeros.
fn part(text: &str) -> Option<f64> {
    plain(text)
}

fn unit_of(text: &str) -> Option<(&'static str, i64)> {
    UNITS.iter().filter(|(unit, _)| text.starts_with(unit)).max_by_key(|(unit, _)| unit.len()).copied()
}

fn scaled(value: f64, by: i64) -> Option<i64> {
    let product = value * by as f64;
    (product.abs() < 9.3e18).then_some(product as i64)
}
/// Units of byte sizes, longer names before what they begin with.
const SIZES: [(&str, i64); 17] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
    ("K", 1_000),
    ("M", 1_000_000),
    ("G", 1_000_000_000),
    ("T", 1_000_000_000_000),
];

/// A byte size such as `1.5KiB` or `-2MB`. Parts chain (`1MB500KB`), and the last one may be a bare whole number. A lone
/// minus is zero, as in the store.
pub fn bytes(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut total = 0_i64;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(rest.len());
        let value = part(&rest[..end])?;
        rest = &rest[end..];
        if rest.is_empty() {
            total = total.checked_add(scaled(value, 1).filter(|_| value.fract() == 0.0)?)?;
            break;
        }
        let (unit, size) = SIZES.iter().find(|(unit, _)| rest.starts_with(unit))?;
        total = total.checked_add(scaled(value, *size)?)?;
        rest = &rest[unit.len()..];
    }
    Some(if negative { -total } else { total })
}

/// A dotted IPv4 address as a 32-bit number. Leading zeros are tolerated.
pub fn ipv4(text: &str) -> Option<u32> {
    let mut value = 0_u32;
    let mut parts = 0;
    for part in text.split('.') {
        if part.is_empty() || part.len() > 3 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        value = value << 8 | u32::from(part.parse::<u8>().ok()?);
        parts += 1;
        if parts > 4 {
            return None;
        }
    }
    (parts == 4).then_some(value)
}

/// Prints a 32-bit number as a dotted address.
pub fn print_ipv4(value: u32) -> String {
    let [a, b, c, d] = value.to_be_bytes();
    format!("{a}.{b}.{c}.{d}")
}

/// A count in a query: an unsigned number, also with a size suffix (`1K`), hexadecimal or with `_`.
pub fn unsigned(text: &str) -> Option<u64> {
    if text.starts_with('+') {
        return None;
    }
    if let Some(n) = plain_u64(text) {
        return Some(n);
    }
    if let Some(n) = bytes(text).or_else(|| duration(text)).or_else(|| integer(&parted(text)?)) {
        return u64::try_from(n).ok();
    }
    let value = plain(text)?;
    (value >= 0.0 && value.fract() == 0.0 && value < 1.8e19).then_some(value as u64)
}

/// Prints a float as the store does: the shortest decimal that reads back, never an exponent.
pub fn print_float(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

/// Prints nanoseconds as a duration: `1w2d3h4m5.5s`; below one second the parts are chained (`3µs75ns`); zero is `0`.
pub fn print_duration(nanos: i64) -> String {
    let mut out = String::new();
    if nanos < 0 {
        out.push('-');
    }
    let mut rest = nanos.unsigned_abs();
    if rest == 0 {
        return "0".to_owned();
    }
    let chained = rest < 1_000_000_000 || rest % 60_000_000_000 < 1_000_000_000;
    for (unit, size) in UNITS.iter().rev().filter(|(unit, _)| !matches!(*unit, "y")) {
        let size = size.unsigned_abs();
        if *unit == "s" && !chained {
            break;
        }
        let count = rest / size;
        if count > 0 {
            out.push_str(&format!("{count}{unit}"));
            rest %= size;
        }
    }
    if rest > 0 {
        let fraction = format!("{:09}", rest % 1_000_000_000);
        out.push_str(&(rest / 1_000_000_000).to_string());
        let fraction = fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
        out.push('s');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers() {
        for (text, want) in [
            ("5", 5.0),
            ("-1.5", -1.5),
            ("1_000", 1000.0),
            ("0", 0.0),
            ("0.5", 0.5),
            ("-0", 0.0),
            ("_", 0.0),
            ("_1", 1.0),
        ] {
            assert_eq!(plain(text), Some(want), "{text}");
        }
        for text in ["", "-", "010", "00", ".5", "5.", "+5", "1e3", "5s", "1,000", "٣"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn full_numbers() {
        for (text, want) in [
            ("5ns", 5.0),
            ("1h30m", 5.4e12),
            ("-1.5s", -1.5e9),
            ("250µs", 250e3),
            ("1KB", 1e3),
            ("1.5KiB", 1536.0),
            ("-2K", -2e3),
            ("1MB500KB", 1.5e6),
            ("2KiB1", 2049.0),
            ("1e3", 1e3),
            ("+5", 5.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("010", 10.0),
            ("0x1F", 31.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("+6_2", 62.0),
            ("0_17", 17.0),
            ("0x_1F", 31.0),
            ("1970-01-01T24:00:00Z", 86_400e9),
            ("inf", f64::INFINITY),
            ("-Inf", f64::NEG_INFINITY),
            ("1.2.3.4", 16_909_060.0),
            ("1970-01-01T00:00:01Z", 1e9),
            ("1970-01-01 00:00:01", 1e9),
            ("-", 0.0),
            ("1_0e1_0", 1e11),
            ("-1_23.50_0e+1_2", -1.235e14),
            ("0x_1F", 31.0),
            ("0x1_fp1_0", 31_744.0),
            ("0b1_1", 3.0),
            ("0_10", 10.0),
        ] {
            assert_eq!(full(text), Some(want), "{text}");
        }
        for text in [
            "",
            " 5",
            "5%",
            "1.2.3",
            "12:30",
            "1,000",
            "NaN",
            "1e400",
            "2025-07-01",
            "- 5",
            "1kb",
            "5b",
            "1us",
            "1m30",
            "250μs",
            "infinity",
            "+_62",
            "03_",
            "0__7",
            "0x1F_",
            "2025-07-01t00:00:00Z",
            "1e_3",
            "1e3_",
            "1__0e3",
            "_1e3",
            "1_.5e3",
            "1._5e3",
            "1e+_3",
            "0x1__F",
            "0_x1F",
        ] {
            assert_eq!(full(text), None, "{text}");
        }
    }

    #[test]
    fn a_lone_minus_has_no_parts() {
        assert_eq!((duration("-"), bytes("-"), unsigned("-"), amount("-")), (Some(0), Some(0), Some(0), Some(0.0)));
        assert_eq!((duration(""), bytes(""), duration("--"), unsigned("-1")), (None, None, None, None));
        assert_eq!((duration_of_parts("-"), duration_of_parts("-1s")), (None, Some(-1_000_000_000)));
    }

    #[test]
    fn instants_and_addresses_are_no_amounts() {
        for (text, want) in [("1s", Some(1e9)), ("1KB", Some(1e3)), ("1e3", Some(1e3)), ("0x1F", Some(31.0))] {
            assert_eq!(amount(text), want, "{text}");
        }
        for text in ["1.2.3.4", "1970-01-01T00:00:01Z", "", "NaN", "abc"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }

    #[test]
    fn printing() {
        assert_eq!(print_float(1e21), "1000000000000000000000");
        assert_eq!(print_float(1e-7), "0.0000001");
        assert_eq!(print_float(-0.0), "-0");
        assert_eq!(print_duration(3_075), "3µs75ns");
        assert_eq!(print_duration(60_500_000_000), "1m500ms");
        assert_eq!(print_duration(5_500_000_000), "5.5s");
        assert_eq!(print_duration(0), "0");
    }
}
