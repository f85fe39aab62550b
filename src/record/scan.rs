//! One line to fields: the plain scanner, the judge of every faster one.

use super::{Field, Raw, Record};
use std::borrow::Cow;

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
    /// The line begins with NUL bytes: a hole in the file. A logger that goes on writing at its old place after its file
    /// was emptied leaves one, and so does a lost disk block.
    Hole,
}

/// Deepest nesting that is looked into; deeper lines are malformed.
pub const MAX_DEPTH: usize = 64;

/// Parses one JSON line (without its line end).
pub fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let line = line.trim_ascii();
    match line.first() {
        Some(b'{') => {}
        Some(0) => return Err(Malformed::Hole),
        _ => return Err(Malformed::NotAnObject),
    }
    match flat(line) {
        Some(record) => Ok(record),
        None => super::general::parse(line),
    }
}

/// The common shape: an object of strings only. `None` sends the line to [`super::general`].
fn flat(line: &[u8]) -> Option<Record<'_>> {
    let mut record = Record::from_fields(Vec::with_capacity(24));
    let mut at = skip_space(line, 1);
    if line.get(at) == Some(&b'}') {
        return (at + 1 == line.len()).then_some(record);
    }
    loop {
        let (name, name_escaped, next) = string(line, at)?;
        at = skip_space(line, next);
        if line.get(at) != Some(&b':') {
            return None;
        }
        at = skip_space(line, at + 1);
        let (value, escaped, next) = string(line, at)?;
        record.member(Field { name: text(name, name_escaped), value: Raw::borrowed(value, escaped) });
        at = skip_space(line, next);
        match line.get(at)? {
            b',' => at = skip_space(line, at + 1),
            b'}' => return (at + 1 == line.len()).then_some(record),
            _ => return None,
        }
    }
}

/// The decoded text of a string literal's inner bytes, borrowed where nothing has to be decoded.
pub fn text(raw: &[u8], escaped: bool) -> Cow<'_, str> {
    if escaped {
        return Cow::Owned(unescape(raw));
    }
    // The lossy conversion looks at every byte for itself; almost no text needs it.
    std::str::from_utf8(raw).map_or_else(|_| String::from_utf8_lossy(raw), Cow::Borrowed)
}

pub(super) fn skip_space(line: &[u8], mut at: usize) -> usize {
    while matches!(line.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// The string literal that begins at `at`: its inner bytes, whether it has escapes, and the place after it.
pub(super) fn string(line: &[u8], at: usize) -> Option<(&[u8], bool, usize)> {
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
        assert_eq!(parse(br#"{"a":"b"} x"#), Err(Malformed::Syntax(10)));
        assert_eq!(parse("{\"a\":".repeat(100).as_bytes()), Err(Malformed::TooDeep));
    }

    #[test]
    fn the_last_of_a_name_wins_save_for_names_that_the_store_writes() {
        let line = r#"{"a":"1","_stream":"{x}","a":"2","_stream":"{y}","a":"","_time":"t","_time":"u"}"#;
        let want = [("a", "2"), ("_stream", "{x}"), ("_time", "t")];
        assert_eq!(texts(line), want.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!(parse(line.as_bytes()).expect("a record").disputed(), 3);
        let same = parse(br#"{"a":"x","a":"y","b":1,"b":null}"#).expect("a record");
        assert_eq!((same.disputed(), same.get("b").as_deref()), (1, Some("1")));
        let spelled = parse(br#"{"a":"x","a":"\u0078"}"#).expect("a record");
        assert_eq!(spelled.disputed(), 0, "the same value, spelled in another way");
    }

    #[test]
    fn a_hole_in_the_file_is_told_as_one() {
        assert_eq!(parse(b"\0\0\0{\"a\":\"b\"}"), Err(Malformed::Hole));
    }

    #[test]
    fn surrogates_join_and_lone_ones_are_replaced() {
        assert_eq!(unescape(br"\ud83d\ude00 \ud83d"), "\u{1f600} \u{fffd}");
    }
}
