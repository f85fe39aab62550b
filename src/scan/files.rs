//! Files beside the dumps: credential files as of the incident's own instant, configurations, saved answers.

use super::{Examined, Options};
use crate::auth::saved::Answer;
use crate::auth::{self, AuthError, Examination, Instant, Key, Perms};
use crate::classify::Attempt;
use crate::classify::symptoms::Outside;
use crate::record::time::Nanos;
use crate::redact::Safe;
use crate::report::check::model::{self, AsOf};
use std::collections::BTreeSet;

/// Warn about what lapses within a week, as `check` does when it is not told otherwise.
const WARN_WITHIN_SECONDS: i64 = 7 * 86_400;

/// What is known of files beside the dumps.
#[derive(Default)]
pub struct Beside {
    /// As the rules for log lines ask for it.
    pub outside: Outside,
    /// The object of `check`, and the path of every file in it; only where directories were given.
    pub object: Option<(serde_json::Value, Vec<Safe>)>,
    /// What could not be read or says nothing: the evidence is incomplete.
    pub missed: Vec<Safe>,
}

/// Looks at the files that a run was given, as of an instant.
pub fn look(options: &Options, as_of: Nanos) -> Result<Beside, AuthError> {
    let request = &options.files;
    let as_of = Instant::from_nanos(as_of);
    let settings = auth::Options {
        as_of,
        warn_within_seconds: WARN_WITHIN_SECONDS,
        perms: Perms::Auto,
        threads: options.read.threads,
        key: Key::new(options.key),
        mask_paths: false,
    };
    let seen = request.examine(&settings, None)?;
    let strange = seen.answers.iter().filter(|(answer, _)| matches!(answer.answer, Answer::Other));
    let strange = strange.map(|(answer, _)| Safe::own(format!("{}: no answer of the management API", answer.path)));
    Ok(Beside {
        outside: Outside::of(request, &seen),
        object: (!request.auths.is_empty()).then(|| object(options, &seen, as_of)),
        missed: seen.missed().cloned().chain(strange).collect(),
    })
}

fn object(options: &Options, seen: &Examination, as_of: Instant) -> (serde_json::Value, Vec<Safe>) {
    let report = model::build(&model::Parts {
        seen,
        paths: options.files.auths.iter().map(|p| Safe::own(p.to_string_lossy())).collect(),
        as_of,
        as_of_source: options.as_of.map_or(AsOf::Evidence, |(_, source)| source),
        show_accounts: false,
        mask_paths: false,
        notes: Vec::new(),
    });
    let paths = report.files.iter().map(|file| file.path.clone()).collect();
    (serde_json::json!(report), paths)
}

/// The object of `check`, with the findings that name one of its files.
pub fn joined(e: &Examined) -> Option<serde_json::Value> {
    let (object, paths) = e.beside.object.as_ref()?;
    let mut joins = Vec::new();
    for cause in e.settled.findings.iter().chain(&e.settled.nearby) {
        let member = |i: &usize| &e.case.notes.attempts[*i];
        let names: BTreeSet<&str> = cause.members.iter().map(member).flat_map(|a| identities(e, a)).collect();
        let files = e.beside.outside.files.iter().zip(paths);
        for (_, path) in files.filter(|(file, _)| names.contains(&*file.name)) {
            joins.push(serde_json::json!({"file": path, "finding": cause.id}));
        }
    }
    let mut object = object.clone();
    object["joins"] = joins.into();
    Some(object)
}

/// What a row calls the credential: logs of the LLM proxy name it by its file.
fn identities<'e>(e: &'e Examined, attempt: &Attempt) -> impl Iterator<Item = &'e str> {
    let s = &e.case.notes.symbols;
    let names = s.get(attempt.texts.names).split(crate::classify::LIST);
    names.chain([s.get(attempt.texts.identity)]).filter(|name| !name.is_empty())
}
