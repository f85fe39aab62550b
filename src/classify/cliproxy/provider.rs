//! Refresh lines of the providers' executors and token clients, Kiro's excepted.

use super::envelope::Envelope;
use super::template::{Template, cut, status_in};
use super::{Step, What};

pub const TEMPLATES: &[Template] = &[
    Template {
        prefix: "Token refresh attempt ",
        means: "one of the tries of a codex or claude refresh failed",
        rows: &[1, 6],
        read: |envelope, rest| {
            let (number, text) = rest.split_once(" failed")?;
            let number = number.parse().ok()?;
            let text = text.trim_start_matches(" with non-retryable error").trim_start_matches(": ");
            Some(failed(by_source(envelope), None, Step::Try(number), text))
        },
    },
    Template {
        prefix: "iflow: token refreshed successfully for ",
        means: "a real success",
        rows: &[6],
        read: |_, rest| Some(What::Renewed { provider: "iflow".into(), file: Some(cut(rest)), expires: None }),
    },
    Template {
        prefix: "kimi: refresh token rejected",
        means: "the provider refused the refresh token",
        rows: &[6],
        read: |_, rest| Some(failed("kimi", None, Step::Executor, rest)),
    },
    Template {
        prefix: "xai token request failed with status ",
        means: "the token endpoint refused",
        rows: &[6],
        read: |_, rest| {
            let status = rest.split(':').next().and_then(|s| s.trim().parse().ok());
            Some(What::Failed { provider: "xai".into(), file: None, step: Step::Executor, status, text: cut(rest) })
        },
    },
    Template {
        prefix: "github-copilot token validation failed: ",
        means: "the login was revoked or has no seat",
        rows: &[1],
        read: |_, rest| Some(failed("github-copilot", None, Step::PreRequest, rest)),
    },
    Template {
        prefix: "oauth2: ",
        means: "a gemini-cli token could not be renewed",
        rows: &[1, 4],
        read: |_, rest| Some(failed("gemini", None, Step::PreRequest, rest)),
    },
    Template {
        prefix: "cursor: no refresh token available",
        means: "the file has no refresh token",
        rows: &[4, 6],
        read: |_, _| Some(failed("cursor", None, Step::Executor, "no refresh token available")),
    },
    Template {
        prefix: "cline: token refresh failed",
        means: "the provider refused the refresh",
        rows: &[4, 6],
        read: |_, rest| Some(failed("cline", None, Step::Executor, rest)),
    },
    Template {
        prefix: "vertex executor: access token error: ",
        means: "bad service account key, or a clock that is off",
        rows: &[1],
        read: |_, rest| Some(failed("vertex", None, Step::PreRequest, rest)),
    },
    Template {
        prefix: "iflow executor: cookie-based API key refreshed successfully",
        means: "a real success",
        rows: &[6],
        read: |_, _| Some(What::Renewed { provider: "iflow".into(), file: None, expires: None }),
    },
    Template {
        prefix: "iflow executor: no refresh needed",
        means: "healthy",
        rows: &[6],
        read: |_, _| Some(What::Skipped { provider: "iflow".into(), reason: "no refresh needed" }),
    },
];

/// `<provider> executor: ...`, the shape that many executors share.
pub fn executor(text: &str) -> Option<What> {
    let (provider, rest) = text.split_once(" executor: ")?;
    if provider.is_empty() || provider.len() > 24 || !provider.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    if rest.starts_with("refresh called") {
        let file = rest.strip_prefix("refresh called for auth ").map(cut);
        return Some(What::Called { provider: provider.into(), file });
    }
    for failure in ["token refresh failed: ", "cookie-based API key refresh failed: ", "failed to check refresh need: "]
    {
        if let Some(text) = rest.strip_prefix(failure) {
            return Some(failed(provider, None, Step::Executor, text));
        }
    }
    if rest.starts_with("no refresh token available") {
        return Some(failed(provider, None, Step::Executor, "no refresh token available"));
    }
    rest.starts_with("token refreshed successfully").then(|| What::Renewed {
        provider: provider.into(),
        file: None,
        expires: None,
    })
}

fn failed(provider: &str, file: Option<&str>, step: Step, text: &str) -> What {
    What::Failed { provider: provider.into(), file: file.map(Into::into), step, status: status(text), text: cut(text) }
}

/// The HTTP status inside an error text, in the spellings of these clients.
fn status(text: &str) -> Option<u16> {
    status_in(text).or_else(|| {
        let (_, rest) = text.split_once("iflow token: ")?;
        rest.split(' ').next()?.parse().ok().filter(|s| (100..600).contains(s))
    })
}

/// The provider, from the emitter's source file.
fn by_source<'e>(envelope: &Envelope<'e>) -> &'e str {
    let name = envelope.source;
    match name.strip_suffix("_auth.go").or_else(|| name.strip_suffix("_executor.go")).unwrap_or("") {
        // The token clients' files are named after the vendor, the credentials after the product.
        "openai" => "codex",
        "anthropic" => "claude",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::what;
    use super::*;

    #[test]
    fn old_and_new_layout_say_the_same() {
        let old = what(
            "[2026-02-21 07:00:07] [error] [iflow_executor.go:355] iflow executor: token refresh failed: iflow token: provider rejected token request (code=500 message=server busy)",
        );
        let Some(What::Failed { provider, step: Step::Executor, status: None, .. }) = old else { panic!("{old:?}") };
        assert_eq!(&*provider, "iflow");
    }

    #[test]
    fn a_try_knows_provider_and_status() {
        let tried = what(
            "[2026-02-20 14:04:53] [--------] [warn ] [codex_auth.go:288] Token refresh attempt 1 failed: token refresh failed with status 502: <html>",
        );
        let Some(What::Failed { provider, step: Step::Try(1), status: Some(502), .. }) = tried else {
            panic!("{tried:?}")
        };
        assert_eq!(&*provider, "codex");
    }

    #[test]
    fn the_status_inside_an_iflow_error_is_read() {
        let refused = what(
            r#"[2026-02-21 07:00:07] [error] [iflow_executor.go:355] iflow executor: token refresh failed: iflow token: 400 {"error":"invalid_grant"}"#,
        );
        assert!(matches!(refused, Some(What::Failed { status: Some(400), .. })), "{refused:?}");
    }

    #[test]
    fn healthy_lines_are_no_failures() {
        assert!(matches!(
            what(
                "[2026-02-21 07:07:00] [debug] [iflow_executor.go:310] iflow executor: no refresh needed for user: a@b"
            ),
            Some(What::Skipped { .. })
        ));
        assert!(matches!(
            what("[2026-02-21 07:12:00] [info] [iflow.go:248] iflow: token refreshed successfully for iflow-a.json"),
            Some(What::Renewed { .. })
        ));
        assert_eq!(
            what(
                "[2026-02-21 07:12:00] [--------] [debug] [models.go:77] github-copilot: no access_token in auth metadata, using static models"
            ),
            None
        );
    }
}
