//! The proxy's audit record: what one record tells, and what becomes of it.
//!
//! A status code is not an origin: the record's status is what the client was told, answers of the proxy's own included.
//! What decides is the action, who rejected, and the annotations of the transforms.
//!
//! Belongs here: the record as the rules see it, and the way of a row through them. One idea a file: reading a row ([`row`]),
//! the decision table ([`table`]), failures of the connection ([`transport`]), successes ([`success`]), and the attempt that
//! is kept of everything else ([`attempt`]).

mod attempt;
mod row;
mod success;
mod table;
mod transport;

pub use row::is_audit;
pub use table::{RULES, Rule, Then, decide};
pub use transport::{is_tls, network, tls};

use super::answer;
use super::classes::{self as c, Class};
use super::decided::Decided;
use super::notebook::Notebook;
use super::secrets;
use super::traces::Traces;
use super::{Answered, Judgement, Row, Slot};
use crate::finding::{Attachment, Confidence, Kind, Origin, Role};
use std::borrow::Cow;

/// One pipeline run, as its record tells it.
pub struct Audit<'a> {
    pub action: Cow<'a, str>,
    pub status: u16,
    pub method: Cow<'a, str>,
    pub error: Cow<'a, str>,
    pub rejected_by: Cow<'a, str>,
    pub traces: Traces,
    /// A transform of responses rejected.
    pub response_refused: bool,
    /// Reason of a denied MCP message.
    pub mcp_denied: Option<String>,
    pub gateway_injected: bool,
    /// The record's own message says that a secret could not be fetched.
    pub unfetched: bool,
    pub tunnel: bool,
}

impl Audit<'_> {
    fn rejects(&self) -> bool {
        self.action == "reject"
    }

    fn errs(&self) -> bool {
        self.action == "error"
    }

    fn denied(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    /// The status alone stands for the class.
    fn says(&self, class: &Class) -> bool {
        c::by_status(self.status).is_some_and(|(said, _)| said == class)
    }

    fn attached(&self) -> bool {
        self.gateway_injected || !self.traces.attached.is_empty() || !self.traces.injectors.is_empty()
    }

    fn lacks_credential(&self) -> bool {
        !self.traces.unavailable.is_empty() || self.traces.skipped_by.is_some()
    }

    /// The transform that rejected: the emitter's word, or else the last rejecting trace.
    fn rejector(&self) -> &str {
        if self.rejected_by.is_empty() {
            self.traces.rejected_by.as_deref().unwrap_or_default()
        } else {
            &self.rejected_by
        }
    }

    fn token(&self) -> Judgement {
        secrets::token("", self.traces.error.as_deref().unwrap_or_default())
    }

    /// A header that the proxy put a credential into could not be written.
    fn is_unwritable(&self) -> bool {
        let named = |location: &str| {
            let header = location.strip_prefix("header:").map(|name| format!("\"{name}\"").to_ascii_lowercase());
            header.is_some_and(|header| self.error.to_ascii_lowercase().contains(&header))
        };
        let locations = || self.traces.attached.iter().flat_map(|attached| &attached.locations);
        self.error.contains("invalid header field value")
            && (self.error.contains("Authorization") || locations().any(|location| named(location)))
    }

    /// The transform named by `transform <name> request:` or `response:`.
    fn transform_fault(&self) -> Option<&str> {
        let rest = self.error.strip_prefix("transform ")?;
        let (name, rest) = rest.split_once(' ')?;
        (rest.starts_with("request:") || rest.starts_with("response:")).then_some(name)
    }

    /// Whose answer the client got.
    pub fn answered(&self) -> Answered {
        match &*self.action {
            "allow" if !self.tunnel => Answered::Upstream,
            "reject" | "error" | "stub" => Answered::Proxy,
            _ => Answered::Unknown,
        }
    }

    fn credential(&self) -> Attachment {
        if self.attached() {
            Attachment::Attached
        } else if self.lacks_credential() || self.unresolved() {
            Attachment::Unresolved
        } else if self.action == "allow" && !self.tunnel && self.traces.whole {
            Attachment::NotAttached
        } else {
            Attachment::Unknown
        }
    }

    fn unresolved(&self) -> bool {
        self.error.starts_with("gateway credential")
            || self.unfetched
            || self.traces.reject_reason.is_some()
            || matches!(self.traces.rejected.as_deref(), Some("credential_unavailable" | "token_unavailable"))
    }
}

/// Classifies one audit record and keeps it: a failure as an attempt, a success among the outcomes.
pub fn observe(row: &Row<'_>, notes: &mut Notebook) {
    let Some(status) = row::status(row) else { return };
    let tunnel = row::is_tunnel(row);
    let sni_only = row.slots.is(Slot::Mode, "sni-only");
    let action = row::action(row);
    let healthy = action == "allow" && matches!(status, 200..=299 | 304) && !tunnel && !sni_only;
    let declared = if healthy && row.slots.has(Slot::Body) { answer::declared(&row.text(Slot::Body)) } else { None };
    if healthy && declared.is_none() {
        let bare = success::keep(row, notes);
        if !bare {
            return;
        }
    }
    let (traces, gateway_injected) = row::attached_of(row);
    let audit = Audit {
        action,
        status,
        method: row.text(Slot::Method),
        error: row.text(Slot::Error),
        rejected_by: row.text(Slot::RejectedBy),
        traces,
        response_refused: row::is_response_refused(row),
        mcp_denied: row::mcp_denied(row),
        gateway_injected,
        unfetched: row::is_unfetched(row),
        tunnel,
    };
    without_credential(row, &audit, notes);
    if healthy && declared.is_none() {
        return;
    }
    let rule = decide(&audit);
    let said = declared.or_else(|| said(row, &audit, rule));
    let (number, judged) = match (said, &rule.then) {
        (None, Then::Healthy) => return,
        // Words that speak of no failure, in an answer that is none.
        (Some(said), Then::Healthy) if said.class.role == Role::Negative => return,
        (Some(said), _) => (Decided::Answer, said),
        (None, Then::Fixed(class, subtype, origin, confidence)) => {
            let (subtype, origin, confidence) = (*subtype, *origin, *confidence);
            (rule.row, Judgement::new(class, origin, confidence).of_kind(subtype))
        }
        (None, Then::By(decide)) => (rule.row, decide(&audit)),
    };
    let mut attempt = attempt::kept(row, &audit, number, judged, notes);
    // A build that names its transforms only has no action either; what it injected into left it.
    let forwarded = !audit.traces.injectors.is_empty();
    if attempt.origin == Origin::Upstream && row::is_vague(row) && !forwarded {
        (attempt.origin, attempt.answered, attempt.confidence) =
            (Origin::Unknown, Answered::Unknown, Confidence::Possible);
    }
    notes.push(attempt, row.line);
}

/// A request that went out without its credential and was not refused for it stays what its status says; what failed is
/// the secret or the token.
fn without_credential(row: &Row<'_>, audit: &Audit<'_>, notes: &mut Notebook) {
    if audit.action != "allow" || audit.tunnel || audit.denied() || !audit.lacks_credential() {
        return;
    }
    let (kind, judged) = match audit.traces.unavailable.is_empty() {
        false => (Kind::SecretError, secrets::secret(audit.traces.error.as_deref().unwrap_or_default())),
        true => (Kind::Mint, audit.token()),
    };
    let mut attempt = attempt::kept(row, audit, Decided::Unrefused, judged, notes);
    (attempt.kind, attempt.credential, attempt.status) = (kind, Attachment::Unresolved, None);
    notes.push(attempt, row.line);
}

/// What the upstream's answer says of itself, where the table found nothing of our own in it.
fn said(row: &Row<'_>, audit: &Audit<'_>, rule: &Rule) -> Option<Judgement> {
    let kept = row.slots.has(Slot::Body) || row.slots.has(Slot::Challenge);
    if !rule.row.is_upstream() || audit.action != "allow" || audit.status < 400 || !kept {
        return None;
    }
    let (body, challenge) = (row.text(Slot::Body), row.text(Slot::Challenge));
    answer::said(audit.status, &row.text(Slot::Path), &body, &challenge, audit.attached())
}
