//! Saved management answers: lists of auth files, answers to a manual refresh, usage exports; with or without the
//! response headers that `curl -i` puts in front.

use super::expiry::{self, Instant, Parsed};
use super::facts::Directory;
use super::json::{self, Object, Value};
use crate::redact::Safe;

/// What an answer is.
pub enum Answer {
    /// `GET …/auth-files`.
    Files(Vec<Listed>),
    /// Any answer to a refresh, of whatever build.
    Refresh(RefreshAnswer),
    /// A usage export or queue: one entry per credential, by its index.
    Usage(Vec<Usage>),
    /// The server refused the call.
    Refused(Refusal),
    /// The router's bare 404: no such route, or no management key.
    NoRoute,
    /// A 404 from behind the key check: management is on, what was asked for is unknown there.
    NotFound,
    /// A page for a browser, which the API never sends.
    WebPage,
    Other,
}

/// Why the server refused a management call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    MissingKey,
    InvalidKey,
    KeyNotSet,
    RemoteDisabled,
    Banned,
}

/// One file of a list. Status words are those the server knows; others become `None`.
pub struct Listed {
    pub name: String,
    pub provider: Option<String>,
    pub status: Option<&'static str>,
    pub disabled: bool,
    pub unavailable: bool,
    pub last_refresh: Option<Instant>,
    pub modified: Option<Instant>,
    pub next_retry_after: Option<Instant>,
}

/// An answer to a refresh.
#[derive(Default)]
pub struct RefreshAnswer {
    pub success: Option<bool>,
    /// How many credentials the server says it refreshed. Zero with success true proves nothing.
    pub refreshed: Option<u64>,
    pub has_error: bool,
    pub warnings: usize,
    pub results: Vec<RefreshResult>,
}

/// What an answer says about one file.
pub struct RefreshResult {
    pub file: Option<String>,
    pub provider: Option<String>,
    pub expires_at: Option<Instant>,
    pub has_error: bool,
}

/// Requests made with one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    pub auth_index: String,
    pub requests: u64,
    pub failed: u64,
    /// The time of the first failure after a success, when every later request failed too.
    pub failing_since: Option<Instant>,
    /// SHA-256 of the access token of the last request, in hexadecimal, as newer builds write it down.
    pub token_sha256: Option<String>,
}

/// A saved answer.
pub struct SavedFact {
    pub path: Safe,
    /// From the headers, when they were saved.
    pub status: Option<u16>,
    /// The headers that every answer behind the key check carries; `None` without headers.
    pub has_version_headers: Option<bool>,
    pub answer: Answer,
}

/// Longer answers are not read.
pub const SAVED_BYTES_MAX: usize = 64 << 20;

/// Reads a saved answer. Nothing is refused: what is not understood is [`Answer::Other`].
pub fn read(path: &str, bytes: &[u8]) -> SavedFact {
    let (head, body) = split_headers(bytes);
    let answer = answer(body);
    let status = head.as_ref().map(|h| h.0);
    let behind_the_key = head.is_some_and(|h| h.1);
    let answer = match answer {
        Answer::Other | Answer::Refresh(_) | Answer::NoRoute if status == Some(404) && behind_the_key => {
            Answer::NotFound
        }
        Answer::Other if status == Some(404) && json::parse(body).is_err() => Answer::NoRoute,
        Answer::Other if body.trim_ascii_start().starts_with(b"<") => Answer::WebPage,
        other => other,
    };
    SavedFact { path: Safe::own(path), status, has_version_headers: head.map(|h| h.1), answer }
}

/// The status and whether version headers are there, of the last header block.
fn split_headers(bytes: &[u8]) -> (Option<(u16, bool)>, &[u8]) {
    let mut head = None;
    let mut rest = bytes;
    while rest.starts_with(b"HTTP/") {
        let (end, gap) = match (memchr::memmem::find(rest, b"\r\n\r\n"), memchr::memmem::find(rest, b"\n\n")) {
            (Some(crlf), lf) if lf.is_none_or(|lf| crlf < lf) => (crlf, 4),
            (_, Some(lf)) => (lf, 2),
            _ => (rest.len(), 0),
        };
        let block = String::from_utf8_lossy(&rest[..end]).to_lowercase();
        let status = block.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        head = Some((status, block.lines().any(|line| line.starts_with("x-cpa-"))));
        rest = &rest[end + gap..];
    }
    (head, rest)
}

fn answer(body: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]).trim().to_lowercase();
    if text.starts_with("404 page not found") {
        return Answer::NoRoute;
    }
    let Ok(parsed) = json::parse(body) else { return lines(body) };
    match parsed.value {
        Value::Object(object) if record(&object).is_some() => {
            usage_of(std::iter::once(&Value::Object(object))).map_or(Answer::Other, Answer::Usage)
        }
        Value::Object(object) => of_object(&object),
        Value::Array(items) => usage_of(items.iter()).map_or(Answer::Other, Answer::Usage),
        _ => Answer::Other,
    }
}

/// A usage queue, one record per line.
fn lines(body: &[u8]) -> Answer {
    let values: Vec<Value> =
        body.split(|b| *b == b'\n').filter_map(|line| json::parse(line).ok()).map(|p| p.value).collect();
    usage_of(values.iter()).map_or(Answer::Other, Answer::Usage)
}

fn of_object(object: &Object) -> Answer {
    if let Some(refusal) = refusal(object) {
        return Answer::Refused(refusal);
    }
    if let Some(Value::Array(files)) = object.get("files") {
        let listed: Vec<Listed> = files.iter().filter_map(as_object).filter_map(listed).collect();
        let is_list =
            files.iter().filter_map(as_object).all(|f| f.has("name") || f.has("id")) && !object.has("success");
        if is_list {
            return Answer::Files(listed);
        }
    }
    if let Some(usage) = object.object("usage").and_then(|usage| usage_of(std::iter::once(&*leak_free(usage)))) {
        return Answer::Usage(usage);
    }
    let speaks = [
        "success",
        "status",
        "message",
        "error",
        "provider",
        "refreshed",
        "refreshedCount",
        "failed",
        "expires_at",
        "expiresAt",
        "expired",
        "results",
    ];
    if speaks.iter().any(|name| object.has(name)) { Answer::Refresh(refresh(object)) } else { Answer::Other }
}

/// A view of an object's details as values; the object itself stays where it is.
fn leak_free(object: &Object) -> Box<Value> {
    let mut details = Vec::new();
    gather(object, &mut details, 0);
    Box::new(Value::Array(details))
}

/// Copies the fields of every usage record below an object.
fn gather(object: &Object, out: &mut Vec<Value>, depth: usize) {
    if depth > 12 {
        return;
    }
    if object.has("auth_index") && object.has("failed") {
        let mut record = Object::default();
        for name in ["auth_index", "timestamp", "access_token_sha256"] {
            if let Some(text) = object.text(name) {
                record.push(name.to_owned(), Value::text(crate::redact::Secret::new(text)));
            }
        }
        record.push("failed".to_owned(), Value::Bool(matches!(object.get("failed"), Some(Value::Bool(true)))));
        out.push(Value::Object(record));
        return;
    }
    for (_, value) in object.members() {
        match value {
            Value::Object(inner) => gather(inner, out, depth + 1),
            Value::Array(items) => items.iter().filter_map(as_object).for_each(|inner| gather(inner, out, depth + 1)),
            _ => {}
        }
    }
}

fn as_object(value: &Value) -> Option<&Object> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn refusal(object: &Object) -> Option<Refusal> {
    let text = object.filled("error").or_else(|| object.filled("message"))?.to_lowercase();
    Some(match text.as_str() {
        "missing management key" => Refusal::MissingKey,
        "invalid management key" => Refusal::InvalidKey,
        "remote management key not set" => Refusal::KeyNotSet,
        "remote management disabled" => Refusal::RemoteDisabled,
        t if t.starts_with("ip banned") => Refusal::Banned,
        _ => return None,
    })
}

fn time(object: &Object, names: &[&str]) -> Option<Instant> {
    names.iter().find_map(|name| match expiry::value(object.get(name)?) {
        Parsed::At(at, _) => Some(at),
        _ => None,
    })
}

/// A file name of an answer: the last part of a path, when it looks like a file of the directory.
fn file_name(object: &Object) -> Option<String> {
    let text = ["name", "file", "filename", "id", "auth_id"].iter().find_map(|name| object.filled(name))?;
    let last = text.rsplit(['/', '\\']).next().unwrap_or(text);
    last.to_lowercase().ends_with(".json").then(|| last.to_owned())
}

fn word(object: &Object, name: &str) -> Option<String> {
    object
        .filled(name)
        .filter(|w| w.len() <= 24 && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        .map(str::to_owned)
}

const STATUS: [&str; 6] = ["unknown", "active", "pending", "refreshing", "error", "disabled"];

fn listed(object: &Object) -> Option<Listed> {
    let flag = |name: &str| matches!(object.get(name), Some(Value::Bool(true)));
    Some(Listed {
        name: file_name(object)?,
        provider: word(object, "provider").or_else(|| word(object, "type")),
        status: STATUS.into_iter().find(|s| object.filled("status") == Some(s)),
        disabled: flag("disabled"),
        unavailable: flag("unavailable"),
        last_refresh: time(object, &["last_refresh"]),
        modified: time(object, &["modtime", "updated_at"]),
        next_retry_after: time(object, &["next_retry_after"]),
    })
}

fn refresh(object: &Object) -> RefreshAnswer {
    let count = ["refreshedCount", "refreshed", "refreshed_count"].iter().find_map(|name| object.number(name));
    let warnings = match object.get("warnings") {
        Some(Value::Array(items)) => items.len(),
        _ => 0,
    };
    let mut answer = RefreshAnswer {
        success: match object.get("success") {
            Some(Value::Bool(b)) => Some(*b),
            _ => None,
        },
        refreshed: count.filter(|n| *n >= 0.0).map(|n| n as u64),
        has_error: object.filled("error").is_some(),
        warnings,
        results: Vec::new(),
    };
    results(object, &mut answer.results, 0);
    if let Some(Value::Array(items)) = object.get("warnings") {
        answer.results.extend(items.iter().filter_map(warned));
    }
    answer
}

/// The file that a warning begins with: `<file>: refresh failed - …`.
fn warned(value: &Value) -> Option<RefreshResult> {
    let Value::Text(text) = value else { return None };
    let (name, _) = text.expose().split_once(": ")?;
    let plain = name.to_lowercase().ends_with(".json") && !name.contains(['/', '\\']);
    plain.then(|| RefreshResult { file: Some(name.to_owned()), provider: None, expires_at: None, has_error: true })
}

/// Every object of the answer that names a file, a provider with an expiry, or an error beside either.
fn results(object: &Object, out: &mut Vec<RefreshResult>, depth: usize) {
    if depth > 6 {
        return;
    }
    let expires_at = time(object, &["expires_at", "expiresAt", "expired", "expiry", "new_expiry"]);
    let file = file_name(object);
    if file.is_some() || (expires_at.is_some() && object.has("provider")) {
        out.push(RefreshResult {
            file,
            provider: word(object, "provider"),
            expires_at,
            has_error: object.filled("error").is_some(),
        });
    }
    for (_, value) in object.members() {
        match value {
            Value::Object(inner) => results(inner, out, depth + 1),
            Value::Array(items) => items.iter().filter_map(as_object).for_each(|inner| results(inner, out, depth + 1)),
            _ => {}
        }
    }
}

fn usage_of<'a>(values: impl Iterator<Item = &'a Value>) -> Option<Vec<Usage>> {
    let mut rows: Vec<(String, Option<Instant>, bool, Option<String>)> = Vec::new();
    for value in values {
        match value {
            Value::Array(items) => rows.extend(items.iter().filter_map(as_object).filter_map(record)),
            Value::Object(object) => rows.extend(record(object)),
            _ => {}
        }
    }
    if rows.is_empty() {
        return None;
    }
    rows.sort();
    let mut out: Vec<Usage> = Vec::new();
    for (auth_index, at, failed, token_sha256) in rows {
        if out.last().is_none_or(|u| u.auth_index != auth_index) {
            out.push(Usage { auth_index, requests: 0, failed: 0, failing_since: None, token_sha256: None });
        }
        let usage = out.last_mut().expect("just pushed");
        usage.token_sha256 = token_sha256.or(usage.token_sha256.take());
        let succeeded_before = usage.requests > usage.failed;
        usage.requests += 1;
        usage.failed += u64::from(failed);
        usage.failing_since = match (failed, usage.failing_since) {
            (false, _) => None,
            (true, None) if succeeded_before => at,
            (true, since) => since,
        };
    }
    Some(out)
}

fn record(object: &Object) -> Option<(String, Option<Instant>, bool, Option<String>)> {
    let index = object.filled("auth_index").filter(|i| i.len() <= 32 && i.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let failed = match object.get("failed")? {
        Value::Bool(b) => *b,
        _ => return None,
    };
    let digest = object.filled("access_token_sha256").map(str::to_ascii_lowercase);
    let digest = digest.filter(|d| d.len() == 64 && d.bytes().all(|b| b.is_ascii_hexdigit()));
    Some((index.to_owned(), time(object, &["timestamp"]), failed, digest))
}

/// What a saved answer and a file say about the same credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The answer's path.
    pub saved: Safe,
    /// The file's path.
    pub file: Safe,
    pub claimed: Option<Instant>,
    pub stored: Option<Instant>,
    pub message: &'static str,
}

/// Claims that the files do not bear out, in the order of the answer.
pub fn contradictions(saved: &SavedFact, directory: &Directory, as_of: Instant) -> Vec<Contradiction> {
    let mut out = Vec::new();
    let mut add = |file: &super::FileFact, claimed, message| {
        out.push(Contradiction {
            saved: saved.path.clone(),
            file: file.path.clone(),
            claimed,
            stored: file.expires_at,
            message,
        });
    };
    match &saved.answer {
        Answer::Refresh(answer) => {
            for result in &answer.results {
                let Some(file) = result.file.as_deref().and_then(|name| directory.by_name(name)) else { continue };
                if result.expires_at.is_some() && file.expires_at < result.expires_at {
                    add(file, result.expires_at, "the answer reports a later expiry than the file holds");
                } else if !result.has_error
                    && answer.success == Some(true)
                    && file.expires_at.is_some_and(|end| end <= as_of)
                {
                    add(file, result.expires_at, "the answer reports success and the file is still expired");
                }
            }
        }
        Answer::Files(files) => {
            for listed in files {
                let Some(file) = directory.by_name(&listed.name) else { continue };
                let expired = file.expires_at.is_some_and(|end| end <= as_of);
                if listed.status == Some("active") && expired && !listed.unavailable {
                    add(file, None, "the list says active and the file is expired");
                } else if listed.last_refresh.is_some() && file.last_refresh < listed.last_refresh {
                    add(file, None, "the list knows a later refresh than the file: it was not written back");
                }
            }
        }
        Answer::Usage(usages) => {
            for usage in usages.iter().filter(|u| u.failing_since.is_some()) {
                let Some(digest) = &usage.token_sha256 else { continue };
                for file in directory.files.iter().filter(|f| f.links.token_sha256.as_ref() == Some(digest)) {
                    add(file, None, "requests with this file's access token fail since an earlier success");
                }
            }
        }
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_with_and_without_headers() {
        let body = r#"{"files":[{"name":"a.json","provider":"kiro","status":"active","last_refresh":"2026-02-21T08:50:00Z"}]}"#;
        for text in
            [body.to_owned(), format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-CPA-VERSION: 6\r\n\r\n{body}")]
        {
            let fact = read("x", text.as_bytes());
            let Answer::Files(files) = &fact.answer else { panic!("a list") };
            assert_eq!((files[0].name.as_str(), files[0].status), ("a.json", Some("active")));
            assert_eq!(fact.has_version_headers, text.starts_with("HTTP").then_some(true));
        }
    }

    #[test]
    fn refusals_and_bare_404s() {
        assert!(matches!(
            read("x", b"{\"error\":\"invalid management key\"}").answer,
            Answer::Refused(Refusal::InvalidKey)
        ));
        assert!(matches!(read("x", b"404 page not found\n").answer, Answer::NoRoute));
        let handler =
            read("x", b"HTTP/1.1 404 Not Found\r\nX-CPA-VERSION: 6\r\n\r\n{\"error\":\"auth file not found\"}");
        assert!(matches!(handler.answer, Answer::NotFound));
        assert!(matches!(read("x", b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>").answer, Answer::WebPage));
        let fact = read("x", b"HTTP/2 404\r\n\r\n<html>");
        assert!(matches!(fact.answer, Answer::NoRoute) && fact.has_version_headers == Some(false));
    }

    #[test]
    fn refresh_answers() {
        let Answer::Refresh(zero) = read("x", br#"{"success":true,"message":"Refreshed 0","refreshedCount":0}"#).answer
        else {
            panic!("an answer")
        };
        assert_eq!((zero.success, zero.refreshed, zero.results.len()), (Some(true), Some(0), 0));
        let warned = br#"{"success":true,"refreshedCount":1,"warnings":["a.json: no refresh token"]}"#;
        let Answer::Refresh(some) = read("x", warned).answer else { panic!("an answer") };
        assert_eq!(
            some.results.iter().map(|r| (r.file.as_deref(), r.has_error)).collect::<Vec<_>>(),
            [(Some("a.json"), true)]
        );
        let Answer::Refresh(one) =
            read("x", br#"{"success":true,"results":[{"file":"a.json","expires_at":"2026-02-21T12:10:00Z"}]}"#).answer
        else {
            panic!("an answer")
        };
        assert_eq!(one.results[0].expires_at.map(|i| i.text()).as_deref(), Some("2026-02-21T12:10:00Z"));
    }

    #[test]
    fn usage_after_a_success() {
        let queue = br#"{"timestamp":"2026-02-21T10:00:00Z","auth_index":"ab","failed":false}
{"timestamp":"2026-02-21T10:02:00Z","auth_index":"ab","failed":true}
{"timestamp":"2026-02-21T10:01:00Z","auth_index":"ab","failed":true}"#;
        let Answer::Usage(usage) = read("x", queue).answer else { panic!("usage") };
        assert_eq!((usage[0].requests, usage[0].failed), (3, 2));
        assert_eq!(usage[0].failing_since.map(|i| i.text()).as_deref(), Some("2026-02-21T10:01:00Z"));
        let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let with_digest = format!(r#"{{"auth_index":"ab","failed":true,"access_token_sha256":"{digest}"}}"#);
        let Answer::Usage(usage) = read("x", with_digest.as_bytes()).answer else { panic!("usage") };
        assert_eq!(usage[0].token_sha256.as_deref(), Some(digest));
        let export = br#"{"usage":{"apis":{"k":{"models":{"m":{"details":[{"auth_index":"cd","timestamp":"2026-02-21T10:00:00Z","failed":true}]}}}}}}"#;
        assert!(matches!(read("x", export).answer, Answer::Usage(u) if u[0].failed == 1));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120), head in "(HTTP/1.1 [0-9]{3}\r\n\r\n){0,2}") {
            let _ = read("x", &[head.as_bytes(), &bytes].concat());
        }
    }
}
