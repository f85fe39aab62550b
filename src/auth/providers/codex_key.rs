//! The Codex command line's own store, `auth.json`, where it holds a key or a token instead of a login.

use super::{Lifetime, NOWHERE, Named, Need, Provider, Shape, Slot, no_lead, nothing_more};
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "codex-cli",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot {
        paths: &[&["OPENAI_API_KEY"], &["personal_access_token"], &["agent_identity"]],
        shape: Shape::Any,
        optional: false,
    },
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
    check: nothing_more,
    example: r##"{"auth_mode":"apikey","OPENAI_API_KEY":"sk-proj-Aq3fZx81LmPw5TgY","tokens":null,"last_refresh":null}"##,
    counter_example: (r##"{"auth_mode":"apikey","OPENAI_API_KEY":"","tokens":null}"##, "access-token-missing"),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "auth.json" && is_key(object)
}

/// Whether a key counts, and not a login. Newer files say so; in older ones a key stands beside the tokens of a login
/// that was exchanged for it.
fn is_key(object: &Object) -> bool {
    match object.filled("auth_mode") {
        Some(mode) => !mode.to_lowercase().starts_with("chatgpt"),
        None => {
            object.object("tokens").is_none()
                && PROVIDER.access.paths.iter().any(|path| path.iter().any(|name| object.filled(name).is_some()))
        }
    }
}
