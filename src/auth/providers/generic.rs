//! Anything else: the general engine, and the plain statement that the provider is unknown.

use super::{Need, Provider, Shape, Slot, no_lead};
use crate::auth::case::Case;

pub static PROVIDER: Provider = Provider {
    name: "unknown",
    types: &[],
    prefixes: &[],
    untyped: None,
    store: false,
    lead_seconds: no_lead,
    access: Slot {
        paths: &[
            &["access_token"],
            &["accessToken"],
            &["token", "access_token"],
            &["token", "accessToken"],
            &["token"],
            &["api_key"],
        ],
        shape: Shape::Any,
        optional: true,
    },
    refresh: Slot {
        paths: &[&["refresh_token"], &["refreshToken"], &["token", "refresh_token"], &["token", "refreshToken"]],
        shape: Shape::Any,
        optional: true,
    },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |object| super::lifetime_of_unknown(object, &PROVIDER.access),
    need: |object| if object.has("refresh_token") || object.has("refreshToken") { Need::Token } else { Need::Never },
    without_refresh_token: "the login dies at its expiry",
    silent_no_op: false,
    rotates: false,
    accounts: &["email", "account_id", "user_id", "sub"],
    account_parts: &[],
    check,
    example: r##"{"type":"newcomer","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expired":"2026-03-02T12:00:00Z"}"##,
    counter_example: (
        r##"{"type":"newcomer","access_token":"Aq3fZx81LmPw5TgY9kQ","expired":"2026-03-02T12:00:00Z"}"##,
        "type-unknown",
    ),
};

fn check(case: &mut Case<'_>) {
    if case.object.filled("type").is_some() {
        case.note("type-unknown").at("/type");
    }
}
