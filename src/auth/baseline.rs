//! Accepted findings: an earlier report of `check`, or a list with a reason and an end for each.

use super::expiry::{self, Instant, Parsed};
use super::facts::FileFact;
use super::json::{self, Object, Value};
use std::collections::BTreeMap;

/// The schema word of a hand-written list.
pub const SCHEMA: &str = "authopsy.baseline/1";

/// Findings that somebody has looked at, by path and finding id.
#[derive(Default)]
pub struct Baseline {
    accepted: BTreeMap<(String, String), Option<Instant>>,
}

/// Why a baseline cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    #[error("no JSON object with a schema of {SCHEMA} or authopsy.check/1")]
    Shape,
    #[error("entry {0} lacks one of id, path, reason, until")]
    Entry(usize),
}

/// Reads a baseline from its text.
pub fn read(bytes: &[u8]) -> Result<Baseline, BaselineError> {
    let Ok(json::Parsed { value: Value::Object(root), .. }) = json::parse(bytes) else {
        return Err(BaselineError::Shape);
    };
    match root.text("schema") {
        Some(SCHEMA) => list(&root),
        Some("authopsy.check/1") => Ok(report(&root)),
        _ => Err(BaselineError::Shape),
    }
}

fn objects<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    let items: &[Value] = match object.get(name) {
        Some(Value::Array(items)) => items,
        _ => &[],
    };
    items.iter().filter_map(|item| match item {
        Value::Object(object) => Some(object),
        _ => None,
    })
}

/// Every entry needs a reason and an end, so that nothing is accepted for ever by accident.
fn list(root: &Object) -> Result<Baseline, BaselineError> {
    let mut baseline = Baseline::default();
    for (n, entry) in objects(root, "accepted").enumerate() {
        let until = entry.get("until").and_then(|value| match expiry::value(value) {
            Parsed::At(at, _) => Some(at),
            _ => expiry::person(value),
        });
        match (entry.filled("id"), entry.filled("path"), entry.filled("reason"), until) {
            (Some(id), Some(path), Some(_), Some(until)) => {
                baseline.accepted.insert((path.to_owned(), id.to_owned()), Some(until))
            }
            _ => return Err(BaselineError::Entry(n + 1)),
        };
    }
    Ok(baseline)
}

/// An earlier report: whatever it found is accepted.
fn report(root: &Object) -> Baseline {
    let mut baseline = Baseline::default();
    for file in objects(root, "files") {
        let Some(path) = file.text("path") else { continue };
        for finding in objects(file, "findings") {
            if let Some(id) = finding.text("id") {
                baseline.accepted.insert((path.to_owned(), id.to_owned()), None);
            }
        }
    }
    baseline
}

impl Baseline {
    /// Marks the accepted findings of the files. Answers how many entries have ended.
    pub fn apply(&self, files: &mut [FileFact], as_of: Instant) -> usize {
        let valid = |until: &Option<Instant>| until.is_none_or(|until| until > as_of);
        for file in files {
            for finding in &mut file.findings {
                let key = (file.path.to_string(), finding.rule.id.to_owned());
                finding.accepted = self.accepted.get(&key).is_some_and(valid);
            }
        }
        self.accepted.values().filter(|until| !valid(until)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_need_a_reason_and_an_end() {
        let full = br#"{"schema":"authopsy.baseline/1","accepted":[{"id":"a","path":"p","reason":"known","until":"2026-12-31"}]}"#;
        assert_eq!(read(full).map(|b| b.accepted.len()).ok(), Some(1));
        let bare = br#"{"schema":"authopsy.baseline/1","accepted":[{"id":"a","path":"p","until":"2026-12-31"}]}"#;
        assert_eq!(read(bare).err(), Some(BaselineError::Entry(1)));
        assert_eq!(read(b"{}").err(), Some(BaselineError::Shape));
        let report = br#"{"schema":"authopsy.check/1","files":[{"path":"p","findings":[{"id":"a"},{"id":"b"}]}]}"#;
        assert_eq!(read(report).map(|b| b.accepted.len()).ok(), Some(2));
    }
}
