//! JSON inside values: the store's spelling of packed values, and a lenient reader that keeps raw text.
//!
//! The reader keeps the spelling of numbers and of strings inside arrays as they stand, which a parser into a tree would
//! lose, and accepts what the store's own parser accepts (raw control characters, unknown escapes, loose numbers).

/// Deepest nesting that is read. Deeper text is not JSON to us.
const MAX_DEPTH: usize = 300;
/// Longest flattened name; an object below a longer prefix keeps its JSON text.
const MAX_NAME: usize = 128;

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
    flatten_into("", raw, &mut out);
    for (name, _) in &mut out {
        if name.is_empty() {
            *name = "_msg".into();
        }
    }
    Some(out)
}

fn flatten_into(prefix: &str, object: &str, out: &mut Vec<(String, String)>) {
    for (name, value) in members(object) {
        let name = format!("{prefix}{}", decode(name));
        match value {
            Raw::Null => {}
            Raw::Object(inner) if name.len() < MAX_NAME => flatten_into(&format!("{name}."), inner, out),
            value => out.push((name, value.plain())),
        }
    }
}

/// The items of a JSON array: strings decoded, everything else as JSON text. `None` when the text is no array.
pub fn items(text: &str) -> Option<Vec<String>> {
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
        if depth > MAX_DEPTH {
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

    fn word(&mut self) -> Option<Raw<'a>> {
        let rest = &self.text[self.at..];
        for (word, value) in [("true", Raw::Word("true")), ("false", Raw::Word("false")), ("null", Raw::Null)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Some(value);
            }
        }
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
        let number = &rest[..end];
        if number.is_empty() || !number.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return None;
        }
        self.at += end;
        Some(Raw::Word(number))
    }
}

fn decode(raw: &str) -> String {
    if raw.contains('\\') { crate::record::scan::unescape(raw.as_bytes()) } else { raw.to_owned() }
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
        for text in ["", "{", "[1]", "x", "null", "{\"a\":1}x", "{\"a\" 1}", "{'a':1}"] {
            assert_eq!(flatten(text), None, "{text}");
        }
    }

    #[test]
    fn items_of_arrays() {
        assert_eq!(
            items(r#"[1, "a\nb", [ "x" , null], {}]"#),
            Some(vec!["1".into(), "a\nb".into(), r#"["x",null]"#.into(), "{}".into()])
        );
        assert_eq!(items("[]"), Some(vec![]));
        assert_eq!(items("{}"), None);
        assert_eq!(items(&"[".repeat(100_000)), None);
    }
}
