//! The traces of the proxy's transforms: what each of them did to a request, and what that says about credentials.
//!
//! `request_transforms` arrives as JSON text inside a string. Failing rows are few and get a whole parse; of healthy rows
//! only the names of attached credentials matter, and those are found by literals.

use crate::record;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Trace<'a> {
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(borrow, default)]
    action: Cow<'a, str>,
    #[serde(borrow, default)]
    error: Cow<'a, str>,
    #[serde(borrow, default)]
    annotations: Option<&'a RawValue>,
}

/// A credential that a transform put into a request: its name, never its value, and where it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    pub name: String,
    pub locations: Vec<String>,
    /// The name is a secret reference; otherwise it is the transform that made the credential.
    pub is_reference: bool,
}

/// What the traces of one pipeline run say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Every trace could be read, so that what they do not tell did not happen.
    pub whole: bool,
    /// Transforms whose bare names say that they injected something; which credential that was, they do not say.
    pub injectors: Vec<String>,
    pub attached: Vec<Attached>,
    /// Names of secrets that could not be resolved; the request went on without them.
    pub unavailable: Vec<String>,
    /// The transform that went on without a token.
    pub skipped_by: Option<String>,
    /// The last transform whose action was `reject` or `error`.
    pub rejected_by: Option<String>,
    pub erred_by: Option<String>,
    /// Annotation `rejected`: a name or a reason, by transform.
    pub rejected: Option<String>,
    pub reject_reason: Option<String>,
    /// `error` of the annotations, or of the trace itself.
    pub error: Option<String>,
    pub credential: Option<String>,
    pub reason: Option<String>,
    pub judge_decision: Option<String>,
    pub judge_fallback: bool,
    pub service_account: Option<String>,
    /// Headers that the `annotate` transform copied: names in lower case, with their raw values.
    pub headers: Vec<(String, String)>,
}

/// Reads a list of traces. Of anything that is no such list only names are taken, and nothing follows from their absence.
pub fn read(text: &str) -> Traces {
    let mut traces = Traces::default();
    let Ok(list) = serde_json::from_str::<Vec<Trace<'_>>>(text) else {
        traces.injectors = names(text);
        return traces;
    };
    traces.whole = true;
    for trace in &list {
        traces.take(trace);
    }
    traces
}

/// A list that needs no parse: it is whole, and no trace in it was annotated, rejected or failed.
pub fn says_nothing(raw: &[u8]) -> bool {
    static TELLING: LazyLock<[Finder<'static>; 3]> =
        LazyLock::new(|| ["annotations", "reject", "error"].map(Finder::new));
    let whole = raw == b"[]" || (raw.starts_with(b"[{") && raw.ends_with(b"}]"));
    whole && TELLING.iter().all(|word| word.find(raw).is_none())
}

/// What a build attached that lists its transforms by name only: `inject_bearer:linear`, one or several, bare or as JSON.
fn names(text: &str) -> Vec<String> {
    let list = match serde_json::from_str::<Vec<String>>(text) {
        Ok(list) => list,
        // Traces that were cut short are no list of names.
        Err(_) if text.contains(['{', '[']) => Vec::new(),
        Err(_) => text.split([',', ';', ' ']).map(str::to_owned).collect(),
    };
    list.into_iter().filter(|name| injects(name)).collect()
}

/// The name of a transform says that it attached something, and what.
fn injects(name: &str) -> bool {
    let verb = name.split([':', '_', '-']).next().unwrap_or_default();
    ["inject", "injected", "swap", "swapped"].contains(&verb) && name.contains(':')
}

impl Traces {
    fn take(&mut self, trace: &Trace<'_>) {
        match trace.action.as_ref() {
            "reject" => self.rejected_by = Some(trace.name.to_string()),
            "error" => self.erred_by = Some(trace.name.to_string()),
            _ => {}
        }
        if !trace.error.is_empty() {
            self.error = Some(trace.error.to_string());
        }
        let Some(notes) = trace.annotations.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()) else {
            return;
        };
        let Value::Object(notes) = notes else { return };
        for (key, value) in &notes {
            self.note(&trace.name, key, value);
        }
    }

    fn note(&mut self, transform: &str, key: &str, value: &Value) {
        match key {
            "swapped" | "injected" => self.attach(transform, value),
            "secret_unavailable" => self.unavailable.extend(words(value)),
            "skipped" => self.skipped_by = Some(transform.to_owned()),
            "rejected" => self.rejected = first(value),
            "reject_reason" => self.reject_reason = first(value),
            "error" => self.error = first(value),
            "credential" => self.credential = first(value),
            "reason" => self.reason = first(value),
            "service_account" => self.service_account = first(value),
            "judge.decision" => {
                let decision = first(value).unwrap_or_default();
                self.judge_fallback |= decision.starts_with("FALLBACK");
                self.judge_decision = Some(decision);
            }
            "judge.fallback_applied" => self.judge_fallback |= value == &Value::Bool(true) || value == "true",
            _ => {
                if let Some(header) = key.strip_prefix("header:") {
                    let text = first(value).unwrap_or_default();
                    self.headers.push((header.to_ascii_lowercase(), text));
                }
            }
        }
    }

    fn attach(&mut self, transform: &str, value: &Value) {
        let Value::Array(items) = value else {
            if value == &Value::Bool(true) || value.is_string() {
                let locations = words(value).into_iter().filter(|w| w != "true").collect();
                self.attached.push(Attached { name: transform.to_owned(), locations, is_reference: false });
            }
            return;
        };
        let mut bare = Vec::new();
        for item in items {
            match item {
                Value::Object(item) => self.attached.push(Attached {
                    name: item.get("secret").map(words).and_then(|w| w.into_iter().next()).unwrap_or_default(),
                    locations: item.get("locations").map(words).unwrap_or_default(),
                    is_reference: true,
                }),
                other => bare.extend(words(other)),
            }
        }
        if !bare.is_empty() {
            self.attached.push(Attached { name: transform.to_owned(), locations: bare, is_reference: false });
        }
    }

    /// What the gateway for MCP lists: a name and where it went, `<name>:header:<header>` or `<name>:query:<key>`. Says
    /// whether the text tells of a credential at all; older builds only say that there was one.
    pub fn take_gateway(&mut self, text: &str) -> bool {
        let list = match serde_json::from_str::<Value>(text) {
            Ok(Value::Array(list)) => list,
            Ok(Value::Null) => return false,
            _ => return !matches!(text, "" | "false" | "0"),
        };
        for id in list.iter().flat_map(words) {
            let ends = [":header:", ":query:"].map(|mark| id.rfind(mark));
            let (name, location) = match ends.into_iter().flatten().max() {
                Some(at) => (&id[..at], Some(id[at + 1..].to_owned())),
                None => (&*id, None),
            };
            let locations = location.into_iter().collect();
            self.attached.push(Attached { name: name.to_owned(), locations, is_reference: true });
        }
        !list.is_empty()
    }

    /// The value of the first copied header whose name holds this word.
    pub fn header(&self, word: &str) -> Option<&str> {
        self.headers.iter().find(|(name, _)| name.contains(word)).map(|(_, value)| value.as_str())
    }
}

/// The texts of a value: itself, or the members of a list.
fn words(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(words).collect(),
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        _ => Vec::new(),
    }
}

/// The first of the texts of an annotation.
fn first(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.iter().find_map(first),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A transform of this healthy row, as it stands undecoded, went on without a secret or a token.
fn lacks_credential(raw: &[u8]) -> bool {
    static UNAVAILABLE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"_unavailable"));
    UNAVAILABLE.find(raw).is_some()
}

/// Searchers made once: making one costs as much as a search through a row's traces.
struct Marks {
    annotations: Finder<'static>,
    injected: Finder<'static>,
    swapped: Finder<'static>,
    secret: Finder<'static>,
}

static MARKS: LazyLock<Marks> = LazyLock::new(|| Marks {
    annotations: Finder::new(b"annotations"),
    injected: Finder::new(INJECTED),
    swapped: Finder::new(SWAPPED),
    secret: Finder::new(SECRET),
});

/// The members that tell of attached credentials, undecoded, up to the quote behind their names.
const INJECTED: &[u8] = br#"injected\""#;
const SWAPPED: &[u8] = br#"swapped\""#;
const SECRET: &[u8] = br#"secret\""#;

/// Hands over the credential names of a healthy row, as they stand in the undecoded text. `None` asks for a whole parse:
/// where a credential is named after its transform, or the text is not written as the proxy writes it.
fn attached_names(raw: &[u8], mut each: impl FnMut(&[u8])) -> Option<()> {
    let marks = &*MARKS;
    let Some(start) = marks.annotations.find(raw) else { return Some(()) };
    let told = &raw[start..];
    let lists_objects = |mark: &Finder<'_>, length| {
        mark.find_iter(told).all(|at| told[at + length..].starts_with(br#":[{\"secret\":"#))
    };
    if !lists_objects(&marks.injected, INJECTED.len()) || !lists_objects(&marks.swapped, SWAPPED.len()) {
        return None;
    }
    for at in marks.secret.find_iter(told) {
        let name = told[at + SECRET.len()..].strip_prefix(br#":\""#)?;
        let end = memchr::memchr(b'\\', name)?;
        if name.get(end + 1) != Some(&b'"') {
            return None;
        }
        each(&name[..end]);
    }
    Some(())
}

/// What the traces of a healthy row say of credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Healthy {
    /// A transform went on without a secret or a token.
    pub lacks_credential: bool,
    /// The names of what was attached, a quote behind each.
    pub names: Vec<u8>,
}

impl Healthy {
    fn read(raw: &[u8]) -> Healthy {
        let mut healthy = Healthy { lacks_credential: lacks_credential(raw), names: Vec::new() };
        if attached_names(raw, |name| healthy.add(name)).is_none() {
            healthy.names.clear();
            read(&record::Value::quoted(raw).text()).attached.iter().for_each(|a| healthy.add(a.name.as_bytes()));
        }
        healthy
    }

    fn add(&mut self, name: &[u8]) {
        self.names.extend_from_slice(name);
        self.names.push(b'"');
    }
}

/// Texts remembered, a power of two. Each has one place; what stood there before is forgotten.
const REMEMBERED: usize = 256;
/// Longest text that is remembered.
const REMEMBERED_BYTES: usize = 2048;

/// What undecoded traces said before: a proxy has few lists of transforms, and writes the same text for most requests.
#[derive(Debug)]
pub struct Memory {
    places: Vec<(Vec<u8>, Healthy)>,
    /// Of a text that is not remembered.
    other: Healthy,
}

impl Default for Memory {
    fn default() -> Self {
        // What an empty text says is what nothing says.
        Memory { places: vec![<(Vec<u8>, Healthy)>::default(); REMEMBERED], other: Healthy::default() }
    }
}

impl Memory {
    /// What the traces of a healthy row say, given as they stand in the line.
    pub fn of(&mut self, raw: &[u8]) -> &Healthy {
        if raw.len() > REMEMBERED_BYTES {
            self.other = Healthy::read(raw);
            return &self.other;
        }
        let (text, told) = &mut self.places[place(raw)];
        if text != raw {
            text.clear();
            text.extend_from_slice(raw);
            *told = Healthy::read(raw);
        }
        told
    }
}

/// Mixes the length with bytes from the middle: lists of transforms begin and end alike.
fn place(raw: &[u8]) -> usize {
    let word = |at: usize| raw[at..].first_chunk::<8>().map_or(0, |word| u64::from_le_bytes(*word));
    let (half, quarter) = (raw.len() / 2, raw.len() / 4);
    let mixed = word(half) ^ word(half + quarter).rotate_left(21) ^ word(quarter).rotate_left(42) ^ raw.len() as u64;
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize % REMEMBERED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_transforms_did() {
        let t = read(
            r#"[{"name":"allowlist","action":"allow"},{"name":"annotate","action":"allow","annotations":{"header:X-Request-Id":"req-1"}},
            {"name":"secrets","action":"allow","annotations":{"swapped":[{"secret":"op://a b/c/d","locations":["header:Authorization"]}]}},
            {"name":"oauth_token","action":"reject","annotations":{"error":"invalid_grant","grant":"refresh_token","rejected":"token_unavailable"}}]"#,
        );
        assert_eq!(t.attached[0].name, "op://a b/c/d");
        assert_eq!(t.rejected_by.as_deref(), Some("oauth_token"));
        assert_eq!((t.rejected.as_deref(), t.error.as_deref()), (Some("token_unavailable"), Some("invalid_grant")));
        assert_eq!(t.header("request-id"), Some("req-1"));
        assert!(t.whole);
        assert_eq!(read("not json"), Traces::default());
    }

    #[test]
    fn names_alone_tell_what_was_injected_and_nothing_else() {
        let names = |text: &str| {
            let traces = read(text);
            assert!(!traces.whole, "{text}");
            assert!(traces.attached.is_empty());
            traces.injectors
        };
        assert_eq!(names("inject_bearer:linear"), ["inject_bearer:linear"]);
        assert_eq!(names("allowlist, inject_header:slack"), ["inject_header:slack"]);
        assert_eq!(names(r#"["secrets","swap:K"]"#), ["swap:K"]);
        for none in [
            "",
            "allowlist",
            "injection_guard:off",
            r#"["allowlist","secrets"]"#,
            r#"[{"name":"secrets","annotations":{"injected":["header:A"#,
        ] {
            assert_eq!(names(none), [""; 0], "{none}");
        }
        assert!(read("[]").whole);
    }

    #[test]
    fn the_gateway_lists_names_and_places() {
        let told = |text: &str| {
            let mut traces = Traces::default();
            let injected = traces.take_gateway(text);
            (injected, traces.attached.into_iter().map(|a| (a.name, a.locations.join(" "))).collect::<Vec<_>>())
        };
        let pair = |name: &str, location: &str| (name.to_owned(), location.to_owned());
        let list = r#"["op://v/A:query:b/c:header:Authorization","K:query:key","bare"]"#;
        let want = vec![pair("op://v/A:query:b/c", "header:Authorization"), pair("K", "query:key"), pair("bare", "")];
        assert_eq!(told(list), (true, want));
        assert_eq!(told("true"), (true, Vec::new()));
        for none in ["", "[]", "false", "null", "0"] {
            assert_eq!(told(none), (false, Vec::new()), "{none}");
        }
    }

    #[test]
    fn only_a_whole_list_without_a_telling_word_needs_no_parse() {
        for (raw, want) in [
            ("[]", true),
            (r#"[{\"name\":\"allowlist\",\"action\":\"allow\"}]"#, true),
            (r#"[{\"name\":\"allowlist\",\"act"#, false),
            (r#"[\"allowlist\"]"#, false),
            ("inject_bearer:linear", false),
            (r#"[{\"name\":\"x\",\"annotations\":{}}]"#, false),
        ] {
            assert_eq!(says_nothing(raw.as_bytes()), want, "{raw}");
        }
    }

    #[test]
    fn bare_locations_are_named_after_their_transform() {
        let t =
            read(r#"[{"name":"oauth_token","action":"allow","annotations":{"injected":["header:Authorization"]}}]"#);
        assert_eq!((t.attached[0].name.as_str(), t.attached[0].is_reference), ("oauth_token", false));
    }

    /// The text as it stands in a line.
    fn undecoded(plain: &str) -> Vec<u8> {
        let quoted = serde_json::to_string(plain).expect("text");
        quoted.as_bytes()[1..quoted.len() - 1].to_vec()
    }

    fn whole(plain: &str) -> Vec<u8> {
        read(plain).attached.iter().flat_map(|a| [a.name.as_bytes(), b"\""].concat()).collect()
    }

    #[test]
    fn names_of_healthy_rows_are_the_same_both_ways() {
        let mut memory = Memory::default();
        for plain in [
            r#"[{"name":"x"}]"#,
            r#"[{"name":"secrets","action":"allow","annotations":{"swapped":[{"secret":"op://v w/X/c","locations":["header:A"]},{"secret":"Y","locations":[]}]}}]"#,
            r#"[{"name":"secrets","annotations":{"swapped":[{"secret":"é\"\\","locations":[]}]}}]"#,
            r#"[{"name":"oauth_token","annotations":{"injected":["header:A"]}}]"#,
            r#"[{"name":"github_app","annotations":{"injected":["header:A"]}}]"#,
            r#"[{"name":"one","annotations":{"swapped":["header:A"]}}]"#,
            r#"[{"name":"secrets","annotations":{"swapped":[{"locations":[],"secret":"Y"}]}}]"#,
            r#"[{"name": "secrets", "annotations": {"swapped": [{"secret": "A", "locations": []}]}}]"#,
            r#"[{"name": "secrets", "annotations": {"swapped": [{"secret": "B", "locations": []}]}}]"#,
            r#"[{"name":"secrets","annotations":{"secret_unavailable":["Y"]}}]"#,
        ] {
            for _ in 0..2 {
                let told = memory.of(&undecoded(plain));
                assert_eq!(String::from_utf8_lossy(&told.names), String::from_utf8_lossy(&whole(plain)), "{plain}");
                assert_eq!(told.lacks_credential, plain.contains("_unavailable"));
            }
        }
    }

    #[test]
    fn a_list_as_the_proxy_writes_it_needs_no_parse() {
        let names = |plain: &str| {
            let mut names = Vec::new();
            attached_names(&undecoded(plain), |name| names.extend_from_slice(name)).map(|()| names)
        };
        let swapped = r#"[{"name":"s","annotations":{"swapped":[{"secret":"A","locations":["header:A"]}]}}]"#;
        assert_eq!(names(swapped), Some(b"A".to_vec()));
        assert_eq!(names(&swapped.replace(':', ": ")), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_remembered_is_what_would_be_read(picks in proptest::collection::vec(0..8_usize, 0..40), gaps in 0..2_usize) {
            const PARTS: [&str; 8] = [
                r#"[{"name":"a","annotations":{"swapped":[{"secret":"A"}]}}]"#,
                r#"[{"name":"a","annotations":{"swapped":[{"secret":"B"}]}}]"#,
                r#"[{"name":"b","annotations":{"injected":["header:A"]}}]"#,
                r#"[{"name":"c","annotations":{"injected":["header:A"]}}]"#,
                r#"[{"name":"d","annotations":{"injected":true}}]"#,
                r#"[{"name":"e","annotations":{"skipped":"token_unavailable"}}]"#,
                "[]",
                "",
            ];
            let mut memory = Memory::default();
            for pick in picks {
                let plain = PARTS[pick].replace("\":", ["\":", "\": "][gaps]);
                let told = memory.of(&undecoded(&plain));
                proptest::prop_assert_eq!(&told.names, &whole(&plain));
                proptest::prop_assert_eq!(told.lacks_credential, plain.contains("_unavailable"));
            }
        }
    }
}
