//! One line to fields: the plain scanner, the judge of every faster one.

use super::{Field, Raw, Record};
use serde_json::Value;

/// Why a line is not a record. Counted and located by the caller, never fatal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Malformed {
    /// The line does not begin with `{`: a shell note, an error text of the store, an empty continuation.
    NotAnObject,
    /// Syntax error at this byte of the line.
    Syntax(u32),
    /// The line ends inside the object: a cut file.
    Truncated,
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep,
}

/// Deepest nesting that is looked into; deeper lines are malformed.
pub const MAX_DEPTH: usize = 64;

/// Parses one line (without its line end).
pub fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let line = line.trim_ascii();
    if line.first() != Some(&b'{') {
        return Err(Malformed::NotAnObject);
    }
    match flat(line) {
        Some(fields) => Ok(Record::from_fields(fields)),
        None => general(line),
    }
}

/// The common shape: an object of strings only, one per key. `None` sends the line to [`general`].
fn flat(line: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut fields: Vec<Field<'_>> = Vec::with_capacity(24);
    let mut at = 1;
    at = skip_space(line, at);
    if line.get(at) == Some(&b'}') {
        return (at + 1 == line.len()).then_some(fields);
    }
    loop {
        let (name, name_escaped, next) = string(line, at)?;
        at = skip_space(line, next);
        if line.get(at) != Some(&b':') {
            return None;
        }
        at = skip_space(line, at + 1);
        let (value, escaped, next) = string(line, at)?;
        let name = Raw::borrowed(name, name_escaped);
        let name = match name.text() {
            std::borrow::Cow::Owned(text) => text.into(),
            std::borrow::Cow::Borrowed(_) => String::from_utf8_lossy(&line[at_of(line, &name)]),
        };
        if !value.is_empty() && !fields.iter().any(|f| f.name == name) {
            fields.push(Field { name, value: Raw::borrowed(value, escaped) });
        }
        at = skip_space(line, next);
        match line.get(at)? {
            b',' => at = skip_space(line, at + 1),
            b'}' => return (at + 1 == line.len()).then_some(fields),
            _ => return None,
        }
    }
}

/// The range of a borrowed slice inside its line.
fn at_of(line: &[u8], raw: &Raw<'_>) -> std::ops::Range<usize> {
    let start = raw.bytes().as_ptr() as usize - line.as_ptr() as usize;
    start..start + raw.bytes().len()
}

fn skip_space(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// The string literal that begins at `at`: its inner bytes, whether it has escapes, and the place after it.
fn string(line: &[u8], at: usize) -> Option<(&[u8], bool, usize)> {
    if line.get(at) != Some(&b'"') {
        return None;
    }
    let start = at + 1;
    let mut from = start;
    let mut escaped = false;
    loop {
        let hit = from + memchr::memchr2(b'"', b'\\', &line[from..])?;
        if line[hit] == b'"' {
            return Some((&line[start..hit], escaped, hit + 1));
        }
        escaped = true;
        from = hit + 2;
        if from > line.len() {
            return None;
        }
    }
}

/// Everything else that is still an object: numbers, nulls, nesting, duplicate keys, invalid UTF-8.
fn general(line: &[u8]) -> Result<Record<'_>, Malformed> {
    if depth(line) > MAX_DEPTH {
        return Err(Malformed::TooDeep);
    }
    let text = String::from_utf8_lossy(line);
    let value: Value = serde_json::from_str(&text).map_err(|e| match e.classify() {
        serde_json::error::Category::Eof => Malformed::Truncated,
        _ => Malformed::Syntax(u32::try_from(e.column()).unwrap_or(u32::MAX)),
    })?;
    let mut fields = Vec::new();
    if let Value::Object(map) = value {
        for (name, value) in map {
            flatten(&name, value, &mut fields);
        }
    }
    Ok(Record::from_fields(fields))
}

fn flatten(name: &str, value: Value, out: &mut Vec<Field<'_>>) {
    let text = match value {
        Value::Null => return,
        Value::String(text) => text,
        Value::Object(map) => {
            for (key, value) in map {
                flatten(&format!("{name}.{key}"), value, out);
            }
            return;
        }
        other => other.to_string(),
    };
    if !text.is_empty() && !out.iter().any(|f| f.name == name) {
        out.push(Field { name: name.to_owned().into(), value: Raw::owned(text) });
    }
}

/// The deepest bracket nesting of a line, strings skipped.
fn depth(line: &[u8]) -> usize {
    let (mut depth, mut deepest, mut at) = (0_usize, 0, 0);
    while at < line.len() {
        match line[at] {
            b'"' => match string(line, at) {
                Some((_, _, next)) => {
                    at = next;
                    continue;
                }
                None => return deepest,
            },
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// Decodes JSON escapes. Unknown escapes and lone surrogates become U+FFFD, as does invalid UTF-8.
pub fn unescape(raw: &[u8]) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\\', &raw[at..]) {
        out.extend_from_slice(&raw[at..at + step]);
        at += step + 1;
        let Some(&escape) = raw.get(at) else { break };
        at += 1;
        let plain = match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' => 8,
            b'f' => 12,
            b'"' | b'\\' | b'/' => escape,
            b'u' => {
                let mut buffer = [0; 4];
                let (decoded, next) = unicode(raw, at);
                out.extend_from_slice(decoded.encode_utf8(&mut buffer).as_bytes());
                at = next;
                continue;
            }
            _ => {
                out.extend_from_slice("\u{fffd}".as_bytes());
                continue;
            }
        };
        out.push(plain);
    }
    out.extend_from_slice(&raw[at.min(raw.len())..]);
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }
}

/// The character of `\uXXXX` (the four digits begin at `at`), surrogate pairs joined.
fn unicode(raw: &[u8], at: usize) -> (char, usize) {
    let hex = |at: usize| -> Option<u32> {
        let digits = std::str::from_utf8(raw.get(at..at + 4)?).ok()?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = hex(at) else { return ('\u{fffd}', at) };
    if (0xd800..0xdc00).contains(&first)
        && raw.get(at + 4..at + 6) == Some(b"\\u")
        && let Some(second) = hex(at + 6)
        && (0xdc00..0xe000).contains(&second)
    {
        let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(joined).unwrap_or('\u{fffd}'), at + 10);
    }
    (char::from_u32(first).unwrap_or('\u{fffd}'), at + 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<(String, String)> {
        let record = parse(line.as_bytes()).expect("a record");
        record.fields().iter().map(|f| (f.name.to_string(), f.value.text().into_owned())).collect()
    }

    #[test]
    fn flat_strings_are_borrowed_and_decoded_on_demand() {
        assert_eq!(
            texts(r#"{"_msg":"a\u003cb\n","x":"1","e":""}"#),
            [("_msg".into(), "a<b\n".into()), ("x".into(), "1".into())]
        );
    }

    #[test]
    fn other_exporters_are_tolerated() {
        assert_eq!(
            texts(r#"{"a":1,"b":null,"c":{"d":true,"e":{"f":"g"}},"h":[1,"x"]}"#),
            [
                ("a".into(), "1".into()),
                ("c.d".into(), "true".into()),
                ("c.e.f".into(), "g".into()),
                ("h".into(), r#"[1,"x"]"#.into())
            ]
        );
    }

    #[test]
    fn bad_lines_say_why() {
        assert_eq!(parse(b"# note"), Err(Malformed::NotAnObject));
        assert_eq!(parse(br#"{"a":"b"#), Err(Malformed::Truncated));
        assert!(matches!(parse(br#"{"a":"b"} x"#), Err(Malformed::Syntax(_))));
        assert_eq!(parse("{\"a\":".repeat(100).as_bytes()), Err(Malformed::TooDeep));
    }

    #[test]
    fn surrogates_join_and_lone_ones_are_replaced() {
        assert_eq!(unescape(br"\ud83d\ude00 \ud83d"), "\u{1f600} \u{fffd}");
    }
}
