//! Classify: what a failure in these systems looks like.
//!
//! Belongs here: the registry of classes ([`classes`]), the proxy's decision table ([`audit`]) and its other messages,
//! what an answer says of itself ([`answer`]), the error texts of secret stores and token endpoints, the LLM proxy's side ([`cliproxy`]), joins ([`join`]), the step
//! from ordered attempts to findings with its claims, time line, queries and completeness, symptoms ([`symptoms`]) and
//! detectors ([`detectors`]). Elsewhere: words and colours of a report ([`crate::report`]), files on disk
//! ([`crate::auth`]), reading ([`crate::input`], [`crate::record`]).
//!
//! On the way in, every worker owns a `Classifier`: it turns a line into a [`Row`], hands it to the writer's rules and
//! keeps what classifies as an [`Attempt`] in its [`Notebook`], every text interned and nothing of the line kept except
//! a few samples. After the scan the notebooks become one [`Case`], in (input, offset) order whatever the number of
//! workers; everything after that is single-threaded and small.

pub mod answer;
pub mod audit;
pub mod claims;
pub mod classes;
pub mod cliproxy;
pub mod completeness;
pub mod decided;
pub mod detectors;
pub mod fields;
pub mod hosts;
pub mod join;
pub mod judgement;
pub mod masked;
pub mod messages;
pub mod neighbours;
pub mod notebook;
pub mod outcomes;
pub mod queries;
pub mod reader;
pub mod ruleset;
pub mod secrets;
pub mod select;
pub mod served;
pub mod settle;
pub mod shadow;
pub mod subtypes;
pub mod symbols;
pub mod symptoms;
pub mod texts;
mod ticks;
pub mod timeline;
pub mod traces;
pub mod transport;
pub mod vocabulary;

pub use classes::Class;
pub use decided::Decided;
pub use fields::{Slot, Slots, Spelled};
pub use judgement::Judgement;
pub use notebook::{Case, CaseInput, Notebook, Samples};
pub use outcomes::Outcomes;
pub use symbols::{Remap, Sym, Symbols};
pub use texts::{LIST, Texts};

use crate::finding::{Attachment, Confidence, Kind, Locator, Origin, Role};
use crate::record::time::Nanos;
use crate::record::{self, Record};
use std::borrow::Cow;

/// One parsed line on its way through the rules. Before the merge `locator.line` counts within the chunk.
pub struct Row<'a> {
    pub at: Nanos,
    pub locator: Locator,
    pub slots: &'a Slots<'a>,
    /// The line itself, for samples and for a whole parse.
    pub line: &'a [u8],
}

impl<'a> Row<'a> {
    /// All fields of the line, parsed anew: for the few rows that need more than the slots.
    pub fn record(&self) -> Option<Record<'a>> {
        record::parse_any(self.line).ok()
    }

    pub fn text(&self, slot: Slot) -> Cow<'a, str> {
        self.slots.text(slot)
    }
}

/// Who gave the answer that an attempt ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answered {
    Upstream,
    Proxy,
    Unknown,
}

/// One classified attempt, change, secret error or mint, in the compact form of the scan.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub at: Nanos,
    pub locator: Locator,
    pub kind: Kind,
    pub class: &'static Class,
    pub subtype: Option<&'static str>,
    pub origin: Origin,
    pub role: Role,
    pub confidence: Confidence,
    /// What decided it; nothing for everything that is no audit record.
    pub rule: Option<Decided>,
    pub status: Option<u16>,
    pub tunnel: bool,
    pub answered: Answered,
    pub credential: Attachment,
    /// Audit fields carry their `audit.` part.
    pub audit_prefixed: bool,
    /// The record names its action; without it the action was guessed.
    pub acted: bool,
    /// What the record calls its fields, for queries.
    pub spelled: Spelled,
    /// The row did not pass the filter of `--query`: it explains others and is counted nowhere.
    pub context: bool,
    /// How long a cached secret error shadows later attempts, nanoseconds; a tool call's duration.
    pub span: Nanos,
    /// Names the line, to recognise it in an overlapping export. Set by [`Notebook::push`], where several inputs are read.
    pub digest: [u8; 16],
    pub texts: Texts,
}

impl Attempt {
    /// An attempt at a row, with what every writer knows; rules fill in the rest.
    pub fn new(row: &Row<'_>, kind: Kind, class: &'static Class, origin: Origin, confidence: Confidence) -> Attempt {
        Attempt {
            audit_prefixed: row.slots.audit_prefixed(),
            acted: row.slots.has(Slot::Action),
            spelled: row.slots.spelled(),
            ..Attempt::at(row.at, row.locator, kind, class, origin, confidence)
        }
    }

    /// An attempt at a row that a rule has judged.
    pub fn judged(row: &Row<'_>, kind: Kind, judgement: Judgement) -> Attempt {
        let Judgement { class, subtype, origin, role, confidence } = judgement;
        Attempt { subtype, role, ..Attempt::new(row, kind, class, origin, confidence) }
    }

    /// An attempt that has a time and a place, and no more yet.
    pub fn at(
        at: Nanos,
        locator: Locator,
        kind: Kind,
        class: &'static Class,
        origin: Origin,
        confidence: Confidence,
    ) -> Attempt {
        Attempt {
            at,
            locator,
            kind,
            class,
            subtype: None,
            origin,
            role: class.role,
            confidence,
            rule: None,
            status: None,
            tunnel: false,
            answered: Answered::Unknown,
            credential: Attachment::Unknown,
            audit_prefixed: false,
            acted: false,
            spelled: Spelled::default(),
            context: false,
            span: 0,
            digest: [0; 16],
            texts: Texts::default(),
        }
    }

    /// A request, refresh or call that counts as failed; what only explains others and what is no failure does not.
    pub fn is_failed(&self) -> bool {
        self.kind == Kind::Attempt && self.role.is_failure()
    }

    /// No record says who gave the answer that it failed with.
    pub fn is_unanswered(&self) -> bool {
        let unknown = self.status.is_some() && self.answered == Answered::Unknown && !self.tunnel;
        unknown || self.origin == Origin::Unknown
    }

    /// A failure that authentication is answerable for.
    pub fn is_auth_failure(&self) -> bool {
        self.is_failed() && !self.class.is_nearby()
    }

    /// Its sub-type is one of its class, so that `explain` knows it.
    pub fn is_explained(&self) -> bool {
        self.subtype.is_none_or(|word| subtypes::meaning(self.class, word).is_some())
    }

    /// The total order of everything that is shown.
    pub fn order(&self) -> (Nanos, u32, u64) {
        (self.at, self.locator.input, self.locator.offset)
    }
}
