//! What was looked at, how complete it is, and what can and cannot be said with it.

use super::Limits;
use super::places::between;
use crate::classify::completeness::Mode;
use crate::redact::Safe;
use crate::report::model::{Completeness, Report, Rows, Scope};
use crate::report::page::{Block, ColumnKind, Inline, Section, Table, Tone, grouped};

pub fn section_blocks(scope: &Scope, limits: &Limits) -> Vec<Block> {
    let mut facts = vec![("rows".to_owned(), rows(&scope.rows))];
    facts.push(("span".into(), between(scope.span.first.as_ref(), scope.span.last.as_ref())));
    if scope.window.start.is_some() || scope.window.end.is_some() {
        let open = |at: Option<&String>, word: &str| match at {
            Some(at) => Inline::new().time(at),
            None => Inline::from(word),
        };
        let window =
            open(scope.window.start.as_ref(), "open").text(" – ").join(open(scope.window.end.as_ref(), "open"));
        facts.push(("window".into(), window));
    }
    if let Some(as_of) = &scope.as_of {
        facts.push(("as of".into(), Inline::new().time(as_of)));
    }
    for (name, value) in &scope.selectors {
        facts.push(("selector".into(), Inline::new().text(format!("{name} ")).value(value.as_str())));
    }
    let mut blocks = vec![inputs(scope, limits), Block::Facts(facts)];
    blocks.extend(completeness(&scope.completeness));
    blocks
}

pub fn section(report: &Report, limits: &Limits) -> Section {
    Section::new("scope", "Scope checked", section_blocks(&report.scope, limits))
}

fn rows(rows: &Rows) -> Inline {
    let outside = rows.read.saturating_sub(rows.in_window + rows.malformed + rows.duplicate);
    let mut out =
        Inline::new().text(format!("{} read = {} in the window", grouped(rows.read), grouped(rows.in_window)));
    for (n, word) in [(outside, "outside it"), (rows.malformed, "malformed"), (rows.duplicate, "duplicate")] {
        if n > 0 {
            out = out.text(format!(" + {} {word}", grouped(n)));
        }
    }
    out.text(format!("; {} match the selectors", grouped(rows.selected)))
}

fn inputs(scope: &Scope, limits: &Limits) -> Block {
    let mut table = Table::new(
        "Inputs",
        &[
            ("input", ColumnKind::Key),
            ("lines", ColumnKind::Number),
            ("bytes", ColumnKind::Number),
            ("format", ColumnKind::Text),
            ("digest", ColumnKind::Text),
        ],
    );
    table.rest = "the JSON report";
    for input in scope.inputs.iter().take(limits.rows) {
        table.push(vec![
            Inline::new().value(input.name.as_str()),
            Inline::new().number(input.lines),
            Inline::new().number(input.bytes),
            input.format.into(),
            if input.sha256.is_empty() { "—".into() } else { Inline::new().value(input.sha256.as_str()) },
        ]);
    }
    table.total = scope.inputs.len();
    Block::Table(table)
}

fn completeness(completeness: &Completeness) -> Vec<Block> {
    let tone = if completeness.mode == Mode::Complete { Tone::Good } else { Tone::Warn };
    let mut facts = vec![(
        "export".to_owned(),
        Inline::new()
            .strong(tone, completeness.mode.word().replace('_', " "))
            .text(format!(": {}", completeness.mode.meaning())),
    )];
    let lists: [(&str, &[Safe]); 4] = [
        ("gap", &completeness.gaps),
        ("note", &completeness.notes),
        ("can say", &completeness.safe_claims),
        ("cannot say", &completeness.unsafe_claims),
    ];
    for (label, list) in lists {
        facts.extend(list.iter().map(|text| (label.to_owned(), Inline::from(text.as_str()))));
    }
    vec![Block::Facts(facts)]
}
