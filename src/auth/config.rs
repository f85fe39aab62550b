//! The proxy's `config.yaml`: what it says about logins, and the spellings that the server silently ignores.

use super::fingerprint::{Fingerprint, Key};
use super::json::{Object, Value};
use crate::redact::{Safe, Secret};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Whether a management key is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKey {
    Set,
    /// Present and empty: every management route answers 404.
    Empty,
    Missing,
    /// A key is set under a name that the server does not read: as if it were missing.
    Misspelt(&'static str),
    /// The management API's JSON of the configuration leaves the block out, so its absence shows nothing.
    Hidden,
}

/// Something in the file that does not do what it seems to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pitfall {
    /// Stable word, e.g. `secret-key-misspelt`.
    pub id: &'static str,
    /// Dotted path of the key.
    pub key: String,
    pub message: &'static str,
}

/// What a configuration says about logins. No value of a secret member is kept.
pub struct ConfigFact {
    pub path: Safe,
    pub secret_key: SecretKey,
    pub allow_remote: Option<bool>,
    /// Providers whose models are excluded, and whether all of them are.
    pub excluded: Vec<(String, bool)>,
    pub auth_dir: Option<String>,
    pub debug: Option<bool>,
    pub logging_to_file: Option<bool>,
    pub request_log: Option<bool>,
    pub disable_cooling: Option<bool>,
    pub save_cooldown_status: Option<bool>,
    pub incognito_browser: Option<bool>,
    pub request_retry: Option<i64>,
    pub has_proxy_url: bool,
    /// Providers with endpoint overrides.
    pub endpoint_overrides: Vec<String>,
    pub client_keys: usize,
    /// Client keys copied from the example configuration: newer builds refuse to serve.
    pub has_example_keys: bool,
    /// Kiro credentials kept in the configuration instead of the directory.
    pub kiro_entries: usize,
    /// Something stands behind the first document, which is all that the server reads.
    pub has_more_documents: bool,
    pub pitfalls: Vec<Pitfall>,
    leaves: BTreeMap<String, Fingerprint>,
}

impl ConfigFact {
    /// Dotted paths of the keys whose values differ, in byte order. Keys of secret values are named, values never.
    pub fn changed_keys(&self, other: &ConfigFact) -> Vec<String> {
        let names: std::collections::BTreeSet<&String> = self.leaves.keys().chain(other.leaves.keys()).collect();
        names.into_iter().filter(|name| self.leaves.get(*name) != other.leaves.get(*name)).cloned().collect()
    }
}

/// Why a configuration could not be read, without a word of its text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {path}: no YAML mapping{place}")]
pub struct ConfigError {
    pub path: String,
    /// ` at line 3, column 1`, or empty.
    pub place: String,
}

/// Longer files are no configuration of this server.
pub const CONFIG_BYTES_MAX: usize = 4 << 20;

/// Reads a configuration from its text.
pub fn read(path: &str, text: &str, key: &Key) -> Result<ConfigFact, ConfigError> {
    let fail = |place: String| ConfigError { path: path.to_owned(), place };
    if text.len() > CONFIG_BYTES_MAX {
        return Err(fail(": larger than 4 MiB".to_owned()));
    }
    let (text, rest) = first_document(text);
    let is_json = text.trim_start().starts_with('{');
    let written = Written { is_json, has_more_documents: says_something(rest) };
    let parsed: Result<Tree, _> = serde_saphyr::from_str(text);
    match parsed {
        Ok(Tree(Value::Object(root))) => Ok(facts(path, &root, key, written)),
        Ok(Tree(Value::Null)) => Ok(facts(path, &Object::default(), key, Written { is_json: false, ..written })),
        Ok(_) => Err(fail(String::new())),
        // The library's message may quote the file, so only the place is taken over.
        Err(e) => {
            let place = e.location().map(|l| format!(" at line {}, column {}", l.line(), l.column()));
            let tab = text.lines().position(|l| l.trim_start_matches(' ').starts_with('\t') && !l.trim().is_empty());
            let tab = tab.map(|n| format!(": a tab indents line {}; the server keeps its old configuration", n + 1));
            Err(fail(tab.or(place).unwrap_or_default()))
        }
    }
}

/// How a configuration is written.
struct Written {
    is_json: bool,
    has_more_documents: bool,
}

/// What the server reads of a file, and what it does not: its YAML library takes the first document and never looks at
/// the rest, be it an empty document and then the settings. Within a document no line begins with either mark.
fn first_document(text: &str) -> (&str, &str) {
    let (mut at, mut begun) = (0, false);
    for line in text.split_inclusive('\n') {
        let mark = |mark: &str| {
            line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        if begun && (mark("---") || mark("...")) {
            return text.split_at(at);
        }
        let before = line.trim_start_matches('\u{feff}').trim_end();
        begun |= !before.is_empty() && !before.trim_start().starts_with('#') && !before.starts_with('%');
        at += line.len();
    }
    (text, "")
}

/// Anything but marks, comments and blank lines.
fn says_something(rest: &str) -> bool {
    let said = |line: &str| {
        let line = line.trim_start_matches("---").trim_start_matches("...").trim();
        !line.is_empty() && !line.starts_with('#')
    };
    rest.lines().any(said)
}

fn facts(path: &str, root: &Object, key: &Key, written: Written) -> ConfigFact {
    let management = root.object("remote-management");
    let flag = |name: &str| boolean(root.get(name));
    let mut leaves = BTreeMap::new();
    flatten(root, "", key, &mut leaves, 0);
    let mut fact = ConfigFact {
        path: Safe::own(path),
        secret_key: match secret_key(root, management) {
            SecretKey::Missing if written.is_json && management.is_none() => SecretKey::Hidden,
            found => found,
        },
        allow_remote: management.and_then(|m| boolean(m.get("allow-remote"))),
        excluded: excluded(root),
        auth_dir: root.filled("auth-dir").map(str::to_owned),
        debug: flag("debug"),
        logging_to_file: flag("logging-to-file"),
        request_log: flag("request-log"),
        disable_cooling: flag("disable-cooling"),
        save_cooldown_status: flag("save-cooldown-status"),
        incognito_browser: flag("incognito-browser"),
        request_retry: root.number("request-retry").map(|n| n as i64),
        has_proxy_url: root.filled("proxy-url").is_some(),
        endpoint_overrides: member_names(root.object("oauth-endpoint-overrides")),
        client_keys: list(root, "api-keys").len(),
        has_example_keys: list(root, "api-keys").iter().any(is_example_key),
        kiro_entries: list(root, "kiro").len(),
        has_more_documents: written.has_more_documents,
        pitfalls: Vec::new(),
        leaves,
    };
    fact.pitfalls = pitfalls(root, &fact);
    fact
}

fn boolean(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(b) => Some(*b),
        _ => None,
    }
}

fn list<'a>(root: &'a Object, name: &str) -> &'a [Value] {
    match root.get(name) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

fn is_example_key(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.expose().starts_with("your-api-key"))
}

fn member_names(object: Option<&Object>) -> Vec<String> {
    object.map(|o| o.members().map(|(name, _)| shown(name)).collect()).unwrap_or_default()
}

/// A key of the configuration is shown when it looks like one.
fn shown(name: &str) -> String {
    let plain = !name.is_empty()
        && name.len() <= 40
        && name.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'-' | b'_' | b'.'));
    if plain { name.to_owned() } else { "(other)".to_owned() }
}

fn secret_key(root: &Object, management: Option<&Object>) -> SecretKey {
    let held = management.and_then(|m| m.get("secret-key"));
    match held {
        Some(Value::Text(text)) if !text.expose().trim().is_empty() => return SecretKey::Set,
        Some(Value::Number(_) | Value::Bool(_)) => return SecretKey::Set,
        Some(_) => return SecretKey::Empty,
        None => {}
    }
    let spellings = ["secret_key", "secretKey", "secretkey", "secret", "key", "SECRET_KEY", "secret-Key"];
    let sections = ["remote-management", "remote_management", "remoteManagement", "remotemanagement", "management"];
    for section in sections {
        let Some(object) = root.object(section) else { continue };
        if section != "remote-management" && object.filled("secret-key").is_some() {
            return SecretKey::Misspelt(section);
        }
        if let Some(name) = spellings.iter().find(|name| object.filled(name).is_some()) {
            return SecretKey::Misspelt(if section == "remote-management" { name } else { section });
        }
    }
    match spellings.iter().chain(&["secret-key"]).find(|name| root.filled(name).is_some()) {
        Some(name) => SecretKey::Misspelt(name),
        None => SecretKey::Missing,
    }
}

fn excluded(root: &Object) -> Vec<(String, bool)> {
    let Some(object) = root.object("oauth-excluded-models") else { return Vec::new() };
    object
        .members()
        .map(|(name, value)| {
            let star = |v: &Value| matches!(v, Value::Text(text) if text.expose().trim() == "*");
            let all = match value {
                Value::Array(items) => items.iter().any(star),
                other => star(other),
            };
            (shown(name), all)
        })
        .collect()
}

/// Keys that people write in another spelling; the server reads kebab-case only.
const KNOWN: [&str; 22] = [
    "remote-management",
    "auth-dir",
    "api-keys",
    "debug",
    "logging-to-file",
    "logs-max-total-size-mb",
    "error-logs-max-files",
    "request-log",
    "proxy-url",
    "request-retry",
    "max-retry-interval",
    "max-retry-credentials",
    "disable-cooling",
    "save-cooldown-status",
    "auth-auto-refresh-workers",
    "oauth-excluded-models",
    "oauth-model-alias",
    "oauth-model-mappings",
    "oauth-endpoint-overrides",
    "incognito-browser",
    "ws-auth",
    "usage-statistics-enabled",
];

fn pitfalls(root: &Object, fact: &ConfigFact) -> Vec<Pitfall> {
    let mut found = Vec::new();
    let mut add = |id, key: &str, message| found.push(Pitfall { id, key: key.to_owned(), message });
    match fact.secret_key {
        SecretKey::Set => {}
        SecretKey::Hidden => add(
            "secret-key-hidden",
            "remote-management",
            "an answer of the management API leaves this block out: it cannot show whether a key is set",
        ),
        SecretKey::Empty => add(
            "secret-key-empty",
            "remote-management.secret-key",
            "empty: every management path answers 404 unless MANAGEMENT_PASSWORD is set",
        ),
        SecretKey::Missing => add(
            "secret-key-missing",
            "remote-management.secret-key",
            "absent: every management path answers 404 unless MANAGEMENT_PASSWORD is set",
        ),
        SecretKey::Misspelt(name) => add(
            "secret-key-misspelt",
            name,
            "a key is set under a name the server does not read: every management path answers 404",
        ),
    }
    if fact.has_more_documents {
        add(
            "documents-ignored",
            "---",
            "the server reads the first document of the file: what stands behind its end does nothing",
        );
    }
    if fact.allow_remote == Some(false) && fact.secret_key == SecretKey::Set {
        add(
            "remote-not-allowed",
            "remote-management.allow-remote",
            "only loopback clients are let in; in a container the bridge is none, and the answer is 403",
        );
    }
    for (name, _) in root.members() {
        let folded = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
        };
        let near = KNOWN.iter().find(|known| **known != name && folded(known) == folded(name));
        if let Some(known) =
            near.filter(|known| **known != "remote-management" || !matches!(fact.secret_key, SecretKey::Misspelt(_)))
        {
            add("key-misspelt", known, "written in another spelling, which the server ignores silently");
        }
    }
    for (provider, all) in &fact.excluded {
        if *all {
            add(
                "provider-excluded",
                &format!("oauth-excluded-models.{provider}"),
                "all models of the provider are excluded: requests fail with unknown provider, which is no auth failure",
            );
        }
    }
    if fact.has_example_keys {
        add(
            "example-api-keys",
            "api-keys",
            "the example's keys are still there: newer builds start a warning-only server",
        );
    }
    if root.has("auth-dir") && fact.auth_dir.is_none() {
        add("auth-dir-empty", "auth-dir", "empty: the default directory is used");
    }
    if fact.kiro_entries > 0 {
        add(
            "credentials-in-config",
            "kiro",
            "credentials outside the auth directory, which a check of its files does not see",
        );
    }
    if fact.incognito_browser == Some(false) {
        add(
            "incognito-off",
            "incognito-browser",
            "off: a Kiro login reuses the browser's session, as with --no-incognito",
        );
    }
    if fact.debug != Some(true) {
        add("debug-off", "debug", "off: most lines that would show the cause are not logged");
    }
    if !fact.endpoint_overrides.is_empty() {
        add(
            "endpoint-override",
            "oauth-endpoint-overrides",
            "refreshes go to an endpoint other than the provider's own",
        );
    }
    found
}

fn flatten(object: &Object, prefix: &str, key: &Key, leaves: &mut BTreeMap<String, Fingerprint>, depth: usize) {
    for (name, value) in object.members() {
        let path = if prefix.is_empty() { shown(name) } else { format!("{prefix}.{}", shown(name)) };
        match value {
            Value::Object(inner) if depth < 16 => flatten(inner, &path, key, leaves, depth + 1),
            other => {
                leaves.insert(path, key.of_bytes(&bytes(other)));
            }
        }
    }
}

fn bytes(value: &Value) -> zeroize::Zeroizing<Vec<u8>> {
    let mut out = zeroize::Zeroizing::new(Vec::new());
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(b) => out.extend_from_slice(&[b'b', u8::from(*b)]),
        Value::Number(text) => out.extend_from_slice(text.as_bytes()),
        Value::Text(text) => {
            out.push(b'"');
            out.extend_from_slice(text.expose().as_bytes());
        }
        Value::Array(items) => items.iter().for_each(|item| {
            out.push(b'[');
            out.extend_from_slice(&bytes(item));
        }),
        Value::Object(object) => object.members().for_each(|(name, value)| {
            out.push(b'{');
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(&bytes(value));
        }),
    }
    out
}

/// A YAML value read straight into strings that cannot be printed.
struct Tree(Value);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deep(0).deserialize(deserializer).map(Tree)
    }
}

/// Nothing of a configuration is nested deeper.
const DEPTH_MAX: usize = 32;

struct Deep(usize);

impl<'de> DeserializeSeed<'de> for Deep {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Deep {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Number(n.to_string()))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Value::Number(n.to_string()))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Value, E> {
        Ok(Value::Number(n.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(Secret::new(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(deeper::<A::Error>(self.0)?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Object::default();
        while let Some(key) = map.next_key::<String>()? {
            object.push(key, map.next_value_seed(deeper::<A::Error>(self.0)?)?);
        }
        Ok(Value::Object(object))
    }
}

fn deeper<E: serde::de::Error>(depth: usize) -> Result<Deep, E> {
    if depth < DEPTH_MAX { Ok(Deep(depth + 1)) } else { Err(E::custom("nested too deeply")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> ConfigFact {
        read("config.yaml", text, &Key::new([7; 32])).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn management_keys() {
        assert_eq!(config("remote-management:\n  secret-key: abc\n").secret_key, SecretKey::Set);
        assert_eq!(config("remote-management:\n  secret-key: 12345\n").secret_key, SecretKey::Set);
        assert_eq!(config("remote-management:\n  secret-key: \"\"\n").secret_key, SecretKey::Empty);
        assert_eq!(config("remote-management:\n  secret_key: abc\n").secret_key, SecretKey::Misspelt("secret_key"));
        assert_eq!(
            config("remote_management:\n  secret_key: abc\n").secret_key,
            SecretKey::Misspelt("remote_management")
        );
        assert_eq!(config("secret-key: abc\n").secret_key, SecretKey::Misspelt("secret-key"));
        assert_eq!(config("port: 1\n").secret_key, SecretKey::Missing);
        assert_eq!(config("").secret_key, SecretKey::Missing);
        assert_eq!(config("{\"debug\":true}").secret_key, SecretKey::Hidden);
        assert_eq!(config("{\"remote-management\":{}}").secret_key, SecretKey::Missing);
    }

    #[test]
    fn exclusions_and_changes() {
        let before =
            config("oauth-excluded-models:\n  qwen: [\"*\"]\n  kiro: [\"*-preview\"]\nproxy-url: \"\"\ndebug: true\n");
        let after = config(
            "oauth-excluded-models:\n  qwen: [\"*\"]\n  kiro: [\"*-preview\"]\nproxy-url: \"http://10.0.0.1\"\ndebug: true\n",
        );
        assert_eq!(before.excluded, [("qwen".to_owned(), true), ("kiro".to_owned(), false)]);
        assert_eq!(before.changed_keys(&after), ["proxy-url"]);
        assert!(after.has_proxy_url && before.pitfalls.iter().any(|p| p.id == "provider-excluded"));
    }

    #[test]
    fn what_stands_elsewhere_is_told() {
        let told = |text: &str, id: &str| config(text).pitfalls.iter().any(|p| p.id == id);
        assert!(told("kiro:\n  - token-file: kiro.json\n", "credentials-in-config"));
        assert!(told("incognito-browser: false\n", "incognito-off"));
        assert!(!told("incognito-browser: true\nkiro: []\n", "incognito-off"));
        assert!(!told("incognito-browser: true\nkiro: []\n", "credentials-in-config"));
    }

    #[test]
    fn the_first_document_is_all_that_counts() {
        let told = |text: &str| config(text).pitfalls.iter().any(|p| p.id == "documents-ignored");
        let two = "# c\n---\nremote-management:\n  secret-key: abc\n---\ndebug: true\n";
        assert_eq!((config(two).secret_key, config(two).debug, told(two)), (SecretKey::Set, None, true));
        let broken = "debug: true\n...\n\tnot: [yaml\n";
        assert_eq!((config(broken).debug, told(broken)), (Some(true), true));
        let empty = "---\n---\r\ndebug: true\n";
        assert_eq!((config(empty).debug, told(empty)), (None, true));
        for one in
            ["---\ndebug: true\n", "debug: true\n---\n# end\n", "%YAML 1.2\n---\ndebug: true\n...\n", "debug: true"]
        {
            assert_eq!((config(one).debug, told(one)), (Some(true), false), "{one:?}");
        }
        let inside = "debug: true\nproxy-url: \"a\n  --- b\"\nauth-dir: ---x\n";
        assert_eq!((config(inside).auth_dir.as_deref(), told(inside)), (Some("---x"), false));
    }

    #[test]
    fn errors_hold_no_text_of_the_file() {
        let bad = "remote-management:\n\tsecret-key: sk-TOPSECRETVALUE\n";
        let error = read("c.yaml", bad, &Key::new([0; 32])).err().expect("a tab is no indent").to_string();
        assert!(!error.contains("TOPSECRET") && error.contains("a tab indents line 2"), "{error}");
        let error = read("c.yaml", "- a\n- b\n", &Key::new([0; 32])).err().expect("no mapping").to_string();
        assert_eq!(error, "cannot read c.yaml: no YAML mapping");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[a-z:\\-\\[\\]{}\"'&*|>\n\t #0-9]{0,120}") {
            let _ = read("c.yaml", &text, &Key::new([0; 32]));
        }
    }
}
