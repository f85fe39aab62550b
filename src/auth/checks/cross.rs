//! What only several files together show: shared tokens, duplicate accounts, client registrations.

use super::super::case::Finding;
use super::super::facts::{Examined, FileFact, Options};
use super::super::fingerprint::Fingerprint;
use super::super::providers::sso_registration;
use super::super::verdict::{Refresh, State};
use crate::finding::Severity;
use crate::redact::Safe;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// More related files than this are not listed one by one.
const RELATED_MAX: usize = 8;

/// Joins the files of a run.
pub fn check(mut files: Vec<Examined>, options: &Options) -> Vec<FileFact> {
    dropped_stores(&mut files);
    service_accounts(&mut files);
    registrations(&mut files, options);
    shared(&mut files, "shared-refresh-token", |f| f.links.refresh);
    shared(&mut files, "shared-access-token", |f| f.links.access);
    duplicates(&mut files);
    number_accounts(&mut files);
    files.into_iter().map(|f| f.fact).collect()
}

/// Another program's store lying among the proxy's own files was dropped there unconverted, and is ignored.
fn dropped_stores(files: &mut [Examined]) {
    let typed: std::collections::BTreeSet<&Path> =
        files.iter().filter(|f| f.fact.links.typed).filter_map(|f| f.real.parent()).collect();
    let dropped: Vec<usize> = (0..files.len())
        .filter(|n| files[*n].fact.links.is_store && files[*n].real.parent().is_some_and(|dir| typed.contains(dir)))
        .collect();
    for n in dropped {
        let mut finding = Finding::new("type-missing");
        finding.at("/type").say("it has the layout of another program's store");
        files[n].fact.findings.push(finding);
    }
}

/// The key of a service account in the directory of people's logins.
fn service_accounts(files: &mut [Examined]) {
    let is_login = |f: &&Examined| f.fact.loads && f.fact.links.needs_token;
    let logins: std::collections::BTreeSet<PathBuf> =
        files.iter().filter(is_login).filter_map(|f| Some(f.real.parent()?.to_path_buf())).collect();
    for file in files.iter_mut().filter(|f| f.fact.loads && f.fact.links.provider == Some("vertex")) {
        if file.real.parent().is_some_and(|dir| logins.contains(dir)) {
            file.fact.findings.push(Finding::new("service-account-among-logins"));
        }
    }
}

/// Kiro logins and the registrations they name.
fn registrations(files: &mut [Examined], options: &Options) {
    let by_name: BTreeMap<Fingerprint, usize> =
        files.iter().enumerate().filter_map(|(n, f)| Some((f.fact.links.registration_name?, n))).collect();
    // What a token file tells of a registration counts where the registration's own file is not there.
    let of_client = |own_file: bool| {
        let files = files.iter().enumerate().map(|(n, f)| (n, &f.fact.links));
        let here = files.filter(move |(_, links)| match own_file {
            true => links.registration_name.is_some(),
            false => links.registration_end.is_some(),
        });
        here.filter_map(|(n, links)| Some((links.client_id?, n)))
    };
    let by_client: BTreeMap<Fingerprint, usize> = of_client(false).chain(of_client(true)).collect();
    let has_cache =
        files.iter().any(|f| matches!(f.fact.links.provider, Some("sso-registration" | "sso-token" | "kiro-ide")));
    for n in 0..files.len() {
        let links = &files[n].fact.links;
        if !links.needs_client {
            continue;
        }
        // The server sends the file's own client pair; what the hash names stands in where there is none.
        let own = links.client_id.filter(|_| files[n].fact.has_client_secret);
        let named = links.registration.map(|hash| by_name.get(&hash).copied());
        let fits =
            |other: &usize| own.is_none_or(|id| files[*other].fact.links.client_id.is_none_or(|theirs| theirs == id));
        let found = links.client_id.and_then(|id| by_client.get(&id).copied()).or_else(|| named.flatten().filter(fits));
        match found {
            Some(other) => depend(files, n, other, options),
            None if named == Some(None) && has_cache => missing(&mut files[n].fact),
            None => {}
        }
    }
}

/// The login depends on a registration whose end is known.
fn depend(files: &mut [Examined], login: usize, registration: usize, options: &Options) {
    if files[login].fact.loads && files[registration].fact.links.registration_name.is_some() {
        // The server reads the registration on behalf of the login.
        files[registration].fact.loads = true;
    }
    let told = &files[registration].fact;
    let Some(end) = told.links.registration_end.or(told.expires_at) else { return };
    let path = files[registration].fact.path.clone();
    let fact = &mut files[login].fact;
    fact.links.renewal_end = Some(fact.links.renewal_end.map_or(end, |own| own.min(end)));
    let ended = end <= options.as_of;
    if !ended && !sso_registration::ends_soon(end, options.as_of) {
        return;
    }
    let id = if ended { "kiro-registration-expired" } else { "kiro-registration-expiring" };
    let mut finding = Finding::new(id);
    finding.say(format!("it ends {}", end.text())).related(path);
    if fact.links.is_store {
        finding.severity(Severity::Warning);
    }
    fact.findings.retain(|f| f.rule.id != id);
    fact.findings.push(finding);
    if ended && fact.refresh != Refresh::NotApplicable {
        fact.refresh = Refresh::Impossible;
    }
}

fn missing(fact: &mut FileFact) {
    let mut finding = Finding::new("kiro-registration-file-missing");
    finding.at(if fact.links.is_store { "/clientIdHash" } else { "/client_id_hash" });
    if fact.has_client_id && fact.has_client_secret {
        finding.severity(Severity::Info).say("the client pair is stored in the file itself");
    } else if fact.links.is_store {
        finding.severity(Severity::Warning);
    }
    if !(fact.has_client_id && fact.has_client_secret) && fact.refresh == Refresh::Possible {
        fact.refresh = Refresh::Impossible;
    }
    fact.findings.push(finding);
}

/// Files that take part in comparisons: one per inode, no leftovers, nothing that was not read.
fn comparable(files: &[Examined]) -> Vec<usize> {
    let mut seen = std::collections::BTreeSet::new();
    let order = (0..files.len()).filter(|n| !files[*n].fact.links.is_link && !files[*n].fact.links.is_leftover);
    order.filter(|n| files[*n].meta.is_none_or(|m| m.identity == (0, 0) || seen.insert(m.identity))).collect()
}

fn shared(files: &mut [Examined], id: &'static str, token: fn(&FileFact) -> Option<Fingerprint>) {
    let mut groups: BTreeMap<Fingerprint, Vec<usize>> = BTreeMap::new();
    for n in comparable(files) {
        if let Some(print) = token(&files[n].fact) {
            groups.entry(print).or_default().push(n);
        }
    }
    for group in groups.into_values().filter(|g| g.len() > 1) {
        let rotates = group.iter().any(|n| files[*n].fact.links.rotates);
        let loaded = group.iter().any(|n| files[*n].fact.loads);
        for n in &group {
            let mut finding = Finding::new(id);
            if !rotates && finding.severity == Severity::Error {
                finding.severity(Severity::Warning).say("this provider's refresh tokens are not used up by refreshing");
            }
            if !loaded {
                finding.severity(Severity::Info);
            }
            relate(&mut finding, &group, *n, files);
            files[*n].fact.findings.push(finding);
        }
    }
}

fn relate(finding: &mut Finding, group: &[usize], own: usize, files: &[Examined]) {
    let others: Vec<Safe> = group.iter().filter(|n| **n != own).map(|n| files[*n].fact.path.clone()).collect();
    if others.len() > RELATED_MAX {
        finding.say(format!("{} files in all", group.len()));
    }
    finding.related.extend(others.into_iter().take(RELATED_MAX));
}

/// One account in several files of a provider.
fn duplicates(files: &mut [Examined]) {
    let mut groups: BTreeMap<(&'static str, String, Fingerprint), Vec<usize>> = BTreeMap::new();
    for n in comparable(files) {
        let fact = &files[n].fact;
        if let (Some(provider), Some(account), true) =
            (fact.links.provider, &fact.account, fact.loads && !fact.links.is_store)
        {
            let label = fact.provider.clone().unwrap_or_default();
            groups.entry((provider, label, account.fingerprint)).or_default().push(n);
        }
    }
    for group in groups.into_values().filter(|g| g.len() > 1) {
        for n in &group {
            let mine = &files[*n].fact.links;
            // A second workspace, project or login type of the same person is no duplicate.
            let same: Vec<usize> =
                group.iter().copied().filter(|m| files[*m].fact.links.account_part == mine.account_part).collect();
            let mut finding = Finding::new("duplicate-account");
            if same.len() < 2 {
                finding.severity(Severity::Info).say("they differ in workspace, project or login type");
            } else if group.iter().filter(|m| !files[**m].fact.disabled).count() < 2 {
                finding.severity(Severity::Info).say("at most one of them is in use");
            }
            relate(&mut finding, if same.len() < 2 { &group } else { &same }, *n, files);
            files[*n].fact.findings.push(finding);
        }
    }
}

/// Pseudonyms in the order of the paths.
fn number_accounts(files: &mut [Examined]) {
    let mut numbers: BTreeMap<Fingerprint, u32> = BTreeMap::new();
    for file in files {
        if let Some(account) = &file.fact.account {
            let next = u32::try_from(numbers.len() + 1).unwrap_or(u32::MAX);
            file.fact.account_number = Some(*numbers.entry(account.fingerprint).or_insert(next));
        }
        if file.fact.state == State::None && file.fact.links.provider == Some("sso-registration") {
            file.fact.state = State::Unknown;
        }
    }
}
