//! The Claude command line's own store, `.credentials.json`, where it holds logins at servers of tools and none of its own.
//!
//! Those logins are of many issuers, so nothing is concluded about them: neither is the file without a type, nor is a
//! login dead that somebody who pays by API key never had.

use super::{Lifetime, NOWHERE, Named, Need, Provider, no_lead, nothing_more};
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "claude-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: NOWHERE,
    refresh: NOWHERE,
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Own(None),
    need: |_| Need::Never,
    without_refresh_token: "",
    silent_no_op: false,
    rotates: false,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"mcpOAuth":{"linear|1a2b":{"serverName":"linear","accessToken":"Aq3fZx81LmPw5TgY9kQ","expiresAt":1771696800000}}}"##,
    counter_example: (r##"{"mcpOAuth":{}}"##, "expiry-missing"),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    matches!(named.name, ".credentials.json" | "credentials.json")
        && object.object("mcpOAuth").is_some()
        && object.object("claudeAiOauth").is_none()
}
