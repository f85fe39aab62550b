//! JSON inside values: the store's spelling of packed values, and a lenient reader that keeps raw text.
//!
//! The reader keeps the spelling of numbers and of strings inside arrays as they stand, which a parser into a tree would
//! lose, and accepts what the store's own parser accepts (raw control characters, unknown escapes, loose numbers, `NaN`).

/// Deepest nesting that is read. Deeper text is not JSON to us.
const MAX_DEPTH: usize = 300;
/// Bytes that the names of one text may add up to. The store has no such limit; without one, a megabyte of many members
/// below a long name would ask for gigabytes. An object that would go beyond it keeps its JSON text.
const MAX_NAMES: usize = 16 << 20;

/// Appends a string literal as the store writes it: `<` and `'` are escaped too.
pub fn quote_into(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' => out.push_str("\\u003c"),
            '\'' => out.push_str("\\u0027"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A JSON object of string values in the given order, empty ones left out.
pub fn object<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from("{");
    for (name, value) in fields {
        if value.is_empty() {
            continue;
        }
        let name = if name.is_empty() { "_msg" } else { name };
        if out.len() > 1 {
            out.push(',');
        }
        quote_into(name, &mut out);
        out.push(':');
        quote_into(value, &mut out);
    }
    out.push('}');
    out
}

/// A JSON array of strings.
pub fn array<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("[");
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        quote_into(item, &mut out);
    }
    out.push(']');
    out
}

/// One value as it stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raw<'a> {
    Null,
    /// The text between the quotes, escapes not yet decoded.
    Text(&'a str),
    /// A number, `true` or `false`, verbatim.
    Word(&'a str),
    Array(&'a str),
    Object(&'a str),
}

impl Raw<'_> {
    /// What a field holds when it gets this value: strings decoded, arrays and objects without white space.
    fn plain(self) -> String {
        match self {
            Raw::Null => "null".into(),
            Raw::Text(raw) => decode(raw),
            Raw::Word(raw) => raw.to_owned(),
            Raw::Array(raw) | Raw::Object(raw) => compact(raw),
        }
    }
}

/// The fields of a JSON object: nested objects with dotted names, arrays as compact JSON text, null left out, an empty
/// name is `_msg`. `None` when the text is not one object.
pub fn flatten(text: &str) -> Option<Vec<(String, String)>> {
    let Raw::Object(raw) = whole(text)? else { return None };
    let mut out = Vec::new();
    let mut room = MAX_NAMES;
    flatten_into("", raw, &mut room, &mut out);
    for (name, _) in &mut out {
        if name.is_empty() {
            *name = "_msg".into();
        }
    }
    Some(out)
}

/// `room` is what the names may still add up to.
fn flatten_into(prefix: &str, object: &str, room: &mut usize, out: &mut Vec<(String, String)>) {
    for (name, value) in members(object) {
        let name = format!("{prefix}{}", decode(name));
        match value {
            Raw::Null => {}
            Raw::Object(inner) => match room.checked_sub(members(inner).count().saturating_mul(name.len())) {
                Some(left) => {
                    *room = left;
                    flatten_into(&format!("{name}."), inner, room, out);
                }
                None => out.push((name, value.plain())),
            },
            value => out.push((name, value.plain())),
        }
    }
}

/// The items of a JSON array: strings decoded, everything else as JSON text. `None` when the text is no array, or does
/// not begin as one.
pub fn items(text: &str) -> Option<Vec<String>> {
    if !text.starts_with('[') {
        return None;
    }
    let Raw::Array(raw) = whole(text)? else { return None };
    let mut reader = Reader { text: raw, at: 1 };
    let mut out = Vec::new();
    loop {
        reader.space();
        if reader.eat(b']') {
            return Some(out);
        }
        out.push(reader.value(1)?.plain());
        reader.space();
        reader.eat(b',');
    }
}

/// The members of an object whose text is known to be well formed.
fn members(object: &str) -> impl Iterator<Item = (&str, Raw<'_>)> {
    let mut reader = Reader { text: object, at: 1 };
    std::iter::from_fn(move || {
        reader.space();
        reader.eat(b',');
        reader.space();
        if reader.peek() != Some(b'"') {
            return None;
        }
        let name = reader.string()?;
        reader.space();
        reader.eat(b':');
        reader.space();
        Some((name, reader.value(1)?))
    })
}

fn whole(text: &str) -> Option<Raw<'_>> {
    let mut reader = Reader { text, at: 0 };
    reader.space();
    let value = reader.value(0)?;
    reader.space();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let hit = self.peek() == Some(byte);
        self.at += usize::from(hit);
        hit
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Raw<'a>> {
        if depth >= MAX_DEPTH {
            return None;
        }
        let start = self.at;
        match self.peek()? {
            b'"' => self.string().map(Raw::Text),
            b'{' => {
                self.list(b'}', depth, true)?;
                Some(Raw::Object(&self.text[start..self.at]))
            }
            b'[' => {
                self.list(b']', depth, false)?;
                Some(Raw::Array(&self.text[start..self.at]))
            }
            _ => self.word(),
        }
    }

    fn list(&mut self, close: u8, depth: usize, named: bool) -> Option<()> {
        self.at += 1;
        self.space();
        if self.eat(close) {
            return Some(());
        }
        loop {
            self.space();
            if named {
                self.string()?;
                self.space();
                if !self.eat(b':') {
                    return None;
                }
                self.space();
            }
            self.value(depth + 1)?;
            self.space();
            if self.eat(close) {
                return Some(());
            }
            if !self.eat(b',') {
                return None;
            }
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        if !self.eat(b'"') {
            return None;
        }
        let start = self.at;
        loop {
            let step = memchr::memchr2(b'"', b'\\', &self.text.as_bytes()[self.at..])?;
            self.at += step + 1;
            if self.text.as_bytes()[self.at - 1] == b'"' {
                return Some(&self.text[start..self.at - 1]);
            }
            self.at += 1;
            if self.at > self.text.len() {
                return None;
            }
        }
    }

    /// `true`, `false`, `null`, or what the store takes for a number: any run of digits, signs, dots and `e`, and `nan`
    /// and `inf` in any letter case with or without a sign.
    fn word(&mut self) -> Option<Raw<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        for (word, value) in [("true", Raw::Word("true")), ("false", Raw::Word("false")), ("null", Raw::Null)] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Some(value);
            }
        }
        let run = rest.iter().take_while(|b| b.is_ascii_digit() || b"+-.eE".contains(b)).count();
        let end = match (run, rest.get(run)) {
            (0, Some(_)) => not_finite(rest)?,
            (1, Some(_)) if matches!(rest[0], b'+' | b'-') => 1 + not_finite(&rest[1..])?,
            (0, None) => return None,
            _ => run,
        };
        let number = &self.text[self.at..self.at + end];
        self.at += end;
        Some(Raw::Word(number))
    }
}

/// The length of `nan` or `inf` at the start of a text.
fn not_finite(text: &[u8]) -> Option<usize> {
    let word = text.get(..3)?;
    (word.eq_ignore_ascii_case(b"nan") || word.eq_ignore_ascii_case(b"inf")).then_some(3)
}

/// The value of a string literal. An escape that is none stays as it stands, and so does half a surrogate pair.
fn decode(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, after)) = rest.split_once('\\') {
        out.push_str(plain);
        let (text, taken) = escape(after);
        match text {
            Some(c) => out.push(c),
            None => out.push('\\'),
        }
        rest = &after[taken..];
    }
    out.push_str(rest);
    out
}

/// The character that the text behind a backslash stands for, and how much of it is used up; `None` keeps the backslash.
fn escape(text: &str) -> (Option<char>, usize) {
    let bytes = text.as_bytes();
    let plain = match bytes.first() {
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'"' | b'\\' | b'/') => char::from(bytes[0]),
        Some(b'u') => return unicode(bytes),
        _ => return (None, 0),
    };
    (Some(plain), 1)
}

/// `u0442`, or the two halves of a pair, `ud83d\ude00`.
fn unicode(bytes: &[u8]) -> (Option<char>, usize) {
    let hex = |at: usize| {
        let digits = bytes.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = hex(1) else { return (None, 0) };
    if !(0xd800..0xe000).contains(&first) {
        return (char::from_u32(first), 5);
    }
    let Some(second) = hex(7).filter(|_| bytes[5..7] == *b"\\u") else { return (None, 0) };
    let pair = (first < 0xdc00 && (0xdc00..0xe000).contains(&second))
        .then(|| char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)));
    (Some(pair.flatten().unwrap_or(char::REPLACEMENT_CHARACTER)), 11)
}

/// JSON text without the white space between its tokens; strings and numbers keep their spelling.
fn compact(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let (mut quoted, mut escaped) = (false, false);
    for c in raw.chars() {
        if quoted {
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
        } else if matches!(c, ' ' | '\t' | '\r' | '\n') {
            continue;
        } else {
            quoted = c == '"';
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_with_the_stores_escapes() {
        assert_eq!(object([("v", "a < b"), ("e", ""), ("q", "it's\t\"")]), r#"{"v":"a \u003c b","q":"it\u0027s\t\""}"#);
        assert_eq!(array(["", "x"]), r#"["","x"]"#);
    }

    #[test]
    fn flattens_objects_and_keeps_spelling() {
        let text =
            r#"{"a": 1e+21, "c": {"": -0.0, "d": {"e f": "a\nb"}}, "n": null, "l": ["т", {"x": "\u0442"}], "": true}"#;
        let found = flatten(text).expect("an object");
        let found: Vec<(&str, &str)> = found.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            found,
            [("a", "1e+21"), ("c.", "-0.0"), ("c.d.e f", "a\nb"), ("l", r#"["т",{"x":"\u0442"}]"#), ("_msg", "true")]
        );
    }

    #[test]
    fn refuses_what_is_no_object() {
        for text in [
            "",
            "{",
            "[1]",
            "x",
            "null",
            "{\"a\":1}x",
            "{\"a\" 1}",
            "{'a':1}",
            "{\"a\":nil}",
            "{\"a\":-}",
            "{\"a\":+x}",
        ] {
            assert_eq!(flatten(text), None, "{text}");
        }
    }

    #[test]
    fn loose_numbers_are_numbers() {
        let words = ["NaN", "nan", "nAN", "-inf", "+Inf", "+1", ".5", "-.5e", "1-2", "e"];
        let text = format!("[{}]", words.join(" , "));
        assert_eq!(items(&text), Some(words.iter().map(|&word| word.to_owned()).collect()));
        for text in ["[na]", "[-]", "[+,1]", "[--nan]", "[infinity]", "[True]", "[nul]", "[x]", "[1x]", "[-"] {
            assert_eq!(items(text), None, "{text}");
        }
        let fields = flatten(r#"{"x":NaN,"y":+1,"z":"b"}"#).expect("an object");
        assert_eq!(fields.iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>(), ["NaN", "+1", "b"]);
    }

    #[test]
    fn escapes_that_are_none_stay() {
        for (raw, want) in [
            (r"a\xb", r"a\xb"),
            (r"\ud83d", r"\ud83d"),
            (r"\ud83d tail", r"\ud83d tail"),
            (r"\ud83d\n", "\\ud83d\n"),
            (r"\ud83d\u00zz", r"\ud83d\u00zz"),
            (r"\ud83d\ude00!", "\u{1f600}!"),
            (r"\ude00\ud83d", "\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}"),
            (r"\u04", r"\u04"),
            (r"\u+042", r"\u+042"),
            (r#"\u0442\t\/\"\\"#, "т\t/\"\\"),
            (r"\тест", r"\тест"),
            ("\\", "\\"),
        ] {
            assert_eq!(decode(raw), want, "{raw}");
        }
    }

    #[test]
    fn names_may_be_long_but_not_endless() {
        let key = "k".repeat(130);
        let fields = flatten(&format!(r#"{{"{key}":{{"b":{{"c":1}}}}}}"#)).expect("an object");
        assert_eq!(fields, [(format!("{key}.b.c"), "1".to_owned())]);
        let (key, members) = ("k".repeat(100_000), r#""a":1,"#.repeat(100_000));
        let fields = flatten(&format!(r#"{{"{key}":{{{members}"b":2}},"c":{{"d":3}}}}"#)).expect("an object");
        assert_eq!(fields.len(), 2);
        assert!(fields[0].1.starts_with(r#"{"a":1,"#) && fields[0].1.ends_with(r#","b":2}"#));
        assert_eq!(fields[1], ("c.d".to_owned(), "3".to_owned()));
    }

    #[test]
    fn nesting_ends_where_the_stores_does() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert!(items(&nested(300)).is_some() && items(&nested(301)).is_none());
    }

    #[test]
    fn items_of_arrays() {
        assert_eq!(
            items(r#"[1, "a\nb", [ "x" , null], {}]"#),
            Some(vec!["1".into(), "a\nb".into(), r#"["x",null]"#.into(), "{}".into()])
        );
        assert_eq!(items("[]"), Some(vec![]));
        assert_eq!((items("{}"), items(" [1]")), (None, None));
        assert_eq!(items(&"[".repeat(100_000)), None);
    }
}
