//! Vertex: a service account's key, from which a token is minted for every request.

use super::{Lifetime, NOWHERE, Need, Provider, no_lead};
use crate::auth::case::Case;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "vertex",
    types: &["vertex"],
    prefixes: &["vertex"],
    untyped: None,
    store: false,
    lead_seconds: no_lead,
    access: NOWHERE,
    refresh: NOWHERE,
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Endless,
    need: |_| Need::Never,
    without_refresh_token: "",
    silent_no_op: false,
    rotates: false,
    accounts: &["email"],
    account_parts: &["project_id"],
    check,
    example: r##"{"type":"vertex","project_id":"one-1","service_account":{"type":"service_account","project_id":"one-1","private_key":"-----BEGIN PRIVATE KEY-----\nQUJDRA==\n-----END PRIVATE KEY-----\n","client_email":"robot@one-1.iam.gserviceaccount.com"}}"##,
    counter_example: (r##"{"type":"vertex","project_id":"one-1"}"##, "vertex-service-account-missing"),
};

fn check(case: &mut Case<'_>) {
    let Some(account) = case.object.object("service_account") else {
        case.note("vertex-service-account-missing").at("/service_account");
        return;
    };
    if let Some(fault) = pem_fault(account.text("private_key").unwrap_or("")) {
        case.note("vertex-private-key-invalid").at("/service_account/private_key").say(fault);
    }
    // Source: the proxy's Vertex executor, which asks for `project_id`, else `project`, before every request.
    if case.object.filled("project_id").is_none() && case.object.filled("project").is_none() {
        let severity = case.if_loaded(Severity::Error);
        case.note("project-id-missing").severity(severity).at("/project_id");
    }
    let (own, theirs) = (case.object.filled("project_id"), account.filled("project_id"));
    let email_fits = account.filled("client_email").is_none_or(|email| email.ends_with(".gserviceaccount.com"));
    if own.zip(theirs).is_some_and(|(own, theirs)| own != theirs) {
        case.note("vertex-project-mismatch").at("/project_id");
    } else if !email_fits {
        case.note("vertex-project-mismatch")
            .at("/service_account/client_email")
            .say("the e-mail is not a service account's");
    }
}

/// What is wrong with a PEM text, as far as its outside shows.
fn pem_fault(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Some("it is absent");
    }
    if text.contains("\\n") {
        return Some("its line breaks are doubly escaped");
    }
    let body = ["PRIVATE KEY", "RSA PRIVATE KEY"].iter().find_map(|kind| {
        text.strip_prefix(&format!("-----BEGIN {kind}-----"))?.strip_suffix(&format!("-----END {kind}-----"))
    });
    let Some(body) = body else { return Some("it lacks the header or footer line") };
    if !body.starts_with(['\n', '\r']) || !body.ends_with('\n') {
        return Some("header and footer do not stand on lines of their own");
    }
    let base64 = body.bytes().filter(|b| !b.is_ascii_whitespace());
    if !base64.clone().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
        return Some("it holds bytes that are no base64");
    }
    match base64.count() {
        0 => Some("it is empty between header and footer"),
        n if n % 4 != 0 => Some("its base64 is cut"),
        _ => None,
    }
}
