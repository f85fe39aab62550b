//! Characters as the query language sees them: words, lower case, quoting.
//!
//! The store is written in Go, so the classes are Go's: a letter is general category L, a digit is Nd. The standard
//! library's `is_alphabetic` and `is_numeric` are wider, hence the tables below.

use std::borrow::Cow;
use std::sync::LazyLock;

/// A set of characters as sorted, disjoint ranges.
struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// Expands a regular-expression class once. The pattern is a constant of this file.
    fn of(class: &str) -> Ranges {
        let hir = regex_syntax::parse(class).expect("a constant class");
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(set)) = hir.kind() else {
            return Ranges(Vec::new());
        };
        Ranges(set.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect())
    }

    fn has(&self, c: char) -> bool {
        let c = u32::from(c);
        let at = self.0.partition_point(|r| r.1 < c);
        self.0.get(at).is_some_and(|r| r.0 <= c)
    }
}

static WORD: LazyLock<Ranges> = LazyLock::new(|| Ranges::of(r"[\p{L}\p{Nd}_]"));
static PRINTABLE: LazyLock<Ranges> = LazyLock::new(|| Ranges::of(r"[\p{L}\p{M}\p{N}\p{P}\p{S}]"));

/// Letters, decimal digits and `_`: what words consist of, in values and in queries.
pub fn is_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { WORD.has(c) }
}

/// What a bare token of a query may hold: a word character or a dot.
pub fn is_token(c: char) -> bool {
    c == '.' || is_word(c)
}

/// Lower case by the simple mapping, one character to one: `İ` becomes `i`, `ß` stays, a final sigma is not special.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|b| b.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    Cow::Owned(text.chars().map(lower_char).collect())
}

fn lower_char(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Splits text into its words.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_word(c)).filter(|w| !w.is_empty())
}

/// Appends text as a double-quoted Go string.
pub fn quote(text: &str, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            ' '..='~' => out.push(c),
            '\0'..='\u{7f}' => drop(write!(out, "\\x{:02x}", u32::from(c))),
            _ if PRINTABLE.has(c) => out.push(c),
            '\u{80}'..='\u{ffff}' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            _ => drop(write!(out, "\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}

/// The length in bytes of the Go string literal at the start of `text` and its value; `None` when it is not closed or
/// holds a wrong escape.
pub fn unquote(text: &str) -> Option<(usize, String)> {
    match text.as_bytes().first()? {
        b'`' => {
            let end = text[1..].find('`')?;
            Some((end + 2, text[1..=end].replace('\r', "")))
        }
        quote @ (b'"' | b'\'') => unquote_escaped(text, *quote),
        _ => None,
    }
}

fn unquote_escaped(text: &str, quote: u8) -> Option<(usize, String)> {
    let bytes = text.as_bytes();
    let mut out: Vec<u8> = Vec::new();
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b if b == quote => break,
            b'\n' if quote == b'"' => return None,
            b'\\' => at = escape(bytes, at + 1, quote, &mut out)?,
            b => {
                out.push(b);
                at += 1;
            }
        }
    }
    let value = match String::from_utf8(out) {
        Ok(value) => value,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    };
    Some((at + 1, value))
}

/// Decodes the escape whose letter stands at `at`; the place after it.
fn escape(bytes: &[u8], at: usize, quote: u8, out: &mut Vec<u8>) -> Option<usize> {
    let plain = match *bytes.get(at)? {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' => b'\\',
        b if b == quote => b,
        b'x' => return number(bytes, at + 1, 2, 16, quote, true, out),
        b'u' => return number(bytes, at + 1, 4, 16, quote, false, out),
        b'U' => return number(bytes, at + 1, 8, 16, quote, false, out),
        b'0'..=b'7' => return number(bytes, at, 3, 8, quote, true, out),
        _ => return None,
    };
    out.push(plain);
    Some(at + 1)
}

/// A numeric escape. In double quotes `\x` and octal escapes are bytes, in single quotes they are characters.
fn number(
    bytes: &[u8],
    at: usize,
    digits: usize,
    radix: u32,
    quote: u8,
    byte: bool,
    out: &mut Vec<u8>,
) -> Option<usize> {
    let text = std::str::from_utf8(bytes.get(at..at + digits)?).ok()?;
    if !text.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = u32::from_str_radix(text, radix).ok()?;
    if byte && quote == b'"' {
        out.push(u8::try_from(value).ok()?);
    } else {
        let c = if byte { char::from(u8::try_from(value).ok()?) } else { char::from_u32(value)? };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(at + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> String {
        let mut out = String::new();
        quote(text, &mut out);
        out
    }

    #[test]
    fn words_follow_the_stores_classes() {
        assert_eq!(
            words("foo-bar a_b 250µs x² ٣ e\u{301}z").collect::<Vec<_>>(),
            ["foo", "bar", "a_b", "250µs", "x", "٣", "e", "z"]
        );
    }

    #[test]
    fn lower_case_is_one_to_one() {
        assert_eq!(lower("İSS ΣΑΣ ß"), "iss σασ ß");
    }

    #[test]
    fn quoting_and_back() {
        for text in ["", "a", "тест\t\"x\"\\", "\u{1}\u{200b}\u{7f}\u{a0}", "x\u{301}y", "\u{1f600}\u{e0001}"] {
            let q = quoted(text);
            assert_eq!(unquote(&q), Some((q.len(), text.to_owned())), "{q}");
        }
        assert_eq!(quoted("\u{1}ctl\u{7f}"), r#""\x01ctl\x7f""#);
    }

    #[test]
    fn literals_of_three_kinds() {
        assert_eq!(unquote(r#""\xd1\x82" tail"#), Some((10, "т".to_owned())));
        assert_eq!(unquote(r"'it\'s'x"), Some((7, "it's".to_owned())));
        assert_eq!(unquote(r"`a\n`"), Some((5, r"a\n".to_owned())));
        for bad in [r#""abc"#, r#""\q""#, "'x", "`x", "\"a\nb\"", r#""\'""#, r"'\x4'"] {
            assert_eq!(unquote(bad), None, "{bad}");
        }
    }
}
