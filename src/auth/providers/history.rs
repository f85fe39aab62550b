//! Providers seen only in history or in proposals: general rules apply, under their own name.

use super::{Need, Provider, Shape, Slot, no_lead};
use crate::auth::case::Case;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "",
    types: &["trae", "qoder", "zai", "rovo", "bt", "codearts", "kiro-cli", "augment", "minimax", "deepseek"],
    prefixes: &["trae", "qoder", "zai", "rovo", "codearts"],
    untyped: None,
    store: false,
    lead_seconds: no_lead,
    access: Slot {
        paths: &[&["access_token"], &["token"], &["security_oauth_token"], &["api_key"]],
        shape: Shape::Any,
        optional: false,
    },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: true },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |object| super::lifetime_of_unknown(object, &PROVIDER.access),
    need: |object| if object.has("refresh_token") { Need::Token } else { Need::Never },
    without_refresh_token: "the login dies at its expiry",
    silent_no_op: false,
    rotates: false,
    accounts: &["email", "user_id"],
    account_parts: &[],
    check,
    example: r##"{"type":"trae","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expired":"2026-03-02T12:00:00Z","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"trae","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"","expired":"2026-03-02T12:00:00Z"}"##,
        "refresh-token-empty",
    ),
};

fn check(case: &mut Case<'_>) {
    case.note("type-unknown").severity(Severity::Info).at("/type").say("seen in proposals and old builds only");
}
