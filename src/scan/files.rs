//! Credential files beside the dumps: the object of `check`, as of the incident's own instant.

use super::Options;
use crate::auth::{self, Instant, Key, Perms, cliff, config, saved, snapshots, summary};
use crate::record::time::Nanos;
use crate::redact::Safe;
use crate::report::check::model;

/// Warn about what lapses within a week, as `check` does when it is not told otherwise.
const WARN_WITHIN_SECONDS: i64 = 7 * 86_400;

/// Inspects the directories of `--auths`; `None` when none was given. Files that cannot be read are part of the object.
pub fn check(options: &Options, as_of: Nanos) -> Result<Option<serde_json::Value>, String> {
    let files = &options.files;
    if files.auths.is_empty() {
        return Ok(None);
    }
    let key = || Key::new(options.key);
    let as_of = Instant::from_nanos(as_of);
    let settings = auth::Options {
        as_of,
        warn_within_seconds: WARN_WITHIN_SECONDS,
        perms: Perms::Auto,
        threads: options.read.threads,
        key: key(),
        mask_paths: false,
    };
    let directory = auth::inspect(&files.auths, &settings).map_err(|e| e.to_string())?;
    let before = match files.before.is_empty() {
        true => None,
        false => Some(auth::inspect(&files.before, &settings).map_err(|e| e.to_string())?),
    };
    let mut configs = Vec::new();
    for (name, bytes) in &files.configs {
        configs.push(config::read(name, &String::from_utf8_lossy(bytes), &key()).map_err(|e| e.to_string())?);
    }
    let answer = |(name, bytes): &(String, Vec<u8>)| {
        let fact = saved::read(name, bytes);
        let contradictions = saved::contradictions(&fact, &directory, as_of);
        (fact, contradictions)
    };
    let answers: Vec<_> = files.saved.iter().map(answer).collect();
    let pairs = before.as_ref().map(|before| snapshots::compare(before, &directory, as_of));
    let edges = cliff::edges(&directory.files, as_of);
    let counts = summary::count(&directory.files);
    let report = model::build(&model::Parts {
        directory: &directory,
        pairs: pairs.as_deref(),
        edges: &edges,
        summary: &counts,
        configs: &configs,
        saved: &answers,
        paths: files.auths.iter().map(|p| Safe::own(p.to_string_lossy())).collect(),
        as_of,
        as_of_source: "evidence",
        show_accounts: false,
        mask_paths: false,
        notes: Vec::new(),
    });
    serde_json::to_value(&report).map(Some).map_err(|e| e.to_string())
}
