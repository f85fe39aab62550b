//! Reading an audit row: whether it is one, and what each field tells.

use crate::classify::traces::{self, Traces};
use crate::classify::{Row, Slot, messages};
use crate::record::short;
use std::borrow::Cow;

/// Tells an audit record by its shape: a status, and either `audit.` in the names, or one of the five actions with
/// something else of the proxy's beside it.
pub fn is_audit(row: &Row<'_>) -> bool {
    const ACTIONS: [&[u8]; 5] = [b"allow", b"reject", b"stub", b"error", b"client_cancel"];
    let s = row.slots;
    if !s.has(Slot::Status) {
        return false;
    }
    match s.raw(Slot::Action) {
        Some(action) => {
            ACTIONS.iter().any(|known| short::same(known, action.bytes()))
                && (s.audit_prefixed()
                    || s.has(Slot::RequestTransforms)
                    || s.has(Slot::RejectedBy)
                    || s.has(Slot::Mode))
        }
        None => s.has(Slot::Host) && s.audit_prefixed(),
    }
}

/// The action, or what an export that lost the field still tells of it.
pub(super) fn action<'a>(row: &Row<'a>) -> Cow<'a, str> {
    let s = row.slots;
    match s.raw(Slot::Action) {
        Some(action) => action.text(),
        None if s.has(Slot::RejectedBy) => Cow::Borrowed("reject"),
        None if s.has(Slot::Error) || is_unfetched(row) => Cow::Borrowed("error"),
        None => Cow::Borrowed("allow"),
    }
}

/// The record is the one that says that a secret could not be fetched, with the request that it was wanted for.
pub(super) fn is_unfetched(row: &Row<'_>) -> bool {
    row.slots.raw(Slot::Msg).is_some_and(|raw| messages::line(raw.bytes()) == Some(messages::Line::SecretError))
}

/// Without the action, only an answer that passed the response transforms is shown to be the upstream's.
pub(super) fn is_vague(row: &Row<'_>) -> bool {
    !row.slots.has(Slot::Action) && !row.slots.has(Slot::ResponseTransforms)
}

/// The status, clamped to what a client can see. Numbers may change their spelling in a store, so whole numbers count
/// however they are written; text around the digits is not tolerated.
pub(super) fn status(row: &Row<'_>) -> Option<u16> {
    let raw = row.slots.raw(Slot::Status)?;
    if let &[hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = raw.bytes() {
        return Some([hundreds, tens, ones].iter().fold(0, |sum, digit| 10 * sum + u16::from(digit - b'0')));
    }
    let number = raw.text().parse::<f64>().ok()?;
    (number.fract() == 0.0 && (100.0..1000.0).contains(&number)).then_some(number as u16)
}

pub(super) fn is_tunnel(row: &Row<'_>) -> bool {
    row.slots.is(Slot::Method, "CONNECT") || (!row.slots.has(Slot::Method) && row.slots.is(Slot::Mode, "sni-only"))
}

/// The traces of a row, read only when they can say something.
fn traces_of(row: &Row<'_>) -> Traces {
    match row.slots.raw(Slot::RequestTransforms) {
        None => Traces::default(),
        Some(raw) if traces::says_nothing(raw.bytes()) => Traces { whole: true, ..Traces::default() },
        Some(raw) => traces::read(&raw.text()),
    }
}

/// The traces of the response tell of a rejection.
pub(super) fn is_response_refused(row: &Row<'_>) -> bool {
    let raw = row.slots.raw(Slot::ResponseTransforms).filter(|raw| !traces::says_nothing(raw.bytes()));
    raw.is_some_and(|raw| traces::read(&raw.text()).rejected_by.is_some())
}

/// The traces of a row, with what the gateway for MCP attached beside them, and whether it attached anything.
pub(super) fn attached_of(row: &Row<'_>) -> (Traces, bool) {
    let mut traces = traces_of(row);
    let injected = row.slots.raw(Slot::McpInjected).is_some_and(|list| traces.take_gateway(&list.text()));
    (traces, injected)
}

pub(super) fn mcp_denied(row: &Row<'_>) -> Option<String> {
    let text = row.text(Slot::McpMessages);
    if !text.contains("\"deny\"") {
        return None;
    }
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    let denied = list.iter().find(|m| m["decision"] == "deny")?;
    Some(denied["reason"].as_str().unwrap_or("unstated").to_owned())
}

/// The host field; for a record without one, the TLS name.
pub(super) fn host_as_written<'a>(row: &Row<'a>) -> Cow<'a, str> {
    if row.slots.has(Slot::Host) { row.text(Slot::Host) } else { row.text(Slot::Sni) }
}
