//! The Claude command line's own store, `.credentials.json`.

use super::{Clock, Lifetime, Named, Need, Provider, Shape, Slot, no_lead, nothing_more};
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "claude-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot {
        paths: &[&["claudeAiOauth", "accessToken"]],
        shape: Shape::Prefix(&["sk-ant-oat"]),
        optional: false,
    },
    refresh: Slot {
        paths: &[&["claudeAiOauth", "refreshToken"]],
        shape: Shape::Prefix(&["sk-ant-ort"]),
        optional: false,
    },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["claudeAiOauth", "expiresAt"]], Clock::Millis),
    need: |_| Need::Token,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: true,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-Aq3fZx81LmPw5TgY","refreshToken":"sk-ant-ort01-Bq3fZx81LmPw5TgY","expiresAt":1771696800000}}"##,
    counter_example: (
        r##"{"claudeAiOauth":{"accessToken":"sk-ant-oat01-Aq3fZx81LmPw5TgY","refreshToken":"","expiresAt":1771696800000}}"##,
        "refresh-token-empty",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    matches!(named.name, ".credentials.json" | "credentials.json") && object.object("claudeAiOauth").is_some()
}
