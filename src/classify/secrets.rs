//! What a failed secret fetch and a failed mint are taken for, by their texts.
//!
//! Elsewhere: the texts themselves ([`super::vocabulary`], places `store` and `mint`).

use super::classes::{self as c, Class, Group};
use super::judgement::Judgement;
use super::transport;
use super::vocabulary::{self, Meaning, Place};
use crate::finding::{Confidence, Origin};

/// Why a secret could not be resolved; without a discriminating text `secret.unresolved`.
pub fn secret(text: &str) -> Judgement {
    let by_store = |class, confidence| Judgement::new(class, Origin::SecretStore, confidence);
    match vocabulary::look_up(&without_names(text), Place::Store) {
        Some(meaning) => Judgement::by(meaning, Origin::SecretStore),
        None if transport::is_unanswered(text) => {
            by_store(&c::STORE_UNREACHABLE, Confidence::Likely).of_kind("network")
        }
        None => by_store(&c::UNRESOLVED, Confidence::Confirmed),
    }
}

/// Why a token could not be minted. A text that says `loading … from "ref"` is a secret failure underneath.
pub fn token(reason: &str, text: &str) -> Judgement {
    let lower = format!("{reason}\n{text}").to_ascii_lowercase();
    if let Some(at) = lower.find("loading ")
        && lower[at..].contains(" from \"")
    {
        return secret(&lower[at..]);
    }
    if let Some(meaning) = vocabulary::look_up(&lower, Place::Mint) {
        return minted(meaning);
    }
    if transport::is_unanswered(text) {
        return unanswered();
    }
    let answered = is_code(if reason.is_empty() { text } else { reason }) || quotes_answer(&lower);
    let origin = if answered { Origin::TokenEndpoint } else { Origin::LocalProxy };
    Judgement::new(&c::MINT_FAILED, origin, Confidence::Confirmed)
}

/// The reason is a code that the proxy took from an answer, be it known or not; it has one of its own, for a request that
/// brought none.
fn is_code(reason: &str) -> bool {
    let is_word =
        !reason.is_empty() && reason.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_word && reason != "mint_failed"
}

/// The text goes on with the status of an answer, as OAuth clients quote it.
fn quotes_answer(lower: &str) -> bool {
    let status = lower.split_once("cannot fetch token: ").map_or("", |(_, rest)| rest);
    status.starts_with(|c: char| c.is_ascii_digit())
}

/// What the words of a failed mint or refresh mean.
pub fn minted(meaning: Meaning) -> Judgement {
    Judgement::by(meaning, minted_by(meaning.0.classes[0], meaning.0.subtype))
}

/// A mint or a refresh whose request got no answer, by a reason that no row knows.
pub fn unanswered() -> Judgement {
    let (class, subtype) = (&c::REFRESH_NETWORK, Some("transport"));
    Judgement::new(class, minted_by(class, subtype), Confidence::Likely).of_kind(subtype)
}

/// Who refused: the endpoint, unless it was never reached or there was nothing to ask it with.
fn minted_by(class: &Class, subtype: Option<&str>) -> Origin {
    match subtype {
        _ if class.group == Group::Secret => Origin::SecretStore,
        Some("transport" | "context-canceled") => Origin::LocalProxy,
        _ if class == &c::REFRESH_MISSING => Origin::LocalProxy,
        _ => Origin::TokenEndpoint,
    }
}

/// What the quoted texts behind these words are: names that people chose, and no words of the store.
const NAMED: [&str; 15] = [
    "arn \"",
    "credential \"",
    "env var \"",
    "field \"",
    "file \"",
    "from \"",
    "item \"",
    "key \"",
    "parameter \"",
    "path \"",
    "secret \"",
    "section \"",
    "title \"",
    "vault \"",
    "version \"",
];

/// How the variables begin that hold the logins of stores.
const LOGINS: [&str; 2] = ["OP_", "VAULT_"];

/// The text without the names of what was asked for, addresses and paths: a word of the store that happens to stand in
/// one of them says nothing. Of a variable's name stays what tells that it holds a login.
fn without_names(text: &str) -> String {
    let mut rest = text;
    let mut words = String::with_capacity(text.len());
    while let Some((before, name)) = next_name(rest) {
        words.push_str(&rest[..before]);
        if rest[..before].ends_with("env var \"") {
            words.push_str(LOGINS.iter().find(|family| name.starts_with(**family)).unwrap_or(&""));
        }
        rest = &rest[before + name.len()..];
    }
    words.push_str(rest);
    without_paths(&words)
}

/// The first quoted name of a text, and where it begins. Names hold spaces, so only the closing quote ends them.
fn next_name(text: &str) -> Option<(usize, &str)> {
    let opens = |at: usize| NAMED.iter().any(|word| text[..=at].ends_with(word));
    let from = text.match_indices('"').map(|(at, _)| at).find(|at| opens(*at))? + 1;
    text[from..].find('"').map(|length| (from, &text[from..from + length]))
}

/// The text without words that hold a slash or name a resource of AWS, but for what ends them.
fn without_paths(text: &str) -> String {
    let is_path = |word: &str| word.starts_with("arn:") || word.contains('/') && !word.eq_ignore_ascii_case("i/o");
    let mut words = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || "\"\\'()[],".contains(c)) {
        let word = piece.trim_end_matches(|c: char| c.is_whitespace() || "\"\\'()[],.:;".contains(c));
        words.push_str(if is_path(word) { &piece[word.len()..] } else { piece });
    }
    words
}

/// The quoted reference of an error text. Vault names hold spaces, so only the closing quote ends it. A variable that the
/// client of a store wants for its own login is not what was asked for.
pub fn reference(text: &str) -> Option<&str> {
    const VARIABLE: &str = "env var \"";
    const BEFORE: [&str; 6] =
        ["gateway credential \"", "secret \"", "parameter \"", " from \"", "secret file \"", VARIABLE];
    let is_login = |at: usize| text[..at].contains("creating ") && text[..at].ends_with(" client: ");
    BEFORE.iter().find_map(|before| {
        let at = text.find(before).filter(|at| *before != VARIABLE || !is_login(*at))?;
        let from = at + before.len();
        let end = from + text[from..].find('"')?;
        (end > from).then(|| &text[from..end])
    })
}

#[cfg(test)]
mod tests {
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
    fn clients_of_stores_say_it_in_their_own_words() {
        let vault = "error encountered while reading secret at m/data/p: Error making API request.\n\nURL: GET http://v/v1/m/data/p\n";
        let aws = "operation error Secrets Manager: GetSecretValue, ";
        let login = "get identity: get credentials: failed to refresh cached credentials, ";
        for (text, label, subtype, confidence) in [
            ("secret not found: at m/data/p".to_owned(), "secret.ref-not-found", "missing", Confidence::Confirmed),
            ("secret resolved without data".to_owned(), "secret.ref-not-found", "version-missing", Confidence::Likely),
            (
                format!("{vault}Code: 429. Errors:\n\n* request path \"m/data/p\": rate limit quota exceeded"),
                "secret.store-unreachable",
                "throttled",
                Confidence::Confirmed,
            ),
            (
                format!("{vault}Code: 500. Errors:\n\n* internal error"),
                "secret.store-unreachable",
                "internal",
                Confidence::Likely,
            ),
            (
                "HTTP 400: Secret Version [projects/1/secrets/s/versions/2] is in DESTROYED state.".to_owned(),
                "secret.ref-not-found",
                "version-missing",
                Confidence::Confirmed,
            ),
            (
                "HTTP 401: Request had invalid authentication credentials. Expected OAuth 2 access token".to_owned(),
                "secret.store-auth-failed",
                "store-credential",
                Confidence::Confirmed,
            ),
            (
                "HTTP 429: Quota exceeded for quota metric 'Access requests'".to_owned(),
                "secret.store-unreachable",
                "throttled",
                Confidence::Confirmed,
            ),
            (
                r#"Get "https://s.example/v1/x": oauth2: "invalid_grant" "Invalid JWT Signature.""#.to_owned(),
                "secret.store-auth-failed",
                "store-credential",
                Confidence::Confirmed,
            ),
            (
                format!("{aws}{login}no EC2 IMDS role found, operation error ec2imds: context deadline exceeded"),
                "secret.store-auth-failed",
                "store-credential",
                Confidence::Confirmed,
            ),
            (
                format!("{aws}{login}operation error STS: AssumeRoleWithWebIdentity, api error AccessDenied: no"),
                "secret.store-auth-failed",
                "store-credential",
                Confidence::Confirmed,
            ),
            (
                format!("{aws}{login}Get \"http://x\": dial tcp 1.2.3.4:80: connect: connection refused"),
                "secret.store-auth-failed",
                "store-credential",
                Confidence::Likely,
            ),
            (
                format!("{aws}api error InvalidClientTokenId: x"),
                "secret.store-auth-failed",
                "store-credential",
                Confidence::Confirmed,
            ),
            (
                format!("{aws}api error InvalidSignatureException: Signature expired: a is now earlier than b"),
                "token.clock-skew",
                "printed-clocks",
                Confidence::Confirmed,
            ),
            (
                format!("{aws}api error AccessDeniedException: x"),
                "secret.store-permission-denied",
                "denied",
                Confidence::Confirmed,
            ),
            (
                "error resolving secret reference: more than one item matched the secret reference query".to_owned(),
                "secret.ref-not-found",
                "ambiguous",
                Confidence::Confirmed,
            ),
            (
                format!("{aws}api error ParameterVersionNotFound: x"),
                "secret.ref-not-found",
                "version-missing",
                Confidence::Confirmed,
            ),
        ] {
            let told = secret(&format!("fetching secret \"x\": {text}"));
            let told = (told.class.label, told.subtype, told.confidence);
            assert_eq!(told, (label, Some(subtype), confidence), "{text}");
        }
    }

    /// Names, addresses and paths are chosen by people.
    #[test]
    fn a_word_inside_a_name_says_nothing() {
        let inside = "an internal error occurred";
        for text in [
            format!(r#"resolving 1password secret "op://ops/throttler/key": {inside}"#),
            format!(r#"resolving 1password secret "op://My Vault/is sealed/key": {inside}"#),
            format!(r#"fetching secret "prod/accessdenied-page/token": StatusCode: 400, {inside}"#),
            format!(r#"fetching secret "accessdenied": {inside} at prod/accessdenied-page"#),
            format!("{inside} for arn:aws:secretsmanager:r:1:secret:throttling-1"),
        ] {
            assert_eq!(secret(&text).class.label, "secret.unresolved", "{text}");
        }
        let own = secret(r#"env var "THROTTLE_KEY" is not set or empty"#);
        assert_eq!((own.class.label, own.subtype), ("secret.ref-not-found", Some("missing")));
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

    #[test]
    fn an_endpoint_that_answered_is_not_the_proxy() {
        let fetch =
            |status: &str| format!("minting GCP access token: oauth2: cannot fetch token: {status}\nResponse: no");
        for (reason, text, label, subtype, origin) in [
            ("", fetch("503 Service Unavailable"), "token.refresh-network", Some("5xx"), Origin::TokenEndpoint),
            ("", fetch("429 Too Many Requests"), "token.refresh-network", Some("throttled"), Origin::TokenEndpoint),
            ("mint_failed", fetch("503 x"), "token.refresh-network", Some("5xx"), Origin::TokenEndpoint),
            ("", fetch("403 Forbidden"), "token.mint-failed", None, Origin::TokenEndpoint),
            ("", "inactive_user".to_owned(), "token.mint-failed", None, Origin::TokenEndpoint),
            ("invalid_resource", "no such thing".to_owned(), "token.mint-failed", None, Origin::TokenEndpoint),
            ("", "mint_failed".to_owned(), "token.mint-failed", None, Origin::LocalProxy),
            ("mint_failed", "signing the assertion".to_owned(), "token.mint-failed", None, Origin::LocalProxy),
            (
                "",
                "parsing GCP service account keyfile: private key should be a PEM".to_owned(),
                "secret.value-malformed",
                Some("bad-pem"),
                Origin::SecretStore,
            ),
            (
                "",
                r#"reading GCP service account keyfile "/k": open /k: no such file or directory"#.to_owned(),
                "secret.ref-not-found",
                Some("missing"),
                Origin::SecretStore,
            ),
        ] {
            let told = token(reason, &text);
            assert_eq!((told.class.label, told.subtype, told.origin), (label, subtype, origin), "{reason} {text}");
        }
    }

    #[test]
    fn a_certificate_that_was_not_accepted_is_a_store_that_was_hardly_reached() {
        let told = |text: &str| (secret(text).class.label, secret(text).confidence);
        let want = ("secret.store-unreachable", Confidence::Likely);
        assert_eq!(told("tls: failed to verify certificate: x509: certificate signed by unknown authority"), want);
        assert_eq!(told(r#"looking up vault "V": status 503: busy"#), want);
        let found = ("secret.ref-not-found", Confidence::Confirmed);
        assert_eq!(told(r#"status 503: no item matched the secret reference query"#), found);
    }

    #[test]
    fn references_keep_their_spaces() {
        assert_eq!(reference(r#"resolving 1password secret "op://My Vault/A B/c": x"#), Some("op://My Vault/A B/c"));
        assert_eq!(reference("nothing quoted"), None);
        assert_eq!(reference(r#"env var "API_KEY" is not set or empty"#), Some("API_KEY"));
        assert_eq!(reference(r#"creating 1password client: env var "OP_TOKEN" is not set or empty"#), None);
    }
}
