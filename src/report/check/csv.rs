//! One row per file, for spreadsheets; no cell can act as a formula.

use super::model::{CheckReport, FileRow};
use crate::finding::Severity;
use crate::redact::Safe;
use crate::report::escape::csv_cell;
use std::io::{self, Write};

const HEADER: [&str; 15] = [
    "path",
    "provider",
    "auth_method",
    "account",
    "verdict",
    "loads",
    "state",
    "refresh",
    "expires_at",
    "refresh_due",
    "lapses_at",
    "has_refresh_token",
    "region",
    "errors",
    "findings",
];

/// Writes the table of files.
pub fn write(report: &CheckReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::WriterBuilder::new().from_writer(out);
    table.write_record(HEADER)?;
    for file in &report.files {
        let cells = row(file);
        table.write_record(cells.iter().map(|cell| csv_cell(cell).into_owned()))?;
    }
    table.flush()
}

fn row(file: &FileRow<'_>) -> [String; 15] {
    let opt = |text: Option<&str>| text.unwrap_or("").to_owned();
    let errors = file.findings.iter().filter(|f| f.severity == Severity::Error && !f.accepted).count();
    let ids: Vec<&str> = file.findings.iter().map(|f| f.id).collect();
    [
        file.path.to_string(),
        opt(file.provider),
        opt(file.auth_method),
        opt(file.account.as_ref().map(Safe::as_str)),
        file.verdict.word().to_owned(),
        file.loads.to_string(),
        file.state.word().to_owned(),
        file.refresh.word().to_owned(),
        opt(file.expires_at.as_deref()),
        opt(file.refresh_due.as_deref()),
        opt(file.lapses_at.as_deref()),
        file.has_refresh_token.to_string(),
        opt(file.region),
        errors.to_string(),
        ids.join(" "),
    ]
}
