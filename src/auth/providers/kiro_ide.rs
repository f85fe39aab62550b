//! The Kiro IDE's own token in the AWS SSO cache, `kiro-auth-token.json`.

use super::{Clock, Lifetime, Named, Need, Provider, Shape, Slot, no_lead};
use crate::auth::case::Case;
use crate::auth::json::Object;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "kiro-ide",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["accessToken"]], shape: Shape::Prefix(&["aoa", "eyJ"]), optional: false },
    refresh: Slot { paths: &[&["refreshToken"]], shape: Shape::Prefix(&["aor"]), optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["expiresAt"]], Clock::Text),
    need: |_| Need::Token,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: true,
    accounts: &[],
    account_parts: &[],
    check,
    example: r##"{"accessToken":"aoaAq3fZx81LmPw5TgY","refreshToken":"aorBq3fZx81LmPw5TgY","expiresAt":"2026-02-21T12:33:00.512Z","authMethod":"social","provider":"Google"}"##,
    counter_example: (
        r##"{"accessToken":"aoaAq3fZx81LmPw5TgY","expiresAt":"2026-02-21T12:33:00.512Z","authMethod":"social"}"##,
        "refresh-token-missing",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name == "kiro-auth-token.json" && (object.has("accessToken") || object.has("refreshToken"))
}

/// Whether a refresh goes through a registered client, as every login but a social one does.
pub(in crate::auth) fn is_registered(object: &Object) -> bool {
    object.filled("authMethod").is_some_and(|method| !method.eq_ignore_ascii_case("social"))
}

/// The client pair is only in the registration that the hash names.
fn check(case: &mut Case<'_>) {
    if is_registered(case.object) && case.object.filled("clientIdHash").is_none() {
        case.note("kiro-idc-client-id-missing")
            .severity(Severity::Info)
            .at("/clientIdHash")
            .say("nothing names its registration");
        case.block();
    }
}
