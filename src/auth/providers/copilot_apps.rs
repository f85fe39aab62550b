//! GitHub Copilot editor plugins' own stores, `hosts.json` and `apps.json`.

use super::{Lifetime, NOWHERE, Named, Need, Provider, no_lead};
use crate::auth::case::Case;
use crate::auth::checks::tokens;
use crate::auth::json::{Object, Value, step};

pub static PROVIDER: Provider = Provider {
    name: "copilot-apps",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: NOWHERE,
    refresh: NOWHERE,
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Endless,
    need: |_| Need::Never,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: false,
    accounts: &[],
    account_parts: &[],
    check,
    example: r##"{"github.com":{"user":"ada","oauth_token":"gho_Aq3fZx81LmPw5TgY"}}"##,
    counter_example: (r##"{"github.com":{"user":"ada","oauth_token":""}}"##, "access-token-missing"),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    matches!(named.name, "hosts.json" | "apps.json") && hosts(object).next().is_some()
}

/// The hosts with their pointers.
fn hosts(object: &Object) -> impl Iterator<Item = (String, &Object)> {
    object
        .members()
        .enumerate()
        .filter(|(_, (name, _))| name.starts_with("github.") || name.contains(".ghe.") || name.contains("github"))
        .filter_map(|(position, (name, value))| match value {
            Value::Object(host) => Some((step(name, position), host)),
            _ => None,
        })
}

fn check(case: &mut Case<'_>) {
    for (place, host) in hosts(case.object) {
        tokens::beside(case, host.get("oauth_token"), format!("{place}/oauth_token"));
    }
}
