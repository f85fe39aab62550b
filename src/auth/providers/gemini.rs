//! Gemini: Google logins in a nested token object, refreshed at request time.

use super::{Lifetime, Need, Provider, Shape, Slot, no_lead};
use crate::auth::case::Case;

pub static PROVIDER: Provider = Provider {
    name: "gemini",
    types: &["gemini", "gemini-cli"],
    prefixes: &["gemini"],
    untyped: None,
    store: false,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["token", "access_token"]], shape: Shape::Prefix(&["ya29."]), optional: true },
    refresh: Slot { paths: &[&["token", "refresh_token"]], shape: Shape::Prefix(&["1//"]), optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |_| Need::Token,
    without_refresh_token: "requests fail once the access token has ended",
    silent_no_op: false,
    rotates: false,
    accounts: &["email"],
    account_parts: &["project_id"],
    check,
    example: r##"{"type":"gemini","token":{"access_token":"ya29.Aq3fZx81LmPw5TgY","refresh_token":"1//0Aq3fZx81LmPw5TgY","client_id":"000.apps.example.com","client_secret":"GOCSPX-Aq3fZx81","expiry":"2026-02-21T12:45:00Z"},"project_id":"one-1","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"gemini","project_id":"one-1","access_token":"ya29.Aq3fZx81LmPw5TgY"}"##,
        "gemini-token-object-missing",
    ),
};

fn check(case: &mut Case<'_>) {
    if case.object.object("token").is_none() {
        case.note("gemini-token-object-missing").at("/token");
        case.block();
    }
    super::antigravity::project(case);
}
