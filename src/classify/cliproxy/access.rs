//! Access lines: who asked for what and how it was answered.

/// One answered request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Access {
    pub status: u16,
    /// Microseconds, as coarse as the line tells them; 0 for anything below a millisecond.
    pub latency: u64,
    pub client: Box<str>,
    pub method: Box<str>,
    /// Without its query.
    pub path: Box<str>,
    /// The provider of `provider:label`, of builds that print it.
    pub provider: Option<Box<str>>,
    /// `provider:label`: the credential that served.
    pub credential: Option<Box<str>>,
    /// The host of `upstream=URL`.
    pub upstream: Option<Box<str>>,
    /// The beginning of a refusal's `response="..."`.
    pub answer: Option<Box<str>>,
    /// The error that gin appended, when there is one.
    pub error: Option<Box<str>>,
}

/// What a management path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Management<'a> {
    /// A manual refresh of this provider.
    Refresh(&'a str),
    Other,
}

impl Access {
    /// The management meaning of the path, if it is one.
    pub fn management(&self) -> Option<Management<'_>> {
        let rest = self.path.strip_prefix("/v0/management/")?;
        let refresh = rest.strip_prefix("auths/").and_then(|r| r.strip_suffix("/refresh"));
        Some(match refresh {
            Some(provider) if self.is_post() && !provider.contains('/') => Management::Refresh(provider),
            _ if rest == "auth-files/refresh" && self.is_post() => Management::Refresh(""),
            _ => Management::Other,
        })
    }

    /// A path that is served with a credential: only these requests carry an id.
    pub fn is_ai(&self) -> bool {
        ["/v1/", "/v1beta/", "/openai/v1", "/backend-api/codex", "/api/provider/"]
            .iter()
            .any(|p| self.path.starts_with(p))
    }

    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn is_post(&self) -> bool {
        &*self.method == "POST"
    }
}

/// `200 |  23.5s | 203.0.113.7 | POST    "/v1/messages?beta=true" | tail`.
pub fn read(text: &str) -> Option<Access> {
    let mut parts = text.splitn(4, '|').map(str::trim);
    let (status, latency, client, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if status.len() != 3 {
        return None;
    }
    let status: u16 = status.parse().ok()?;
    let (method, rest) = rest.split_once(' ')?;
    let (target, tail) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    let path = target.split('?').next().unwrap_or(target);
    let Tail { credential, upstream, error } = tail_parts(tail);
    let provider = credential.as_deref().and_then(|c| c.split(':').next()).map(Into::into);
    Some(Access {
        status,
        latency: micros(latency)?,
        client: client.into(),
        method: method.into(),
        path: path.into(),
        provider,
        credential,
        upstream,
        answer: if status < 400 { None } else { answer(tail) },
        error,
    })
}

/// The answer's preview. Who wrote the answer is for the reader to judge; a request's preview cannot pass for one, as
/// its quotes are escaped.
fn answer(tail: &str) -> Option<Box<str>> {
    const LONGEST: usize = 400;
    let at = tail.rfind("| response=\"")? + "| response=\"".len();
    let text = tail[at..].split("\" | downstream_api_key=").next()?;
    let text = text.strip_suffix('"').unwrap_or(text);
    (text.len() <= LONGEST).then(|| text.replace("\\\"", "\"").into())
}

/// What an access line's tail says of itself.
#[derive(Debug, Default)]
struct Tail {
    credential: Option<Box<str>>,
    upstream: Option<Box<str>>,
    error: Option<Box<str>>,
}

/// The credential's label, the upstream and the error of an access line's tail. Request and response previews are
/// somebody else's text and are not looked into for them.
fn tail_parts(tail: &str) -> Tail {
    let Tail { mut credential, mut upstream, mut error } = Tail::default();
    for part in tail.split(" | ").map(|p| p.trim_matches([' ', '|'])) {
        if part.starts_with("request=") || part.starts_with("response=") || part.contains("request=\"") {
            break;
        }
        if part.starts_with("auth_") || part.starts_with("no auth available") {
            error = Some(part.into());
        } else if let Some((_, rest)) = part.strip_prefix("upstream=").and_then(|url| url.split_once("://")) {
            let host = rest.split(['/', '?', '#', ' ', ':']).next().unwrap_or_default();
            upstream = (!host.is_empty() && !host.contains('@')).then(|| host.to_ascii_lowercase().into());
        } else if let Some((name, _)) = part.split_once(':')
            && credential.is_none()
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        {
            credential = Some(part.into());
        }
    }
    Tail { credential, upstream, error }
}

/// A Go duration as access lines print it: `0s`, `853ms`, `1.204s`, `2m3s`, `1h2m3s`, `412.3µs`.
pub fn micros(text: &str) -> Option<u64> {
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |n| digits + n);
        let per_unit = match &rest[digits..unit_end] {
            "h" => 3_600_000_000,
            "m" => 60_000_000,
            "s" => 1_000_000,
            "ms" => 1000,
            "µs" | "μs" | "us" => 1,
            "ns" => 0,
            _ => return None,
        };
        total = total.checked_add(scaled(&rest[..digits], per_unit)?)?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then_some(total)
}

/// A decimal number times an integer, cut to whole units.
fn scaled(number: &str, per_unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let mut total = whole.parse::<u64>().ok()?.checked_mul(per_unit)?;
    let mut place = per_unit;
    for digit in fraction.bytes() {
        place /= 10;
        total = total.checked_add(u64::from(digit.checked_sub(b'0')?) * place)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_line_of_each_era() {
        let now = read(r#"401 |         718ms |    10.21.85.128 | POST    "/v1/messages?beta=true""#)
            .expect("an access line");
        assert_eq!((now.status, now.latency, &*now.client, &*now.path), (401, 718_000, "10.21.85.128", "/v1/messages"));
        let old = r#"[GIN] 2026/01/02 - 15:04:05 | 200 | 23.559s | 203.0.113.7 | POST    "/v1/chat/completions""#;
        let old = read(super::super::envelope::peel(old).text).expect("old");
        assert_eq!((old.status, old.latency), (200, 23_559_000));
    }

    #[test]
    fn the_tail_gives_provider_and_error_but_never_a_preview() {
        let a = read(r#"502 | 3.1s | 10.0.0.1 | POST "/v1/x" | gpt-5 | codex:main | downstream_api_key=sk-1"#)
            .expect("access");
        assert_eq!(a.provider.as_deref(), Some("codex"));
        let b = read(r#"400 | 3s | 10.0.0.1 | POST "/v1/x" | model=g request="{\"input\":\"auth_unavailable: x\"}""#)
            .expect("access");
        assert_eq!((b.provider, b.error), (None, None));
        let c = read(r#"503 | 0s | 10.0.0.1 | POST "/v1/x" | auth_unavailable: no auth available"#).expect("access");
        assert_eq!(c.error.as_deref(), Some("auth_unavailable: no auth available"));
    }

    #[test]
    fn the_tail_names_credential_upstream_and_answer() {
        let a = read(r#"401 | 1.2s | 10.0.0.1 | POST "/v1/messages" | claude-sonnet | claude:work | upstream=https://API.anthropic.com/v1/messages"#)
            .expect("access");
        assert_eq!(
            (a.provider.as_deref(), a.credential.as_deref(), a.upstream.as_deref()),
            (Some("claude"), Some("claude:work"), Some("api.anthropic.com"))
        );
        for (tail, want) in [
            (r#"response="{"error":"Invalid API key"}""#, Some(r#"{"error":"Invalid API key"}"#)),
            (r#"response="{\"error\":\"x\"}" | downstream_api_key=k"#, Some(r#"{"error":"x"}"#)),
            (r#"request="{\"a\":\" | response=\\\"x\\\"\"}""#, None),
            ("m | claude:work", None),
        ] {
            let line = format!(r#"401 | 1.2s | 10.0.0.1 | POST "/v1/messages" | {tail}"#);
            assert_eq!(read(&line).expect("access").answer.as_deref(), want, "{tail}");
        }
    }

    #[test]
    fn a_refresh_is_recognised_by_its_whole_path() {
        let refresh = |line: &str| read(line).and_then(|a| a.management().map(|m| m != Management::Other));
        assert_eq!(refresh(r#"401 | 0s | 1.1.1.1 | POST "/v0/management/auths/codex/refresh""#), Some(true));
        assert_eq!(refresh(r#"401 | 0s | 1.1.1.1 | GET "/v0/management/auths/codex/refresh""#), Some(false));
        assert_eq!(refresh(r#"404 | 0s | 1.1.1.1 | POST "/v0/manage/auths/codex/refresh""#), None);
    }

    #[test]
    fn fields_beside_the_message_serve_like_an_envelope() {
        use super::super::{What, read};
        use crate::finding::Locator;
        let fact = |json: serde_json::Value| {
            let text = json.to_string();
            let record = crate::record::parse(text.as_bytes()).expect("a record");
            read(&record, 0, Locator { input: 0, offset: 0, length: 1, line: 1 })
        };
        let access = fact(serde_json::json!({"request_id": "0a1b2c3d", "caller": "gin_logger.go:93",
            "_msg": "401 |  718ms |  10.0.0.1 | POST    \"/v1/messages\""}))
        .expect("an access line");
        assert_eq!(access.request, Some(0x0a1b_2c3d));
        assert!(matches!(access.what, What::Access(a) if a.status == 401));
        let denied = fact(serde_json::json!({"caller": "internal/runtime/codex_executor.go:214",
            "_msg": "request error, error status: 401, error message: {}"}))
        .expect("a denial");
        assert!(matches!(denied.what, What::Denied { provider, .. } if &*provider == "codex"));
        assert_eq!(fact(serde_json::json!({"_msg": "401 | see the ticket | about | it"})), None);
    }

    #[test]
    fn durations_keep_their_coarseness() {
        for (text, want) in
            [("0s", 0), ("401ms", 401_000), ("2m3s", 123_000_000), ("412.3µs", 412), ("1.204s", 1_204_000)]
        {
            assert_eq!(micros(text), Some(want), "{text}");
        }
        assert_eq!(micros("fast"), None);
    }
}
