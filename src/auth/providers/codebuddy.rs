//! CodeBuddy: no absolute expiry, only lifetimes that count from the last refresh.

use super::{HOUR, Lifetime, Need, Provider, Shape, Slot};
use crate::auth::case::Case;
use crate::auth::expiry::{self, Instant};
use crate::auth::json::Object;
use crate::auth::jwt;

pub static PROVIDER: Provider = Provider {
    name: "codebuddy",
    types: &["codebuddy", "codebuddy-ai", "codebuddy-cn"],
    prefixes: &["codebuddy"],
    untyped: None,
    store: false,
    lead_seconds: |_| 24 * HOUR,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Jwt, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |object| {
        Lifetime::Own(
            counted(object, "expires_in").or_else(|| jwt::decode(object.filled("access_token")?)?.date("exp")),
        )
    },
    need: |_| Need::Token,
    without_refresh_token: "the server reports success and changes nothing",
    silent_no_op: true,
    rotates: true,
    accounts: &["user_id", "email"],
    account_parts: &["domain"],
    check,
    example: r##"{"type":"codebuddy","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expires_in":2592000,"refresh_expires_in":7776000,"last_refresh":"2026-02-20T16:00:00Z","user_id":"7"}"##,
    counter_example: (
        r##"{"type":"codebuddy","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expires_in":2592000,"last_refresh":"2026-01-19T12:00:00Z"}"##,
        "expiry-expired",
    ),
};

/// A lifetime in seconds, counted from the last refresh.
fn counted(object: &Object, lifetime: &str) -> Option<Instant> {
    let seconds = object.number(lifetime).filter(|n| *n > 0.0)?;
    Some(expiry::last_refresh(object)?.plus_seconds(seconds as i64))
}

fn check(case: &mut Case<'_>) {
    let Some(end) = counted(case.object, "refresh_expires_in") else { return };
    case.renewal_end = Some(end);
    if end <= case.as_of {
        case.note("refresh-token-expired").at("/refresh_expires_in").say(format!("it ended {}", end.text()));
        case.block();
    }
}
