//! The proxy's audit record: the decision table, one row of data per rule, evaluated top down.
//!
//! A status code is not an origin: the record's status is what the client was told, answers of the proxy's own included.
//! What decides is the action, who rejected, and the annotations of the transforms.

use super::answer::{self, Said};
use super::classes::{self as c, Class};
use super::decided::Decided;
use super::notebook::Notebook;
use super::secrets::{self, Reading};
use super::traces::{self, Traces};
use super::{Answered, Attempt, LIST, Row, Slot, messages};
use crate::finding::{Attachment, Confidence, Kind, Origin, Role};
use crate::record::short;
use crate::record::time::Nanos;
use std::borrow::Cow;

/// One pipeline run, as its record tells it.
pub struct Audit<'a> {
    pub action: Cow<'a, str>,
    pub status: u16,
    pub method: Cow<'a, str>,
    pub error: Cow<'a, str>,
    pub rejected_by: Cow<'a, str>,
    pub traces: Traces,
    /// Reason of a denied MCP message.
    pub mcp_denied: Option<String>,
    pub gateway_injected: bool,
    /// The record's own message says that a secret could not be fetched.
    pub unfetched: bool,
    pub tunnel: bool,
}

/// What a rule says about a record it matches.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub class: &'static Class,
    pub subtype: Option<&'static str>,
    pub origin: Origin,
    pub role: Role,
    pub confidence: Confidence,
}

/// How a rule gets its outcome.
pub enum Then {
    Fixed(&'static Class, Option<&'static str>, Origin, Confidence),
    By(fn(&Audit<'_>) -> Outcome),
    /// No failure: nothing is kept.
    Healthy,
}

/// One row of the decision table.
pub struct Rule {
    pub row: Decided,
    pub title: &'static str,
    pub test: fn(&Audit<'_>) -> bool,
    pub then: Then,
}

use Confidence::{Confirmed, Likely, Possible};
use Origin::{LocalProxy, Upstream};

/// The decision table. Several rules may come to one decision.
pub static RULES: &[Rule] = &[
    Rule {
        row: Decided::NoFailure,
        title: "not a failure",
        test: |a| matches!(&*a.action, "client_cancel" | "stub"),
        then: Then::Healthy,
    },
    Rule {
        row: Decided::NotReady,
        title: "proxy not ready",
        test: |a| {
            a.rejects()
                && (a.rejector() == "ready" || a.traces.reason.as_deref() == Some("awaiting_control_plane_config"))
        },
        then: Then::Fixed(&c::NOT_READY, None, LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::SecretClosed,
        title: "secret resolution, closed",
        test: |a| {
            a.rejects()
                && (a.traces.reject_reason.as_deref() == Some("secret_unavailable")
                    || a.traces.rejected.as_deref() == Some("credential_unavailable"))
        },
        then: Then::By(|a| secrets::secret(a.traces.error.as_deref().unwrap_or_default()).outcome()),
    },
    Rule {
        row: Decided::SecretClosed,
        title: "secret resolution, told by the message",
        test: |a| a.unfetched && (a.rejects() || a.errs()),
        then: Then::By(|a| secrets::secret(&a.error).outcome()),
    },
    Rule {
        row: Decided::Placeholder,
        title: "placeholder missing",
        test: |a| a.rejects() && a.rejector() == "secrets" && a.traces.rejected.is_some(),
        then: Then::Fixed(&c::POLICY_REJECT, Some("placeholder"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::MintClosed,
        title: "token mint, closed",
        test: |a| a.rejects() && a.traces.rejected.as_deref() == Some("token_unavailable"),
        then: Then::By(|a| a.token().outcome()),
    },
    Rule {
        row: Decided::Policy,
        title: "egress allowlist",
        test: |a| a.rejects() && a.rejector() == "allowlist",
        then: Then::Fixed(&c::ALLOWLIST_DENY, None, LocalProxy, Confirmed),
    },
    Rule { row: Decided::Policy, title: "local policy", test: |a| a.rejects(), then: Then::By(policy) },
    Rule {
        row: Decided::EgressGuard,
        title: "egress IP guard",
        test: |a| a.errs() && a.error.contains("denied by upstream_deny_cidrs"),
        then: Then::Fixed(&c::POLICY_REJECT, Some("egress-ip"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::GatewaySecret,
        title: "secret resolution, gateway",
        test: |a| a.errs() && a.error.starts_with("gateway credential"),
        then: Then::By(|a| secrets::secret(&a.error).outcome()),
    },
    Rule {
        row: Decided::LocalError,
        title: "local transform error",
        test: |a| a.errs() && a.transform_fault().is_some(),
        then: Then::Fixed(&c::GATEWAY_ERROR, Some("transform"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::LocalError,
        title: "malformed at the door",
        test: |a| a.errs() && (a.status == 400 || a.error.contains("missing sni")),
        then: Then::Fixed(&c::REQUEST_INVALID, Some("handshake"), LocalProxy, Confirmed),
    },
    Rule {
        row: Decided::LocalError,
        title: "credential that no header can hold",
        test: |a| a.errs() && a.error.contains("invalid header field value") && a.error.contains("Authorization"),
        then: Then::Fixed(&c::VALUE_MALFORMED, Some("whitespace"), LocalProxy, Confirmed),
    },
    Rule { row: Decided::Tls, title: "TLS", test: |a| a.errs() && is_tls(&a.error), then: Then::By(|a| tls(&a.error)) },
    Rule { row: Decided::Network, title: "network", test: |a| a.errs(), then: Then::By(|a| network(&a.error)) },
    Rule {
        row: Decided::Tunnel,
        title: "tunnel opened without a credential",
        test: |a| a.tunnel && a.status < 400 && a.lacks_credential(),
        then: Then::By(|_| Outcome {
            class: &c::FAIL_OPEN,
            subtype: None,
            origin: Origin::SecretStore,
            role: Role::Precursor,
            confidence: Confirmed,
        }),
    },
    Rule { row: Decided::Tunnel, title: "tunnel opened", test: |a| a.tunnel && a.status < 400, then: Then::Healthy },
    Rule {
        row: Decided::SecretOpen,
        title: "secret resolution, open",
        test: |a| a.denied() && !a.traces.unavailable.is_empty(),
        then: Then::By(|a| Outcome {
            class: &c::FAIL_OPEN,
            subtype: None,
            origin: Origin::SecretStore,
            role: Role::Root,
            confidence: if a.traces.attached.is_empty() { Likely } else { Possible },
        }),
    },
    Rule {
        row: Decided::MintOpen,
        title: "token missing, open",
        test: |a| a.denied() && a.traces.skipped_by.is_some(),
        then: Then::By(|a| a.token().outcome()),
    },
    Rule {
        row: Decided::Attached,
        title: "login wanted by a proxy on the way, credential for the upstream attached",
        test: |a| a.status == 407 && a.attached(),
        then: Then::Fixed(&c::CREDENTIAL_MISSING, Some("proxy-login"), Upstream, Possible),
    },
    Rule {
        row: Decided::Attached,
        title: "upstream denial, credential attached",
        test: |a| a.says(&c::TOKEN_INVALID) && a.attached(),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Attached,
        title: "upstream refusal, credential attached",
        test: |a| a.says(&c::FORBIDDEN_UNSPECIFIED) && a.attached(),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "login wanted by a proxy on the way",
        test: |a| a.status == 407,
        then: Then::Fixed(&c::CREDENTIAL_MISSING, Some("proxy-login"), Upstream, Possible),
    },
    Rule {
        row: Decided::Bare,
        title: "upstream denial, not on record whether a credential was attached",
        test: |a| a.says(&c::TOKEN_INVALID) && !a.traces.whole,
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "upstream denial, nothing attached",
        test: |a| a.says(&c::TOKEN_INVALID),
        then: Then::Fixed(&c::CREDENTIAL_MISSING, None, Upstream, Possible),
    },
    Rule {
        row: Decided::Bare,
        title: "upstream refusal, no credential on record",
        test: |a| a.says(&c::FORBIDDEN_UNSPECIFIED),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "payment required",
        test: |a| a.says(&c::ENTITLEMENT_MISSING),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Bare,
        title: "unavailable for legal reasons",
        test: |a| a.says(&c::GEO_BLOCKED),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::RateLimit,
        title: "rate limit",
        test: |a| a.says(&c::RATE_LIMITED),
        then: Then::By(by_status),
    },
    Rule {
        row: Decided::Outage,
        title: "upstream gateway",
        test: |a| a.says(&c::GATEWAY_ERROR),
        then: Then::By(by_status),
    },
    Rule { row: Decided::Outage, title: "upstream timeout", test: |a| a.says(&c::TIMEOUT), then: Then::By(by_status) },
    Rule {
        row: Decided::Outage,
        title: "upstream outage",
        test: |a| a.says(&c::UPSTREAM_UNAVAILABLE),
        then: Then::By(by_status),
    },
    Rule { row: Decided::NothingToSay, title: "nothing to say", test: |_| true, then: Then::Healthy },
];

impl Reading {
    fn outcome(self) -> Outcome {
        let Reading { class, subtype, confidence, origin } = self;
        Outcome { class, subtype, origin, role: class.role, confidence }
    }
}

impl Audit<'_> {
    fn rejects(&self) -> bool {
        self.action == "reject"
    }

    fn errs(&self) -> bool {
        self.action == "error"
    }

    fn denied(&self) -> bool {
        matches!(self.status, 401 | 403)
    }

    /// The status alone stands for the class.
    fn says(&self, class: &Class) -> bool {
        c::by_status(self.status).is_some_and(|(said, _)| said == class)
    }

    fn attached(&self) -> bool {
        self.gateway_injected || !self.traces.attached.is_empty() || !self.traces.injectors.is_empty()
    }

    fn lacks_credential(&self) -> bool {
        !self.traces.unavailable.is_empty() || self.traces.skipped_by.is_some()
    }

    /// The transform that rejected: the emitter's word, or else the last rejecting trace.
    fn rejector(&self) -> &str {
        if self.rejected_by.is_empty() {
            self.traces.rejected_by.as_deref().unwrap_or_default()
        } else {
            &self.rejected_by
        }
    }

    fn token(&self) -> Reading {
        secrets::token("", self.traces.error.as_deref().unwrap_or_default())
    }

    /// The transform named by `transform <name> request:` or `response:`.
    fn transform_fault(&self) -> Option<&str> {
        let rest = self.error.strip_prefix("transform ")?;
        let (name, rest) = rest.split_once(' ')?;
        (rest.starts_with("request:") || rest.starts_with("response:")).then_some(name)
    }

    /// Whose answer the client got.
    pub fn answered(&self) -> Answered {
        match &*self.action {
            "allow" if !self.tunnel => Answered::Upstream,
            "reject" | "error" | "stub" => Answered::Proxy,
            _ => Answered::Unknown,
        }
    }

    fn credential(&self) -> Attachment {
        if self.attached() {
            Attachment::Attached
        } else if self.lacks_credential() || self.unresolved() {
            Attachment::Unresolved
        } else if self.action == "allow" && !self.tunnel && self.traces.whole {
            Attachment::NotAttached
        } else {
            Attachment::Unknown
        }
    }

    fn unresolved(&self) -> bool {
        self.error.starts_with("gateway credential")
            || self.unfetched
            || self.traces.reject_reason.is_some()
            || matches!(self.traces.rejected.as_deref(), Some("credential_unavailable" | "token_unavailable"))
    }
}

/// What the upstream's status says where nothing else does.
fn by_status(a: &Audit<'_>) -> Outcome {
    let (class, confidence) = c::by_status(a.status).unwrap_or((&c::UNCLASSIFIED, Possible));
    Outcome { class, subtype: None, origin: Upstream, role: class.role, confidence }
}

fn policy(a: &Audit<'_>) -> Outcome {
    let t = &a.traces;
    let subtype = if a.mcp_denied.is_some() {
        "mcp"
    } else if t.judge_fallback {
        "judge-fallback"
    } else if t.judge_decision.is_some() {
        "judge"
    } else if matches!(a.rejector(), "aws_auth" | "hmac_sign") {
        "signing-scope"
    } else if a.rejector().is_empty() {
        "response-side"
    } else {
        "transform"
    };
    Outcome {
        class: &c::POLICY_REJECT,
        subtype: Some(subtype),
        origin: Origin::LocalProxy,
        role: Role::Root,
        confidence: Confidence::Confirmed,
    }
}

/// The text speaks of TLS or certificates.
pub fn is_tls(error: &str) -> bool {
    error.contains("x509") || error.contains("tls:") || error.contains("tls error") || error.contains("certificate")
}

fn local(class: &'static Class, subtype: &'static str) -> Outcome {
    Outcome {
        class,
        subtype: Some(subtype),
        origin: Origin::LocalProxy,
        role: class.role,
        confidence: Confidence::Confirmed,
    }
}

/// Sub-types of a TLS failure. Both directions of a wrong validity time are kept apart from the rest: a clock may be off.
pub fn tls(error: &str) -> Outcome {
    const SUBTYPES: [(&str, &str); 7] = [
        ("has expired or is not yet valid", "validity-time"),
        ("unknown authority", "unknown-ca"),
        ("is valid for", "name-mismatch"),
        ("not valid for any names", "name-mismatch"),
        ("certificate required", "client-cert-required"),
        ("bad certificate", "client-cert-required"),
        ("protocol version", "protocol"),
    ];
    let subtype = SUBTYPES.iter().find(|(text, _)| error.contains(text)).map_or("handshake", |(_, subtype)| subtype);
    local(&c::TLS, subtype)
}

/// Sub-types of a failed connection.
pub fn network(error: &str) -> Outcome {
    const SUBTYPES: [(&str, &str); 10] = [
        ("no such host", "dns"),
        ("no route to host", "unreachable"),
        ("server misbehaving", "dns"),
        ("lookup ", "dns"),
        ("connection refused", "refused"),
        ("connection reset", "reset"),
        ("broken pipe", "reset"),
        ("unreachable", "unreachable"),
        ("EOF", "reset"),
        ("proxyconnect", "proxy-connect"),
    ];
    if error.contains("timeout") || error.contains("deadline exceeded") {
        return local(&c::TIMEOUT, "deadline");
    }
    match SUBTYPES.iter().find(|(text, _)| error.contains(text)) {
        Some((_, subtype)) => local(&c::CONNECT, subtype),
        None => local(&c::GATEWAY_ERROR, "transport"),
    }
}

/// The first rule that matches.
pub fn decide(audit: &Audit<'_>) -> &'static Rule {
    RULES.iter().find(|rule| (rule.test)(audit)).expect("the last rule matches everything")
}

/// Tells an audit record by its shape: a status, and either `audit.` in the names, or one of the five actions with
/// something else of the proxy's beside it.
pub fn is_audit(row: &Row<'_>) -> bool {
    const ACTIONS: [&[u8]; 5] = [b"allow", b"reject", b"stub", b"error", b"client_cancel"];
    let s = row.slots;
    if !s.has(Slot::Status) {
        return false;
    }
    match s.raw(Slot::Action) {
        Some(action) => {
            ACTIONS.iter().any(|known| short::same(known, action.bytes()))
                && (s.audit_prefixed()
                    || s.has(Slot::RequestTransforms)
                    || s.has(Slot::RejectedBy)
                    || s.has(Slot::Mode))
        }
        None => s.has(Slot::Host) && s.audit_prefixed(),
    }
}

/// The action, or what an export that lost the field still tells of it.
fn action<'a>(row: &Row<'a>) -> Cow<'a, str> {
    let s = row.slots;
    match s.raw(Slot::Action) {
        Some(action) => action.text(),
        None if s.has(Slot::RejectedBy) => Cow::Borrowed("reject"),
        None if s.has(Slot::Error) || is_unfetched(row) => Cow::Borrowed("error"),
        None => Cow::Borrowed("allow"),
    }
}

/// The record is the one that says that a secret could not be fetched, with the request that it was wanted for.
fn is_unfetched(row: &Row<'_>) -> bool {
    row.slots.raw(Slot::Msg).is_some_and(|raw| messages::line(raw.bytes()) == Some(messages::Line::SecretError))
}

/// Without the action, only an answer that passed the response transforms is shown to be the upstream's.
fn is_vague(row: &Row<'_>) -> bool {
    !row.slots.has(Slot::Action) && !row.slots.has(Slot::ResponseTransforms)
}

/// Classifies one audit record and keeps it: a failure as an attempt, a success among the outcomes.
pub fn observe(row: &Row<'_>, notes: &mut Notebook) {
    let Some(status) = status(row) else { return };
    let tunnel = is_tunnel(row);
    let sni_only = row.slots.is(Slot::Mode, "sni-only");
    let action = action(row);
    let healthy = action == "allow" && matches!(status, 200..=299 | 304) && !tunnel && !sni_only;
    let bare =
        healthy && traces::lacks_credential(row.slots.raw(Slot::RequestTransforms).map_or(b"", |raw| raw.bytes()));
    let declared = if healthy && row.slots.has(Slot::Body) { answer::declared(&row.text(Slot::Body)) } else { None };
    if healthy && declared.is_none() {
        success(row, notes);
        if !bare {
            return;
        }
    }
    let audit = Audit {
        action,
        status,
        method: row.text(Slot::Method),
        error: row.text(Slot::Error),
        rejected_by: row.text(Slot::RejectedBy),
        traces: traces_of(row),
        mcp_denied: mcp_denied(row),
        gateway_injected: row
            .slots
            .raw(Slot::McpInjected)
            .is_some_and(|v| !matches!(v.bytes(), b"false" | b"[]" | b"0")),
        unfetched: is_unfetched(row),
        tunnel,
    };
    without_credential(row, &audit, notes);
    if healthy && declared.is_none() {
        return;
    }
    let rule = decide(&audit);
    let said = declared.or_else(|| said(row, &audit, rule));
    let (number, outcome) = match (said, &rule.then) {
        (None, Then::Healthy) => return,
        // Words that speak of no failure, in an answer that is none.
        (Some(said), Then::Healthy) if said.class.role == Role::Negative => return,
        (Some(said), _) => (Decided::Answer, told(said)),
        (None, Then::Fixed(class, subtype, origin, confidence)) => {
            let (subtype, origin, confidence) = (*subtype, *origin, *confidence);
            (rule.row, Outcome { class, subtype, origin, role: class.role, confidence })
        }
        (None, Then::By(decide)) => (rule.row, decide(&audit)),
    };
    let mut attempt = attempt(row, &audit, number, outcome, notes);
    // A build that names its transforms only has no action either; what it injected into left it.
    let forwarded = !audit.traces.injectors.is_empty();
    if attempt.origin == Upstream && is_vague(row) && !forwarded {
        (attempt.origin, attempt.answered, attempt.confidence) = (Origin::Unknown, Answered::Unknown, Possible);
    }
    notes.push(attempt, row.line);
}

/// A request that went out without its credential and was not refused for it stays what its status says; what failed is
/// the secret or the token.
fn without_credential(row: &Row<'_>, audit: &Audit<'_>, notes: &mut Notebook) {
    if audit.action != "allow" || audit.tunnel || audit.denied() || !audit.lacks_credential() {
        return;
    }
    let (kind, outcome) = match audit.traces.unavailable.is_empty() {
        false => (Kind::SecretError, secrets::secret(audit.traces.error.as_deref().unwrap_or_default()).outcome()),
        true => (Kind::Mint, audit.token().outcome()),
    };
    let mut attempt = attempt(row, audit, Decided::Unrefused, outcome, notes);
    (attempt.kind, attempt.credential, attempt.status) = (kind, Attachment::Unresolved, None);
    notes.push(attempt, row.line);
}

/// What the upstream's answer says of itself, where the table found nothing of our own in it.
fn said(row: &Row<'_>, audit: &Audit<'_>, rule: &Rule) -> Option<Said> {
    let kept = row.slots.has(Slot::Body) || row.slots.has(Slot::Challenge);
    if !rule.row.is_upstream() || audit.action != "allow" || audit.status < 400 || !kept {
        return None;
    }
    let (body, challenge) = (row.text(Slot::Body), row.text(Slot::Challenge));
    answer::said(audit.status, &row.text(Slot::Path), &body, &challenge, audit.attached())
}

fn told(said: Said) -> Outcome {
    let (class, subtype, confidence) = (said.class, said.subtype, said.confidence);
    Outcome { class, subtype, origin: said.origin(), role: class.role, confidence }
}

/// The status, clamped to what a client can see. Numbers may change their spelling in a store, so whole numbers count
/// however they are written; text around the digits is not tolerated.
fn status(row: &Row<'_>) -> Option<u16> {
    let raw = row.slots.raw(Slot::Status)?;
    if let &[hundreds @ b'1'..=b'9', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] = raw.bytes() {
        return Some([hundreds, tens, ones].iter().fold(0, |sum, digit| 10 * sum + u16::from(digit - b'0')));
    }
    let number = raw.text().parse::<f64>().ok()?;
    (number.fract() == 0.0 && (100.0..1000.0).contains(&number)).then_some(number as u16)
}

fn is_tunnel(row: &Row<'_>) -> bool {
    row.slots.is(Slot::Method, "CONNECT") || (!row.slots.has(Slot::Method) && row.slots.is(Slot::Mode, "sni-only"))
}

/// The traces of a row, read only when they can say something.
fn traces_of(row: &Row<'_>) -> Traces {
    match row.slots.raw(Slot::RequestTransforms) {
        None => Traces::default(),
        Some(raw) if traces::says_nothing(raw.bytes()) => Traces { whole: true, ..Traces::default() },
        Some(raw) => traces::read(&raw.text()),
    }
}

fn mcp_denied(row: &Row<'_>) -> Option<String> {
    let text = row.text(Slot::McpMessages);
    if !text.contains("\"deny\"") {
        return None;
    }
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    let denied = list.iter().find(|m| m["decision"] == "deny")?;
    Some(denied["reason"].as_str().unwrap_or("unstated").to_owned())
}

/// Host without port, lower case.
pub fn bare_host(text: &str) -> String {
    let text = text.trim_end_matches('.');
    let host = match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && !host.contains(':') => {
            host
        }
        Some((host, port)) if host.ends_with(']') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => text,
    };
    host.to_ascii_lowercase()
}

/// Most rows are successes like others before: what tells them apart is compared undecoded, and decoded once.
fn success(row: &Row<'_>, notes: &mut Notebook) {
    let mut raw = std::mem::take(&mut notes.raw_key);
    raw.clear();
    let comparable = raw_key(row, &mut raw).is_some();
    match notes.raw_keys.get(raw.as_slice()).filter(|_| comparable) {
        Some(key) => notes.outcomes.push_known(*key, row.at, row.locator),
        None => {
            let key = success_key(row, notes);
            let key = notes.outcomes.push(key, row.at, row.locator);
            if comparable {
                notes.raw_keys.insert(raw.as_slice().into(), key);
            }
        }
    }
    notes.raw_key = raw;
}

const KEY_SLOTS: [Slot; 4] = [Slot::Host, Slot::Pod, Slot::Node, Slot::Sandbox];

/// Writes the undecoded texts that make a success's key; `None` where they do not say it by themselves.
fn raw_key(row: &Row<'_>, out: &mut Vec<u8>) -> Option<()> {
    for slot in KEY_SLOTS {
        let value = row.slots.raw(slot);
        if value.is_some_and(|value| value.is_decoded()) {
            return None;
        }
        let bytes = value.map_or(&b""[..], |value| value.bytes());
        out.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_le_bytes());
        out.extend_from_slice(bytes);
    }
    let Some(traces) = row.slots.raw(Slot::RequestTransforms) else { return Some(()) };
    traces::attached_names(traces.bytes(), |name| {
        out.extend_from_slice(name);
        out.push(b'"');
    })
}

fn success_key(row: &Row<'_>, notes: &mut Notebook) -> super::outcomes::Key {
    let traces = traces_of(row);
    let names = joined(traces.attached.iter().map(|a| a.name.as_str()));
    let [host, pod, node, sandbox] = KEY_SLOTS.map(|slot| row.text(slot));
    let host = notes.host(&host);
    let s = &mut notes.symbols;
    super::outcomes::Key {
        host,
        pod: s.some(&pod),
        node: s.some(&node),
        sandbox: s.some(&sandbox),
        names: s.some(&names),
    }
}

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut out = String::new();
    for text in texts {
        if !out.is_empty() {
            out.push(LIST);
        }
        out.push_str(text);
    }
    out
}

/// What a reader calls the reason: the error, or what the traces say.
fn message(audit: &Audit<'_>) -> String {
    let t = &audit.traces;
    if !audit.error.is_empty() {
        return audit.error.to_string();
    }
    let reason = match (&t.error, &audit.mcp_denied, &t.reason, &t.reject_reason, &t.rejected, &t.judge_decision) {
        (Some(text), ..) => text.clone(),
        (_, Some(reason), ..) => format!("MCP message denied: {reason}"),
        (_, _, Some(reason), ..) => reason.clone(),
        (_, _, _, Some(reason), ..) => reason.clone(),
        (_, _, _, _, Some(rejected), _) => format!("rejected: {rejected}"),
        (.., Some(decision)) => format!("judge: {decision}"),
        _ => String::new(),
    };
    match (audit.rejector(), reason.is_empty()) {
        ("", _) => reason,
        (by, true) => format!("rejected by {by}"),
        (by, false) => format!("rejected by {by}: {reason}"),
    }
}

/// The reason, or else the answer's own words, with the time it asks to wait for.
fn with_answer(reason: String, row: &Row<'_>) -> String {
    let own = || [Slot::Body, Slot::Challenge].map(|slot| row.text(slot)).into_iter().find(|text| !text.is_empty());
    let text = if reason.is_empty() { own().map(Cow::into_owned).unwrap_or_default() } else { reason };
    let wait = row.text(Slot::RetryAfter);
    match (wait.is_empty(), text.is_empty()) {
        (true, _) => text,
        (false, true) => format!("Retry-After: {wait}"),
        (false, false) => format!("Retry-After: {wait}; {text}"),
    }
}

fn attempt(row: &Row<'_>, audit: &Audit<'_>, decided: Decided, outcome: Outcome, notes: &mut Notebook) -> Attempt {
    let mut attempt = Attempt::new(row, Kind::Attempt, outcome.class, outcome.origin, outcome.confidence);
    attempt.subtype = outcome.subtype;
    attempt.role = outcome.role;
    attempt.rule = Some(decided);
    attempt.status = Some(audit.status);
    attempt.tunnel = audit.tunnel;
    attempt.answered = audit.answered();
    attempt.credential = audit.credential();
    attempt.span = row.text(Slot::Duration).parse::<f64>().map_or(0, |ms| (ms * 1e6) as Nanos);
    let t = &audit.traces;
    let secret = secret_of(row, audit);
    let names = if audit.unfetched {
        // Only failures of such a build name a credential, so the name sets them apart from nothing.
        String::new()
    } else if t.attached.is_empty() {
        joined(t.unavailable.iter().map(String::as_str).chain(secret.as_deref().filter(|_| t.unavailable.is_empty())))
    } else {
        joined(t.attached.iter().map(|a| a.name.as_str()).chain(t.unavailable.iter().map(String::as_str)))
    };
    let locations = joined(t.attached.iter().flat_map(|a| a.locations.iter().map(String::as_str)));
    let transform = audit
        .transform_fault()
        .or(t.skipped_by.as_deref())
        .or(t.erred_by.as_deref())
        .or(t.injectors.first().map(String::as_str))
        .unwrap_or_else(|| audit.rejector())
        .to_owned();
    let written = host_as_written(row);
    let status = row.text(Slot::Status);
    let s = &mut notes.symbols;
    let texts = &mut attempt.texts;
    common(row, texts, s);
    texts.status_as_written = s.some(&status).filter(|_| *status != *audit.status.to_string());
    texts.host = s.some(&bare_host(&written));
    texts.host_as_written = s.some(&written);
    texts.method = s.some(&audit.method);
    texts.path = s.some(&row.text(Slot::Path));
    texts.secret = s.some(secret.as_deref().unwrap_or_default());
    texts.names = s.some(&names);
    texts.locations = s.some(&locations);
    texts.transform = s.some(&transform);
    texts.identity = s.some(t.service_account.as_deref().unwrap_or_default()).or(texts.secret);
    texts.message = s.some(&clipped(&with_answer(message(audit), row)));
    texts.request = t.header("request-id").and_then(|v| s.some(v)).or(texts.request);
    texts.thread = t.header("thread").and_then(|v| s.some(v)).or(texts.thread);
    texts.execution = t.header("execution").and_then(|v| s.some(v)).or(texts.execution);
    attempt
}

/// The host field; for a record without one, the TLS name.
fn host_as_written<'a>(row: &Row<'a>) -> Cow<'a, str> {
    if row.slots.has(Slot::Host) { row.text(Slot::Host) } else { row.text(Slot::Sni) }
}

/// The reference that matters: what could not be resolved, else what was attached.
fn secret_of(row: &Row<'_>, audit: &Audit<'_>) -> Option<String> {
    let t = &audit.traces;
    if let Some(name) = t.unavailable.first() {
        return Some(name.clone());
    }
    if t.reject_reason.is_some() || audit.rejector() == "secrets" {
        return t.rejected.clone();
    }
    if audit.unfetched && row.slots.has(Slot::Secret) {
        return Some(row.text(Slot::Secret).into_owned());
    }
    let text = if audit.error.is_empty() { t.error.as_deref().unwrap_or_default() } else { &audit.error };
    if audit.unresolved()
        && let Some(reference) = secrets::reference(text)
    {
        return Some(reference.to_owned());
    }
    if t.rejected.as_deref() == Some("credential_unavailable") {
        return t.credential.clone();
    }
    t.attached.iter().find(|a| a.is_reference).map(|a| a.name.clone())
}

/// Longest message kept of a record, in bytes.
const MESSAGE_MAX: usize = 600;

/// A text cut to [`MESSAGE_MAX`] bytes at a character's edge.
pub fn clipped(text: &str) -> Cow<'_, str> {
    if text.len() <= MESSAGE_MAX {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(MESSAGE_MAX)]))
}

/// The texts that every writer's rows share.
pub fn common(row: &Row<'_>, texts: &mut super::Texts, s: &mut super::Symbols) {
    texts.pod = s.some(&row.text(Slot::Pod));
    texts.node = s.some(&row.text(Slot::Node));
    texts.service = s.some(&row.text(Slot::Service)).or_else(|| s.some(&row.text(Slot::Container)));
    texts.sandbox = s.some(&row.text(Slot::Sandbox));
    texts.thread = s.some(&row.text(Slot::Thread));
    texts.execution = s.some(&row.text(Slot::Execution));
    texts.tool = s.some(&row.text(Slot::Tool));
    texts.request = s.some(&row.text(Slot::RequestId));
    texts.prefix = s.some(row.slots.prefix());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_fail_in_several_ways() {
        for (error, class, subtype) in [
            ("dial tcp 10.0.0.1:443: connect: no route to host", "avail.connect", "unreachable"),
            ("dial tcp 10.0.0.1:443: connect: network is unreachable", "avail.connect", "unreachable"),
            ("dial tcp 10.0.0.1:443: connect: connection refused", "avail.connect", "refused"),
            ("dial tcp: lookup x.example: no such host", "avail.connect", "dns"),
            ("net/http: timeout awaiting response headers", "avail.timeout", "deadline"),
            ("something else", "avail.gateway-error", "transport"),
        ] {
            let told = network(error);
            assert_eq!((told.class.label, told.subtype), (class, Some(subtype)), "{error}");
        }
    }

    #[test]
    fn hosts_lose_port_and_case() {
        assert_eq!(bare_host("API.x.example:443"), "api.x.example");
        assert_eq!(bare_host("api.x.example"), "api.x.example");
        assert_eq!(bare_host("::1"), "::1");
        assert_eq!(bare_host("[::1]:443"), "[::1]");
    }

    #[test]
    fn rows_of_the_table_come_in_order() {
        assert!(RULES.windows(2).all(|pair| pair[0].row <= pair[1].row));
        assert!(RULES.iter().all(|rule| !rule.title.is_empty()));
    }
}
