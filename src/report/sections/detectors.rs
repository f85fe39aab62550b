//! Detectors over time: those that fired with their inputs and thresholds, the others by id.

use super::Limits;
use crate::report::model::{Detection, Report};
use crate::report::page::{Block, Card, ColumnKind, Fold, Inline, Section, Table, Tone, anchor};

pub fn section(report: &Report, _limits: &Limits) -> Section {
    let mut blocks: Vec<Block> = Vec::new();
    let (fired, quiet): (Vec<&Detection>, Vec<&Detection>) = report.detectors.iter().partition(|d| d.fired);
    blocks.extend(fired.into_iter().map(|d| Block::Card(card(d))));
    if !quiet.is_empty() {
        let ids: Vec<&str> = quiet.iter().map(|d| d.id).collect();
        blocks.push(Block::Prose(format!("Did not fire: {}.", ids.join(", ")).into()));
        let mut table =
            Table::new("Why the others did not fire", &[("id", ColumnKind::Text), ("statement", ColumnKind::Prose)]);
        for d in quiet {
            table.push_at(Some(anchor("d-", d.id)), vec![d.id.into(), Inline::from(d.statement.as_str())]);
        }
        blocks.push(Block::Fold(Fold {
            summary: "Why the others did not fire".into(),
            blocks: vec![Block::Table(table)],
            in_text: false,
        }));
    }
    Section::new("detectors", "Detectors over time", blocks)
}

fn card(d: &Detection) -> Card {
    let mut blocks = vec![Block::Prose(d.statement.as_str().into())];
    let mut facts = Vec::new();
    if let Some(censoring) = &d.censoring {
        facts.push(("limits".to_owned(), Inline::from(censoring.as_str())));
    }
    for (label, map) in [("measured", &d.inputs), ("threshold", &d.thresholds)] {
        if !map.is_empty() {
            let list: Vec<String> = map.iter().map(|(k, v)| format!("{} {v}", k.replace('_', " "))).collect();
            facts.push((label.to_owned(), list.join("; ").into()));
        }
    }
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    Card { id: anchor("d-", d.id), tone: Tone::Plain, heading: Inline::new().strong(Tone::Plain, d.id), blocks }
}
