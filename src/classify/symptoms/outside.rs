//! What other rooms know of files, snapshots, configurations and saved answers, as plain facts.

use crate::auth::config::{self, SecretKey};
use crate::auth::saved::{Answer, SavedFact};
use crate::auth::snapshots::Pair;
use crate::auth::{self, Examination, Instant, Request};
use crate::record::time::{self, Nanos};
use serde_json::Value;
use std::collections::BTreeSet;

/// Everything beside the log lines. Empty lists mean that none was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    pub files: Vec<FileFact>,
    pub pairs: Vec<PairFact>,
    pub configs: Vec<ConfigFact>,
    /// Top-level settings in which two of the configurations differ.
    pub changed: BTreeSet<String>,
    pub answers: Vec<AnswerFact>,
    /// Saved answers that say 404.
    pub not_found: Vec<NotFoundFact>,
}

/// A saved 404, by its headers and body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotFoundFact {
    pub path: String,
    /// It came from behind the key check, so management is on and what was asked for is unknown there; otherwise the
    /// router said it.
    pub from_handler: bool,
}

/// One credential file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFact {
    /// Last part of the path: what the log calls it.
    pub name: String,
    /// The argument, `/` and the path below it.
    pub path: String,
    pub provider: String,
    /// `auth_method` as written.
    pub method: String,
    pub expires_at: Option<Nanos>,
    /// `None` when the method has no refresh token.
    pub has_refresh_token: Option<bool>,
    pub last_refresh: Option<Nanos>,
    /// When it stops working for good, where that is known.
    pub lapses_at: Option<Nanos>,
    /// How long before the expiry the server begins to refresh it; 0 where it does not.
    pub lead: Nanos,
    /// Required members that are absent or empty, by name.
    pub missing: Vec<String>,
    /// Ids of what a file check found.
    pub findings: Vec<String>,
}

/// One file before and after a refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairFact {
    pub name: String,
    pub verdict: String,
    /// The pair supports "refresh runs but stays expired".
    pub row4: bool,
    /// The pair supports "status stale after refresh".
    pub row9: bool,
}

/// Whether a configuration switches the management routes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ManagementKey {
    #[default]
    Unknown,
    Set,
    Empty,
    /// A key stands under a name that the program does not read.
    Misspelt,
}

/// One `config.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFact {
    pub path: String,
    pub management: ManagementKey,
    /// `Some(false)` opens the user's own browser session for Kiro logins.
    pub incognito: Option<bool>,
}

/// One claim of a saved management answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerFact {
    pub path: String,
    pub file: Option<String>,
    pub provider: Option<String>,
    pub expires_at: Option<Nanos>,
    pub error: Option<String>,
}

impl Outside {
    /// The file that the log calls `name`.
    pub fn file(&self, name: &str) -> Option<&FileFact> {
        self.files.iter().find(|f| f.name == name)
    }

    pub fn pair(&self, name: &str) -> Option<&PairFact> {
        self.pairs.iter().find(|p| p.name == name)
    }
}

impl FileFact {
    /// Expired at this instant, as far as the file tells.
    pub fn expired_at(&self, at: Nanos) -> bool {
        self.expires_at.is_some_and(|expiry| expiry <= at)
    }

    /// The file was written after the incident, so it shows the state after it.
    pub fn newer_than(&self, at: Nanos) -> bool {
        self.last_refresh.is_some_and(|refresh| refresh > at)
    }
}

impl Outside {
    /// The facts of what was looked at, and of the saved answers as they are.
    pub fn of(request: &Request, seen: &Examination) -> Outside {
        let configs = &seen.configs;
        let pairs =
            configs.iter().enumerate().flat_map(|(n, one)| configs[n + 1..].iter().map(move |other| (one, other)));
        let top = |path: String| path.split('.').next().unwrap_or_default().to_owned();
        Outside {
            files: seen.directory.files.iter().map(file_fact).collect(),
            pairs: seen.pairs.iter().flatten().map(pair_fact).collect(),
            configs: configs.iter().map(config_fact).collect(),
            changed: pairs.flat_map(|(one, other)| one.changed_keys(other)).map(top).collect(),
            answers: request.saved.iter().flat_map(|(name, bytes)| answer_facts(name, bytes)).collect(),
            not_found: seen.answers.iter().filter_map(|(answer, _)| not_found_fact(answer)).collect(),
        }
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Members whose absence changes which endpoint a refresh goes to, as finding ids spell them.
const MEMBERS: &[(&str, &str)] = &[
    ("client-secret-missing", "client_secret"),
    ("client-id-missing", "client_id"),
    ("region-missing", "region"),
    ("refresh-token-missing", "refresh_token"),
    ("refresh-token-empty", "refresh_token"),
];

fn file_fact(file: &auth::FileFact) -> FileFact {
    let ids: Vec<String> = file.findings.iter().map(|finding| finding.rule.id.to_owned()).collect();
    let missing = MEMBERS
        .iter()
        .filter(|(id, _)| ids.iter().any(|found| found.ends_with(id)))
        .map(|(_, name)| (*name).to_owned());
    FileFact {
        path: file.path.to_string(),
        name: file.file_name().to_owned(),
        provider: file.provider.clone().unwrap_or_default(),
        method: file.auth_method.clone().unwrap_or_default(),
        expires_at: nanos(file.expires_at),
        has_refresh_token: Some(file.has_refresh_token),
        last_refresh: nanos(file.last_refresh),
        lapses_at: nanos(file.lapses_at),
        lead: file.lead_seconds().saturating_mul(time::SECOND),
        missing: missing.collect(),
        findings: ids,
    }
}

/// `None` also for an instant that nanoseconds do not reach: no row lies near it.
fn nanos(at: Option<Instant>) -> Option<Nanos> {
    at.filter(|at| Instant::from_nanos(at.to_nanos()) == *at).map(Instant::to_nanos)
}

fn pair_fact(pair: &Pair) -> PairFact {
    PairFact {
        name: last_part(pair.file.as_str()).to_owned(),
        verdict: pair.verdict.word().to_owned(),
        row4: pair.row4,
        row9: pair.row9,
    }
}

/// Without the block the key is the server's default, which is empty. The JSON of the management API leaves the block out:
/// absence there proves nothing.
fn config_fact(config: &config::ConfigFact) -> ConfigFact {
    let management = match config.secret_key {
        SecretKey::Set => ManagementKey::Set,
        SecretKey::Misspelt(_) => ManagementKey::Misspelt,
        SecretKey::Empty | SecretKey::Missing => ManagementKey::Empty,
        SecretKey::Hidden => ManagementKey::Unknown,
    };
    ConfigFact { path: config.path.to_string(), management, incognito: config.incognito_browser }
}

fn not_found_fact(answer: &SavedFact) -> Option<NotFoundFact> {
    let from_handler = match answer.answer {
        Answer::NotFound => true,
        Answer::NoRoute => false,
        _ => return None,
    };
    Some(NotFoundFact { path: answer.path.to_string(), from_handler })
}

fn answer_facts(name: &str, bytes: &[u8]) -> Vec<AnswerFact> {
    let source = String::from_utf8_lossy(bytes);
    // `curl -i` puts status line and headers before the body.
    let body = source.find('{').map_or("", |at| &source[at..]);
    let Ok(root) = serde_json::from_str::<Value>(body) else { return Vec::new() };
    let mut found = Vec::new();
    walk(name, &root, 0, &mut found);
    found
}

/// Answers of this depth are as deep as any known build sends.
const DEPTH: usize = 8;

fn walk(path: &str, value: &Value, depth: usize, found: &mut Vec<AnswerFact>) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(path, item, depth + 1, found)),
        Value::Object(map) => {
            let word =
                |names: &[&str]| names.iter().find_map(|n| map.get(*n)).and_then(Value::as_str).map(str::to_owned);
            let expires_at = word(&["expires_at", "expiresAt", "expired"]).and_then(|t| time::parse(&t));
            let (file, error) = (word(&["file", "name", "id"]), word(&["error"]));
            if expires_at.is_some() || error.is_some() {
                found.push(AnswerFact {
                    path: path.to_owned(),
                    file,
                    provider: word(&["provider"]),
                    expires_at,
                    error,
                });
            }
            map.values().filter(|v| v.is_array() || v.is_object()).for_each(|v| walk(path, v, depth + 1, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::saved;

    fn config(text: &str) -> ConfigFact {
        config_fact(&config::read("config.yaml", text, &auth::Key::new([7; 32])).expect("a config"))
    }

    #[test]
    fn a_management_key_counts_only_under_its_own_name() {
        assert_eq!(config("remote-management:\n  secret-key: x\n").management, ManagementKey::Set);
        assert_eq!(config("remote-management:\n  secret-key: \"\"\n").management, ManagementKey::Empty);
        assert_eq!(config("remote-management:\n  secret_key: x\n").management, ManagementKey::Misspelt);
        assert_eq!(config("remote_management:\n  secret-key: x\n").management, ManagementKey::Misspelt);
        assert_eq!(config("auth-dir: ./auths\n").management, ManagementKey::Empty);
        assert_eq!(config("port: 8317\n").management, ManagementKey::Empty);
        assert_eq!(config("{\"port\": 8317, \"auth-dir\": \"auths\"}").management, ManagementKey::Unknown);
    }

    #[test]
    fn a_saved_answer_gives_its_claims() {
        let body = "HTTP/1.1 200 OK\r\n\r\n{\"success\":true,\"results\":[{\"file\":\"a.json\",\"expires_at\":\"2026-02-21T12:10:00Z\"}]}";
        let facts = answer_facts("saved.json", body.as_bytes());
        assert_eq!(facts.len(), 1);
        assert_eq!(
            (facts[0].file.as_deref(), facts[0].expires_at),
            (Some("a.json"), time::parse("2026-02-21T12:10:00Z"))
        );
        assert!(answer_facts("x", b"404 page not found").is_empty());
    }

    #[test]
    fn a_saved_404_is_the_routers_or_a_handlers() {
        let handler = "HTTP/1.1 404 Not Found\r\nX-CPA-VERSION: 6.8.0\r\n\r\n{\"error\":\"unknown provider\"}";
        let fact = not_found_fact(&saved::read("a", handler.as_bytes())).expect("a 404");
        assert!(fact.from_handler);
        let router = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n404 page not found";
        let fact = not_found_fact(&saved::read("b", router.as_bytes())).expect("a 404");
        assert!(!fact.from_handler);
        assert_eq!(not_found_fact(&saved::read("c", b"{\"success\":true}")), None);
    }

    #[test]
    fn a_file_brings_what_its_check_saw() {
        let dir = tempfile::tempdir().expect("a directory");
        let text = r#"{"type":"kiro","auth_method":"idc","access_token":"a","refresh_token":"r","client_id":"c","region":"us-east-1",
            "expires_at":"2026-02-21T12:10:00Z","last_refresh":"2026-02-21T11:10:00Z"}"#;
        std::fs::write(dir.path().join("kiro-idc-a.json"), text).expect("written");
        let request = Request { auths: vec![dir.path().to_owned()], ..Request::default() };
        let options = auth::Options {
            as_of: Instant { seconds: 1_771_675_200, nanos: 0 },
            warn_within_seconds: 0,
            perms: auth::Perms::Copy,
            threads: 1,
            key: auth::Key::new([7; 32]),
            mask_paths: false,
        };
        let outside = Outside::of(&request, &request.examine(&options, None).expect("looked at"));
        let fact = outside.file("kiro-idc-a.json").expect("a file");
        let at = |text| time::parse(text).expect("an instant");
        assert_eq!((fact.missing.clone(), fact.lead), (vec!["client_secret".to_owned()], 20 * 60 * time::SECOND));
        assert!(fact.newer_than(at("2026-02-21T11:00:00Z")) && !fact.newer_than(at("2026-02-21T11:20:00Z")));
    }
}
