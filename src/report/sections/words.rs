//! The short words of the label sheet, spelled out.

use crate::finding::Origin;

/// Who made the decision, as one names it in a sentence.
pub fn who(origin: Origin) -> &'static str {
    match origin {
        Origin::Upstream => "the upstream",
        Origin::TokenEndpoint => "the token endpoint",
        Origin::LocalProxy => "the proxy itself",
        Origin::SecretStore => "an unresolved secret",
        Origin::Mesh => "the mesh",
        Origin::Client => "the client's side",
        Origin::Unknown => "not shown",
    }
}

/// One of what [`crate::report::model::Reach`] counts.
pub fn singular(what: &str) -> &str {
    match what {
        "identities" => "identity",
        other => other.strip_suffix('s').unwrap_or(other),
    }
}

/// Who can fix it, in words: the model has the letters of the label sheet.
pub fn fixer(letters: &str) -> String {
    let word = |letter: &str| match letter {
        "O" => "operator of the proxy".to_owned(),
        "U" => "user (sign in again)".to_owned(),
        "A" => "account or tenant administrator".to_owned(),
        "S" => "owner of the secret or policy".to_owned(),
        "D" => "developer of the caller".to_owned(),
        "V" => "vendor".to_owned(),
        "N" => "nobody, it heals itself".to_owned(),
        "?" => "not known yet".to_owned(),
        other => other.to_owned(),
    };
    if letters.len() > 9 {
        return letters.to_owned();
    }
    letters.split('/').filter(|l| !l.is_empty()).map(word).collect::<Vec<_>>().join(", or ")
}

/// Whether trying again helps, in words.
pub fn retry(word: &str) -> String {
    match word {
        "never" => "never: the same request will fail again".to_owned(),
        "after-fix" => "after the fix".to_owned(),
        "backoff" => "with back-off".to_owned(),
        "refresh-then-once" => "once, after a refresh".to_owned(),
        "–" | "-" => String::new(),
        other => other.to_owned(),
    }
}
