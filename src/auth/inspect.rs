//! From paths to verdicts: every file on its own and in parallel, then what only all of them together show.

use super::case::{Case, Finding, Token};
use super::checks::{self, cross, exposure};
use super::cooldown;
use super::facts::{Directory, Examined, FileFact, Options};
use super::fill::fill;
use super::json::Object;
use super::mail::mask_mail;
use super::providers::{self, Named};
use super::read::{self, AuthError, Closed, Content, Entry};
use super::settle::settle;
use super::verdict::{Refresh, State};
use crate::finding::Severity;
use crate::redact::Safe;
use rayon::prelude::*;
use std::path::PathBuf;

/// Looks at every file below the paths.
pub fn inspect(paths: &[PathBuf], options: &Options) -> Result<Directory, AuthError> {
    let found = read::discover(paths)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| AuthError::Threads { threads: options.threads, reason: e.to_string() })?;
    let mut files: Vec<Examined> =
        pool.install(|| found.entries.par_iter().map(|entry| examine(entry, options)).collect());
    let perms = exposure::settle(options.perms, &files);
    exposure::check(perms, &mut files);
    let mut facts: Vec<FileFact> = cross::check(files, options);
    pool.install(|| facts.par_iter_mut().for_each(|fact| settle(fact, options)));
    let mut missed = found.missed;
    missed.extend(facts.iter().filter_map(unread));
    Ok(Directory { files: facts, perms, missed })
}

/// A file whose content is unknown makes the evidence incomplete; a broken one does not.
fn unread(fact: &FileFact) -> Option<Safe> {
    let unknown = fact.links.content.is_none() && !fact.links.readable && !fact.has("file-dangling-symlink");
    unknown.then(|| Safe::own(format!("{}: not read", fact.path)))
}

/// Looks at one file alone.
fn examine(entry: &Entry, options: &Options) -> Examined {
    let shown = if options.mask_paths { mask_mail(&entry.shown) } else { entry.shown.clone() };
    let mut fact = FileFact::blank(Safe::own(shown), entry.below.clone());
    fact.links.is_link = entry.is_link;
    let mut examined = Examined { fact, meta: None, real: entry.real.clone() };
    let name = entry.below.rsplit('/').next().unwrap_or(&entry.below).to_owned();
    if entry.is_link {
        examined.fact.findings.push(Finding::new("file-symlink"));
    }
    if name.to_lowercase().ends_with(cooldown::EXTENSION) {
        return cooling(examined, entry, options);
    }
    if !name.to_lowercase().ends_with(".json") {
        return beside(examined, entry, &name);
    }
    if let Some(provider) = providers::by_prefix(&name) {
        examined.fact.provider = Some(provider.name.to_owned()).filter(|n| !n.is_empty());
    }
    match read::open(entry) {
        Ok(opened) => {
            examined.meta = (!entry.is_link).then_some(opened.meta);
            examined.fact.bytes = opened.meta.bytes;
            examined.fact.modified = opened.meta.modified;
            examined.fact.links.content = Some(options.key.of_bytes(&opened.bytes));
            judge_bytes(&mut examined.fact, &opened.bytes, entry, &name, options);
        }
        Err(closed) => refuse(&mut examined.fact, closed),
    }
    examined
}

/// What the server remembers of a login's refusals. It holds no token.
fn cooling(mut examined: Examined, entry: &Entry, options: &Options) -> Examined {
    let fact = &mut examined.fact;
    match read::open(entry) {
        Ok(opened) => {
            (fact.bytes, fact.modified, fact.links.readable) = (opened.meta.bytes, opened.meta.modified, true);
            if let Some(running) = cooldown::running(&opened.bytes, options.as_of) {
                let mut finding = Finding::new("cooldown-active");
                finding.say(format!("{} of them, the last until {}", running.count, running.until.text()));
                fact.findings.push(finding);
            }
        }
        Err(closed) => {
            refuse(fact, closed);
            // No login is missing for that.
            fact.findings.iter_mut().for_each(|finding| finding.severity = Severity::Info);
        }
    }
    examined
}

/// Files that the loader never takes for credentials. They are not opened.
fn beside(mut examined: Examined, entry: &Entry, name: &str) -> Examined {
    let fact = &mut examined.fact;
    fact.links.readable = true;
    fact.links.content = None;
    let lower = name.to_lowercase();
    let suffixes = [
        "~",
        ".bak",
        ".tmp",
        ".swp",
        ".swo",
        ".old",
        ".orig",
        ".save",
        ".part",
        ".backup",
        ".copy",
        ".rej",
        ".disabled",
    ];
    let leftover = lower.contains(".json")
        || suffixes.iter().any(|s| lower.ends_with(s))
        || (lower.starts_with('#') && lower.ends_with('#'));
    if leftover {
        fact.state = State::Unknown;
        fact.links.is_leftover = true;
        fact.findings.push(Finding::new("leftover-file"));
    }
    if let Ok(meta) = std::fs::symlink_metadata(&entry.real) {
        fact.bytes = meta.len();
    }
    examined
}

fn refuse(fact: &mut FileFact, closed: Closed) {
    let (id, detail) = match closed {
        Closed::Dangling => ("file-dangling-symlink", None),
        Closed::Outside => ("file-unreadable", Some("the link leads out of the directory and is not followed")),
        Closed::Denied => ("file-unreadable", Some("permission denied")),
        Closed::NotRegular => ("file-unreadable", Some("it is no regular file")),
        Closed::TooLarge => ("file-too-large", Some("larger than 16 MiB, not read")),
        Closed::Changed => ("file-unreadable", Some("it changed while it was read")),
        Closed::Failed => ("file-unreadable", Some("the system refused to read it")),
    };
    let is_link = fact.links.is_link;
    let mut finding = Finding::new(id);
    if let Some(detail) = detail {
        finding.say(detail);
    }
    // A link out of the directory is a fact about the copy, not a fault of the credential.
    if closed == Closed::Outside && is_link {
        finding.severity(Severity::Warning);
    }
    if closed == Closed::Dangling && !is_link {
        finding = Finding::new("file-unreadable");
        finding.say("it vanished while the directory was read");
    }
    fact.findings.push(finding);
    (fact.state, fact.refresh) = (State::Unknown, Refresh::Unknown);
}

fn judge_bytes(fact: &mut FileFact, bytes: &[u8], entry: &Entry, name: &str, options: &Options) {
    if bytes.len() as u64 > read::PLAUSIBLE_BYTES_MAX {
        fact.findings.push(Finding::new("file-too-large"));
    }
    match read::content(bytes) {
        Content::Refused { id, offset } => {
            let mut finding = Finding::new(id);
            if let Some(offset) =
                offset.filter(|_| id.starts_with("json") || id.starts_with("nul") || id.starts_with("git"))
            {
                finding.say(format!("at byte {offset}"));
            }
            fact.findings.push(finding);
            (fact.state, fact.refresh) = (State::Unknown, Refresh::Unknown);
        }
        Content::Object { object, duplicates, crlf } => {
            fact.links.readable = true;
            if crlf {
                fact.findings.push(Finding::new("encoding-crlf"));
            }
            if let Some(pointer) = duplicates.into_iter().next() {
                let mut finding = Finding::new("json-duplicate-key");
                finding.at(pointer);
                fact.findings.push(finding);
            }
            judge_object(fact, &object, entry, name, options);
        }
    }
}

fn judge_object(fact: &mut FileFact, object: &Object, entry: &Entry, name: &str, options: &Options) {
    let recognised = providers::recognise(object, &Named { name, path: &entry.shown });
    let provider = recognised.provider;
    let mut case = Case {
        object,
        provider,
        name,
        as_of: options.as_of,
        access: Token::find(object, &provider.access),
        refresh: Token::find(object, &provider.refresh),
        loads: !recognised.kind.is_empty() && !provider.store,
        can_refresh: Refresh::Unknown,
        expires: None,
        renewal_end: None,
        findings: Vec::new(),
    };
    for family in checks::FAMILIES {
        family(&mut case);
    }
    if case.loads && entry.below.contains('/') {
        case.note("file-in-subdirectory");
    }
    fill(fact, case, &recognised.kind, &options.key);
}
