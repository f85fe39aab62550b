//! Kimi: short access tokens and long refresh tokens, both JWTs.

use super::{Lifetime, MINUTE, Need, Provider, Shape, Slot, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "kimi",
    types: &["kimi"],
    prefixes: &["kimi"],
    untyped: None,
    store: false,
    lead_seconds: |_| 5 * MINUTE,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Jwt, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Jwt, optional: false },
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
    example: r##"{"type":"kimi","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzQxODM4MDB9.c2ln","expired":"2026-03-01T12:00:00Z"}"##,
    counter_example: (
        r##"{"type":"kimi","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzAwMDAwMDB9.c2ln","expired":"2026-03-01T12:00:00Z"}"##,
        "refresh-token-expired",
    ),
};
