//! Glossary: the fixed words that outputs print beside ids, each with what it says.
//!
//! The words are those of their enums; a new one does not compile until it is explained here. Words that are no enum
//! stand in [`OTHERS`].

use super::explain::Topic;
use crate::auth::snapshots::{Flag, Movement};
use crate::auth::{Refresh, State, Verdict};
use crate::finding::{Attachment, Kind};

/// One word, what it tells, and what it means.
type Word = (&'static str, &'static str, &'static str);

/// Every word, under the name of its registry.
pub fn topics() -> Vec<Topic> {
    let lists: [(&'static str, Vec<Word>); 6] = [
        ("verdict", Verdict::ALL.iter().map(verdict).collect()),
        ("token", State::ALL.iter().map(state).chain(Refresh::ALL.iter().map(refresh)).collect()),
        ("movement", Movement::ALL.iter().map(movement).chain(Flag::ALL.iter().map(flag)).collect()),
        ("credential", Attachment::ALL.iter().map(attachment).collect()),
        ("row", Kind::ALL.iter().map(kind).collect()),
        ("answer", OTHERS.to_vec()),
    ];
    let topic = |list: &'static str, (word, tells, meaning): Word| Topic {
        id: word.to_owned(),
        aliases: if word.contains('_') { vec![word.replace('_', " "), word.replace('_', "-")] } else { Vec::new() },
        kind: list,
        title: meaning.to_owned(),
        body: vec![("meaning", meaning.to_owned()), ("tells", tells.to_owned())],
    };
    lists.into_iter().flat_map(|(list, words)| words.into_iter().map(move |word| topic(list, word))).collect()
}

fn verdict(verdict: &Verdict) -> Word {
    let meaning = match verdict {
        Verdict::Dead => "no request can succeed with it and no refresh can mend it: log in again",
        Verdict::Unreadable => "the file could not be read, or is no JSON object: the server does not load it either",
        Verdict::ExpiredRefreshable => "the access token has expired, and what a refresh needs is there",
        Verdict::Expiring => "it lapses within --warn-within, or is due for a refresh that cannot succeed",
        Verdict::Unknown => "the file does not show when it expires",
        Verdict::Due => "within the provider's refresh lead: the server refreshes it now",
        Verdict::Inert => "the server does not load the file: it is no login",
        Verdict::Disabled => "switched off in the file itself",
        Verdict::Healthy => "the access token is good, or never expires",
    };
    (verdict.word(), "what a credential file is worth, in `check`", meaning)
}

fn state(state: &State) -> Word {
    let meaning = match state {
        State::Valid => "the access token has not expired",
        State::Expiring => "the access token is within the provider's refresh lead",
        State::Expired => "the access token has expired",
        State::None => "the credential has no expiry by design",
        State::Unknown => "the file does not show when the access token expires",
    };
    (state.word(), "where the access token stands: `state` of a file", meaning)
}

fn refresh(refresh: &Refresh) -> Word {
    let (word, meaning) = match refresh {
        Refresh::Possible => ("possible", "every local precondition of a refresh is there"),
        Refresh::Impossible => ("impossible", "something that a refresh needs is missing from the file"),
        Refresh::Unknown => ("refresh unknown", "the file does not show whether a refresh can succeed"),
        Refresh::NotApplicable => ("not_applicable", "a credential of this kind is never refreshed"),
    };
    (word, "whether a refresh can succeed: `refresh` of a file", meaning)
}

fn movement(movement: &Movement) -> Word {
    let meaning = match movement {
        Movement::Unchanged => "the file is the same",
        Movement::NotMoved => {
            "the file was rewritten, and no other expiry stands in it: the same, or none that can be read"
        }
        Movement::MovedForward => "the expiry is later and lies ahead: a refresh worked",
        Movement::MovedButStillExpired => "the expiry is later, and has passed all the same",
        Movement::MovedBackward => "the expiry is earlier than before: an older file came back",
        Movement::ExpiryMovedTokenSame => "the expiry is later, and the access token is the old one",
        Movement::TokenChangedExpirySame => "the access token is another one, and the expiry is the old one",
        Movement::Removed => "the file is gone",
        Movement::Added => "the file is new",
        Movement::UnreadableAfter => "the file could be read before and cannot be now",
    };
    (movement.word(), "what happened to a file between two snapshots, in `check --before`", meaning)
}

fn flag(flag: &Flag) -> Word {
    let meaning = match flag {
        Flag::AccessTokenChanged => "the access token is another one",
        Flag::RefreshTokenRotated => "the refresh token is another one",
        Flag::RefreshTokenLost => "there was a refresh token, and there is none now",
        Flag::LastRefreshChanged => "the time of the last refresh is another one",
        Flag::AuthMethodChanged => "the login type is another one",
        Flag::AccountChanged => "the account is another one",
        Flag::KeysLost => "a member that the file had before is gone",
        Flag::DisabledChanged => "the file was switched on or off",
        Flag::ExpiryFormatChanged => "the expiry is written in another form",
        Flag::ExpiryConflict => "another expiry member moved while the one that the server reads did not",
    };
    (flag.word(), "what else differs between two snapshots of a file", meaning)
}

fn attachment(attachment: &Attachment) -> Word {
    let meaning = match attachment {
        Attachment::Attached => "the proxy put a credential into the request",
        Attachment::NotAttached => "the request went out without a credential",
        Attachment::Unresolved => "a credential was wanted and could not be resolved",
        Attachment::Unknown => "the record does not show whether a credential went out",
    };
    (attachment.word(), "the credential of a request: `credential.state` of a finding", meaning)
}

fn kind(kind: &Kind) -> Word {
    let meaning = match kind {
        Kind::Attempt => "a request or a login that was judged",
        Kind::Change => "a configuration change, reload or restart",
        Kind::SecretError => "a secret could not be fetched",
        Kind::Mint => "a token was issued or refreshed",
    };
    (kind.word(), "what a row of `events` is", meaning)
}

/// Words of reports that are no enum.
const OTHERS: &[Word] = &[
    ("not_shown", STATUS, "the lines that would show it are in the evidence, and it is not among them"),
    ("not_testable", STATUS, "nothing in the evidence could show it: the row says what is missing"),
    ("refuted", STATUS, "the records show the opposite"),
    ("open", MODE, "requests went on without the secret (fail open)"),
    ("closed", MODE, "requests were refused (fail closed)"),
    ("stale", MODE, "an older value of the secret was served"),
    ("complete", EXPORT, "nothing suggests that the export was cut"),
    ("newest_n", EXPORT, "the export looks cut to its newest rows: when it began cannot be told"),
    ("sampled", EXPORT, "the export looks sampled: counts, first and last sightings are lower bounds"),
    ("collect", NEXT, "get more evidence first: what is here does not show what to change"),
    ("verify", NEXT, "look whether it is so before anything is changed"),
    ("act", NEXT, "the cause is on record: change it"),
    (
        "secret-key-hidden",
        CONFIG,
        "an answer of the management API leaves the key's block out: whether one is set cannot be told",
    ),
    ("secret-key-empty", CONFIG, "the management key is empty: every management path answers 404"),
    ("secret-key-missing", CONFIG, "there is no management key: every management path answers 404"),
    ("secret-key-misspelt", CONFIG, "a management key is set under a name that the server does not read"),
    ("remote-not-allowed", CONFIG, "only loopback clients reach the management API; in a container the bridge is none"),
    ("key-misspelt", CONFIG, "a key is written in another spelling, which the server ignores silently"),
    ("provider-excluded", CONFIG, "all models of a provider are excluded: its requests fail with unknown provider"),
    ("example-api-keys", CONFIG, "the example's API keys are still there"),
    ("auth-dir-empty", CONFIG, "the auth directory is empty text: the default directory is used"),
    ("credentials-in-config", CONFIG, "credentials stand in the configuration, outside the auth directory"),
    ("documents-ignored", CONFIG, "the file holds several documents; the server reads the first"),
    ("incognito-off", CONFIG, "a Kiro login reuses the browser's session"),
    ("debug-off", CONFIG, "most lines that would show the cause are not logged"),
    ("endpoint-override", CONFIG, "refreshes go to an endpoint other than the provider's own"),
];

const STATUS: &str = "what may be said of a row of the symptom table";
const MODE: &str = "what became of requests while a secret could not be fetched";
const EXPORT: &str = "how complete the evidence is: `scope.completeness.mode`";
const NEXT: &str = "the kind of the next step: `next.kind` of a finding";
const CONFIG: &str = "a pitfall of the proxy's configuration, in `check --config`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_answers_are_known_in_every_spelling() {
        let find = crate::report::explain::find;
        for word in ["dead", "expired_refreshable", "moved_but_still_expired", "not_attached", "newest n", "act"] {
            assert!(!find(word).is_empty(), "{word}");
        }
        // A word of two lists is told twice.
        assert!(find("unknown").len() > 1);
    }

    #[test]
    fn pitfalls_of_the_configuration_are_all_explained() {
        let source = include_str!("../auth/config.rs");
        let body = source.split("fn pitfalls").nth(1).and_then(|s| s.split("fn flatten").next()).expect("the list");
        let ids = body.split("add(").skip(1).filter_map(|call| call.split('"').nth(1));
        let known = |id: &&str| OTHERS.iter().any(|(word, ..)| word == id);
        let unknown: Vec<&str> = ids.filter(|id| !known(id)).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
