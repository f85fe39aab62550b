//! No evidence found: three different nothings, never merged, and the one thing to ask for.
//!
//! (a) what was asked for is not in the dump; (b) it is there and healthy; (c) it is there, but the stream that would
//! show a failure is missing.

use super::{Examined, Options};
use crate::classify::LIST;
use crate::classify::claims::{count, short};
use std::collections::BTreeSet;

/// The verdict's sentence and what goes with it, in raw text.
#[derive(Debug, Default)]
pub struct Nothing {
    pub summary: String,
    pub notes: Vec<String>,
}

/// Values offered instead of one that is not in the dump.
const NEAREST_MAX: usize = 3;

/// Says which of the three it is.
pub fn explain(e: &Examined, options: &Options) -> Nothing {
    let asked: Vec<String> =
        options.selectors.named().iter().map(|(name, value)| format!("{name} `{value}`")).collect();
    let subject = if asked.is_empty() { String::new() } else { format!(" for {}", asked.join(", ")) };
    let ok = healthy(e, options);
    let rows = e.ledger.selected;
    let window = window(e, options);
    let reason = if e.ledger.in_window == 0 {
        match (e.case.first, e.ledger.read) {
            (_, 0) => "the evidence holds no rows".to_owned(),
            _ => format!("no row lies in the window{window}"),
        }
    } else if !asked.is_empty() && rows == 0 && ok == 0 {
        "not in the dump".to_owned()
    } else if e.ledger.audit_rows == 0 {
        "the proxy's stream is missing, so nothing could show a refused request".to_owned()
    } else if asked.is_empty() {
        format!("{} read, none shows one", count(e.ledger.in_window as usize, "row", "rows"))
    } else {
        format!(
            "present and healthy: {}, {} without a failure",
            count(rows as usize, "row", "rows"),
            count(ok as usize, "request", "requests")
        )
    };
    let mut nothing =
        Nothing { summary: format!("NO EVIDENCE FOUND of an auth failure{subject}: {reason}."), notes: Vec::new() };
    nothing.notes.push(
        "looked for: proxy rows with 401, 403, 407, 502 or 503; rejected or errored requests at any status; failed secret \
         fetches and token mints; failing tool calls"
            .to_owned(),
    );
    if !asked.is_empty() && rows == 0 && ok == 0 {
        nothing.notes.extend(nearest(e, options));
    }
    let given: BTreeSet<&str> = options.selectors.named().iter().map(|(name, _)| *name).collect();
    let missing: Vec<&str> = [
        ("time", "time (UTC, ±10 min)"),
        ("thread", "thread key"),
        ("execution", "execution id"),
        ("host", "host"),
        ("integration", "integration name"),
    ]
    .iter()
    .filter(|(name, _)| !(given.contains(name) || *name == "time" && options.selectors.start.is_some()))
    .map(|(_, text)| *text)
    .collect();
    nothing.notes.push(format!("to go on, one of these is needed: {}", missing.join(" · ")));
    nothing
}

fn window(e: &Examined, options: &Options) -> String {
    let edge = |at: Option<i64>, open: &str| at.map_or(open.to_owned(), short);
    let asked =
        format!(" {} to {}", edge(options.selectors.start, "the beginning"), edge(options.selectors.end, "the end"));
    match (e.ledger.seen_first, e.ledger.seen_last) {
        (Some(first), Some(last)) => format!("{asked}; the dump covers {} to {}", short(first), short(last)),
        _ => asked,
    }
}

/// Successful requests that the selectors pick, thread by way of the sandbox.
fn healthy(e: &Examined, options: &Options) -> u64 {
    let s = &e.case.notes.symbols;
    let want = &options.selectors;
    let threads = e.case.notes.joins.threads();
    let fits = |key: crate::classify::outcomes::Key| {
        let thread = key.sandbox.and_then(|sandbox| threads.get(&sandbox).copied());
        want.host.as_ref().is_none_or(|h| s.get(key.host) == crate::classify::audit::bare_host(h))
            && want.thread.as_ref().is_none_or(|t| s.get(thread) == t)
            && want.pod.as_ref().is_none_or(|p| s.get(key.pod) == p)
            && want.execution.is_none()
            && want.tool.is_none()
            && want
                .integration
                .as_ref()
                .is_none_or(|w| s.get(key.host).contains(w.as_str()) || s.get(key.names).contains(w.as_str()))
            && want.identity.as_ref().is_none_or(|i| s.get(key.names).split(LIST).any(|n| n.contains(i.as_str())))
    };
    e.case.notes.outcomes.rows().iter().filter(|row| fits(e.case.notes.outcomes.key(row))).count() as u64
}

/// The nearest values that the dump does hold: a slip of the pen is the commonest cause.
fn nearest(e: &Examined, options: &Options) -> Vec<String> {
    let (notes, s) = (&e.case.notes, &e.case.notes.symbols);
    let mut out = Vec::new();
    for (name, asked) in options.selectors.named() {
        let present: BTreeSet<&str> = match name {
            "host" => {
                let ok = notes.outcomes.rows().iter().map(|row| notes.outcomes.key(row).host);
                ok.chain(notes.attempts.iter().map(|a| a.texts.host)).map(|h| s.get(h)).collect()
            }
            "thread" => notes.joins.served.iter().map(|(_, thread, _)| s.text(*thread)).collect(),
            "execution" => notes.joins.executions.keys().map(|x| s.text(*x)).collect(),
            "pod" => notes.attempts.iter().map(|a| s.get(a.texts.pod)).collect(),
            "service" => e.ledger.services.keys().map(String::as_str).collect(),
            "tool" => notes.joins.failed_calls.iter().map(|c| s.text(c.tool)).collect(),
            _ => continue,
        };
        let mut ranked: Vec<(usize, &str)> =
            present.into_iter().filter(|p| !p.is_empty()).map(|p| (distance(asked, p), p)).collect();
        ranked.sort_unstable();
        if !ranked.is_empty() {
            let near: Vec<&str> = ranked.iter().take(NEAREST_MAX).map(|(_, p)| *p).collect();
            out.push(format!("nearest {name}s in the dump: {}", near.join(", ")));
        }
    }
    out
}

/// Edits between two texts, of which at most 96 bytes are looked at.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (&a.as_bytes()[..a.len().min(96)], &b.as_bytes()[..b.len().min(96)]);
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (corner + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
    }
}
