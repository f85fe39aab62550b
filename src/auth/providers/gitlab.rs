//! GitLab Duo: OAuth logins with an end of their own, and personal access tokens.

use super::{Lifetime, Need, Provider, Shape, Slot};
use crate::auth::case::Case;
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "gitlab",
    types: &["gitlab"],
    prefixes: &["gitlab"],
    untyped: None,
    store: false,
    lead_seconds: |_| 240,
    access: Slot { paths: &[&["access_token"], &["personal_access_token"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &["oauth_client_id", "oauth_client_secret"],
    jwts: &[],
    lifetime: |object| if is_pat(object) { Lifetime::Endless } else { Lifetime::Member("oauth_expires_at") },
    need: |object| if is_pat(object) { Need::Never } else { Need::Token },
    without_refresh_token: "the login dies at its expiry",
    silent_no_op: false,
    rotates: true,
    accounts: &["email", "username"],
    account_parts: &["base_url", "auth_method"],
    check,
    example: r##"{"type":"gitlab","auth_method":"oauth","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","oauth_client_id":"c1","oauth_expires_at":"2026-02-21T13:40:00Z","refresh_interval_seconds":240,"email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"gitlab","auth_method":"oauth","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","oauth_expires_at":"2026-02-21T13:40:00Z"}"##,
        "gitlab-client-missing",
    ),
};

fn is_pat(object: &Object) -> bool {
    match object.filled("auth_method") {
        Some(method) => method.eq_ignore_ascii_case("pat"),
        None => object.has("personal_access_token") && !object.has("refresh_token"),
    }
}

fn check(case: &mut Case<'_>) {
    if is_pat(case.object) {
        if case.object.filled("personal_access_token").is_none() && case.access.is_present() {
            case.note("access-token-missing").at("/personal_access_token");
        }
    } else if case.object.filled("oauth_client_id").is_none() {
        case.note("gitlab-client-missing").at("/oauth_client_id");
        case.block();
    }
}
