//! Sections: a finished report laid out as a [`Page`], in the one order that every format keeps.
//!
//! Belongs here: which facts stand where and in which words. Elsewhere: the numbers ([`crate::report::model`]), the looks
//! (the renderers).

mod auth_files;
mod closing;
mod counts;
mod detectors;
mod findings;
mod glance;
mod places;
mod refusal;
mod scope;
mod secrets;
mod symptoms;
mod timeline;
pub mod words;

use super::model::Report;
use super::page::{Inline, Page, Section, Tone};
use crate::finding::Confidence;

/// How much of each list a format shows. What is left out is always counted.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Causes of the table at the head.
    pub causes: usize,
    /// Findings as full blocks.
    pub findings: usize,
    /// Nearby findings as full blocks, folded.
    pub nearby: usize,
    /// Evidence records per finding.
    pub evidence: usize,
    /// Characters of a record's fields; where they do not do, the telling fields come first.
    pub fields: usize,
    /// Rows of the timeline.
    pub timeline: usize,
    /// Names in a list: pods, threads.
    pub names: usize,
    /// Rows of any other table.
    pub rows: usize,
    /// Whether figures are drawn.
    pub figures: bool,
}

impl Limits {
    pub const TEXT: Limits = Limits {
        causes: 8,
        findings: 12,
        nearby: 0,
        evidence: 2,
        fields: 190,
        timeline: 12,
        names: 4,
        rows: 20,
        figures: false,
    };
    /// Short enough for the comment of a ticket, which ends at 65,536 characters.
    pub const MARKDOWN: Limits = Limits {
        causes: 12,
        findings: 10,
        nearby: 0,
        evidence: 1,
        fields: 300,
        timeline: 25,
        names: 4,
        rows: 30,
        figures: false,
    };
    pub const HTML: Limits = Limits {
        causes: 60,
        findings: 200,
        nearby: 200,
        evidence: 20,
        fields: usize::MAX,
        timeline: 400,
        names: 40,
        rows: 400,
        figures: true,
    };
}

/// A section: its place in the list is its place in the report. Empty blocks leave the section out.
type Build = fn(&Report, &Limits) -> Section;

const SECTIONS: &[Build] = &[
    glance::section,
    scope::section,
    counts::section,
    findings::section,
    secrets::section,
    refusal::section,
    symptoms::section,
    detectors::section,
    auth_files::section,
    timeline::section,
    findings::nearby,
    closing::hypotheses,
    closing::redactions,
    closing::manifest,
];

/// Lays a report out.
pub fn page(report: &Report, limits: &Limits) -> Page {
    let sections = SECTIONS.iter().map(|build| build(report, limits)).filter(|s| !s.blocks.is_empty()).collect();
    Page {
        title: "authopsy report".to_owned(),
        verdict: Inline::new().text(report.verdict.summary.as_str()),
        tone: match (report.verdict.found, report.verdict.confidence) {
            (true, Some(confidence)) => tone(confidence),
            (true, None) => Tone::Warn,
            (false, _) => Tone::Plain,
        },
        sections,
    }
}

fn tone(confidence: Confidence) -> Tone {
    match confidence {
        Confidence::Confirmed => Tone::Bad,
        Confidence::Likely => Tone::Warn,
        Confidence::Possible => Tone::Quiet,
    }
}
