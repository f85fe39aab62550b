//! Secret-resolution errors: what the proxy could not fetch, and what it did with the requests.

use super::Limits;
use super::places::names;
use crate::report::model::{Report, SecretError, SecretMode};
use crate::report::page::{Block, ColumnKind, Inline, Section, Table, Tone};

pub fn section(report: &Report, limits: &Limits) -> Section {
    let mut blocks = Vec::new();
    if report.secret_errors.is_empty() {
        blocks.push(Block::Prose("None: no record shows a secret that could not be resolved.".into()));
    } else {
        blocks.push(Block::Table(table(report, limits)));
        blocks.push(Block::List(report.secret_errors.iter().take(limits.rows).map(message).collect()));
    }
    Section::new("secrets", "Secret-resolution errors", blocks)
}

fn table(report: &Report, limits: &Limits) -> Table {
    let mut table = Table::new(
        "References that could not be resolved",
        &[
            ("reference", ColumnKind::Key),
            ("source", ColumnKind::Text),
            ("count", ColumnKind::Number),
            ("mode", ColumnKind::Text),
            ("first", ColumnKind::Time),
            ("last", ColumnKind::Time),
            ("pods", ColumnKind::Text),
        ],
    );
    table.rest = "the JSON report";
    for error in report.secret_errors.iter().take(limits.rows) {
        table.push(vec![
            Inline::new().value(reference(error)),
            Inline::from(error.source.as_str()),
            Inline::new().number(error.count),
            Inline::new().strong(Tone::Warn, error.mode.word()),
            Inline::new().time_or_dash(error.first.as_ref()),
            Inline::new().time_or_dash(error.last.as_ref()),
            names(&error.pods, limits.names),
        ]);
    }
    table.total = report.secret_errors.len();
    table
}

fn message(error: &SecretError) -> Inline {
    let mode = match error.mode {
        SecretMode::Open => "requests went on without it (fail open)",
        SecretMode::Closed => "requests were refused (fail closed)",
        SecretMode::Stale => "an older value was served",
        SecretMode::Unknown => "what became of the requests is not shown",
    };
    Inline::new()
        .value(reference(error))
        .text(format!(": {mode}; the log shows \""))
        .value(error.message.as_str())
        .text("\"")
}

/// The reference, or that none is named.
fn reference(error: &SecretError) -> &str {
    if error.reference.is_empty() { "(none named)" } else { error.reference.as_str() }
}
