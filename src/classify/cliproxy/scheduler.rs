//! Lines of the refresh scheduler and the request conductor.

use super::template::{Template, cut, status_in, word};
use super::{Step, What};

pub const TEMPLATES: &[Template] = &[
    Template {
        prefix: "core auth auto-refresh started",
        means: "the refresh scheduler is alive",
        rows: &[],
        read: |_, _| Some(What::SchedulerStarted),
    },
    Template {
        prefix: "checking refresh for ",
        means: "a credential is due for refresh",
        rows: &[4],
        read: |_, rest| {
            let (provider, rest) = word(rest, ", ")?;
            let (file, _) = word(rest, ", ")?;
            Some(What::Checked { provider: provider.into(), file: file.into() })
        },
    },
    Template {
        prefix: "refreshed ",
        means: "the executor returned; no error is also said of silent no-ops",
        rows: &[1, 4, 6, 7, 9],
        read: |_, rest| {
            let (provider, rest) = word(rest, ", ")?;
            let (file, outcome) = word(rest, ", ")?;
            let (provider, file) = (provider.into(), file.into());
            Some(match outcome {
                "<nil>" => What::Refreshed { provider, file },
                text => What::Failed {
                    provider,
                    file: Some(file),
                    step: Step::Verdict,
                    status: status_in(text),
                    text: cut(text),
                },
            })
        },
    },
    Template {
        prefix: "refresh canceled for ",
        means: "shutdown or a cancelled context; not a failure",
        rows: &[],
        read: |_, _| Some(What::Canceled),
    },
    Template {
        prefix: "persist refreshed auth ",
        means: "memory was refreshed, the file was not",
        rows: &[4, 9],
        read: |_, rest| {
            let (provider, rest) = word(rest, " (")?;
            let (file, rest) = word(rest, ")")?;
            let text = rest.strip_prefix(" failed: ")?;
            Some(What::Unsaved { provider: provider.into(), file: Some(file.into()), text: cut(text) })
        },
    },
    Template {
        prefix: "unauthorized response for ",
        means: "the upstream answered 401",
        rows: &[1],
        read: |_, rest| {
            let (provider, rest) = word(rest, " (")?;
            rest.contains(", refreshing credentials").then(|| What::Denied {
                provider: provider.into(),
                status: 401,
                text: "".into(),
            })
        },
    },
    Template {
        prefix: "credential refresh before fallback failed for ",
        means: "the refresh after a 401 failed",
        rows: &[1],
        read: |_, rest| {
            let (provider, rest) = word(rest, " (")?;
            let (file, text) = word(rest, "): ")?;
            Some(What::Failed {
                provider: provider.into(),
                file: Some(file.into()),
                step: Step::PreRequest,
                status: status_in(text),
                text: cut(text),
            })
        },
    },
    Template {
        prefix: "Use OAuth provider=",
        means: "which credential file served the request",
        rows: &[1],
        read: |_, rest| {
            let (provider, rest) = word(rest, " auth_file=")?;
            let (file, _) = word(rest, " for model ")?;
            Some(What::Selected { provider: provider.into(), file: file.into() })
        },
    },
    Template {
        prefix: "request error, error status: ",
        means: "the upstream refused the request, with its body",
        rows: &[1],
        read: |envelope, rest| {
            // The line's end was trimmed, and a body may be empty: then the line's own words stand for it, as a refusal
            // without any is what announces that the request goes on.
            let (status, body) = rest.split_once(", error message:")?;
            let body = if body.trim().is_empty() { rest } else { body.trim_start() };
            let provider = envelope.source.strip_suffix("_executor.go").unwrap_or("");
            Some(What::Denied { provider: provider.into(), status: status.parse().ok()?, text: cut(body) })
        },
    },
    Template {
        prefix: "Suspended client ",
        means: "local cooldown after an upstream denial",
        rows: &[1],
        read: |_, rest| {
            let (file, rest) = word(rest, " for model ")?;
            let (_, reason) = rest.rsplit_once(": ")?;
            Some(What::Suspended { file: file.into(), reason: cut(reason) })
        },
    },
    Template {
        prefix: "Resumed client ",
        means: "the credential serves again",
        rows: &[1],
        read: |_, rest| Some(What::Resumed { file: word(rest, " for model ")?.0.into() }),
    },
    Template {
        prefix: "Marked model ",
        means: "quota, not auth",
        rows: &[],
        read: |_, rest| {
            let (_, file) = rest.split_once(" as quota exceeded for client ")?;
            Some(What::Cooldown { file: cut(file), reason: "quota", wait: None })
        },
    },
];

#[cfg(test)]
mod tests {
    use super::super::testing::what;
    use super::*;

    #[test]
    fn no_error_and_an_error_are_told_apart() {
        let head = "[2026-02-21 05:00:00] [--------] [debug] [conductor.go:2131] refreshed codex, a@b.json, ";
        assert!(matches!(what(&format!("{head}<nil>")), Some(What::Refreshed { .. })));
        let failed = what(&format!("{head}token refresh failed (status 400): {{}}"));
        assert!(matches!(failed, Some(What::Failed { step: Step::Verdict, status: Some(400), .. })), "{failed:?}");
    }

    #[test]
    fn the_executor_names_its_provider_by_its_file() {
        let denied = what(
            "[2026-02-20 22:12:38] [7a9829fd] [debug] [claude_executor.go:187] request error, error status: 401, error message: {}",
        );
        assert_eq!(denied, Some(What::Denied { provider: "claude".into(), status: 401, text: "{}".into() }));
    }
}
