//! Rows of a query as bytes, in the formats of `query`.

use crate::report::escape;
use crate::store::query::print_row;
use comfy_table::{ContentArrangement, Table, presets};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr as _;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RowFormat {
    /// One JSON object per line, as the store prints it
    Ndjson,
    /// One JSON array
    Json,
    /// A table for people
    Table,
    /// Comma-separated values with a header line
    Csv,
    /// name=value pairs
    Logfmt,
    /// The message only, one per row
    Raw,
    /// Columnar, for DuckDB, polars, Spark
    Parquet,
}

impl RowFormat {
    /// Whether the column names must be known before the first row.
    pub fn needs_columns(self) -> bool {
        matches!(self, RowFormat::Csv)
    }
}

/// Rows that a table shows; more are counted only.
const TABLE_ROWS: usize = 1000;

/// Writes rows of one format.
pub struct RowWriter<'w> {
    out: &'w mut dyn Write,
    format: RowFormat,
    columns: Vec<String>,
    buffer: Vec<u8>,
    /// Rows of a table, until their widths are known.
    table: Vec<Vec<(String, String)>>,
    rows: u64,
    width: Option<usize>,
    /// Columns of the table, and how many of them fit.
    columns_shown: (usize, usize),
}

impl<'w> RowWriter<'w> {
    /// `columns` are all column names, for the formats that need them; `width` is the terminal's.
    pub fn new(out: &'w mut dyn Write, format: RowFormat, columns: Vec<String>, width: Option<usize>) -> Self {
        RowWriter { out, format, columns, buffer: Vec::new(), table: Vec::new(), rows: 0, width, columns_shown: (0, 0) }
    }

    pub fn begin(&mut self) -> io::Result<()> {
        match self.format {
            RowFormat::Json => self.buffer.extend_from_slice(b"["),
            RowFormat::Csv => {
                let header = self.columns.clone();
                self.csv(header.iter().map(String::as_str))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes one row: names and values in order, none of them empty.
    pub fn row(&mut self, fields: &[(&str, &str)]) -> io::Result<()> {
        self.rows += 1;
        match self.format {
            RowFormat::Ndjson => self.json(fields),
            // A table of its own, see `query`.
            RowFormat::Parquet => {}
            RowFormat::Json => {
                self.buffer.extend_from_slice(if self.rows == 1 { b"\n" } else { b",\n" });
                self.json(fields);
                self.buffer.pop();
            }
            RowFormat::Csv => {
                let columns = self.columns.clone();
                let value = |name: &String| fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v);
                self.csv(columns.iter().map(value))?;
            }
            RowFormat::Logfmt => self.logfmt(fields),
            RowFormat::Raw => {
                let text = fields.iter().find(|(n, _)| *n == "_msg").map_or("", |(_, v)| v);
                let text = if self.width.is_some() { escape::terminal(text) } else { text.into() };
                self.buffer.extend_from_slice(text.as_bytes());
                self.buffer.push(b'\n');
            }
            RowFormat::Table => {
                if self.table.len() < TABLE_ROWS {
                    let cell = |text: &str| escape::terminal(text).into_owned();
                    self.table.push(fields.iter().map(|(n, v)| (cell(n), cell(v))).collect());
                }
            }
        }
        // The first rows come at once, later ones in larger pieces.
        if self.rows <= 100 || self.buffer.len() > 1 << 16 { self.flush() } else { Ok(()) }
    }

    pub fn end(&mut self) -> io::Result<()> {
        match self.format {
            RowFormat::Json => self.buffer.extend_from_slice(if self.rows == 0 { b"]\n" } else { b"\n]\n" }),
            RowFormat::Table => self.print_table(),
            _ => {}
        }
        self.flush()?;
        self.out.flush()
    }

    /// Rows that were counted and not shown.
    pub fn hidden(&self) -> u64 {
        if self.format == RowFormat::Table { self.rows.saturating_sub(TABLE_ROWS as u64) } else { 0 }
    }

    /// Columns of a table that lie wholly behind the right edge, and how many there are.
    pub fn columns_hidden(&self) -> (usize, usize) {
        let (all, shown) = self.columns_shown;
        (all - shown, all)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn json(&mut self, fields: &[(&str, &str)]) {
        let start = self.buffer.len();
        print_row(fields.iter().copied(), &mut self.buffer);
        if self.buffer[start..].is_ascii() {
            return;
        }
        let line = String::from_utf8_lossy(&self.buffer[start..]).into_owned();
        self.buffer.truncate(start);
        self.buffer.extend_from_slice(escape::json_document(&line).as_bytes());
    }

    fn csv<'r>(&mut self, cells: impl Iterator<Item = &'r str>) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(&mut self.buffer);
        // A negative number begins as a formula does, and is none.
        let cell = |c: &'r str| if is_number(c) { c.to_owned() } else { escape::csv_cell(c).into_owned() };
        writer.write_record(cells.map(cell)).map_err(io::Error::other)?;
        writer.flush()
    }

    fn logfmt(&mut self, fields: &[(&str, &str)]) {
        for (i, (name, value)) in fields.iter().enumerate() {
            if i > 0 {
                self.buffer.push(b' ');
            }
            self.buffer.extend_from_slice(escape::terminal(name).as_bytes());
            self.buffer.push(b'=');
            let plain = value.chars().all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '=' | '\\'));
            if plain && !value.chars().any(escape::is_active) {
                self.buffer.extend_from_slice(value.as_bytes());
            } else {
                let mut quoted = String::new();
                crate::logsql::text::quote(value, &mut quoted);
                self.buffer.extend_from_slice(quoted.as_bytes());
            }
        }
        self.buffer.push(b'\n');
    }

    fn print_table(&mut self) {
        let mut columns: Vec<&str> = Vec::new();
        for (name, _) in self.table.iter().flatten() {
            if !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
        // The stream's id says nothing to a person, and its labels are columns of their own.
        columns.retain(|c| *c != "_stream_id" && (*c != "_stream" || self.table.iter().all(|r| r.len() < 4)));
        if columns.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(columns.clone());
        let width = self.width.unwrap_or(usize::MAX);
        let all = columns.len();
        let cell = |row: &[(String, String)], name: &str| -> String {
            let value = row.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v);
            clipped(value, (width / 2).max(20))
        };
        for row in &self.table {
            table.add_row(columns.iter().map(|c| cell(row, c)));
        }
        // Every column has a blank on both sides, the first one no blank before it.
        let begins = table.column_max_content_widths().into_iter().scan(0, |at, wide| {
            let here = *at;
            *at += usize::from(wide) + 2;
            Some(here)
        });
        self.columns_shown = (all, begins.filter(|at| *at < width).count());
        for line in table.lines() {
            let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
            self.buffer.extend_from_slice(clipped(line, width).as_bytes());
            self.buffer.push(b'\n');
        }
    }
}

/// A plain decimal, as no formula is one.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

/// The text, cut to a width with an ellipsis.
fn clipped(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out = String::new();
    for c in text.chars() {
        used += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used >= width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: RowFormat, rows: &[&[(&str, &str)]]) -> String {
        let mut out = Vec::new();
        let columns = vec!["a".to_owned(), "_msg".to_owned()];
        let mut writer = RowWriter::new(&mut out, format, columns, Some(60));
        writer.begin().expect("begin");
        rows.iter().for_each(|r| writer.row(r).expect("row"));
        writer.end().expect("end");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn columns_behind_the_edge_are_counted() {
        let mut out = Vec::new();
        let mut writer = RowWriter::new(&mut out, RowFormat::Table, Vec::new(), Some(30));
        let long = "x".repeat(14);
        writer.row(&[("a", &long), ("b", &long), ("c", "1"), ("d", "2")]).expect("row");
        writer.end().expect("end");
        assert_eq!(writer.columns_hidden(), (2, 4));
    }

    const ROWS: &[&[(&str, &str)]] = &[&[("a", "1"), ("_msg", "x \"y\"\u{202e}")], &[("a", "=2")]];

    #[test]
    fn every_format_of_the_same_rows() {
        assert_eq!(written(RowFormat::Ndjson, ROWS), "{\"a\":\"1\",\"_msg\":\"x \\\"y\\\"\\u202e\"}\n{\"a\":\"=2\"}\n");
        assert_eq!(
            written(RowFormat::Json, ROWS),
            "[\n{\"a\":\"1\",\"_msg\":\"x \\\"y\\\"\\u202e\"},\n{\"a\":\"=2\"}\n]\n"
        );
        assert_eq!(written(RowFormat::Json, &[]), "[]\n");
        assert_eq!(written(RowFormat::Logfmt, ROWS), "a=1 _msg=\"x \\\"y\\\"\\u202e\"\na=\"=2\"\n");
        assert_eq!(written(RowFormat::Raw, ROWS), "x \"y\"\\u{202e}\n\n");
        assert!(written(RowFormat::Csv, ROWS).starts_with("a,_msg\n"));
        assert_eq!(written(RowFormat::Csv, &[&[("a", "-14.5"), ("_msg", "-1+2")]]), "a,_msg\n-14.5,'-1+2\n");
        let table = written(RowFormat::Table, ROWS);
        assert!(table.starts_with('a') && table.contains("\\u{202e}") && table.lines().count() == 3, "{table}");
    }
}
