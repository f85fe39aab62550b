//! The tolerant parser: numbers, booleans, nulls, nesting and arrays, for lines that are not flat objects of strings.
//!
//! Numbers keep the text they were written with: an identifier of twenty digits must not be rounded.

use super::scan::{Malformed, skip_space, string, text};
use super::{Field, Raw, Record};
use std::borrow::Cow;

/// Deepest nesting that is looked into; deeper lines are malformed.
pub const MAX_DEPTH: usize = 64;

/// Parses a line that begins with `{`.
pub fn parse(line: &[u8]) -> Result<Record<'_>, Malformed> {
    let mut walk = Walk { line, at: 0, record: Record::default() };
    walk.object(None, 1)?;
    walk.space();
    if walk.at == line.len() { Ok(walk.record) } else { Err(walk.syntax()) }
}

struct Walk<'a> {
    line: &'a [u8],
    at: usize,
    record: Record<'a>,
}

impl<'a> Walk<'a> {
    fn space(&mut self) {
        self.at = skip_space(self.line, self.at);
    }

    fn peek(&self) -> Result<u8, Malformed> {
        self.line.get(self.at).copied().ok_or(Malformed::Truncated)
    }

    fn syntax(&self) -> Malformed {
        if self.at >= self.line.len() {
            return Malformed::Truncated;
        }
        Malformed::Syntax(u32::try_from(self.at).unwrap_or(u32::MAX))
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.peek()? != byte {
            return Err(self.syntax());
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<(&'a [u8], bool), Malformed> {
        if self.peek()? != b'"' {
            return Err(self.syntax());
        }
        let (inner, escaped, next) = string(self.line, self.at).ok_or(Malformed::Truncated)?;
        self.at = next;
        Ok((inner, escaped))
    }

    /// Calls `member` at every value of the object that begins here.
    fn members(
        &mut self,
        depth: usize,
        mut member: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        if depth > MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
        self.expect(b'{')?;
        self.space();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            let (key, escaped) = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            member(self, text(key, escaped))?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.syntax()),
            }
        }
    }

    fn object(&mut self, prefix: Option<&str>, depth: usize) -> Result<(), Malformed> {
        self.members(depth, |walk, key| {
            let name = match prefix {
                Some(prefix) => Cow::Owned(format!("{prefix}.{key}")),
                None => key,
            };
            walk.value(name, depth)
        })
    }

    fn value(&mut self, name: Cow<'a, str>, depth: usize) -> Result<(), Malformed> {
        let start = self.at;
        let value = match self.peek()? {
            b'"' => {
                let (inner, escaped) = self.string()?;
                Raw::borrowed(inner, escaped)
            }
            b'{' => return self.object(Some(&name), depth + 1),
            b'[' => {
                self.array(depth + 1)?;
                compact(&self.line[start..self.at])
            }
            _ => {
                let word = self.scalar()?;
                if word == b"null" {
                    return Ok(());
                }
                Raw::borrowed(word, false)
            }
        };
        self.record.member(Field { name, value });
        Ok(())
    }

    /// Steps over an array, checking its syntax.
    fn array(&mut self, depth: usize) -> Result<(), Malformed> {
        if depth > MAX_DEPTH {
            return Err(Malformed::TooDeep);
        }
        self.expect(b'[')?;
        self.space();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            self.skip(depth)?;
            self.space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.syntax()),
            }
        }
    }

    fn skip(&mut self, depth: usize) -> Result<(), Malformed> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'{' => self.members(depth + 1, |walk, _| walk.skip(depth + 1)),
            b'[' => self.array(depth + 1),
            _ => self.scalar().map(drop),
        }
    }

    /// A number or one of the three words, as written.
    fn scalar(&mut self) -> Result<&'a [u8], Malformed> {
        let start = self.at;
        let rest = &self.line[start..];
        let length =
            rest.iter().position(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.'));
        let word = &rest[..length.unwrap_or(rest.len())];
        let known = matches!(word, b"null" | b"true" | b"false") || is_number(word);
        if !known {
            return Err(if length.is_none() { Malformed::Truncated } else { self.syntax() });
        }
        self.at += word.len();
        Ok(word)
    }
}

/// The number grammar of JSON.
fn is_number(word: &[u8]) -> bool {
    let digits = |at: usize| word[at..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(word.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && word[at] == b'0') {
        return false;
    }
    at += whole;
    if word.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if matches!(word.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(word.get(at + 1), Some(b'+' | b'-')));
        let exponent = if at <= word.len() { digits(at) } else { 0 };
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == word.len()
}

/// An array's text without the white space between its parts.
fn compact(span: &[u8]) -> Raw<'_> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < span.len() {
        let next = match span[at] {
            b'"' => string(span, at).map_or(span.len(), |(_, _, next)| next),
            _ => at + 1,
        };
        if !matches!(span[at], b' ' | b'\t' | b'\r' | b'\n') {
            out.extend_from_slice(&span[at..next]);
        }
        at = next;
    }
    if out.len() == span.len() {
        return Raw::borrowed(span, false);
    }
    Raw::owned(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<(String, String)> {
        let record = parse(line.as_bytes()).expect("a record");
        record.fields().iter().map(|f| (f.name.to_string(), f.value.text().into_owned())).collect()
    }

    #[test]
    fn numbers_keep_their_spelling() {
        let want = [("a", "1e999"), ("b", "-0"), ("c", "9007199254740993"), ("d", "1.50")];
        assert_eq!(
            texts(r#"{"a":1e999,"b":-0,"c":9007199254740993,"d":1.50}"#),
            want.map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
        for bad in ["01", "NaN", "1.", "-", "1e", "+1", ".5"] {
            assert!(parse(format!("{{\"a\":{bad}}}").as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_last_non_empty_of_a_name_wins() {
        assert_eq!(texts(r#"{"a":"","a":1,"a":2,"a":"","a":null}"#), [("a".to_owned(), "2".to_owned())]);
        assert_eq!(texts(r#"{"a":{"b":1},"a.b":2}"#), [("a.b".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn arrays_are_compacted_and_checked() {
        assert_eq!(texts(r#"{"a": [1, "x y", {"b": []} ] }"#), [("a".to_owned(), r#"[1,"x y",{"b":[]}]"#.to_owned())]);
        assert!(parse(br#"{"a":[1,]}"#).is_err());
        assert_eq!(parse(&[b"{\"a\":".as_slice(), &b"[".repeat(100_000)].concat()), Err(Malformed::TooDeep));
    }

    #[test]
    fn a_million_keys_stay_within_the_cap() {
        let body: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":{n}")).collect();
        let line = format!("{{{}}}", body.join(","));
        let record = parse(line.as_bytes()).expect("a record");
        assert_eq!((record.fields().len(), record.dropped()), (super::super::MAX_FIELDS, 100_000 - 4096));
    }
}
