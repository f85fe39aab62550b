//! CSV by RFC 4180, with `\n` line ends and cells that no spreadsheet takes for a formula.

use super::Row;
use crate::report::escape;

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
    let e = row.event;
    let list = |list: &[crate::redact::Safe]| list.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" ");
    let (names, locations) = (list(&e.credential.names), list(&e.credential.locations));
    let (time, status) = (row.time(), e.status.map(|s| s.to_string()).unwrap_or_default());
    let mut cells: Vec<&str> = vec![
        &time,
        e.kind.word(),
        e.class,
        e.subtype.unwrap_or(""),
        e.origin.word(),
        e.role.word(),
        e.confidence.word(),
        &status,
        if e.tunnel { "true" } else { "false" },
    ];
    let texts = row.texts();
    cells.extend(texts.iter().map(|(_, text)| text.unwrap_or("")));
    let identity = e.identity.as_ref().map_or("", |s| s.as_str());
    cells.extend([e.credential.state.word(), &names, &locations, identity, &row.evidence_id, e.message.as_str()]);
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    cells.join(",") + "\n"
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
