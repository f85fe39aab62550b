//! Characters that are not seen. A secret, or its name, with one inside reads as if it were whole, so every search looks
//! behind them, and every output shows them.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// What Unicode has a reader ignore by default (`Default_Ignorable_Code_Point`), in order: everything else here follows.
pub const RANGES: [RangeInclusive<u32>; 17] = [
    // Soft hyphen, grapheme joiner, Arabic letter mark.
    0xad..=0xad,
    0x34f..=0x34f,
    0x61c..=0x61c,
    // Fillers of Hangul, vowels of Khmer, selectors of Mongolian.
    0x115f..=0x1160,
    0x17b4..=0x17b5,
    0x180b..=0x180f,
    // Zero width, bidi marks, embeddings, isolates, invisible operators.
    0x200b..=0x200f,
    0x202a..=0x202e,
    0x2060..=0x206f,
    0x3164..=0x3164,
    // Variation selectors, byte order mark, half-width filler, reserved specials.
    0xfe00..=0xfe0f,
    0xfeff..=0xfeff,
    0xffa0..=0xffa0,
    0xfff0..=0xfff8,
    // Formatting of shorthand and of music, tags and more selectors.
    0x1bca0..=0x1bca3,
    0x1d173..=0x1d17a,
    0xe0000..=0xe0fff,
];

/// Whether a character is not seen.
pub fn is_invisible(c: char) -> bool {
    let code = u32::from(c);
    let behind = RANGES.partition_point(|range| *range.start() <= code);
    behind.checked_sub(1).is_some_and(|n| code <= *RANGES[n].end())
}

/// Whether a character is not seen and does not even choose the look of an emoji, as the last two selectors do.
pub fn is_hidden(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

/// Bytes that may begin an invisible character.
pub(super) const FIRST_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut n = 0;
    while n < RANGES.len() {
        let mut byte = first_byte(*RANGES[n].start());
        while byte <= first_byte(*RANGES[n].end()) {
            table[byte as usize] = true;
            byte += 1;
        }
        n += 1;
    }
    table
};

/// The first byte of a character that is not ASCII.
const fn first_byte(code: u32) -> u8 {
    match code {
        ..0x800 => 0xc0 | (code >> 6) as u8,
        0x800..0x1_0000 => 0xe0 | (code >> 12) as u8,
        _ => 0xf0 | (code >> 18) as u8,
    }
}

/// The invisible character at the front of a text, as the number of its bytes.
pub(super) fn length(text: &[u8]) -> Option<usize> {
    let length = match *text.first()? {
        ..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    let c = std::str::from_utf8(text.get(..length)?).ok()?.chars().next()?;
    is_invisible(c).then_some(length)
}

/// Literals one of which stands wherever an invisible character does: raw, or escaped as in JSON or a URL. Too many of them
/// would only cost time.
pub(super) static LITERALS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for range in &RANGES {
        let mut code = *range.start();
        while let Some(c) = char::from_u32(code).filter(|_| range.contains(&code)) {
            let raw = c.to_string();
            let within = |block: u32| range.contains(&(code & !(block - 1))) && range.contains(&(code | (block - 1)));
            // What a whole block has in common is one literal.
            let (shown, escape, step) = match c.encode_utf16(&mut [0; 2]) {
                [unit] if within(0x10) => (raw.len(), format!("\\u{:03x}", *unit >> 4), 1),
                [unit] => (raw.len(), format!("\\u{unit:04x}"), 1),
                [high, ..] if within(0x400) => (2, format!("\\u{high:04x}"), 0x400),
                both => (raw.len(), format!("\\u{:04x}", both[0]), 1),
            };
            let raw = raw.as_bytes();
            all.extend([
                raw[..shown].to_vec(),
                escape.into_bytes(),
                format!("%{:02x}%{:02x}", raw[0], raw[1]).into_bytes(),
            ]);
            code += step;
        }
    }
    all.sort_unstable();
    all.dedup();
    all
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Redactor, tests::noise};

    #[test]
    fn the_ranges_are_in_order_and_hold_what_is_not_seen() {
        assert!(RANGES.iter().zip(&RANGES[1..]).all(|(a, b)| a.end() < b.start()));
        for c in
            "\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{202e}\u{2066}\u{206f}\u{fe00}\u{fe0f}\u{feff}\u{e0041}\u{e01ef}"
                .chars()
        {
            assert!(is_invisible(c), "{c:?}");
        }
        for c in "a \u{a0}\u{e9}\u{200a}\u{2026}\u{2028}\u{65e5}\u{1f600}\u{fffd}\u{e1000}".chars() {
            assert!(!is_invisible(c), "{c:?}");
        }
        assert!(is_hidden('\u{fe00}') && !is_hidden('\u{fe0f}'));
    }

    /// A character raw and as writers of logs escape it.
    fn written(c: char) -> Vec<String> {
        let code = u32::from(c);
        let (mut units, mut bytes) = ([0; 2], [0; 4]);
        let units: String = c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let bytes = c.encode_utf8(&mut bytes).as_bytes();
        let each = |mark: &str| bytes.iter().map(|b| format!("{mark}{b:02X}")).collect::<String>();
        let (percent, hex) = (each("%"), each("\\x"));
        vec![
            c.to_string(),
            units.to_uppercase().replace("\\U", "\\u"),
            units,
            percent,
            hex,
            format!("\\u{{{code:x}}}"),
            format!("\\U{code:08x}"),
            format!("&#{code};"),
            format!("&#x{code:X};"),
        ]
    }

    /// Every character of the small ranges; of the large one the borders of its blocks and some between.
    #[test]
    fn no_invisible_character_hides_a_secret() {
        let secret = noise(b"ABCDEFabcdefXYZxyz0123456789", 32, 5);
        let (head, tail) = secret.split_at(10);
        let told = |code: &u32| {
            *code < 0xe_0000 || code.is_multiple_of(0x40) || code % 0x400 > 0x3fd || code.is_multiple_of(0x151)
        };
        for c in RANGES.iter().cloned().flatten().filter(told).filter_map(char::from_u32) {
            for hidden in written(c) {
                for text in [
                    format!("login pass{hidden}word={head} done"),
                    format!("got ghp_{head}{hidden}{tail} here"),
                    format!(
                        "{{\"_msg\":\"x\",\"e\":\"{{\\\"to{}ken\\\":\\\"{secret}\\\"}}\"}}",
                        hidden.replace('\\', "\\\\")
                    ),
                ] {
                    let safe = Redactor::new().text(&text);
                    assert!(!safe.as_str().contains(head) && !safe.as_str().contains(tail), "{c:?} {text} {safe:?}");
                }
            }
        }
    }
}
