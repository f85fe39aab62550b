//! What other rooms know of files, snapshots, configurations and saved answers, as plain facts.

use crate::auth::saved::{self, Answer};
use crate::record::time::{self, Nanos};
use serde_json::Value;

/// Files beside the dumps, read whole: credential files as `check` reports them, configurations, saved answers.
#[derive(Debug, Default)]
pub struct Files {
    /// Paths of `--auths` and `--before`.
    pub auths: Vec<std::path::PathBuf>,
    pub before: Vec<std::path::PathBuf>,
    /// Name and bytes of every `--config` and `--saved`.
    pub configs: Vec<(String, Vec<u8>)>,
    pub saved: Vec<(String, Vec<u8>)>,
    /// The object of `check` over `auths` (and `before`), when it was asked for.
    pub check: Option<Value>,
}

/// Everything beside the log lines. Empty lists mean that none was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outside {
    pub files: Vec<FileFact>,
    pub pairs: Vec<PairFact>,
    pub configs: Vec<ConfigFact>,
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
    /// As shown in the report.
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
    /// Top-level settings that matter to refreshes and hold no secret, as text.
    pub settings: Vec<(String, String)>,
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

impl From<&Files> for Outside {
    fn from(files: &Files) -> Outside {
        let check = files.check.as_ref();
        let list = |name: &str| check.and_then(|c| c.get(name)).and_then(Value::as_array).into_iter().flatten();
        Outside {
            files: list("files").map(file_fact).collect(),
            pairs: list("snapshots").map(pair_fact).collect(),
            configs: files.configs.iter().filter_map(|(name, bytes)| config_fact(name, bytes)).collect(),
            answers: files.saved.iter().flat_map(|(name, bytes)| answer_facts(name, bytes)).collect(),
            not_found: files.saved.iter().filter_map(|(name, bytes)| not_found_fact(name, bytes)).collect(),
        }
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn instant(value: &Value, name: &str) -> Option<Nanos> {
    value.get(name).and_then(Value::as_str).and_then(time::parse)
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

fn file_fact(file: &Value) -> FileFact {
    let path = text(file, "path");
    let ids: Vec<String> =
        file.get("findings").and_then(Value::as_array).into_iter().flatten().map(|f| text(f, "id")).collect();
    let missing = MEMBERS
        .iter()
        .filter(|(id, _)| ids.iter().any(|found| found.ends_with(id)))
        .map(|(_, name)| (*name).to_owned());
    FileFact {
        name: last_part(&path).to_owned(),
        provider: text(file, "provider"),
        method: text(file, "auth_method"),
        expires_at: instant(file, "expires_at"),
        has_refresh_token: file.get("has_refresh_token").and_then(Value::as_bool),
        last_refresh: instant(file, "last_refresh"),
        lapses_at: instant(file, "lapses_at"),
        missing: missing.collect(),
        findings: ids,
        path,
    }
}

fn pair_fact(pair: &Value) -> PairFact {
    let flag = |name: &str| pair.get(name).and_then(Value::as_bool).unwrap_or(false);
    PairFact {
        name: last_part(&text(pair, "file")).to_owned(),
        verdict: text(pair, "verdict"),
        row4: flag("row4"),
        row9: flag("row9"),
    }
}

/// The settings whose change can break refreshes and whose values are no secrets.
const SETTINGS: &[&str] = &[
    "auth-dir",
    "auth-auto-refresh-workers",
    "debug",
    "disable-cooling",
    "incognito-browser",
    "kiro-preferred-endpoint",
    "max-retry-interval",
    "oauth-endpoint-overrides",
    "oauth-excluded-models",
    "proxy-url",
    "request-retry",
];

fn config_fact(name: &str, bytes: &[u8]) -> Option<ConfigFact> {
    let source = std::str::from_utf8(bytes).ok()?;
    let root: Value = serde_saphyr::from_str(source).ok()?;
    let root = root.as_object()?;
    let settings = SETTINGS.iter().filter_map(|key| root.get(*key).map(|v| ((*key).to_owned(), setting(v)))).collect();
    Some(ConfigFact {
        path: name.to_owned(),
        management: management(root),
        incognito: root.get("incognito-browser").and_then(Value::as_bool),
        settings,
    })
}

fn setting(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Keys are kebab-case; other spellings are ignored silently, which is as good as empty.
fn management(root: &serde_json::Map<String, Value>) -> ManagementKey {
    let filled = |v: &Value| v.as_str().is_some_and(|s| !s.trim().is_empty()) || v.is_number();
    let block = root.get("remote-management").and_then(Value::as_object);
    if block.and_then(|b| b.get("secret-key")).is_some_and(filled) {
        return ManagementKey::Set;
    }
    let other = |map: &serde_json::Map<String, Value>| {
        ["secret_key", "secretKey", "secretkey", "secret"].iter().any(|k| map.get(*k).is_some_and(filled))
    };
    let misnamed = ["remote_management", "remoteManagement"].iter().any(|k| root.contains_key(*k));
    if block.is_some_and(other) || misnamed {
        return ManagementKey::Misspelt;
    }
    // The JSON of the management API leaves the block out, so its absence there proves nothing.
    if block.is_some() || root.contains_key("auth-dir") { ManagementKey::Empty } else { ManagementKey::Unknown }
}

fn not_found_fact(name: &str, bytes: &[u8]) -> Option<NotFoundFact> {
    let from_handler = match saved::read(name, bytes).answer {
        Answer::NotFound => true,
        Answer::NoRoute => false,
        _ => return None,
    };
    Some(NotFoundFact { path: name.to_owned(), from_handler })
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

    fn config(text: &str) -> ConfigFact {
        config_fact("config.yaml", text.as_bytes()).expect("a config")
    }

    #[test]
    fn a_management_key_counts_only_under_its_own_name() {
        assert_eq!(config("remote-management:\n  secret-key: x\n").management, ManagementKey::Set);
        assert_eq!(config("remote-management:\n  secret-key: \"\"\n").management, ManagementKey::Empty);
        assert_eq!(config("remote-management:\n  secret_key: x\n").management, ManagementKey::Misspelt);
        assert_eq!(config("remote_management:\n  secret-key: x\n").management, ManagementKey::Misspelt);
        assert_eq!(config("auth-dir: ./auths\n").management, ManagementKey::Empty);
        assert_eq!(config("port: 8317\n").management, ManagementKey::Unknown);
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
        let fact = not_found_fact("a", handler.as_bytes()).expect("a 404");
        assert!(fact.from_handler);
        let router = "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\n404 page not found";
        let fact = not_found_fact("b", router.as_bytes()).expect("a 404");
        assert!(!fact.from_handler);
        assert_eq!(not_found_fact("c", b"{\"success\":true}"), None);
    }

    #[test]
    fn missing_members_come_from_the_file_check() {
        let file =
            serde_json::json!({"path":"auths/kiro-idc-a.json","findings":[{"id":"kiro-idc-client-secret-missing"}]});
        let fact = file_fact(&file);
        assert_eq!((fact.name.as_str(), fact.missing), ("kiro-idc-a.json", vec!["client_secret".to_owned()]));
    }
}
