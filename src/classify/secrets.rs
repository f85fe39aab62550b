//! What the texts of secret stores and token endpoints mean. Data first: one row per literal, first match wins.

use super::classes::{self as c, Class, Group};
use super::transport;
use super::vocabulary::{self, Place};
use crate::finding::{Confidence, Origin};

/// A literal (lower case) and what it says.
pub struct Literal {
    pub text: &'static str,
    pub class: &'static Class,
    pub subtype: Option<&'static str>,
    pub confidence: Confidence,
}

const fn sure(text: &'static str, class: &'static Class, subtype: &'static str) -> Literal {
    Literal { text, class, subtype: Some(subtype), confidence: Confidence::Confirmed }
}

const fn likely(text: &'static str, class: &'static Class, subtype: &'static str) -> Literal {
    Literal { text, class, subtype: Some(subtype), confidence: Confidence::Likely }
}

/// Inner texts of a failed secret fetch.
pub static SECRET_TEXTS: &[Literal] = &[
    sure("creating 1password client", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("creating 1password_connect client", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("env var \"op_", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("env var \"vault_", &c::STORE_AUTH_FAILED, "store-credential"),
    likely("creating aws", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("failed to parsetoken", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("could not find default credentials", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("resolved to empty value", &c::VALUE_EMPTY, "empty"),
    sure("resolved without a value", &c::VALUE_EMPTY, "empty"),
    sure("returned empty access_token", &c::VALUE_EMPTY, "empty"),
    sure("\" is empty", &c::VALUE_EMPTY, "empty"),
    sure("is not valid json", &c::VALUE_MALFORMED, "not-json"),
    sure("not found in json", &c::VALUE_MALFORMED, "key-missing"),
    sure("is not a string", &c::VALUE_MALFORMED, "wrong-type"),
    sure("extracting json_key", &c::VALUE_MALFORMED, "key-missing"),
    sure("invalid header field value", &c::VALUE_MALFORMED, "whitespace"),
    sure("specified field cannot be found", &c::REF_NOT_FOUND, "field-missing"),
    sure("matched the secret reference query", &c::REF_NOT_FOUND, "missing"),
    sure("found 0 vaults", &c::REF_NOT_FOUND, "missing"),
    sure("found 0 item", &c::REF_NOT_FOUND, "missing"),
    // Any other number than none.
    sure("vaults with title", &c::REF_NOT_FOUND, "ambiguous"),
    sure("item(s) in vault", &c::REF_NOT_FOUND, "ambiguous"),
    sure("item(s) with title", &c::REF_NOT_FOUND, "ambiguous"),
    sure("not found on item", &c::REF_NOT_FOUND, "field-missing"),
    sure("no such file or directory", &c::REF_NOT_FOUND, "missing"),
    sure("resourcenotfound", &c::REF_NOT_FOUND, "missing"),
    sure("parameternotfound", &c::REF_NOT_FOUND, "missing"),
    sure("secretnotfound", &c::REF_NOT_FOUND, "missing"),
    sure("marked for deletion", &c::REF_NOT_FOUND, "missing"),
    sure("must start with", &c::REF_NOT_FOUND, "malformed-ref"),
    sure("must have 3 or 4", &c::REF_NOT_FOUND, "malformed-ref"),
    sure("is not prefixed with", &c::REF_NOT_FOUND, "malformed-ref"),
    sure("reference has invalid format", &c::REF_NOT_FOUND, "malformed-ref"),
    likely("or it may not exist", &c::STORE_PERMISSION_DENIED, "denied-or-missing"),
    likely("is not set or empty", &c::REF_NOT_FOUND, "missing"),
    sure("invalid vault uuid", &c::REF_NOT_FOUND, "malformed-ref"),
    sure("invalid item uuid", &c::REF_NOT_FOUND, "malformed-ref"),
    // These refusals come with 401 and 403 alike, so they stand before the bare statuses.
    likely("does not have access to vault", &c::STORE_PERMISSION_DENIED, "denied"),
    sure("does not have write access", &c::STORE_PERMISSION_DENIED, "denied"),
    sure("rate limit exceeded", &c::STORE_UNREACHABLE, "throttled"),
    sure("throttl", &c::STORE_UNREACHABLE, "throttled"),
    sure("is sealed", &c::STORE_UNREACHABLE, "sealed"),
    sure("invalid bearer token", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("invalid token", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("missing client token", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("invalid role or secret id", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("unrecognizedclient", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("expiredtoken", &c::STORE_AUTH_FAILED, "store-credential"),
    likely("status 401", &c::STORE_AUTH_FAILED, "store-credential"),
    sure("accessdenied", &c::STORE_PERMISSION_DENIED, "denied"),
    sure("access to kms", &c::STORE_PERMISSION_DENIED, "denied"),
    sure("decryptionfailure", &c::STORE_PERMISSION_DENIED, "denied"),
    sure("secretmanager.versions.access", &c::STORE_PERMISSION_DENIED, "denied"),
    likely("permission denied", &c::STORE_PERMISSION_DENIED, "denied"),
    likely("status 403", &c::STORE_PERMISSION_DENIED, "denied"),
    likely("http 403", &c::STORE_PERMISSION_DENIED, "denied"),
    sure("not_found", &c::REF_NOT_FOUND, "missing"),
    // Vault says no more of a path that does not exist, raw or through its own client.
    sure("404 {\"errors\":[]}", &c::REF_NOT_FOUND, "missing"),
    sure("404: {\"errors\":[]}", &c::REF_NOT_FOUND, "missing"),
    sure("code: 404. errors:", &c::REF_NOT_FOUND, "missing"),
    sure("\" not found", &c::REF_NOT_FOUND, "missing"),
    likely("status 404", &c::REF_NOT_FOUND, "missing"),
    likely("http 404", &c::REF_NOT_FOUND, "missing"),
    sure("connection refused", &c::STORE_UNREACHABLE, "network"),
    sure("no such host", &c::STORE_UNREACHABLE, "network"),
    sure("server misbehaving", &c::STORE_UNREACHABLE, "network"),
    sure("connection reset", &c::STORE_UNREACHABLE, "network"),
    sure("i/o timeout", &c::STORE_UNREACHABLE, "timeout"),
    sure("deadline exceeded", &c::STORE_UNREACHABLE, "timeout"),
    sure("dial tcp", &c::STORE_UNREACHABLE, "network"),
    likely("tls:", &c::STORE_UNREACHABLE, "network"),
    likely("status 5", &c::STORE_UNREACHABLE, "internal"),
    likely("http 5", &c::STORE_UNREACHABLE, "internal"),
    likely("returned 5", &c::STORE_UNREACHABLE, "internal"),
    likely("internalservice", &c::STORE_UNREACHABLE, "internal"),
];

/// Reasons and texts of a failed mint or refresh.
pub static TOKEN_TEXTS: &[Literal] = &[
    likely("check your iat and exp", &c::CLOCK_SKEW, "assertion-time"),
    likely("check the 'exp' claim", &c::CLOCK_SKEW, "assertion-time"),
    likely("token used before issued", &c::CLOCK_SKEW, "assertion-time"),
    likely("issued in the future", &c::CLOCK_SKEW, "assertion-time"),
    sure("requesttimetooskewed", &c::CLOCK_SKEW, "printed-clocks"),
    sure("signature expired", &c::CLOCK_SKEW, "printed-clocks"),
    sure("signature not yet current", &c::CLOCK_SKEW, "printed-clocks"),
    sure("refresh_token_reused", &c::REFRESH_REUSED, "reused"),
    sure("invalid_grant", &c::INVALID_GRANT, "unspecified"),
    sure("invalid_client", &c::CLIENT_REJECTED, "invalid-client"),
    sure("unauthorized_client", &c::CLIENT_REJECTED, "unauthorized-client"),
    sure("invalid_request", &c::REFRESH_REQUEST_INVALID, "invalid-request"),
    sure("unsupported_grant_type", &c::REFRESH_REQUEST_INVALID, "unsupported-grant-type"),
    sure("invalid_scope", &c::REFRESH_REQUEST_INVALID, "invalid-scope"),
    sure("empty access_token", &c::MINT_FAILED, "empty-token"),
    sure("slow_down", &c::REFRESH_NETWORK, "throttled"),
    likely("expired_token", &c::INVALID_GRANT, "inactive"),
    sure("temporarily_unavailable", &c::REFRESH_NETWORK, "5xx"),
    sure("server_error", &c::REFRESH_NETWORK, "5xx"),
    sure("token_endpoint_http_5", &c::REFRESH_NETWORK, "5xx"),
    sure("token_endpoint_http_429", &c::REFRESH_NETWORK, "throttled"),
    sure("token endpoint http 5", &c::REFRESH_NETWORK, "5xx"),
    sure("token endpoint http 429", &c::REFRESH_NETWORK, "throttled"),
    sure("context canceled", &c::MINT_FAILED, "context-canceled"),
    sure("connection refused", &c::REFRESH_NETWORK, "transport"),
    sure("no such host", &c::REFRESH_NETWORK, "transport"),
    sure("server misbehaving", &c::REFRESH_NETWORK, "transport"),
    sure("connection reset", &c::REFRESH_NETWORK, "transport"),
    sure("i/o timeout", &c::REFRESH_NETWORK, "transport"),
    sure("deadline exceeded", &c::REFRESH_NETWORK, "transport"),
    sure("dial tcp", &c::REFRESH_NETWORK, "transport"),
    sure("x509", &c::REFRESH_NETWORK, "transport"),
    likely("request failed:", &c::REFRESH_NETWORK, "transport"),
];

/// What a text was taken for.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub class: &'static Class,
    pub subtype: Option<&'static str>,
    pub confidence: Confidence,
    pub origin: Origin,
}

fn first(table: &'static [Literal], lower: &str) -> Option<&'static Literal> {
    table.iter().find(|literal| lower.contains(literal.text))
}

/// Why a secret could not be resolved; without a discriminating text `secret.unresolved`.
pub fn secret(text: &str) -> Reading {
    let lower = text.to_ascii_lowercase();
    match first(SECRET_TEXTS, &lower) {
        Some(l) => {
            Reading { class: l.class, subtype: l.subtype, confidence: l.confidence, origin: Origin::SecretStore }
        }
        None => vocabulary(text, Place::Store, Group::Secret).unwrap_or_else(|| {
            let (class, subtype, confidence) = match transport::is_unanswered(text) {
                true => (&c::STORE_UNREACHABLE, Some("network"), Confidence::Likely),
                false => (&c::UNRESOLVED, None, Confidence::Confirmed),
            };
            Reading { class, subtype, confidence, origin: Origin::SecretStore }
        }),
    }
}

/// What the vendors' own words say, as far as it stays in the group that a failed fetch or mint belongs to.
fn vocabulary(text: &str, place: Place, group: Group) -> Option<Reading> {
    let meaning = vocabulary::look_up(text, place)?;
    let class = meaning.0.classes[0];
    let confidence = if meaning.is_ambiguous() { Confidence::Likely } else { Confidence::Confirmed };
    let origin = if place == Place::Store { Origin::SecretStore } else { minted_by(class, meaning.0.subtype) };
    (class.group == group).then_some(Reading { class, subtype: meaning.0.subtype, confidence, origin })
}

/// Why a token could not be minted. A text that says `loading … from "ref"` is a secret failure underneath.
pub fn token(reason: &str, text: &str) -> Reading {
    let lower = format!("{reason}\n{text}").to_ascii_lowercase();
    if let Some(at) = lower.find("loading ")
        && lower[at..].contains(" from \"")
    {
        return secret(&lower[at..]);
    }
    if let Some(reading) = numbered(&lower) {
        return reading;
    }
    match first(TOKEN_TEXTS, &lower) {
        Some(l) => Reading {
            class: l.class,
            subtype: l.subtype,
            confidence: l.confidence,
            origin: minted_by(l.class, l.subtype),
        },
        None => vocabulary(&lower, Place::TokenEndpoint, Group::Token).unwrap_or_else(|| {
            let asked = if lower.contains("token_endpoint") { Origin::TokenEndpoint } else { Origin::LocalProxy };
            match transport::is_unanswered(text) {
                true => unanswered(),
                false => {
                    Reading { class: &c::MINT_FAILED, subtype: None, confidence: Confidence::Confirmed, origin: asked }
                }
            }
        }),
    }
}

/// A vendor's own code in the answer of a token endpoint says more than the OAuth word beside it: the same
/// `invalid_grant` stands for a dead refresh token, a second factor, a closed account. So do words that blame nothing of
/// the token's own life.
fn numbered(lower: &str) -> Option<Reading> {
    const VENDORS: [&str; 2] = ["entra", "google"];
    let meaning = vocabulary::look_up(lower, Place::TokenEndpoint)?;
    let entry = meaning.0;
    let elsewhere = matches!(entry.classes[0].group, Group::Upstream | Group::Config);
    if entry.generic || !(elsewhere || VENDORS.contains(&entry.vendor)) {
        return None;
    }
    // Of a clock only an answer that prints both is sure.
    let unsure = meaning.is_ambiguous() || std::ptr::eq(entry.classes[0], &c::CLOCK_SKEW);
    let confidence = if unsure { Confidence::Likely } else { Confidence::Confirmed };
    Some(Reading { class: entry.classes[0], subtype: entry.subtype, confidence, origin: Origin::TokenEndpoint })
}

/// A mint or a refresh whose request got no answer, by a reason that no row knows.
pub fn unanswered() -> Reading {
    let (class, subtype) = (&c::REFRESH_NETWORK, Some("transport"));
    Reading { class, subtype, confidence: Confidence::Likely, origin: minted_by(class, subtype) }
}

/// Who refused: the endpoint, unless it was never reached or there was nothing to ask it with.
pub fn minted_by(class: &Class, subtype: Option<&str>) -> Origin {
    match subtype {
        Some("transport" | "context-canceled") => Origin::LocalProxy,
        _ if class == &c::REFRESH_MISSING => Origin::LocalProxy,
        _ => Origin::TokenEndpoint,
    }
}

/// The quoted reference of an error text. Vault names hold spaces, so only the closing quote ends it.
pub fn reference(text: &str) -> Option<&str> {
    const BEFORE: [&str; 6] =
        ["gateway credential \"", "secret \"", "parameter \"", " from \"", "secret file \"", "env var \""];
    BEFORE.iter().find_map(|before| {
        let from = text.find(before)? + before.len();
        let end = from + text[from..].find('"')?;
        (end > from).then(|| &text[from..end])
    })
}

#[cfg(test)]
mod tests {
    use super::vocabulary::{Entry, Where};
    use super::*;

    #[test]
    fn store_texts_find_their_class() {
        for (text, label) in [
            (
                r#"resolving 1password secret "op://a b/c/d": error resolving secret reference: the specified field cannot be found within the item"#,
                "secret.ref-not-found",
            ),
            (
                r#"creating 1password client: env var "OP_SERVICE_ACCOUNT_TOKEN" is not set or empty"#,
                "secret.store-auth-failed",
            ),
            (r#"env var "X" is not set or empty"#, "secret.ref-not-found"),
            (
                r#"resolving 1password secret "op://a/b/c": env var "OP_SERVICE_ACCOUNT_TOKEN" is not set or empty"#,
                "secret.store-auth-failed",
            ),
            (r#"reading Vault KV secret "kv/x": * service account name not authorized"#, "secret.store-auth-failed"),
            (
                r#"accessing GCP secret "projects/p": HTTP 400: FAILED_PRECONDITION: DISABLED state"#,
                "secret.ref-not-found",
            ),
            (r#"secret file "/x" is empty"#, "secret.value-empty"),
            (r#"looking up vault "V": status 401: Invalid bearer token"#, "secret.store-auth-failed"),
            (r#"fetching secret "arn": STUB"#, "secret.unresolved"),
            (r#"reading Vault KV secret "kv/x": 404 {"errors":[]}"#, "secret.ref-not-found"),
            (
                "reading Vault KV secret \"kv/x\": Error making API request.\n\nURL: GET http://v/v1/kv/x\nCode: 404. Errors:\n\n",
                "secret.ref-not-found",
            ),
            (
                "reading Vault KV secret \"kv/x\": Error making API request.\n\nCode: 403. Errors:\n\n* permission denied",
                "secret.store-permission-denied",
            ),
            (r#"looking up item "I": Found 2 item(s) in vault "v1" with title "I""#, "secret.ref-not-found"),
            (r#"looking up vault "V": Found 3 vaults with title "V""#, "secret.ref-not-found"),
            (r#"secrets "db" not found"#, "secret.ref-not-found"),
            (r#"extracting json_key "a" from secret "s": key "a" not found in JSON"#, "secret.value-malformed"),
            (
                r#"looking up vault "E": Get "http://x": dial tcp 1.2.3.4:1: connect: connection refused"#,
                "secret.store-unreachable",
            ),
        ] {
            assert_eq!(secret(text).class.label, label, "{text}");
        }
    }

    #[test]
    fn token_texts_find_their_class() {
        for (reason, text, label) in [
            ("invalid_grant", "", "token.refresh-invalid-grant"),
            (
                "mint_failed",
                r#"loading client_secret from "op://E/O/secret": resolving: the specified field cannot be found"#,
                "secret.ref-not-found",
            ),
            (
                "",
                r#"400 Bad Request Response: {"error":"invalid_grant","d":"Check your iat and exp values"}"#,
                "token.clock-skew",
            ),
            (
                "",
                r#"400 Bad Request Response: {"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#,
                "token.mint-failed",
            ),
            (
                "invalid_grant",
                r#"{"error":"invalid_grant","error_codes":[50076],"d":"AADSTS50076: x"}"#,
                "upstream.step-up-required",
            ),
            ("invalid_client", "AADSTS70002: x. AADSTS50012: not within its valid time range", "token.mint-failed"),
            ("interaction_required", "AADSTS50079: enroll", "upstream.step-up-required"),
            ("invalid_grant", "Please check the 'exp' claim.", "token.clock-skew"),
            (
                "token_endpoint_http_400",
                "AADSTS7000222: The provided client secret keys are expired.",
                "token.refresh-client-rejected",
            ),
            ("token_endpoint_http_500", "boom", "token.refresh-network"),
            ("token_endpoint_http_403", "<html>", "token.mint-failed"),
        ] {
            assert_eq!(token(reason, text).class.label, label, "{reason} {text}");
        }
    }

    /// What a proxy's own mint is refused with and what a device login is refused with.
    const TOLD_APART: [&str; 2] = ["slow_down", "expired_token"];

    #[test]
    fn a_literal_of_both_registries_has_one_meaning() {
        for (table, place, home) in
            [(SECRET_TEXTS, Place::Store, Where::Store), (TOKEN_TEXTS, Place::TokenEndpoint, Where::TokenEndpoint)]
        {
            for literal in table.iter().filter(|literal| !TOLD_APART.contains(&literal.text)) {
                let same = |e: &&Entry| e.literal.eq_ignore_ascii_case(literal.text) && e.place.admits(place);
                let twins: Vec<&Entry> = vocabulary::entries().iter().filter(same).collect();
                let at_home = twins.iter().find(|entry| entry.place == home);
                if let Some(twin) = at_home.or(twins.first()) {
                    let says = (twin.classes[0].label, twin.subtype);
                    assert_eq!(says, (literal.class.label, literal.subtype), "{} ({})", literal.text, twin.vendor);
                }
            }
        }
    }

    #[test]
    fn no_row_is_shadowed_by_a_vendors_own_code() {
        for literal in TOKEN_TEXTS {
            assert!(numbered(literal.text).is_none(), "{} never gets its turn", literal.text);
        }
    }

    #[test]
    fn references_keep_their_spaces() {
        assert_eq!(reference(r#"resolving 1password secret "op://My Vault/A B/c": x"#), Some("op://My Vault/A B/c"));
        assert_eq!(reference("nothing quoted"), None);
    }
}
