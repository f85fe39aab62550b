//! Key files that the config names: an API key and nothing else.

use super::{Lifetime, NOWHERE, Named, Need, Provider, Shape, Slot, no_lead};
use crate::auth::case::Case;
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "api-key",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: false,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["api_key"], &["apiKey"], &["key"]], shape: Shape::Any, optional: false },
    refresh: NOWHERE,
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Endless,
    need: |_| Need::Never,
    without_refresh_token: "",
    silent_no_op: false,
    rotates: false,
    accounts: &[],
    account_parts: &[],
    check,
    example: r##"{"api_key":"sk-Aq3fZx81LmPw5TgY9kQ"}"##,
    counter_example: (r##"{"api_key":"sk-Aq3fZx81LmPw5TgY9kQ"}"##, "api-key-file"),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    let has_key = object.has("api_key") || object.has("apiKey");
    let named_so = named.name.to_lowercase().contains("api-key") && (has_key || object.has("key"));
    let has_login =
        ["access_token", "refresh_token", "accessToken", "refreshToken", "cookie"].iter().any(|m| object.has(m));
    (has_key || named_so) && !has_login
}

fn check(case: &mut Case<'_>) {
    case.note("api-key-file");
}
