//! Inlines that several sections need: lists of names, spans of time, evidence references.

use super::Limits;
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

/// Fields that say most of a record, in this order, where not all find room.
const TELLING: &[&str] = &[
    "_time",
    "audit.host",
    "audit.method",
    "audit.path",
    "audit.status_code",
    "audit.action",
    "rejected_by",
    "reject_reason",
    "error",
    "_msg",
    "level",
    "reason",
    "kubernetes.pod_name",
];

/// The records behind a claim, folded where the format can fold. Anchors are given to the first showing only.
pub fn evidence(list: &[Evidence], total: usize, limits: &Limits, title: &str, anchored: bool) -> Option<Block> {
    if list.is_empty() {
        return None;
    }
    let mut table = Table::new(
        title,
        &[("record", ColumnKind::Key), ("evidence id", ColumnKind::Key), ("fields", ColumnKind::Prose)],
    );
    table.rest = "the JSON report";
    for record in list.iter().take(limits.evidence) {
        let place = format!("{}:{}", record.input, record.line);
        let id = anchored.then(|| evidence_anchor(&record.id));
        let fields = fields(record, limits.fields);
        table.push_at(id, vec![Inline::new().value(place), Inline::new().value(record.id.as_str()), fields]);
    }
    table.total = total.max(list.len());
    let summary = Inline::from(format!("{title}: {}", plural(table.rows.len(), "record", "records")));
    Some(Block::Fold(Fold { summary, blocks: vec![Block::Table(table)], in_text: true }))
}

/// `key=value` of a record in its own order; the telling ones first where all would be longer than `most` characters.
fn fields(record: &Evidence, most: usize) -> Inline {
    let mut all: Vec<(&str, String)> =
        record.fields.iter().map(|(key, value)| (key.as_str(), format!("{key}={value}"))).collect();
    let length = |text: &str| text.chars().count() + 1;
    let whole = all.iter().map(|(_, text)| length(text)).sum::<usize>() <= most;
    if !whole {
        let weight = |key: &str| TELLING.iter().position(|t| *t == key).unwrap_or(TELLING.len());
        all.sort_by_key(|(key, _)| weight(key));
    }
    let (mut out, mut used, mut left_out) = (Inline::new(), 0, 0);
    for (_, text) in &all {
        if !whole && used + length(text) > most {
            left_out += 1;
            continue;
        }
        if used > 0 {
            out = out.text(" ");
        }
        used += length(text);
        out = out.value(text.as_str());
    }
    if left_out > 0 { out.text(format!(" +{left_out} more")) } else { out }
}
