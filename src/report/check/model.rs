//! The finished report of `check`, borrowed from the facts. Field order is the order of the JSON keys.

use super::names::Names;
use crate::auth::cliff::Edge;
use crate::auth::config::{ConfigFact, SecretKey};
use crate::auth::findings::Rule;
use crate::auth::saved::{Answer, Contradiction, SavedFact};
use crate::auth::snapshots::{Flag, Movement, Pair, Side};
use crate::auth::{Account, Examination, FileFact, Finding, Instant, Refresh, State, Verdict};
use crate::finding::Severity;
use crate::redact::Safe;
use indexmap::IndexMap;
use serde::Serialize;

/// The whole report; `schema` is `authopsy.check/1`.
#[derive(Serialize)]
pub struct CheckReport<'a> {
    pub schema: &'static str,
    pub scope: Scope,
    pub files: Vec<FileRow<'a>>,
    /// With `--before` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<Vec<SnapshotRow<'a>>>,
    pub cliff: Vec<CliffRow>,
    pub summary: SummaryRow,
    /// With `--config` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub config: Vec<ConfigRow>,
    /// With `--saved` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<SavedRow>,
    /// What could not be looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Safe>,
    /// Remarks on the run itself, for people.
    #[serde(skip)]
    pub notes: Vec<Safe>,
}

/// What an instant "now" was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AsOf {
    /// `--as-of`.
    Option,
    /// `SOURCE_DATE_EPOCH`.
    Environment,
    /// The machine's clock; never in a report over logs.
    Clock,
    /// The newest row of a report over logs.
    Evidence,
}

#[derive(Serialize)]
pub struct Scope {
    pub paths: Vec<Safe>,
    pub files: u64,
    pub as_of: String,
    pub as_of_source: AsOf,
    pub perms: &'static str,
}

#[derive(Serialize)]
pub struct FileRow<'a> {
    pub path: Safe,
    pub provider: Option<&'a str>,
    pub auth_method: Option<&'a str>,
    pub account: Option<Safe>,
    pub verdict: Verdict,
    pub loads: bool,
    pub state: State,
    pub refresh: Refresh,
    pub expires_at: Option<String>,
    pub refresh_due: Option<String>,
    pub lapses_at: Option<String>,
    pub has_refresh_token: bool,
    pub region: Option<&'a str>,
    pub findings: Vec<FindingRow<'a>>,
    /// The path below the argument, which is shorter to read.
    #[serde(skip)]
    pub name: Safe,
}

#[derive(Serialize)]
pub struct FindingRow<'a> {
    pub id: &'static str,
    pub severity: Severity,
    pub message: &'a Safe,
    pub pointer: Option<&'a str>,
    pub related: Vec<Safe>,
    /// Only there, and true, when a baseline accepts the finding.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// What it breaks, in words for people.
    #[serde(skip)]
    pub rule: &'static Rule,
}

#[derive(Serialize)]
pub struct SnapshotRow<'a> {
    pub file: Safe,
    pub verdict: Movement,
    pub flags: &'a [Flag],
    pub row4: bool,
    pub row9: bool,
    pub before: Option<SideRow>,
    pub after: Option<SideRow>,
}

#[derive(Serialize)]
pub struct SideRow {
    pub expires_at: Option<String>,
    pub last_refresh: Option<String>,
    pub has_refresh_token: bool,
}

#[derive(Serialize)]
pub struct CliffRow {
    pub window: Window,
    pub files: Vec<Safe>,
}

#[derive(Serialize)]
pub struct Window {
    pub start: String,
    pub end: String,
}

#[derive(Serialize)]
pub struct SummaryRow {
    pub files: u64,
    pub by_verdict: IndexMap<&'static str, u64>,
    pub by_severity: IndexMap<&'static str, u64>,
    pub by_id: IndexMap<&'static str, u64>,
    #[serde(skip_serializing_if = "is_zero")]
    pub accepted: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

#[derive(Serialize)]
pub struct ConfigRow {
    pub path: Safe,
    /// `set`, `empty`, `missing`, `misspelt` or `hidden`.
    pub secret_key: &'static str,
    pub allow_remote: Option<bool>,
    pub debug: Option<bool>,
    pub pitfalls: Vec<PitfallRow>,
}

#[derive(Serialize)]
pub struct PitfallRow {
    pub id: &'static str,
    pub key: String,
    pub message: &'static str,
}

#[derive(Serialize)]
pub struct SavedRow {
    pub path: Safe,
    /// `files`, `refresh`, `usage`, `refused`, `no_route` or `other`.
    pub kind: &'static str,
    pub status: Option<u16>,
    pub statement: String,
    pub contradictions: Vec<ContradictionRow>,
}

#[derive(Serialize)]
pub struct ContradictionRow {
    pub file: Safe,
    pub claimed: Option<String>,
    pub stored: Option<String>,
    pub message: &'static str,
}

/// What a report is made of.
pub struct Parts<'a> {
    pub seen: &'a Examination,
    pub paths: Vec<Safe>,
    pub as_of: Instant,
    pub as_of_source: AsOf,
    pub show_accounts: bool,
    /// Masks e-mail addresses in every name of a file.
    pub mask_paths: bool,
    pub notes: Vec<Safe>,
}

/// Puts the report together. The names of all files pass one redactor, in the order of the report.
pub fn build<'a>(parts: &Parts<'a>) -> CheckReport<'a> {
    let owners = parts.seen.directory.files.iter().filter_map(|f| f.account.as_ref());
    let names = &mut Names::new(parts.mask_paths, owners.map(Account::reveal));
    let (seen, counts) = (parts.seen, &parts.seen.counts);
    CheckReport {
        schema: "authopsy.check/1",
        scope: Scope {
            paths: names.all(&parts.paths),
            files: counts.files,
            as_of: parts.as_of.text(),
            as_of_source: parts.as_of_source,
            perms: seen.directory.perms.word(),
        },
        files: seen.directory.files.iter().map(|f| file_row(f, parts.show_accounts, names)).collect(),
        snapshots: seen.pairs.as_ref().map(|pairs| pairs.iter().map(|pair| snapshot_row(pair, names)).collect()),
        cliff: seen.edges.iter().map(|edge| cliff_row(edge, names)).collect(),
        summary: SummaryRow {
            files: counts.files,
            by_verdict: counts.by_verdict.clone(),
            by_severity: counts.by_severity.clone(),
            by_id: counts.by_id.clone(),
            accepted: counts.accepted,
        },
        config: seen.configs.iter().map(|config| config_row(config, names)).collect(),
        saved: seen.answers.iter().map(|saved| saved_row(saved, names)).collect(),
        missed: names.all(seen.missed()),
        notes: parts.notes.clone(),
    }
}

/// RFC 3339 has four digits for the year, and its readers refuse more.
fn text(at: Option<Instant>) -> Option<String> {
    at.filter(|at| (0..=9999).contains(&at.year())).map(Instant::text)
}

fn file_row<'a>(fact: &'a FileFact, show_accounts: bool, names: &mut Names<'_>) -> FileRow<'a> {
    let account = match &fact.account {
        Some(account) if show_accounts => Some(names.account(account.reveal())),
        _ => fact.account_number.map(|n| Safe::own(format!("user#{n}"))),
    };
    FileRow {
        path: names.shown(fact.path.as_str()),
        provider: fact.provider.as_deref(),
        auth_method: fact.auth_method.as_deref(),
        account,
        verdict: fact.verdict,
        loads: fact.loads,
        state: fact.state,
        refresh: fact.refresh,
        expires_at: text(fact.expires_at),
        refresh_due: text(fact.refresh_due),
        lapses_at: text(fact.lapses_at),
        has_refresh_token: fact.has_refresh_token,
        region: fact.region.as_deref(),
        findings: fact.findings.iter().map(|finding| finding_row(finding, names)).collect(),
        name: names.shown(&fact.name),
    }
}

fn finding_row<'a>(finding: &'a Finding, names: &mut Names<'_>) -> FindingRow<'a> {
    FindingRow {
        id: finding.rule.id,
        severity: finding.severity,
        message: &finding.message,
        pointer: finding.pointer.as_deref(),
        related: names.all(&finding.related),
        accepted: finding.accepted,
        rule: finding.rule,
    }
}

fn snapshot_row<'a>(pair: &'a Pair, names: &mut Names<'_>) -> SnapshotRow<'a> {
    SnapshotRow {
        file: names.shown(pair.file.as_str()),
        verdict: pair.verdict,
        flags: &pair.flags,
        row4: pair.row4,
        row9: pair.row9,
        before: pair.before.as_ref().map(side_row),
        after: pair.after.as_ref().map(side_row),
    }
}

fn side_row(side: &Side) -> SideRow {
    SideRow {
        expires_at: text(side.expires_at),
        last_refresh: text(side.last_refresh),
        has_refresh_token: side.has_refresh_token,
    }
}

fn cliff_row(edge: &Edge, names: &mut Names<'_>) -> CliffRow {
    CliffRow { window: Window { start: edge.first.text(), end: edge.last.text() }, files: names.all(&edge.files) }
}

fn config_row(config: &ConfigFact, names: &mut Names<'_>) -> ConfigRow {
    let secret_key = match config.secret_key {
        SecretKey::Set => "set",
        SecretKey::Empty => "empty",
        SecretKey::Missing => "missing",
        SecretKey::Misspelt(_) => "misspelt",
        SecretKey::Hidden => "hidden",
    };
    let pitfalls =
        config.pitfalls.iter().map(|p| PitfallRow { id: p.id, key: p.key.clone(), message: p.message }).collect();
    ConfigRow {
        path: names.shown(config.path.as_str()),
        secret_key,
        allow_remote: config.allow_remote,
        debug: config.debug,
        pitfalls,
    }
}

fn saved_row((fact, contradictions): &(SavedFact, Vec<Contradiction>), names: &mut Names<'_>) -> SavedRow {
    let (kind, statement) = saved_statement(&fact.answer);
    let contradictions = contradictions
        .iter()
        .map(|c| ContradictionRow {
            file: names.shown(c.file.as_str()),
            claimed: text(c.claimed),
            stored: text(c.stored),
            message: c.message,
        })
        .collect();
    SavedRow { path: names.shown(fact.path.as_str()), kind, status: fact.status, statement, contradictions }
}

fn saved_statement(answer: &Answer) -> (&'static str, String) {
    match answer {
        Answer::Files(files) => ("files", format!("a list of {} auth files; it carries no expiry", files.len())),
        Answer::Refresh(r) => {
            let what = match (r.success, r.refreshed) {
                (Some(true), Some(0)) => "success with nothing refreshed: it proves nothing".to_owned(),
                (Some(true), Some(n)) => format!("success, {n} refreshed"),
                (Some(true), None) => "success, without a count".to_owned(),
                (Some(false), _) => "failure".to_owned(),
                (None, _) if r.has_error => "an error".to_owned(),
                (None, _) => "no word of success or failure".to_owned(),
            };
            let warned = if r.warnings > 0 {
                format!(", {} warnings: some files were not refreshed", r.warnings)
            } else {
                String::new()
            };
            ("refresh", format!("the answer to a refresh: {what}{warned}"))
        }
        Answer::Usage(usage) => {
            let failing = usage.iter().filter(|u| u.failing_since.is_some()).count();
            ("usage", format!("usage of {} credentials, {failing} of them failing since a success", usage.len()))
        }
        Answer::Refused(refusal) => ("refused", format!("refused by the management API: {}", refusal_words(*refusal))),
        Answer::NoRoute => {
            ("no_route", "a bare 404: no such route in this build, or no management key configured".to_owned())
        }
        Answer::NotFound => (
            "not_found",
            "a 404 from behind the key check: management is on, but the provider or file of the call is unknown"
                .to_owned(),
        ),
        Answer::WebPage => {
            ("web_page", "a web page: a wrong address, or something that stands before the server".to_owned())
        }
        Answer::Other => ("other", "not an answer known here".to_owned()),
    }
}

fn refusal_words(refusal: crate::auth::saved::Refusal) -> &'static str {
    use crate::auth::saved::Refusal;
    match refusal {
        Refusal::MissingKey => "the key was missing",
        Refusal::InvalidKey => "the key was wrong, or an Authorization header hid the right one",
        Refusal::KeyNotSet => "no key is configured",
        Refusal::RemoteDisabled => "remote management is off and the client was not loopback",
        Refusal::Banned => "the client was banned after five failures",
    }
}
