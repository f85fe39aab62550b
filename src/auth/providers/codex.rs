//! Codex: OpenAI logins whose access token is a JWT of about ten days.

use super::{DAY, Lifetime, Need, Provider, Shape, Slot};
use crate::auth::case::Case;
use crate::auth::jwt;

pub static PROVIDER: Provider = Provider {
    name: "codex",
    types: &["codex"],
    prefixes: &["codex"],
    untyped: None,
    store: false,
    lead_seconds: |_| 5 * DAY,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Jwt, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Prefix(&["rt_", "rt."]), optional: false },
    refresh_secrets: &[],
    jwts: &["id_token"],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "the server reports success and changes nothing",
    silent_no_op: true,
    rotates: true,
    accounts: &["email", "account_id"],
    account_parts: &["account_id"],
    check,
    example: r##"{"type":"codex","id_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"rt_Aq3fZx81LmPw5TgY9","account_id":"acc-1","expired":"2026-03-01T12:00:00Z","last_refresh":"2026-02-19T12:00:00Z","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"codex","access_token":"eyJhbGciOiJub25lIn0.eyJleHAiOjE3NzIzNjY0MDB9.c2ln","refresh_token":"rt_Aq3fZx81LmPw5TgY9","expired":"2026-03-05T12:00:00Z"}"##,
        "expiry-jwt-mismatch",
    ),
};

/// The account id of the file should be the one that the tokens claim.
fn check(case: &mut Case<'_>) {
    let Some(stored) = case.object.filled("account_id") else { return };
    let tokens = [case.object.filled("id_token"), Some(case.access.expose())];
    let claimed = tokens
        .into_iter()
        .flatten()
        .filter_map(jwt::decode)
        .any(|claims| claims.openai("chatgpt_account_id").is_some_and(|account| account != stored));
    if claimed {
        case.note("codex-account-id-mismatch").at("/account_id").say("a token claims another account");
    }
}
