//! The nine rows of the symptom table.

use super::Case;
use crate::finding::Evidence;
use crate::redact::{Redactor, Safe};

/// What a symptom row says about a case.
#[derive(Debug, Clone)]
pub struct Symptom {
    pub row: u8,
    pub id: &'static str,
    /// `confirmed`, `likely`, `possible`, `refuted`, `not_shown` or `not_testable`.
    pub status: &'static str,
    pub evidence: Vec<Evidence>,
    pub counter_evidence: Vec<Evidence>,
    pub missing: Vec<Safe>,
    pub fix: Safe,
}

/// Files beside the dumps, read whole: credential files as `check` reports them, configurations, saved answers.
#[derive(Debug, Default)]
pub struct Files {
    /// Paths of `--auths` and `--before`.
    pub auths: Vec<std::path::PathBuf>,
    pub before: Vec<std::path::PathBuf>,
    /// Name and bytes of every `--config` and `--saved`.
    pub configs: Vec<(String, Vec<u8>)>,
    pub saved: Vec<(String, Vec<u8>)>,
    /// The object of `check` over `auths` (and `before`), when it was asked for.
    pub check: Option<serde_json::Value>,
}

/// Judges every row of the table.
pub fn evaluate(_case: &Case, _files: &Files, _redactor: &mut Redactor) -> Vec<Symptom> {
    Vec::new()
}
