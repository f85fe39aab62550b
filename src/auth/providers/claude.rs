//! Claude: OAuth logins, and setup tokens that live a year without a refresh token.

use super::{HOUR, Lifetime, Need, Provider, Shape, Slot, nothing_more};
use crate::auth::json::{Object, Value};

pub static PROVIDER: Provider = Provider {
    name: "claude",
    types: &["claude"],
    prefixes: &["claude"],
    untyped: None,
    store: false,
    lead_seconds: |_| 4 * HOUR,
    access: Slot { paths: &[&["access_token"]], shape: Shape::Prefix(&["sk-ant-oat"]), optional: false },
    refresh: Slot {
        paths: &[&["refresh_token"], &["refreshToken"]],
        shape: Shape::Prefix(&["sk-ant-ort"]),
        optional: false,
    },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Stored,
    need: |object| if is_setup_token(object) { Need::Never } else { Need::Token },
    without_refresh_token: "the server reports success and changes nothing",
    silent_no_op: true,
    rotates: true,
    accounts: &["email", "account_uuid"],
    account_parts: &["organization_uuid"],
    check: nothing_more,
    example: r##"{"type":"claude","access_token":"sk-ant-oat01-Aq3fZx81LmPw5TgY","refresh_token":"sk-ant-ort01-Bq3fZx81LmPw5TgY","expired":"2026-02-21T18:00:00Z","last_refresh":"2026-02-21T10:00:00Z","email":"ada@example.com"}"##,
    counter_example: (
        r##"{"type":"claude","access_token":"sk-ant-oat01-Aq3fZx81LmPw5TgY","refresh_token":"","expired":"2026-02-21T18:00:00Z"}"##,
        "refresh-token-empty",
    ),
};

fn is_setup_token(object: &Object) -> bool {
    ["setup_token", "is_setup_token"].iter().any(|name| match object.get(name) {
        Some(Value::Bool(set)) => *set,
        Some(Value::Text(text)) => !matches!(text.expose().trim(), "" | "false" | "0"),
        _ => false,
    })
}
