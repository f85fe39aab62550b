//! What the log does not settle, what was masked, and how the report was made.

use super::Limits;
use crate::report::model::Report;
use crate::report::page::{Block, Fold, Inline, Section, Tone, grouped};

pub fn hypotheses(report: &Report, _limits: &Limits) -> Section {
    let mut blocks = Vec::new();
    if !report.hypotheses.is_empty() {
        let items = report.hypotheses.iter().map(|h| {
            let text = h.text.as_str().strip_prefix("hypothesis:").unwrap_or(h.text.as_str()).trim_start();
            Inline::new()
                .strong(Tone::Plain, "Hypothesis:")
                .text(format!(" {text}. "))
                .strong(Tone::Plain, "Check:")
                .text(format!(" {}", h.check))
        });
        blocks.push(Block::List(items.collect()));
    }
    Section::new("hypotheses", "Hypotheses and next checks", blocks)
}

pub fn redactions(report: &Report, _limits: &Limits) -> Section {
    let redactions = &report.redactions;
    let text = if redactions.total == 0 {
        "No value had to be masked.".to_owned()
    } else {
        let kinds: Vec<String> = redactions.by_kind.iter().map(|(kind, n)| format!("{kind} {}", grouped(*n))).collect();
        format!("{} values were masked: {}.", grouped(redactions.total), kinds.join(", "))
    };
    Section::new("redactions", "Redaction", vec![Block::Prose(text.into())])
}

pub fn manifest(report: &Report, _limits: &Limits) -> Section {
    let manifest = &report.manifest;
    let mut facts = vec![("tool".to_owned(), Inline::from(format!("{} {}", manifest.tool, manifest.version)))];
    if !manifest.rules_sha256.is_empty() {
        facts.push(("rules".into(), Inline::new().value(manifest.rules_sha256.as_str())));
    }
    let argv: Vec<&str> = manifest.argv.iter().map(crate::redact::Safe::as_str).collect();
    facts.push(("command".into(), Inline::new().value(argv.join(" "))));
    let options: Vec<String> = manifest.options.iter().map(|(k, v)| format!("{k}={v}")).collect();
    if !options.is_empty() {
        facts.push(("options".into(), Inline::new().value(options.join(" "))));
    }
    let limits =
        manifest.limits_hit.iter().map(|l| ("limit hit".to_owned(), Inline::new().strong(Tone::Warn, l.as_str())));
    let mut blocks: Vec<Block> = Vec::new();
    let limits: Vec<_> = limits.collect();
    if let Some(case) = &manifest.case {
        let entry =
            |(name, value): (&String, &crate::redact::Safe)| (name.clone(), Inline::new().value(value.as_str()));
        let mut said: Vec<_> = case.entries.iter().map(entry).collect();
        said.push(("case file".to_owned(), Inline::new().value(format!("sha256 {}", case.sha256))));
        blocks.push(Block::Facts(said));
    }
    if !limits.is_empty() {
        blocks.push(Block::Facts(limits));
    }
    blocks.push(Block::Fold(Fold {
        summary: "How this report was made".into(),
        blocks: vec![Block::Facts(facts)],
        in_text: true,
    }));
    Section::new("manifest", "Manifest", blocks)
}
