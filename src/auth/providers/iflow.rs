//! iFlow: an OAuth branch and a cookie branch, which is taken when cookie and e-mail are both there.

use super::{HOUR, Lifetime, Need, Provider, Shape, Slot};
use crate::auth::case::Case;
use crate::auth::checks::tokens::is_placeholder;
use crate::auth::json::Object;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "iflow",
    types: &["iflow"],
    prefixes: &["iflow"],
    untyped: None,
    store: false,
    lead_seconds: |object| if is_cookie(object) { 48 * HOUR } else { 24 * HOUR },
    access: Slot { paths: &[&["access_token"]], shape: Shape::Any, optional: true },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |object| {
        if is_cookie(object) { Need::Other(session(object).is_some_and(|s| !is_placeholder(s))) } else { Need::Token }
    },
    without_refresh_token: "the server reports success and changes nothing",
    silent_no_op: true,
    rotates: true,
    accounts: &["email"],
    account_parts: &[],
    check,
    example: r##"{"type":"iflow","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expired":"2026-02-24T00:00:00Z","api_key":"sk-Aq3fZx81LmPw5TgY","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"iflow","api_key":"sk-Aq3fZx81LmPw5TgY","email":"ada@example.com","cookie":"lang=zh;","expired":"2026-03-13 20:00"}"##,
        "iflow-cookie-invalid",
    ),
};

/// Whether the server takes the cookie branch.
pub(in crate::auth) fn is_cookie(object: &Object) -> bool {
    object.filled("cookie").is_some() && object.filled("email").is_some()
}

/// The session that the cookie holds: its other parts renew nothing.
fn session(object: &Object) -> Option<&str> {
    let parts = object.filled("cookie").unwrap_or("").split(';');
    parts.filter_map(|part| part.trim().strip_prefix("BXAuth=")).map(str::trim).find(|value| !value.is_empty())
}

fn check(case: &mut Case<'_>) {
    if case.object.filled("api_key").is_none() {
        case.note("iflow-api-key-missing").at("/api_key");
    }
    if is_cookie(case.object) {
        if session(case.object).is_none() {
            case.note("iflow-cookie-invalid").at("/cookie");
        }
    } else if !case.access.is_present() && !case.has("token-in-wrong-field") && !case.has("camelcase-fields") {
        let pointer = case.access.pointer.clone();
        case.note("access-token-missing").severity(Severity::Warning).at(pointer).say("requests use api_key");
    }
}
