//! The report of `check`: its model, its page, and the formats that only it has.
//!
//! Belongs here: what a machine and a person get to see of an auth directory. Elsewhere: every judgement ([`crate::auth`]),
//! the terminal, Markdown and HTML (three walks over the one [`page`]).

pub mod csv;
pub mod json;
pub mod junit;
pub mod model;
mod names;
pub mod page;
pub mod sarif;
pub mod text;

pub use model::CheckReport;

use super::RenderOptions;
use std::io::{self, Write};

/// A format of the report of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckFormat {
    Text,
    Json,
    Markdown,
    Csv,
    Html,
    Sarif,
    Junit,
}

/// Word of `--format`, extension of a file that holds it, and what it is for.
pub const FORMATS: &[(CheckFormat, &str, &str, &str)] = &[
    (CheckFormat::Text, "text", "txt", "a table that fits the terminal, worst first, then reasons and fixes"),
    (CheckFormat::Json, "json", "json", "everything, for scripts"),
    (CheckFormat::Markdown, "markdown", "md", "to paste into a ticket"),
    (CheckFormat::Csv, "csv", "csv", "one row per file, for spreadsheets"),
    (CheckFormat::Html, "html", "html", "one file, no script, opens anywhere"),
    (CheckFormat::Sarif, "sarif", "sarif", "SARIF 2.1.0, for code scanning"),
    (CheckFormat::Junit, "junit", "xml", "JUnit XML, for CI dashboards"),
];

impl CheckFormat {
    /// The format of a word of `--format`.
    pub fn named(name: &str) -> Option<CheckFormat> {
        FORMATS.iter().find(|f| f.1 == name).map(|f| f.0)
    }
}

/// Writes a report.
pub fn write(
    report: &CheckReport<'_>,
    format: CheckFormat,
    options: &RenderOptions,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = |limits: &page::Limits, format| super::render_page(page::page(report, limits), format, options);
    match format {
        CheckFormat::Json => json::write(report, out),
        CheckFormat::Csv => csv::write(report, out),
        CheckFormat::Sarif => sarif::write(report, out),
        CheckFormat::Junit => junit::write(report, out),
        CheckFormat::Text => text::write(report, &page::TEXT, options, out),
        CheckFormat::Markdown => out.write_all(&page(&page::MARKDOWN, super::Format::Markdown)),
        CheckFormat::Html => out.write_all(&page(&page::HTML, super::Format::Html)),
    }
}
