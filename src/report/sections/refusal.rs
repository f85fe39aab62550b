//! Who refused: upstream denial, local refusal or failed resolution, with the field that decided it.

use super::Limits;
use crate::finding::Origin;
use crate::report::model::{Finding, Report};
use crate::report::page::{Block, ColumnKind, Inline, Section, Table, anchor};

/// Fields that tell who decided, most telling first.
const DECIDING: &[&str] = &[
    "rejected_by",
    "audit.rejected_by",
    "reject_reason",
    "audit.action",
    "action",
    "error",
    "audit.error",
    "reason",
    "secret",
    "response_transforms",
    "request_transforms",
    "_msg",
];

pub fn section(report: &Report, limits: &Limits) -> Section {
    let mut blocks = Vec::new();
    if !report.findings.is_empty() {
        let mut table = Table::new(
            "Who decided, and what shows it",
            &[("finding", ColumnKind::Text), ("who", ColumnKind::Text), ("shown by", ColumnKind::Prose)],
        );
        table.rest = "the JSON report";
        for f in report.findings.iter().take(limits.rows) {
            table.push(vec![Inline::new().link(anchor("f-", &f.id), f.id.as_str()), who(f.origin).into(), decided(f)]);
        }
        table.total = report.findings.len();
        blocks.push(Block::Table(table));
    }
    Section::new("refusal", "Who refused", blocks)
}

fn who(origin: Origin) -> &'static str {
    match origin {
        Origin::Upstream => "the upstream answered",
        Origin::TokenEndpoint => "the token endpoint answered",
        Origin::LocalProxy => "the proxy decided itself",
        Origin::SecretStore => "a secret could not be resolved",
        Origin::Mesh => "the mesh decided",
        Origin::Client => "the client's side",
        Origin::Unknown => "the records do not show who",
    }
}

/// What a list of transform traces says of the credential, most telling first. The list itself is too long for a cell.
fn traces(value: &str) -> Option<&'static str> {
    const WORDS: [&str; 5] = ["secret_unavailable", "token_unavailable", "swapped", "injected", "rejected"];
    value.starts_with('[').then(|| WORDS.into_iter().find(|word| value.contains(word))).flatten()
}

fn decided(f: &Finding) -> Inline {
    let Some(record) = f.evidence.first() else { return "—".into() };
    let mut out = Inline::new();
    let fields = DECIDING.iter().filter_map(|key| record.fields.get_key_value(*key)).take(2);
    for (n, (key, value)) in fields.enumerate() {
        if n > 0 {
            out = out.text(", ");
        }
        out = match traces(value.as_str()) {
            Some(word) => out.value(key.as_str()).text(" has ").value(word),
            None if value.as_str().starts_with('[') => out.value(key.as_str()).text(" present"),
            None => out.value(format!("{key}={}", value.as_str().chars().take(120).collect::<String>())),
        };
    }
    if out.is_empty() { "—".into() } else { out }
}
