//! Failures by status and who answered, by class, and over time.

use super::Limits;
use crate::aggregate::charts::{Charts, Series};
use crate::finding::{Origin, Role};
use crate::report::chart;
use crate::report::model::{Report, StatusCount};
use crate::report::page::{Block, Column, ColumnKind, Figure, Fold, Inline, Section, Table, anchor, plural};
use crate::report::zone;

pub fn section(report: &Report, limits: &Limits) -> Section {
    let mut blocks = vec![Block::Table(by_status(report))];
    if !report.counts.by_class.is_empty() {
        blocks.push(Block::Table(by_class(report, limits)));
    }
    if let Some(charts) = &report.charts {
        blocks.extend(over_time(charts, limits));
    }
    Section::new("counts", "Counts", blocks)
}

fn by_status(report: &Report) -> Table {
    let rows = &report.counts.by_status;
    let unknown = rows.iter().any(|r| r.unknown > 0);
    let mut columns = vec![
        ("status", ColumnKind::Number),
        ("upstream", ColumnKind::Number),
        ("proxy", ColumnKind::Number),
        ("tunnel", ColumnKind::Number),
    ];
    if unknown {
        columns.push(("unknown", ColumnKind::Number));
    }
    columns.extend([
        ("first", ColumnKind::Time),
        ("last", ColumnKind::Time),
        ("findings", ColumnKind::Text),
        ("hosts", ColumnKind::Text),
    ]);
    let mut table = Table::new("Failed attempts by status and who answered", &columns);
    for row in rows {
        table.push(status_row(report, row, unknown));
    }
    table
}

fn status_row(report: &Report, row: &StatusCount, unknown: bool) -> Vec<Inline> {
    let mut cells = vec![
        Inline::from(row.status.to_string()),
        Inline::new().number(row.upstream),
        Inline::new().number(row.proxy),
        Inline::new().number(row.tunnel),
    ];
    if unknown {
        cells.push(Inline::new().number(row.unknown));
    }
    let of_status = report
        .findings
        .iter()
        .chain(&report.nearby)
        .filter(|f| f.by_status.iter().any(|s| s.status == row.status && s.count > 0))
        .map(|f| f.id.as_str());
    cells.extend([
        Inline::new().time_or_dash(row.first.as_ref()),
        Inline::new().time_or_dash(row.last.as_ref()),
        links(of_status, 6),
        super::places::names(&row.hosts, 3),
    ]);
    cells
}

/// Links to findings, at most `most`.
fn links<'a>(ids: impl Iterator<Item = &'a str>, most: usize) -> Inline {
    let ids: Vec<&str> = ids.collect();
    let mut out = Inline::new();
    for (n, id) in ids.iter().take(most).enumerate() {
        if n > 0 {
            out = out.text(" ");
        }
        out = out.link(anchor("f-", id), *id);
    }
    if ids.len() > most { out.text(format!(" +{}", ids.len() - most)) } else { out }
}

fn by_class(report: &Report, limits: &Limits) -> Table {
    let trend = report.charts.as_ref().map(|c| &c.classes);
    let mut table = Table::new(
        "Failed attempts by class",
        &[("class", ColumnKind::Key), ("attempts", ColumnKind::Number), ("episodes", ColumnKind::Number)],
    );
    if trend.is_some() {
        table.columns.push(Column { title: "over time".into(), kind: ColumnKind::Text });
    }
    for title in ["origin", "findings"] {
        table.columns.push(Column { title: title.into(), kind: ColumnKind::Text });
    }
    table.rest = "the JSON report";
    for row in report.counts.by_class.iter().take(limits.rows) {
        let of_class = report
            .findings
            .iter()
            .chain(&report.nearby)
            .filter(|f| f.class == row.class && f.origin == row.origin)
            .map(|f| f.id.as_str());
        // Almost every row is a root, so only the others say what they are.
        let role = if row.role == Role::Root { String::new() } else { format!(" ({})", row.role.word()) };
        let mut cells = vec![
            Inline::from(format!("{}{role}", row.class)),
            Inline::new().number(row.attempts),
            Inline::new().number(row.episodes),
        ];
        if let Some(trend) = trend {
            let own = |s: &&Series| s.name.as_str() == row.class && s.origin == Some(row.origin);
            cells.push(trend.iter().find(own).map_or_else(Inline::new, |s| Inline::new().spark(&s.counts)));
        }
        cells.extend([row.origin.word().into(), links(of_class, 6)]);
        table.push(cells);
    }
    table.total = report.counts.by_class.len();
    table
}

fn over_time(charts: &Charts, limits: &Limits) -> Vec<Block> {
    let mut blocks = Vec::new();
    let width =
        zone::duration(i64::try_from(charts.bucket_seconds).unwrap_or(0).saturating_mul(crate::record::time::SECOND));
    if limits.figures {
        let caption = format!(
            "Failures over time, one bar per {width}, coloured by who refused; outlined bars are no auth failures, dashed \
             lines mark changes"
        );
        blocks.push(Block::Figure(Figure { caption, svg: chart::bars(charts) }));
        if !charts.changes.is_empty() {
            blocks.push(changes(charts));
        }
        for (what, rows, total) in
            [("host", &charts.hosts, charts.hosts_total), ("pod", &charts.pods, charts.pods_total)]
        {
            if !rows.is_empty() {
                let caption = format!(
                    "Failures per {what}, one cell per {width}, darker is more; {} of {total} shown",
                    rows.len()
                );
                blocks.push(Block::Figure(Figure { caption, svg: chart::strip(charts, rows, what) }));
            }
        }
        blocks.push(series_tables(charts, &width));
        if charts.scope.len() > 1 {
            let caption = "Who was hit where: failures per host and pod".to_owned();
            blocks.push(Block::Figure(Figure { caption, svg: chart::matrix(charts) }));
            blocks.push(scope_table(charts));
        }
    } else if charts.hosts.len() > 1 {
        blocks.push(Block::Table(trend_table(&charts.hosts, charts.hosts_total, limits, "host", &width)));
    }
    blocks
}

/// Changes listed openly; more are folded, since a restart of many pods is one event to a reader.
const CHANGES_OPEN: usize = 5;

fn changes(charts: &Charts) -> Block {
    let mut table = Table::new(
        "Changes seen while things failed",
        &[("mark", ColumnKind::Number), ("time", ColumnKind::Time), ("change", ColumnKind::Prose)],
    );
    for (n, mark) in charts.changes.iter().enumerate() {
        table.push(vec![
            Inline::from((n + 1).to_string()),
            Inline::new().exact(&mark.time),
            Inline::from(mark.text.as_str()),
        ]);
    }
    table.total = charts.changes_total;
    table.rest = "the events table";
    if table.rows.len() <= CHANGES_OPEN {
        return Block::Table(table);
    }
    let summary = plural(charts.changes_total, "change", "changes") + " seen while things failed";
    Block::Fold(Fold { summary: summary.into(), blocks: vec![Block::Table(table)], in_text: false })
}

fn trend_table(rows: &[Series], total: usize, limits: &Limits, what: &str, width: &str) -> Table {
    let mut table = Table::new(
        format!("Failures per {what}, one mark per {width}"),
        &[(what, ColumnKind::Key), ("failures", ColumnKind::Number), ("over time", ColumnKind::Text)],
    );
    for row in rows.iter().take(limits.rows.min(8)) {
        table.push(vec![
            Inline::new().value(row.name.as_str()),
            Inline::new().number(row.total),
            Inline::new().spark(&row.counts),
        ]);
    }
    table.total = total;
    table
}

/// Classes side by side in one table: more do not fit a printed page.
const CLASSES_ABREAST: usize = 6;

/// The numbers of the figures, for readers who cannot see them.
fn series_tables(charts: &Charts, width: &str) -> Block {
    let parts = charts.classes.chunks(CLASSES_ABREAST).map(|part| Block::Table(series_table(charts, part, width)));
    Block::Fold(Fold { summary: "The same numbers as a table".into(), blocks: parts.collect(), in_text: false })
}

fn series_table(charts: &Charts, classes: &[Series], width: &str) -> Table {
    let mut columns = vec![("from", ColumnKind::Time)];
    let name = |s: &Series| format!("{} ({})", s.name, s.origin.map_or("", Origin::word));
    let names: Vec<String> = classes.iter().map(name).collect();
    columns.extend(names.iter().map(|name| (name.as_str(), ColumnKind::Number)));
    let mut table = Table::new(format!("Failures per class and {width}; buckets without any are left out"), &columns);
    let start = crate::record::time::parse(&charts.start).unwrap_or(0);
    let step = i64::try_from(charts.bucket_seconds).unwrap_or(0).saturating_mul(crate::record::time::SECOND);
    for n in 0..charts.buckets {
        let counts: Vec<u64> = classes.iter().map(|s| s.counts.get(n).copied().unwrap_or(0)).collect();
        if counts.iter().any(|c| *c > 0) {
            let at = crate::record::time::format(start.saturating_add(step.saturating_mul(n as i64)));
            let mut cells = vec![Inline::new().time(&at)];
            cells.extend(counts.iter().map(|c| Inline::new().number(*c)));
            table.push(cells);
        }
    }
    table
}

fn scope_table(charts: &Charts) -> Block {
    let mut table = Table::new(
        "Failures per host and pod",
        &[("host", ColumnKind::Text), ("pod", ColumnKind::Text), ("failures", ColumnKind::Number)],
    );
    for cell in &charts.scope {
        table.push(vec![
            Inline::new().value(cell.host.as_str()),
            Inline::new().value(cell.pod.as_str()),
            Inline::new().number(cell.failed),
        ]);
    }
    Block::Fold(Fold {
        summary: "The same numbers as a table".into(),
        blocks: vec![Block::Table(table)],
        in_text: false,
    })
}
