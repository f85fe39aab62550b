//! Roo's own store, `oauth-token.json`.

use super::{Clock, Lifetime, Named, Need, Provider, Shape, Slot, no_lead, nothing_more};
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "roo-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["access_token"], &["accessToken"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refresh_token"], &["refreshToken"]], shape: Shape::Any, optional: true },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["expires_at"], &["expiresAt"], &["expiry_date"]], Clock::Any),
    need: |object| if object.has("refresh_token") || object.has("refreshToken") { Need::Token } else { Need::Never },
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: false,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expires_at":1771678200}"##,
    counter_example: (
        r##"{"access_token":"","refresh_token":"Bq3fZx81LmPw5TgY9kQ","expires_at":1771678200}"##,
        "access-token-missing",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "oauth-token.json" && ["access_token", "accessToken"].iter().any(|name| object.has(name))
}
