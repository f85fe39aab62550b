//! The registry of sub-types: what a record may add to its class, and what that means.
//!
//! A sub-type that a rule or an error text gives stands here; `explain` is derived from it. Elsewhere: which text or rule
//! gives it ([`super::vocabulary`], [`super::audit`], [`super::messages`], [`super::cliproxy`]).

use super::classes::{self as c, Class, Group};

/// A word and what it says, one clause.
pub type Subtype = (&'static str, &'static str);

/// The sub-types of every class that has some.
pub static SUBTYPES: &[(&Class, &[Subtype])] = &[
    (
        &c::TOKEN_INVALID,
        &[
            ("control-plane", "the control plane refused the token of the proxy itself"),
            ("malformed", "the signature that came with the request could not be read"),
            ("postgres", "a database refused the login"),
            ("signature-mismatch", "the signature of the request is not that of the key it names"),
        ],
    ),
    (&c::TOKEN_EXPIRED, &[("control-plane", "the token of the proxy itself lapsed at the control plane")]),
    (&c::TOKEN_REVOKED, &[("control-plane", "the control plane revoked the token of the proxy itself")]),
    (&c::CREDENTIAL_MISSING, &[("proxy-login", "a proxy on the way wanted a login of its own")]),
    (
        &c::POLICY_DENIED,
        &[
            ("explicit-deny", "a policy of the account denies the call by name"),
            ("implicit-deny", "no policy of the account allows the call"),
            ("postgres", "a database role lacks the privilege"),
        ],
    ),
    (
        &c::ORG_POLICY,
        &[
            ("access-denied", "the issuer refused the grant for want of access"),
            ("conditional-access", "the tenant's conditional access refused the login"),
            ("ip-allowlist", "the address that asked is not on the organization's list"),
            ("oauth-app-restricted", "the organization does not let this application in"),
            ("sso-enforcement", "the organization wants its single sign-on"),
            ("tenant-restriction", "the tenant is not one that may be reached from here"),
            ("vpc-perimeter", "a service perimeter keeps the call out"),
        ],
    ),
    (
        &c::STEP_UP_REQUIRED,
        &[
            ("device", "the device has to be registered or to comply"),
            ("mfa", "a second factor is asked for"),
            ("reauth", "the person has to log in again"),
        ],
    ),
    (
        &c::ACCOUNT_SUSPENDED,
        &[
            ("deactivated", "the account was switched off"),
            ("deleted", "the account is gone"),
            ("org-disabled", "the organization or workspace was switched off"),
            ("suspended", "the account is suspended"),
        ],
    ),
    (
        &c::ENTITLEMENT_MISSING,
        &[
            ("api-disabled", "the API is not switched on for the project"),
            ("billing", "billing is off for the project"),
            ("licence", "the account has no licence for the service"),
            ("model", "the account may not use the model"),
            ("plan", "the plan does not include the call"),
        ],
    ),
    (
        &c::POLICY_REJECT,
        &[
            ("egress-ip", "the address that the host resolves to is denied"),
            ("judge", "the judge of requests refused it"),
            ("judge-fallback", "the judge of requests failed, and its fallback refused"),
            ("mcp", "a policy for MCP calls denied the message"),
            ("placeholder", "the request lacks the placeholder that a secret would have replaced"),
            ("response-side", "the response was refused, not the request"),
            ("signing-scope", "the request is outside what the proxy may sign"),
            ("transform", "a transform of the proxy refused the request"),
        ],
    ),
    (
        &c::MESH_AUTHZ_DENY,
        &[
            ("audience", "the JWT is meant for somebody else"),
            ("expired", "the JWT lapsed"),
            ("ext-authz", "an external authorizer refused or failed"),
            ("issuer", "the mesh does not know the issuer of the JWT"),
            ("jwt", "the mesh did not accept the JWT"),
            ("missing", "there was no JWT"),
        ],
    ),
    (
        &c::CLIENT_KEY,
        &[
            ("example-key-safe-mode", "an example key is configured, and the proxy serves nobody with it"),
            ("invalid", "the caller's key is not one of the proxy's"),
            ("missing", "the caller sent no key"),
            ("postgres", "the caller of a tunnelled database did not log in to the proxy"),
        ],
    ),
    (
        &c::MANAGEMENT_KEY,
        &[
            ("invalid", "the management key is wrong"),
            ("key-not-set", "no management key is configured"),
            ("locked-out", "the address is banned after too many wrong keys"),
            ("missing", "the call carried no management key"),
            ("remote-disabled", "management is closed for other machines"),
            ("route-disabled", "management routes are off, or this build lacks the route"),
        ],
    ),
    (
        &c::REF_NOT_FOUND,
        &[
            ("ambiguous", "several entries bear the name"),
            ("field-missing", "the entry lacks the field"),
            ("malformed-ref", "the reference is not written as the store wants it"),
            ("missing", "nothing bears the name"),
            ("version-missing", "the version of the entry is disabled or gone"),
        ],
    ),
    (
        &c::STORE_UNREACHABLE,
        &[
            ("internal", "the store failed inside"),
            ("network", "the connection to the store failed"),
            ("sealed", "the store is sealed"),
            ("throttled", "the store limits the rate"),
            ("timeout", "the store did not answer in time"),
        ],
    ),
    (
        &c::STORE_AUTH_FAILED,
        &[("store-credential", "the credential with which the store is asked is missing or refused")],
    ),
    (
        &c::STORE_PERMISSION_DENIED,
        &[
            ("denied", "the store refused access to the entry"),
            ("denied-or-missing", "the store does not say whether the entry is denied or missing"),
        ],
    ),
    (&c::VALUE_EMPTY, &[("empty", "the entry holds nothing")]),
    (
        &c::VALUE_MALFORMED,
        &[
            ("bad-pem", "the private key of the entry cannot be read"),
            ("key-missing", "the JSON of the entry lacks the key"),
            ("not-json", "the entry is not the JSON that was asked for"),
            ("whitespace", "the value holds characters that no header can carry"),
            ("wrong-type", "the key of the entry holds no text"),
        ],
    ),
    (
        &c::INVALID_GRANT,
        &[
            ("inactive", "the grant lapsed for want of use or by its age"),
            ("password-changed", "the password was changed since"),
            ("revoked", "the grant was taken back"),
            ("unspecified", "the issuer does not say why"),
            ("wrong-client", "the grant belongs to another client"),
        ],
    ),
    (
        &c::REFRESH_REUSED,
        &[
            ("replay", "the refresh token was used before, and the issuer says so in words"),
            ("reused", "the refresh token was used before"),
        ],
    ),
    (
        &c::CLIENT_REJECTED,
        &[
            ("invalid-client", "the issuer does not accept the client or its secret"),
            ("unauthorized-client", "the client may not use this kind of grant"),
        ],
    ),
    (
        &c::REFRESH_REQUEST_INVALID,
        &[
            ("invalid-request", "the request for a token lacks something or repeats it"),
            ("invalid-scope", "a scope that was asked for is not granted to this client"),
            ("unsupported-grant-type", "the issuer does not know this kind of grant"),
        ],
    ),
    (
        &c::REFRESH_NETWORK,
        &[
            ("5xx", "the token endpoint failed inside"),
            ("throttled", "the token endpoint limits the rate"),
            ("transport", "the token endpoint was not reached"),
        ],
    ),
    (
        &c::REFRESH_INEFFECTIVE,
        &[
            ("not-persisted", "the new token could not be written to its file"),
            ("unchanged-expiry", "the answer brought no new access token"),
            ("unsaved", "the new token could not be written to its store"),
        ],
    ),
    (
        &c::CLOCK_SKEW,
        &[
            ("assertion-time", "the time in a signed assertion was not accepted"),
            ("certificate-time", "one node alone finds a certificate expired or not yet valid"),
            ("printed-clocks", "the answer prints both clocks"),
        ],
    ),
    (
        &c::MINT_FAILED,
        &[
            ("context-canceled", "the caller went away before the token was made"),
            ("empty-token", "the token endpoint answered without a token"),
            ("service-account", "the service account or its key is not accepted"),
        ],
    ),
    (
        &c::RATE_LIMITED,
        &[
            ("cooldown", "the proxy keeps its credentials out of use for a while"),
            ("local-limiter", "a limiter of the mesh refused the request"),
            ("loop", "the client asks for the same token again and again"),
        ],
    ),
    (&c::UPSTREAM_UNAVAILABLE, &[("capacity", "the service has no room for the request")]),
    (
        &c::GATEWAY_ERROR,
        &[
            ("limiter", "the limiter of the mesh failed"),
            ("transform", "a transform of the proxy failed"),
            ("transport", "the connection failed for a reason that no rule knows"),
        ],
    ),
    (&c::TIMEOUT, &[("deadline", "no answer came in time")]),
    (
        &c::CONNECT,
        &[
            ("dns", "the name could not be resolved"),
            ("proxy-connect", "the proxy on the way could not be reached"),
            ("refused", "the port is closed"),
            ("reset", "the other side ended the connection"),
            ("unreachable", "there is no way to the address"),
        ],
    ),
    (
        &c::TLS,
        &[
            ("cert-expired", "the certificate lapsed"),
            ("client-cert-required", "the server wants a certificate of the client"),
            ("handshake", "the handshake failed"),
            ("name-mismatch", "the certificate bears another name"),
            ("protocol", "both sides do not speak the same protocol"),
            ("unknown-ca", "nobody trusted signed the certificate"),
            ("validity-time", "the certificate is expired or not yet valid by the clock here"),
        ],
    ),
    (
        &c::ISSUER_MISMATCH,
        &[
            ("issuer", "the token is of another issuer"),
            ("tenant", "the account belongs to no tenant or organization that may use this"),
        ],
    ),
    (
        &c::ENDPOINT,
        &[
            ("auth-scheme", "the endpoint wants another kind of authorization"),
            ("key-type", "the endpoint does not take this kind of key"),
        ],
    ),
    (&c::REQUEST_INVALID, &[("handshake", "the request was malformed before it reached the pipeline")]),
    (
        &c::BENIGN_MATCH,
        &[
            ("client-cancel", "the client went away"),
            ("config", "the proxy took a new configuration"),
            ("negotiated-challenge", "a 401 that its client answered with success right after"),
            ("refused", "a new configuration was refused, and the old one stays"),
            ("reload", "the configuration was loaded anew"),
            ("restart", "the process started"),
            ("stop", "the process ended"),
            ("sync-failed", "the control plane could not be asked for the configuration"),
        ],
    ),
];

/// What a sub-type of a class says. A stale secret keeps the reason of its failed fetch, and a limit that is told as a
/// denial stays that limit.
pub fn meaning(class: &Class, word: &str) -> Option<&'static str> {
    let takes = |of: &Class| {
        of == class
            || class == &c::STALE_SERVED && of.group == Group::Secret
            || class == &c::MASKED_AS_DENIAL && of.group == Group::Quota
    };
    let all = SUBTYPES.iter().filter(|(of, _)| takes(of)).flat_map(|(_, subtypes)| *subtypes);
    all.into_iter().find(|(known, _)| *known == word).map(|(_, means)| *means)
}

#[cfg(test)]
mod tests {
    use super::super::{audit, classes, messages, vocabulary};
    use super::*;

    #[test]
    fn the_registry_is_in_order() {
        let place = |class: &Class| classes::CLASSES.iter().position(|known| *known == class);
        assert!(SUBTYPES.windows(2).all(|pair| place(pair[0].0) < place(pair[1].0)));
        for (class, subtypes) in SUBTYPES {
            assert!(subtypes.windows(2).all(|pair| pair[0].0 < pair[1].0), "{}", class.label);
            assert!(subtypes.iter().all(|(_, means)| !means.is_empty() && !means.ends_with('.')), "{}", class.label);
        }
    }

    #[test]
    fn every_sub_type_of_a_table_is_registered() {
        let known = |class: &Class, word: &str| assert!(meaning(class, word).is_some(), "{} {word}", class.label);
        for entry in vocabulary::entries() {
            entry.subtype.inspect(|word| known(entry.classes[0], word));
        }
        for rule in audit::RULES {
            if let audit::Then::Fixed(class, Some(word), ..) = rule.then {
                known(class, word);
            }
        }
        for (_, line) in messages::LINES {
            if let messages::Line::Change(word) = line {
                known(&c::BENIGN_MATCH, word);
            }
        }
        for text in ["", "timeout", "no such host", "EOF", "connection refused", "unreachable", "proxyconnect"] {
            let judged = audit::network(text);
            judged.subtype.inspect(|word| known(judged.class, word));
        }
        for text in ["", "has expired or is not yet valid", "unknown authority", "is valid for", "bad certificate"] {
            let judged = audit::tls(text);
            judged.subtype.inspect(|word| known(judged.class, word));
        }
    }

    /// Literals that the source gives as a sub-type, wherever it does. What the tests meet is held to its class by
    /// [`super::super::Notebook::push`].
    #[test]
    fn every_sub_type_in_the_source_is_registered() {
        const GIVEN: [&str; 5] =
            [".of_kind(\"", "subtype = Some(\"", "subtype: Some(\"", "Change(\"", "push_change(fact, \""];
        let words: Vec<&str> = SUBTYPES.iter().flat_map(|(_, all)| all.iter().map(|(word, _)| *word)).collect();
        let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/classify")];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                for (at, given) in GIVEN.iter().flat_map(|given| text.match_indices(given)) {
                    let word = text[at + given.len()..].split('"').next().unwrap_or_default();
                    assert!(words.contains(&word), "{}: {word}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }
}
