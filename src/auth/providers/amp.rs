//! The Amp command line's own store, `secrets.json`.

use super::{Lifetime, NOWHERE, Named, Need, Provider, no_lead};
use crate::auth::case::Case;
use crate::auth::checks::tokens;
use crate::auth::json::{Object, step};

pub static PROVIDER: Provider = Provider {
    name: "amp-cli",
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
    example: r##"{"apiKey@https://ampcode.com/":"sgamp_Aq3fZx81LmPw5TgY"}"##,
    counter_example: (r##"{"apiKey@https://ampcode.com/":""}"##, "access-token-missing"),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "secrets.json" && object.members().any(|(name, _)| name.starts_with("apiKey@"))
}

fn check(case: &mut Case<'_>) {
    let keys = case.object.members().enumerate().filter(|(_, (name, _))| name.starts_with("apiKey@"));
    for (position, (name, value)) in keys {
        tokens::beside(case, Some(value), step(name, position));
    }
}
