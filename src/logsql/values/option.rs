//! The options of `format`: `<opt:field>`. A value that cannot be converted is printed as it is.

use super::{json, unix};
use crate::logsql::{number, text};
use base64::Engine as _;

/// One option: its name, what it does in a few words, and the conversion.
pub struct FormatOption {
    pub name: &'static str,
    pub help: &'static str,
    /// `None` when the value cannot be converted.
    pub convert: fn(&str) -> Option<String>,
}

/// Every option of `format`.
pub static OPTIONS: &[FormatOption] = &[
    FormatOption { name: "base64decode", help: "decode base64", convert: base64_decode },
    FormatOption {
        name: "base64encode",
        help: "encode as base64",
        convert: |v| Some(base64::engine::general_purpose::STANDARD.encode(v)),
    },
    FormatOption {
        name: "duration",
        help: "integer nanoseconds as a duration",
        convert: |v| number::plain_i64(v).map(number::print_duration),
    },
    FormatOption {
        name: "duration_seconds",
        help: "a duration as seconds",
        convert: |v| number::duration(v).map(|n| number::print_float(n as f64 / 1e9)),
    },
    FormatOption { name: "hexdecode", help: "decode pairs of hex digits", convert: |v| Some(hex_decode(v)) },
    FormatOption { name: "hexencode", help: "encode bytes as pairs of hex digits", convert: |v| Some(hex_encode(v)) },
    FormatOption { name: "hexnumdecode", help: "a hexadecimal number as a decimal one", convert: hex_number },
    FormatOption {
        name: "hexnumencode",
        help: "an unsigned number as 16 hex digits",
        convert: |v| number::plain_u64(v).map(|n| format!("{n:016X}")),
    },
    FormatOption {
        name: "ipv4",
        help: "a 32-bit number as an address",
        convert: |v| Some(number::print_ipv4(u32::try_from(number::plain_u64(v)?).ok()?)),
    },
    FormatOption { name: "lc", help: "lower case", convert: |v| Some(text::lower(v).into_owned()) },
    FormatOption { name: "q", help: "quote as a JSON string", convert: quoted },
    FormatOption {
        name: "time",
        help: "a unix timestamp as RFC 3339",
        convert: |v| unix::parse(v).map(crate::record::time::format),
    },
    FormatOption { name: "uc", help: "upper case", convert: |v| Some(upper(v)) },
    FormatOption { name: "urldecode", help: "decode percent escapes and +", convert: |v| Some(url_decode(v)) },
    FormatOption { name: "urlencode", help: "encode for a URL query", convert: |v| Some(url_encode(v)) },
];

/// Looks up an option. Unknown ones are ignored by `format`.
pub fn find(name: &str) -> Option<&'static FormatOption> {
    OPTIONS.iter().find(|option| option.name == name)
}

fn quoted(value: &str) -> Option<String> {
    let mut out = String::new();
    json::quote_into(value, &mut out);
    Some(out)
}

/// One character for one, as the simple case mappings have it: `ß` stays.
fn upper(value: &str) -> String {
    value.chars().map(|c| one(c, c.to_uppercase())).collect()
}

fn one(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(mapped), None) => mapped,
        _ => c,
    }
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// As the store's decoder has it: line ends are skipped, and bits that belong to no byte do not matter.
fn base64_decode(value: &str) -> Option<String> {
    use base64::{alphabet, engine::GeneralPurpose, engine::GeneralPurposeConfig};
    const LOOSE: GeneralPurpose =
        GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    LOOSE.decode(value.replace(['\r', '\n'], "")).ok().map(lossy)
}

fn hex_encode(value: &str) -> String {
    value.bytes().map(|b| format!("{b:02X}")).collect()
}

fn nibble(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    match pair {
        [high, low] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    }
}

/// Pairs that are no hex digits stay as they are.
fn hex_decode(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len() / 2);
    for pair in value.as_bytes().chunks(2) {
        match hex_pair(pair) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(pair),
        }
    }
    lossy(out)
}

/// No digit at all is zero.
fn hex_number(value: &str) -> Option<String> {
    let digits = (value.len() <= 16).then(|| value.bytes().map(nibble));
    let number = digits?.try_fold(0, |number, digit| Some(number << 4 | u64::from(digit?)))?;
    Some(number.to_string())
}

fn url_encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for b in value.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(char::from(b)),
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

/// A percent sign that begins no escape stays as it is.
pub fn url_decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        at += 1;
        match (b, bytes.get(at..at + 2).and_then(hex_pair)) {
            (b'+', _) => out.push(b' '),
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            _ => out.push(b),
        }
    }
    lossy(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, value: &str) -> String {
        (find(name).expect(name).convert)(value).unwrap_or_else(|| value.to_owned())
    }

    #[test]
    fn options_convert_or_leave() {
        for (option, value, want) in [
            ("base64decode", "Zm8=", "fo"),
            ("base64decode", "Zm8", "Zm8"),
            ("base64decode", "Zm\n9v\r\n", "foo"),
            ("base64decode", "Zh==", "f"),
            ("base64decode", "Zh=\n=", "f"),
            ("base64decode", "Zg== x", "Zg== x"),
            ("base64decode", "", ""),
            ("base64encode", "тест", "0YLQtdGB0YI="),
            ("duration", "1.0", "1.0"),
            ("duration_seconds", "1m30s", "90"),
            ("duration_seconds", "100ms", "0.1"),
            ("hexnumencode", "1720096200", "00000000668695C8"),
            ("hexnumencode", "-5", "-5"),
            ("hexnumdecode", "00000000000000FF", "255"),
            ("hexnumdecode", "ffffffffffffffff", "18446744073709551615"),
            ("hexnumdecode", "", "0"),
            ("hexnumdecode", "0x1", "0x1"),
            ("hexnumdecode", "00000000000000000", "00000000000000000"),
            ("hexencode", "foo", "666F6F"),
            ("hexdecode", "666f6fz", "fooz"),
            ("ipv4", "3232235777", "192.168.1.1"),
            ("lc", "[[BARı/", "[[barı/"),
            ("uc", "é-  İßµ", "É-  İßΜ"),
            ("time", "1720096200123", "2024-07-04T12:30:00.123Z"),
            ("urldecode", "foo%20bar+x%zz", "foo bar x%zz"),
            ("urlencode", "μ /=\t_", "%CE%BC+%2F%3D%09_"),
            ("q", "a<\"", "\"a\\u003c\\\"\""),
        ] {
            assert_eq!(run(option, value), want, "{option} {value}");
        }
    }
}
