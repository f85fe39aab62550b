//! The finished report of `triage`: complete, ordered, redacted. Field order is the order of the JSON keys.

use crate::aggregate::charts::Charts;
use crate::classify::completeness::Mode;
use crate::classify::symptoms::Status;
use crate::classify::timeline::Mark;
use crate::finding::{Confidence, Credential, Evidence, Origin, Role, words};
use crate::redact::Safe;
use indexmap::IndexMap;
use serde::Serialize;

/// The whole report; `schema` is `authopsy.report/1`.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub verdict: Verdict,
    pub scope: Scope,
    pub counts: Counts,
    pub findings: Vec<Finding>,
    pub secret_errors: Vec<SecretError>,
    pub symptoms: Vec<Symptom>,
    pub detectors: Vec<Detection>,
    /// The object of `check`, when auth directories were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_files: Option<serde_json::Value>,
    pub timeline: Vec<Moment>,
    /// Not auth, but seen: rate limits, outages, network, TLS.
    pub nearby: Vec<Finding>,
    pub hypotheses: Vec<Hypothesis>,
    pub redactions: Redactions,
    pub manifest: Manifest,
    /// Counts behind the charts; absent when nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub charts: Option<Charts>,
    pub glance: Glance,
}

/// The short answers a reader wants first: was there evidence, who refused, since when, how wide, what next, what is not
/// known. Each can be found again, with its records, in the lists of the report.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Glance {
    /// Failed requests of the findings that are roots or derived.
    pub requests: u64,
    /// Log lines of such findings that no request is tied to.
    pub lines: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    /// Who refused, most failures first.
    pub refused: Vec<Refused>,
    /// How many distinct names of each kind failed; kinds without any are left out.
    pub reach: Vec<Reach>,
    /// Worst first, findings of one class together.
    pub causes: Vec<Cause>,
    /// What to look for next when nothing was found.
    pub ask: Option<Safe>,
    pub unknown: Vec<Safe>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Refused {
    pub origin: Origin,
    pub failures: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Reach {
    /// `hosts`, `pods`, `services`, `threads`, `executions`, `tools`, `credentials` or `identities`.
    pub what: &'static str,
    pub failed: u64,
    /// Distinct names with any request at all, failed or not; absent where it is not counted.
    pub seen: Option<u64>,
}

/// All findings of one class.
#[derive(Debug, Clone, Serialize)]
pub struct Cause {
    pub class: &'static str,
    /// One clause: what happened, if the class is right.
    pub meaning: Safe,
    pub origins: Vec<Origin>,
    /// Of the worst of its findings.
    pub confidence: Confidence,
    /// Ids, worst first.
    pub findings: Vec<String>,
    pub count: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub hosts: Vec<Safe>,
    /// Accounts, files or principals that failed, where the records name them.
    pub identities: Vec<Safe>,
    pub after: After,
    /// The latest of those first successes, where `after` is `success`.
    pub succeeded: Option<String>,
    /// Of the worst of its findings.
    pub next: Next,
}

/// The answer, first line of every format.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    pub found: bool,
    pub class: Option<&'static str>,
    pub origin: Option<Origin>,
    pub confidence: Option<Confidence>,
    pub summary: Safe,
}

#[derive(Debug, Clone, Serialize)]
pub struct Scope {
    pub inputs: Vec<InputScope>,
    pub rows: Rows,
    pub span: Span,
    pub as_of: Option<String>,
    pub window: Window,
    /// Selector name to its text, in the order of the command line's help.
    pub selectors: IndexMap<&'static str, Safe>,
    pub completeness: Completeness,
}

#[derive(Debug, Clone, Serialize)]
pub struct InputScope {
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
    pub lines: u64,
    pub format: &'static str,
}

/// The ledger of rows. `read` = `in_window` + out of window + `malformed` + `duplicate`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rows {
    pub read: u64,
    pub in_window: u64,
    pub selected: u64,
    pub malformed: u64,
    pub duplicate: u64,
}

/// Instants are RFC 3339 in UTC.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Span {
    pub first: Option<String>,
    pub last: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Window {
    pub start: Option<String>,
    pub end: Option<String>,
}

words! {
    /// What the records show after the last failure of a cause, in the order of urgency.
    After {
        /// No success, and the records end within ten minutes of a failure.
        Failing = "failing",
        /// Some of its findings are followed by a success, others are not.
        Partly = "partly",
        /// A later request to the same host with the same credential went through, for every finding.
        Success = "success",
        NotShown = "not_shown",
    }
}

/// What the export can and cannot show.
#[derive(Debug, Clone, Serialize)]
pub struct Completeness {
    pub mode: Mode,
    pub gaps: Vec<Safe>,
    pub notes: Vec<Safe>,
    pub safe_claims: Vec<Safe>,
    pub unsafe_claims: Vec<Safe>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    pub by_status: Vec<StatusCount>,
    pub by_class: Vec<ClassCount>,
    /// By host and credential, at most [`TARGETS_MAX`].
    pub by_target: Vec<Target>,
}

/// Targets of a report. A list that is as long may lack some.
pub const TARGETS_MAX: usize = 1000;

/// One host with one credential that requests were sent with; without a name for those that went without, or where the
/// records do not tell.
#[derive(Debug, Clone, Serialize)]
pub struct Target {
    pub host: Safe,
    pub credential: Option<Safe>,
    /// Selected attempts that failed.
    pub failed: u64,
    /// The last success of all, selected or not.
    pub last_success: Option<String>,
}

/// Failed attempts with one status, split by who answered. 401, 403 and 503 are always present.
#[derive(Debug, Clone, Serialize)]
pub struct StatusCount {
    pub status: u16,
    pub upstream: u64,
    pub proxy: u64,
    pub tunnel: u64,
    pub unknown: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub hosts: Vec<Safe>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ClassCount {
    pub class: &'static str,
    pub origin: Origin,
    pub role: Role,
    pub attempts: u64,
    pub episodes: u64,
}

/// One cause at one host with one secret or rejecting transform.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    pub id: String,
    pub class: &'static str,
    pub subtype: Option<&'static str>,
    pub origin: Origin,
    pub role: Role,
    pub confidence: Confidence,
    /// Id of the finding this one only echoes.
    pub caused_by: Option<String>,
    pub host: Option<Safe>,
    pub method: Option<Safe>,
    pub path: Option<Safe>,
    pub by_status: Vec<FindingStatus>,
    pub secret_ref: Option<Safe>,
    pub transform: Option<Safe>,
    pub identity: Option<Safe>,
    pub count: u64,
    pub episodes: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub pods: Vec<Safe>,
    pub services: Vec<Safe>,
    pub threads: Vec<Safe>,
    pub executions: Vec<Safe>,
    pub tools: Vec<Safe>,
    pub credential: Credential,
    /// One sentence whose verb fits (class, confidence).
    pub statement: Safe,
    pub next: Next,
    pub evidence: Vec<Evidence>,
    pub counter_evidence: Vec<Evidence>,
    /// LogsQL that selects exactly the finding's records.
    pub query: Safe,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingStatus {
    pub status: u16,
    pub tunnel: bool,
    pub count: u64,
}

/// What to do: `collect` and `verify` are always allowed, `act` only where the class is confirmed.
#[derive(Debug, Clone, Serialize)]
pub struct Next {
    /// `collect`, `verify` or `act`.
    pub kind: &'static str,
    pub text: Safe,
    pub fixer: &'static str,
    pub retry: &'static str,
}

words! {
    /// What became of the requests that needed a secret.
    SecretMode {
        /// They went on without it.
        Open = "open",
        /// They were refused.
        Closed = "closed",
        /// They were served with an older value.
        Stale = "stale",
        /// No request is tied to the error.
        Unknown = "unknown",
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct SecretError {
    pub reference: Safe,
    pub source: Safe,
    pub message: Safe,
    pub count: u64,
    pub first: Option<String>,
    pub last: Option<String>,
    pub pods: Vec<Safe>,
    pub mode: SecretMode,
}

/// One of the nine rows of the symptom table.
#[derive(Debug, Clone, Serialize)]
pub struct Symptom {
    pub row: u8,
    pub id: &'static str,
    pub status: Status,
    pub evidence: Vec<Evidence>,
    pub counter_evidence: Vec<Evidence>,
    /// What would raise the status.
    pub missing: Vec<Safe>,
    pub fix: Safe,
}

#[derive(Debug, Clone, Serialize)]
pub struct Detection {
    /// `D01` to `D24`.
    pub id: &'static str,
    pub fired: bool,
    pub statement: Safe,
    pub thresholds: IndexMap<&'static str, String>,
    pub inputs: IndexMap<&'static str, String>,
    pub censoring: Option<Safe>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Moment {
    pub time: String,
    pub kind: Mark,
    pub text: Safe,
    /// Evidence id.
    pub evidence: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Hypothesis {
    pub text: Safe,
    /// The check outside the dump that would settle it.
    pub check: Safe,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Redactions {
    pub by_kind: IndexMap<String, u64>,
    pub total: u64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Manifest {
    pub tool: &'static str,
    pub version: &'static str,
    pub rules_sha256: String,
    pub argv: Vec<Safe>,
    pub options: IndexMap<&'static str, String>,
    pub inputs: Vec<String>,
    pub limits_hit: Vec<Safe>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseFile>,
}

/// What the examiner says about the case: dotted names in the order of the file, and the digest of its bytes.
#[derive(Debug, Clone, Serialize)]
pub struct CaseFile {
    pub sha256: String,
    pub entries: IndexMap<String, Safe>,
}
