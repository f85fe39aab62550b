//! A client registration of the AWS SSO cache, named by the hash that token files carry.

use super::{Clock, DAY, Lifetime, NOWHERE, Named, Need, Provider, no_lead, nothing_more};
use crate::auth::case::Case;
use crate::auth::expiry::Instant;
use crate::auth::json::Object;

pub static PROVIDER: Provider = Provider {
    name: "sso-registration",
    types: &[],
    prefixes: &[],
    untyped: Some(recognises),
    store: true,
    lead_seconds: no_lead,
    access: NOWHERE,
    refresh: NOWHERE,
    refresh_secrets: &[],
    jwts: &[],
    lifetime: |_| Lifetime::Store(&[&["expiresAt"]], Clock::Text),
    need: |_| Need::Never,
    without_refresh_token: "that program must log in again",
    silent_no_op: false,
    rotates: false,
    accounts: &[],
    account_parts: &[],
    check: nothing_more,
    example: r##"{"clientId":"c1","clientSecret":"s1","expiresAt":"2026-04-02T12:00:00.000Z"}"##,
    counter_example: (
        r##"{"clientId":"c1","clientSecret":"s1","expiresAt":"2026-02-02T12:00:00.000Z"}"##,
        "expiry-expired",
    ),
};

/// A registration that ends within this time is announced.
const WARN_SECONDS: i64 = 7 * DAY;

fn recognises(object: &Object, _: &Named<'_>) -> bool {
    object.has("clientId")
        && object.has("clientSecret")
        && object.has("expiresAt")
        && !object.has("accessToken")
        && !object.has("refreshToken")
}

/// Judges the end of a client registration for a login that depends on it.
pub(in crate::auth) fn judge(case: &mut Case<'_>, end: Instant, pointer: &str) {
    case.renewal_end = Some(case.renewal_end.map_or(end, |other| other.min(end)));
    if end <= case.as_of {
        case.note("kiro-registration-expired").at(pointer).say(format!("it ended {}", end.text()));
        case.block();
    } else if ends_soon(end, case.as_of) {
        case.note("kiro-registration-expiring").at(pointer).say(format!("it ends {}", end.text()));
    }
}

pub(in crate::auth) fn ends_soon(end: Instant, as_of: Instant) -> bool {
    end.seconds_since(as_of) <= WARN_SECONDS
}
