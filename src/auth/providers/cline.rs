//! Cline: every member under two names; its expiry is a number of seconds.

use super::{Lifetime, MINUTE, Need, Provider, Shape, Slot, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "cline",
    types: &["cline"],
    prefixes: &["cline"],
    untyped: None,
    store: false,
    lead_seconds: |_| 5 * MINUTE,
    access: Slot { paths: &[&["access_token"], &["accessToken"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refresh_token"], &["refreshToken"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the login dies at its expiry",
    silent_no_op: false,
    rotates: true,
    accounts: &["email", "userId"],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"type":"cline","accessToken":"Aq3fZx81LmPw5TgY9kQ","access_token":"Aq3fZx81LmPw5TgY9kQ","refreshToken":"Bq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expiresAt":1771678200,"expires_at":1771678200,"email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"cline","accessToken":"Aq3fZx81LmPw5TgY9kQ","access_token":"Zq3fZx81LmPw5TgY9kQ","refreshToken":"Bq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expires_at":1771678200}"##,
        "field-alias-conflict",
    ),
};
