//! Rows of the event table.

use super::Examined;
use crate::classify::{Attempt, LIST, Sym};
use crate::finding::{Credential, Event, Kind};
use crate::redact::{Redactor, Safe};
use std::collections::HashMap;

/// Redacts every distinct text once, in the order in which the rows first need it.
pub struct Cleaner<'a> {
    examined: &'a Examined,
    redactor: &'a mut Redactor,
    known: HashMap<(&'static str, Sym), Safe>,
}

impl<'a> Cleaner<'a> {
    pub fn new(examined: &'a Examined, redactor: &'a mut Redactor) -> Self {
        Cleaner { examined, redactor, known: HashMap::new() }
    }

    /// A text under the name of the field that it came from.
    pub fn field(&mut self, name: &'static str, sym: Option<Sym>) -> Option<Safe> {
        let sym = sym?;
        if let Some(safe) = self.known.get(&(name, sym)) {
            return Some(safe.clone());
        }
        let safe = self.redactor.field(name, self.examined.case.notes.symbols.text(sym));
        self.known.insert((name, sym), safe.clone());
        Some(safe)
    }

    /// The members of a list kept in one symbol.
    pub fn list(&mut self, name: &'static str, sym: Option<Sym>) -> Vec<Safe> {
        let Some(sym) = sym else { return Vec::new() };
        let text = self.examined.case.notes.symbols.text(sym);
        text.split(LIST).map(|item| self.redactor.field(name, item)).collect()
    }

    pub fn credential(&mut self, attempt: &Attempt) -> Credential {
        Credential {
            state: attempt.credential,
            names: self.list("secret_ref", attempt.texts.names),
            locations: self.list("locations", attempt.texts.locations),
        }
    }

    /// The event of an attempt.
    pub fn event(&mut self, a: &Attempt) -> Event {
        let t = &a.texts;
        Event {
            at: a.at,
            locator: a.locator,
            kind: a.kind,
            class: a.class.label,
            subtype: a.subtype,
            origin: a.origin,
            role: a.role,
            confidence: a.confidence,
            status: a.status,
            tunnel: a.tunnel,
            host: self.field("host", t.host),
            method: self.field("method", t.method),
            path: self.field("path", t.path),
            pod: self.field("pod", t.pod),
            service: self.field("service", t.service),
            thread: self.field("thread_key", t.thread),
            execution: self.field("execution_id", t.execution),
            tool: self.field("tool_name", t.tool),
            secret_ref: self.field("secret_ref", t.secret),
            credential: self.credential(a),
            identity: self.field("identity", t.identity),
            message: self.field("message", t.message).unwrap_or_default(),
        }
    }
}

/// The selected attempts and the change markers, by time.
pub fn events(examined: &Examined, redactor: &mut Redactor) -> Vec<Event> {
    let all = &examined.case.notes.attempts;
    let mut wanted = examined.settled.selected.clone();
    wanted.retain(|i| all[*i].kind != Kind::Change);
    wanted.extend(&examined.settled.changes);
    wanted.retain(|i| !all[*i].context);
    wanted.sort_unstable();
    let mut cleaner = Cleaner::new(examined, redactor);
    wanted.into_iter().map(|i| cleaner.event(&all[i])).collect()
}
