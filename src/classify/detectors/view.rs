//! The run as detectors see it: ordered failures and successes by credential and host.

use super::super::claims::value;
pub use super::super::claims::{count, duration};
use super::super::classes as c;
pub use super::super::settle::EPISODE;
use super::super::settle::Settled;
use super::super::symptoms::Outside;
use super::super::{Attempt, Case, Sym};
use crate::finding::Attachment;
use crate::record::time::Nanos;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// What a detector is given.
pub struct View<'c> {
    pub case: &'c Case,
    pub outside: &'c Outside,
    /// The selected attempts that failed for a reason of authentication, by time.
    pub failures: Vec<&'c Attempt>,
    /// All of them, whatever was selected: what the selected ones are compared with.
    pub all: Vec<&'c Attempt>,
    /// Selected failures, and all successes, by credential and host, by text order of the key.
    pub series: BTreeMap<Key, Vec<Outcome>>,
    /// The same of all failures, where they are more.
    whole: Option<BTreeMap<Key, Vec<Outcome>>>,
    settled: &'c Settled,
    /// The keys of the series by their failures, most of them first. Failures without a name and a host are no one's
    /// story.
    ranked: Vec<Key>,
}

/// Who tried at which host. Texts, because the numbers of symbols depend on the split of the work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub identity: String,
    pub host: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (identity, host) = (value(&self.identity.replace(super::super::LIST, "+")), value(&self.host));
        match (self.identity.is_empty(), self.host.is_empty()) {
            (false, false) => write!(f, "{identity} at {host}"),
            (false, true) => f.write_str(&identity),
            (true, false) => write!(f, "{host} (no credential named)"),
            (true, true) => f.write_str("an unnamed credential"),
        }
    }
}

/// One outcome of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub at: Nanos,
    pub ok: bool,
    /// A 401, or a class of the upstream's token family.
    pub token: bool,
    /// The failure's words name expiry or revocation.
    pub named: bool,
}

/// Rank of an identity: 1 is best, 8 is none. From 4 on a claim is at most likely.
pub fn identity(attempt: &Attempt) -> (Option<Sym>, u8) {
    let t = &attempt.texts;
    [(t.identity, 1), (t.names, 3), (t.secret, 3), (t.tool, 7)]
        .into_iter()
        .find_map(|(sym, rank)| sym.map(|s| (Some(s), rank)))
        .unwrap_or((None, 8))
}

impl<'c> View<'c> {
    pub fn new(case: &'c Case, settled: &'c Settled, outside: &'c Outside) -> View<'c> {
        let attempts = &case.notes.attempts;
        let all: Vec<&Attempt> = attempts.iter().filter(|a| a.is_auth_failure()).collect();
        let selected = settled.selected.iter().map(|i| &attempts[*i]);
        let failures: Vec<&Attempt> = selected.filter(|a| a.is_auth_failure()).collect();
        let whole = (failures.len() < all.len()).then(|| series(case, &all));
        let series = series(case, &failures);
        let failed = |all: &[Outcome]| all.iter().filter(|o| !o.ok).count();
        let mut ranked: Vec<(usize, &Key)> = series.iter().map(|(key, all)| (failed(all), key)).collect();
        ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let named = |key: &Key| !(key.identity.is_empty() && key.host.is_empty());
        let ranked = ranked.into_iter().filter(|(n, key)| *n > 0 && named(key)).map(|(_, key)| key.clone()).collect();
        View { case, outside, failures, all, series, whole, settled, ranked }
    }

    /// The series of all failures, selected or not.
    pub fn whole(&self) -> &BTreeMap<Key, Vec<Outcome>> {
        self.whole.as_ref().unwrap_or(&self.series)
    }

    /// Whether the attempt of this number was asked for.
    pub fn is_selected(&self, number: usize) -> bool {
        self.settled.selected.binary_search(&number).is_ok()
    }

    /// More than a window was asked for.
    pub fn is_narrowed(&self) -> bool {
        self.settled.narrowed
    }

    pub fn text(&self, sym: Option<Sym>) -> &'c str {
        self.case.notes.symbols.get(sym)
    }

    /// First and last instant of the evidence.
    pub fn span(&self) -> Option<(Nanos, Nanos)> {
        let story = &self.case.notes.cliproxy.story.facts;
        let firsts = [self.case.first, self.failures.first().map(|a| a.at), story.first().map(|f| f.at)];
        let lasts = [self.case.last, self.failures.last().map(|a| a.at), story.last().map(|f| f.at)];
        Some((firsts.into_iter().flatten().min()?, lasts.into_iter().flatten().max()?))
    }

    /// Keys with failures, the one with most failures first. Failures without a name and a host are no one's story.
    pub fn failing(&self) -> Vec<(&Key, &[Outcome])> {
        self.ranked.iter().map(|key| (key, self.series[key].as_slice())).collect()
    }
}

/// What is not to be concluded from this export.
pub fn censoring(case: &Case) -> Option<String> {
    case.censored.then(|| {
        "the export was sampled or cut to its newest rows: first, last, rates and absence prove nothing".to_owned()
    })
}

/// Keys of failures with their successes. Successes are those of the same credential and host; where a failure names no
/// credential, all successes of its host.
fn series(case: &Case, failures: &[&Attempt]) -> BTreeMap<Key, Vec<Outcome>> {
    let symbols = &case.notes.symbols;
    let mut lists: IndexMap<(Option<Sym>, Option<Sym>), Vec<Outcome>> = IndexMap::new();
    for attempt in failures.iter().filter(|a| !a.tunnel) {
        let class = attempt.class;
        let named = [&c::TOKEN_EXPIRED, &c::TOKEN_REVOKED].contains(&class);
        // A request that went out without its credential says nothing about the credential.
        let token = attempt.credential != Attachment::Unresolved
            && (named || attempt.status == Some(401) || [&c::TOKEN_INVALID, &c::CREDENTIAL_MISSING].contains(&class));
        let outcome = Outcome { at: attempt.at, ok: false, token, named };
        lists.entry((identity(attempt).0, attempt.texts.host)).or_default().push(outcome);
    }
    let outcomes = &case.notes.outcomes;
    for (key, rows) in outcomes.by_key() {
        let named = key.names.and_then(|_| lists.get_index_of(&(key.names, key.host)));
        let unnamed = key.host.and_then(|_| lists.get_index_of(&(None, key.host)));
        for place in [named, unnamed].into_iter().flatten() {
            lists[place].extend(rows.iter().map(|row| Outcome { at: row.at, ok: true, token: false, named: false }));
        }
    }
    let mut sorted: BTreeMap<Key, Vec<Outcome>> = BTreeMap::new();
    for ((who, host), list) in lists {
        let key = Key { identity: symbols.get(who).to_owned(), host: symbols.get(host).to_owned() };
        sorted.entry(key).or_default().extend(list);
    }
    for list in sorted.values_mut() {
        list.sort_by_key(|o| (o.at, o.ok, o.token, o.named));
    }
    sorted
}
