//! The attempt that is kept of an audit record.

use super::Audit;
use super::row::host_as_written;
use crate::classify::hosts::bare_host;
use crate::classify::notebook::Notebook;
use crate::classify::texts::{clipped, common, joined};
use crate::classify::{Attempt, Decided, Judgement, Row, Slot, secrets};
use crate::finding::Kind;
use crate::record::time::Nanos;
use std::borrow::Cow;

/// What a reader calls the reason: the error, or what the traces say.
fn message(audit: &Audit<'_>) -> String {
    let t = &audit.traces;
    if !audit.error.is_empty() {
        return audit.error.to_string();
    }
    let reason = match (&t.error, &audit.mcp_denied, &t.reason, &t.reject_reason, &t.rejected, &t.judge_decision) {
        (Some(text), ..) => text.clone(),
        (_, Some(reason), ..) => format!("MCP message denied: {reason}"),
        (_, _, Some(reason), ..) => reason.clone(),
        (_, _, _, Some(reason), ..) => reason.clone(),
        (_, _, _, _, Some(rejected), _) => format!("rejected: {rejected}"),
        (.., Some(decision)) => format!("judge: {decision}"),
        _ => String::new(),
    };
    match (audit.rejector(), reason.is_empty()) {
        ("", _) => reason,
        (by, true) => format!("rejected by {by}"),
        (by, false) => format!("rejected by {by}: {reason}"),
    }
}

/// The reason, or else the answer's own words, with the time it asks to wait for.
fn with_answer(reason: String, row: &Row<'_>) -> String {
    let own = || [Slot::Body, Slot::Challenge].map(|slot| row.text(slot)).into_iter().find(|text| !text.is_empty());
    let text = if reason.is_empty() { own().map(Cow::into_owned).unwrap_or_default() } else { reason };
    let wait = row.text(Slot::RetryAfter);
    match (wait.is_empty(), text.is_empty()) {
        (true, _) => text,
        (false, true) => format!("Retry-After: {wait}"),
        (false, false) => format!("Retry-After: {wait}; {text}"),
    }
}

pub(super) fn kept(
    row: &Row<'_>,
    audit: &Audit<'_>,
    decided: Decided,
    judged: Judgement,
    notes: &mut Notebook,
) -> Attempt {
    let mut attempt = Attempt::judged(row, Kind::Attempt, judged);
    attempt.rule = Some(decided);
    attempt.status = Some(audit.status);
    attempt.tunnel = audit.tunnel;
    attempt.answered = audit.answered();
    attempt.credential = audit.credential();
    attempt.span = row.text(Slot::Duration).parse::<f64>().map_or(0, |ms| (ms * 1e6) as Nanos);
    let t = &audit.traces;
    let secret = secret_of(row, audit);
    let names = if audit.unfetched {
        // Only failures of such a build name a credential, so the name sets them apart from nothing.
        String::new()
    } else if t.attached.is_empty() {
        joined(t.unavailable.iter().map(String::as_str).chain(secret.as_deref().filter(|_| t.unavailable.is_empty())))
    } else {
        joined(t.attached.iter().map(|a| a.name.as_str()).chain(t.unavailable.iter().map(String::as_str)))
    };
    let locations = joined(t.attached.iter().flat_map(|a| a.locations.iter().map(String::as_str)));
    let transform = audit
        .transform_fault()
        .or(t.skipped_by.as_deref())
        .or(t.erred_by.as_deref())
        .or(t.injectors.first().map(String::as_str))
        .unwrap_or_else(|| audit.rejector())
        .to_owned();
    let written = host_as_written(row);
    let status = row.text(Slot::Status);
    let s = &mut notes.symbols;
    let texts = &mut attempt.texts;
    common(row, texts, s);
    texts.status_as_written = s.some(&status).filter(|_| *status != *audit.status.to_string());
    texts.host = s.some(&bare_host(&written));
    texts.host_as_written = s.some(&written);
    texts.method = s.some(&audit.method);
    texts.path = s.some(&row.text(Slot::Path));
    texts.secret = s.some(secret.as_deref().unwrap_or_default());
    texts.names = s.some(&names);
    texts.locations = s.some(&locations);
    texts.transform = s.some(&transform);
    texts.identity = s.some(t.service_account.as_deref().unwrap_or_default()).or(texts.secret);
    texts.message = s.some(&clipped(&with_answer(message(audit), row)));
    texts.request = t.header("request-id").and_then(|v| s.some(v)).or(texts.request);
    texts.thread = t.header("thread").and_then(|v| s.some(v)).or(texts.thread);
    texts.execution = t.header("execution").and_then(|v| s.some(v)).or(texts.execution);
    attempt
}

/// The reference that matters: what could not be resolved, else what was attached.
fn secret_of(row: &Row<'_>, audit: &Audit<'_>) -> Option<String> {
    let t = &audit.traces;
    if let Some(name) = t.unavailable.first() {
        return Some(name.clone());
    }
    if t.reject_reason.is_some() || audit.rejector() == "secrets" {
        return t.rejected.clone();
    }
    if audit.unfetched && row.slots.has(Slot::Secret) {
        return Some(row.text(Slot::Secret).into_owned());
    }
    let text = if audit.error.is_empty() { t.error.as_deref().unwrap_or_default() } else { &audit.error };
    if audit.unresolved()
        && let Some(reference) = secrets::reference(text)
    {
        return Some(reference.to_owned());
    }
    if t.rejected.as_deref() == Some("credential_unavailable") {
        return t.credential.clone();
    }
    t.attached.iter().find(|a| a.is_reference).map(|a| a.name.clone())
}
