//! CLIProxyAPI: the lines of the LLM proxy family become facts.
//!
//! Belongs here: the envelopes a line may wear, one file per family of emitters, and the join of facts into requests
//! and refresh attempts. Elsewhere: what the facts add up to ([`super::symptoms`], [`super::detectors`]) and what an
//! error text means ([`super::vocabulary`]).
//!
//! A template counts only at the start of the message part, after the envelope. A line that quotes a template (a ticket,
//! a prompt, a runbook) therefore never becomes a fact, and a status is only read from the place of an access line or a
//! named field.

mod access;
mod envelope;
mod events;
mod join;
mod kiro;
mod management;
mod provider;
mod scheduler;
mod template;
mod unsaved;
mod watcher;

pub use access::{Access, Management};
pub use envelope::Envelope;
pub use join::{Answered, Change, Renewal, Renewals, Request, Story};
pub use template::{Template, templates};

use super::{Notebook, Remap, Row, Slot};
use crate::finding::Locator;
use crate::record::Record;
use crate::record::time::Nanos;

/// One line that says something about credentials, where and when it was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub at: Nanos,
    pub locator: Locator,
    /// The process that wrote the line: pod, container or unit. Joins never cross it.
    pub place: Box<str>,
    /// Request id of the text line (8 hex digits), absent on management, watcher and scheduler lines.
    pub request: Option<u32>,
    /// The line's own clock minus `at`, when the line carries one: whole seconds, unzoned.
    pub clock_offset: Option<i64>,
    pub what: What,
    /// The line as evidence shows it; the many lines of healthy traffic keep none.
    pub line: Option<Box<[u8]>>,
}

/// What the LLM proxy's rules keep, per worker and then for the run.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    rows: Vec<Fact>,
    /// The joined story, once [`conclude`] ran.
    pub story: Story,
}

impl Facts {
    /// Takes over another worker's facts. They hold their own texts, so no symbol needs translation.
    pub fn absorb(&mut self, other: Facts, _map: &Remap) {
        self.rows.extend(other.rows);
    }

    /// Adds the lines that stand before each row's chunk.
    pub fn number(&mut self, lines_before: &dyn Fn(&Locator) -> u64) {
        for fact in &mut self.rows {
            fact.locator.line += lines_before(&fact.locator);
        }
    }
}

/// Which part of the refresh machinery reported a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `Token refresh attempt n failed`: one of several tries of one attempt, with its number.
    Try(u32),
    /// `refreshed P, ID, ERR`: the scheduler's verdict on the attempt.
    Verdict,
    /// The provider's executor or token client.
    Executor,
    /// Kiro's OIDC endpoint for IDC accounts.
    Idc,
    /// Kiro's Builder ID or social endpoint.
    Social,
    /// Kiro's background refresher (standard error, no level).
    Background,
    /// Before a request is sent.
    PreRequest,
}

/// Which refresh endpoint the Kiro executor chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Branch {
    Idc,
    Builder,
    Social,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum What {
    /// A request was answered.
    Access(Access),
    /// A credential file was chosen for a request.
    Selected {
        provider: Box<str>,
        file: Box<str>,
    },
    /// The upstream refused a request; `text` is its body.
    Denied {
        provider: Box<str>,
        status: u16,
        text: Box<str>,
    },
    /// A refresh began.
    Called {
        provider: Box<str>,
        file: Option<Box<str>>,
    },
    /// The scheduler found a credential due.
    Checked {
        provider: Box<str>,
        file: Box<str>,
    },
    /// The executor returned no error. Also said of silent no-ops.
    Refreshed {
        provider: Box<str>,
        file: Box<str>,
    },
    /// A refresh failed.
    Failed {
        provider: Box<str>,
        file: Option<Box<str>>,
        step: Step,
        status: Option<u16>,
        text: Box<str>,
    },
    /// A refresh failed, but the old token still serves.
    Masked {
        provider: Box<str>,
        file: Option<Box<str>>,
    },
    /// A refresh was skipped although it was asked for.
    Skipped {
        provider: Box<str>,
        reason: &'static str,
    },
    /// Shutdown or a cancelled context: no failure.
    Canceled,
    /// A provider reports real success, with its new expiry where it tells one.
    Renewed {
        provider: Box<str>,
        file: Option<Box<str>>,
        expires: Option<Nanos>,
    },
    /// The refreshed credential could not be written.
    Unsaved {
        provider: Box<str>,
        file: Option<Box<str>>,
        text: Box<str>,
    },
    /// The manual (web) refresh claims a new expiry for a file.
    Claimed {
        file: Box<str>,
        expires: Option<Nanos>,
    },
    /// The Kiro executor chose a refresh endpoint.
    Endpoint {
        branch: Branch,
    },
    /// A credential was put aside.
    Suspended {
        file: Box<str>,
        reason: Box<str>,
    },
    Resumed {
        file: Box<str>,
    },
    /// A rate limit or quota put a credential aside: not auth.
    Cooldown {
        file: Box<str>,
        reason: &'static str,
        wait: Option<Nanos>,
    },
    FileChanged {
        file: Box<str>,
    },
    FileUnchanged {
        file: Box<str>,
    },
    FilePicked {
        file: Box<str>,
    },
    FileNotPicked {
        file: Box<str>,
    },
    FileBroken {
        file: Box<str>,
        reason: &'static str,
    },
    ConfigChanged,
    /// `config changes detected:`; the changed fields follow.
    ConfigDiff,
    ConfigField {
        name: Box<str>,
        old: Box<str>,
        new: Box<str>,
    },
    ConfigLoaded,
    ConfigRefused {
        text: Box<str>,
    },
    /// Clients were loaded from this many auth files.
    Loaded {
        auth_files: u32,
    },
    Started {
        version: Box<str>,
    },
    SchedulerStarted,
    RoutesOn,
    RoutesOff,
    /// The management key check said no.
    KeyRefused {
        client: Box<str>,
        provided: u32,
        status: u16,
        reason: Box<str>,
    },
    /// The login opens the user's own browser session.
    NormalBrowser,
    Incognito,
    /// No private window could be opened; same effect as the flag, other fix.
    NoIncognito,
    LoginPending,
    LoginFailed {
        text: Box<str>,
    },
}

/// Sees every parsed record that the agent platform's proxy did not write.
pub fn observe(row: &Row<'_>, notes: &mut Notebook) {
    let Some(raw) = row.slots.raw(Slot::Msg) else { return };
    let fact = if envelope::plausible(raw.bytes()) {
        let place = row.text(Slot::Pod);
        let place: Box<str> =
            if place.is_empty() { row.record().as_ref().map(place_of).unwrap_or_default() } else { place.into() };
        let emitter = || row.record().and_then(|record| split_emitter(&record));
        fact(&raw.text(), place, || envelope::request_id(&row.text(Slot::RequestId)), emitter, row.at, row.locator)
    } else if row.slots.is_unmapped() {
        // No message field was mapped, and several may hold a text.
        row.record().and_then(|record| read(&record, row.at, row.locator))
    } else {
        None
    };
    if let Some(mut fact) = fact {
        fact.line = (!fact.what.is_traffic() && row.line.len() <= LINE_LIMIT).then(|| row.line.into());
        notes.cliproxy.rows.push(fact);
    }
}

/// Longer lines are cited by place only.
const LINE_LIMIT: usize = 16 << 10;

/// Joins the facts of the whole run and hands what failed to the notebook, one attempt per request or refresh.
pub fn conclude(notes: &mut Notebook) {
    notes.cliproxy.story = Story::new(std::mem::take(&mut notes.cliproxy.rows));
    events::push_all(notes);
    unsaved::push_all(notes);
}

/// Reads one record. `None` for everything that cannot matter; nothing is parsed before a constant prefix was seen.
pub fn read(record: &Record<'_>, at: Nanos, locator: Locator) -> Option<Fact> {
    let names = ["_msg", "message", "log", "msg", "fields.message"];
    let raw = names.iter().filter_map(|name| record.raw(name)).find(|raw| envelope::plausible(raw.bytes()))?;
    fact(&raw.text(), place_of(record), || split_request(record), || split_emitter(record), at, locator)
}

/// The fact in a message. What an envelope would tell may stand in fields of its own.
fn fact(
    text: &str,
    place: Box<str>,
    request: impl Fn() -> Option<u32>,
    emitter: impl Fn() -> Option<Box<str>>,
    at: Nanos,
    locator: Locator,
) -> Option<Fact> {
    let envelope = envelope::peel(text);
    let mut what = template::read(&envelope)?;
    // Only a line that says something is worth looking for its emitter beside the message.
    if envelope.source.is_empty()
        && let Some(name) = emitter()
    {
        what = template::read(&envelope::Envelope { source: &name, ..envelope.clone() })?;
    }
    Some(Fact {
        at,
        locator,
        place,
        request: envelope.request.or_else(request),
        clock_offset: envelope.clock.map(|clock| (clock - at).div_euclid(crate::record::time::SECOND)),
        what,
        line: None,
    })
}

impl What {
    /// Healthy request traffic: by far the most lines, kept without their text.
    fn is_traffic(&self) -> bool {
        matches!(self, What::Selected { .. })
            || matches!(self, What::Access(access) if access.is_ok() && access.is_ai())
    }
}

/// The request id of an export that keeps it as a field of its own.
fn split_request(record: &Record<'_>) -> Option<u32> {
    let id = record.get("request_id").or_else(|| record.get("reqid"))?;
    envelope::request_id(&id)
}

/// The emitter's source file, of an export that keeps it as a field of its own: `codex_auth.go:288`.
fn split_emitter(record: &Record<'_>) -> Option<Box<str>> {
    let caller = record.get("caller").or_else(|| record.get("file"))?;
    let name = template::file_name(caller.split(':').next()?);
    name.ends_with(".go").then(|| name.into())
}

/// The names under which collectors file the writing process, most specific first.
const PLACE_FIELDS: &[&str] = &[
    "kubernetes.pod_name",
    "k8s.pod.name",
    "kubernetes_pod_name",
    "pod",
    "pod_name",
    "container_name",
    "_SYSTEMD_UNIT",
    "SYSLOG_IDENTIFIER",
    "service.name",
    "service",
    "container",
    "hostname",
    "host",
    "_stream",
];

fn place_of(record: &Record<'_>) -> Box<str> {
    PLACE_FIELDS.iter().find_map(|name| record.get(name)).map_or_else(|| "".into(), |value| value.as_ref().into())
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A fact from a text line, as if it stood alone in an export.
    pub fn line(at: Nanos, number: u64, pod: &str, text: &str) -> Option<Fact> {
        let json = serde_json::json!({ "_msg": text, "kubernetes.pod_name": pod }).to_string();
        let record = crate::record::parse(json.as_bytes()).expect("a record");
        read(&record, at, Locator { input: 0, offset: number * 1000, length: 10, line: number })
    }

    pub fn what(text: &str) -> Option<What> {
        line(0, 1, "pod", text).map(|f| f.what)
    }
}
