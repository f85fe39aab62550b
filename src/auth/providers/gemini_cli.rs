//! The Gemini command line's own store, `oauth_creds.json`.

use super::{Clock, Lifetime, Named, Need, Provider, Shape, Slot, no_lead, nothing_more};
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "gemini-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Prefix(&["ya29."]), optional: false },
    refresh: Slot { paths: &[&["refresh_token"]], shape: Shape::Prefix(&["1//"]), optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["expiry_date"]], Clock::Millis),
    need: |_| Need::Token,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: false,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"access_token":"ya29.Aq3fZx81LmPw5TgY","refresh_token":"1//0Aq3fZx81LmPw5TgY","token_type":"Bearer","expiry_date":1771677000000}"##,
    counter_example: (
        r##"{"access_token":"ya29.Aq3fZx81LmPw5TgY","refresh_token_old":"1//0Aq3fZx81LmPw5TgY","token_type":"Bearer","expiry_date":1771677000000}"##,
        "refresh-token-missing",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "oauth_creds.json" && object.has("access_token")
}
