//! CSV by RFC 4180, with `\n` line ends and cells that no spreadsheet takes for a formula.

use super::Row;
use crate::report::escape;
use std::borrow::Cow;

/// Columns in the order of the contract; the credential's parts stand side by side.
pub const COLUMNS: &[&str] = &[
    "time",
    "kind",
    "class",
    "subtype",
    "origin",
    "role",
    "confidence",
    "status",
    "tunnel",
    "host",
    "method",
    "path",
    "pod",
    "service",
    "thread",
    "execution",
    "tool",
    "secret_ref",
    "credential",
    "credential_names",
    "credential_locations",
    "identity",
    "evidence_id",
    "message",
];

pub fn head() -> String {
    COLUMNS.join(",") + "\n"
}

pub fn row(row: &Row<'_>) -> String {
    let cells: Vec<String> = cells(row).iter().map(|text| cell(text)).collect();
    cells.join(",") + "\n"
}

/// The texts of a row, one per column, not yet made inert.
pub fn cells<'a>(row: &'a Row<'_>) -> Vec<Cow<'a, str>> {
    let e = row.event;
    let list = |list: &[crate::redact::Safe]| list.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ");
    let mut cells: Vec<Cow<'a, str>> = vec![
        row.time().into(),
        e.kind.word().into(),
        e.class.into(),
        e.subtype.unwrap_or("").into(),
        e.origin.word().into(),
        e.role.word().into(),
        e.confidence.word().into(),
        e.status.map(|s| s.to_string()).unwrap_or_default().into(),
        if e.tunnel { "true" } else { "false" }.into(),
    ];
    cells.extend(row.texts().into_iter().map(|(_, text)| Cow::Borrowed(text.unwrap_or(""))));
    cells.extend([
        e.credential.state.word().into(),
        list(&e.credential.names).into(),
        list(&e.credential.locations).into(),
        Cow::Borrowed(e.identity.as_ref().map_or("", |s| s.as_str())),
        Cow::Borrowed(row.evidence_id.as_str()),
        Cow::Borrowed(e.message.as_str()),
    ]);
    cells
}

/// A cell, made inert and quoted where it must be.
pub fn cell(text: &str) -> String {
    let text = escape::csv_cell(text);
    if text.contains([',', '"', ';', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::events::tests::events;

    #[test]
    fn a_reader_gets_the_cells_back() {
        let events = events();
        let text = head() + &events.iter().map(|e| row(&Row::new(e, &[]))).collect::<String>();
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().expect("head").iter().collect::<Vec<_>>(), COLUMNS);
        let rows: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
        assert_eq!(rows.len(), events.len());
        assert_eq!(&rows[0][0], "2026-03-10T11:00:14.120000001Z");
        assert_eq!((&rows[0][7], &rows[4][17]), ("403", "op://Agents Vault/billfold/api key"));
    }

    #[test]
    fn quotes_and_formulas_are_cells() {
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("plain text"), "plain text");
    }
}
