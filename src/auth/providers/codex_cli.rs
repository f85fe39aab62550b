//! The Codex command line's own store, `auth.json`, with a login in it.

use super::{Lifetime, Named, Need, Provider, Shape, Slot, no_lead, nothing_more};
use crate::auth::json::Object;
use crate::auth::jwt;

pub static PROVIDER: Provider = Provider {
    name: "codex-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["tokens", "access_token"]], shape: Shape::Jwt, optional: true },
    refresh: Slot { paths: &[&["tokens", "refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |object| {
        Lifetime::Own(
            jwt::decode(object.object("tokens").and_then(|t| t.filled("access_token")).unwrap_or(""))
                .and_then(|c| c.date("exp")),
        )
    },
    need: |_| Need::Token,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: true,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"OPENAI_API_KEY":null,"tokens":{"id_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"rt_Aq3fZx81LmPw5TgY9"},"last_refresh":"2026-02-19T12:00:00Z"}"##,
    counter_example: (
        r##"{"OPENAI_API_KEY":null,"tokens":{"access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln"}}"##,
        "refresh-token-missing",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "auth.json" && (object.object("tokens").is_some() || object.has("OPENAI_API_KEY"))
}
