//! Two reports side by side: did the fix work?
//!
//! Reads saved reports (`authopsy.report/1`) or saved answers of `check` (`authopsy.check/1`). The verdict is about what
//! the records show: a failure that is no longer seen is not thereby fixed, so it says whether the newer evidence could
//! have shown it.

use super::model::TARGETS_MAX;
use super::page::{Block, ColumnKind, Inline, Page, Section, Table, Tone, grouped};
use super::zone;
use crate::classify::claims::value;
use crate::classify::completeness::Mode;
use crate::record::time;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Unasked hosts that a verdict names.
const UNASKED_MAX: usize = 3;

/// Why two files cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    #[error("{0} is neither a report of `triage` nor an answer of `check`")]
    Unknown(&'static str),
    #[error("one file is a report of `triage`, the other an answer of `check`")]
    Mixed,
}

/// What kind of document a saved file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Report,
    Check,
}

fn kind(document: &Value, which: &'static str) -> Result<Kind, DiffError> {
    match document.get("schema").and_then(Value::as_str) {
        Some("authopsy.report/1") => Ok(Kind::Report),
        Some("authopsy.check/1") => Ok(Kind::Check),
        _ => Err(DiffError::Unknown(which)),
    }
}

/// Compares two documents.
pub fn page(old: &Value, new: &Value) -> Result<Page, DiffError> {
    let (a, b) = (kind(old, "the old file")?, kind(new, "the new file")?);
    if a != b {
        return Err(DiffError::Mixed);
    }
    Ok(match a {
        Kind::Report => reports(old, new),
        Kind::Check => checks(old, new),
    })
}

fn list<'a>(value: &'a Value, pointer: &str) -> Vec<&'a Value> {
    value.pointer(pointer).and_then(Value::as_array).map(|a| a.iter().collect()).unwrap_or_default()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

/// What makes two findings the same failure: class, host, secret or else the rejecting transform.
type Key<'a> = (&'a str, &'a str, &'a str);

fn key(finding: &Value) -> Key<'_> {
    let secret = match text(finding, "/secret_ref") {
        "" => text(finding, "/transform"),
        secret => secret,
    };
    (text(finding, "/class"), text(finding, "/host"), secret)
}

/// One failure in the old report, the new one, or both.
struct Pair<'a> {
    old: Option<&'a Value>,
    new: Option<&'a Value>,
}

impl Pair<'_> {
    fn word(&self) -> (Tone, &'static str) {
        match (self.old, self.new) {
            (Some(old), Some(new)) => match number(new, "/count").cmp(&number(old, "/count")) {
                std::cmp::Ordering::Greater => (Tone::Bad, "still, more"),
                std::cmp::Ordering::Equal => (Tone::Bad, "still there"),
                std::cmp::Ordering::Less => (Tone::Warn, "still, fewer"),
            },
            (Some(_), None) => (Tone::Good, "not seen now"),
            _ => (Tone::Bad, "new"),
        }
    }

    /// New and remaining first.
    fn rank(&self) -> u8 {
        match (self.old, self.new) {
            (None, _) => 0,
            (Some(_), Some(_)) => 1,
            (Some(_), None) => 2,
        }
    }
}

fn pairs<'a>(old: &'a Value, new: &'a Value, pointer: &str) -> Vec<(Key<'a>, Pair<'a>)> {
    let mut map: BTreeMap<Key<'a>, Pair<'a>> = BTreeMap::new();
    for finding in list(old, pointer) {
        map.entry(key(finding)).or_insert(Pair { old: None, new: None }).old.get_or_insert(finding);
    }
    for finding in list(new, pointer) {
        map.entry(key(finding)).or_insert(Pair { old: None, new: None }).new.get_or_insert(finding);
    }
    let mut out: Vec<(Key<'a>, Pair<'a>)> = map.into_iter().collect();
    out.sort_by(|(a_key, a), (b_key, b)| a.rank().cmp(&b.rank()).then_with(|| a_key.cmp(b_key)));
    out
}

/// What the new evidence holds of the requests that failed before.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// A request to the host, with the credential if one is named, succeeded after the last failure.
    Succeeds,
    /// No such success, and why.
    Not(String),
    /// The finding names no host, so nothing can be looked up.
    Nowhere,
}

fn asked(finding: &Value, new: &Value) -> Asked {
    let (host, secret) = (text(finding, "/host"), text(finding, "/secret_ref"));
    if host.is_empty() {
        return Asked::Nowhere;
    }
    let all = list(new, "/counts/by_target");
    let there: Vec<&Value> = all.iter().copied().filter(|t| text(t, "/host") == host).collect();
    let same: Vec<&Value> =
        there.iter().copied().filter(|t| secret.is_empty() || text(t, "/credential") == secret).collect();
    let last = time::parse(text(finding, "/last"));
    let succeeds = |t: &&Value| time::parse(text(t, "/last_success")).is_some_and(|at| Some(at) > last);
    let with = if secret.is_empty() { String::new() } else { format!(" with {}", value(secret)) };
    match (there.is_empty(), same.is_empty()) {
        _ if same.iter().any(succeeds) => Asked::Succeeds,
        (true, _) if all.is_empty() || all.len() >= TARGETS_MAX => {
            Asked::Not("the new report does not list every host that was asked".to_owned())
        }
        (true, _) => Asked::Not(format!("no request to {} is in the new evidence", value(host))),
        (false, true) => Asked::Not(format!("no request to {}{with} is in the new evidence", value(host))),
        _ => Asked::Not(format!("no request to {}{with} succeeds in the new evidence", value(host))),
    }
}

/// What became of the failures that are not seen any more.
fn fates_of(findings: &[(Key<'_>, Pair<'_>)], new: &Value) -> Vec<Asked> {
    let gone = findings.iter().filter(|(_, pair)| pair.new.is_none()).filter_map(|(_, pair)| pair.old);
    gone.map(|finding| asked(finding, new)).collect()
}

/// Reasons why the new evidence could not have shown the old failure.
fn doubts(old: &Value, new: &Value, fates: &[Asked]) -> Vec<String> {
    let silent = |asked: &Asked| if let Asked::Not(why) = asked { Some(why.clone()) } else { None };
    let unasked: BTreeSet<String> = fates.iter().filter_map(silent).collect();
    let mut out: Vec<String> = unasked.iter().take(UNASKED_MAX).cloned().collect();
    if unasked.len() > out.len() {
        out.push(format!("so it is with {} more", unasked.len() - out.len()));
    }
    let instant = |v: &Value, pointer: &str| time::parse(text(v, pointer));
    if number(new, "/scope/rows/selected") == 0 {
        out.push("no row of the new evidence matches the selectors".to_owned());
    }
    match (instant(old, "/scope/span/last"), instant(new, "/scope/span/last")) {
        (Some(a), Some(b)) if b <= a => out.push("the new evidence does not reach past the end of the old".to_owned()),
        (_, None) => out.push("the new evidence holds no instant".to_owned()),
        _ => {}
    }
    if old.pointer("/scope/selectors") != new.pointer("/scope/selectors") {
        out.push("the selectors differ".to_owned());
    }
    let mode = text(new, "/scope/completeness/mode");
    let said = match Mode::ALL.iter().find(|known| known.word() == mode) {
        Some(Mode::Sampled) => Some("the new export looks sampled"),
        Some(Mode::NewestN) => Some("the new export looks cut to its newest rows"),
        Some(Mode::Unknown) => Some("whether the new evidence is complete cannot be told"),
        Some(Mode::Complete) | None => None,
    };
    out.extend(said.map(str::to_owned));
    if number(new, "/scope/rows/malformed") > 0 {
        out.push("lines of the new evidence are no records".to_owned());
    }
    let digests = text(new, "/manifest/options/hash") != "none";
    if digests && list(new, "/scope/inputs").iter().any(|input| text(input, "/sha256").is_empty()) {
        out.push("part of the new evidence could not be read".to_owned());
    }
    if !list(new, "/manifest/limits_hit").is_empty() {
        out.push("a limit was hit while the new report was made".to_owned());
    }
    out
}

fn reports(old: &Value, new: &Value) -> Page {
    let findings = pairs(old, new, "/findings");
    let fates = fates_of(&findings, new);
    let doubts = doubts(old, new, &fates);
    let unknown = fates.contains(&Asked::Nowhere);
    let (tone, verdict) = verdict(&findings, &doubts, unknown);
    let mut sections = vec![Section::new("compared", "Compared", compared(old, new, &doubts))];
    if !findings.is_empty() {
        sections.push(Section::new(
            "findings",
            "Findings",
            vec![Block::Table(findings_table(&findings, "Findings")), Block::List(next(&findings))],
        ));
    }
    sections.push(Section::new("counts", "Counts", vec![Block::Table(counts(old, new))]));
    let nearby = pairs(old, new, "/nearby");
    if !nearby.is_empty() {
        sections.push(Section::new(
            "nearby",
            "Not auth, but nearby",
            vec![Block::Table(findings_table(&nearby, "Nearby"))],
        ));
    }
    let parts = [
        ("secrets", "Secret-resolution errors", "/secret_errors", "/reference", "/mode"),
        ("symptoms", "Symptom table", "/symptoms", "/id", "/status"),
    ];
    for (id, title, pointer, name, state) in parts {
        sections.extend(
            changed(old, new, pointer, name, state).map(|table| Section::new(id, title, vec![Block::Table(table)])),
        );
    }
    sections.extend(detectors(old, new));
    sections.extend(files(old.get("auth_files"), new.get("auth_files")));
    sections.retain(|s| !s.blocks.is_empty());
    Page { title: "authopsy comparison".into(), verdict: Inline::from(verdict), tone, sections }
}

/// `unknown`: of some failure no host is on record.
fn verdict(findings: &[(Key<'_>, Pair<'_>)], doubts: &[String], unknown: bool) -> (Tone, String) {
    let count = |rank: u8| findings.iter().filter(|(_, p)| p.rank() == rank).count();
    let (fresh, left, gone) = (count(0), count(1), count(2));
    let parts = format!("{gone} not seen any more, {left} still there, {fresh} new");
    match (fresh, left, gone) {
        (0, 0, 0) => (Tone::Plain, "NOTHING TO COMPARE: neither report shows an auth failure".to_owned()),
        (_, 1.., _) => (Tone::Bad, format!("STILL FAILING: {parts}")),
        (1.., 0, 0) => (Tone::Bad, format!("NEW FAILURES: {parts}")),
        (1.., 0, _) => (Tone::Bad, format!("CHANGED: {parts}")),
        _ if doubts.is_empty() && unknown => (
            Tone::Good,
            format!(
                "NOT SEEN ANY MORE: {parts}; the new evidence is later, but where no host is named it does not say whether the same was tried"
            ),
        ),
        _ if doubts.is_empty() => (
            Tone::Good,
            format!("NOT SEEN ANY MORE: {parts}; the same hosts are asked with the same credentials, and succeed"),
        ),
        _ => (Tone::Warn, format!("CANNOT TELL: {parts}, but {}", doubts.join("; "))),
    }
}

fn compared(old: &Value, new: &Value, doubts: &[String]) -> Vec<Block> {
    let mut table = Table::new(
        "The two reports",
        &[
            ("report", ColumnKind::Key),
            ("first record", ColumnKind::Time),
            ("last record", ColumnKind::Time),
            ("rows selected", ColumnKind::Number),
            ("export", ColumnKind::Text),
            ("verdict then", ColumnKind::Prose),
        ],
    );
    for (which, report) in [("old", old), ("new", new)] {
        let instant = |pointer: &str| match text(report, pointer) {
            "" => Inline::from("—"),
            at => Inline::new().time(at),
        };
        table.push(vec![
            which.into(),
            instant("/scope/span/first"),
            instant("/scope/span/last"),
            Inline::new().number(number(report, "/scope/rows/selected")),
            Inline::from(text(report, "/scope/completeness/mode").replace('_', " ")),
            Inline::from(text(report, "/verdict/summary")),
        ]);
    }
    let mut blocks = vec![Block::Table(table)];
    if !doubts.is_empty() {
        let facts = doubts.iter().map(|d| ("doubt".to_owned(), Inline::new().strong(Tone::Warn, d.as_str())));
        blocks.push(Block::Facts(facts.collect()));
    }
    let digests =
        |v: &Value| -> Vec<String> { list(v, "/scope/inputs").iter().map(|i| text(i, "/sha256").to_owned()).collect() };
    if !digests(old).is_empty() && digests(old) == digests(new) {
        blocks.push(Block::Prose("Both reports were made of the same evidence.".into()));
    }
    blocks
}

fn findings_table(findings: &[(Key<'_>, Pair<'_>)], caption: &str) -> Table {
    let mut table = Table::new(
        caption,
        &[
            ("change", ColumnKind::Key),
            ("class", ColumnKind::Key),
            ("host", ColumnKind::Text),
            ("secret or transform", ColumnKind::Text),
            ("old", ColumnKind::Number),
            ("new", ColumnKind::Number),
            ("last seen", ColumnKind::Time),
        ],
    );
    for ((class, host, secret), pair) in findings {
        let (tone, word) = pair.word();
        let count = |f: Option<&Value>| f.map_or_else(|| "—".into(), |f| Inline::new().number(number(f, "/count")));
        let last = pair.new.or(pair.old).map_or("", |f| text(f, "/last"));
        table.push(vec![
            Inline::new().strong(tone, word),
            Inline::from(*class),
            Inline::new().value(*host),
            Inline::new().value(*secret),
            count(pair.old),
            count(pair.new),
            if last.is_empty() { "—".into() } else { Inline::new().time(last) },
        ]);
    }
    table
}

/// What the new report says to do about what is there now.
fn next(findings: &[(Key<'_>, Pair<'_>)]) -> Vec<Inline> {
    findings
        .iter()
        .filter_map(|(_, pair)| pair.new)
        .map(|f| {
            Inline::new()
                .text(format!("{} ", text(f, "/id")))
                .text(text(f, "/statement"))
                .text(" ")
                .strong(Tone::Plain, "Next:")
                .text(format!(" {}", text(f, "/next/text")))
        })
        .collect()
}

fn counts(old: &Value, new: &Value) -> Table {
    const PARTS: [&str; 4] = ["upstream", "proxy", "tunnel", "unknown"];
    let mut rows: BTreeMap<u64, [[u64; 4]; 2]> = BTreeMap::new();
    for (which, report) in [old, new].into_iter().enumerate() {
        for row in list(report, "/counts/by_status") {
            let cells = &mut rows.entry(number(row, "/status")).or_default()[which];
            for (cell, part) in cells.iter_mut().zip(PARTS) {
                *cell += number(row, &format!("/{part}"));
            }
        }
    }
    let mut table = Table::new("Failed attempts by status: old → new", &[("status", ColumnKind::Number)]);
    for part in PARTS {
        table.columns.push(super::page::Column { title: part.to_owned(), kind: ColumnKind::Number });
    }
    for (status, [old, new]) in rows {
        let mut cells = vec![Inline::from(status.to_string())];
        cells.extend((0..4).map(|n| Inline::from(arrow(old[n], new[n]))));
        table.push(cells);
    }
    table
}

fn arrow(old: u64, new: u64) -> String {
    if old == new { grouped(old) } else { format!("{} → {}", grouped(old), grouped(new)) }
}

/// Named things with a state, where the state is not the same.
fn changed(old: &Value, new: &Value, pointer: &str, name: &str, state: &str) -> Option<Table> {
    let states = |v: &Value| -> BTreeMap<String, String> {
        list(v, pointer).iter().map(|item| (text(item, name).to_owned(), text(item, state).replace('_', " "))).collect()
    };
    states_table(&states(old), &states(new))
}

fn states_table(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Option<Table> {
    let mut table =
        Table::new("What changed", &[("name", ColumnKind::Key), ("old", ColumnKind::Text), ("new", ColumnKind::Text)]);
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (a, b) = (old.get(name), new.get(name));
        if a != b {
            let state = |s: Option<&String>| s.map_or_else(|| Inline::from("—"), |s| Inline::from(s.as_str()));
            table.push(vec![Inline::new().value(name.as_str()), state(a), state(b)]);
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

fn detectors(old: &Value, new: &Value) -> Option<Section> {
    let states = |v: &Value| -> BTreeMap<String, String> {
        let fired = |d: &Value| d.get("fired").and_then(Value::as_bool).unwrap_or(false);
        list(v, "/detectors")
            .iter()
            .map(|d| (text(d, "/id").to_owned(), if fired(d) { "fired" } else { "did not fire" }.to_owned()))
            .collect()
    };
    states_table(&states(old), &states(new))
        .map(|t| Section::new("detectors", "Detectors over time", vec![Block::Table(t)]))
}

/// Verdicts and expiry of credential files. Either side may be missing.
fn files(old: Option<&Value>, new: Option<&Value>) -> Option<Section> {
    let states = |v: &Value| -> BTreeMap<String, String> {
        let state = |f: &Value| match text(f, "/expires_at") {
            "" => text(f, "/verdict").replace('_', " "),
            at => format!("{}, expires {}", text(f, "/verdict").replace('_', " "), zone::utc(at, false)),
        };
        list(v, "/files").iter().map(|f| (text(f, "/path").to_owned(), state(f))).collect()
    };
    let (old, new) = (old?, new?);
    states_table(&states(old), &states(new))
        .map(|t| Section::new("auth-files", "Credential files", vec![Block::Table(t)]))
}

/// What became of the files between two answers of `check`, paired by path.
#[derive(Default)]
struct Fates {
    /// Unusable before, usable now.
    repaired: u64,
    /// Unusable before and now.
    left: u64,
    /// Not unusable before, or not there, and unusable now.
    broken: u64,
    /// Unusable before, not there now.
    gone: u64,
    /// Paths that both answers have.
    shared: u64,
}

fn fates(old: &Value, new: &Value) -> Fates {
    const BAD: [&str; 3] = ["dead", "unreadable", "expired_refreshable"];
    let by_path = |v: &'_ Value| -> BTreeMap<String, bool> {
        let row = |f: &&Value| (text(f, "/path").to_owned(), BAD.contains(&text(f, "/verdict")));
        list(v, "/files").iter().map(row).collect()
    };
    let (before, after) = (by_path(old), by_path(new));
    let mut out = Fates::default();
    for (path, bad) in &after {
        let was = before.get(path).copied();
        out.shared += u64::from(was.is_some());
        match (was, bad) {
            (Some(true), true) => out.left += 1,
            (Some(true), false) => out.repaired += 1,
            (_, true) => out.broken += 1,
            (_, false) => {}
        }
    }
    out.gone = before.iter().filter(|(path, bad)| **bad && !after.contains_key(*path)).count() as u64;
    out
}

/// Reasons why the new answer cannot show what became of the old files.
fn doubts_of_checks(new: &Value, fates: &Fates) -> Vec<&'static str> {
    let empty = list(new, "/files").is_empty();
    let doubts = [
        (empty, "the new answer holds no file"),
        (!empty && fates.shared == 0, "the two answers share no path"),
        (!list(new, "/missed").is_empty(), "the new answer is incomplete: not everything could be looked at"),
        (fates.gone > 0, "a file that is not there any more is not thereby usable"),
    ];
    doubts.into_iter().filter(|(holds, _)| *holds).map(|(_, why)| why).collect()
}

fn checks(old: &Value, new: &Value) -> Page {
    let fates = fates(old, new);
    let doubts = doubts_of_checks(new, &fates);
    let parts = [
        (fates.repaired, "usable again"),
        (fates.left, "still unusable"),
        (fates.broken, "newly unusable"),
        (fates.gone, "not there any more"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(n, what)| *n > 0 || !what.starts_with("not there"))
        .map(|(n, what)| format!("{} {what}", grouped(n)))
        .collect();
    let (tone, word) = match (fates.repaired, fates.left, fates.broken) {
        (_, 0, 0) if !doubts.is_empty() => (Tone::Warn, "CANNOT TELL"),
        (0, 0, 0) => (Tone::Good, "NONE UNUSABLE"),
        (_, 0, 0) => (Tone::Good, "ALL USABLE AGAIN"),
        (0, _, 0) => (Tone::Warn, "NO FEWER"),
        (_, _, 0) => (Tone::Warn, "BETTER"),
        (0, ..) => (Tone::Bad, "WORSE"),
        _ => (Tone::Bad, "CHANGED"),
    };
    let because = if doubts.is_empty() { String::new() } else { format!(", but {}", doubts.join("; ")) };
    let section = files(Some(old), Some(new)).unwrap_or_else(|| {
        Section::new(
            "auth-files",
            "Credential files",
            vec![Block::Prose("No file changed its verdict or expiry.".into())],
        )
    });
    let verdict = format!("{word}: of the files that are dead, unreadable or expired {}{because}", parts.join(", "));
    Page { title: "authopsy comparison".into(), verdict: Inline::from(verdict), tone, sections: vec![section] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Safe;
    use crate::report::model::{Report, Target};
    use crate::report::{Format, RenderOptions, render, render_page, sample};

    fn value(report: &Report) -> Value {
        serde_json::from_slice(&render(report, Format::Json, &RenderOptions::default())).expect("json")
    }

    fn first_line(old: &Value, new: &Value) -> String {
        let page = page(old, new).expect("comparable");
        let text = String::from_utf8(render_page(page, Format::Text, &RenderOptions::default())).expect("UTF-8");
        text.lines().next().expect("a line").to_owned()
    }

    #[test]
    fn the_same_report_still_fails() {
        let report = value(&sample::full());
        assert_eq!(first_line(&report, &report), "STILL FAILING: 0 not seen any more, 3 still there, 0 new");
    }

    #[test]
    fn silence_is_only_good_news_when_it_could_have_been_heard() {
        let old = value(&sample::full());
        let mut report = sample::none_found();
        report.scope.rows.malformed = 0;
        assert!(first_line(&old, &value(&report)).starts_with("CANNOT TELL:"));
        report.scope.span.last = Some("2026-03-11T23:00:00Z".into());
        for mode in [Mode::Unknown, Mode::Sampled, Mode::NewestN] {
            report.scope.completeness.mode = mode;
            assert!(first_line(&old, &value(&report)).starts_with("CANNOT TELL:"), "{mode}");
        }
        report.scope.completeness.mode = Mode::Complete;
        assert!(first_line(&old, &value(&report)).ends_with("and succeed"));
        // A host that nobody asked again says nothing, nor does one that answers nothing well.
        let good = report.counts.by_target.clone();
        for (targets, why) in [
            (
                vec![Target { host: Safe::own("other.example"), ..good[0].clone() }],
                "no request to api.billfold.example is in the new evidence",
            ),
            (
                vec![Target { credential: None, ..good[0].clone() }],
                "no request to api.billfold.example with `op://Agents Vault/billfold/api key` is in the new evidence",
            ),
            (
                vec![Target { last_success: None, ..good[0].clone() }],
                "with `op://Agents Vault/billfold/api key` succeeds in the new evidence",
            ),
            (vec![], "the new report does not list every host that was asked"),
        ] {
            let others = targets.iter().map(|_| good[1].clone()).collect::<Vec<_>>();
            report.counts.by_target = [targets, others].concat();
            let line = first_line(&old, &value(&report));
            assert!(line.starts_with("CANNOT TELL:") && line.ends_with(why), "{line}");
        }
        report.counts.by_target = good;
        report.scope.rows.malformed = 1;
        assert!(first_line(&old, &value(&report)).ends_with("but lines of the new evidence are no records"));
        report.scope.rows.malformed = 0;
        let mut unread = value(&report);
        unread["scope"]["inputs"][0]["sha256"] = "".into();
        assert!(first_line(&old, &unread).ends_with("but part of the new evidence could not be read"));
        report.scope.rows.selected = 0;
        assert!(first_line(&old, &value(&report)).starts_with("CANNOT TELL:"));
        assert!(
            first_line(&value(&report), &old).starts_with("NEW FAILURES: 0 not seen any more, 0 still there, 3 new")
        );
    }

    #[test]
    fn every_format_shows_the_change_and_stays_inert() {
        let old = value(&sample::full());
        let new = value(&sample::hostile("<script>\u{1b}]52;c;x\u{7}|`"));
        for format in [Format::Text, Format::Markdown, Format::Html] {
            let bytes = render_page(page(&old, &new).expect("comparable"), format, &RenderOptions::default());
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert!(text.contains("CHANGED"), "{text}");
            assert!(format != Format::Html || !text.contains("<script>"), "{text}");
            assert!(!text.contains('\u{1b}'));
        }
    }

    #[test]
    fn answers_of_check_are_compared_by_verdict() {
        let old = serde_json::json!({"schema": "authopsy.check/1", "files": [{"path": "a", "verdict": "dead"}], "summary": {"by_verdict": {"dead": 1}}});
        let new = serde_json::json!({"schema": "authopsy.check/1", "files": [{"path": "a", "verdict": "healthy"}], "summary": {"by_verdict": {"healthy": 1}}});
        assert_eq!(
            first_line(&old, &new),
            "ALL USABLE AGAIN: of the files that are dead, unreadable or expired 1 usable again, 0 still unusable, 0 newly unusable"
        );
        assert!(matches!(page(&old, &value(&sample::full())), Err(DiffError::Mixed)));
        assert!(matches!(page(&serde_json::json!({}), &new), Err(DiffError::Unknown(_))));
    }

    #[test]
    fn a_file_that_vanished_is_not_repaired() {
        let check = |files: &[(&str, &str)]| {
            let files: Vec<Value> =
                files.iter().map(|(path, verdict)| serde_json::json!({"path": path, "verdict": verdict})).collect();
            serde_json::json!({"schema": "authopsy.check/1", "files": files})
        };
        let old = check(&[("a", "dead"), ("b", "healthy")]);
        for (new, word) in [
            (check(&[]), "CANNOT TELL:"),
            (check(&[("x", "healthy")]), "CANNOT TELL:"),
            (check(&[("b", "healthy")]), "CANNOT TELL:"),
            (check(&[("a", "healthy"), ("b", "healthy")]), "ALL USABLE AGAIN:"),
            (check(&[("a", "dead"), ("b", "healthy")]), "NO FEWER:"),
            (check(&[("a", "healthy"), ("b", "dead")]), "CHANGED:"),
            (check(&[("a", "dead"), ("b", "dead")]), "WORSE:"),
        ] {
            assert!(first_line(&old, &new).starts_with(word), "{}", first_line(&old, &new));
        }
        let mut unread = check(&[("a", "healthy"), ("b", "healthy")]);
        unread["missed"] = serde_json::json!(["c: not read"]);
        assert!(first_line(&old, &unread).starts_with("CANNOT TELL:"));
    }
}
