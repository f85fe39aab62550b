//! Views: the same text with one layer of JSON escapes, percent escapes and invisible characters taken off, byte by byte
//! traceable to where it stood.

/// A decoded text and, for each of its bytes, the place in the original it came from.
pub struct View {
    pub bytes: Vec<u8>,
    /// One more entry than bytes: the last one is the end of the original.
    places: Vec<usize>,
}

/// Layers that are taken off: secrets three escapes deep are found, a bomb of escapes is not followed.
pub const LAYERS: usize = 4;

impl View {
    /// The text as it stands.
    pub fn plain(text: &[u8]) -> View {
        View { bytes: text.to_vec(), places: (0..=text.len()).collect() }
    }

    /// One layer less, or nothing when there was none.
    pub fn peel(&self) -> Option<View> {
        let mut peeled =
            View { bytes: Vec::with_capacity(self.bytes.len()), places: Vec::with_capacity(self.places.len()) };
        let mut at = 0;
        while at < self.bytes.len() {
            let (decoded, taken) = unit(&self.bytes[at..]);
            for byte in decoded.as_slice() {
                peeled.bytes.push(*byte);
                peeled.places.push(self.places[at]);
            }
            at += taken;
        }
        let end = *self.places.last().expect("a view has an end");
        peeled.places.push(end);
        (peeled.bytes.len() != self.bytes.len()).then_some(peeled)
    }

    /// The original range of a range of the view. An escape is taken whole.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        (self.places[start], self.places[end])
    }
}

/// Up to four bytes.
struct Few([u8; 4], usize);

impl Few {
    fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }

    fn char(c: char) -> Few {
        let mut buffer = [0; 4];
        let n = c.encode_utf8(&mut buffer).len();
        if ignorable(c) { Few(buffer, 0) } else { Few(buffer, n) }
    }

    fn byte(b: u8) -> Few {
        Few([b, 0, 0, 0], 1)
    }
}

/// Decodes the unit at the front: an escape, an invisible character, or one plain byte.
fn unit(text: &[u8]) -> (Few, usize) {
    match text[0] {
        b'\\' => match text.get(1) {
            Some(b'u') => match hex(text, 2, 4) {
                Some(code) => (Few::char(char::from_u32(code).unwrap_or('\u{fffd}')), 6),
                None => (Few::byte(b'\\'), 1),
            },
            Some(b'x') => match hex(text, 2, 2) {
                Some(code) => (Few::byte(code as u8), 4),
                None => (Few::byte(b'\\'), 1),
            },
            Some(b'n') => (Few::byte(b'\n'), 2),
            Some(b'r') => (Few::byte(b'\r'), 2),
            Some(b't') => (Few::byte(b'\t'), 2),
            Some(&c @ (b'"' | b'\\' | b'/' | b'\'')) => (Few::byte(c), 2),
            _ => (Few::byte(b'\\'), 1),
        },
        b'%' => match hex(text, 1, 2) {
            Some(code) => (Few::byte(code as u8), 3),
            None => (Few::byte(b'%'), 1),
        },
        b'&' => entity(text),
        0xc2 | 0xe1 | 0xe2 | 0xef | 0xf3 => {
            let length = match text[0] {
                0xc2 => 2,
                0xf3 => 4,
                _ => 3,
            };
            let char = text.get(..length).and_then(|b| std::str::from_utf8(b).ok()).and_then(|s| s.chars().next());
            match char {
                Some(c) if ignorable(c) => (Few([0; 4], 0), length),
                _ => (Few::byte(text[0]), 1),
            }
        }
        byte => (Few::byte(byte), 1),
    }
}

fn entity(text: &[u8]) -> (Few, usize) {
    for (name, byte) in [
        (&b"&amp;"[..], b'&'),
        (b"&quot;", b'"'),
        (b"&#34;", b'"'),
        (b"&#39;", b'\''),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
    ] {
        if text.starts_with(name) {
            return (Few::byte(byte), name.len());
        }
    }
    (Few::byte(b'&'), 1)
}

fn hex(text: &[u8], at: usize, digits: usize) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(at..at + digits)?).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// Characters that are not seen: joiners, bidi controls, tags, selectors, the soft hyphen, the byte order mark.
fn ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Literals that tell that a view may show more than the text itself. Common escapes (`\n`, `\"`, `%20`) are no reason,
/// since the rules read through them.
pub static REASONS: &[&str] = &[
    r"\u00", r"\x", r"\/", "%25", "%4", "%5", "%6", "%7", "%2d", "%2f", "%2b", "%3d", "%3a", "%22", "%26", "%e2%80",
    "%ef%bb", "&amp;", "&quot;", "&lt;", "&#3", r"\u200", r"\u202", r"\u206", r"\ufe", r"\udb40", "\u{ad}", "\u{200b}",
    "\u{200c}", "\u{200d}", "\u{200e}", "\u{200f}", "\u{202a}", "\u{202b}", "\u{202c}", "\u{202d}", "\u{202e}",
    "\u{2060}", "\u{2061}", "\u{2062}", "\u{2063}", "\u{2064}", "\u{2066}", "\u{2067}", "\u{2068}", "\u{2069}",
    "\u{feff}", "\u{fe0e}", "\u{fe0f}", "\u{180e}", "\u{61c}",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_knows_where_its_bytes_stood() {
        let text = r"a\u0026b%3Dc";
        let view = View::plain(text.as_bytes()).peel().expect("an escape");
        assert_eq!(view.bytes, b"a&b=c");
        assert_eq!(view.original(2, 4), (7, 11));
        assert_eq!(view.original(0, 5), (0, text.len()));
    }

    #[test]
    fn invisible_characters_vanish() {
        let view = View::plain("to\u{200d}ken".as_bytes()).peel().expect("a joiner");
        assert_eq!(view.bytes, b"token");
        assert_eq!(view.original(0, 5), (0, 8));
    }
}
