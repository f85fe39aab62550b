//! Inlines that several sections need: lists of names, spans of time, evidence references.

use crate::finding::Evidence;
use crate::redact::Safe;
use crate::report::page::{self, Block, ColumnKind, Fold, Inline, Table, plural};
use crate::report::zone;

/// `a, b, c and 4 more`.
pub fn names(list: &[Safe], most: usize) -> Inline {
    let mut out = Inline::new();
    for (n, name) in list.iter().take(most).enumerate() {
        if n > 0 {
            out = out.text(", ");
        }
        out = out.value(name.as_str());
    }
    if list.len() > most {
        out = out.text(format!(" and {} more", page::grouped((list.len() - most) as u64)));
    }
    out
}

/// `3 pods: a, b, c`, or nothing for an empty list.
pub fn counted(list: &[Safe], one: &str, many: &str, most: usize) -> Option<Inline> {
    (!list.is_empty())
        .then(|| Inline::new().text(format!("{}: ", plural(list.len(), one, many))).join(names(list, most)))
}

/// Several optional parts with a separator between those that are there.
pub fn joined(parts: impl IntoIterator<Item = Option<Inline>>, separator: &str) -> Inline {
    let mut out = Inline::new();
    for part in parts.into_iter().flatten() {
        if !out.is_empty() {
            out = out.text(separator);
        }
        out = out.join(part);
    }
    out
}

/// `first – last (30 min 18 s)`.
pub fn between(first: Option<&String>, last: Option<&String>) -> Inline {
    match (first, last) {
        (Some(first), Some(last)) if first == last => Inline::new().time(first),
        (Some(first), Some(last)) => {
            let span = zone::span(first, last).map(|s| format!(" ({s})")).unwrap_or_default();
            Inline::new().time(first).text(" – ").time(last).text(span)
        }
        (Some(at), None) | (None, Some(at)) => Inline::new().time(at),
        (None, None) => Inline::new().text("—"),
    }
}

/// Anchor of an evidence record. `scope` tells the places apart where one record is shown twice.
pub fn evidence_anchor(id: &str) -> String {
    page::anchor("e-", id)
}

/// The records behind a claim, folded where the format can fold. Anchors are given to the first showing only.
pub fn evidence(list: &[Evidence], total: usize, most: usize, title: &str, anchored: bool) -> Option<Block> {
    if list.is_empty() {
        return None;
    }
    let mut table = Table::new(
        title,
        &[("record", ColumnKind::Text), ("evidence id", ColumnKind::Key), ("fields", ColumnKind::Prose)],
    );
    table.rest = "the JSON report";
    for record in list.iter().take(most) {
        let mut fields = Inline::new();
        for (n, (key, value)) in record.fields.iter().enumerate() {
            if n > 0 {
                fields = fields.text(" ");
            }
            fields = fields.value(format!("{key}={value}"));
        }
        let place = format!("{}:{}", record.input, record.line);
        let id = anchored.then(|| evidence_anchor(&record.id));
        table.push_at(id, vec![Inline::new().value(place), Inline::new().value(record.id.as_str()), fields]);
    }
    table.total = total.max(list.len());
    let summary = Inline::from(format!("{title}: {}", plural(table.rows.len(), "record", "records")));
    Some(Block::Fold(Fold { summary, blocks: vec![Block::Table(table)], in_text: true }))
}
