//! The iFlow command line's own store, `oauth_creds.json` with an API key in it.

use super::{Clock, Lifetime, Named, Need, Provider, Shape, Slot, no_lead, nothing_more};
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "iflow-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["expiry_date"]], Clock::Millis),
    need: |_| Need::Token,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: true,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token":"Bq3fZx81LmPw5TgY9kQ","apiKey":"sk-Aq3fZx81LmPw5TgY","userId":"7","expiry_date":1771677000000}"##,
    counter_example: (
        r##"{"access_token":"Aq3fZx81LmPw5TgY9kQ","refresh_token_old":"Bq3fZx81LmPw5TgY9kQ","apiKey":"sk-Aq3fZx81LmPw5TgY","userId":"7","expiry_date":1771677000000}"##,
        "refresh-token-missing",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "oauth_creds.json" && (object.has("apiKey") || named.path.to_lowercase().contains("iflow"))
}
