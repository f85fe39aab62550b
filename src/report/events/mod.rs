//! Events: one row per classified attempt, change, secret error or mint, as tables for other tools.
//!
//! Belongs here: the row of the contract and one writer per table format. Elsewhere: which rows there are
//! ([`crate::scan`]); Parquet bytes ([`super::parquet`]).
//!
//! Every format is written row by row, so a table of any length needs no memory; Parquet alone gathers row groups.

pub mod csv;
pub mod ecs;
pub mod ndjson;
pub mod ocsf;
pub mod timesketch;

use crate::finding::{Event, Kind, Role};
use crate::record::time;
use std::io::Write;

/// One event and the id of its evidence.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    pub event: &'a Event,
    /// `<input sha256, 12 hex>:<byte offset>+<length>`
    pub evidence_id: String,
}

/// What a row is about, in the terms that other tools sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// A credential was refused or could not be used.
    Auth,
    /// A token was not renewed or not issued.
    Token,
    Secret,
    /// Something else failed: an outage, a limit, a request that was wrong.
    Request,
    Change,
}

impl<'a> Row<'a> {
    pub fn matter(&self) -> Matter {
        let e = self.event;
        let family = e.class.split('.').next().unwrap_or_default();
        match e.kind {
            Kind::Change => Matter::Change,
            Kind::Mint => Matter::Token,
            Kind::SecretError => Matter::Secret,
            Kind::Attempt if e.class.starts_with("token.refresh") => Matter::Token,
            Kind::Attempt if e.role == Role::Negative || matches!(family, "avail" | "quota") => Matter::Request,
            Kind::Attempt => Matter::Auth,
        }
    }

    /// A row of an event, given the digests of the inputs in their order.
    pub fn new(event: &'a Event, digests: &[String]) -> Row<'a> {
        let digest = digests.get(event.locator.input as usize).map_or("", String::as_str);
        let short = digest.get(..12).unwrap_or(digest);
        Row { event, evidence_id: format!("{short}:{}+{}", event.locator.offset, event.locator.length) }
    }

    /// RFC 3339 in UTC with every digit of the record.
    pub fn time(&self) -> String {
        time::format(self.event.at)
    }

    /// The row in one line: class, status, host, then what the record says.
    pub fn sentence(&self) -> String {
        let e = self.event;
        let status = e.status.map(|s| format!(" {s}")).unwrap_or_default();
        let host = e.host.as_ref().map(|h| format!(" {h}")).unwrap_or_default();
        let said = if e.message.as_str().is_empty() { String::new() } else { format!(": {}", e.message) };
        format!("{}{status}{host}{said}", e.class)
    }

    /// Text columns that may be absent, in the order of the contract.
    pub fn texts(&self) -> [(&'static str, Option<&str>); 9] {
        let e = self.event;
        let text = |field: &'a Option<crate::redact::Safe>| field.as_ref().map(|s| s.as_str());
        [
            ("host", text(&e.host)),
            ("method", text(&e.method)),
            ("path", text(&e.path)),
            ("pod", text(&e.pod)),
            ("service", text(&e.service)),
            ("thread", text(&e.thread)),
            ("execution", text(&e.execution)),
            ("tool", text(&e.tool)),
            ("secret_ref", text(&e.secret_ref)),
        ]
    }
}

/// A table format of `events`.
#[derive(Debug, Clone, Copy)]
pub struct TableFormat {
    /// Word of `--format`.
    pub name: &'static str,
    pub extension: &'static str,
    pub about: &'static str,
    pub write: Writer,
}

/// How a format is written.
#[derive(Debug, Clone, Copy)]
pub enum Writer {
    /// A head, then one text per row.
    Rows { head: fn() -> String, row: fn(&Row<'_>) -> String },
    /// Columns: [`super::parquet`].
    Parquet,
}

/// Every format, in the order of the help.
pub const FORMATS: &[TableFormat] = &[
    TableFormat {
        name: "ndjson",
        extension: "ndjson",
        about: "one JSON object per row, every field of the contract",
        write: Writer::Rows { head: String::new, row: ndjson::row },
    },
    TableFormat {
        name: "csv",
        extension: "csv",
        about: "for spreadsheets; what could be a formula is neutralised",
        write: Writer::Rows { head: csv::head, row: csv::row },
    },
    TableFormat {
        name: "parquet",
        extension: "parquet",
        about: "typed columns for DuckDB, polars, Spark",
        write: Writer::Parquet,
    },
    TableFormat {
        name: "timesketch",
        extension: "jsonl",
        about: "JSON lines for a Timesketch timeline",
        write: Writer::Rows { head: String::new, row: timesketch::row },
    },
    TableFormat {
        name: "ocsf",
        extension: "ocsf.ndjson",
        about: "OCSF 1.3.0: HTTP Activity, or Base Event where no request is known",
        write: Writer::Rows { head: String::new, row: ocsf::row },
    },
    TableFormat {
        name: "ecs",
        extension: "ecs.ndjson",
        about: "Elastic Common Schema 8.17 with dotted names",
        write: Writer::Rows { head: String::new, row: ecs::row },
    },
];

impl TableFormat {
    /// Whether this build can write it.
    pub fn is_built(&self) -> bool {
        cfg!(feature = "columns") || !matches!(self.write, Writer::Parquet)
    }
}

/// The format of a word of `--format`.
pub fn named(name: &str) -> Option<&'static TableFormat> {
    FORMATS.iter().find(|f| f.name == name)
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error(transparent)]
    Write(#[from] std::io::Error),
    #[error("this build has no columns: parquet needs the feature `columns`")]
    NoColumns,
    #[error("cannot write parquet: {0}")]
    Columns(String),
}

/// Writes a table. `metadata` goes into formats that can carry it (Parquet): tool, version, digest of the manifest.
pub fn write<'a>(
    format: &TableFormat,
    rows: impl Iterator<Item = Row<'a>>,
    metadata: &[(String, String)],
    out: &mut dyn Write,
) -> Result<(), TableError> {
    match format.write {
        Writer::Rows { head, row } => {
            out.write_all(head().as_bytes())?;
            for one in rows {
                out.write_all(row(&one).as_bytes())?;
            }
            Ok(())
        }
        Writer::Parquet => columns(rows, metadata, out),
    }
}

#[cfg(feature = "columns")]
fn columns<'a>(
    rows: impl Iterator<Item = Row<'a>>,
    metadata: &[(String, String)],
    out: &mut dyn Write,
) -> Result<(), TableError> {
    super::parquet::events(rows, metadata, out)
}

#[cfg(not(feature = "columns"))]
fn columns<'a>(_: impl Iterator<Item = Row<'a>>, _: &[(String, String)], _: &mut dyn Write) -> Result<(), TableError> {
    Err(TableError::NoColumns)
}

/// One object per line, nothing active in it.
fn line(object: &serde_json::Map<String, serde_json::Value>) -> String {
    let mut text = serde_json::to_string(object).expect("text keys and finite numbers");
    text.push('\n');
    super::escape::json_document(&text).into_owned()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::aggregate::charts::tests::event;
    use crate::finding::{Confidence, Kind, Origin};
    use crate::redact::Safe;
    use crate::report::escape::{is_active, tests::ATTACKS};

    /// Rows of every kind, with and without a host.
    pub fn events() -> Vec<Event> {
        let mut refused =
            event(1_773_140_414, Kind::Attempt, "local.allowlist-deny", "api.billfold.example", "proxy-blue");
        (refused.origin, refused.confidence, refused.status) = (Origin::LocalProxy, Confidence::Confirmed, Some(403));
        refused.at += 120_000_001;
        refused.thread = Some(Safe::own("slack:T01:C02:1.000100"));
        let mut tunnel =
            event(1_773_140_415, Kind::Attempt, "upstream.token-invalid", "api.billfold.example:443", "proxy-blue");
        (tunnel.tunnel, tunnel.method, tunnel.path) = (true, Some(Safe::own("CONNECT")), None);
        let mut change = event(1_773_140_416, Kind::Change, "request.benign-match", "", "");
        (change.status, change.method, change.path) = (None, None, None);
        let mut mint = event(1_773_140_417, Kind::Mint, "token.refresh-invalid-grant", "", "proxy-red");
        (mint.origin, mint.status, mint.method, mint.path) = (Origin::TokenEndpoint, None, None, None);
        mint.identity = Some(Safe::own("user#3"));
        let mut secret = event(1_773_140_418, Kind::SecretError, "secret.ref-not-found", "", "");
        (secret.status, secret.method, secret.path) = (None, None, None);
        secret.secret_ref = Some(Safe::own("op://Agents Vault/billfold/api key"));
        let limited = event(1_773_140_419, Kind::Attempt, "avail.timeout", "api.weather.example", "");
        vec![refused, tunnel, change, mint, secret, limited]
    }

    fn written(format: &TableFormat, events: &[Event]) -> String {
        let digests = ["b5c4b38f00cda9110f90782197207e38453c087f7bc93211f17747584656b968".to_owned()];
        let mut out = Vec::new();
        write(format, events.iter().map(|e| Row::new(e, &digests)), &[], &mut out).expect("written");
        String::from_utf8(out).expect("UTF-8")
    }

    fn texts() -> impl Iterator<Item = &'static TableFormat> {
        FORMATS.iter().filter(|f| matches!(f.write, Writer::Rows { .. }))
    }

    #[test]
    #[ignore = "writes files for other tools to read"]
    fn look() {
        let dir = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/target/look"));
        std::fs::create_dir_all(dir).expect("a folder");
        for format in texts() {
            std::fs::write(dir.join(format!("events.{}", format.extension)), written(format, &events()))
                .expect("written");
        }
    }

    #[test]
    fn every_format_has_every_row_once() {
        for format in texts() {
            let head = usize::from(format.name == "csv");
            assert_eq!(written(format, &events()).lines().count(), events().len() + head, "{}", format.name);
        }
    }

    #[test]
    fn hostile_text_stays_inert_and_in_its_row() {
        for attack in ATTACKS {
            let mut evil = events();
            for e in &mut evil {
                let text = Some(Safe::own(*attack));
                for field in [
                    &mut e.host,
                    &mut e.method,
                    &mut e.path,
                    &mut e.pod,
                    &mut e.thread,
                    &mut e.tool,
                    &mut e.identity,
                    &mut e.secret_ref,
                ] {
                    field.clone_from(&text);
                }
                e.message = Safe::own(*attack);
            }
            for format in texts() {
                let out = written(format, &evil);
                assert!(!out.chars().any(|c| is_active(c) && c != '\n'), "{} {attack:?}", format.name);
                let head = usize::from(format.name == "csv");
                assert_eq!(out.lines().count(), evil.len() + head, "{} {attack:?}", format.name);
            }
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = FORMATS.iter().map(|f| f.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FORMATS.len());
        assert!(named("ocsf").is_some() && named("xml").is_none());
    }
}
