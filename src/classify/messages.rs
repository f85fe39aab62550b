//! What the proxy and its neighbours say besides audit records: failed secret fetches and mints, changes and restarts.
//!
//! A row of [`LINES`] is a constant message of a known writer. Twins of audit rows (a short-circuited tunnel) are known
//! and deliberately not counted a second time.

use super::audit;
use super::classes as c;
use super::hosts::bare_host;
use super::join::{Execution, ToolCall};
use super::notebook::Notebook;
use super::secrets;
use super::texts::{clipped, common};
use super::{Answered, Attempt, Class, Row, Slot, Slots};
use crate::finding::{Attachment, Confidence, Kind, Origin};
use crate::record::time::{Nanos, SECOND};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// What a constant message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    SecretError,
    SecretStale,
    MintFailed,
    /// Says again what an audit row says.
    Twin,
    WebsocketDial,
    PostgresAuth,
    PostgresUpstream,
    DnsLookup,
    /// Lines of the broker that was split off: of the proxy's only where they name a credential.
    BrokerFailed,
    BrokerStore,
    BrokerUnsaved,
    /// A change marker of this kind: reload, config, restart, stop, refused, sync-failed.
    Change(&'static str),
}

/// Messages of the proxy. A trailing `*` matches any tail.
pub static LINES: &[(&str, Line)] = &[
    ("failed to fetch secret, caching error", Line::SecretError),
    ("failed to fetch secret", Line::SecretError),
    ("failed to fetch secret: *", Line::SecretError),
    ("failed to refresh secret, serving stale value", Line::SecretStale),
    ("oauth_token mint failed", Line::MintFailed),
    ("gcp_id_token mint failed", Line::MintFailed),
    ("jwt_bearer mint failed", Line::MintFailed),
    ("gcp_auth mint failed", Line::MintFailed),
    ("tunnel short-circuited by transform", Line::Twin),
    ("tunnel transform error", Line::Twin),
    ("sni passthrough short-circuited by transform", Line::Twin),
    ("websocket upstream dial failed", Line::WebsocketDial),
    ("postgres: client auth failed", Line::PostgresAuth),
    ("postgres: upstream connect failed", Line::PostgresUpstream),
    ("postgres: session setup failed", Line::PostgresUpstream),
    ("postgres: set role / probe failed", Line::PostgresUpstream),
    ("dns passthrough lookup failed", Line::DnsLookup),
    ("credential marked dead; human re-auth required", Line::BrokerFailed),
    ("refresh failed (retryable)", Line::BrokerFailed),
    ("refresh failed", Line::BrokerFailed),
    ("store load failed; will retry", Line::BrokerStore),
    ("store Put failed, refresh did not persist", Line::BrokerUnsaved),
    ("config update received from control plane", Line::Change("config")),
    ("received initial config*", Line::Change("config")),
    ("pipeline reloaded*", Line::Change("reload")),
    ("mcp policy reloaded", Line::Change("reload")),
    ("management reload succeeded", Line::Change("reload")),
    ("management reload rejected invalid config", Line::Change("refused")),
    ("rejecting invalid *", Line::Change("refused")),
    ("applying config update*", Line::Change("refused")),
    ("iron-proxy starting", Line::Change("restart")),
    ("tunnel proxy starting", Line::Change("restart")),
    ("http proxy starting", Line::Change("restart")),
    ("https proxy starting*", Line::Change("restart")),
    ("management server starting", Line::Change("restart")),
    ("received signal, shutting down", Line::Change("stop")),
    ("iron-proxy stopped", Line::Change("stop")),
    ("fatal error", Line::Change("stop")),
    ("initial sync failed*", Line::Change("sync-failed")),
    ("sync failed*", Line::Change("sync-failed")),
];

/// For each of the first two bytes of a message, which of [`LINES`] have it there: few messages share both.
static BEGINNINGS: [[u64; 256]; 2] = {
    assert!(LINES.len() <= 64);
    let mut beginnings = [[0; 256]; 2];
    let mut line = 0;
    while line < LINES.len() {
        let text = LINES[line].0.as_bytes();
        beginnings[0][text[0] as usize] |= 1 << line;
        beginnings[1][text[1] as usize] |= 1 << line;
        line += 1;
    }
    beginnings
};

/// The kind of a message, if it is one of [`LINES`].
pub fn line(message: &[u8]) -> Option<Line> {
    let [first, second, ..] = message else { return None };
    let mut possible = BEGINNINGS[0][usize::from(*first)] & BEGINNINGS[1][usize::from(*second)];
    while possible != 0 {
        let (text, line) = LINES[possible.trailing_zeros() as usize];
        if matches(text.as_bytes(), message) {
            return Some(line);
        }
        possible &= possible - 1;
    }
    None
}

/// None of the texts holds a character that JSON escapes, so the undecoded bytes can be compared.
fn matches(text: &[u8], message: &[u8]) -> bool {
    text.strip_suffix(b"*").map_or(text == message, |head| message.starts_with(head))
}

/// What the store said, without what the proxy put before it.
pub fn inner(text: &str) -> &str {
    const HEADS: [&str; 3] = [
        "failed to fetch secret, caching error: ",
        "failed to fetch secret: ",
        "failed to refresh secret, serving stale value: ",
    ];
    HEADS.iter().find_map(|head| text.strip_prefix(head)).unwrap_or(text)
}

/// How a message ends that says that the error is remembered: only then one line stands for more than one refusal.
const CACHING: &str = "caching error";

/// Prefix of the console's lines about brokered credentials.
const BROKER: &str = "broker credential ";
/// Loggers put no more bytes before it.
const BROKER_WITHIN: usize = 200;
/// Made once: it is asked of every row that may have such a head.
static IN_HEAD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(BROKER));

/// Classifies a row that is no audit record. Says whether it was one of ours.
pub fn observe(row: &Row<'_>, notes: &mut Notebook) -> bool {
    let raw = row.slots.raw(Slot::Msg).map_or(&b""[..], |raw| raw.bytes());
    let names_credential = |line| {
        !matches!(line, Line::BrokerFailed | Line::BrokerStore | Line::BrokerUnsaved)
            || row.slots.has(Slot::CredentialId)
    };
    if let Some(line) = line(raw).filter(|line| names_credential(*line)) {
        proxy_line(row, line, &row.text(Slot::Msg), notes);
        return true;
    }
    let head = &raw[..raw.len().min(BROKER_WITHIN)];
    let may_be_headed = raw.first().is_some_and(|first| matches!(first, b'b' | b'[' | b'A'..=b'Z'));
    if may_be_headed && IN_HEAD.find(head).is_some() {
        let message = row.text(Slot::Msg);
        if let Some(rest) = said(&message).strip_prefix(BROKER) {
            broker(row, said(&message), rest, notes);
            return true;
        }
    }
    if row.slots.is(Slot::Event, "tool_call_completed") {
        tool_call(row, notes);
    }
    false
}

/// What a line of the console says, behind what its loggers put before it: Ruby's head (`E, [2026-03-10T09:00:00.1 #1]
/// ERROR -- : `), a level alone, and tags in brackets.
fn said(message: &str) -> &str {
    const LEVELS: [&str; 6] = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "ANY"];
    let mut rest = message;
    if let Some((head, tail)) = rest.split_once(" -- ")
        && let Some((name, tail)) = tail.split_once(": ")
        && head.as_bytes().get(1..4) == Some(b", [")
        && !name.contains(' ')
    {
        rest = tail;
    }
    if let Some(tail) = LEVELS.iter().find_map(|level| rest.strip_prefix(level)) {
        rest = tail.trim_start_matches([' ', ':']);
    }
    while let Some((tag, tail)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        if tag.contains(' ') {
            break;
        }
        rest = tail;
    }
    rest
}

fn proxy_line(row: &Row<'_>, line: Line, message: &str, notes: &mut Notebook) {
    const FIELDS: [Slot; 3] = [Slot::Error, Slot::Reason, Slot::Secret];
    if matches!(row.slots, Slots::Projected { .. })
        && FIELDS.iter().all(|slot| !row.slots.has(*slot))
        && let Some(record) = row.record()
    {
        // The fields may stand under a prefix that the projection does not know.
        let slots = Slots::of(&record);
        return proxy_line(&Row { slots: &slots, ..*row }, line, message, notes);
    }
    let error = row.text(Slot::Error);
    // A message that brings its error along has no field for it.
    let (message, error) = match message.split_once(": ").filter(|_| error.is_empty() && line == Line::SecretError) {
        Some((message, tail)) => (message, tail.into()),
        None => (message, error),
    };
    let reason = row.text(Slot::Reason);
    let mut attempt = match line {
        Line::Twin => return,
        Line::SecretError => secret_error(row, message, &error),
        Line::SecretStale => {
            let stale = &c::STALE_SERVED;
            let a = Attempt::new(row, Kind::SecretError, stale, Origin::SecretStore, Confidence::Confirmed);
            Attempt { subtype: secrets::secret(&error).subtype, ..a }
        }
        Line::MintFailed => mint_failed(row, &reason, &error),
        Line::BrokerFailed => {
            let words = if error.is_empty() { broker_words(row) } else { error.to_string() };
            Attempt { credential: Attachment::Unknown, ..mint_failed(row, &reason, &words) }
        }
        Line::BrokerStore => Attempt::judged(row, Kind::SecretError, secrets::secret(&error)),
        // The issuer may have replaced the old token already, and the store still holds that one.
        Line::BrokerUnsaved => {
            Attempt { confidence: Confidence::Likely, ..own(row, Kind::Mint, &c::REFRESH_INEFFECTIVE, "unsaved") }
        }
        Line::WebsocketDial => Attempt { answered: Answered::Proxy, ..dial(row, &error) },
        Line::PostgresUpstream => postgres(row, &error),
        Line::DnsLookup => Attempt { answered: Answered::Proxy, ..own(row, Kind::Attempt, &c::CONNECT, "dns") },
        Line::PostgresAuth => own(row, Kind::Attempt, &c::CLIENT_KEY, "postgres"),
        Line::Change(kind) => own(row, Kind::Change, &c::BENIGN_MATCH, kind),
    };
    let detail = detail(row, message, &error);
    if let Line::Change(_) = line {
        control_plane(row, &error, &detail, notes);
    }
    let secret = row.text(Slot::Secret);
    let secret = if secret.is_empty() && matches!(line, Line::SecretError | Line::MintFailed) {
        secrets::reference(&error).unwrap_or_default()
    } else {
        &secret
    };
    let host = match line {
        Line::DnsLookup => row.text(Slot::Name),
        Line::WebsocketDial => row.text(Slot::Host),
        _ => "".into(),
    };
    let transform = match line {
        Line::MintFailed => message.split(' ').next().unwrap_or_default(),
        Line::BrokerFailed | Line::BrokerUnsaved => "broker",
        _ => "",
    };
    let credential = row.text(Slot::CredentialId);
    let s = &mut notes.symbols;
    common(row, &mut attempt.texts, s);
    attempt.texts.host = s.some(&bare_host(&host));
    attempt.texts.host_as_written = s.some(&host);
    attempt.texts.secret = s.some(secret);
    attempt.texts.names = attempt.texts.secret;
    attempt.texts.identity = attempt.texts.secret.or_else(|| s.some(&credential));
    attempt.texts.transform = s.some(transform);
    attempt.texts.message = s.some(&clipped(&detail));
    attempt.texts.marks = s.some(message);
    notes.push(attempt, row.line);
}

/// The control plane refused the proxy itself, and says why: a fact beside the change marker that carries it. Other codes
/// than these are no refusal of a credential.
fn control_plane(row: &Row<'_>, error: &str, detail: &str, notes: &mut Notebook) {
    let Some((_, said)) = error.split_once("control plane: ") else { return };
    let class = match said.split([':', ' ']).next().unwrap_or_default() {
        "proxy_revoked" => &c::TOKEN_REVOKED,
        "token_expired" => &c::TOKEN_EXPIRED,
        "invalid_token" => &c::TOKEN_INVALID,
        _ => return,
    };
    let mut attempt = Attempt::new(row, Kind::Attempt, class, Origin::Upstream, Confidence::Confirmed);
    attempt.subtype = Some("control-plane");
    attempt.answered = Answered::Upstream;
    let s = &mut notes.symbols;
    common(row, &mut attempt.texts, s);
    attempt.texts.transform = s.some("control plane");
    attempt.texts.message = s.some(&clipped(detail));
    attempt.texts.marks = s.some(&row.text(Slot::Msg));
    notes.push(attempt, row.line);
}

/// Message and error of a line in one text; of a change, what changed.
fn detail(row: &Row<'_>, message: &str, error: &str) -> String {
    let more = if error.is_empty() { row.text(Slot::ConfigHash) } else { error.into() };
    if more.is_empty() { message.to_owned() } else { format!("{message}: {more}") }
}

/// What the proxy itself did, and is sure of.
fn own(row: &Row<'_>, kind: Kind, class: &'static Class, subtype: &'static str) -> Attempt {
    let a = Attempt::new(row, kind, class, Origin::LocalProxy, Confidence::Confirmed);
    Attempt { subtype: Some(subtype), ..a }
}

/// A secret that could not be fetched; the error may be remembered for a while.
fn secret_error(row: &Row<'_>, message: &str, error: &str) -> Attempt {
    let a = Attempt::judged(row, Kind::SecretError, secrets::secret(error));
    let span = if message.ends_with(CACHING) { retry_in(&row.text(Slot::RetryIn)) } else { 0 };
    Attempt { span, credential: Attachment::Unresolved, ..a }
}

fn mint_failed(row: &Row<'_>, reason: &str, error: &str) -> Attempt {
    let a = Attempt::judged(row, Kind::Mint, secrets::token(reason, error));
    Attempt { credential: Attachment::Unresolved, ..a }
}

/// What a line of the broker says of a refusal beside its error: the code, or the status.
fn broker_words(row: &Row<'_>) -> String {
    let Some(record) = row.record() else { return String::new() };
    let word = |name: &str| record.get(name).unwrap_or_default();
    let (code, status) = (word("code"), word("status"));
    if status.is_empty() { code.into_owned() } else { format!("{code} token_endpoint_http_{status}") }
}

/// A dial that failed outside an audited pipeline run.
fn dial(row: &Row<'_>, error: &str) -> Attempt {
    let judged = if audit::is_tls(error) { audit::tls(error) } else { audit::network(error) };
    Attempt::judged(row, Kind::Attempt, judged)
}

/// A database that refused the password, or could not be reached.
fn postgres(row: &Row<'_>, error: &str) -> Attempt {
    let lower = error.to_ascii_lowercase();
    match refused_by_postgres(&lower) {
        Some(class) => {
            let a = Attempt::new(row, Kind::Attempt, class, Origin::Upstream, Confidence::Confirmed);
            Attempt { subtype: Some("postgres"), ..a }
        }
        None => dial(row, error),
    }
}

/// What the server refused: SQLSTATE class 28 is an invalid authorization, 42501 a privilege that the role lacks.
fn refused_by_postgres(lower: &str) -> Option<&'static Class> {
    let login = ["password authentication failed", "28p01", "sqlstate 28"];
    match lower {
        text if login.iter().any(|words| text.contains(words)) => Some(&c::TOKEN_INVALID),
        text if text.contains("sqlstate 42501") => Some(&c::POLICY_DENIED),
        _ => None,
    }
}

/// `retry_in` is an integer of nanoseconds; absent it is the default of one minute. Nonsense is clamped.
fn retry_in(text: &str) -> Nanos {
    const DEFAULT: Nanos = 60 * SECOND;
    const MAX: Nanos = 24 * 3600 * SECOND;
    match text.parse::<i64>() {
        Ok(ns) => ns.clamp(0, MAX),
        Err(_) => DEFAULT,
    }
}

/// `broker credential <oid> refresh failed (…)`, `… rejected credential: <code>`, `… marked dead; … reason=<code>`.
fn broker(row: &Row<'_>, message: &str, rest: &str, notes: &mut Notebook) {
    let Some((oid, tail)) = rest.split_once(' ') else { return };
    if !["failed", "rejected", "marked dead"].iter().any(|word| tail.contains(word)) {
        return;
    }
    let mut attempt = Attempt::judged(row, Kind::Mint, secrets::token("", tail));
    let s = &mut notes.symbols;
    common(row, &mut attempt.texts, s);
    attempt.texts.identity = s.some(oid);
    attempt.texts.transform = s.some("broker");
    attempt.texts.message = s.some(&clipped(message));
    notes.push(attempt, row.line);
}

/// A failed tool call: no attempt of its own, but it names the tool and the execution behind a proxy row, and it failed
/// even where it names neither itself.
fn tool_call(row: &Row<'_>, notes: &mut Notebook) {
    if !row.slots.is(Slot::Success, "false") {
        return;
    }
    let service = if row.slots.has(Slot::Service) { Slot::Service } else { Slot::Container };
    let ms = row.text(Slot::Duration).parse::<f64>().unwrap_or(0.0).clamp(0.0, 86_400_000.0);
    let s = &mut notes.symbols;
    let call = ToolCall {
        ended: row.at,
        duration: (ms * 1e6) as Nanos,
        thread: s.some(&row.text(Slot::Thread)),
        tool: s.some(&row.text(Slot::Tool)),
        execution: s.some(&row.text(Slot::Execution)),
        node: s.some(&row.text(Slot::Node)),
        service: s.some(&row.text(service)),
        pod: s.some(&row.text(Slot::Pod)),
        by_shim: row.slots.has(Slot::Sandbox),
        says: refusal(&row.text(Slot::Error)),
        context: notes.context,
    };
    notes.joins.failed_calls.push(call);
}

/// The first status of an auth failure that a tool's error text names: `401 Unauthorized`, `response 403`, `(401)`.
fn refusal(text: &str) -> Option<u16> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() == 3)
        .filter_map(|word| word.parse().ok())
        .find(|status| matches!(status, 401 | 403 | 407))
}

/// Facts that any row may carry: which thread a sandbox serves, and from the API's own events when an execution ran.
pub fn join_facts(row: &Row<'_>, notes: &mut Notebook) {
    let execution =
        row.slots.raw(Slot::Event).filter(|event| is_execution(event.bytes())).and(row.slots.raw(Slot::Execution));
    let sandbox = row.slots.raw(Slot::Sandbox);
    if sandbox.is_none() && execution.is_none() {
        return;
    }
    let Some(thread) = row.slots.raw(Slot::Thread) else { return };
    let s = &mut notes.symbols;
    let thread = s.intern(&thread.text());
    if let Some(sandbox) = sandbox {
        let sandbox = s.intern(&sandbox.text());
        let pod = row.slots.raw(Slot::Pod).map(|pod| s.intern(&pod.text()));
        notes.joins.sandbox(sandbox, thread, pod);
    }
    if let Some(execution) = execution {
        let execution = s.intern(&execution.text());
        notes.joins.execution(execution, Execution { thread: Some(thread), first: row.at, last: row.at });
    }
}

/// The events that begin, carry and end an execution. Other rows merely mention one.
fn is_execution(event: &[u8]) -> bool {
    event.starts_with(b"execut") || event == b"session_execute" || event == b"tool_call_completed"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_match_whole_or_by_head() {
        for said in ["failed to fetch secret, caching error", "failed to fetch secret", "failed to fetch secret: x: y"]
        {
            assert_eq!(line(said.as_bytes()), Some(Line::SecretError), "{said}");
        }
        assert_eq!(line(b"failed to fetch secrets of the weekly quiz"), None);
        assert_eq!(line(b"we failed to fetch secret"), None);
        assert_eq!(line(b"pipeline reloaded via management API"), Some(Line::Change("reload")));
        assert_eq!(line(b"user asked why pipeline reloaded"), None);
        assert_eq!(line(b"postgres: set role / probe failed"), Some(Line::PostgresUpstream));
    }

    #[test]
    fn loggers_of_the_console_are_looked_behind() {
        let text = "broker credential bcr_1 marked dead; human re-auth required: reason=invalid_grant";
        for head in [
            "",
            "E, [2026-03-10T09:00:00.1 #1] ERROR -- : ",
            "E, [2026-03-10T09:00:00.1 #1] ERROR -- : [0f3c-77] ",
            "ERROR ",
            "ERROR: ",
            "[0f3c-77] [worker] ",
        ] {
            assert_eq!(said(&format!("{head}{text}")), text, "{head}");
        }
        let quoted = format!("a user asks: {text}");
        assert_eq!(said(&quoted), quoted);
    }

    #[test]
    fn postgres_tells_a_login_from_a_privilege() {
        let of = |text: &str| refused_by_postgres(text).map(|class| class.label);
        assert_eq!(of("fatal: role is not permitted to log in (sqlstate 28000)"), Some("upstream.token-invalid"));
        assert_eq!(of("permission denied to set role \"app\" (sqlstate 42501)"), Some("upstream.policy-denied"));
        assert_eq!(of("connection refused"), None);
    }

    #[test]
    fn a_tools_error_names_its_refusal() {
        assert_eq!(refusal("Client error '403 Forbidden' for url 'https://x.example/v1'"), Some(403));
        assert_eq!(refusal("curl: (56) CONNECT tunnel failed, response 403"), Some(403));
        assert_eq!(refusal("Expected OAuth 2 access token (401)"), Some(401));
        assert_eq!(refusal("took 4030 ms, wrote 200 rows in 503 files"), None);
    }

    #[test]
    fn the_shadow_of_a_cached_error_is_clamped() {
        assert_eq!(retry_in("200000000"), 200_000_000);
        assert_eq!(retry_in(""), 60 * SECOND);
        assert_eq!(retry_in("-5"), 0);
        assert_eq!(retry_in("9223372036854775807"), 24 * 3600 * SECOND);
    }
}
