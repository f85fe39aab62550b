//! The answer before anything else: was there evidence, who refused, since when, how wide, what next, what is not known.

use super::places::{between, joined, names};
use super::{Limits, tone, words};
use crate::report::model::{After, Cause, Reach, Report};
use crate::report::page::{Block, ColumnKind, Inline, Section, Table, Tone, anchor, grouped, plural};

/// Next steps shown with the answers; the table has one per cause.
const STEPS: usize = 3;

pub fn section(report: &Report, limits: &Limits) -> Section {
    let mut blocks = vec![Block::Facts(answers(report))];
    if !report.glance.causes.is_empty() {
        blocks.push(Block::Table(causes(report, limits)));
    }
    Section::new("glance", "At a glance", blocks)
}

fn answers(report: &Report) -> Vec<(String, Inline)> {
    let g = &report.glance;
    let mut facts = vec![("evidence".to_owned(), evidence(report))];
    let mut fact = |label: &str, value: Inline| {
        if !value.is_empty() {
            facts.push((label.to_owned(), value));
        }
    };
    let who = |r: &crate::report::model::Refused| {
        Inline::new().strong(Tone::Plain, words::who(r.origin)).text(format!(" {}", grouped(r.failures)))
    };
    fact("who refused", joined(g.refused.iter().map(|r| Some(who(r))), " · "));
    if g.first.is_some() {
        fact("when", between(g.first.as_ref(), g.last.as_ref()));
    }
    fact("how wide", g.reach.iter().map(reach).collect::<Vec<_>>().join(", ").into());
    fact("at the end", at_the_end(&g.causes, report.scope.window.end.is_some()));
    for cause in g.causes.iter().take(STEPS) {
        fact("what next", step(cause).text(" (").join(ids(cause)).text(")"));
    }
    if let Some(ask) = &g.ask {
        fact("what next", ask.as_str().into());
    }
    for text in &g.unknown {
        fact("not known", text.as_str().into());
    }
    facts
}

fn evidence(report: &Report) -> Inline {
    let (g, rows) = (&report.glance, &report.scope.rows);
    let read = format!("{} rows read", grouped(rows.read));
    if !report.verdict.found {
        return Inline::new().strong(Tone::Plain, "none").text(format!(" of an auth failure; {read}"));
    }
    let count = |n: u64, one, many| plural(usize::try_from(n).unwrap_or(usize::MAX), one, many);
    let lines = match g.lines {
        0 => String::new(),
        n => format!(" and {}", count(n, "log line", "log lines")),
    };
    let findings: u64 = g.causes.iter().map(|c| c.findings.len() as u64).sum();
    let tone = report.verdict.confidence.map_or(Tone::Warn, tone);
    Inline::new().strong(tone, "yes").text(format!(
        ": {}{lines} show failed authentication; {}, {}; {read}",
        count(g.requests, "request", "requests"),
        count(findings, "finding", "findings"),
        count(g.causes.len() as u64, "cause", "causes"),
    ))
}

/// `13 of 31 hosts`.
fn reach(r: &Reach) -> String {
    let what = if r.failed == 1 && r.seen.is_none() { words::singular(r.what) } else { r.what };
    match r.seen {
        Some(seen) => format!("{} of {} {what}", grouped(r.failed), grouped(seen)),
        None => format!("{} {what}", grouped(r.failed)),
    }
}

/// `bounded`: the question has an end, after which the records may go on.
fn at_the_end(causes: &[Cause], bounded: bool) -> Inline {
    let of = |after: After| causes.iter().filter(|c| c.after == after).count();
    let total = grouped(causes.len() as u64);
    let parts = After::ALL.iter().filter(|after| of(**after) > 0).map(|after| {
        let n = grouped(of(*after) as u64);
        Some(
            Inline::new()
                .strong(after_tone(*after), format!("{n} of {total}"))
                .text(format!(" {}", after_words(*after, bounded))),
        )
    });
    joined(parts, " · ")
}

fn after_words(after: After, bounded: bool) -> &'static str {
    match after {
        After::Failing if bounded => "still failing when the records of the window end",
        After::NotShown if bounded => "without a later success or failure in the window",
        After::Failing => "still failing when the records end",
        After::Partly => "partly followed by a success",
        After::Success => "followed by a success",
        After::NotShown => "without a later success or failure on record",
    }
}

fn after_tone(after: After) -> Tone {
    match after {
        After::Failing => Tone::Bad,
        After::Partly => Tone::Warn,
        After::Success => Tone::Good,
        After::NotShown => Tone::Quiet,
    }
}

fn causes(report: &Report, limits: &Limits) -> Table {
    let (g, bounded) = (&report.glance, report.scope.window.end.is_some());
    let mut table = Table::new(
        "Causes, worst first",
        &[
            ("cause", ColumnKind::Prose),
            ("failures", ColumnKind::Number),
            ("who refused", ColumnKind::Text),
            ("when", ColumnKind::Time),
            ("where", ColumnKind::Text),
            ("after it", ColumnKind::Text),
            ("next step", ColumnKind::Prose),
        ],
    );
    table.rest = "the JSON report";
    for cause in g.causes.iter().take(limits.causes) {
        let who: Vec<&str> = cause.origins.iter().map(|o| words::who(*o)).collect();
        table.push(vec![
            ids(cause)
                .text(format!(" {} (", cause.meaning.as_str()))
                .strong(tone(cause.confidence), cause.confidence.word())
                .text(")"),
            Inline::new().number(cause.count),
            who.join(", ").into(),
            when(cause),
            place(cause),
            after(cause, bounded),
            step(cause),
        ]);
    }
    table.total = g.causes.len();
    table
}

/// The hosts; where the records name none, whose credentials failed.
fn place(cause: &Cause) -> Inline {
    let named = [&cause.hosts, &cause.identities].into_iter().find(|list| !list.is_empty());
    named.map_or_else(|| "—".into(), |list| names(list, 3))
}

fn when(cause: &Cause) -> Inline {
    match (&cause.first, &cause.last) {
        (Some(first), Some(last)) if first != last => Inline::new().time(first).text(" – ").time(last),
        (first, _) => Inline::new().time_or_dash(first.as_ref()),
    }
}

fn after(cause: &Cause, bounded: bool) -> Inline {
    match &cause.succeeded {
        Some(at) => Inline::new().strong(Tone::Good, "success").text(" ").time(at),
        None => {
            let words = match cause.after {
                After::Failing if bounded => "failing at the window's end",
                After::Failing => "still failing",
                After::Partly => "some succeed",
                After::Success | After::NotShown => "not shown",
            };
            Inline::new().strong(after_tone(cause.after), words)
        }
    }
}

fn step(cause: &Cause) -> Inline {
    super::findings::step(&cause.next)
}

fn ids(cause: &Cause) -> Inline {
    let mut out = Inline::new();
    for (n, id) in cause.findings.iter().take(6).enumerate() {
        if n > 0 {
            out = out.text(" ");
        }
        out = out.link(anchor("f-", id), id.as_str());
    }
    let more = cause.findings.len().saturating_sub(6);
    if more > 0 { out.text(format!(" +{}", grouped(more as u64))) } else { out }
}
