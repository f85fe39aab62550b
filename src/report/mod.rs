//! Report: the finished facts and their renderers.
//!
//! Belongs here: the model of a report ([`model`]), its layout as a page ([`sections`] builds a [`page`]), one renderer
//! per format, one sanitizer per sink ([`escape`]), the tables that leave ([`events`]). Elsewhere: every number. A renderer
//! that wants another number asks for a field in the model.
//!
//! A report becomes a page once; terminal, Markdown and HTML are three walks over that page. Every renderer is a function
//! of the report and [`RenderOptions`]: the same input gives the same bytes on any machine.

pub mod chart;
pub mod check;
#[cfg(feature = "columns")]
pub mod convert;
pub mod diff;
pub mod escape;
pub mod events;
pub mod explain;
mod glossary;
pub mod html;
pub mod layout;
pub mod markdown;
pub mod model;
pub mod page;
#[cfg(feature = "columns")]
pub mod parquet;
#[cfg(test)]
pub mod sample;
pub mod schema;
pub mod sections;
pub mod spark;
#[cfg(test)]
mod tests;
pub mod text;
pub mod zone;

use model::Report;
use page::Page;
use sections::Limits;

/// A format of the report of `triage` and of every other page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Markdown,
    Html,
}

/// What a format is called, what it is for, and how it is made.
#[derive(Debug)]
pub struct FormatInfo {
    pub format: Format,
    /// Word of `--format`.
    pub name: &'static str,
    /// Of a file that holds it, without the dot.
    pub extension: &'static str,
    pub about: &'static str,
}

/// Every format, in the order of the help.
pub const FORMATS: &[FormatInfo] = &[
    FormatInfo {
        format: Format::Text,
        name: "text",
        extension: "txt",
        about: "for the terminal: verdict first, tables that fit the width",
    },
    FormatInfo {
        format: Format::Json,
        name: "json",
        extension: "json",
        about: "everything, for scripts, `verify` and `diff`; has a JSON Schema",
    },
    FormatInfo {
        format: Format::Markdown,
        name: "markdown",
        extension: "md",
        about: "to paste into an incident ticket",
    },
    FormatInfo {
        format: Format::Html,
        name: "html",
        extension: "html",
        about: "one file with charts, no script, opens anywhere, prints",
    },
];

impl Format {
    /// The format of a word of `--format`.
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.iter().find(|f| f.name == name).map(|f| f.format)
    }

    pub fn info(self) -> &'static FormatInfo {
        FORMATS.iter().find(|f| f.format == self).expect("every format is registered")
    }
}

/// What the caller knows of the place where the report is read.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether the terminal may be coloured.
    pub color: bool,
    /// A second reading of every instant beside UTC.
    pub tz: Option<zone::Zone>,
}

impl Default for RenderOptions {
    fn default() -> Self {
        RenderOptions { width: 80, color: false, tz: None }
    }
}

impl RenderOptions {
    /// The same for a file: no colour, the width of no terminal.
    pub fn plain(&self) -> RenderOptions {
        RenderOptions { tz: self.tz.clone(), ..RenderOptions::default() }
    }
}

/// Renders a report.
pub fn render(report: &Report, format: Format, options: &RenderOptions) -> Vec<u8> {
    // A log of local times without a zone has no instant that could be read in another.
    let local = !report.scope.inputs.is_empty() && report.scope.inputs.iter().all(|i| i.format.starts_with("text-log"));
    let options = &RenderOptions { tz: options.tz.clone().filter(|_| !local), ..options.clone() };
    match format {
        Format::Json => json(report),
        Format::Text => render_page(sections::page(report, &Limits::TEXT), format, options),
        Format::Markdown => render_page(sections::page(report, &Limits::MARKDOWN), format, options),
        Format::Html => render_page(sections::page(report, &Limits::HTML), format, options),
    }
}

/// Renders any page (a report, a comparison, the answer of `check`) in a format for people.
pub fn render_page(mut page: Page, format: Format, options: &RenderOptions) -> Vec<u8> {
    if let Some(zone) = &options.tz {
        page.add_zone(zone);
    }
    let text = match format {
        Format::Markdown => markdown::render(&page),
        Format::Html => html::render(&page),
        Format::Text | Format::Json => text::render(&page, options.width, options.color),
    };
    text.into_bytes()
}

/// A document as indented JSON, one line end at its end, nothing active in it.
pub fn json(document: &impl serde::Serialize) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(document).expect("a model has only text keys and finite numbers");
    text.push('\n');
    escape::json_document(&text).into_owned().into_bytes()
}
