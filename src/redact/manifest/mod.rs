//! Kubernetes Secret manifests: their values are secret under any name, `color: aHVudGVyMg==` too.
//!
//! What makes a value secret stands elsewhere in the manifest, before it or after it: the object's kind. So a text that
//! names the kind is read once from its beginning, as YAML or as JSON, and what lies in `data` and `stringData` of the
//! objects of that kind is masked. Values of other kinds (a ConfigMap's `data`) stay, names always do, and so do
//! references. Both readers take what a log leaves of a manifest: inside a JSON string of any depth, cut at either end,
//! several in a row, in a List, or flattened (`"requestObject.kind":"Secret","requestObject.data.color":"…"`), as the
//! store keeps the audit log of a cluster.
//!
//! Behind percent or `\u` escapes a manifest is read in the decoded view. There the strings around it are no longer told from
//! those in it; what is found ends with the string that holds it all the same ([`extent::Strings`]).
//!
//! A manifest whose kind was cut away, and one that was logged row by row, are not recognised: what a row shows never depends
//! on another row, and `color: blue` alone is no secret. A name that tells is masked in such rows as everywhere. A field
//! that is shown by itself has no kind either: there [`rule`] goes by its name, and by whether the value is encoded text.

mod json;
mod yaml;

use super::extent;
use super::keys::{Gate, Rule};
use super::placeholder;
use super::rules::{Look, exempt};
use super::span::{Proof, Span};
use memchr::memmem::Finder;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Kinds whose values are secret, and whether the values belong to the objects in the list of that kind.
static KINDS: &[(&[u8], Kind)] = &[(b"Secret", Kind::Secret), (b"SecretList", Kind::List)];

/// Members of such an object that hold the values.
static MEMBERS: &[&[u8]] = &[b"data", b"stringData"];

/// What is masked as.
const LABEL: &str = "secret";

/// Levels of JSON in JSON at which a manifest is looked for.
const DEPTHS: usize = 6;
/// Objects within one another that are told apart.
const FRAMES: usize = 64;

/// What the flattened name of a field says of its value, for a field without the rest of its row. Only a Secret has
/// `stringData`; `data` is a ConfigMap's too, whose values are rarely encoded.
pub(super) fn rule(name: &[u8]) -> Option<Rule> {
    let (object, member) = flattened(name)?;
    match member {
        b"stringData" => Some(Rule { kind: LABEL, gate: Gate::Strong }),
        b"data" if object.ends_with(b"Object") => Some(Rule { kind: LABEL, gate: Gate::Encoded }),
        _ => None,
    }
}

/// A flattened name of a value, taken apart: the object, and which of its members holds the value.
fn flattened(name: &[u8]) -> Option<(&[u8], &'static [u8])> {
    static FINDERS: LazyLock<Vec<Finder<'static>>> = LazyLock::new(|| MEMBERS.iter().map(Finder::new).collect());
    MEMBERS.iter().zip(&*FINDERS).find_map(|(member, finder)| {
        finder.find_iter(name).find_map(|at| {
            let object = if at == 0 { &name[..0] } else { name[..at].strip_suffix(b".")? };
            (name.get(at + member.len()) == Some(&b'.')).then_some((object, *member))
        })
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Not said (yet): the members of a list need not say it.
    Unsaid,
    Secret,
    List,
    Other,
}

fn kind(name: &[u8]) -> Kind {
    KINDS.iter().find(|(known, _)| *known == name).map_or(Kind::Other, |(_, kind)| *kind)
}

/// How far each reader came at each depth: no stretch of a text is read twice by one of them.
#[derive(Debug, Default)]
pub(super) struct Read {
    yaml: [usize; DEPTHS],
    json: [usize; DEPTHS],
}

impl Read {
    /// Looks at the word `Secret` that ends at `end`.
    pub fn word(&mut self, text: &[u8], start: usize, end: usize, look: Look, out: &mut Vec<Span>) {
        let Some((form, depth)) = names_a_kind(text, start, end).filter(|(_, depth)| *depth < DEPTHS) else { return };
        // Lines of a series are no YAML together.
        if form == Form::Yaml && depth == 0 && look.lines {
            return;
        }
        let done = match form {
            Form::Yaml => &mut self.yaml[depth],
            Form::Json => &mut self.json[depth],
        };
        if end <= *done {
            return;
        }
        let (from, to) = match look.lines {
            true => (
                memchr::memrchr(b'\n', &text[..start]).map_or(0, |n| n + 1),
                memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |n| end + n),
            ),
            false if look.peeled && form == Form::Yaml => (first_line(text, start), text.len()),
            false => (0, text.len()),
        };
        *done = to;
        let found = Found { text, pending: Vec::new(), frames: Vec::new(), out };
        match form {
            Form::Yaml => yaml::read(found, depth, look.peeled, from, to),
            Form::Json => json::read(found, depth, from, to),
        }
    }
}

/// Where a manifest begins in a decoded view whose line holds more: at its kind in `{"_msg":"kind: Secret`. Otherwise where the
/// text does.
fn first_line(text: &[u8], word: usize) -> usize {
    let before = &text[..word];
    let key =
        memchr::memmem::rfind(&before[word.saturating_sub(100)..], b"kind").map_or(0, |n| word.saturating_sub(100) + n);
    match before[..key].last() {
        None | Some(b'\n' | b' ' | b'-') => 0,
        Some(_) => key,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Yaml,
    Json,
}

/// Whether the word is the value of `kind`, in which form, and how deep in JSON strings.
fn names_a_kind(text: &[u8], start: usize, end: usize) -> Option<(Form, usize)> {
    if &text[start..end] != b"Secret" || text.get(end).is_some_and(|b| b.is_ascii_alphanumeric() && *b != b'L') {
        return None;
    }
    let blanks = |end: usize| end - text[..end].iter().rev().take(80).take_while(|b| **b == b' ').count();
    // An opening quote, or none.
    let quoted = start > 0 && matches!(text[start - 1], b'"' | b'\'');
    let own = if quoted { extent::slashes_before(text, start - 1) } else { 0 };
    let colon = blanks(start - own - usize::from(quoted));
    let name = blanks(colon.checked_sub(1).filter(|at| text[*at] == b':')?);
    if name > 0 && text[name - 1] == b'"' {
        let close = name - 1 - extent::slashes_before(text, name - 1);
        let same = quoted && text[start - 1] == b'"' && name - 1 - close == own && (own + 1).is_power_of_two();
        let key = text[..close].ends_with(b"kind").then(|| close - 4)?;
        let whole = key > own && matches!(text[key - 1], b'"' | b'.');
        return (same && whole).then(|| (Form::Json, (own + 1).ilog2() as usize));
    }
    let key = text[..name].ends_with(b"kind").then(|| name - 4)?;
    let word = end + text[end..].iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
    let depth = line_before(text, key).or_else(|| line_after(text, word + own + usize::from(quoted)))?;
    Some((Form::Yaml, depth))
}

/// How deep in JSON strings a line break is written: `\n` in one, `\\n` in two.
fn depth_of(slashes: usize) -> Option<usize> {
    match slashes {
        0 => None,
        n => n.is_power_of_two().then(|| n.ilog2() as usize + 1),
    }
}

/// The depth of the line break before a key with nothing but blanks and dashes between.
fn line_before(text: &[u8], key: usize) -> Option<usize> {
    let indent = text[..key].iter().rev().take(200).take_while(|b| matches!(b, b' ' | b'-')).count();
    let at = key - indent;
    match text[..at].last() {
        Some(b'\n') => Some(0),
        Some(b'n' | b'r') => depth_of(extent::slashes_before(text, at - 1)),
        _ => None,
    }
}

fn line_after(text: &[u8], end: usize) -> Option<usize> {
    match text.get(end)? {
        b'\n' | b'\r' => Some(0),
        _ => {
            let slashes = extent::slashes_at(text, end);
            depth_of(slashes).filter(|_| matches!(text.get(end + slashes), Some(b'n' | b'r')))
        }
    }
}

/// One object that is being read.
#[derive(Debug)]
struct Frame<'t> {
    kind: Kind,
    /// Its values: how many were pending when it began.
    from: usize,
    /// It is the value of `data` or `stringData`.
    holds: bool,
    /// YAML: the column of its names.
    column: usize,
    /// Flattened objects in it that are Secrets, and values of flattened objects of any kind.
    secrets: BTreeSet<&'t [u8]>,
    flat: Vec<(&'t [u8], (usize, usize))>,
}

/// What was found so far.
struct Found<'t, 'o> {
    text: &'t [u8],
    /// Values in objects that have not said their kind.
    pending: Vec<(usize, usize)>,
    frames: Vec<Frame<'t>>,
    out: &'o mut Vec<Span>,
}

impl Found<'_, '_> {
    fn open(&mut self, holds: bool, column: usize) {
        let (kind, from) = (Kind::Unsaid, self.pending.len());
        self.frames.push(Frame { kind, from, holds, column, secrets: BTreeSet::new(), flat: Vec::new() });
    }

    /// Ends the innermost object.
    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        for (_, (start, end)) in frame.flat.iter().filter(|(object, _)| frame.secrets.contains(object)) {
            self.mask(*start, *end);
        }
        let own = frame.from.min(self.pending.len());
        match frame.kind {
            // Perhaps the kind of the list around it says.
            Kind::Unsaid => {}
            Kind::Other => self.pending.truncate(own),
            Kind::Secret | Kind::List => {
                for (start, end) in self.pending.split_off(own) {
                    self.mask(start, end);
                }
            }
        }
        if self.frames.is_empty() {
            self.pending.clear();
        }
    }

    fn mask(&mut self, start: usize, end: usize) {
        if start < end && !exempt(&self.text[start..end]) && !placeholder::held(self.text, start, end) {
            self.out.push(Span::new(start, end, LABEL, Proof::Name));
        }
    }

    fn close_all(&mut self) {
        while !self.frames.is_empty() {
            self.close();
        }
    }

    fn value(&mut self, start: usize, end: usize) {
        if start < end {
            self.pending.push((start, end));
        }
    }

    fn says(&mut self, name: &[u8]) {
        if let Some(frame) = self.frames.last_mut().filter(|f| f.kind == Kind::Unsaid) {
            frame.kind = kind(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::redact::{People, Redactor, find};

    /// Manifests with the values that must go: every `@…@` is one. `¶` stands for a line break.
    static SECRET: &[&str] = &[
        "apiVersion: v1¶kind: Secret¶metadata:¶  name: db¶data:¶  color: @aHVudGVyMg==@¶  size: @cGxhaW4=@¶type: Opaque",
        "apiVersion: v1¶data:¶  color: @aHVudGVyMg==@¶  shade: \"@cGxhaW4=@\"¶kind: Secret¶metadata:¶  name: db",
        "kind: \"Secret\"¶stringData:¶  color: @hunter two@¶  note: '@plain words@'¶data: {}",
        "¶  kind: Secret¶  data:¶    color: @aHVudGVyMg==@¶other: kept",
        "kind: Secret¶stringData:¶  config.ini: |¶    @[main]@¶    @color=blue@¶  tail: @x9@¶metadata:¶  name: kept",
        "kind: Secret¶data:¶  color: |-¶    @aHVudGVyMg@¶    @cGxhaW4@¶---¶kind: ConfigMap¶data:¶  color: kept",
        "items:¶- apiVersion: v1¶  data:¶    color: @aHVudGVyMg==@¶  kind: Secret¶- apiVersion: v1¶  data:¶    color: kept¶  kind: ConfigMap¶kind: List",
        "kind: SecretList¶items:¶- data:¶    color: @aHVudGVyMg==@¶  metadata:¶    name: kept¶",
        "kind: Secret¶data: {color: @aHVudGVyMg==@, size: cGxhaW4=}¶x: kept",
        "kind: Secret¶metadata:¶  finalizers:¶  - kept/x¶data:¶  color: @aHVudGVyMg==@",
    ];

    static SECRET_JSON: &[&str] = &[
        r#"{"apiVersion":"v1","data":{"color":"@aHVudGVyMg==@","size":"@cGxhaW4=@"},"kind":"Secret","metadata":{"name":"kept"}}"#,
        r#"{"kind": "Secret", "metadata": {"labels": {"color": "kept"}}, "stringData": {"color": "@hunter two@"}}"#,
        r#"applied {"kind":"Secret","data":{"a":"@aHVudGVyMg==@"}} and {"kind":"ConfigMap","data":{"a":"kept"}} ok"#,
        r#"{"items":[{"kind":"Secret","data":{"a":"@aHVudGVyMg==@"}},{"kind":"ConfigMap","data":{"a":"kept"}}],"kind":"List"}"#,
        r#"{"kind":"SecretList","items":[{"data":{"a":"@aHVudGVyMg==@"}},{"metadata":{"a":"kept"}}]}"#,
        r#"{"requestObject":{"kind":"Secret","data":{"a":"@aHVudGVyMg==@"}},"verb":"create","data":"kept"}"#,
        r#"it said "no: {"kind":"Secret","data":{"a":"@aHVudGVyMg==@"}} to "kept""#,
        r#"{"requestObject.data.color":"@aHVudGVyMg==@","requestObject.kind":"Secret","requestObject.stringData.x":"@blue@","objectRef.data.y":"kept"}"#,
        r#"{"kind":"Secret","data.color":"@cGxhaW4=@","a.kind":"Secret","a.data.color":"@aHVudGVyMg==@","b.data.c":"kept"}"#,
        r#"{"kind":"Secret","data":{"a":"@aHVudGVyMg==@","kind":"@cGxhaW4=@","b":"@Y3V0"#,
    ];

    /// Texts that stay as they are.
    static KEPT: &[&str] = &[
        "apiVersion: v1¶kind: ConfigMap¶data:¶  color: blue-green¶  size: cGxhaW4=",
        "kind: SecretProviderClass¶data:¶  color: blue",
        "kind: SealedSecret¶data:¶  color: blue",
        "kind: ExternalSecret¶spec:¶  data:¶  - remoteRef: blue",
        "kind: Secrets¶data:¶  color: blue",
        "the kind: Secret of data: color",
        "kind: Secret¶metadata:¶  name: blue¶type: Opaque",
        "kind: Secret¶data:¶  color: op://vault/item/field¶  other: ${COLOR}¶  third: \"***\"",
        "spec:¶  volumes:¶  - name: x¶    secret:¶      name: y¶kind: Deployment¶data:¶  color: blue",
        r#"{"kind":"ConfigMap","data":{"color":"aHVudGVyMg=="}}"#,
        r#"{"involvedObject":{"kind":"Secret","name":"db"},"data":{"color":"blue"}}"#,
        r#"{"requestObject.kind":"ConfigMap","requestObject.data.color":"aHVudGVyMg==","responseObject.kind":"Secret"}"#,
        r#"{"kind":"Event","data":{"color":"blue"},"related":{"kind":"Secret"}}"#,
        r#"{"kind":"Pod","spec":{"data":{"color":"blue"}},"note":"kind: Secret"}"#,
    ];

    /// The text as it is logged: by itself, in a JSON string, in a JSON string in a JSON string, with its quotes and line breaks
    /// in `\u` escapes and in percent escapes.
    fn logged(text: &str) -> [String; 5] {
        let once = serde_json::json!({ "_msg": text, "after": "data: kept" }).to_string();
        let twice = serde_json::json!({ "log": once, "n": "1" }).to_string();
        let code = once.replace("\\\"", "\\u0022").replace("\\n", "\\u000a");
        let escape = |c: char| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => c.to_string(),
            c => format!("%{:02X}", u32::from(c)),
        };
        let percent: String = text.chars().map(escape).collect();
        let percent =
            serde_json::json!({ "_msg": format!("x=kept&body={percent}"), "after": "data: kept" }).to_string();
        [text.to_owned(), once, twice, code, percent]
    }

    fn lines_masked(text: &str) -> String {
        let (mut spans, mut out) = (Vec::new(), text.to_owned());
        find::dirty(text.as_bytes(), People::default(), &mut spans);
        spans.iter().rev().for_each(|s| out.replace_range(s.start..s.end, &format!("[{}#1]", s.kind)));
        out
    }

    #[test]
    fn values_of_secrets_go_and_everything_else_stays() {
        for marked in SECRET.iter().chain(SECRET_JSON) {
            let marked = marked.replace('¶', "\n");
            let plain = marked.replace('@', "");
            let values: Vec<&str> = marked.split('@').skip(1).step_by(2).filter(|v| v.len() > 3).collect();
            let bare: usize = marked.matches("kept").count();
            // The end of a manifest that was cut is not seen behind escapes: more is masked then.
            let cut = plain.starts_with('{') && !plain.ends_with('}');
            for text in logged(&plain).into_iter().take(if cut { 3 } else { 5 }) {
                let safe = Redactor::new().text(&text);
                for value in &values {
                    assert!(!safe.as_str().contains(value), "{value} of {text} in {safe}");
                }
                let kept = safe.as_str().matches("kept").count();
                assert_eq!(kept, text.matches("kept").count(), "{text} -> {safe}");
                assert!(kept >= bare);
                assert_eq!(Redactor::new().text(safe.as_str()), safe, "not idempotent: {text}");
                if text.contains('\n') {
                    continue;
                }
                // The same of a row of a dump, which stays a row.
                let row = lines_masked(&text);
                assert!(values.iter().all(|value| !row.contains(value)), "{text} -> {row}");
                let is_row = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
                assert_eq!(is_row(&row), is_row(&text), "{row}");
            }
        }
        for text in KEPT {
            for text in logged(&text.replace('¶', "\n")) {
                assert_eq!(Redactor::new().text(&text).as_str(), text);
            }
        }
    }

    #[test]
    fn a_field_without_its_row_is_judged_by_its_name() {
        let field = |name: &str, value: &str| Redactor::new().field(name, value).as_str().to_owned();
        for (name, value) in [
            ("requestObject.data.color", "aHVudGVyMg=="),
            ("log.responseObject.data.tls.crt", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="),
            ("requestObject.stringData.color", "plain words"),
            ("stringData.color", "blue"),
            ("requestObject.stringData.max_tokens", "aHVudGVyMg=="),
        ] {
            assert_eq!(field(name, value), "[secret#1]", "{name}");
        }
        // A telling name says as much as everywhere.
        assert_eq!(field("requestObject.data.password", "hunter2"), "[password#1]");
        for (name, value) in [
            ("requestObject.data.color", "blue-green"),
            ("requestObject.data.mode", "readwrit"),
            ("requestObject.data", "aHVudGVyMg=="),
            ("event.data.color", "aHVudGVyMg=="),
            ("requestObject.metadata.color", "aHVudGVyMg=="),
            ("requestObject.data.color", "op://vault/item/field"),
        ] {
            assert_eq!(field(name, value), value, "{name}");
        }
    }

    #[test]
    fn a_manifest_within_a_string_is_not_read_as_the_one_around_it() {
        let yaml = "apiVersion: v1\nkind: Secret\nstringData:\n ata:\n  size: \"cGxhaW4=\"\n  text: |\n    more";
        let nested = serde_json::json!({ "error": yaml, "n": 1 }).to_string();
        let row = lines_masked(&serde_json::json!({ "_msg": yaml, "nested": nested }).to_string());
        let row: serde_json::Value = serde_json::from_str(&row).expect("a row");
        let inner: serde_json::Value = serde_json::from_str(row["nested"].as_str().expect("text")).expect("a row");
        assert!(inner["n"] == 1 && !inner.to_string().contains("more"), "{inner}");
        assert_eq!(inner["error"], row["_msg"]);
        // Nor is it where the row is decoded because of an escape.
        for text in [
            "\"kind: Secret\\ndata:\\n  size: cGxhaW4=\\u0000\\ntype: Opaque\"",
            "kind: Secret\ndata:\n  a: \u{0}b\nc",
            "\u{3}{\"kind\":\"Secret\",\"data\":{\"a\":\"b\\",
            "kind: Secret\ndata:\n  a\\\": \\\"x\\\", \\\"e\\\": 3}\",\"s\":\"f\"}=\"\n  text: ",
        ] {
            let nested = serde_json::json!({ "error": text }).to_string();
            let row = lines_masked(&serde_json::json!({ "_msg": text, "nested": nested, "n": 1 }).to_string());
            let row: serde_json::Value = serde_json::from_str(&row).unwrap_or_else(|e| panic!("{row}: {e}"));
            assert_eq!(row["n"], 1);
            assert!(serde_json::from_str::<serde_json::Value>(row["nested"].as_str().expect("text")).is_ok(), "{row}");
        }
    }

    #[test]
    fn rows_say_nothing_about_each_other() {
        let rows =
            "{\"_msg\":\"kind: Secret\"}\n{\"_msg\":\"data:\\n  color: blue\"}\n{\"data\":{\"color\":\"blue\"}}\n";
        assert_eq!(lines_masked(rows), rows);
    }

    #[test]
    fn a_text_is_read_once_whatever_it_repeats() {
        let size = 1 << 18;
        for part in
            ["\nkind: Secret", "{\"kind\":\"Secret\",\"data\":", "\\nkind: Secret\\ndata:\\n a: b", "kind: Secret\n - "]
        {
            Redactor::new().text(&part.repeat(size / part.len()));
        }
        let stairs: String = (0..700).rev().map(|n| format!("{}kind: Secret\n", " ".repeat(n))).collect();
        Redactor::new().text(&stairs);
    }
}
