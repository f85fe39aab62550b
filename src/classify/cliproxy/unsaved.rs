//! Refreshed credentials that could not be written to their file, as lines about the making of a token: harmless while the process
//! lives, and lost at its next start.

use super::{Fact, What};
use crate::classify::classes as c;
use crate::classify::{Attempt, Notebook};
use crate::finding::{Confidence, Kind, Origin, Role};

/// One precursor per line that says so.
pub fn push_all(notes: &mut Notebook) {
    let story = std::mem::take(&mut notes.cliproxy.story);
    for fact in &story.facts {
        if let What::Unsaved { provider, file, text } = &fact.what {
            push(fact, provider, file.as_deref(), text, notes);
        }
    }
    notes.cliproxy.story = story;
}

fn push(fact: &Fact, provider: &str, file: Option<&str>, text: &str, notes: &mut Notebook) {
    let symbols = &mut notes.symbols;
    let class = &c::REFRESH_INEFFECTIVE;
    let mut new = Attempt::at(fact.at, fact.locator, Kind::Mint, class, Origin::LocalProxy, Confidence::Confirmed);
    new.role = Role::Precursor;
    new.subtype = Some("not-persisted");
    new.texts.pod = symbols.some(&fact.place);
    new.texts.identity = file.and_then(|file| symbols.some(file));
    new.texts.names = new.texts.identity;
    new.texts.service = symbols.some(provider);
    new.texts.message = symbols.some(text);
    // The beginning of the two templates, up to what is not the emitter's own.
    new.texts.marks = match file {
        Some(_) => symbols.some(&format!("persist refreshed auth {provider}")),
        None => symbols.some("failed to persist refreshed auth"),
    };
    notes.push(new, fact.line.as_deref().unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::super::testing::line;
    use super::*;

    #[test]
    fn a_credential_that_could_not_be_written_is_a_precursor() {
        let failed = "open /auths/codex-a.json: read-only file system";
        let text = format!(
            "[2026-02-21 08:00:01] [--------] [warn ] [conductor.go:1] persist refreshed auth codex (codex-a.json) failed: {failed}"
        );
        let mut notes = Notebook::default();
        notes.cliproxy.rows.extend(line(0, 1, "pod", &text));
        super::super::conclude(&mut notes);
        let [attempt] = &notes.attempts[..] else { panic!("{:?}", notes.attempts) };
        assert_eq!((attempt.class, attempt.subtype), (&c::REFRESH_INEFFECTIVE, Some("not-persisted")));
        assert_eq!((attempt.role, attempt.is_failed()), (Role::Precursor, false));
        assert_eq!(notes.symbols.get(attempt.texts.identity), "codex-a.json");
        assert_eq!(notes.symbols.get(attempt.texts.message), failed);
    }
}
