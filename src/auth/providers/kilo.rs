//! Kilo: one long-lived token, never refreshed.

use super::{Lifetime, NOWHERE, Need, Provider, Shape, Slot, no_lead, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "kilo",
    types: &["kilo", "kilocode"],
    prefixes: &["kilo", "kilocode"],
    untyped: None,
    store: false,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["kilocodeToken"], &["token"], &["access_token"]], shape: Shape::Any, optional: false },
    refresh: NOWHERE,
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Endless,
    need: |_| Need::Never,
    without_refresh_token: "",
    silent_no_op: false,
    rotates: false,
    accounts: &["email", "user_email", "user_id"],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"type":"kilo","kilocodeToken":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","email":"ada@example.com"}"##,
    counter_example: (r##"{"type":"kilo","email":"ada@example.com"}"##, "access-token-missing"),
};
