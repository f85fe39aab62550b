//! Credential files, when a directory was given: the object of `check`, joined to the findings.

use super::Limits;
use crate::auth::Verdict;
use crate::report::chart;
use crate::report::check::page::tone;
use crate::report::model::Report;
use crate::report::page::{Block, ColumnKind, Figure, Inline, Section, Table, Tone, anchor, grouped};
use serde_json::Value;

pub fn section(report: &Report, limits: &Limits) -> Section {
    let blocks = report.auth_files.as_ref().map(|v| blocks(v, limits)).unwrap_or_default();
    Section::new("auth-files", "Credential files", blocks)
}

/// The blocks of a `check` object, for a report of its own too.
pub fn blocks(object: &Value, limits: &Limits) -> Vec<Block> {
    let mut out = vec![Block::Prose(summary(object).into())];
    let files = list(object, "files");
    if !files.is_empty() {
        out.push(Block::Table(files_table(&files, &list(object, "joins"), limits)));
    }
    let snapshots = list(object, "snapshots");
    if !snapshots.is_empty() {
        out.push(Block::Table(snapshots_table(&snapshots, limits)));
    }
    let cliff = list(object, "cliff");
    if limits.figures
        && let Some(svg) = chart::cliff(object)
    {
        out.push(Block::Figure(Figure {
            caption: "When credentials lapse: how many are left after each instant".into(),
            svg,
        }));
    }
    if !cliff.is_empty() {
        out.push(Block::Table(cliff_table(&cliff, limits)));
    }
    out
}

fn list<'a>(object: &'a Value, key: &str) -> Vec<&'a Value> {
    object.get(key).and_then(Value::as_array).map(|a| a.iter().collect()).unwrap_or_default()
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or("")
}

fn summary(object: &Value) -> String {
    let count = object.pointer("/summary/files").and_then(Value::as_u64).unwrap_or(0);
    let verdicts = object.pointer("/summary/by_verdict").and_then(Value::as_object);
    let parts: Vec<String> = verdicts
        .into_iter()
        .flatten()
        .filter_map(|(verdict, n)| {
            n.as_u64().filter(|n| *n > 0).map(|n| format!("{} {}", grouped(n), verdict.replace('_', " ")))
        })
        .collect();
    format!("{} files: {}.", grouped(count), if parts.is_empty() { "no verdict".to_owned() } else { parts.join(", ") })
}

fn verdict(file: &Value) -> Option<Verdict> {
    Verdict::ALL.iter().copied().find(|verdict| verdict.word() == text(file, "verdict"))
}

fn files_table(files: &[&Value], joins: &[&Value], limits: &Limits) -> Table {
    let mut table = Table::new(
        "Files, worst first",
        &[
            ("file", ColumnKind::Key),
            ("provider", ColumnKind::Text),
            ("verdict", ColumnKind::Text),
            ("refresh", ColumnKind::Text),
            ("expires", ColumnKind::Time),
            ("file findings", ColumnKind::Text),
            ("in the log", ColumnKind::Text),
        ],
    );
    table.rest = "the JSON report";
    let mut order: Vec<&&Value> = files.iter().collect();
    order.sort_by_key(|file| (verdict(file), text(file, "path")));
    for file in order.into_iter().take(limits.rows) {
        let ids: Vec<&str> = list(file, "findings").iter().map(|f| text(f, "id")).collect();
        let mut joined = Inline::new();
        for join in joins.iter().filter(|j| text(j, "file") == text(file, "path")) {
            let id = text(join, "finding");
            if !joined.is_empty() {
                joined = joined.text(" ");
            }
            joined = joined.link(anchor("f-", id), id);
        }
        let expires = file.get("expires_at").and_then(Value::as_str);
        table.push(vec![
            Inline::new().value(text(file, "path")),
            Inline::from(text(file, "provider")),
            Inline::new().strong(verdict(file).map_or(Tone::Quiet, tone), text(file, "verdict").replace('_', " ")),
            Inline::from(text(file, "refresh").replace('_', " ")),
            expires.map_or_else(|| "—".into(), |at| Inline::new().time(at)),
            Inline::from(ids.join(", ")),
            joined,
        ]);
    }
    table.total = files.len();
    table
}

fn snapshots_table(snapshots: &[&Value], limits: &Limits) -> Table {
    let mut table = Table::new(
        "Before and after",
        &[("file", ColumnKind::Text), ("what happened", ColumnKind::Text), ("flags", ColumnKind::Text)],
    );
    for snapshot in snapshots.iter().take(limits.rows) {
        let flags: Vec<&str> = list(snapshot, "flags").iter().filter_map(|f| f.as_str()).collect();
        table.push(vec![
            Inline::new().value(text(snapshot, "file")),
            Inline::from(text(snapshot, "verdict").replace('_', " ")),
            Inline::from(flags.join(", ").replace('_', " ")),
        ]);
    }
    table.total = snapshots.len();
    table
}

fn cliff_table(cliff: &[&Value], limits: &Limits) -> Table {
    let mut table = Table::new(
        "What lapses together",
        &[("from", ColumnKind::Time), ("files", ColumnKind::Number), ("which", ColumnKind::Text)],
    );
    for window in cliff.iter().take(limits.rows) {
        let files = list(window, "files");
        let mut which = Inline::new();
        for (n, file) in files.iter().take(limits.names).enumerate() {
            if n > 0 {
                which = which.text(", ");
            }
            // Only the name: of a path that is too long for the table, what tells it from others would be cut.
            which = which.value(file.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default());
        }
        if files.len() > limits.names {
            which = which.text(format!(" and {} more", files.len() - limits.names));
        }
        let start = window.pointer("/window/start").and_then(Value::as_str).unwrap_or_default();
        table.push(vec![Inline::new().time(start), Inline::new().number(files.len() as u64), which]);
    }
    table.total = cliff.len();
    table
}
