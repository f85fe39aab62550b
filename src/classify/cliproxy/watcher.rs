//! Lines of the config and file watcher, and of the start-up.

use super::What;
use super::envelope::Envelope;
use super::template::{Template, cut, file_name, word};

pub const TEMPLATES: &[Template] = &[
    Template {
        prefix: "config file changed, reloading: ",
        means: "the configuration changed",
        rows: &[5],
        read: |_, _| Some(What::ConfigChanged),
    },
    Template {
        prefix: "config changes detected:",
        means: "the changed fields follow, one per line",
        rows: &[5],
        read: |_, _| Some(What::ConfigDiff),
    },
    Template {
        prefix: "config successfully reloaded",
        means: "the new configuration is active",
        rows: &[5],
        read: |_, _| Some(What::ConfigLoaded),
    },
    Template {
        prefix: "failed to reload config: ",
        means: "the old configuration stays active",
        rows: &[5],
        read: |_, rest| Some(What::ConfigRefused { text: cut(rest) }),
    },
    Template {
        prefix: "full client load complete - ",
        means: "how many credentials were loaded",
        rows: &[5],
        read: |_, rest| {
            let (_, rest) = rest.split_once(" clients (")?;
            Some(What::Loaded { auth_files: word(rest, " auth files")?.0.parse().ok()? })
        },
    },
    Template {
        prefix: "created missing auth directory: ",
        means: "wrong mount or auth-dir: every credential is gone",
        rows: &[5],
        read: |_, _| Some(What::Loaded { auth_files: 0 }),
    },
    Template {
        prefix: "auth file changed (",
        means: "a credential file was written",
        rows: &[4, 9],
        read: |_, rest| {
            let (_, rest) = rest.split_once("): ")?;
            Some(What::FileChanged { file: word(rest, ", processing")?.0.into() })
        },
    },
    Template {
        prefix: "auth file unchanged (hash match), skipping reload: ",
        means: "written, but identical",
        rows: &[4, 9],
        read: |_, rest| Some(What::FileUnchanged { file: cut(file_name(rest)) }),
    },
    Template {
        prefix: "watcher: updated in-memory auth for token ",
        means: "memory caught up with the file",
        rows: &[9],
        read: |_, rest| Some(What::FilePicked { file: word(rest, " (auth ID")?.0.into() }),
    },
    Template {
        prefix: "watcher: no matching auth found for token ",
        means: "the notification found no credential",
        rows: &[9],
        read: |_, rest| Some(What::FileNotPicked { file: word(rest, ", will be picked up")?.0.into() }),
    },
    Template {
        prefix: "failed to parse auth file ",
        means: "a credential file is damaged",
        rows: &[],
        read: |_, rest| Some(What::FileBroken { file: word(rest, ": ")?.0.into(), reason: "not parsable" }),
    },
    Template {
        prefix: "failed to read auth file ",
        means: "a credential file cannot be read",
        rows: &[],
        read: |_, rest| Some(What::FileBroken { file: word(rest, ": ")?.0.into(), reason: "not readable" }),
    },
    Template {
        prefix: "ignoring empty auth file: ",
        means: "a credential file is empty",
        rows: &[],
        read: |_, rest| Some(What::FileBroken { file: cut(rest), reason: "empty" }),
    },
    Template {
        prefix: "CLIProxyAPI Version: ",
        means: "a process started",
        rows: &[5],
        read: |_, rest| Some(What::Started { version: word(rest, ",").map_or(rest, |(v, _)| v).into() }),
    },
];

/// An indented line of a config diff: `  proxy-url: <none> -> http://host:port`. Collectors split the block, so the
/// line may stand without an envelope; the join keeps only those that follow a reload of the same place.
pub fn field(envelope: &Envelope<'_>) -> Option<What> {
    if !envelope.text.starts_with("  ") || (!envelope.is_bare && !envelope.source.contains("config")) {
        return None;
    }
    let (name, change) = word(envelope.text.trim_start(), ": ")?;
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.[]*".contains(&b));
    if !plain || name.len() > 80 {
        return None;
    }
    let (old, new) = change.split_once(" -> ").unwrap_or(("", change));
    Some(What::ConfigField { name: name.into(), old: cut(old), new: cut(new) })
}

#[cfg(test)]
mod tests {
    use super::super::testing::what;
    use super::*;

    #[test]
    fn a_changed_field_with_and_without_envelope() {
        let want = Some(What::ConfigField {
            name: "proxy-url".into(),
            old: "<none>".into(),
            new: "http://10.96.7.9:3128".into(),
        });
        assert_eq!(
            what(
                "[2026-02-20 14:00:00] [--------] [debug] [config_reload.go:122]   proxy-url: <none> -> http://10.96.7.9:3128"
            ),
            want
        );
        assert_eq!(what("  proxy-url: <none> -> http://10.96.7.9:3128"), want);
    }

    #[test]
    fn how_many_files_were_loaded() {
        let line = what(
            "[2026-02-21 03:00:02] [--------] [info ] [clients.go:112] full client load complete - 3 clients (3 auth files + 0 Gemini API keys)",
        );
        assert_eq!(line, Some(What::Loaded { auth_files: 3 }));
    }
}
