//! xAI: opaque tokens of about six hours.

use super::{Lifetime, MINUTE, Need, Provider, Shape, Slot, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "xai",
    types: &["xai", "grok"],
    prefixes: &["xai", "grok"],
    untyped: None,
    store: false,
    lead_seconds: |_| 5 * MINUTE,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &["id_token"],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the server reports success and changes nothing",
    silent_no_op: true,
    rotates: true,
    accounts: &["email", "sub"],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"type":"xai","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expired":"2026-02-21T17:00:00Z","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"xai","access_token":"Aq3fZx81LmPw5TgY9kQ","expired":"2026-02-21T17:00:00Z"}"##,
        "refresh-token-missing",
    ),
};
