//! The story's failures as attempts of the notebook: one per request, refresh or management call, never one per line.

use super::{Access, Attempt as Refresh, Fact, Management, Request, Story, What};
use crate::classify::answer::{self, Said};
use crate::classify::classes as c;
use crate::classify::vocabulary::{self, Meaning, Place};
use crate::classify::{Answered, Attempt, Class, Notebook, Symbols, Texts, outcomes};
use crate::finding::{Attachment, Confidence, Kind, Origin, Role};

/// Below this an answer never left the proxy: microseconds.
const LOCAL_LATENCY: u64 = 20_000;

/// One attempt per failed request, refresh or management call; config changes and starts beside them.
pub fn push_all(notes: &mut Notebook) {
    let story = std::mem::take(&mut notes.cliproxy.story);
    for request in &story.requests {
        push_request(&story, request, notes);
    }
    for refresh in story.attempts.iter().filter(|a| !a.ok) {
        push_refresh(&story, refresh, notes);
    }
    for (index, fact) in story.facts.iter().enumerate() {
        match &fact.what {
            What::Access(access) if access.management().is_some() => push_management(&story, index, access, notes),
            What::ConfigChanged => push_change(fact, "reload", "config file changed", notes),
            What::ConfigRefused { .. } => push_change(fact, "refused", "config reload failed", notes),
            What::Started { version } => push_change(fact, "restart", &format!("CLIProxyAPI {version} started"), notes),
            _ => {}
        }
    }
    notes.cliproxy.story = story;
}

/// An attempt at a fact's place.
fn attempt(
    fact: &Fact,
    kind: Kind,
    class: &'static Class,
    origin: Origin,
    confidence: Confidence,
    symbols: &mut Symbols,
) -> Attempt {
    Attempt {
        at: fact.at,
        locator: fact.locator,
        kind,
        class,
        subtype: None,
        origin,
        role: class.role,
        confidence,
        rule: 0,
        status: None,
        tunnel: false,
        answered: Answered::Unknown,
        credential: Attachment::Unknown,
        audit_prefixed: false,
        context: false,
        span: 0,
        digest: [0; 16],
        texts: Texts {
            pod: symbols.some(&fact.place),
            request: fact.request.and_then(|id| symbols.some(&format!("{id:08x}"))),
            ..Texts::default()
        },
    }
}

fn push(notes: &mut Notebook, attempt: Attempt, fact: &Fact) {
    notes.push(attempt, fact.line.as_deref().unwrap_or_default());
}

/// What a refusal says, and how sure that is.
struct Judged {
    class: &'static Class,
    subtype: Option<&'static str>,
    origin: Origin,
    confidence: Confidence,
    text: Box<str>,
}

impl Judged {
    fn new(class: &'static Class, origin: Origin, confidence: Confidence) -> Judged {
        Judged { class, subtype: None, origin, confidence, text: "".into() }
    }

    fn by(meaning: Meaning, origin: Origin, text: &str) -> Judged {
        let confidence = if meaning.is_ambiguous() { Confidence::Likely } else { Confidence::Confirmed };
        Judged { class: meaning.0.classes[0], subtype: meaning.0.subtype, origin, confidence, text: text.into() }
    }
}

fn push_request(story: &Story, request: &Request, notes: &mut Notebook) {
    let Some(index) = request.access else { return };
    let fact = &story.facts[index];
    let What::Access(access) = &fact.what else { return };
    if access.is_ok() {
        push_success(story, request, fact, notes);
    }
    let Some(judged) = judge(story, request, access) else { return };
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, judged.class, judged.origin, judged.confidence, symbols);
    new.subtype = judged.subtype;
    new.status = Some(access.status);
    new.answered = match judged.origin {
        Origin::Upstream => Answered::Upstream,
        Origin::LocalProxy => Answered::Proxy,
        _ => Answered::Unknown,
    };
    new.texts.method = symbols.some(&access.method);
    new.texts.path = symbols.some(&access.path);
    new.texts.message = symbols.some(&judged.text);
    if let Some(file) = story.file_of(request) {
        new.texts.identity = symbols.some(file);
        new.texts.names = new.texts.identity;
        new.credential = Attachment::Attached;
    }
    push(notes, new, fact);
}

/// A success counts for the credential that served it; without a name it says nothing about any.
fn push_success(story: &Story, request: &Request, fact: &Fact, notes: &mut Notebook) {
    if let Some(file) = story.file_of(request) {
        let (pod, names) = (notes.symbols.some(&fact.place), notes.symbols.some(file));
        notes.outcomes.push(outcomes::Key { host: None, pod, node: None, sandbox: None, names }, fact.at, fact.locator);
    }
}

/// The class of a failed request. `None` for successes, for failures that a retry survived, and for what is no denial.
fn judge(story: &Story, request: &Request, access: &Access) -> Option<Judged> {
    if access.status < 400 {
        return None;
    }
    let denied = request.denied.iter().rev().find_map(|&n| match &story.facts[n].what {
        What::Denied { status, text, .. } => Some((*status, text)),
        _ => None,
    });
    if let Some((status, text)) = denied {
        return Some(upstream(status, text));
    }
    if let Some(error) = &access.error {
        let meaning = vocabulary::look_up(error, Place::Resource(access.status))?;
        return Some(Judged::by(meaning, Origin::LocalProxy, error));
    }
    let local = access.latency < LOCAL_LATENCY && request.selected.is_empty();
    Some(match access.status {
        401 if local => Judged::new(&c::CLIENT_KEY, Origin::LocalProxy, Confidence::Likely),
        401 => Judged::new(&c::TOKEN_INVALID, Origin::Unknown, Confidence::Possible),
        402 => Judged::new(&c::ENTITLEMENT_MISSING, Origin::Unknown, Confidence::Possible),
        403 => Judged::new(&c::FORBIDDEN_UNSPECIFIED, Origin::Unknown, Confidence::Possible),
        429 => Judged::new(&c::RATE_LIMITED, Origin::Unknown, Confidence::Likely),
        502 => Judged::new(&c::GATEWAY_ERROR, Origin::Unknown, Confidence::Likely),
        504 => Judged::new(&c::TIMEOUT, Origin::Unknown, Confidence::Likely),
        500 | 503 if local => Judged::new(&c::NO_CREDENTIAL_AVAILABLE, Origin::LocalProxy, Confidence::Possible),
        500.. => Judged::new(&c::UPSTREAM_UNAVAILABLE, Origin::Unknown, Confidence::Possible),
        _ => return None,
    })
}

/// The upstream's refusal in its own words, else by its status alone.
fn upstream(status: u16, text: &str) -> Judged {
    if let Some(meaning) = answer::meaning(text, Place::Resource(status), status) {
        let said = Said::by(meaning, status);
        let judged = Judged::new(said.class, Origin::Upstream, said.confidence);
        return Judged { subtype: said.subtype, text: text.into(), ..judged };
    }
    let class = match status {
        401 => &c::TOKEN_INVALID,
        402 => &c::ENTITLEMENT_MISSING,
        403 => &c::FORBIDDEN_UNSPECIFIED,
        404 => &c::NOT_FOUND,
        // iFlow's own numbers: a refused key, a token that ended, a rate limit.
        434 => &c::TOKEN_INVALID,
        439 => &c::TOKEN_EXPIRED,
        429 | 449 => &c::RATE_LIMITED,
        451 => &c::GEO_BLOCKED,
        500.. => &c::UPSTREAM_UNAVAILABLE,
        _ => &c::REQUEST_INVALID,
    };
    let confidence = class.status_only.map_or(Confidence::Possible, |(tier, _)| tier);
    Judged { text: text.into(), ..Judged::new(class, Origin::Upstream, confidence) }
}

/// What the lines of one refresh mean together: the most telling one.
pub fn refresh_meaning(story: &Story, refresh: &Refresh) -> Option<(Meaning, usize)> {
    let texts = refresh.facts.iter().rev().filter_map(|&n| match &story.facts[n].what {
        What::Failed { text, .. } => Some((n, text)),
        _ => None,
    });
    let found = texts.filter_map(|(n, text)| vocabulary::look_up(text, Place::TokenEndpoint).map(|m| (m, n)));
    found.min_by_key(|(m, _)| m.0.generic)
}

fn push_refresh(story: &Story, refresh: &Refresh, notes: &mut Notebook) {
    let fallback = refresh.facts[refresh.facts.len() - 1];
    let meaning = refresh_meaning(story, refresh);
    let at = meaning.map_or(fallback, |(_, n)| n);
    let fact = &story.facts[at];
    let What::Failed { text, .. } = &fact.what else { return };
    let judged = match meaning {
        Some((meaning, _)) => Judged::by(meaning, Origin::TokenEndpoint, text),
        None => bare_refresh(refresh.status, text),
    };
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, judged.class, judged.origin, judged.confidence, symbols);
    new.at = fact.at;
    new.subtype = judged.subtype;
    new.status = refresh.status;
    new.texts.identity = refresh.file.as_deref().and_then(|f| symbols.some(f));
    new.texts.host = host_in(text).and_then(|h| symbols.some(&h.to_ascii_lowercase()));
    new.texts.host_as_written = host_in(text).and_then(|h| symbols.some(h));
    new.texts.service = symbols.some(&refresh.provider);
    new.texts.message = symbols.some(text);
    push(notes, new, fact);
}

/// A status without words: 5xx is the network's or the server's fault, anything else stays unknown.
fn bare_refresh(status: Option<u16>, text: &str) -> Judged {
    let class = match status {
        Some(500..) => &c::REFRESH_NETWORK,
        Some(400) => &c::REFRESH_REQUEST_INVALID,
        _ => &c::UNCLASSIFIED,
    };
    Judged { text: text.into(), ..Judged::new(class, Origin::TokenEndpoint, Confidence::Possible) }
}

/// The host of the first URL in a transport error.
fn host_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let end = rest.find(['/', '"', ' ', ':', '?']).unwrap_or(rest.len());
    let host = &rest[..end];
    (!host.is_empty() && !host.contains('@')).then_some(host)
}

fn push_management(story: &Story, index: usize, access: &Access, notes: &mut Notebook) {
    let fact = &story.facts[index];
    let subtype = match (access.status, access.management()) {
        (401, _) => reason(story, index, access),
        (403, _) => Some("remote-disabled"),
        (404, Some(Management::Refresh(_))) => Some("route-disabled"),
        _ => return,
    };
    let confidence = match (access.status, subtype) {
        (401, _) => Confidence::Confirmed,
        (404, _) => Confidence::Possible,
        // A 403 is a ban, a disabled remote or a missing key: which one, the line does not say.
        _ => Confidence::Likely,
    };
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, &c::MANAGEMENT_KEY, Origin::LocalProxy, confidence, symbols);
    new.subtype = if access.status == 403 { None } else { subtype };
    new.status = Some(access.status);
    new.answered = Answered::Proxy;
    new.texts.method = symbols.some(&access.method);
    new.texts.path = symbols.some(&access.path);
    new.texts.message = symbols.some("management call refused");
    push(notes, new, fact);
}

/// Missing or wrong key, when the debug line just before says so.
fn reason(story: &Story, index: usize, access: &Access) -> Option<&'static str> {
    let place = &story.facts[index].place;
    let second = crate::record::time::SECOND;
    story.near(index, second, second).find_map(|(_, other)| match &other.what {
        What::KeyRefused { client, reason, .. } if *client == access.client && other.place == *place => {
            Some(if reason.starts_with("missing") { "missing" } else { "invalid" })
        }
        _ => None,
    })
}

fn push_change(fact: &Fact, subtype: &'static str, message: &str, notes: &mut Notebook) {
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Change, &c::BENIGN_MATCH, Origin::LocalProxy, Confidence::Confirmed, symbols);
    new.subtype = Some(subtype);
    new.role = Role::Negative;
    new.texts.message = symbols.some(message);
    push(notes, new, fact);
}

#[cfg(test)]
mod tests {
    use super::super::testing::line;
    use super::*;
    use crate::record::time::SECOND;

    fn notes(lines: &[(i64, &str)]) -> Notebook {
        let facts =
            lines.iter().enumerate().filter_map(|(n, (s, text))| line(s * SECOND, n as u64 + 1, "pod", text)).collect();
        let mut notes = Notebook::default();
        notes.cliproxy.story = Story::new(facts);
        push_all(&mut notes);
        notes
    }

    fn told(notes: &Notebook) -> Vec<(&str, Option<u16>, Origin, Confidence)> {
        notes.attempts.iter().map(|a| (a.class.label, a.status, a.origin, a.confidence)).collect()
    }

    const SELECTED: &str = "[2026-02-21 08:42:00] [0000000a] [debug] [conductor.go:1] Use OAuth provider=claude auth_file=a.json for model m";

    #[test]
    fn two_lines_of_one_request_are_one_attempt() {
        let n = notes(&[
            (0, SELECTED),
            (
                1,
                r#"[2026-02-21 08:42:00] [0000000a] [debug] [claude_executor.go:187] request error, error status: 401, error message: {"error":{"message":"OAuth token has been revoked."}}"#,
            ),
            (
                2,
                r#"[2026-02-21 08:42:00] [0000000a] [warn ] [gin_logger.go:93] 401 |  718ms | 10.0.0.1 | POST "/v1/messages""#,
            ),
        ]);
        assert_eq!(told(&n), [("upstream.token-revoked", Some(401), Origin::Upstream, Confidence::Confirmed)]);
        assert_eq!(n.symbols.get(n.attempts[0].texts.identity), "a.json");
    }

    #[test]
    fn a_refusal_that_the_request_survives_is_no_attempt() {
        let n = notes(&[
            (
                1,
                r"[2026-02-21 08:42:00] [0000000a] [debug] [codex_executor.go:1] request error, error status: 401, error message: {}",
            ),
            (2, SELECTED),
            (
                3,
                r#"[2026-02-21 08:42:00] [0000000a] [info ] [gin_logger.go:93] 200 |  3.4s | 10.0.0.1 | POST "/v1/messages""#,
            ),
        ]);
        assert_eq!(told(&n), []);
    }

    #[test]
    fn the_proxys_own_denials_never_blame_the_upstream() {
        let n = notes(&[
            (
                1,
                r#"[2026-02-21 08:42:00] [0000000a] [warn ] [gin_logger.go:93] 401 |  0s | 192.0.2.77 | POST "/v1/messages""#,
            ),
            (
                2,
                r#"[2026-02-21 08:42:00] [0000000b] [error] [gin_logger.go:93] 503 |  1ms | 192.0.2.77 | POST "/v1/messages" | auth_unavailable: no auth available"#,
            ),
            (
                3,
                r#"[2026-02-21 08:42:00] [--------] [warn ] [gin_logger.go:93] 401 |  0s | 192.0.2.77 | GET "/v0/management/config""#,
            ),
        ]);
        assert_eq!(
            told(&n),
            [
                ("local.client-key", Some(401), Origin::LocalProxy, Confidence::Likely),
                ("local.no-credential-available", Some(503), Origin::LocalProxy, Confidence::Confirmed),
                ("local.management-key", Some(401), Origin::LocalProxy, Confidence::Confirmed),
            ]
        );
        assert_eq!(n.attempts[1].role, Role::Derived);
    }

    #[test]
    fn a_transport_error_names_the_token_host() {
        let n = notes(&[(
            0,
            r#"[2026-02-20 14:02:00] [--------] [warn ] [codex_auth.go:288] Token refresh attempt 1 failed: token refresh failed: Post "https://auth.openai.example/oauth/token": proxyconnect tcp: dial tcp 10.96.7.9:3128: connect: connection refused"#,
        )]);
        assert_eq!(told(&n), [("token.refresh-network", None, Origin::TokenEndpoint, Confidence::Confirmed)]);
        assert_eq!(n.symbols.get(n.attempts[0].texts.host), "auth.openai.example");
    }
}
