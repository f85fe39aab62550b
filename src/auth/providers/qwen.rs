//! Qwen: logins of about six hours; newer builds have dropped the provider.

use super::{HOUR, Lifetime, Need, Provider, Shape, Slot, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "qwen",
    types: &["qwen"],
    prefixes: &["qwen"],
    untyped: None,
    store: false,
    lead_seconds: |_| 3 * HOUR,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the server reports success and changes nothing",
    silent_no_op: true,
    rotates: true,
    accounts: &["email"],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"type":"qwen","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expired":"2026-02-21T17:00:00Z","last_refresh":"2026-02-21T11:00:00Z","resource_url":"portal.qwen.ai","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"qwen","access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expiry_date":1771693200000}"##,
        "expiry-unrecognized-key",
    ),
};
