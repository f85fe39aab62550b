//! GitHub Copilot: a GitHub token that does not end by time and is never refreshed.

use super::{Lifetime, NOWHERE, Need, Provider, Shape, Slot, no_lead, nothing_more};

pub static PROVIDER: Provider = Provider {
    name: "github-copilot",
    types: &["github-copilot"],
    prefixes: &["github-copilot"],
    untyped: None,
    store: false,
    lead_seconds: no_lead,
    access: Slot {
        paths: &[&["access_token"]],
        shape: Shape::Prefix(&["gho_", "ghu_", "ghp_", "github_pat_"]),
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
    accounts: &["username", "email"],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"type":"github-copilot","access_token":"gho_Aq3fZx81LmPw5TgY","username":"ada","api_token_expires_at":1771673640}"##,
    counter_example: (
        r##"{"type":"github-copilot","access_token":"sk-Aq3fZx81LmPw5TgY9","username":"ada"}"##,
        "token-shape-unexpected",
    ),
};
