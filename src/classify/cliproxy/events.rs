//! The story's failures as attempts of the notebook: one per request, refresh or management call, never one per line.

use super::join::ANSWER_SPAN;
use super::{Access, Fact, Management, Renewal, Request, Step, Story, What, envelope};
use crate::classify::answer;
use crate::classify::classes::{self as c, Group};
use crate::classify::secrets;
use crate::classify::transport;
use crate::classify::vocabulary::{self, Meaning, Place};
use crate::classify::{Answered, Attempt, Class, Judgement, LIST, Notebook, Symbols, outcomes};
use crate::finding::{Attachment, Confidence, Kind, Origin, Role};
use crate::record;
use crate::record::time::SECOND;

/// How Kiro's line of a ban is read. The lines that say it again while it lasts are no second one.
const BANNED: &str = "account suspended";

/// Below this an answer never left the proxy: microseconds.
const LOCAL_LATENCY: u64 = 20_000;

/// One attempt per failed request, refresh or management call; config changes and starts beside them.
pub fn push_all(notes: &mut Notebook) {
    let story = std::mem::take(&mut notes.cliproxy.story);
    for request in &story.requests {
        push_request(&story, request, notes);
    }
    for refresh in story.renewals.iter().filter(|a| !a.ok) {
        push_refresh(&story, refresh, notes);
    }
    for (index, fact) in story.facts.iter().enumerate() {
        match &fact.what {
            What::Access(access) if access.management().is_some() => push_management(&story, index, access, notes),
            What::Suspended { file, reason } => push_suspension(&story, index, file, reason, notes),
            What::KeyRefused { client, status, reason, .. } => {
                push_key_refusal(&story, index, client, *status, reason, notes);
            }
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
    let mut new = Attempt::at(fact.at, fact.locator, kind, class, origin, confidence);
    new.texts.pod = symbols.some(&fact.place);
    new.texts.request = fact.request.and_then(|id| symbols.some(&format!("{id:08x}")));
    new
}

/// The credential file that a request or refresh was made with.
fn name(attempt: &mut Attempt, file: &str, symbols: &mut Symbols) {
    attempt.texts.identity = symbols.some(file);
    attempt.texts.names = attempt.texts.identity;
}

fn push(notes: &mut Notebook, mut attempt: Attempt, fact: &Fact) {
    attempt.texts.marks = notes.symbols.some(&marks(fact));
    notes.push(attempt, fact.line.as_deref().unwrap_or_default());
}

/// What tells the line from others of its second. Other collectors' spellings of the message are not asked for.
fn marks(fact: &Fact) -> String {
    if let What::Access(access) = &fact.what {
        let request = fact.request.map(|id| format!("{id:08x}"));
        let all = request.into_iter().chain([format!("{} |", access.status), access.path.to_string()]);
        return all.collect::<Vec<_>>().join(&LIST.to_string());
    }
    let record = fact.line.as_deref().and_then(|line| record::parse_any(line).ok());
    let text = record.as_ref().and_then(|record| record.get("_msg")).unwrap_or_default();
    head(envelope::peel(&text).text).to_owned()
}

/// The beginning of a message: whole words up to the first thing that is not the emitter's own, and never half of a name.
fn head(text: &str) -> &str {
    const LONGEST: usize = 64;
    let foreign = text.find(['{', '"', '@', '=', '/', '<', '(', '\n']).unwrap_or(text.len());
    let end = text.floor_char_boundary(foreign.min(LONGEST));
    let whole = end == text.len() || text[..end].ends_with(' ');
    let end = if whole { end } else { text[..end].rfind(' ').unwrap_or(0) };
    text[..end].trim_end()
}

/// What a refusal comes to, and the text that says so.
struct Judged {
    is: Judgement,
    text: Box<str>,
}

impl Judged {
    fn new(class: &'static Class, origin: Origin, confidence: Confidence) -> Judged {
        Judged { is: Judgement::new(class, origin, confidence), text: "".into() }
    }

    fn told(is: Judgement, text: &str) -> Judged {
        Judged { is, text: text.into() }
    }
}

fn push_request(story: &Story, request: &Request, notes: &mut Notebook) {
    let Some(index) = request.access else { return push_refusal(story, request, notes) };
    let fact = &story.facts[index];
    let What::Access(access) = &fact.what else { return };
    if access.is_ok() {
        push_success(story, request, fact, notes);
    }
    let Some(judged) = judge(story, request, access) else { return };
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, judged.is.class, judged.is.origin, judged.is.confidence, symbols);
    new.subtype = judged.is.subtype;
    new.status = Some(access.status);
    new.answered = match judged.is.origin {
        Origin::Upstream => Answered::Upstream,
        Origin::LocalProxy => Answered::Proxy,
        _ => Answered::Unknown,
    };
    new.texts.method = symbols.some(&access.method);
    new.texts.path = symbols.some(&access.path);
    new.texts.message = symbols.some(&judged.text);
    new.texts.host = access.upstream.as_deref().and_then(|host| symbols.some(host));
    new.texts.host_as_written = new.texts.host;
    if let Some(file) = story.file_of(request).or(access.credential.as_deref()) {
        name(&mut new, file, symbols);
        new.credential = Attachment::Attached;
    }
    push(notes, new, fact);
}

/// A refusal of the upstream whose answer to the client is not on record: what it became is unknown, that it happened is
/// not. A credential chosen after it means that the request went on.
fn push_refusal(story: &Story, request: &Request, notes: &mut Notebook) {
    let Some(&index) = request.denied.last() else { return };
    if request.selected.last().is_some_and(|&chosen| chosen > index) {
        return;
    }
    let fact = &story.facts[index];
    let What::Denied { provider, status, text } = &fact.what else { return };
    let judged = upstream(*status, text);
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, judged.is.class, judged.is.origin, judged.is.confidence, symbols);
    new.subtype = judged.is.subtype;
    new.status = Some(*status);
    new.answered = Answered::Upstream;
    new.texts.service = symbols.some(provider);
    new.texts.message = symbols.some(&judged.text);
    if let Some(file) = story.file_of(request) {
        name(&mut new, file, symbols);
        new.credential = Attachment::Attached;
    }
    push(notes, new, fact);
}

/// Why a credential was put aside, where that is a refusal: the class, its subtype, and the status that it came with.
fn put_aside(reason: &str) -> Option<(&'static Class, Option<&'static str>, u16)> {
    Some(match reason {
        BANNED => (&c::ACCOUNT_SUSPENDED, Some("suspended"), 403),
        "unauthorized" => (&c::TOKEN_INVALID, None, 401),
        "invalid_grant" => (&c::INVALID_GRANT, Some("unspecified"), 400),
        // The scheduler's word for 402 and 403 alike.
        "payment_required" => (&c::FORBIDDEN_UNSPECIFIED, None, 403),
        _ => return None,
    })
}

/// A credential put aside for a refusal; where the refusal that led to it is on record too, that one counts.
fn push_suspension(story: &Story, index: usize, file: &str, reason: &str, notes: &mut Notebook) {
    let Some((class, subtype, led)) = put_aside(reason) else { return };
    let fact = &story.facts[index];
    let fits = |status: u16| match led {
        // A refused grant is told by the refresh, and passed on to the request that needed it.
        400 => matches!(status, 400 | 401),
        403 if reason != BANNED => matches!(status, 402 | 403),
        _ => status == led,
    };
    let told = |other: &Fact| match &other.what {
        What::Denied { status, .. } => fits(*status),
        What::Access(access) => fits(access.status),
        What::Failed { .. } => led == 400,
        _ => false,
    };
    let again = |(n, other): (usize, &Fact)| {
        let same = matches!(&other.what, What::Suspended { file: f, reason: r } if **f == *file && **r == *reason);
        other.place == fact.place && (told(other) || same && n < index)
    };
    // One refusal puts a credential aside for one model after the other.
    if story.near(index, ANSWER_SPAN, ANSWER_SPAN).any(again) {
        return;
    }
    let symbols = &mut notes.symbols;
    let origin = if led == 400 { Origin::TokenEndpoint } else { Origin::Upstream };
    let mut new = attempt(fact, Kind::Attempt, class, origin, Confidence::Likely, symbols);
    new.subtype = subtype;
    name(&mut new, file, symbols);
    let (service, message) = if reason == BANNED { ("kiro", "account is suspended") } else { ("", reason) };
    new.texts.service = symbols.some(service);
    new.texts.message = symbols.some(message);
    push(notes, new, fact);
}

/// A refused management key whose access line is not on record.
fn push_key_refusal(story: &Story, index: usize, client: &str, status: u16, reason: &str, notes: &mut Notebook) {
    let fact = &story.facts[index];
    let answers = |other: &Fact| match &other.what {
        What::Access(access) => access.management().is_some() && *access.client == *client,
        _ => false,
    };
    if story.near(index, SECOND, SECOND).any(|(_, other)| other.place == fact.place && answers(other)) {
        return;
    }
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, &c::MANAGEMENT_KEY, Origin::LocalProxy, Confidence::Confirmed, symbols);
    new.subtype = (status == 401).then(|| key_fault(reason));
    new.status = Some(status);
    new.answered = Answered::Proxy;
    new.texts.message = symbols.some(reason);
    push(notes, new, fact);
}

/// Whether a key was missing or wrong, by the words of its refusal.
fn key_fault(reason: &str) -> &'static str {
    if reason.starts_with("missing") { "missing" } else { "invalid" }
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
    if is_unserved(access) {
        return None;
    }
    if let Some(judged) = own_answer(request, access) {
        return Some(judged);
    }
    if let Some(error) = &access.error {
        let meaning = vocabulary::look_up(error, Place::Resource(access.status))?;
        return Some(Judged::told(Judgement::by(meaning, Origin::LocalProxy), error));
    }
    let local = access.latency < LOCAL_LATENCY && request.selected.is_empty() && access.upstream.is_none();
    if access.upstream.is_some() && matches!(access.status, 401..=403) {
        // The preview is what the client was answered: the upstream's own words at best, so never sure.
        let judged = upstream(access.status, access.answer.as_deref().unwrap_or_default());
        let confidence = judged.is.confidence.max(Confidence::Likely);
        return Some(Judged { is: Judgement { confidence, ..judged.is }, ..judged });
    }
    match access.status {
        401 if local => return Some(Judged::new(&c::CLIENT_KEY, Origin::LocalProxy, Confidence::Likely)),
        500 | 503 if local => {
            return Some(Judged::new(&c::NO_CREDENTIAL_AVAILABLE, Origin::LocalProxy, Confidence::Possible));
        }
        _ => {}
    }
    let (class, tier) = bare(access.status);
    match class.group {
        _ if class.role == Role::Negative => None,
        Group::Upstream if access.upstream.is_some() => Some(by_status(access.status, "")),
        // The proxy itself says 500 and 503 of a pool that is used up.
        _ if class == &c::UPSTREAM_UNAVAILABLE => Some(Judged::new(class, Origin::Unknown, Confidence::Possible)),
        _ => Some(Judged::new(class, Origin::Unknown, tier)),
    }
}

/// An answer in the proxy's own words. Its refusals of a caller's key have one form each and come before any upstream is
/// asked; its codes are its own wherever they stand.
fn own_answer(request: &Request, access: &Access) -> Option<Judged> {
    const EMPTY: [&str; 4] = ["auth_unavailable", "auth_not_found", "no auth available", "no auth candidates"];
    let text = access.answer.as_deref()?;
    if matches!(access.status, 500 | 503) && says(access, &EMPTY) {
        let is = Judgement::new(&c::NO_CREDENTIAL_AVAILABLE, Origin::LocalProxy, Confidence::Confirmed);
        return Some(Judged::told(is, text));
    }
    let said: serde_json::Value = serde_json::from_str(text).ok()?;
    let asked = !request.selected.is_empty() || access.credential.is_some() || access.upstream.is_some();
    let (class, subtype) = match (access.status, said["error"].as_str(), said["error"]["code"].as_str()) {
        (401, Some("Missing API key"), _) if !asked => (&c::CLIENT_KEY, "missing"),
        (401, Some("Invalid API key"), _) if !asked => (&c::CLIENT_KEY, "invalid"),
        (403, _, Some("unsafe_example_api_key")) if !asked => (&c::CLIENT_KEY, "example-key-safe-mode"),
        (429, _, Some("model_cooldown")) => (&c::RATE_LIMITED, "cooldown"),
        _ => return None,
    };
    let is = Judgement::new(class, Origin::LocalProxy, Confidence::Confirmed).of_kind(subtype);
    Some(Judged::told(is, text))
}

/// The proxy serves no provider with the model: nobody was asked, and nobody refused.
fn is_unserved(access: &Access) -> bool {
    matches!(access.status, 400 | 502) && says(access, &["unknown provider for model"])
}

/// The answer begins with one of these, in its code or its message, and no upstream is on record that could have given it.
fn says(access: &Access, words: &[&str]) -> bool {
    let Some(text) = access.answer.as_deref().filter(|_| access.upstream.is_none()) else { return false };
    let said: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
    let error = said.get("error").unwrap_or(&said);
    let parts = [Some(error), error.get("code"), error.get("message")];
    let begins = |text: &str| words.iter().any(|word| text.starts_with(word));
    parts.into_iter().flatten().filter_map(serde_json::Value::as_str).any(begins)
}

/// The upstream's refusal in its own words, else by its status alone. An upstream's word for a pool or a key of its own
/// says nothing of ours.
fn upstream(status: u16, text: &str) -> Judged {
    let place = Place::Resource(status);
    if let Some(meaning) = answer::meaning(text, place, status) {
        let said = answer::by(meaning, place, status);
        if said.class.group == Group::Local && said.class != &c::MESH_AUTHZ_DENY {
            return by_status(status, text);
        }
        return Judged::told(said, text);
    }
    by_status(status, text)
}

fn by_status(status: u16, text: &str) -> Judged {
    let (class, tier) = bare(status);
    Judged::told(Judgement::new(class, Origin::Upstream, tier), text)
}

/// What a failure's status says by itself.
fn bare(status: u16) -> (&'static Class, Confidence) {
    match status {
        // iFlow's own numbers: a refused key, a token that ended, a rate limit.
        434 => (&c::TOKEN_INVALID, Confidence::Possible),
        439 => (&c::TOKEN_EXPIRED, Confidence::Possible),
        449 => (&c::RATE_LIMITED, Confidence::Likely),
        _ => c::by_status(status).unwrap_or((&c::REQUEST_INVALID, Confidence::Possible)),
    }
}

/// What the lines of one refresh mean together: the most telling one.
fn refresh_meaning(story: &Story, refresh: &Renewal) -> Option<(Meaning, usize)> {
    let verdict = |n: usize| matches!(&story.facts[n].what, What::Failed { step: Step::Verdict, .. });
    // The verdict names the file; of lines without one the first tells when it began.
    let (verdicts, others): (Vec<usize>, Vec<usize>) = refresh.facts.iter().partition(|&&n| verdict(n));
    let texts = verdicts.into_iter().rev().chain(others).filter_map(|n| match &story.facts[n].what {
        What::Failed { text, .. } => Some((n, text)),
        _ => None,
    });
    let found = texts.filter_map(|(n, text)| vocabulary::look_up(text, Place::Refresh).map(|m| (m, n)));
    found.min_by_key(|(m, _)| m.0.generic)
}

fn push_refresh(story: &Story, refresh: &Renewal, notes: &mut Notebook) {
    let failed = |n: &&usize| matches!(&story.facts[**n].what, What::Failed { .. });
    let Some(&fallback) = refresh.facts.iter().rev().find(failed) else { return };
    let meaning = refresh_meaning(story, refresh);
    let at = meaning.map_or(fallback, |(_, n)| n);
    let fact = &story.facts[at];
    let What::Failed { text, .. } = &fact.what else { return };
    let judged = match meaning {
        Some((meaning, _)) => Judged::told(secrets::minted(meaning), text),
        None => bare_refresh(refresh.status, text),
    };
    let symbols = &mut notes.symbols;
    let mut new = attempt(fact, Kind::Attempt, judged.is.class, judged.is.origin, judged.is.confidence, symbols);
    new.subtype = judged.is.subtype;
    new.status = refresh.status;
    new.texts.identity = refresh.file.as_deref().and_then(|f| symbols.some(f));
    new.texts.host = host_in(text).and_then(|h| symbols.some(&h.to_ascii_lowercase()));
    new.texts.host_as_written = host_in(text).and_then(|h| symbols.some(h));
    new.texts.service = symbols.some(&refresh.provider);
    new.texts.message = symbols.some(text);
    push(notes, new, fact);
}

/// A status without words: 5xx is the network's or the server's fault, anything else stays unknown. Without a status
/// nothing shows that the endpoint was reached.
fn bare_refresh(status: Option<u16>, text: &str) -> Judged {
    if status.is_none() && transport::is_unanswered(text) {
        return Judged::told(secrets::unanswered(), text);
    }
    let origin = if status.is_some() { Origin::TokenEndpoint } else { Origin::Unknown };
    let (class, tier) = status.and_then(c::by_token_status).unwrap_or((&c::UNCLASSIFIED, Confidence::Possible));
    Judged::told(Judgement::new(class, origin, tier), text)
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
        // Where any management call went through, the routes are on, and this build lacks this one.
        (404, Some(Management::Refresh(_))) if !manages(story) => Some("route-disabled"),
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

/// Some management call of the dump succeeded.
fn manages(story: &Story) -> bool {
    story.facts.iter().any(|fact| match &fact.what {
        What::Access(access) => access.management().is_some() && access.is_ok(),
        _ => false,
    })
}

/// Missing or wrong key, when the debug line just before says so.
fn reason(story: &Story, index: usize, access: &Access) -> Option<&'static str> {
    let place = &story.facts[index].place;
    story.near(index, SECOND, SECOND).find_map(|(_, other)| match &other.what {
        What::KeyRefused { client, reason, .. } if *client == access.client && other.place == *place => {
            Some(key_fault(reason))
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

    #[test]
    fn a_mark_is_the_emitters_own_words() {
        for (text, want) in [
            (r#"IDC token refresh failed (status 400): {"error":"invalid_grant"}"#, "IDC token refresh failed"),
            ("refreshed codex, user@mail.example.json, x", "refreshed codex,"),
            ("kimi: refresh token rejected", "kimi: refresh token rejected"),
            (
                "refreshed codex, a.json, token refresh failed: Post \"https://x",
                "refreshed codex, a.json, token refresh failed: Post",
            ),
            ("üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü", ""),
        ] {
            assert_eq!(head(text), want);
        }
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
    fn a_status_means_the_same_with_and_without_the_upstreams_line() {
        for (status, label) in [
            (402, "upstream.entitlement-missing"),
            (403, "upstream.forbidden-unspecified"),
            (407, "upstream.credential-missing"),
            (408, "avail.timeout"),
            (429, "quota.rate-limited"),
            (451, "upstream.geo-blocked"),
            (502, "avail.gateway-error"),
            (504, "avail.timeout"),
        ] {
            let access = format!(
                r#"[2026-02-21 08:42:00] [0000000a] [warn ] [gin_logger.go:93] {status} |  718ms | 10.0.0.1 | POST "/v1/messages""#
            );
            let refused = format!(
                "[2026-02-21 08:42:00] [0000000a] [debug] [claude_executor.go:187] request error, error status: {status}, error message: {{}}"
            );
            let labels =
                |lines: &[(i64, &str)]| notes(lines).attempts.iter().map(|a| a.class.label).collect::<Vec<_>>();
            assert_eq!(labels(&[(1, &access)]), [label], "{status}");
            assert_eq!(labels(&[(0, &refused), (1, &access)]), [label], "{status}");
        }
    }

    #[test]
    fn a_transport_error_names_the_token_host() {
        let n = notes(&[(
            0,
            r#"[2026-02-20 14:02:00] [--------] [warn ] [codex_auth.go:288] Token refresh attempt 1 failed: token refresh failed: Post "https://auth.openai.example/oauth/token": proxyconnect tcp: dial tcp 10.96.7.9:3128: connect: connection refused"#,
        )]);
        assert_eq!(told(&n), [("token.refresh-network", None, Origin::LocalProxy, Confidence::Confirmed)]);
        assert_eq!(n.symbols.get(n.attempts[0].texts.host), "auth.openai.example");
    }

    #[test]
    fn an_endpoint_that_was_not_reached_refused_nothing() {
        let told_of = |error: &str| {
            let text =
                format!("[2026-02-21 08:15:04] [--------] [debug] [conductor.go:1] refreshed codex, a.json, {error}");
            let n = notes(&[(0, &text)]);
            (n.attempts[0].class.label, n.attempts[0].origin, n.attempts[0].confidence)
        };
        let post = r#"Post "https://auth.example/oauth/token": "#;
        for reason in [
            "EOF",
            "unexpected EOF",
            "net/http: TLS handshake timeout",
            "tls: first record does not look like a TLS handshake",
            "x509: certificate signed by unknown authority",
            "dial tcp 10.0.0.1:443: connect: no route to host",
            "write tcp 10.0.0.1:1->10.0.0.2:2: write: broken pipe",
            "http2: client connection lost",
        ] {
            let want = ("token.refresh-network", Origin::LocalProxy, Confidence::Confirmed);
            assert_eq!(told_of(&format!("{post}{reason}")), want, "{reason}");
        }
        let unheard = ("token.refresh-network", Origin::LocalProxy, Confidence::Likely);
        assert_eq!(told_of(&format!("{post}a reason of tomorrow")), unheard);
        let missing = ("token.refresh-missing", Origin::LocalProxy, Confidence::Confirmed);
        assert_eq!(told_of("kiro executor: refresh token not found"), missing);
        assert_eq!(told_of("oauth2: token expired and refresh token is not set"), missing);
        assert_eq!(told_of("something odd"), ("unknown.unclassified", Origin::Unknown, Confidence::Possible));
    }

    #[test]
    fn a_refusal_that_only_its_consequence_tells_is_one() {
        let put = |model: &str, reason: &str| {
            format!(
                "[2026-02-21 08:42:00] [--------] [debug] [conductor.go:1] Suspended client a.json for model {model}: {reason}"
            )
        };
        let (one, two) = (put("m", "unauthorized"), put("n", "unauthorized"));
        let n = notes(&[(0, &one), (1, &two), (60, &one)]);
        let want = ("upstream.token-invalid", None, Origin::Upstream, Confidence::Likely);
        assert_eq!(told(&n), [want, want]);
        assert_eq!(n.symbols.get(n.attempts[0].texts.identity), "a.json");
        let refused = "[2026-02-21 08:42:00] [--------] [debug] [codex_executor.go:1] request error, error status: 401, error message: {}";
        assert_eq!(notes(&[(0, refused), (1, &one)]).attempts.len(), 1);
        assert_eq!(told(&notes(&[(0, &put("m", "quota"))])), []);
        let grant = ("token.refresh-invalid-grant", None, Origin::TokenEndpoint, Confidence::Likely);
        assert_eq!(told(&notes(&[(0, &put("m", "invalid_grant"))])), [grant]);
    }

    #[test]
    fn a_refusal_with_an_empty_body_is_one() {
        let n = notes(&[(
            0,
            "[2026-02-21 08:42:00] [--------] [debug] [x_executor.go:1] request error, error status: 401, error message: ",
        )]);
        assert_eq!(told(&n), [("upstream.token-invalid", Some(401), Origin::Upstream, Confidence::Possible)]);
    }

    #[test]
    fn a_key_is_refused_once_whatever_lines_say_so() {
        let rejected = r#"[2026-02-21 00:30:05] [--------] [debug] [handler.go:214] management auth rejected: clientIP=192.0.2.77 localClient=false providedLen=0 status=401 err="missing management key""#;
        let answer = r#"[2026-02-21 00:30:05] [--------] [warn ] [gin_logger.go:93] 401 |  0s | 192.0.2.77 | GET "/v0/management/config""#;
        let want = ("local.management-key", Some(401), Origin::LocalProxy, Confidence::Confirmed);
        for lines in [&[(0, rejected)][..], &[(0, rejected), (0, answer)]] {
            let n = notes(lines);
            assert_eq!(told(&n), [want]);
            assert_eq!(n.attempts[0].subtype, Some("missing"));
        }
    }

    #[test]
    fn an_executor_without_a_refresh_token_says_so() {
        let n = notes(&[(
            0,
            "[2026-02-21 08:42:00] [--------] [debug] [x.go:1] codebuddy executor: no refresh token available, skipping refresh",
        )]);
        assert_eq!(told(&n), [("token.refresh-missing", None, Origin::LocalProxy, Confidence::Confirmed)]);
    }

    #[test]
    fn a_token_exchange_that_found_nothing_is_no_dead_token() {
        let said = |status: &str| {
            let text = format!(
                "[2026-02-21 08:42:00] [--------] [error] [x.go:1] github-copilot token validation failed: token_exchange_failed: failed to get Copilot API token (caused by: status {status})"
            );
            let n = notes(&[(0, &text)]);
            (n.attempts[0].class.label, n.attempts[0].status, n.attempts[0].confidence)
        };
        let missing = ("upstream.entitlement-missing", Some(404), Confidence::Likely);
        assert_eq!(said("404: Not Found"), missing);
        assert_eq!(said("401: "), ("upstream.token-invalid", Some(401), Confidence::Likely));
        assert_eq!(said("403: "), ("upstream.entitlement-missing", Some(403), Confidence::Likely));
        assert_eq!(said("429: "), ("token.refresh-network", Some(429), Confidence::Confirmed));
        assert_eq!(said("503: "), ("token.refresh-network", Some(503), Confidence::Confirmed));
        let blocked = r#"403: {"code":"feature_flag_blocked"}"#;
        assert_eq!(said(blocked), ("upstream.entitlement-missing", Some(403), Confidence::Confirmed));
    }

    #[test]
    fn the_preview_of_an_upstreams_answer_says_why() {
        let n = notes(&[(
            0,
            r#"[2026-02-21 08:42:00] [0000000a] [warn ] [gin_logger.go:93] 401 |  718ms | 10.0.0.1 | POST "/v1/messages" | codex:a@x | upstream=https://chatgpt.example/x | response="{\"error\":{\"code\":\"token_expired\"}}""#,
        )]);
        assert_eq!(told(&n), [("upstream.token-expired", Some(401), Origin::Upstream, Confidence::Likely)]);
    }
}
