//! Cursor: access and refresh tokens are JWTs; the stored expiry is derived from the first.

use super::{Lifetime, MINUTE, Need, Provider, Shape, Slot, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "cursor",
    types: &["cursor"],
    prefixes: &["cursor"],
    untyped: None,
    store: false,
    lead_seconds: |_| 10 * MINUTE,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Jwt, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Jwt, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the refresh fails with an error line",
    silent_no_op: false,
    rotates: true,
    accounts: &["sub", "email"],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"type":"cursor","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzQxODM4MDB9.c2ln","expires_at":"2026-03-01T12:00:00Z","sub":"auth0|user_1"}"##,
    counter_example: (
        r##"{"type":"cursor","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","expires_at":"2026-03-01T12:00:00Z","sub":"auth0|user_1"}"##,
        "refresh-token-missing",
    ),
};
