//! Who else may read the files: modes, owners and other names, as far as they can be trusted.

use super::super::case::Finding;
use super::super::facts::{Examined, Perms};
use super::super::read::{self, Meta};
use crate::finding::Severity;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const OTHERS: u32 = 0o077;

/// Whether modes can be believed: a copy out of an archive or a repository gives every file one mode or one time.
pub fn settle(asked: Perms, files: &[Examined]) -> Perms {
    if asked != Perms::Auto {
        return asked;
    }
    let metas: Vec<&Meta> = files.iter().filter_map(|f| f.meta.as_ref()).collect();
    let same = |of: fn(&Meta) -> i64| metas.windows(2).all(|pair| of(pair[0]) == of(pair[1]));
    let one_mode = same(|m| i64::from(m.mode)) && metas.first().is_some_and(|m| m.mode & OTHERS != 0);
    let one_time = same(|m| m.modified.unwrap_or(0) / 1_000_000_000);
    if metas.len() > 1 && (one_mode || one_time) { Perms::Copy } else { Perms::Live }
}

/// Adds the findings on modes and owners.
pub fn check(perms: Perms, files: &mut [Examined]) {
    let first = files.iter().find_map(|f| f.meta).map(|m| m.mode);
    let all_alike = files.iter().filter_map(|f| f.meta).all(|m| Some(m.mode) == first);
    if perms == Perms::Copy && all_alike {
        return;
    }
    let mut directories: BTreeMap<PathBuf, Option<Meta>> = BTreeMap::new();
    for file in files {
        let Some(meta) = file.meta else { continue };
        let dir = file.real.parent().unwrap_or(Path::new(".")).to_path_buf();
        let is_new = !directories.contains_key(&dir);
        let around = *directories.entry(dir.clone()).or_insert_with(|| read::directory_meta(&dir));
        // Told once a directory, at its first file.
        if perms == Perms::Live && is_new {
            file.fact.findings.extend(around.and_then(directory));
        }
        if let Some(finding) = judge(perms, meta, around) {
            file.fact.findings.push(finding);
        }
        // A copy that shares unchanged files with an older one is made of such names.
        if perms == Perms::Live && meta.names > 1 {
            let mut finding = Finding::new("file-hard-link");
            finding.say(format!("it has {} names", meta.names));
            file.fact.findings.push(finding);
        }
    }
}

/// Who else gets at the directory. What is world-writable is open to anybody; the rest is common enough to be a remark.
fn directory(around: Meta) -> Option<Finding> {
    let open = around.mode & OTHERS != 0;
    open.then(|| {
        let mut finding = Finding::new("directory-mode-permissive");
        let writable = around.mode & 0o002 != 0;
        finding.severity(if writable { Severity::Warning } else { Severity::Info });
        finding.say(format!("mode {:04o}", around.mode));
        finding
    })
}

fn judge(perms: Perms, meta: Meta, around: Option<Meta>) -> Option<Finding> {
    let mut finding = Finding::new("file-mode-permissive");
    if meta.mode & OTHERS != 0 {
        finding.say(format!("mode {:04o}", meta.mode));
        if perms == Perms::Copy {
            finding.severity(Severity::Info).say("modes of a copy prove little");
        } else if around.is_some_and(|dir| dir.mode & OTHERS == 0) {
            finding.say("the directory keeps others out");
        }
        return Some(finding);
    }
    let strange = perms == Perms::Live && around.is_some_and(|dir| dir.owner != meta.owner);
    strange.then(|| {
        finding.severity(Severity::Info).say("the file and its directory have different owners");
        finding
    })
}
