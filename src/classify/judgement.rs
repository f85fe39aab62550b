//! What a record, an answer or an error text comes to: one form for all rules that judge.

use super::classes::Class;
use super::vocabulary::Meaning;
use crate::finding::{Confidence, Origin, Role};

/// A class, and how it was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    pub class: &'static Class,
    pub subtype: Option<&'static str>,
    pub origin: Origin,
    pub role: Role,
    pub confidence: Confidence,
}

impl Judgement {
    /// A class without a sub-type, in its usual role.
    pub fn new(class: &'static Class, origin: Origin, confidence: Confidence) -> Judgement {
        Judgement { class, subtype: None, origin, role: class.role, confidence }
    }

    /// What a text of the vocabulary means, told by somebody.
    pub fn by(meaning: Meaning, origin: Origin) -> Judgement {
        let judgement = Judgement::new(meaning.0.classes[0], origin, meaning.confidence());
        Judgement { subtype: meaning.0.subtype, ..judgement }
    }

    pub fn of_kind(self, subtype: impl Into<Option<&'static str>>) -> Judgement {
        Judgement { subtype: subtype.into(), ..self }
    }
}
