//! What the tokens claim about themselves, against what the file says. Nothing is verified: a claim is a claim.

use super::super::case::Case;
use super::super::jwt::{self, Claims};
use super::super::providers::{DAY, Lifetime};
use super::expiry::TOLERANCE_SECONDS;
use crate::finding::Severity;

/// Compares the claims of every JWT of the file with the file.
pub fn check(case: &mut Case<'_>) {
    let access = decode(case.access.expose());
    let refresh = if case.has("token-swapped") { None } else { decode(case.refresh.expose()) };
    let id = case.object.filled("id_token").and_then(jwt::decode);
    if let Some(claims) = &access {
        end(case, claims);
        reach(case, claims);
    }
    if let Some(claims) = &refresh {
        refresh_end(case, claims);
    }
    for (claims, pointer) in [
        (&access, case.access.pointer.clone()),
        (&refresh, case.refresh.pointer.clone()),
        (&id, "/id_token".to_owned()),
    ] {
        if let Some(claims) = claims {
            written(case, claims, pointer);
        }
    }
    for (claims, pointer) in [(&access, case.access.pointer.clone()), (&id, "/id_token".to_owned())] {
        if let Some(claims) = claims {
            young(case, claims, &pointer);
            account(case, claims, &pointer);
        }
    }
}

fn decode(token: &str) -> Option<Claims> {
    if jwt::looks_like(token.trim()) { jwt::decode(token) } else { None }
}

/// How the claims are written: readers differ about what stands there twice, and about dates in another unit.
fn written(case: &mut Case<'_>, claims: &Claims, pointer: String) {
    if claims.has_twice() {
        let severity = case.if_loaded(Severity::Warning);
        case.note("json-duplicate-key")
            .severity(severity)
            .at(pointer.clone())
            .say("a claim of the token; nothing is concluded from it");
    }
    if claims.is_unsigned() {
        case.note("jwt-unsigned").at(pointer.clone());
    }
    if let Some(fault) = claims.date_fault("exp") {
        case.note("expiry-epoch-unit").severity(Severity::Info).at(pointer).say(format!("the token's exp is {fault}"));
    }
}

fn end(case: &mut Case<'_>, claims: &Claims) {
    let (Some(claimed), Some(stored)) = (claims.date("exp"), case.expires) else { return };
    let explained = case.has("expiry-far-future") || case.has("expiry-naive-timezone");
    if case.has("token-swapped") {
        return;
    }
    let explicit = (case.provider.lifetime)(case.object) == Lifetime::Stored;
    if explicit && claimed.seconds_since(stored).abs() > TOLERANCE_SECONDS {
        let severity = if explained { Severity::Info } else { Severity::Warning };
        let detail = format!("the token claims {} (not verified), the file says {}", claimed.text(), stored.text());
        let pointer = case.access.pointer.clone();
        case.note("expiry-jwt-mismatch").severity(severity).at(pointer).say(detail);
    }
}

/// A bearer token that claims to live longer than this is worth a remark.
const LONG_SECONDS: i64 = 30 * DAY;

/// How long whoever holds the token can use it.
fn reach(case: &mut Case<'_>, claims: &Claims) {
    let detail = match (claims.date("exp"), claims.date("iat")) {
        (None, _) if claims.has("exp") => return,
        (None, _) => "it claims no end".to_owned(),
        (Some(end), Some(start)) if end.seconds_since(start) > LONG_SECONDS => {
            format!("it claims {} days", end.seconds_since(start) / DAY)
        }
        _ => return,
    };
    let pointer = case.access.pointer.clone();
    case.note("jwt-long-lived").at(pointer).say(detail);
}

fn refresh_end(case: &mut Case<'_>, claims: &Claims) {
    let Some(end) = claims.date("exp") else { return };
    case.renewal_end = Some(case.renewal_end.map_or(end, |other| other.min(end)));
    if end <= case.as_of {
        let pointer = case.refresh.pointer.clone();
        case.note("refresh-token-expired")
            .at(pointer)
            .say(format!("it claims to have ended {} (not verified)", end.text()));
        case.block();
    }
}

fn young(case: &mut Case<'_>, claims: &Claims, pointer: &str) {
    let start = ["nbf", "iat"].iter().filter_map(|name| claims.date(name)).max();
    let Some(start) = start.filter(|at| at.seconds_since(case.as_of) > TOLERANCE_SECONDS) else { return };
    if !case.has("jwt-not-yet-valid") {
        case.note("jwt-not-yet-valid").at(pointer).say(format!("it claims to begin {} (not verified)", start.text()));
    }
}

fn account(case: &mut Case<'_>, claims: &Claims, pointer: &str) {
    let (Some(claimed), Some(stored)) = (claims.email(), case.object.filled("email")) else { return };
    if stored.contains('@') && !claimed.eq_ignore_ascii_case(stored) && !case.has("jwt-account-mismatch") {
        case.note("jwt-account-mismatch").at(pointer).say("the token claims another e-mail address (not verified)");
    }
}
