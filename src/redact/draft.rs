//! Drafts: values of fields as a worker leaves them, with holes where labels go.
//!
//! Looking for secrets is most of the work and needs no order; labels need the order of the evidence. So workers draft,
//! each its chunk, and whoever sees the chunks in order [labels](Labels::fill) the holes.

use super::find::{self, People};
use super::labels::{FingerprintKey, Labels, Masked};
use super::{Safe, Span, keys};
use std::hash::BuildHasher as _;

/// The drafted values of many fields, one behind the other.
#[derive(Default)]
pub struct Drafts {
    text: Vec<u8>,
    /// Place in `text` and what belongs there, in order.
    holes: Vec<(usize, Masked)>,
}

/// One value of [`Drafts`].
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    start: usize,
    end: usize,
    /// Its holes.
    first: usize,
    last: usize,
}

impl Drafts {
    /// A value that cannot be a secret, such as an instant.
    pub fn own(&mut self, value: &str) -> Draft {
        let start = self.text.len();
        self.text.extend_from_slice(value.as_bytes());
        let holes = self.holes.len();
        Draft { start, end: self.text.len(), first: holes, last: holes }
    }

    fn mask(&mut self, value: &str, spans: &[Span], key: Option<&FingerprintKey>) -> Draft {
        let bytes = value.as_bytes();
        let start = self.text.len();
        let (first, mut at) = (self.holes.len(), 0);
        for span in spans {
            self.text.extend_from_slice(&bytes[at..span.start]);
            self.holes.push((self.text.len(), Masked::new(span, bytes, key)));
            at = span.end;
        }
        self.text.extend_from_slice(&bytes[at..]);
        Draft { start, end: self.text.len(), first, last: self.holes.len() }
    }
}

/// Longest value that is remembered, in bytes: longer ones rarely come again.
const REMEMBERED_BYTES_MAX: usize = 256;

/// Values that are remembered, at most.
const REMEMBERED: usize = 4096;

/// Drafts the fields of one worker. Values without a secret come again and again (pods, levels, streams), so the last
/// ones are remembered, name and value: what a value shows depends on nothing else.
pub struct Drafter {
    people: People,
    spans: Vec<Span>,
    /// Names and values without a secret, by their hash.
    clean: Vec<(String, String)>,
    hasher: rapidhash::fast::RandomState,
}

impl Drafter {
    pub fn new(people: People) -> Drafter {
        // An empty value holds no secret, whatever its name: the empty table says nothing wrong.
        let clean = vec![Default::default(); REMEMBERED];
        Drafter { people, spans: Vec::new(), clean, hasher: Default::default() }
    }

    /// Appends the draft of a named field's value.
    pub fn field(&mut self, name: &str, value: &str, key: Option<&FingerprintKey>, drafts: &mut Drafts) -> Draft {
        let known = (value.len() <= REMEMBERED_BYTES_MAX)
            .then(|| &mut self.clean[(self.hasher.hash_one((name, value)) % REMEMBERED as u64) as usize]);
        if known.as_ref().is_some_and(|known| known.0 == name && known.1 == value) {
            return drafts.own(value);
        }
        self.spans.clear();
        find::in_field(name.as_bytes(), keys::rule(name.as_bytes()), value.as_bytes(), self.people, &mut self.spans);
        if let (Some((known_name, known_value)), true) = (known, self.spans.is_empty()) {
            name.clone_into(known_name);
            value.clone_into(known_value);
        }
        drafts.mask(value, &self.spans, key)
    }
}

impl Labels {
    /// The text of a draft, its holes filled. Drafts are asked for in the order of the evidence.
    pub fn fill(&mut self, drafts: &Drafts, draft: Draft) -> Safe {
        let mut out = Vec::with_capacity(draft.end - draft.start);
        let mut at = draft.start;
        for (place, masked) in &drafts.holes[draft.first..draft.last] {
            out.extend_from_slice(&drafts.text[at..*place]);
            self.write(masked, &mut out);
            at = *place;
        }
        out.extend_from_slice(&drafts.text[at..draft.end]);
        // A span may end inside a character.
        Safe::own(String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;
    use super::*;

    #[test]
    fn drafts_filled_in_order_are_what_a_redactor_writes() {
        let fields = [
            ("_msg", "token=abcd1234efgh5678 and Bearer Zk9Qx2Wv7Lm4Rt8Yp3Nb6Hc1"),
            ("pod", "api-7849e9cba9-x2k4p"),
            ("password", "hunter2"),
            ("pod", "api-7849e9cba9-x2k4p"),
            ("password", "hunter2"),
            ("password", ""),
            ("a\0b", "c"),
            ("a", "b\0c"),
        ];
        let (mut drafter, mut drafts) = (Drafter::new(People::default()), Drafts::default());
        let (mut labels, mut redactor) = (Labels::default(), Redactor::new());
        let ready: Vec<Draft> = fields.iter().map(|(n, v)| drafter.field(n, v, None, &mut drafts)).collect();
        for (draft, (name, value)) in ready.into_iter().zip(fields) {
            assert_eq!(labels.fill(&drafts, draft), redactor.field(name, value), "{name} {value}");
        }
        assert_eq!(labels.by_kind(), redactor.by_kind());
    }
}
