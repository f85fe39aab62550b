//! The registry of classes: 57 labels, each with what it means, who acts on it and how far a report may go.
//!
//! A class is data. Adding one means adding an entry here; `explain`, the claims and the tests are derived from it.

use crate::finding::{Confidence, Role};
use std::sync::LazyLock;

/// The first word of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    Upstream,
    Local,
    Secret,
    Token,
    Quota,
    Avail,
    Config,
    Request,
    Unknown,
}

/// What kind of step a class asks for. An `Act` is only ever advised where the class is confirmed; below that it is
/// worded as the check that would confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Collect,
    Verify,
    Act,
    Nothing,
}

/// One label.
#[derive(Debug)]
pub struct Class {
    pub label: &'static str,
    pub group: Group,
    /// The part such an attempt plays unless a rule says otherwise.
    pub role: Role,
    /// What a bare status code can reach: the tier and the codes, or nothing at all.
    pub status_only: Option<(Confidence, &'static [u16])>,
    pub retry: &'static str,
    /// Who can fix it: U user re-login, O platform operator, A upstream tenant admin, V vendor, S secret-store owner,
    /// D caller's developer, N none, ? unknown.
    pub fixer: &'static str,
    pub step: Step,
    /// The default next step, in permitted words.
    pub next: &'static str,
    /// The read-only check said instead of an `Act` that the records do not confirm.
    pub verify: &'static str,
    /// One clause: what happened, if the class is right.
    pub meaning: &'static str,
    /// A confirmed finding of this class may call the credential, secret or permission itself wrong.
    pub may_name_wrong: bool,
}

macro_rules! classes {
    ($($name:ident = $label:literal, $group:ident, $role:ident, $cap:expr, retry $retry:literal, fixer $fixer:literal,
       $step:ident $next:literal $(or $verify:literal)?, means $meaning:literal $(, $wrong:ident)?;)+) => {
        $(pub static $name: Class = Class {
            label: $label,
            group: Group::$group,
            role: Role::$role,
            status_only: $cap,
            retry: $retry,
            fixer: $fixer,
            step: Step::$step,
            next: $next,
            verify: classes!(@verify $next $(, $verify)?),
            meaning: $meaning,
            may_name_wrong: classes!(@wrong $($wrong)?),
        };)+

        /// Every class, in the order of the label sheet.
        pub static CLASSES: &[&Class] = &[$(&$name),+];
    };
    (@verify $next:literal) => { $next };
    (@verify $next:literal, $verify:literal) => { $verify };
    (@wrong) => { false };
    (@wrong names_wrong) => { true };
}

const NONE: Option<(Confidence, &'static [u16])> = None;
const fn cap(tier: Confidence, codes: &'static [u16]) -> Option<(Confidence, &'static [u16])> {
    Some((tier, codes))
}
use Confidence::{Likely, Possible};

classes! {
    TOKEN_INVALID = "upstream.token-invalid", Upstream, Root, cap(Possible, &[401]), retry "after-fix", fixer "O/U",
        Verify "verify which reference was injected and when it last changed",
        means "the upstream did not accept the credential and gave no reason of age or revocation", names_wrong;
    TOKEN_EXPIRED = "upstream.token-expired", Upstream, Root, NONE, retry "refresh-then-once", fixer "N/U",
        Verify "verify that a refresh ran between the token's lead time and the failure",
        means "the upstream says that the credential is past its lifetime", names_wrong;
    TOKEN_REVOKED = "upstream.token-revoked", Upstream, Root, NONE, retry "never", fixer "U/A",
        Act "collect who revoked it; then log in again" or "collect who or what revoked it",
        means "the upstream says that the credential was revoked", names_wrong;
    CREDENTIAL_MISSING = "upstream.credential-missing", Upstream, Root, cap(Possible, &[401, 407]), retry "after-fix", fixer "O/D",
        Verify "verify that a rule of the injecting transform matches this host and path, and which placeholder the client sent",
        means "the upstream saw no usable credential";
    SCOPE_INSUFFICIENT = "upstream.scope-insufficient", Upstream, Root, NONE, retry "never", fixer "U/A",
        Act "collect needed and granted scopes; then consent again" or "collect needed and granted scopes",
        means "the credential lacks a scope that the upstream asked for", names_wrong;
    POLICY_DENIED = "upstream.policy-denied", Upstream, Root, NONE, retry "never", fixer "A/S",
        Collect "collect principal, action, resource and reason; verify that policy, not the credential",
        means "an access policy of the upstream denied the action", names_wrong;
    ORG_POLICY = "upstream.org-policy", Upstream, Root, NONE, retry "never", fixer "A",
        Verify "verify with the tenant's administrator; rotating credentials will not help",
        means "a policy of the upstream organisation refused the request";
    STEP_UP_REQUIRED = "upstream.step-up-required", Upstream, Root, NONE, retry "never", fixer "U",
        Act "sign in interactively" or "verify whether this identity may be used unattended",
        means "the upstream asks for an interactive sign-in";
    GEO_BLOCKED = "upstream.geo-blocked", Upstream, Root, cap(Possible, &[451]), retry "never", fixer "O",
        Verify "verify the egress address near the onset",
        means "the upstream refuses requests from this region";
    WAF_CHALLENGE = "upstream.waf-challenge", Upstream, Root, NONE, retry "backoff(long)", fixer "O/V",
        Verify "verify whether the client or egress fingerprint changed; this is not a credential issue",
        means "a web application firewall answered instead of the service";
    ACCOUNT_SUSPENDED = "upstream.account-suspended", Upstream, Root, NONE, retry "never", fixer "A/V",
        Act "stop traffic for the identity and contact its owner" or "verify the account's state with its owner",
        means "the upstream says that the account is suspended, locked or gone";
    ENTITLEMENT_MISSING = "upstream.entitlement-missing", Upstream, Root, cap(Possible, &[402]), retry "never", fixer "A",
        Verify "verify plan, licence or API enablement",
        means "the account is not entitled to what was asked";
    FORBIDDEN_UNSPECIFIED = "upstream.forbidden-unspecified", Upstream, Root, cap(Possible, &[403]), retry "after-fix", fixer "?",
        Collect "collect the response body or the vendor's audit entry for these requests",
        means "the upstream refused the request and nothing recorded says why";
    ALLOWLIST_DENY = "local.allowlist-deny", Local, Root, NONE, retry "after-fix", fixer "O",
        Verify "verify host, method and path against the egress rules; no credential change is indicated",
        means "the egress allowlist of the proxy refused the request";
    POLICY_REJECT = "local.policy-reject", Local, Root, NONE, retry "never", fixer "O/D",
        Verify "verify the named transform or rule",
        means "a policy of the proxy refused the request";
    MESH_AUTHZ_DENY = "local.mesh-authz-deny", Local, Root, NONE, retry "after-fix", fixer "O",
        Verify "verify the matched mesh policy",
        means "the service mesh refused the request";
    NOT_READY = "local.not-ready", Local, Root, NONE, retry "backoff", fixer "O",
        Collect "collect control-plane errors just before",
        means "the proxy had no configuration yet and refused everything";
    CLIENT_KEY = "local.client-key", Local, Root, NONE, retry "after-fix", fixer "D/O",
        Verify "verify the caller's key for our proxy",
        means "our proxy refused the caller's key";
    MANAGEMENT_KEY = "local.management-key", Local, Root, NONE, retry "after-fix", fixer "O",
        Verify "verify the header form; enable the management key, then restart",
        means "the management API refused the caller";
    NO_CREDENTIAL_AVAILABLE = "local.no-credential-available", Local, Derived, NONE, retry "after(cooldown)", fixer "?",
        Collect "follow the cause of the credential that was taken out of rotation",
        means "no credential was left in the pool";
    REF_NOT_FOUND = "secret.ref-not-found", Secret, Root, NONE, retry "after-fix", fixer "S/O",
        Act "verify that the reference name exists in the store; if it does not, correct the name"
        or "verify that the reference name exists in the store",
        means "the secret reference could not be found", names_wrong;
    STORE_UNREACHABLE = "secret.store-unreachable", Secret, Root, NONE, retry "backoff", fixer "S/O",
        Collect "collect the secret store's health for the window",
        means "the secret store did not answer";
    STORE_AUTH_FAILED = "secret.store-auth-failed", Secret, Root, NONE, retry "after-fix", fixer "O/S",
        Verify "verify the credential of the store, not the application secret",
        means "our login to the secret store failed", names_wrong;
    STORE_PERMISSION_DENIED = "secret.store-permission-denied", Secret, Root, NONE, retry "never", fixer "S",
        Verify "verify the grant on that path or item",
        means "the secret store refused access to the reference", names_wrong;
    VALUE_EMPTY = "secret.value-empty", Secret, Root, NONE, retry "after-fix", fixer "S",
        Verify "verify that the stored value is not empty (its length only)",
        means "the secret resolved to an empty value", names_wrong;
    VALUE_MALFORMED = "secret.value-malformed", Secret, Root, NONE, retry "after-fix", fixer "S",
        Verify "verify the stored value's format (JSON key, PEM, stray newline)",
        means "the secret's value has the wrong form", names_wrong;
    STALE_SERVED = "secret.stale-served", Secret, Precursor, NONE, retry "-", fixer "S",
        Collect "collect the store's errors; watch for later 401s with this reference",
        means "a refresh of the secret failed and the old value went on being used";
    FAIL_OPEN = "secret.fail-open", Secret, Root, NONE, retry "after-fix", fixer "O/S",
        Verify "verify the root error of the store; consider requiring the secret, so that failures show as local",
        means "a secret could not be resolved and the request went out without it";
    UNRESOLVED = "secret.unresolved", Secret, Root, NONE, retry "backoff", fixer "S/O",
        Collect "collect the inner error text of the secret store",
        means "a secret could not be resolved and the record does not say why";
    INVALID_GRANT = "token.refresh-invalid-grant", Token, Root, NONE, retry "never", fixer "U",
        Act "log in again, refresh once, send one canary request, then reopen traffic"
        or "verify whether the grant still exists at the issuer",
        means "the token endpoint refused the grant (invalid_grant)", names_wrong;
    REFRESH_REUSED = "token.refresh-reused", Token, Root, NONE, retry "never", fixer "U+O",
        Collect "collect the second consumer of the refresh token before anybody logs in again",
        means "the refresh token was used twice", names_wrong;
    CLIENT_REJECTED = "token.refresh-client-rejected", Token, Root, NONE, retry "never", fixer "O/A",
        Verify "verify the registration state of the client id and secret",
        means "the token endpoint refused the client (invalid_client family)", names_wrong;
    REGISTRATION_EXPIRED = "token.client-registration-expired", Token, Root, NONE, retry "never", fixer "U",
        Act "log in anew, which registers the client again" or "verify the registration's expiry",
        means "the client registration lapsed";
    REFRESH_REQUEST_INVALID = "token.refresh-request-invalid", Token, Root, cap(Possible, &[400]), retry "after-fix", fixer "O/D",
        Collect "collect the request's parameters (names only)",
        means "the token endpoint refused the form of the request", names_wrong;
    REFRESH_MISSING = "token.refresh-missing", Token, Root, NONE, retry "never", fixer "U",
        Act "verify the offline scope; then log in again" or "verify that the offline scope was requested",
        means "there is no refresh token to renew with", names_wrong;
    REFRESH_NETWORK = "token.refresh-network", Token, Root, cap(Possible, &[500, 502, 503, 504]), retry "backoff", fixer "O/V",
        Collect "collect connectivity to the token endpoint",
        means "the token endpoint could not be reached or failed itself";
    REFRESH_INEFFECTIVE = "token.refresh-ineffective", Token, Root, NONE, retry "after-fix", fixer "O/U",
        Verify "verify that the auth directory is writable, that the expiry moved after the refresh and that the watcher reloaded the file",
        means "a refresh was reported as done, but the expiry did not move or the file was not written", names_wrong;
    CLOCK_SKEW = "token.clock-skew", Token, Root, NONE, retry "after-fix", fixer "O",
        Verify "verify time synchronisation on the named nodes and pods",
        means "a clock is off: signed assertions or certificates are judged by the wrong time";
    MINT_FAILED = "token.mint-failed", Token, Root, NONE, retry "by cause", fixer "O/A",
        Collect "collect issuer, audience and subject of the assertion, and the token endpoint's answer",
        means "a token could not be minted";
    LOGIN_INCOMPLETE = "token.login-incomplete", Token, Root, NONE, retry "after-fix", fixer "U",
        Act "redo the login" or "verify where the login stopped",
        means "a login was started and never finished";
    RATE_LIMITED = "quota.rate-limited", Quota, Root, cap(Likely, &[429]), retry "after(t)", fixer "D/O",
        Verify "verify that callers honour Retry-After",
        means "the upstream limits the rate; not an auth failure";
    QUOTA_EXHAUSTED = "quota.exhausted", Quota, Root, NONE, retry "after(reset)", fixer "A",
        Collect "collect the reset time; verify the plan",
        means "a quota is used up; not an auth failure";
    MASKED_AS_DENIAL = "quota.masked-as-denial", Quota, Root, NONE, retry "after(t)", fixer "D/A",
        Verify "treat it as a quota: this is not a permission finding",
        means "a quota is reported with the status of a denial";
    UPSTREAM_UNAVAILABLE = "avail.upstream-unavailable", Avail, Root, cap(Likely, &[500, 503, 529]), retry "backoff", fixer "V",
        Collect "collect the vendor's status for the window",
        means "the upstream itself failed; not an auth failure";
    GATEWAY_ERROR = "avail.gateway-error", Avail, Root, cap(Likely, &[502]), retry "backoff", fixer "O/V",
        Collect "collect the inner error of the gateway",
        means "a gateway could not complete the request; not an auth failure";
    TIMEOUT = "avail.timeout", Avail, Root, cap(Likely, &[408, 504]), retry "backoff", fixer "O/V",
        Verify "verify whether the durations share one fixed timeout",
        means "the request timed out; not an auth failure";
    CONNECT = "avail.connect", Avail, Root, NONE, retry "backoff", fixer "O",
        Verify "verify DNS and egress",
        means "no connection could be made; not an auth failure";
    TLS = "avail.tls", Avail, Root, NONE, retry "after-fix", fixer "O/V",
        Verify "verify certificate chain, name, clock and the proxy's CA",
        means "the TLS handshake failed; not an auth failure";
    REGION_MISMATCH = "config.region-mismatch", Config, Root, NONE, retry "after-fix", fixer "O",
        Collect "collect both regions", means "two regions disagree", names_wrong;
    ISSUER_MISMATCH = "config.issuer-mismatch", Config, Root, NONE, retry "after-fix", fixer "O",
        Collect "collect both issuers or tenants", means "two issuers or tenants disagree", names_wrong;
    AUDIENCE_MISMATCH = "config.audience-mismatch", Config, Root, NONE, retry "after-fix", fixer "O",
        Collect "collect both audiences", means "two audiences disagree", names_wrong;
    REDIRECT_URI = "config.redirect-uri", Config, Root, NONE, retry "after-fix", fixer "O/D",
        Collect "collect both redirect URIs", means "two redirect URIs disagree", names_wrong;
    ENDPOINT = "config.endpoint", Config, Root, NONE, retry "after-fix", fixer "O/D",
        Collect "collect base URL, scheme and key type", means "the request went to the wrong kind of endpoint";
    REQUEST_INVALID = "request.invalid", Request, Negative, cap(Possible, &[400, 413, 422]), retry "never", fixer "D",
        Nothing "nothing to do for authentication", means "the request itself was malformed; not an auth failure";
    NOT_FOUND = "request.not-found", Request, Negative, cap(Possible, &[404]), retry "never", fixer "D",
        Nothing "nothing to do for authentication", means "the thing asked for was not found; not an auth failure";
    BENIGN_MATCH = "request.benign-match", Request, Negative, NONE, retry "-", fixer "N",
        Nothing "nothing to do", means "it looks like a failure and is none";
    UNCLASSIFIED = "unknown.unclassified", Unknown, Root, cap(Possible, &[]), retry "-", fixer "?",
        Collect "collect the record's text and extend the rule table", means "an auth-like failure that no rule knows";
}

/// What a bare status of a service says, and how far that carries; `None` for what is no failure. Of two classes with the
/// same status the first is meant: that a credential was missing takes a record of what was sent. Codes that no class
/// names are the server's failure from 500 on, and the request's below.
pub fn by_status(status: u16) -> Option<(&'static Class, Confidence)> {
    // Most rows are successes, of which no class has the status; and each failure is asked about several times.
    let of_failure = status.checked_sub(FAILURES)?;
    Some(BY_STATUS.get(usize::from(of_failure)).copied().unwrap_or_else(|| of_service(status)))
}

/// The first status of a failure.
const FAILURES: u16 = 400;
/// What the usual statuses from [`FAILURES`] on say.
static BY_STATUS: LazyLock<Vec<(&'static Class, Confidence)>> =
    LazyLock::new(|| (FAILURES..600).map(of_service).collect());

fn of_service(status: u16) -> (&'static Class, Confidence) {
    named(status, |class| class.group != Group::Token).unwrap_or(match status {
        ..500 => (&REQUEST_INVALID, Possible),
        500.. => (&UPSTREAM_UNAVAILABLE, Likely),
    })
}

/// What a bare status of a token endpoint says: a status that no class of tokens names tells nothing.
pub fn by_token_status(status: u16) -> Option<(&'static Class, Confidence)> {
    let failed = || (status >= 500).then_some((&REFRESH_NETWORK, Possible));
    named(status, |class| class.group == Group::Token).or_else(failed)
}

/// The first of some classes that names the status as its own.
fn named(status: u16, of: fn(&Class) -> bool) -> Option<(&'static Class, Confidence)> {
    let says = |class: &'static Class| {
        class.status_only.filter(|(_, codes)| codes.contains(&status)).map(|(tier, _)| (class, tier))
    };
    CLASSES.iter().copied().filter(|class| of(class)).find_map(says)
}

/// The class of a label.
pub fn find(label: &str) -> Option<&'static Class> {
    CLASSES.iter().copied().find(|class| class.label == label)
}

impl PartialEq for Class {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label
    }
}

impl Eq for Class {}

impl Class {
    /// Not about authentication: it is listed beside the findings, not among them.
    pub fn is_nearby(&self) -> bool {
        matches!(self.group, Group::Quota | Group::Avail | Group::Request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_57_distinct_labels_and_groups_follow_them() {
        let mut labels: Vec<_> = CLASSES.iter().map(|c| c.label).collect();
        labels.sort_unstable();
        labels.dedup();
        assert_eq!(labels.len(), 57);
        for class in CLASSES {
            let word = class.label.split('.').next().unwrap_or_default();
            assert_eq!(format!("{:?}", class.group).to_lowercase(), word, "{}", class.label);
            assert!(!class.meaning.is_empty() && !class.next.ends_with('.') && !class.meaning.ends_with('.'));
        }
    }

    #[test]
    fn a_status_has_one_class_wherever_it_is_met() {
        let told = |status| by_status(status).map(|(class, tier)| (class.label, tier));
        for (status, label, tier) in [
            (401, "upstream.token-invalid", Possible),
            (407, "upstream.credential-missing", Possible),
            (403, "upstream.forbidden-unspecified", Possible),
            (404, "request.not-found", Possible),
            (405, "request.invalid", Possible),
            (408, "avail.timeout", Likely),
            (429, "quota.rate-limited", Likely),
            (451, "upstream.geo-blocked", Possible),
            (500, "avail.upstream-unavailable", Likely),
            (502, "avail.gateway-error", Likely),
            (504, "avail.timeout", Likely),
            (520, "avail.upstream-unavailable", Likely),
        ] {
            assert_eq!(told(status), Some((label, tier)), "{status}");
        }
        assert_eq!(told(302), None);
        let token = |status| by_token_status(status).map(|(class, _)| class.label);
        assert_eq!(token(400), Some("token.refresh-request-invalid"));
        assert_eq!([token(503), token(520)], [Some("token.refresh-network"); 2]);
        assert_eq!([token(200), token(401)], [None, None]);
    }

    #[test]
    fn an_act_has_a_softer_check_beside_it() {
        for class in CLASSES.iter().filter(|c| c.step == Step::Act) {
            assert_ne!(class.next, class.verify, "{}", class.label);
        }
    }
}
