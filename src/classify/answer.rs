//! What an upstream's answer says in its own words: its body and its challenge, where an export keeps them.
//!
//! Belongs here: which words of an answer count, and for which class. Elsewhere: what a literal means
//! ([`super::vocabulary`]) and who gave the answer ([`super::audit`]).
//!
//! Only fields that are named for the answer are read (`response_body`, `upstream_body`, the challenge); captured bodies
//! are content. An answer that says success by its status refuses only in the shapes that declare it (`ok: false`, a list
//! of errors without data), as any other text in it is content too.

use super::classes::{self as c, Class, Group};
use super::judgement::Judgement;
use super::vocabulary::{self, Meaning, Place};
use crate::finding::{Confidence, Origin};
use serde_json::Value;

/// Longest part of an answer that is looked at, in bytes: error bodies are short, and what follows is content.
const BODY_MAX: usize = 8 << 10;

/// A meaning at a place that answered with this status. An answer of a class of its own may come from the mesh before the
/// service; a token endpoint refuses only where one was asked.
pub fn by(meaning: Meaning, place: Place, status: u16) -> Judgement {
    let class = masked(meaning.0.classes[0], status);
    let origin = match class.group {
        Group::Local => Origin::Mesh,
        Group::Token if !matches!(place, Place::Resource(_)) => Origin::TokenEndpoint,
        _ => Origin::Upstream,
    };
    Judgement::new(class, origin, meaning.confidence()).of_kind(meaning.0.subtype)
}

/// What a text of an answer with this status means. A 429 is a limit whatever else its text mentions, and a fault of the
/// server is no refusal because of a general word in it.
pub fn meaning(text: &str, place: Place, status: u16) -> Option<Meaning> {
    let admits = |meaning: &Meaning| match status {
        429 => matches!(meaning.0.classes[0].group, Group::Quota | Group::Avail),
        500.. => meaning.0.generic == 0,
        _ => true,
    };
    vocabulary::look_up(head(text), place).filter(admits)
}

/// A limit that is told with the status of a denial. 402 is left out, as it is a plan's own word for a spent quota.
fn masked(class: &'static Class, status: u16) -> &'static Class {
    let limit = std::ptr::eq(class, &c::RATE_LIMITED) || std::ptr::eq(class, &c::QUOTA_EXHAUSTED);
    if limit && matches!(status, 400 | 401 | 403) { &c::MASKED_AS_DENIAL } else { class }
}

/// What the answer to a request for `path` says, if a rule knows it. The body's specific words beat the challenge, the
/// challenge beats the body's general ones.
pub fn said(status: u16, path: &str, body: &str, challenge: &str, attached: bool) -> Option<Judgement> {
    let place = if is_token_path(path) { Place::TokenEndpoint } else { Place::Resource(status) };
    let found = [body, challenge].map(|text| meaning(text, place, status));
    match found.into_iter().flatten().min_by_key(|meaning| meaning.0.generic) {
        Some(meaning) => Some(by(meaning, place, status)),
        // RFC 6750: a challenge without an error is the answer to a request without a credential.
        None if status == 401 && !attached && !challenge.is_empty() && !challenge.contains("error=") => {
            Some(Judgement::new(&c::CREDENTIAL_MISSING, Origin::Upstream, Confidence::Likely))
        }
        None => None,
    }
}

/// What an answer with a status of success declares to be a failure.
pub fn declared(body: &str) -> Option<Judgement> {
    const STATUS: u16 = 200;
    if !body.starts_with('{') || body.len() > BODY_MAX {
        return None;
    }
    let value: Value = serde_json::from_str(body).ok()?;
    let text = if value["ok"] == false {
        value["error"].as_str()?.to_owned()
    } else if value["errors"].is_array() && value["data"].is_null() {
        value["errors"].to_string()
    } else {
        return None;
    };
    let place = Place::Resource(STATUS);
    vocabulary::look_up(&text, place).map(|meaning| by(meaning, place, STATUS))
}

/// Paths at which tokens are issued. `/token` below another service's own path may be anything.
fn is_token_path(path: &str) -> bool {
    let ends = |list: &[&str]| list.iter().any(|end| path.ends_with(end));
    path == "/token"
        || ends(&["/oauth/access_token", "/refreshToken", "/connect/token"])
        || (path.contains("oauth") && path.ends_with("/token"))
}

/// The beginning of a text, cut at a character's edge.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(BODY_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(said: Option<Judgement>) -> Option<(&'static str, Confidence)> {
        said.map(|said| (said.class.label, said.confidence))
    }

    #[test]
    fn a_body_says_why() {
        let body = r#"{"message":"Resource protected by organization SAML enforcement."}"#;
        assert_eq!(label(said(403, "/orgs", body, "", true)), Some(("upstream.org-policy", Confidence::Confirmed)));
        assert_eq!(label(said(403, "/orgs", r#"{"message":"no"}"#, "", true)), None);
        let grant = r#"{"error":"invalid_grant"}"#;
        assert_eq!(
            label(said(400, "/oauth/token", grant, "", false)),
            Some(("token.refresh-invalid-grant", Confidence::Confirmed))
        );
        assert_eq!(label(said(400, "/v1/items", grant, "", false)), None);
    }

    #[test]
    fn a_service_that_speaks_of_a_clock_is_no_token_endpoint() {
        let body = r#"{"__type":"InvalidSignatureException","message":"Signature expired: a is now earlier than b"}"#;
        let told = |path: &str| said(403, path, body, "", true).map(|said| (said.class.label, said.origin));
        assert_eq!(told("/v1/items"), Some(("token.clock-skew", Origin::Upstream)));
        assert_eq!(told("/oauth/token"), Some(("token.clock-skew", Origin::TokenEndpoint)));
    }

    #[test]
    fn a_limit_told_as_a_denial_is_no_denial() {
        let body = r#"{"__type":"ThrottlingException"}"#;
        assert_eq!(label(said(400, "/", body, "", true)), Some(("quota.masked-as-denial", Confidence::Confirmed)));
        assert_eq!(label(said(429, "/", body, "", true)), Some(("quota.rate-limited", Confidence::Confirmed)));
    }

    #[test]
    fn a_limit_stays_one_whatever_it_mentions() {
        let body = r#"{"message":"You have reached your unauthenticated limit"}"#;
        assert_eq!(label(said(429, "/", body, "", false)), None);
        assert_eq!(label(said(503, "/", r#"{"error":"permission_error"}"#, "", true)), None);
    }

    #[test]
    fn a_challenge_without_an_error_saw_no_credential() {
        let bare = r#"Bearer realm="x""#;
        assert_eq!(label(said(401, "/", "", bare, false)), Some(("upstream.credential-missing", Confidence::Likely)));
        assert_eq!(label(said(401, "/", "", bare, true)), None);
        let expired = r#"Bearer error="invalid_token", error_description="The access token expired""#;
        assert_eq!(label(said(401, "/", "", expired, true)), Some(("upstream.token-expired", Confidence::Confirmed)));
    }

    #[test]
    fn a_success_fails_only_where_it_declares_it() {
        assert_eq!(
            label(declared(r#"{"ok":false,"error":"token_revoked"}"#)),
            Some(("upstream.token-revoked", Confidence::Confirmed))
        );
        assert_eq!(label(declared(r#"{"ok":true,"text":"token_revoked"}"#)), None);
        assert_eq!(label(declared(r#"{"data":{"a":1},"errors":[{"message":"missing scopes"}]}"#)), None);
        assert_eq!(label(declared(r#"{"choices":["invalid_auth"]}"#)), None);
    }

    #[test]
    fn long_answers_are_cut_at_a_character() {
        let body = "ü".repeat(BODY_MAX);
        assert!(head(&body).len() <= BODY_MAX);
    }
}
