//! No evidence found: three different nothings, never merged, and the one thing to ask for.
//!
//! (a) what was asked for is not in the dump; (b) it is there and healthy; (c) it is there, but the stream that would
//! show a failure is missing. Tool calls that failed make (b) "present, but no refused request is tied to it": which end
//! they met is on record, who refused them is not. Failures that are none of authentication make it "present, no auth
//! failure", with what they were: healthy is only what shows no failure at all.

use super::{Examined, Options};
use crate::classify::claims::{count, short, value};
use crate::classify::completeness::Mode;
use crate::classify::join::ToolCall;
use crate::classify::outcomes::Key;
use crate::finding::Kind;
use crate::logsql::suggest;
use crate::record::time::SECOND;
use std::collections::{BTreeMap, BTreeSet};

/// The verdict's sentence and what goes with it, in raw text.
#[derive(Debug, Default)]
pub struct Nothing {
    pub summary: String,
    pub notes: Vec<String>,
    /// The last of the notes: what would help to go on.
    pub ask: String,
}

/// Values offered instead of one that is not in the dump.
const NEAREST_MAX: usize = 3;

/// Says which of the three it is.
pub fn explain(e: &Examined, options: &Options) -> Nothing {
    let asked: Vec<String> =
        options.selectors.named().iter().map(|(name, value)| format!("{name} `{value}`")).collect();
    let subject = if asked.is_empty() { String::new() } else { format!(" for {}", asked.join(", ")) };
    let ok = healthy(e, options);
    let failed = failed_calls(e, options);
    let others = others(e);
    let rows = e.ledger.selected;
    let window = window(e, options);
    let reason = if e.ledger.in_window == 0 {
        match (e.case.first, e.ledger.read) {
            (_, 0) => "the evidence holds no rows".to_owned(),
            (_, read) if read == e.ledger.malformed => "no line of the evidence is a record".to_owned(),
            _ => format!("no row lies in the window{window}"),
        }
    } else if !asked.is_empty() && rows == 0 && ok == 0 {
        "not in the dump".to_owned()
    } else if let Some(missing) = missing(e) {
        format!("{missing}, so nothing could show a refused request{}{others}", also(&failed))
    } else if asked.is_empty() {
        let shown = if failed.is_empty() { "one" } else { "a refused request" };
        let read = count(e.ledger.in_window as usize, "row", "rows");
        format!("{read} read, none shows {shown}{}{others}", also(&failed))
    } else if let Some(untied) = untied(e, options) {
        format!("present, but {untied}{}{others}", also(&failed))
    } else if !failed.is_empty() {
        format!("present, but no refused request is tied to it{}{others}", also(&failed))
    } else {
        let requests = if ok == 0 { String::new() } else { format!(", {}", count(ok as usize, "request", "requests")) };
        let rows = count(rows as usize, "row", "rows");
        match (others.is_empty(), &options.selectors.query) {
            (false, _) if ok == 0 => format!("present, no auth failure: {rows}{others}"),
            (false, _) => format!("present, no auth failure: {rows}{requests} that succeeded{others}"),
            // A filter may leave out the very rows that would show one.
            (true, Some(_)) => format!("{rows} let through, none shows one"),
            (true, None) => format!("present and healthy: {rows}{requests} without a failure"),
        }
    };
    let cut = match e.completeness.mode {
        mode if mode.is_cut() => " The export was cut, so absence proves little.",
        Mode::Unknown if e.is_damaged() => " Part of the evidence could not be read, so absence proves little.",
        Mode::Unknown => " The export may have been cut, and then absence proves little.",
        _ => "",
    };
    let mut nothing = Nothing {
        summary: format!("NO EVIDENCE FOUND of an auth failure{subject}: {reason}.{cut}"),
        ..Nothing::default()
    };
    nothing.notes.extend(beside(e, &failed));
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
    nothing.ask = format!("to go on, one of these is needed: {}", missing.join(" · "));
    nothing.notes.push(nothing.ask.clone());
    nothing
}

fn window(e: &Examined, options: &Options) -> String {
    let asked = match (options.selectors.start.map(short), options.selectors.shown_end.map(short)) {
        (Some(start), Some(end)) => format!(" from {start} to {end}"),
        (Some(start), None) => format!(" from {start} on"),
        (None, Some(end)) => format!(" up to {end}"),
        (None, None) => String::new(),
    };
    match (e.ledger.seen_first, e.ledger.seen_last) {
        (Some(first), Some(last)) => format!("{asked}; the dump covers {} to {}", short(first), short(last)),
        _ => asked,
    }
}

/// Failed tool calls that the selectors pick, each once: the API's row of a call where there is one, as it alone quotes the
/// error, else the shim's.
fn failed_calls<'e>(e: &'e Examined, options: &Options) -> Vec<&'e ToolCall> {
    let (joins, s) = (&e.case.notes.joins, &e.case.notes.symbols);
    let fits = |call: &&ToolCall| options.selectors.tool_call(call, joins, s);
    let picked: Vec<&ToolCall> = joins.failed_calls.iter().filter(fits).collect();
    let ms = |call: &ToolCall| (call.thread, call.tool, call.duration / 1_000_000);
    let told: BTreeSet<_> = picked.iter().filter(|c| !c.by_shim).map(|c| ms(c)).collect();
    let mut once: Vec<&ToolCall> = picked.into_iter().filter(|c| !(c.by_shim && told.contains(&ms(c)))).collect();
    once.sort_unstable_by_key(|c| (c.ended, s.get(c.tool)));
    once
}

/// What did fail of what was selected, and is no auth failure: `; not an auth failure: 1×429 and 43×503` and findings
/// that refused nothing.
fn others(e: &Examined) -> String {
    let mut failures: BTreeMap<String, usize> = BTreeMap::new();
    for f in &e.settled.nearby {
        for a in f.members.iter().map(|i| &e.case.notes.attempts[*i]) {
            let what = a.status.map_or_else(|| f.class.label.to_owned(), |status| status.to_string());
            *failures.entry(what).or_default() += 1;
        }
    }
    let mut out = String::new();
    if !failures.is_empty() {
        let list: Vec<String> = failures.iter().map(|(what, n)| format!("{n}×{what}")).collect();
        out.push_str(&format!("; not an auth failure: {}", list.join(" and ")));
    }
    for f in e.settled.findings.iter().take(BESIDE_MAX) {
        out.push_str(&format!("; but {}: {} ({})", f.id, f.class.meaning, f.class.label));
    }
    out
}

/// Why nothing could tie a refused request to what was asked for: requests belong to threads by a label of their
/// sandbox.
fn untied(e: &Examined, options: &Options) -> Option<&'static str> {
    let (notes, want) = (&e.case.notes, &options.selectors);
    let asked = want.thread.is_some() || want.execution.is_some() || want.tool.is_some();
    let attempts = notes.attempts.iter().filter(|a| a.kind == Kind::Attempt);
    let mut labelled =
        attempts.map(|a| a.texts.sandbox.or(a.texts.thread)).chain(notes.outcomes.keys().map(|k| k.sandbox));
    let labelled = labelled.any(|label| label.is_some());
    (asked && !labelled).then_some("no row of the proxy carries a sandbox label, so nothing could tie a request to it")
}

/// Said beside findings of a dump whose tools failed while the proxy's stream is missing.
pub fn without_proxy(e: &Examined, options: &Options) -> String {
    match failed_calls(e, options) {
        failed if !failed.is_empty() => {
            missing(e).map_or(String::new(), |missing| format!("{}, but {missing}", also(&failed)))
        }
        _ => String::new(),
    }
}

/// What the evidence lacks to show a refused request at all: neither proxy's records of requests are in it.
fn missing(e: &Examined) -> Option<&'static str> {
    if e.ledger.audit_rows > 0 || !e.case.notes.cliproxy.story.is_empty() {
        return None;
    }
    if e.ledger.untimed > 0 {
        return Some("rows without a readable _time are not classified, and no other row is a record of a request");
    }
    let some = e.ledger.services.keys().any(|name| name.contains("iron-proxy"));
    Some(if some { "the proxy's rows hold no record of a request" } else { "the proxy's stream is missing" })
}

/// `; 3 tool calls failed, 2 of them with a 401, 403 or 407 in the error`.
fn also(failed: &[&ToolCall]) -> String {
    let said = failed.iter().filter(|c| c.says.is_some()).count();
    let calls = count(failed.len(), "tool call", "tool calls");
    match (failed.len(), said) {
        (0, _) => String::new(),
        (_, 0) => format!("; {calls} failed"),
        (1, _) => format!("; {calls} failed, with a refusal in the text of the error"),
        _ => format!("; {calls} failed, {said} of them with a refusal (401, 403, 407) in the text of the error"),
    }
}

/// How long before and after a failed tool call its thread's refused requests are worth naming.
const BESIDE: i64 = 600 * SECOND;
/// Tools and hosts named.
const BESIDE_MAX: usize = 5;

/// Which tools failed, and where the same threads were refused at about that time.
fn beside(e: &Examined, failed: &[&ToolCall]) -> Vec<String> {
    let s = &e.case.notes.symbols;
    let mut tools: BTreeMap<&str, usize> = BTreeMap::new();
    failed.iter().for_each(|call| *tools.entry(s.get(call.tool)).or_default() += 1);
    let mut near: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for a in e.case.notes.attempts.iter().filter(|a| a.is_auth_failure()) {
        let Some(thread) = a.texts.thread else { continue };
        if failed.iter().any(|call| call.thread == Some(thread) && (call.ended - a.at).abs() <= BESIDE) {
            *near.entry((s.text(thread), s.get(a.texts.host))).or_default() += 1;
        }
    }
    let list = |items: Vec<String>| items.into_iter().take(BESIDE_MAX).collect::<Vec<_>>().join(", ");
    let mut out = Vec::new();
    if let Some(first) = failed.first() {
        let name = |tool: &str| if tool.is_empty() { "a tool without a name".to_owned() } else { value(tool) };
        let names = list(tools.iter().map(|(tool, n)| format!("{} {n}", name(tool))).collect());
        out.push(format!("failed tool calls: {names}, the first at {}", short(first.ended)));
    }
    if !near.is_empty() {
        let places = near
            .iter()
            .map(|((thread, host), n)| format!("{} {n} (--thread {})", value(host), value(thread)))
            .collect();
        out.push(format!("refused requests of the same thread within 10 min of them: {}", list(places)));
    }
    out
}

/// Successful requests that the selectors pick, thread by way of the sandbox.
fn healthy(e: &Examined, options: &Options) -> u64 {
    let (notes, s) = (&e.case.notes, &e.case.notes.symbols);
    let threads = notes.joins.threads();
    let pod = options.selectors.pod.as_ref();
    let sandboxes = pod.map(|pod| notes.joins.sandboxes_in(pod, s)).unwrap_or_default();
    let fits = |key: &Key| {
        let thread = key.sandbox.and_then(|sandbox| threads.get(&sandbox).copied());
        options.selectors.success(key, thread, s, &sandboxes)
    };
    notes.outcomes.by_key().filter(|(key, _)| fits(key)).map(|(_, rows)| rows.len() as u64).sum()
}

/// The nearest values that the dump does hold: a slip of the pen is the commonest cause.
fn nearest(e: &Examined, options: &Options) -> Vec<String> {
    let (notes, s) = (&e.case.notes, &e.case.notes.symbols);
    let mut out = Vec::new();
    for (name, asked) in options.selectors.named() {
        let present: BTreeSet<&str> = match name {
            "host" => {
                let ok = notes.outcomes.keys().map(|key| key.host);
                ok.chain(notes.attempts.iter().map(|a| a.texts.host)).map(|h| s.get(h)).collect()
            }
            "thread" => notes.joins.served.iter().map(|(_, thread, _)| s.text(*thread)).collect(),
            "execution" => notes.joins.executions.keys().map(|x| s.text(*x)).collect(),
            "pod" => notes.attempts.iter().map(|a| s.get(a.texts.pod)).collect(),
            "service" => e.ledger.services.keys().map(String::as_str).collect(),
            "tool" => notes.joins.failed_calls.iter().map(|c| s.get(c.tool)).collect(),
            _ => continue,
        };
        let mut ranked: Vec<(usize, &str)> =
            present.into_iter().filter(|p| !p.is_empty()).map(|p| (distance(asked, p), p)).collect();
        ranked.sort_unstable();
        if !ranked.is_empty() {
            let near: Vec<String> = ranked.iter().take(NEAREST_MAX).map(|(_, p)| value(p)).collect();
            out.push(format!("nearest {name}s in the dump: {}", near.join(", ")));
        }
    }
    out
}

/// Edits between two texts, of which at most 96 bytes are looked at: names of a dump may be long.
fn distance(a: &str, b: &str) -> usize {
    let head = |text: &str| text[..text.floor_char_boundary(96)].to_owned();
    suggest::distance(&head(a), &head(b))
}
