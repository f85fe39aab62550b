//! Antigravity: Google logins of about an hour, with the time of issue beside the expiry.

use super::{Lifetime, MINUTE, Need, Provider, Shape, Slot};
use crate::auth::case::Case;
use crate::auth::checks::expiry::FAR_SECONDS;
use crate::auth::expiry::Instant;
use crate::auth::json::Object;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "antigravity",
    types: &["antigravity"],
    prefixes: &["antigravity"],
    untyped: None,
    store: false,
    lead_seconds: |_| 5 * MINUTE,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Prefix(&["ya29."]), optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Prefix(&["1//"]), optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the refresh is answered with 401 missing refresh token",
    silent_no_op: false,
    rotates: false,
    accounts: &["email"],
    account_parts: &["project_id"],
    check,
    example: r##"{"type":"antigravity","access_token":"ya29.Aq3fZx81LmPw5TgY","refresh_token":"1//0Aq3fZx81LmPw5TgY","expires_in":3599,"timestamp":1771674481000,"expired":"2026-02-21T12:48:00Z","email":"ada@example.com","project_id":"one-1"}"##,
    counter_example: (
        r##"{"type":"antigravity","access_token":"ya29.Aq3fZx81LmPw5TgY","refresh_token":"1//0Aq3fZx81LmPw5TgY","expired":"2026-02-21T12:48:00Z"}"##,
        "project-id-missing",
    ),
};

/// `timestamp` and `expires_in` must agree with the stored expiry this closely.
const TOLERANCE_SECONDS: i64 = 5 * MINUTE;

fn check(case: &mut Case<'_>) {
    project(case);
    if case.refresh.expose().contains('|') {
        let pointer = case.refresh.pointer.clone();
        case.note("antigravity-composite-token").at(pointer);
    }
    let Some(stamp) = case.object.number("timestamp").filter(|n| *n > 0.0) else { return };
    if !(1e11..1e14).contains(&stamp) {
        let unit = if stamp < 1e11 { "seconds" } else { "microseconds or less" };
        case.note("expiry-epoch-unit")
            .at("/timestamp")
            .say(format!("the time of issue is in {unit}, the server reads milliseconds"));
        return;
    }
    let issued_end = issued_end(case.object);
    match (case.expires, issued_end) {
        (Some(stored), Some(end)) if end.seconds_since(stored).abs() > TOLERANCE_SECONDS => {
            // An expiry that cannot be true is told already.
            let explained = stored.seconds_since(case.as_of) > FAR_SECONDS;
            let severity = if explained { Severity::Info } else { Severity::Warning };
            case.note("expiry-conflict")
                .severity(severity)
                .at("/timestamp")
                .say(format!("time of issue and lifetime give {}", end.text()));
        }
        // A stored number in the wrong unit still parses, so nothing falls back to the time of issue.
        (None, Some(end)) if !case.has("expiry-epoch-unit") => case.expires = Some(end),
        _ => {}
    }
}

/// The end that the executor computes when no expiry is stored.
fn issued_end(object: &Object) -> Option<Instant> {
    let issued = object.number("timestamp")? as i64;
    let lifetime = object.number("expires_in")? as i64;
    Some(Instant { seconds: issued / 1000, nanos: 0 }.plus_seconds(lifetime))
}

/// Google requests need a project; a list of several is a feature.
pub(super) fn project(case: &mut Case<'_>) {
    if case.object.filled("project_id").is_none() {
        let severity = case.if_loaded(Severity::Warning);
        case.note("project-id-missing").severity(severity).at("/project_id");
    }
}
