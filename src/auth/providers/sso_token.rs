//! A token file of the AWS SSO cache.

use super::{Clock, Lifetime, Named, Need, Provider, Shape, Slot, no_lead, store_time};
use crate::auth::case::Case;
use crate::auth::json::Object;
use crate::auth::verdict::Refresh;
use crate::finding::Severity;

pub static PROVIDER: Provider = Provider {
    name: "sso-token",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: Slot { paths: &[&["accessToken"]], shape: Shape::Any, optional: false },
    refresh: Slot { paths: &[&["refreshToken"]], shape: Shape::Any, optional: false },
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["expiresAt"]], Clock::Text),
    need: |object| if object.has("refreshToken") { Need::Token } else { Need::Never },
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: true,
    accounts: &[],
    account_parts: &[],
    check,
    example: r##"{"startUrl":"https://d-1.awsapps.com/start","region":"eu-central-1","accessToken":"aoaAq3fZx81LmPw5TgY","expiresAt":"2026-02-21T13:00:00UTC","clientId":"c1","clientSecret":"s1","registrationExpiresAt":"2026-03-04T12:00:00Z","refreshToken":"aorBq3fZx81LmPw5TgY"}"##,
    counter_example: (
        r##"{"startUrl":"https://d-1.awsapps.com/start","region":"eu-central-1","accessToken":"aoaAq3fZx81LmPw5TgY","expiresAt":"2026-02-21T13:00:00Z","clientId":"c1","clientSecret":"s1","registrationExpiresAt":"2026-02-04T12:00:00Z","refreshToken":"aorBq3fZx81LmPw5TgY"}"##,
        "kiro-registration-expired",
    ),
};

fn recognises(object: &Object, named: &Named<'_>) -> bool {
    named.name != "kiro-auth-token.json"
        && object.has("accessToken")
        && object.has("startUrl")
        && object.has("expiresAt")
}

fn check(case: &mut Case<'_>) {
    for (name, id) in [("clientId", "kiro-idc-client-id-missing"), ("clientSecret", "kiro-idc-client-secret-missing")] {
        if case.can_refresh != Refresh::NotApplicable && case.object.filled(name).is_none() {
            case.note(id).severity(Severity::Info).at(format!("/{name}")).say("it cannot be refreshed");
            case.block();
        }
    }
    if let Some(end) = store_time(case.object, "registrationExpiresAt") {
        super::sso_registration::judge(case, end, "/registrationExpiresAt");
    }
}
