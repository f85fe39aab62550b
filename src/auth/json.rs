//! The JSON of a credential file, read as the server's decoder reads it.
//!
//! A general reader would not do: the server keeps the last of two equal members, turns invalid UTF-8 and lone surrogates
//! into U+FFFD instead of refusing them, and refuses numbers that do not fit a double. Every string is a [`Secret`] from
//! the moment it is decoded, so that no later code can print one by mistake.

use crate::redact::Secret;

/// The server's decoder refuses deeper nesting.
const DEPTH_MAX: usize = 10_000;
/// Deeper values are checked for syntax and then dropped: no credential field lives there.
const DEPTH_KEPT: usize = 64;

/// A JSON value whose strings cannot be printed.
pub enum Value {
    Null,
    Bool(bool),
    /// The number as it is spelled.
    Number(String),
    Text(Text),
    Array(Vec<Value>),
    Object(Object),
}

/// A decoded string.
pub struct Text {
    secret: Secret,
    /// Bytes that were no UTF-8, or lone surrogates, became U+FFFD.
    pub damaged: bool,
}

impl Value {
    /// A string from elsewhere, e.g. from YAML.
    pub fn text(secret: Secret) -> Value {
        Value::Text(Text { secret, damaged: false })
    }
}

impl Text {
    /// The text, for comparing and parsing; it must not be let out.
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }
}

/// An object, members in the order of the file.
#[derive(Default)]
pub struct Object {
    members: Vec<(String, Value)>,
}

impl Object {
    /// The member the server sees: of equal names the last.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The text of a string member.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text.expose()),
            _ => None,
        }
    }

    /// The text of a string member that holds more than blanks.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The object behind a member.
    pub fn object(&self, name: &str) -> Option<&Object> {
        match self.get(name)? {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value behind a path of member names.
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        let (last, parents) = path.split_last()?;
        let mut here = self;
        for name in parents {
            here = here.object(name)?;
        }
        here.get(last)
    }

    /// A number member as the server's decoder would hand it over.
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Adds a member at the end.
    pub fn push(&mut self, name: String, value: Value) {
        self.members.push((name, value));
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn members(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(key, value)| (key.as_str(), value))
    }

    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// Why bytes are no JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The input ends inside the value.
    Truncated,
    Invalid,
    /// Bytes after the value.
    Trailing,
}

/// A syntax error and the byte where it was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub offset: usize,
}

/// A value and the JSON pointers of members that occur twice in one object.
pub struct Parsed {
    pub value: Value,
    pub duplicates: Vec<String>,
}

enum Frame {
    Array(Vec<Value>),
    Object { object: Object, key: String },
}

/// Parses one JSON document.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Fault> {
    Parser { bytes, at: 0, duplicates: Vec::new() }.document()
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    duplicates: Vec<String>,
}

impl Parser<'_> {
    fn document(mut self) -> Result<Parsed, Fault> {
        let mut stack: Vec<Frame> = Vec::new();
        let value = loop {
            let mut value = match self.opening(&mut stack)? {
                Some(value) => value,
                None => continue,
            };
            // A finished value closes as many containers as end right behind it.
            let done = loop {
                match stack.pop() {
                    None => break Some(value),
                    Some(frame) => match self.attach(frame, value, &mut stack)? {
                        Some(closed) => value = closed,
                        None => break None,
                    },
                }
            };
            if let Some(value) = done {
                break value;
            }
        };
        self.blanks();
        match self.bytes.get(self.at) {
            None => Ok(Parsed { value, duplicates: self.duplicates }),
            Some(_) => Err(self.fault(FaultKind::Trailing)),
        }
    }

    /// Reads a scalar or an empty container, or opens a container and answers nothing.
    fn opening(&mut self, stack: &mut Vec<Frame>) -> Result<Option<Value>, Fault> {
        self.blanks();
        if stack.len() >= DEPTH_MAX {
            return Err(self.fault(FaultKind::Invalid));
        }
        match self.peek()? {
            b'{' => {
                self.at += 1;
                self.blanks();
                if self.peek()? == b'}' {
                    self.at += 1;
                    return Ok(Some(Value::Object(Object::default())));
                }
                let key = self.key()?;
                stack.push(Frame::Object { object: Object::default(), key });
                Ok(None)
            }
            b'[' => {
                self.at += 1;
                self.blanks();
                if self.peek()? == b']' {
                    self.at += 1;
                    return Ok(Some(Value::Array(Vec::new())));
                }
                stack.push(Frame::Array(Vec::new()));
                Ok(None)
            }
            b'"' => self.string().map(|text| Some(Value::Text(text))),
            b't' => self.word(b"true", Value::Bool(true)).map(Some),
            b'f' => self.word(b"false", Value::Bool(false)).map(Some),
            b'n' => self.word(b"null", Value::Null).map(Some),
            b'-' | b'0'..=b'9' => self.number().map(Some),
            _ => Err(self.fault(FaultKind::Invalid)),
        }
    }

    /// Puts a value into its container; answers the container when that ends here.
    fn attach(&mut self, frame: Frame, value: Value, stack: &mut Vec<Frame>) -> Result<Option<Value>, Fault> {
        let value = if stack.len() > DEPTH_KEPT { Value::Null } else { value };
        self.blanks();
        match frame {
            Frame::Array(mut items) => {
                items.push(value);
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        stack.push(Frame::Array(items));
                        Ok(None)
                    }
                    b']' => {
                        self.at += 1;
                        Ok(Some(Value::Array(items)))
                    }
                    _ => Err(self.fault(FaultKind::Invalid)),
                }
            }
            Frame::Object { mut object, key } => {
                object.members.push((key, value));
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        self.blanks();
                        let key = self.key()?;
                        stack.push(Frame::Object { object, key });
                        Ok(None)
                    }
                    b'}' => {
                        self.at += 1;
                        self.note_duplicates(&object, stack);
                        Ok(Some(Value::Object(object)))
                    }
                    _ => Err(self.fault(FaultKind::Invalid)),
                }
            }
        }
    }

    fn note_duplicates(&mut self, object: &Object, stack: &[Frame]) {
        let mut names: Vec<(&str, usize)> =
            object.members.iter().enumerate().map(|(n, (key, _))| (key.as_str(), n)).collect();
        names.sort_unstable();
        for pair in names.windows(2) {
            if pair[0].0 == pair[1].0 && self.duplicates.len() < 100 {
                let pointer = stack.iter().map(frame_step).chain([step(pair[1].0, pair[1].1)]).collect();
                self.duplicates.push(pointer);
            }
        }
    }

    fn key(&mut self) -> Result<String, Fault> {
        if self.peek()? != b'"' {
            return Err(self.fault(FaultKind::Invalid));
        }
        let key = self.string()?;
        self.blanks();
        if self.peek()? != b':' {
            return Err(self.fault(FaultKind::Invalid));
        }
        self.at += 1;
        Ok(key.expose().to_owned())
    }

    fn word(&mut self, word: &[u8], value: Value) -> Result<Value, Fault> {
        for byte in word {
            if self.peek()? != *byte {
                return Err(self.fault(FaultKind::Invalid));
            }
            self.at += 1;
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek()?, b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = String::from_utf8_lossy(&self.bytes[start..self.at]).into_owned();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Number(text)),
            _ => Err(Fault { kind: FaultKind::Invalid, offset: start }),
        }
    }

    fn digits(&mut self) -> Result<(), Fault> {
        if !self.peek()?.is_ascii_digit() {
            return Err(self.fault(FaultKind::Invalid));
        }
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Text, Fault> {
        self.at += 1;
        let mut raw: zeroize::Zeroizing<Vec<u8>> = zeroize::Zeroizing::new(Vec::new());
        let mut damaged = false;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().position(|&b| b == b'"' || b == b'\\' || b < 0x20).unwrap_or(rest.len());
            raw.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    let letter = self.escape()?;
                    damaged |= letter == char::REPLACEMENT_CHARACTER;
                    raw.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => return Err(self.fault(FaultKind::Invalid)),
            }
        }
        self.at += 1;
        let text = String::from_utf8_lossy(&raw);
        damaged |= matches!(text, std::borrow::Cow::Owned(_)) || text.contains(char::REPLACEMENT_CHARACTER);
        Ok(Text { secret: Secret::new(text.into_owned()), damaged })
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let letter = match self.peek()? {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.fault(FaultKind::Invalid)),
        };
        self.at += 1;
        Ok(letter)
    }

    /// The code unit behind `\u`; a surrogate without its partner becomes U+FFFD, as the server's decoder does it.
    fn unicode(&mut self) -> Result<char, Fault> {
        let high = self.hex4()?;
        if !(0xD800..0xDC00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let here = self.at;
        if self.bytes[here..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex4()?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = here;
        }
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.peek()?).to_digit(16).ok_or_else(|| self.fault(FaultKind::Invalid))?;
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn blanks(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, Fault> {
        self.bytes.get(self.at).copied().ok_or_else(|| self.fault(FaultKind::Truncated))
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { kind, offset: self.at }
    }
}

fn frame_step(frame: &Frame) -> String {
    match frame {
        Frame::Array(items) => format!("/{}", items.len()),
        Frame::Object { object, key } => step(key, object.members.len()),
    }
}

/// One step of a JSON pointer. A member name is evidence too: only names that look like words are shown, any other is
/// told by its position.
pub fn step(name: &str, position: usize) -> String {
    let plain =
        !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'-');
    if plain { format!("/{name}") } else { format!("/#{position}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &[u8]) -> Option<FaultKind> {
        parse(text).err().map(|fault| fault.kind)
    }

    #[test]
    fn refuses_what_the_server_refuses() {
        for bad in [
            "{,}",
            "{\"a\":01}",
            "{\"a\":NaN}",
            "{\"a\":1,}",
            "// x\n{}",
            "{\"a\":\"\t\"}",
            "{\"a\":1e999}",
            "{'a':1}",
            "\u{feff}{}",
        ] {
            assert_eq!(kind(bad.as_bytes()), Some(FaultKind::Invalid), "{bad}");
        }
        for cut in ["", "{", "{\"a", "{\"a\":", "{\"a\":tru", "[1,", "{\"a\":\"\\u00", "-"] {
            assert_eq!(kind(cut.as_bytes()), Some(FaultKind::Truncated), "{cut}");
        }
        for more in ["{}x", "{}{}", "null 1", "{}\0", "{}}"] {
            assert_eq!(kind(more.as_bytes()), Some(FaultKind::Trailing), "{more}");
        }
    }

    #[test]
    fn keeps_the_last_of_equal_members() {
        let Ok(Parsed { value: Value::Object(object), duplicates }) =
            parse(b"{\"a\":\"x\",\"b\":{\"c\":1,\"c\":2},\"a\":\"y\"}")
        else {
            panic!("parses")
        };
        assert_eq!(object.text("a"), Some("y"));
        assert_eq!(duplicates, ["/b/c", "/a"]);
    }

    #[test]
    fn damaged_text_is_kept_and_marked() {
        for text in [&b"{\"a\":\"x\xff\"}"[..], br#"{"a":"\ud800x"}"#, br#"{"a":"\udc00"}"#] {
            let Ok(Parsed { value: Value::Object(object), .. }) = parse(text) else { panic!("parses") };
            assert!(matches!(object.get("a"), Some(Value::Text(text)) if text.damaged));
        }
        let Ok(Parsed { value: Value::Object(object), .. }) = parse(br#"{"a":"\ud83d\ude00"}"#) else {
            panic!("parses")
        };
        assert_eq!(object.text("a"), Some("\u{1f600}"));
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_lies() {
        let deep = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
        assert!(parse(&deep(9_999)).is_ok());
        assert_eq!(kind(&deep(20_000)), Some(FaultKind::Invalid));
        assert_eq!(kind(&vec![b'['; 1_000_000]), Some(FaultKind::Invalid));
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_a_general_reader_on_well_formed_text(text in "[\\[\\]{}:,\"a0-9.eE+\\- \\\\unrtls]{0,40}") {
            let ours = parse(text.as_bytes()).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            // The general reader refuses lone surrogates; ours keeps them, as the server does.
            proptest::prop_assert!(ours == theirs || (ours && text.contains("\\u")), "{text}");
        }
    }
}
