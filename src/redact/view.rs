//! Views: the same text with one layer of JSON escapes, percent escapes, invisible characters and colours taken off, byte by
//! byte traceable to where it stood.

use super::{colour, invisible};

/// A decoded text, and where its bytes came from.
pub struct View {
    pub bytes: Vec<u8>,
    /// One for each layer taken off, the outermost first.
    layers: Vec<Places>,
}

/// Layers that are taken off: secrets three escapes deep are found, a bomb of escapes is not followed.
pub const LAYERS: usize = 4;

impl View {
    /// The text with one layer taken off, or nothing when there is none.
    pub fn of(text: &[u8]) -> Option<View> {
        let (bytes, places) = decoded(text)?;
        Some(View { bytes, layers: vec![places] })
    }

    /// One layer less, or nothing when there was none.
    pub fn peel(mut self) -> Option<View> {
        let (bytes, places) = decoded(&self.bytes)?;
        self.layers.push(places);
        Some(View { bytes, layers: self.layers })
    }

    /// The original range of a range of the view. An escape is taken whole.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        let start = self.layers.iter().rev().fold(start, |at, layer| layer.original(at));
        (start, self.layers.iter().rev().fold(end, |at, layer| layer.original_end(at)).max(start))
    }
}

/// A text without its outermost escapes and its invisible characters, if it has any.
fn decoded(text: &[u8]) -> Option<(Vec<u8>, Places)> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut places = Places::default();
    let mut at = 0;
    while at < text.len() {
        let plain = text[at..].iter().position(|b| MARKS[usize::from(*b)]).unwrap_or(text.len() - at);
        if plain > 0 {
            places.copied(bytes.len(), at);
            bytes.extend_from_slice(&text[at..at + plain]);
            at += plain;
            continue;
        }
        let (decoded, taken) = unit(&text[at..]);
        places.decoded(bytes.len(), at);
        bytes.extend_from_slice(decoded.as_slice());
        at += taken;
    }
    places.copied(bytes.len(), at);
    (bytes.len() != text.len()).then_some((bytes, places))
}

/// Where the bytes of one layer stood in the text below it.
#[derive(Default)]
struct Places {
    /// From this byte on: the place it came from, and whether the bytes behind it follow one by one. Those of a decoded
    /// unit all come from its beginning.
    from: Vec<(usize, usize, bool)>,
}

impl Places {
    fn copied(&mut self, byte: usize, place: usize) {
        self.from.push((byte, place, true));
    }

    fn decoded(&mut self, byte: usize, place: usize) {
        self.from.push((byte, place, false));
    }

    fn original(&self, byte: usize) -> usize {
        let behind = self.from.partition_point(|(first, ..)| *first <= byte);
        match behind.checked_sub(1).map(|n| self.from[n]) {
            Some((first, place, true)) => place + (byte - first),
            Some((_, place, false)) => place,
            None => byte,
        }
    }

    /// The end of a range that ends before this byte: what is not seen behind it does not belong to it.
    fn original_end(&self, byte: usize) -> usize {
        let behind = self.from.partition_point(|(first, ..)| *first < byte);
        match behind.checked_sub(1).map(|n| self.from[n]) {
            Some((first, place, true)) => place + (byte - first),
            Some(_) => self.from.get(behind).map_or(byte, |(_, place, _)| *place),
            None => byte,
        }
    }
}

/// Bytes that may begin a unit of more than themselves.
const MARKS: [bool; 256] = {
    let mut table = invisible::FIRST_BYTES;
    table[b'\\' as usize] = true;
    table[b'%' as usize] = true;
    table[b'&' as usize] = true;
    let mut n = 0;
    while n < colour::FIRST_BYTES.len() {
        table[colour::FIRST_BYTES[n] as usize] = true;
        n += 1;
    }
    table
};

/// Up to four bytes.
struct Few([u8; 4], usize);

impl Few {
    const NONE: Few = Few([0; 4], 0);

    fn as_slice(&self) -> &[u8] {
        &self.0[..self.1]
    }

    fn char(c: char) -> Few {
        let mut buffer = [0; 4];
        let n = c.encode_utf8(&mut buffer).len();
        if invisible::is_invisible(c) { Few::NONE } else { Few(buffer, n) }
    }

    fn byte(b: u8) -> Few {
        Few([b, 0, 0, 0], 1)
    }
}

/// Decodes the unit at the front: an escape, an invisible character, a sequence of a terminal, or one plain byte.
fn unit(text: &[u8]) -> (Few, usize) {
    if let Some(length) = colour::length(text) {
        return (Few::NONE, length);
    }
    let (few, length) = character_or_byte(text);
    if few.0[0] == 0x1b
        && let Some(behind) = colour::behind(&text[length..])
    {
        return (Few::NONE, length + behind);
    }
    (few, length)
}

fn character_or_byte(text: &[u8]) -> (Few, usize) {
    match text[0] {
        b'\\' => match text.get(1) {
            Some(b'u' | b'U') => match character(text) {
                Some((c, length)) => (Few::char(c), length),
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
        byte if invisible::FIRST_BYTES[usize::from(byte)] => match invisible::length(text) {
            Some(length) => (Few::NONE, length),
            None => (Few::byte(byte), 1),
        },
        byte => (Few::byte(byte), 1),
    }
}

/// The character of `\u00e9`, of a pair of them, of `\u{e9}` and `\U000000e9`, and the length of all that. Half a pair is
/// what a reader would show for it.
fn character(text: &[u8]) -> Option<(char, usize)> {
    if text[1] == b'U' {
        return Some((char::from_u32(hex(text, 2, 8)?)?, 10));
    }
    if text.get(2) == Some(&b'{') {
        let digits = text[3..].iter().take(6).take_while(|b| b.is_ascii_hexdigit()).count();
        let closed = text.get(3 + digits) == Some(&b'}');
        return Some((char::from_u32(hex(text, 3, digits).filter(|_| closed)?)?, digits + 4));
    }
    let code = hex(text, 2, 4)?;
    let low = (0xd800..0xdc00).contains(&code) && text[6..].starts_with(b"\\u");
    if let Some(low) = low.then(|| hex(text, 8, 4)).flatten().filter(|low| (0xdc00..0xe000).contains(low)) {
        let both = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        return Some((char::from_u32(both)?, 12));
    }
    Some((char::from_u32(code).unwrap_or('\u{fffd}'), 6))
}

fn entity(text: &[u8]) -> (Few, usize) {
    for (name, byte) in [(&b"&amp;"[..], b'&'), (b"&quot;", b'"'), (b"&lt;", b'<'), (b"&gt;", b'>')] {
        if text.starts_with(name) {
            return (Few::byte(byte), name.len());
        }
    }
    // `&#45;`, `&#x2d;`
    if let Some(number) = text.strip_prefix(b"&#") {
        let (digits, radix) = match number.first() {
            Some(b'x' | b'X') => (&number[1..], 16),
            _ => (number, 10),
        };
        let length = digits.iter().take(8).take_while(|b| char::from(**b).is_digit(radix)).count();
        let code = std::str::from_utf8(&digits[..length]).ok().and_then(|d| u32::from_str_radix(d, radix).ok());
        let plain = |c: &char| matches!(c, ' '..='~') || invisible::is_invisible(*c);
        let named = code.and_then(char::from_u32).filter(plain).filter(|_| digits.get(length) == Some(&b';'));
        if let Some(c) = named {
            return (Few::char(c), text.len() - digits.len() + length + 1);
        }
    }
    (Few::byte(b'&'), 1)
}

fn hex(text: &[u8], at: usize, digits: usize) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(at..at + digits)?).ok()?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// Literals that tell that a view may show more than the text itself: escapes, and every invisible character. Common
/// escapes (`\n`, `\"`, `%20`) are no reason, since the rules read through them.
pub(super) fn reasons() -> impl Iterator<Item = &'static [u8]> {
    const ESCAPES: &[&str] = &[
        r"\u00", r"\u{", r"\u2026", r"\x", r"\/", "%25", "%4", "%5", "%6", "%7", "%2d", "%2f", "%2b", "%3d", "%3a",
        "%22", "%26", "&amp;", "&quot;", "&lt;", "&#x", "&#0", "&#1", "&#3", "&#4", "&#5", "&#6", "&#7", "&#8", "&#9",
    ];
    let escapes = ESCAPES.iter().map(|escape| escape.as_bytes()).chain(colour::LITERALS);
    escapes.chain(invisible::LITERALS.iter().map(Vec::as_slice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_view_knows_where_its_bytes_stood() {
        let text = r"a\u0026b%3Dc";
        let view = View::of(text.as_bytes()).expect("an escape");
        assert_eq!(view.bytes, b"a&b=c");
        assert_eq!(view.original(2, 4), (7, 11));
        assert_eq!(view.original(0, 5), (0, text.len()));
    }

    #[test]
    fn invisible_characters_vanish() {
        let view = View::of("to\u{200d}ken".as_bytes()).expect("a joiner");
        assert_eq!(view.bytes, b"token");
        assert_eq!(view.original(0, 5), (0, 8));
    }

    /// The plain twin of one layer: unit by unit, with a place for every byte and one for the end.
    fn peel_plainly(text: &[u8], places: &[usize]) -> Option<(Vec<u8>, Vec<usize>)> {
        let (mut bytes, mut from, mut at) = (Vec::new(), Vec::new(), 0);
        while at < text.len() {
            let (decoded, taken) = unit(&text[at..]);
            for byte in decoded.as_slice() {
                bytes.push(*byte);
                from.push(places[at]);
            }
            at += taken;
        }
        from.push(*places.last()?);
        (bytes.len() != text.len()).then_some((bytes, from))
    }

    proptest! {
        #[test]
        fn places_of_rows_are_those_of_bytes(parts in proptest::collection::vec(0..20_usize, 0..40)) {
            const PARTS: [&str; 20] = [
                "plain", "\\", "\\u0026", "\\u00e9", "\\n", "%3D", "%", "%25", "&amp;", "&", "\u{200d}", "\u{e9}", "u0041", "\"",
                "\\ud83d\\ude00", "\\udb40", "\\udc41", "\\u{200b}", "\\U000e0041", "&#8203;",
            ];
            let text: String = parts.iter().map(|n| PARTS[*n]).collect();
            let mut plain = (text.clone().into_bytes(), (0..=text.len()).collect::<Vec<_>>());
            let mut view: Option<View> = None;
            for _ in 0..LAYERS {
                let next = peel_plainly(&plain.0, &plain.1);
                let peeled = view.take().map_or_else(|| View::of(text.as_bytes()), View::peel);
                prop_assert_eq!(next.is_some(), peeled.is_some());
                let (Some(next), Some(peeled)) = (next, peeled) else { break };
                prop_assert_eq!(&next.0, &peeled.bytes);
                for (at, place) in next.1.iter().enumerate() {
                    prop_assert_eq!(peeled.original(at, at).0, *place, "{} of {:?}", at, &text);
                }
                (plain, view) = (next, Some(peeled));
            }
        }
    }
}
