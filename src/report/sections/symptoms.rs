//! The nine rows of the symptom table and how far the evidence carries each.

use super::Limits;
use super::places::evidence;
use crate::classify::symptoms::Status;
use crate::report::model::{Report, Symptom};
use crate::report::page::{Block, Card, Inline, Section, Tone, anchor};

pub fn section(report: &Report, limits: &Limits) -> Section {
    let shown = |s: &&Symptom| !matches!(s.status, Status::NotShown | Status::NotTestable);
    let mut blocks: Vec<Block> = report.symptoms.iter().filter(shown).map(|s| Block::Card(card(s, limits))).collect();
    for (status, words) in
        [(Status::NotShown, "Not shown by the evidence: "), (Status::NotTestable, "Not testable with these inputs: ")]
    {
        let rows: Vec<&Symptom> = report.symptoms.iter().filter(|s| s.status == status).collect();
        if !rows.is_empty() {
            let list: Vec<String> = rows.iter().map(|s| format!("{} {}", s.row, s.id)).collect();
            blocks.push(Block::Prose(Inline::from(words).text(list.join(", ")).text(".")));
        }
    }
    Section::new("symptoms", "Symptom table", blocks)
}

fn card(s: &Symptom, limits: &Limits) -> Card {
    let tone = match s.status {
        Status::Confirmed => Tone::Bad,
        Status::Likely => Tone::Warn,
        Status::Refuted => Tone::Good,
        Status::Possible | Status::NotShown | Status::NotTestable => Tone::Quiet,
    };
    let heading =
        Inline::new().text(format!("Row {} {} ", s.row, s.id)).strong(tone, s.status.word().replace('_', " "));
    let mut facts = Vec::new();
    if !s.fix.is_empty() && matches!(s.status, Status::Confirmed | Status::Likely | Status::Possible) {
        facts.push(("fix".to_owned(), Inline::from(s.fix.as_str())));
    }
    facts.extend(s.missing.iter().map(|m| ("missing".to_owned(), Inline::from(m.as_str()))));
    let mut blocks = Vec::new();
    if !facts.is_empty() {
        blocks.push(Block::Facts(facts));
    }
    blocks.extend(evidence(&s.evidence, 0, limits, "Evidence", false));
    blocks.extend(evidence(&s.counter_evidence, 0, limits, "Evidence against", false));
    Card { id: anchor("row-", &s.row.to_string()), tone, heading, blocks }
}
