//! Many words looked for at once, in values as they stand in the line.
//!
//! Every rule's literals go into one [`Words`]; one pass over a value tells which of them occur. A literal matches
//! without regard to ASCII case and only as whole words: where its own edge is a word character (letter, digit,
//! underscore), the neighbour in the text must not be one. The cost depends on the words of the text, not on the number
//! of literals: each word is looked up once by its whole spelling.
//!
//! Values are not decoded for it. An escaped character is no word character, so `\nauth` shows the word `auth`; only a
//! value whose escapes could hide or break a literal is decoded first.

use super::kernel::{Kernel, words as kernel};
use super::rows::Value;
use super::scan;

/// A set of literals, ready to be looked for.
#[derive(Debug)]
pub struct Words {
    kernel: Kernel,
    entries: Vec<Entry>,
    /// Hash of an entry's first word to the number of the first such entry, plus one.
    table: Vec<u32>,
    /// How the entries' first words begin, unless in too many ways.
    beginnings: Option<kernel::Beginnings>,
    /// Some literal holds a character that JSON writers escape.
    escapable: bool,
    /// Only ASCII word characters bound a literal; those beyond do not.
    ascii_bounds: bool,
}

#[derive(Debug)]
struct Entry {
    /// ASCII lower case.
    text: Vec<u8>,
    /// Where its first word begins.
    anchor: usize,
    id: u32,
    /// The next entry of the same hash, plus one.
    next: u32,
}

/// Which literals were found. Reused from one value to the next.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    bits: Vec<u64>,
    /// Found in a value that may yet turn out to need decoding.
    pending: Vec<u32>,
}

impl Hits {
    pub fn contains(&self, id: usize) -> bool {
        self.bits.get(id / 64).is_some_and(|bits| bits >> (id % 64) & 1 == 1)
    }

    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|bits| *bits == 0)
    }

    /// The numbers found, rising.
    pub fn ids(&self) -> impl Iterator<Item = usize> {
        let of = |(word, bits): (usize, &u64)| {
            let bits = *bits;
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
        };
        self.bits.iter().enumerate().flat_map(of)
    }

    /// The first 64 literals as one number, for rules written as masks.
    pub fn low(&self) -> u64 {
        self.bits.first().copied().unwrap_or_default()
    }

    pub fn clear(&mut self) {
        self.bits.fill(0);
    }

    fn insert(&mut self, id: u32) {
        let (word, bit) = (id as usize / 64, id % 64);
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << bit;
    }
}

/// Whether a byte is a word character by itself. Others of UTF-8 are looked at when it matters.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl Words {
    /// The literal's number is its place in `literals`. `None` if one of them holds no ASCII word character or begins
    /// with none and its first one follows a character beyond ASCII.
    pub fn new(literals: &[&str], kernel: Kernel) -> Option<Words> {
        // Sparse, so that few words of a text meet a literal by chance, as long as it leaves room in the first cache.
        let size = (literals.len() * 64).next_power_of_two().min(4096).max((literals.len() * 4).next_power_of_two());
        let mut words = Words {
            kernel,
            entries: Vec::new(),
            table: vec![0; size],
            beginnings: None,
            escapable: false,
            ascii_bounds: false,
        };
        for (id, literal) in literals.iter().enumerate() {
            let text = literal.to_ascii_lowercase().into_bytes();
            let anchor = text.iter().position(|b| is_word(*b))?;
            if !text[..anchor].is_ascii() {
                return None;
            }
            let end = text[anchor..].iter().position(|b| !is_word(*b)).map_or(text.len(), |n| anchor + n);
            // A word that goes on beyond ASCII would be looked up by its ASCII beginning and end there.
            words.escapable |=
                text.iter().any(|b| matches!(b, b'"' | b'\\' | b'/' | b'<' | b'>' | b'&' | b'\'' | 0..=0x1f | 0x7f..));
            let slot = hash(first_word(&text, anchor, end)) as usize % size;
            words.entries.push(Entry { text, anchor, id: id as u32, next: words.table[slot] });
            words.table[slot] = words.entries.len() as u32;
        }
        let first_words = words.entries.iter().map(|entry| {
            let word = &entry.text[entry.anchor..];
            &word[..word.iter().position(|b| !is_word(*b)).unwrap_or(word.len())]
        });
        words.beginnings = kernel::Beginnings::of(first_words);
        Some(words)
    }

    /// The same, but with characters beyond ASCII never part of a word: a literal then also matches next to them. For
    /// callers that have an idea of their own of what a word is, and ask again.
    pub fn bounded_by_ascii(literals: &[&str], kernel: Kernel) -> Option<Words> {
        Words::new(literals, kernel).map(|words| Words { ascii_bounds: true, ..words })
    }

    /// Whether any literal may occur in a value: always if one does, sometimes if escapes leave it open.
    pub fn may_be_in(&self, value: Value<'_>) -> bool {
        let bytes = value.bytes();
        if self.escapable && !value.is_decoded() && memchr::memchr(b'\\', bytes).is_some() {
            return true;
        }
        let mut found = false;
        let unsure = self.starts(bytes, !value.is_decoded(), |at, end| {
            self.look_up(bytes, at, end, |_| found = true);
        });
        found || unsure
    }

    /// Adds to `hits` the literals of a value.
    pub fn find(&self, value: Value<'_>, hits: &mut Hits) {
        if value.is_decoded() {
            return self.find_text(value.bytes(), hits);
        }
        let bytes = value.bytes();
        if self.escapable && memchr::memchr(b'\\', bytes).is_some() {
            return self.find_text(scan::unescape(bytes).as_bytes(), hits);
        }
        hits.pending.clear();
        let decode = self.starts(bytes, true, |at, end| self.look_up(bytes, at, end, |id| hits.pending.push(id)));
        if decode {
            return self.find_text(scan::unescape(bytes).as_bytes(), hits);
        }
        for at in 0..hits.pending.len() {
            hits.insert(hits.pending[at]);
        }
    }

    /// Adds to `hits` the literals of a text that needs no decoding.
    pub fn find_text(&self, text: &[u8], hits: &mut Hits) {
        self.starts(text, false, |at, end| self.look_up(text, at, end, |id| hits.insert(id)));
    }

    /// The words of a text that may begin a literal.
    #[inline(always)]
    fn starts(&self, bytes: &[u8], raw: bool, start: impl FnMut(usize, usize)) -> bool {
        kernel::starts(self.kernel, bytes, raw, self.beginnings.as_ref(), start)
    }

    #[inline(always)]
    fn look_up(&self, text: &[u8], at: usize, end: usize, mut found: impl FnMut(u32)) {
        let mut number = self.table[hash(first_word(text, at, end)) as usize & (self.table.len() - 1)];
        while number != 0 {
            let entry = &self.entries[number as usize - 1];
            if entry.is_at(text, at, self.ascii_bounds) {
                found(entry.id);
            }
            number = entry.next;
        }
    }
}

impl Entry {
    /// Whether the literal stands in the text with its first word at `at`.
    #[cold]
    fn is_at(&self, text: &[u8], at: usize, ascii_bounds: bool) -> bool {
        let Some(start) = at.checked_sub(self.anchor) else { return false };
        let end = start + self.text.len();
        let Some(have) = text.get(start..end) else { return false };
        let free = |at_edge: Option<&u8>, touches: bool| !(at_edge.is_some_and(|b| is_word(*b)) && touches);
        have.eq_ignore_ascii_case(&self.text)
            && free(self.text.first(), !ascii_bounds && ends_with_word(&text[..start]))
            && free(self.text.last(), starts_with_word(&text[end..], ascii_bounds))
    }
}

/// Whether the character before a place is a word character beyond ASCII. Of the others the kernel has seen to it.
fn ends_with_word(text: &[u8]) -> bool {
    let beyond = text.last().is_some_and(|b| !b.is_ascii());
    let tail = &text[text.len().saturating_sub(4)..];
    beyond
        && tail
            .utf8_chunks()
            .last()
            .is_some_and(|c| c.invalid().is_empty() && c.valid().ends_with(char::is_alphanumeric))
}

/// Whether the character behind a place is a word character.
fn starts_with_word(text: &[u8], ascii_only: bool) -> bool {
    match text.first() {
        None => false,
        Some(b) if b.is_ascii() => is_word(*b),
        Some(_) if ascii_only => false,
        Some(_) => {
            text[..text.len().min(4)].utf8_chunks().next().is_some_and(|c| c.valid().starts_with(char::is_alphanumeric))
        }
    }
}

/// Up to eight bytes of a word without regard to case, and its length.
#[inline(always)]
fn first_word(text: &[u8], at: usize, end: usize) -> (u64, usize) {
    let length = end - at;
    let bytes = match text.get(at..at + 8) {
        Some(eight) => u64::from_le_bytes(eight.try_into().expect("eight bytes")),
        None => text[at..].iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    let kept = if length >= 8 { u64::MAX } else { (1 << (8 * length)) - 1 };
    (bytes & kept | 0x2020_2020_2020_2020, length)
}

#[inline(always)]
fn hash((word, length): (u64, usize)) -> u64 {
    let mixed = (word ^ length as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 40
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LITERALS: &[&str] = &[
        "auth",
        "token",
        "failed to fetch secret",
        "401",
        "x509: certificate",
        "/oauth",
        "invalid_grant",
        "é",
        "a",
        "status=401",
        "authenticationfailure",
        "naïve",
        "can't",
    ];

    /// The definition, on decoded text.
    fn plain(literals: &[&str], text: &str) -> Vec<usize> {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let edge = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let found = |literal: &&str| {
            text.to_ascii_lowercase().match_indices(&literal.to_ascii_lowercase()).any(|(at, hit)| {
                let before = text[..at].chars().next_back().is_some_and(word) && literal.starts_with(edge);
                let after = text[at + hit.len()..].chars().next().is_some_and(word) && literal.ends_with(edge);
                !before && !after
            })
        };
        (0..literals.len()).filter(|id| found(&literals[*id])).collect()
    }

    fn usable() -> Vec<&'static str> {
        LITERALS.iter().copied().filter(|l| Words::new(&[l], Kernel::Portable).is_some()).collect()
    }

    #[test]
    fn a_literal_without_a_word_is_refused() {
        assert!(Words::new(&["é"], Kernel::Portable).is_none());
        assert!(Words::new(&["=="], Kernel::Portable).is_none());
        assert_eq!(usable().len(), LITERALS.len() - 1);
    }

    #[test]
    fn whole_words_at_escapes_and_edges() {
        let words = Words::new(&["auth", "token"], Kernel::best()).expect("words");
        for (raw, want) in [
            (r"\nauth", vec![0]),
            (r"\\nauth", vec![]),
            (r"\u003cauth\u003e", vec![0]),
            (r"\u0061uth", vec![0]),
            (r"auth\u00e9", vec![]),
            ("éauth auté", vec![]),
            ("AUTH, Token!", vec![0, 1]),
            ("auth_token author", vec![]),
            ("auth", vec![0]),
        ] {
            let mut hits = Hits::default();
            words.find(Value::quoted(raw.as_bytes()), &mut hits);
            assert_eq!(hits.ids().collect::<Vec<_>>(), want, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn every_kernel_agrees_with_the_definition(
            parts in proptest::collection::vec((0..LITERALS.len() + 8, 0..6_usize), 0..30),
        ) {
            const GLUE: [&str; 6] = ["", " ", "_", "\n", "é", "\\"];
            const MORE: [&str; 8] = ["<", "'", "\"", "/", "日", "x", "\u{1}", "request for the status"];
            let text: String = parts.iter().flat_map(|(p, g)| [*LITERALS.get(*p).unwrap_or_else(|| &MORE[*p - LITERALS.len()]), GLUE[*g]]).collect();
            let json = serde_json::to_string(&text).expect("JSON");
            let store = json.replace('<', "\\u003c").replace('\'', "\\u0027");
            // The second set has no literal that makes every escaped value be decoded.
            for literals in [usable(), usable().into_iter().filter(|l| l.is_ascii() && !l.contains(['/', '\''])).collect()] {
                let want = plain(&literals, &text);
                for kernel in Kernel::available() {
                    let words = Words::new(&literals, kernel).expect("words");
                    for raw in [&json, &store] {
                        let mut hits = Hits::default();
                        words.find(Value::quoted(&raw.as_bytes()[1..raw.len() - 1]), &mut hits);
                        prop_assert_eq!(hits.ids().collect::<Vec<_>>(), &want[..], "{:?} {}", kernel, raw);
                    }
                }
            }
        }
    }
}
