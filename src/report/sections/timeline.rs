//! The timeline: last success, change markers, first failure, peak, recovery.

use super::Limits;
use super::places::evidence_anchor;
use crate::report::model::Report;
use crate::report::page::{Block, ColumnKind, Inline, Section, Table};

pub fn section(report: &Report, limits: &Limits) -> Section {
    let mut blocks = Vec::new();
    if !report.timeline.is_empty() {
        let mut table = Table::new(
            "What happened when",
            &[
                ("time", ColumnKind::Time),
                ("kind", ColumnKind::Text),
                ("what", ColumnKind::Prose),
                ("evidence", ColumnKind::Text),
            ],
        );
        table.rest = "the JSON report";
        for moment in report.timeline.iter().take(limits.timeline) {
            table.push(vec![
                Inline::new().exact(&moment.time),
                moment.kind.word().replace('_', " ").into(),
                Inline::from(moment.text.as_str()),
                moment
                    .evidence
                    .as_ref()
                    .map_or_else(Inline::new, |id| Inline::new().link(evidence_anchor(id), id.as_str())),
            ]);
        }
        table.total = report.timeline.len();
        blocks.push(Block::Table(table));
    }
    Section::new("timeline", "Timeline", blocks)
}
