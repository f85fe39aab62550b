//! Markdown that GitHub and GitLab render alike, ready to paste into an incident ticket.

use super::page::{Block, Card, ColumnKind, Fold, Inline, Page, Run, Table};
use super::{escape, spark, zone};
use std::fmt::Write as _;

/// Renders a page. The verdict is the first line, in bold; sections are second-level headings. What a card keeps folded,
/// its records, stands behind everything else: a reader of a ticket wants the answers on one screen.
pub fn render(page: &Page) -> String {
    let mut out = format!("**{}**\n", inline(&page.verdict, false));
    let mut folded = Vec::new();
    for section in &page.sections {
        let _ = write!(out, "\n## {}\n", escape::markdown(&section.title));
        section.blocks.iter().for_each(|b| block(&mut out, b, &mut folded));
    }
    if !folded.is_empty() {
        out.push_str("\n## Records\n");
        // Folds of folds do not arise: what is folded holds tables.
        folded.into_iter().for_each(|(name, fold)| write_fold(&mut out, Some(name), fold, &mut Vec::new()));
    }
    out
}

/// Folds put off to the end of the page, each with the first word of its card's heading.
type Folded<'a> = Vec<(String, &'a Fold)>;

fn block<'a>(out: &mut String, block: &'a Block, folded: &mut Folded<'a>) {
    match block {
        Block::Prose(text) => {
            let _ = write!(out, "\n{}\n", inline(text, false));
        }
        Block::Facts(facts) => {
            out.push('\n');
            for (label, value) in facts {
                let label = if label.is_empty() { String::new() } else { format!("**{}:** ", escape::markdown(label)) };
                let _ = writeln!(out, "- {label}{}", inline(value, false));
            }
        }
        Block::List(items) => {
            out.push('\n');
            items.iter().for_each(|i| {
                let _ = writeln!(out, "- {}", inline(i, false));
            });
        }
        Block::Table(table) => write_table(out, table),
        Block::Card(card) => write_card(out, card, folded),
        Block::Fold(fold) => write_fold(out, None, fold, folded),
        Block::Code(code) => {
            let _ = write!(out, "\n{}", escape::markdown_block(code.info, &[&code.text]));
        }
        Block::Figure(_) => {}
    }
}

fn write_card<'a>(out: &mut String, card: &'a Card, folded: &mut Folded<'a>) {
    let _ = write!(out, "\n### {}\n", inline(&card.heading, false));
    let name = plain(&card.heading);
    let name = name.split(" · ").next().unwrap_or("").trim().to_owned();
    for b in &card.blocks {
        match b {
            Block::Fold(fold) => folded.push((name.clone(), fold)),
            other => block(out, other, folded),
        }
    }
}

fn write_fold<'a>(out: &mut String, name: Option<String>, fold: &'a Fold, folded: &mut Folded<'a>) {
    let name = name.map(|n| format!("{n}: ")).unwrap_or_default();
    let _ = write!(out, "\n<details><summary>{}</summary>\n", escape::html(&(name + &plain(&fold.summary))));
    fold.blocks.iter().for_each(|b| block(out, b, folded));
    out.push_str("\n</details>\n");
}

fn write_table(out: &mut String, table: &Table) {
    let _ = write!(out, "\n{}", escape::markdown(&table.caption));
    if let Some(omission) = table.omission() {
        let _ = write!(out, " ({})", escape::markdown(&omission));
    }
    out.push_str("\n\n|");
    for column in &table.columns {
        let _ = write!(out, " {} |", escape::markdown(&column.title));
    }
    out.push_str("\n|");
    for column in &table.columns {
        out.push_str(if column.kind == ColumnKind::Number { " --: |" } else { " --- |" });
    }
    out.push('\n');
    for row in &table.rows {
        out.push('|');
        for cell in &row.cells {
            let _ = write!(out, " {} |", inline(cell, true));
        }
        out.push('\n');
    }
}

/// One line of Markdown. A `|` never stands raw in it, so it is safe in a table cell.
fn inline(inline: &Inline, cell: bool) -> String {
    let mut out = String::new();
    for run in &inline.0 {
        match run {
            Run::Text(text) => out.push_str(&escape::markdown(text)),
            Run::Link { text, .. } => out.push_str(&escape::markdown(text)),
            Run::Value(text) if cell => out.push_str(&escape::markdown_cell(text)),
            Run::Value(text) => out.push_str(&escape::markdown_code(text)),
            Run::Strong(_, text) => {
                let _ = write!(out, "**{}**", escape::markdown(text));
            }
            Run::Time { at, exact } if crate::record::time::parse(at).is_some() => out.push_str(&zone::utc(at, *exact)),
            Run::Time { at, .. } => out.push_str(&escape::markdown(at)),
            Run::Spark(counts) => out.push_str(&spark::sparkline(counts, 24)),
        }
    }
    out
}

/// The words of an inline without any markup.
fn plain(inline: &Inline) -> String {
    let text = |run: &Run| match run {
        Run::Text(text) | Run::Value(text) | Run::Strong(_, text) | Run::Link { text, .. } => text.clone(),
        Run::Time { at, exact } => zone::utc(at, *exact),
        Run::Spark(_) => String::new(),
    };
    inline.0.iter().map(text).collect()
}
