//! Findings, worst first, and what is near but no auth failure.

use super::places::{between, counted, evidence, joined};
use super::{Limits, tone, words};
use crate::finding::{Attachment, Role};
use crate::report::chart;
use crate::report::model::{Finding, Next, Report};
use crate::report::page::{
    Block, Card, Code, ColumnKind, Figure, Fold, Inline, Section, Table, Tone, anchor, grouped, plural,
};

pub fn section(report: &Report, limits: &Limits) -> Section {
    let mut blocks = Vec::new();
    if report.findings.is_empty() {
        blocks.push(Block::Prose("None: no record in the scope shows an auth failure.".into()));
    } else {
        if report.findings.len() > 1 {
            blocks.push(Block::Table(overview(&report.findings, limits, "Findings, worst first")));
        }
        if limits.figures && report.findings.len() > 1 {
            blocks.push(Block::Figure(Figure {
                caption: "How far each finding reached: distinct names seen".into(),
                svg: chart::radius(&report.findings),
            }));
            blocks.push(radius_table(&report.findings));
        }
        blocks.extend(report.findings.iter().take(limits.findings).map(|f| Block::Card(card(f, report, limits))));
        blocks.extend(left_out(report.findings.len(), limits.findings));
    }
    Section::new("findings", "Findings", blocks)
}

/// Rate limits, outages, network: the same shape, but a table first, since they are not what was asked for.
pub fn nearby(report: &Report, limits: &Limits) -> Section {
    let mut blocks = Vec::new();
    if report.nearby.is_empty() {
        blocks.push(Block::Prose("None: no rate limit, outage, network or TLS trouble among the records.".into()));
    } else {
        blocks.push(Block::Table(overview(&report.nearby, limits, "Seen, but no auth failure")));
        let statements = report
            .nearby
            .iter()
            .take(limits.findings)
            .map(|f| Inline::new().link(anchor("f-", &f.id), f.id.as_str()).text(format!(" {}", f.statement)));
        blocks.push(Block::List(statements.collect()));
        let cards: Vec<Block> =
            report.nearby.iter().take(limits.nearby).map(|f| Block::Card(card(f, report, limits))).collect();
        if !cards.is_empty() {
            blocks.push(Block::Fold(Fold { summary: "Details and evidence".into(), blocks: cards, in_text: false }));
        }
        blocks.extend(left_out(report.nearby.len(), limits.findings));
    }
    Section::new("nearby", "Not auth, but nearby", blocks)
}

fn left_out(total: usize, shown: usize) -> Option<Block> {
    (total > shown).then(|| {
        Block::Prose(
            format!(
                "{} of {} shown in full, the rest in the JSON report.",
                grouped(shown as u64),
                grouped(total as u64)
            )
            .into(),
        )
    })
}

fn overview(findings: &[Finding], limits: &Limits, caption: &str) -> Table {
    let mut table = Table::new(
        caption,
        &[
            ("id", ColumnKind::Key),
            ("class", ColumnKind::Key),
            ("host", ColumnKind::Key),
            ("count", ColumnKind::Number),
            ("confidence", ColumnKind::Text),
            ("status", ColumnKind::Text),
            ("first", ColumnKind::Time),
        ],
    );
    table.rest = "the JSON report";
    for f in findings.iter().take(limits.rows) {
        table.push(vec![
            Inline::new().link(anchor("f-", &f.id), f.id.as_str()),
            f.class.into(),
            f.host.as_ref().map_or_else(|| "—".into(), |h| Inline::new().value(h.as_str())),
            Inline::new().number(f.count),
            Inline::new().strong(finding_tone(f), f.confidence.word()),
            statuses(f, false).into(),
            Inline::new().time_or_dash(f.first.as_ref()),
        ]);
    }
    table.total = findings.len();
    table
}

fn finding_tone(f: &Finding) -> Tone {
    if f.role == Role::Negative { Tone::Quiet } else { tone(f.confidence) }
}

/// `401 ×36, 403 ×2 (tunnel)`.
fn statuses(f: &Finding, counts: bool) -> String {
    let one = |s: &crate::report::model::FindingStatus| {
        let tunnel = if s.tunnel { " (tunnel)" } else { "" };
        if counts { format!("{} ×{}{tunnel}", s.status, grouped(s.count)) } else { format!("{}{tunnel}", s.status) }
    };
    if f.by_status.is_empty() { "—".to_owned() } else { f.by_status.iter().map(one).collect::<Vec<_>>().join(", ") }
}

fn card(f: &Finding, report: &Report, limits: &Limits) -> Card {
    let subtype = f.subtype.map(|s| format!(" ({s})")).unwrap_or_default();
    let heading = Inline::new()
        .text(format!("{} {}{subtype} ", f.id, f.class))
        .strong(finding_tone(f), f.confidence.word())
        .text(format!(" · {} · {}", f.role.word(), f.origin.word()));
    let mut blocks = vec![Block::Prose(f.statement.as_str().into()), Block::Facts(facts(f, report, limits))];
    blocks.push(Block::Code(Code { info: "logsql", text: f.query.as_str().to_owned() }));
    let total = usize::try_from(f.count).unwrap_or(usize::MAX);
    blocks.extend(evidence(&f.evidence, total, limits, "Evidence", true));
    blocks.extend(evidence(&f.counter_evidence, 0, limits, "Evidence against", true));
    Card { id: anchor("f-", &f.id), tone: finding_tone(f), heading, blocks }
}

fn facts(f: &Finding, report: &Report, limits: &Limits) -> Vec<(String, Inline)> {
    let most = limits.names;
    let mut facts: Vec<(String, Inline)> = Vec::new();
    let mut fact = |label: &str, value: Inline| {
        if !value.is_empty() {
            facts.push((label.to_owned(), value));
        }
    };
    fact("seen", seen(f));
    fact("when", between(f.first.as_ref(), f.last.as_ref()));
    let target = [&f.method, &f.host, &f.path];
    fact("target", joined(target.map(|part| part.as_ref().map(|p| Inline::new().value(p.as_str()))), " "));
    fact("credential", credential(f, most));
    if let Some(reference) = f.secret_ref.as_ref().filter(|r| !f.credential.names.contains(r)) {
        fact("secret", Inline::new().value(reference.as_str()));
    }
    if let Some(transform) = &f.transform {
        fact("transform", Inline::new().value(transform.as_str()));
    }
    if let Some(identity) = f.identity.as_ref().filter(|i| !f.credential.names.contains(i)) {
        fact("identity", Inline::new().value(identity.as_str()));
    }
    fact(
        "where",
        joined([counted(&f.pods, "pod", "pods", most), counted(&f.services, "service", "services", most)], " · "),
    );
    fact(
        "who",
        joined(
            [
                counted(&f.threads, "thread", "threads", most),
                counted(&f.executions, "execution", "executions", most),
                counted(&f.tools, "tool", "tools", most),
            ],
            " · ",
        ),
    );
    if let Some(cause) = &f.caused_by {
        let class = report.findings.iter().find(|other| other.id == *cause).map(|other| format!(" {}", other.class));
        fact("caused by", Inline::new().link(anchor("f-", cause), cause.as_str()).text(class.unwrap_or_default()));
    }
    fact("next", step(&f.next));
    fact("fixed by", words::fixer(f.next.fixer).into());
    fact("retry", words::retry(f.next.retry).into());
    facts
}

/// The kind of the step is the first word of its sentence, or stands before it.
pub fn step(next: &Next) -> Inline {
    let text = next.text.as_str();
    match text.strip_prefix(next.kind) {
        Some(rest) => Inline::new().strong(Tone::Plain, next.kind).text(rest),
        None => Inline::new().strong(Tone::Plain, next.kind).text(format!(": {text}")),
    }
}

fn seen(f: &Finding) -> Inline {
    let episodes = plural(usize::try_from(f.episodes).unwrap_or(usize::MAX), "episode", "episodes");
    let count = plural(usize::try_from(f.count).unwrap_or(usize::MAX), "record", "records");
    let out = match f.evidence.first() {
        Some(first) => Inline::new().link(super::places::evidence_anchor(&first.id), count),
        None => Inline::from(count),
    };
    out.text(format!(" in {episodes}; status {}", statuses(f, true)))
}

fn credential(f: &Finding, most: usize) -> Inline {
    let state = match f.credential.state {
        Attachment::Attached => "attached",
        Attachment::NotAttached => "not attached: no swap or injection is recorded",
        Attachment::Unresolved => "resolution failed",
        Attachment::Unknown => return Inline::from("the records do not show whether one was attached"),
    };
    let mut out = Inline::from(state);
    if !f.credential.names.is_empty() {
        out = out.text(": ").join(super::places::names(&f.credential.names, most));
    }
    if !f.credential.locations.is_empty() {
        out = out.text(" at ").join(super::places::names(&f.credential.locations, most));
    }
    out
}

fn radius_table(findings: &[Finding]) -> Block {
    let mut table = Table::new("Distinct names per finding", &[("finding", ColumnKind::Text)]);
    for (what, _) in chart::REACH {
        table.columns.push(crate::report::page::Column { title: (*what).to_owned(), kind: ColumnKind::Number });
    }
    for f in findings {
        let mut cells = vec![Inline::new().link(anchor("f-", &f.id), f.id.as_str())];
        cells.extend(chart::REACH.iter().map(|(_, count)| Inline::new().number(count(f) as u64)));
        table.push(cells);
    }
    Block::Fold(Fold {
        summary: "The same numbers as a table".into(),
        blocks: vec![Block::Table(table)],
        in_text: false,
    })
}
