//! Counting what was found.

use super::facts::FileFact;
use super::verdict::Verdict;
use crate::finding::Severity;
use indexmap::IndexMap;

/// Counts over all files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub files: u64,
    /// In the order of [`Verdict::ALL`].
    pub by_verdict: IndexMap<&'static str, u64>,
    /// In the order of [`Severity::ALL`].
    pub by_severity: IndexMap<&'static str, u64>,
    /// In the order of the ids.
    pub by_id: IndexMap<&'static str, u64>,
    /// Findings that a baseline accepts; they are counted above as well.
    pub accepted: u64,
    /// The worst severity that is not accepted.
    pub worst: Option<Severity>,
}

/// Counts the files and their findings.
pub fn count(files: &[FileFact]) -> Summary {
    let mut summary = Summary { files: files.len() as u64, ..Summary::default() };
    summary.by_verdict = Verdict::ALL.iter().map(|v| (v.word(), 0)).collect();
    summary.by_severity = Severity::ALL.iter().map(|s| (s.word(), 0)).collect();
    for file in files {
        *summary.by_verdict.entry(file.verdict.word()).or_insert(0) += 1;
        for finding in &file.findings {
            *summary.by_severity.entry(finding.severity.word()).or_insert(0) += 1;
            *summary.by_id.entry(finding.rule.id).or_insert(0) += 1;
            summary.accepted += u64::from(finding.accepted);
            if !finding.accepted {
                summary.worst = Some(summary.worst.map_or(finding.severity, |worst| worst.min(finding.severity)));
            }
        }
    }
    summary.by_verdict.retain(|_, n| *n > 0);
    summary.by_id.sort_unstable_keys();
    summary
}
