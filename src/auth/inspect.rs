//! From paths to verdicts: every file on its own and in parallel, then what only all of them together show.

use super::aliases;
use super::case::{Case, Finding, Token};
use super::checks::{self, cross, exposure};
use super::expiry::{self, Form, Instant, Parsed};
use super::fingerprint::{self, Account, Fingerprint, Key};
use super::json::{Object, Value};
use super::providers::{self, Lifetime, Named, Need, Provider, kiro};
use super::read::{self, AuthError, Closed, Content, Entry, Meta};
use super::verdict::{Refresh, Standing, State, Verdict, verdict};
use crate::finding::Severity;
use crate::finding::words;
use crate::redact::Safe;
use rayon::prelude::*;
use serde::Serialize;
use std::path::PathBuf;

words! {
    /// How far modes and owners are believed.
    Perms {
        /// These are the server's own files.
        Live = "live",
        /// A copy, whose modes prove little.
        Copy = "copy",
        Auto = "auto",
    }
}

/// What a run needs to know besides the paths.
pub struct Options {
    pub as_of: Instant,
    /// A credential that lapses within this time is called expiring.
    pub warn_within_seconds: i64,
    pub perms: Perms,
    /// Worker threads, 0 for one per core. Results never depend on it.
    pub threads: usize,
    pub key: Key,
    /// Masks e-mail addresses in paths.
    pub mask_paths: bool,
}

/// What is known about one file. It holds no token and no text of the file but checked words.
pub struct FileFact {
    /// As printed: the argument, `/` and the path below it.
    pub path: Safe,
    /// The path below the argument, by which logs and snapshots name the file.
    pub name: String,
    /// The provider, or the stock store's name; `None` for files that are no credentials.
    pub provider: Option<String>,
    /// The login type, when it is one of the words the providers know.
    pub auth_method: Option<String>,
    pub account: Option<Account>,
    /// Ordinal of the account in the directory, from 1.
    pub account_number: Option<u32>,
    /// Whether the server's loader accepts the file.
    pub loads: bool,
    pub state: State,
    pub refresh: Refresh,
    pub verdict: Verdict,
    pub expires_at: Option<Instant>,
    /// When the scheduler begins to refresh it.
    pub refresh_due: Option<Instant>,
    /// When the credential ends for good as far as the file shows.
    pub lapses_at: Option<Instant>,
    pub has_access_token: bool,
    pub has_refresh_token: bool,
    pub has_client_id: bool,
    pub has_client_secret: bool,
    /// The region, when it has the shape of one.
    pub region: Option<String>,
    pub disabled: bool,
    pub last_refresh: Option<Instant>,
    /// The file's own time, nanoseconds since the epoch.
    pub modified: Option<i64>,
    pub bytes: u64,
    /// Worst first.
    pub findings: Vec<Finding>,
    /// For joining files with one another and with a snapshot.
    pub(super) links: Links,
}

impl FileFact {
    /// Whether a finding with this id was made.
    pub fn has(&self, id: &str) -> bool {
        self.findings.iter().any(|f| f.rule.id == id)
    }

    /// How long before the expiry the server begins to refresh it, in seconds; 0 where it does not.
    pub fn lead_seconds(&self) -> i64 {
        self.links.lead_seconds
    }

    /// The worst severity among the findings.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|f| f.severity).min()
    }

    /// The name without its directories.
    pub fn file_name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

/// Equalities between files, as fingerprints.
#[derive(Clone, Default)]
pub(super) struct Links {
    pub content: Option<Fingerprint>,
    pub access: Option<Fingerprint>,
    pub refresh: Option<Fingerprint>,
    /// What requests carry: the access token, or what stands for it.
    pub carried: Option<Fingerprint>,
    /// SHA-256 of the access token in hexadecimal, by which usage records name it.
    pub token_sha256: Option<String>,
    pub client_id: Option<Fingerprint>,
    /// The registration file that this one names.
    pub registration: Option<Fingerprint>,
    /// When the client registration ends that another program's token file tells of.
    pub registration_end: Option<Instant>,
    /// A refresh goes through a registered client.
    pub needs_client: bool,
    /// The name under which this file can be looked up as a registration.
    pub registration_name: Option<Fingerprint>,
    pub account_part: Option<Fingerprint>,
    pub method: Option<Fingerprint>,
    pub provider: Option<&'static str>,
    pub is_store: bool,
    pub is_leftover: bool,
    pub is_link: bool,
    pub rotates: bool,
    pub silent_no_op: bool,
    pub needs_token: bool,
    pub usable: bool,
    /// Requests fail whatever a refresh does.
    pub hopeless: bool,
    pub readable: bool,
    pub lead_seconds: i64,
    pub interval_seconds: Option<f64>,
    pub renewal_end: Option<Instant>,
    /// Fingerprints of the member names, those of a nested token object among them, sorted.
    pub members: Vec<Fingerprint>,
    pub form: Option<(Form, bool)>,
    /// Every readable expiry of the file.
    pub expiries: Vec<Instant>,
    /// It holds what only files of the auth directory hold.
    pub typed: bool,
}

/// A fact and what the later steps need beside it.
pub struct Examined {
    pub fact: FileFact,
    pub meta: Option<Meta>,
    pub real: PathBuf,
}

/// All files of a run, by path.
pub struct Directory {
    pub files: Vec<FileFact>,
    /// How modes were taken; never [`Perms::Auto`].
    pub perms: Perms,
    /// What could not be looked at, and why.
    pub missed: Vec<Safe>,
}

impl Directory {
    /// The fact for a file name, as logs give it.
    pub fn by_name(&self, name: &str) -> Option<&FileFact> {
        self.files.iter().find(|f| f.name == name || f.file_name() == name)
    }
}

/// Looks at every file below the paths.
pub fn inspect(paths: &[PathBuf], options: &Options) -> Result<Directory, AuthError> {
    let found = read::discover(paths)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| AuthError::Threads { threads: options.threads, reason: e.to_string() })?;
    let mut files: Vec<Examined> =
        pool.install(|| found.entries.par_iter().map(|entry| examine(entry, options)).collect());
    let perms = exposure::settle(options.perms, &files);
    exposure::check(perms, &mut files);
    let mut facts: Vec<FileFact> = cross::check(files, options);
    pool.install(|| facts.par_iter_mut().for_each(|fact| settle(fact, options)));
    let mut missed = found.missed;
    missed.extend(facts.iter().filter_map(unread));
    Ok(Directory { files: facts, perms, missed })
}

/// A file whose content is unknown makes the evidence incomplete; a broken one does not.
fn unread(fact: &FileFact) -> Option<Safe> {
    let unknown = fact.links.content.is_none() && !fact.links.readable && !fact.has("file-dangling-symlink");
    unknown.then(|| Safe::own(format!("{}: not read", fact.path)))
}

/// Looks at one file alone.
fn examine(entry: &Entry, options: &Options) -> Examined {
    let shown = if options.mask_paths { mask_mail(&entry.shown) } else { entry.shown.clone() };
    let mut fact = blank(Safe::own(shown), entry.below.clone());
    fact.links.is_link = entry.is_link;
    let mut examined = Examined { fact, meta: None, real: entry.real.clone() };
    let name = entry.below.rsplit('/').next().unwrap_or(&entry.below).to_owned();
    if entry.is_link {
        examined.fact.findings.push(Finding::new("file-symlink"));
    }
    if !name.to_lowercase().ends_with(".json") {
        return beside(examined, entry, &name);
    }
    if let Some(provider) = providers::by_prefix(&name) {
        examined.fact.provider = Some(provider.name.to_owned()).filter(|n| !n.is_empty());
    }
    match read::open(entry) {
        Ok(opened) => {
            examined.meta = (!entry.is_link).then_some(opened.meta);
            examined.fact.bytes = opened.meta.bytes;
            examined.fact.modified = opened.meta.modified;
            examined.fact.links.content = Some(options.key.of_bytes(&opened.bytes));
            judge_bytes(&mut examined.fact, &opened.bytes, entry, &name, options);
        }
        Err(closed) => refuse(&mut examined.fact, closed),
    }
    examined
}

/// Files that the loader never takes for credentials. They are not opened.
fn beside(mut examined: Examined, entry: &Entry, name: &str) -> Examined {
    let fact = &mut examined.fact;
    fact.links.readable = true;
    fact.links.content = None;
    let lower = name.to_lowercase();
    let suffixes = [
        "~",
        ".bak",
        ".tmp",
        ".swp",
        ".swo",
        ".old",
        ".orig",
        ".save",
        ".part",
        ".backup",
        ".copy",
        ".rej",
        ".disabled",
    ];
    let leftover = lower.contains(".json")
        || suffixes.iter().any(|s| lower.ends_with(s))
        || (lower.starts_with('#') && lower.ends_with('#'));
    if leftover {
        fact.state = State::Unknown;
        fact.links.is_leftover = true;
        fact.findings.push(Finding::new("leftover-file"));
    }
    if let Ok(meta) = std::fs::symlink_metadata(&entry.real) {
        fact.bytes = meta.len();
    }
    examined
}

fn refuse(fact: &mut FileFact, closed: Closed) {
    let (id, detail) = match closed {
        Closed::Dangling => ("file-dangling-symlink", None),
        Closed::Outside => ("file-unreadable", Some("the link leads out of the directory and is not followed")),
        Closed::Denied => ("file-unreadable", Some("permission denied")),
        Closed::NotRegular => ("file-unreadable", Some("it is no regular file")),
        Closed::TooLarge => ("file-too-large", Some("larger than 16 MiB, not read")),
        Closed::Changed => ("file-unreadable", Some("it changed while it was read")),
        Closed::Failed => ("file-unreadable", Some("the system refused to read it")),
    };
    let is_link = fact.links.is_link;
    let mut finding = Finding::new(id);
    if let Some(detail) = detail {
        finding.say(detail);
    }
    // A link out of the directory is a fact about the copy, not a fault of the credential.
    if closed == Closed::Outside && is_link {
        finding.severity(Severity::Warning);
    }
    if closed == Closed::Dangling && !is_link {
        finding = Finding::new("file-unreadable");
        finding.say("it vanished while the directory was read");
    }
    fact.findings.push(finding);
    (fact.state, fact.refresh) = (State::Unknown, Refresh::Unknown);
}

fn judge_bytes(fact: &mut FileFact, bytes: &[u8], entry: &Entry, name: &str, options: &Options) {
    if bytes.len() as u64 > read::PLAUSIBLE_BYTES_MAX {
        fact.findings.push(Finding::new("file-too-large"));
    }
    match read::content(bytes) {
        Content::Refused { id, offset } => {
            let mut finding = Finding::new(id);
            if let Some(offset) =
                offset.filter(|_| id.starts_with("json") || id.starts_with("nul") || id.starts_with("git"))
            {
                finding.say(format!("at byte {offset}"));
            }
            fact.findings.push(finding);
            (fact.state, fact.refresh) = (State::Unknown, Refresh::Unknown);
        }
        Content::Object { object, duplicates, crlf } => {
            fact.links.readable = true;
            if crlf {
                fact.findings.push(Finding::new("encoding-crlf"));
            }
            if let Some(pointer) = duplicates.into_iter().next() {
                let mut finding = Finding::new("json-duplicate-key");
                finding.at(pointer);
                fact.findings.push(finding);
            }
            judge_object(fact, &object, entry, name, options);
        }
    }
}

fn judge_object(fact: &mut FileFact, object: &Object, entry: &Entry, name: &str, options: &Options) {
    let recognised = providers::recognise(object, &Named { name, path: &entry.shown });
    let provider = recognised.provider;
    let mut case = Case {
        object,
        provider,
        name,
        as_of: options.as_of,
        access: Token::find(object, &provider.access),
        refresh: Token::find(object, &provider.refresh),
        loads: !recognised.kind.is_empty() && !provider.store,
        can_refresh: Refresh::Unknown,
        expires: None,
        renewal_end: None,
        findings: Vec::new(),
    };
    for family in checks::FAMILIES {
        family(&mut case);
    }
    if case.loads && entry.below.contains('/') {
        case.note("file-in-subdirectory");
    }
    fill(fact, case, &recognised.kind, &options.key);
}

/// Takes over what the checks found, as plain values.
fn fill(fact: &mut FileFact, case: Case<'_>, kind: &str, key: &Key) {
    let (object, provider) = (case.object, case.provider);
    fact.provider =
        Some(if matches!(provider.name, "" | "unknown") { checked_word(kind) } else { provider.name.to_owned() });
    fact.auth_method = login_type(object);
    fact.loads = case.loads;
    fact.refresh = case.can_refresh;
    fact.expires_at = case.expires;
    fact.region = object.filled("region").filter(|r| kiro::is_region(r)).map(str::to_owned);
    fact.has_access_token = case.access.is_present() || iflow_key(provider, object);
    fact.has_refresh_token = case.refresh.is_present();
    fact.has_client_id = filled_any(object, &["client_id", "oauth_client_id"]);
    fact.has_client_secret = filled_any(object, &["client_secret", "oauth_client_secret"]);
    fact.disabled = matches!(object.get("disabled"), Some(Value::Bool(true)));
    fact.last_refresh = expiry::last_refresh(object);
    fact.account = provider.accounts.iter().find_map(|m| object.filled(m)).map(|name| Account::new(key, name));
    let lifetime = (provider.lifetime)(object);
    fact.state = if lifetime == Lifetime::Endless { State::None } else { State::Unknown };
    links(fact, &case, key);
    fact.findings.extend(case.findings);
}

/// iFlow requests carry the API key, so it stands for the access token.
fn iflow_key(provider: &Provider, object: &Object) -> bool {
    provider.name == "iflow" && object.filled("api_key").is_some()
}

fn links(fact: &mut FileFact, case: &Case<'_>, key: &Key) {
    let (object, provider) = (case.object, case.provider);
    let token = |token: &Token<'_>| token.sound.then(|| key.of(token.expose()));
    let met = expiry::walk(object);
    let links = &mut fact.links;
    links.access = token(&case.access);
    links.refresh = token(&case.refresh);
    let stands_in = iflow_key(provider, object).then(|| object.filled("api_key")).flatten();
    links.carried = links.access.or_else(|| stands_in.map(|text| key.of(text)));
    links.token_sha256 = case.access.sound.then(|| fingerprint::sha256(case.access.expose()));
    links.client_id = aliases::filled(object, "client_id").map(|id| key.of(id));
    links.registration = aliases::filled(object, "client_id_hash").map(|id| key.of(&id.to_lowercase()));
    links.needs_client = match provider.name {
        // The endpoint of social logins asks for the refresh token alone.
        "kiro" => kiro::method(object).0 != kiro::Method::Social,
        "kiro-ide" => links.registration.is_some(),
        _ => false,
    };
    let stem = case.name.strip_suffix(".json").unwrap_or(case.name);
    links.registration_name = (provider.name == "sso-registration").then(|| key.of(&stem.to_lowercase()));
    let tells = provider.name == "sso-token";
    links.registration_end = tells.then(|| providers::store_time(object, "registrationExpiresAt")).flatten();
    links.account_part = account_part(object, provider).map(|part| key.of(&part));
    links.method = aliases::filled(object, "auth_method").map(|method| key.of(method));
    links.provider = Some(provider.name);
    links.is_store = provider.store;
    links.rotates = provider.rotates;
    links.silent_no_op = provider.silent_no_op;
    links.needs_token = (provider.need)(object) == Need::Token;
    links.usable = provider.access.paths.is_empty()
        && !case.has("vertex-service-account-missing")
        && !case.has("access-token-missing")
        || case.access.sound
        || iflow_key(provider, object)
        || provider.access.optional && case.can_refresh == Refresh::Possible;
    // An API key that stands for one is as good as absent, and Vertex sends no request without a project.
    links.hopeless = stands_in.is_some_and(checks::tokens::is_placeholder)
        || (provider.name == "vertex" && case.has("project-id-missing"))
        || ["vertex-service-account-missing", "vertex-private-key-invalid", "iflow-api-key-missing"]
            .iter()
            .any(|id| case.has(id));
    links.lead_seconds = (provider.lead_seconds)(object);
    links.interval_seconds = aliases::INTERVALS.iter().find_map(|m| expiry::interval_seconds(object.get(m)?));
    links.renewal_end = case.renewal_end;
    links.members = object.members().map(|(name, _)| key.of(name)).collect();
    let nested = object.object("token").into_iter().flat_map(Object::members);
    links.members.extend(nested.map(|(name, _)| key.of(&format!("token/{name}"))));
    links.members.sort_unstable();
    links.form = expiry::winner(&met).and_then(|m| match m.parsed {
        Parsed::At(at, form) => Some((form, at.nanos != 0)),
        _ => None,
    });
    links.expiries =
        met.iter().filter_map(|m| if let Parsed::At(at, _) = m.parsed { Some(at) } else { None }).collect();
    links.typed = object.filled("type").is_some();
}

fn account_part(object: &Object, provider: &Provider) -> Option<String> {
    let parts: Vec<&str> = provider.account_parts.iter().filter_map(|m| object.filled(m)).collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn filled_any(object: &Object, names: &[&str]) -> bool {
    let is_filled = |object: &Object| names.iter().any(|name| aliases::filled(object, name).is_some());
    is_filled(object) || object.object("token").is_some_and(is_filled)
}

fn login_type(object: &Object) -> Option<String> {
    let method = object.filled("auth_method").or_else(|| object.filled("authMethod"))?;
    let plain = method.len() <= 20 && method.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-' || b == b'_');
    Some(if plain { method.to_owned() } else { "other".to_owned() })
}

/// A type name from the file is shown only when it looks like one.
fn checked_word(kind: &str) -> String {
    let plain =
        !kind.is_empty() && kind.len() <= 24 && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_');
    if plain { kind.to_owned() } else { "unknown".to_owned() }
}

fn blank(path: Safe, name: String) -> FileFact {
    FileFact {
        path,
        name,
        provider: None,
        auth_method: None,
        account: None,
        account_number: None,
        loads: false,
        state: State::None,
        refresh: Refresh::NotApplicable,
        verdict: Verdict::Inert,
        expires_at: None,
        refresh_due: None,
        lapses_at: None,
        has_access_token: false,
        has_refresh_token: false,
        has_client_id: false,
        has_client_secret: false,
        region: None,
        disabled: false,
        last_refresh: None,
        modified: None,
        bytes: 0,
        findings: Vec::new(),
        links: Links::default(),
    }
}

/// The last step: state, due times and verdict, from everything that is known by now.
fn settle(fact: &mut FileFact, options: &Options) {
    let as_of = options.as_of;
    let refreshable = fact.refresh == Refresh::Possible || fact.refresh == Refresh::Unknown;
    if let Some(end) = fact.expires_at {
        fact.state = state(end, as_of, fact.links.lead_seconds);
        fact.lapses_at = if refreshable { fact.links.renewal_end } else { Some(end) };
        remark_on_state(fact, end);
    } else if refreshable {
        fact.lapses_at = fact.links.renewal_end;
    }
    fact.refresh_due = if refreshable && !fact.disabled { refresh_due(fact) } else { None };
    let within = |end: Instant| end.seconds_since(as_of) <= options.warn_within_seconds;
    // What cannot be refreshed lapses with its access token, however far off that is; an end that cannot be true says nothing.
    let doomed = fact.refresh == Refresh::Impossible && fact.expires_at.is_some();
    let untrue = fact.has("expiry-far-future") && fact.state == State::Valid;
    fact.verdict = verdict(Standing {
        readable: fact.links.readable,
        loads: fact.loads,
        disabled: fact.disabled,
        state: if untrue { State::Unknown } else { by_own_interval(fact, as_of) },
        refresh: if fact.links.hopeless { Refresh::Impossible } else { fact.refresh },
        usable: fact.links.usable && !fact.links.hopeless,
        lapses_soon: doomed || fact.lapses_at.is_some_and(within),
    });
    if fact.links.is_store && fact.links.readable {
        fact.verdict = store_verdict(fact);
    }
    fact.findings.sort_by(|a, b| (a.severity, a.rule.id, &a.pointer).cmp(&(b.severity, b.rule.id, &b.pointer)));
}

/// When the scheduler begins to refresh: the provider's lead counts back from the expiry, else on from the last refresh.
/// An interval of the file's own replaces the lead and counts both ways, whichever comes first.
fn refresh_due(fact: &FileFact) -> Option<Instant> {
    let own = fact.links.interval_seconds.filter(|n| *n > 0.0).map(|n| (n as i64).min(100 * 365 * providers::DAY));
    let lead = own.unwrap_or(fact.links.lead_seconds);
    let from_end = fact.expires_at.map(|end| end.plus_seconds(-lead));
    let from_last = fact.last_refresh.map(|last| last.plus_seconds(lead));
    match (own, from_end, from_last) {
        _ if lead <= 0 => None,
        (Some(_), Some(end), Some(last)) => Some(end.min(last)),
        (_, Some(end), _) => Some(end),
        (_, None, last) => last,
    }
}

/// The state as the scheduler sees it: a file's own interval takes the place of the provider's lead.
fn by_own_interval(fact: &FileFact, as_of: Instant) -> State {
    let own = fact.links.interval_seconds.is_some_and(|n| n > 0.0);
    match (fact.state, fact.refresh_due) {
        (State::Valid | State::Expiring, Some(due)) if own => match due <= as_of {
            true => State::Expiring,
            false => State::Valid,
        },
        (state, _) => state,
    }
}

fn state(end: Instant, as_of: Instant, lead_seconds: i64) -> State {
    let left = end.seconds_since(as_of);
    if left <= 0 {
        State::Expired
    } else if left <= lead_seconds {
        State::Expiring
    } else {
        State::Valid
    }
}

fn remark_on_state(fact: &mut FileFact, end: Instant) {
    // Google logins are refreshed at request time, and other programs look after their own stores.
    let everyday = matches!(fact.links.provider, Some("gemini")) || fact.links.is_store;
    let hopeless = matches!(fact.refresh, Refresh::Impossible | Refresh::NotApplicable);
    let severity = match (fact.state, hopeless) {
        _ if fact.links.is_store => Severity::Info,
        (State::Expired, true) => Severity::Error,
        (State::Expired, false) if everyday => Severity::Info,
        (State::Expired, false) => Severity::Warning,
        (_, true) => Severity::Warning,
        (_, false) => Severity::Info,
    };
    let id = match fact.state {
        State::Expired => "expiry-expired",
        State::Expiring => "expiry-soon",
        _ => return,
    };
    let mut finding = Finding::new(id);
    finding.severity(if fact.loads { severity } else { Severity::Info }).say(format!("it says {}", end.text()));
    if fact.state == State::Expired && hopeless {
        finding.say("no refresh is possible");
    }
    fact.findings.push(finding);
}

/// The proxy never loads a store, but the store's own program does.
fn store_verdict(fact: &FileFact) -> Verdict {
    verdict(Standing {
        readable: true,
        loads: true,
        disabled: false,
        state: fact.state,
        refresh: fact.refresh,
        usable: fact.links.usable,
        lapses_soon: false,
    })
}

/// Replaces the local part of every e-mail address in a path.
pub fn mask_mail(path: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let mut out = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('@') {
        let start =
            rest[..at].rfind(|c| !word(c)).map_or(0, |n| n + rest[n..].chars().next().map_or(1, char::len_utf8));
        let end = rest[at + 1..].find(|c| !word(c)).map_or(rest.len(), |n| at + 1 + n);
        let tail = &rest[at + 1..end];
        let kept = tail.rfind(".json").map_or("", |n| &tail[n..]);
        // The provider's prefix stays, so that the file can still be told.
        let head = rest[start..at].find('-').map_or("", |n| &rest[start..=start + n]);
        out.push_str(&rest[..start]);
        out.push_str(head);
        out.push_str("(e-mail)");
        out.push_str(kept);
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::mask_mail;

    #[test]
    fn e_mail_addresses_in_paths_are_masked() {
        assert_eq!(mask_mail("auths/claude-ada.ash@example.com.json"), "auths/claude-(e-mail).json");
        assert_eq!(mask_mail("a@b/c.json"), "(e-mail)/c.json");
        assert_eq!(mask_mail("auths/kimi-1.json"), "auths/kimi-1.json");
    }
}
