//! Needles: where the literals of all rules stand.
//!
//! A table over three bytes (in any case, hashed) says where a literal may begin; only there the text is compared. Where
//! the processor allows it, [`super::kernel`] says first which places are worth the table. What is given is what an
//! automaton over all literals would give, in its order, but for hits that [`Form`] rules out.

use super::kernel::{BLOCK, Carry, FOUND_SLACK, Kernel, TOKEN_BYTES_MIN, of_token};
use super::rules::left_edge;

/// Where a literal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// In any ASCII case, anywhere.
    AnyCase,
    /// Letter by letter, anywhere.
    Exact,
    /// Letter by letter, at the left edge of a word, where that many bytes may be a token: at least
    /// [`TOKEN_BYTES_MIN`].
    Edge(usize),
}

impl Form {
    /// Whether a literal that stands at `start` in some case counts.
    pub(super) fn admits(self, literal: &[u8], text: &[u8], start: usize) -> bool {
        match self {
            Form::AnyCase => true,
            Form::Exact => text[start..].starts_with(literal),
            Form::Edge(least) => {
                let rest = &text[start..];
                rest.starts_with(literal)
                    && rest.len() >= least
                    && rest[..least].iter().all(|b| of_token(*b))
                    && left_edge(text, start)
            }
        }
    }
}

/// Slots of the table: 32 KiB stay in the first cache.
const SLOTS: usize = 1 << 15;

/// A text this short has few candidates.
const SHORT: usize = 128;

/// The mark of a slot whose literals all stand at left edges only.
const ONLY_EDGE: u8 = 2;

/// Bit that the cases of a letter differ in. Other bytes become alike too, which only costs a comparison.
const CASE: u8 = 0x20;

/// The slot of three bytes; the fourth does not count.
#[inline(always)]
fn slot(four: u32) -> usize {
    let folded = (four & 0x00ff_ffff) | u32::from_le_bytes([CASE, CASE, CASE, 0]);
    (folded.wrapping_mul(0x9e37_79b1) >> 17) as usize
}

/// Up to four bytes, zeros behind the end.
fn four(bytes: &[u8]) -> u32 {
    let mut padded = [0; 4];
    let length = bytes.len().min(4);
    padded[..length].copy_from_slice(&bytes[..length]);
    u32::from_le_bytes(padded)
}

struct Entry {
    /// The first four bytes folded, and which of them count.
    head: u32,
    mask: u32,
    literal: &'static [u8],
    form: Form,
    /// Index of the literal.
    index: usize,
}

/// The literals, ready to be looked for.
pub(super) struct Needles {
    /// Not 0 where a literal may begin, [`ONLY_EDGE`] when only at the left edge of a word.
    begins: Box<[u8; SLOTS]>,
    /// Entries of a slot: from here to the next one's.
    slots: Vec<u16>,
    entries: Vec<Entry>,
    /// Literals of one byte, and the byte.
    single: Vec<(u8, usize)>,
    /// Which bytes those are.
    alone: [bool; 256],
    kernel: Option<Kernel>,
}

/// A literal's place, in the order of visits: by end, the longest first, then as the literals were given.
type Hit = (usize, usize, usize);

impl Needles {
    pub fn new(literals: &[(&'static [u8], Form)]) -> Needles {
        let long = |form: &Form| !matches!(form, Form::Edge(least) if *least < TOKEN_BYTES_MIN);
        assert!(literals.iter().all(|(_, form)| long(form)), "the kernel passes over shorter tokens");
        let mut placed: Vec<(usize, usize)> = Vec::new();
        let mut single = Vec::new();
        for (index, (literal, _)) in literals.iter().enumerate() {
            match literal {
                [] => {}
                [byte] => single.push((*byte, index)),
                // Bytes that differ in the case bit have one slot, and others may.
                [a, b] => {
                    let mut slots: Vec<usize> =
                        (0..=255).filter(|c| c & CASE != 0).map(|c| slot(four(&[*a, *b, c]))).collect();
                    slots.sort_unstable();
                    slots.dedup();
                    placed.extend(slots.into_iter().map(|slot| (slot, index)));
                }
                longer => placed.push((slot(four(longer)), index)),
            }
        }
        let mut begins = Box::new([0; SLOTS]);
        let mut slots = vec![0_u16; SLOTS + 1];
        for (slot, index) in &placed {
            begins[*slot] =
                if matches!(literals[*index].1, Form::Edge(_)) && begins[*slot] != 1 { ONLY_EDGE } else { 1 };
            slots[*slot + 1] += 1;
        }
        for slot in 0..SLOTS {
            slots[slot + 1] += slots[slot];
        }
        let entry = |index: usize| {
            let (literal, form) = literals[index];
            let mask = four(&[0xff; 4][..literal.len().min(4)]);
            let head = (four(literal) | 0x2020_2020) & mask;
            Entry { head, mask, literal, form, index }
        };
        // Those of a slot in the order of their indexes: they were placed in it.
        let (mut next, mut indexes) = (slots.clone(), vec![0; placed.len()]);
        for (slot, index) in placed {
            indexes[usize::from(next[slot])] = index;
            next[slot] += 1;
        }
        let entries = indexes.into_iter().map(entry).collect();
        let mut alone = [false; 256];
        single.iter().for_each(|(byte, _)| alone[usize::from(*byte)] = true);
        let anywhere = literals.iter().filter(|(literal, form)| !matches!(form, Form::Edge(_)) && literal.len() > 1);
        let head = |literal: &[u8]| std::array::from_fn(|n| literal.get(n).copied());
        let heads: Vec<[Option<u8>; 3]> = anywhere.map(|(literal, _)| head(literal)).collect();
        let kernel = Kernel::new(&heads, &single.iter().map(|s| s.0).collect::<Vec<u8>>());
        Needles { begins, slots, entries, single, alone, kernel }
    }

    /// Calls `visit` with the index, start and end of every literal of the text that counts.
    pub fn each(&self, text: &[u8], visit: impl FnMut(usize, usize, usize)) {
        // Values of fields are short: not every one pays for a whole block of zeros.
        if text.len() <= SHORT {
            self.blocks(text, &mut [0; SHORT + FOUND_SLACK], visit);
        } else {
            self.blocks(text, &mut [0; BLOCK + FOUND_SLACK], visit);
        }
    }

    fn blocks(&self, text: &[u8], found: &mut [u16], mut visit: impl FnMut(usize, usize, usize)) {
        let mut carry = Carry::default();
        let mut hits: Vec<Hit> = Vec::new();
        let mut tell = |hits: &mut Vec<Hit>, before: usize| {
            let ready = hits.iter().take_while(|(end, ..)| *end <= before).count();
            hits.drain(..ready).for_each(|(end, start, index)| visit(index, start, end));
        };
        for base in (0..text.len()).step_by(BLOCK) {
            let count = match &self.kernel {
                Some(kernel) => {
                    let count = kernel.candidates(text, base, &mut carry, found);
                    self.sift(text, base, found, count)
                }
                None => self.candidates(text, base, found),
            };
            for place in &found[..count] {
                let start = base + usize::from(*place);
                if !hits.is_empty() {
                    tell(&mut hits, start);
                }
                self.compare(text, start, &mut hits);
            }
        }
        tell(&mut hits, text.len());
    }

    /// Writes the places of a block where a literal may begin, and gives their number. There is no branch in the loop.
    fn candidates(&self, text: &[u8], base: usize, found: &mut [u16]) -> usize {
        let end = (base + BLOCK).min(text.len());
        let window = &text[base..(end + 3).min(text.len())];
        let mut count = 0;
        for (place, bytes) in window.windows(4).enumerate() {
            found[count] = place as u16;
            let may = self.begins[slot(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))] != 0;
            count += usize::from(may | self.alone[usize::from(bytes[0])]);
        }
        for place in window.len().saturating_sub(3)..end - base {
            found[count] = place as u16;
            let may = self.begins[slot(four(&window[place..]))] != 0;
            count += usize::from(may | self.alone[usize::from(window[place])]);
        }
        count
    }

    /// Keeps the places of the kernel where the table says so too. There is no branch in this loop either.
    fn sift(&self, text: &[u8], base: usize, found: &mut [u16], count: usize) -> usize {
        let rest = &text[base..];
        let mut kept = 0;
        for n in 0..count {
            let place = found[n];
            let bytes = rest.get(usize::from(place)..).unwrap_or_default();
            let four = bytes.first_chunk().map_or_else(|| four(bytes), |four| u32::from_le_bytes(*four));
            let may = self.begins[slot(four)] != 0;
            found[kept] = place;
            kept += usize::from(!bytes.is_empty() & (may | self.alone[(four & 0xff) as usize]));
        }
        kept
    }

    #[inline]
    fn compare(&self, text: &[u8], start: usize, hits: &mut Vec<Hit>) {
        let rest = &text[start..];
        let four = rest.first_chunk().map_or_else(|| four(rest), |four| u32::from_le_bytes(*four));
        if self.alone[usize::from(text[start])] {
            self.single(text, start, hits);
        }
        let slot = slot(four);
        match self.begins[slot] {
            0 => return,
            ONLY_EDGE if !left_edge(text, start) => return,
            _ => {}
        }
        let folded = four | 0x2020_2020;
        for entry in &self.entries[usize::from(self.slots[slot])..usize::from(self.slots[slot + 1])] {
            let length = entry.literal.len();
            if folded & entry.mask == entry.head
                && rest.len() >= length
                && rest[..length].eq_ignore_ascii_case(entry.literal)
                && entry.form.admits(entry.literal, text, start)
            {
                put(hits, (start + length, start, entry.index));
            }
        }
    }

    fn single(&self, text: &[u8], at: usize, hits: &mut Vec<Hit>) {
        let own = self.single.iter().filter(|(byte, _)| *byte == text[at]);
        own.for_each(|(_, index)| put(hits, (at + 1, at, *index)));
    }
}

/// Keeps the order. New hits belong near the end.
fn put(hits: &mut Vec<Hit>, hit: Hit) {
    let behind = hits.iter().rev().take_while(|other| **other > hit).count();
    hits.insert(hits.len() - behind, hit);
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::literals::literals;
    use super::*;
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static ALL: LazyLock<Vec<(&[u8], Form)>> = LazyLock::new(|| literals().iter().map(|l| (l.0, l.1)).collect());

    /// The plain twin: every literal in any case, in the order of an automaton.
    pub static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let patterns = ALL.iter().map(|(literal, _)| literal);
        AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).expect("a few hundred short literals")
    });

    static NEEDLES: LazyLock<Needles> = LazyLock::new(|| Needles::new(&ALL));

    /// The same without vector instructions.
    static PORTABLE: LazyLock<Needles> = LazyLock::new(|| Needles { kernel: None, ..Needles::new(&ALL) });

    /// Texts made of literals, cut and in other cases, and of what stands between them.
    pub fn texts() -> impl Strategy<Value = Vec<u8>> {
        const GLUE: &[&str] = &[
            "",
            " ",
            "\"",
            "\\n",
            "\\u003d",
            "%3D",
            "%",
            "\\",
            "=",
            ":",
            ": \"",
            "\":\"",
            "_",
            "x",
            "K",
            "7",
            ",",
            "\n",
            "\u{e9}",
            "\u{1f511}",
            "/",
            ".",
            "-",
            "a1B2c3D4e5F6g7H8",
            "0123456789abcdef0123456789abcdef",
            "lorem ipsum ",
            "Zk9Qx2Wv7Lm4Rt8Yp3Nb6Hc1",
            "user:pass@",
            "[token#1]",
            "==",
        ];
        let part = (0..ALL.len(), 0..12_usize, 0..GLUE.len(), any::<u8>());
        (proptest::collection::vec(part, 0..60), 0..70_usize).prop_map(|(parts, lead)| {
            let mut text = vec![b' '; lead];
            for (literal, how, glue, byte) in parts {
                let literal = ALL[literal].0;
                match how {
                    0 => text.extend(literal.to_ascii_uppercase()),
                    1 => text.extend(literal.to_ascii_lowercase()),
                    2 => text.extend(&literal[..literal.len() - 1]),
                    3 => text.push(byte),
                    4 => {}
                    _ => text.extend(literal),
                }
                text.extend(GLUE[glue].as_bytes());
            }
            text
        })
    }

    fn hits(needles: &Needles, text: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut hits = Vec::new();
        needles.each(text, |index, start, end| hits.push((index, start, end)));
        hits
    }

    fn agree(text: &[u8]) {
        let plain: Vec<_> = AUTOMATON
            .find_overlapping_iter(text)
            .map(|hit| (hit.pattern().as_usize(), hit.start(), hit.end()))
            .filter(|(index, start, _)| ALL[*index].1.admits(ALL[*index].0, text, *start))
            .collect();
        assert_eq!(hits(&NEEDLES, text), plain, "{:?}", String::from_utf8_lossy(text));
        assert_eq!(hits(&PORTABLE, text), plain, "{:?}", String::from_utf8_lossy(text));
    }

    #[test]
    fn every_literal_is_found_at_every_place_of_a_group() {
        for (literal, _) in ALL.iter() {
            for lead in (0..66).chain([BLOCK - 9, BLOCK - 2, BLOCK - 1, BLOCK]) {
                let text = [&vec![b' '; lead], *literal, b"Zk9Qx2Wv7Lm4Rt8Yp3Nb6Hc1"].concat();
                let found = hits(&NEEDLES, &text);
                let own = |index: usize| ALL[index].0 == *literal;
                let long = matches!(ALL.iter().find(|l| l.0 == *literal), Some((_, Form::Edge(least))) if *least > literal.len() + 24);
                assert!(
                    long || found.iter().any(|(index, start, _)| own(*index) && *start == lead),
                    "{} at {lead}",
                    String::from_utf8_lossy(literal)
                );
            }
        }
    }

    proptest! {
        #[test]
        fn needles_find_what_an_automaton_finds(text in texts()) {
            agree(&text);
        }

        #[test]
        fn needles_find_what_an_automaton_finds_across_blocks(text in texts(), lead in BLOCK - 80..BLOCK + 80) {
            agree(&[vec![b'a'; lead], text].concat());
        }

        #[test]
        fn needles_find_what_an_automaton_finds_in_any_bytes(text in proptest::collection::vec(any::<u8>(), 0..300)) {
            agree(&text);
        }
    }
}
