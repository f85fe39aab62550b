//! Drafts: values of fields as a worker leaves them, with holes where labels go.
//!
//! Looking for secrets is most of the work and needs no order; labels need the order of the evidence. So workers draft,
//! each its chunk, and whoever sees the chunks in order [labels](Labels::fill) the holes.

use super::find::{self, People};
use super::holed::{Holed, Part};
use super::labels::{FingerprintKey, Labels};
use super::{Safe, Span, keys};
use std::hash::BuildHasher as _;

/// The drafted values of many fields, one behind the other.
#[derive(Default)]
pub struct Drafts(Holed);

/// One value of [`Drafts`].
#[derive(Debug, Clone, Copy)]
pub struct Draft(Part);

impl Drafts {
    /// A value that cannot be a secret, such as an instant.
    pub fn own(&mut self, value: &str) -> Draft {
        self.mask(value, &[], None)
    }

    fn mask(&mut self, value: &str, spans: &[Span], key: Option<&FingerprintKey>) -> Draft {
        Draft(self.0.push(value.as_bytes(), spans, key))
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
        drafts.0.safe(draft.0, self)
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
