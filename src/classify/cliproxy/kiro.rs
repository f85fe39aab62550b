//! Kiro's lines: refresh endpoints, skips that read like successes, denials, account selection.

use super::template::{Template, cut, file_name, status_in, word};
use super::{Branch, Step, What};
use crate::record::time;

pub const TEMPLATES: &[Template] = &[
    Template {
        prefix: "kiro executor: using SSO OIDC refresh for IDC",
        means: "the file holds client id, client secret and region",
        rows: &[7],
        read: |_, _| Some(What::Endpoint { branch: Branch::Idc }),
    },
    Template {
        prefix: "kiro executor: using SSO OIDC refresh for AWS Builder ID",
        means: "the Builder ID branch",
        rows: &[],
        read: |_, _| Some(What::Endpoint { branch: Branch::Builder }),
    },
    Template {
        prefix: "kiro executor: using Kiro OAuth refresh endpoint",
        means: "the social branch; for an idc file, a missing field",
        rows: &[7],
        read: |_, _| Some(What::Endpoint { branch: Branch::Social }),
    },
    Template {
        prefix: "IDC token refresh failed",
        means: "the OIDC endpoint refused the refresh",
        rows: &[7],
        read: |_, rest| Some(failed(Step::Idc, None, rest)),
    },
    Template {
        prefix: "token refresh failed (status ",
        means: "the Builder ID or social endpoint refused the refresh",
        rows: &[7],
        read: |envelope, rest| {
            let source = envelope.source;
            let kiro = source.is_empty() || ["kiro", "sso_oidc", "social"].iter().any(|part| source.contains(part));
            let status = rest.split(')').next()?.parse().ok()?;
            kiro.then(|| What::Failed {
                provider: "kiro".into(),
                file: None,
                step: Step::Social,
                status: Some(status),
                text: cut(envelope.text),
            })
        },
    },
    Template {
        prefix: "kiro executor: token refresh failed: ",
        means: "the refresh failed",
        rows: &[7],
        read: |_, rest| Some(failed(Step::Executor, None, rest)),
    },
    Template {
        prefix: "kiro executor: refresh token not found",
        means: "the file has no refresh token",
        rows: &[7],
        // The whole phrase: without the executor's name an issuer would be speaking of a token that it does not know.
        read: |_, _| Some(failed(Step::Executor, None, "kiro executor: refresh token not found")),
    },
    Template {
        prefix: "kiro: pre-request token refresh failed: ",
        means: "the refresh before a request failed",
        rows: &[7],
        read: |_, rest| Some(failed(Step::PreRequest, None, rest)),
    },
    Template {
        prefix: "kiro: token refresh attempt ",
        means: "one try failed",
        rows: &[7],
        read: |_, rest| {
            let (number, text) = rest.split_once(" failed: ")?;
            let number = number.split('/').next()?.parse().ok()?;
            Some(failed(Step::Try(number), None, text))
        },
    },
    Template {
        prefix: "kiro: token refresh succeeded on attempt ",
        means: "a real success",
        rows: &[7],
        read: |_, _| Some(What::Renewed { provider: "kiro".into(), file: None, expires: None }),
    },
    Template {
        prefix: "kiro: using existing access token",
        means: "the refresh failed, the old token still serves",
        rows: &[7],
        read: |_, _| Some(What::Masked { provider: "kiro".into(), file: None }),
    },
    Template {
        prefix: "kiro executor: token is still valid (expires in ",
        means: "skipped; a far expiry on a one-hour token is a false expiry in the file",
        rows: &[4],
        read: |_, _| Some(What::Skipped { provider: "kiro".into(), reason: "still valid" }),
    },
    Template {
        prefix: "kiro executor: token was recently refreshed by another goroutine, skipping",
        means: "skipped; last_refresh is recent or in the future",
        rows: &[4],
        read: |_, _| Some(What::Skipped { provider: "kiro".into(), reason: "recently refreshed" }),
    },
    Template {
        prefix: "kiro executor: token refreshed successfully, expires at ",
        means: "a real success",
        rows: &[7],
        read: |_, rest| Some(What::Renewed { provider: "kiro".into(), file: None, expires: time::parse(rest.trim()) }),
    },
    Template {
        prefix: "kiro: token refreshed successfully, retrying request",
        means: "may be untrue: the refresh may have been skipped",
        rows: &[4],
        read: |_, _| Some(What::Skipped { provider: "kiro".into(), reason: "claimed success before a retry" }),
    },
    Template {
        prefix: "kiro: received 401 error",
        means: "the upstream answered 401",
        rows: &[1],
        read: |_, _| Some(What::Denied { provider: "kiro".into(), status: 401, text: "".into() }),
    },
    Template {
        prefix: "kiro: stream received 401 error",
        means: "the upstream answered 401",
        rows: &[1],
        read: |_, _| Some(What::Denied { provider: "kiro".into(), status: 401, text: "".into() }),
    },
    Template {
        prefix: "kiro: received 403 error",
        means: "the upstream answered 403; the body tells a dead token from a denied permission",
        rows: &[1, 9],
        read: |_, rest| {
            let text = rest.split_once("body: ").map_or("", |(_, body)| body);
            Some(What::Denied { provider: "kiro".into(), status: 403, text: cut(text) })
        },
    },
    Template {
        prefix: "kiro: received 402",
        means: "the monthly limit; not auth",
        rows: &[],
        read: |_, rest| Some(What::Denied { provider: "kiro".into(), status: 402, text: cut(rest) }),
    },
    Template {
        prefix: "kiro: account is suspended, token ",
        means: "a ban; a new login does not help",
        rows: &[],
        read: |_, rest| {
            let (file, _) = word(rest, " set to cooldown")?;
            Some(What::Suspended { file: file.into(), reason: "account suspended".into() })
        },
    },
    Template {
        prefix: "kiro: rate limit hit (429), token ",
        means: "quota, not auth",
        rows: &[],
        read: |_, rest| {
            let (file, rest) = word(rest, " set to cooldown")?;
            let wait = rest
                .strip_prefix(" for ")
                .and_then(|d| super::access::micros(d.trim()))
                .and_then(|us| i64::try_from(us).ok());
            Some(What::Cooldown { file: file.into(), reason: "rate limit", wait: wait.map(|us| us * 1000) })
        },
    },
    Template {
        prefix: "kiro: token ",
        means: "a rate limit or ban still holds; not auth",
        rows: &[],
        read: |_, rest| {
            let (file, rest) = word(rest, " is in cooldown (reason: ")?;
            let (reason, rest) = word(rest, ")")?;
            if reason == "account_suspended" {
                return Some(What::Suspended { file: file.into(), reason: "account still suspended".into() });
            }
            let left = rest.strip_prefix(", remaining: ").and_then(|d| super::access::micros(d.trim()));
            let wait = left.and_then(|us| i64::try_from(us).ok()).map(|us| us * 1000);
            Some(What::Cooldown { file: file.into(), reason: "rate limit", wait })
        },
    },
    Template {
        prefix: "kiro executor: persisted refreshed auth to ",
        means: "the file was written",
        rows: &[9],
        read: |_, rest| Some(What::FileChanged { file: cut(file_name(rest)) }),
    },
    Template {
        prefix: "kiro: failed to persist refreshed auth: ",
        means: "the file was not written",
        rows: &[9],
        read: |_, rest| Some(What::Unsaved { provider: "kiro".into(), file: None, text: cut(rest) }),
    },
    Template {
        prefix: "kiro executor: reloaded auth from file ",
        means: "memory caught up with the file",
        rows: &[9],
        read: |_, rest| Some(What::FilePicked { file: cut(file_name(word(rest, ", new expires_at")?.0)) }),
    },
    Template {
        prefix: "OAuth Web: manually refreshed token in ",
        means: "a manual refresh and the expiry it claims",
        rows: &[9],
        read: |_, rest| {
            let (file, expires) = word(rest, ", expires at ")?;
            Some(What::Claimed { file: file.into(), expires: time::parse(expires.trim()) })
        },
    },
    Template {
        prefix: "failed to refresh token ",
        means: "the background refresh failed and the token is expired",
        rows: &[7],
        read: |_, rest| {
            let (file, text) = word(rest, ": ")?;
            let cause = text.strip_prefix("token refresh failed and existing token is expired: ").unwrap_or(text);
            Some(failed(Step::Background, Some(file), cause))
        },
    },
    Template {
        prefix: "kiro: using normal browser mode (--no-incognito)",
        means: "the login reuses the browser's session",
        rows: &[8],
        read: |_, _| Some(What::NormalBrowser),
    },
    Template {
        prefix: "kiro: using incognito mode for multi-account support",
        means: "the login uses a private window",
        rows: &[8],
        read: |_, _| Some(What::Incognito),
    },
    Template {
        prefix: "No browser with incognito support found",
        means: "no private window, although the flag was not used",
        rows: &[8],
        read: |_, _| Some(What::NoIncognito),
    },
    Template {
        prefix: "Failed to open incognito browser: ",
        means: "no private window, although the flag was not used",
        rows: &[8],
        read: |_, _| Some(What::NoIncognito),
    },
    Template {
        prefix: "create token failed (status ",
        means: "device login; pending is normal",
        rows: &[],
        read: |_, rest| {
            Some(if rest.contains("authorization_pending") || rest.contains("slow_down") {
                What::LoginPending
            } else {
                What::LoginFailed { text: cut(rest) }
            })
        },
    },
];

fn failed(step: Step, file: Option<&str>, text: &str) -> What {
    What::Failed { provider: "kiro".into(), file: file.map(Into::into), step, status: status_in(text), text: cut(text) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::what;
    use super::*;

    #[test]
    fn the_background_refresher_has_no_envelope_of_its_own() {
        let line = what(
            "2026/02/21 08:49:00 failed to refresh token kiro-idc-a.json: token refresh failed and existing token is expired: token refresh failed (status 400)",
        );
        let Some(What::Failed { file: Some(file), step: Step::Background, status: Some(400), .. }) = line else {
            panic!("{line:?}")
        };
        assert_eq!(&*file, "kiro-idc-a.json");
    }

    #[test]
    fn a_pending_device_login_is_no_failure() {
        assert_eq!(
            what(
                r#"[2026-02-21 10:00:40] [--------] [debug] [sso_oidc.go:860] create token failed (status 400): {"error":"authorization_pending"}"#
            ),
            Some(What::LoginPending)
        );
    }

    #[test]
    fn a_claimed_expiry_is_an_instant() {
        let claimed = what(
            "[2026-02-21 11:10:00] [--------] [info ] [oauth_web.go:924] OAuth Web: manually refreshed token in kiro-a.json, expires at 2026-02-21T12:10:00Z",
        );
        assert_eq!(
            claimed,
            Some(What::Claimed { file: "kiro-a.json".into(), expires: time::parse("2026-02-21T12:10:00Z") })
        );
    }

    #[test]
    fn the_executor_verdict_is_read_through_its_prefix() {
        let line = what(
            "[2026-02-21 08:44:02] [--------] [debug] [kiro_executor.go:1] kiro executor: token refresh failed: token refresh failed (status 401): {}",
        );
        assert!(matches!(line, Some(What::Failed { step: Step::Executor, status: Some(401), .. })), "{line:?}");
    }
}
