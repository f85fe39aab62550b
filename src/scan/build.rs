//! The parts of a report, put together: redacted, ordered, complete.

use super::ahead::Ahead;
use super::events::Cleaner;
use super::{Examined, Options, glance, nothing};
use crate::aggregate::charts::{Change, Charts, Counting, Failure};
use crate::aggregate::tallies::{By, Classes, Statuses};
use crate::classify::claims::{self, OtherLogin, Teller, count, named, quoted, short, value};
use crate::classify::classes::{self, Class, Group};
use crate::classify::completeness::Mode;
use crate::classify::settle::{Diagnosis, episodes};
use crate::classify::shadow::Wanting;
use crate::classify::{
    Answered, Attempt, Decided, LIST, Sym, detectors, messages, queries, ruleset, symptoms, timeline,
};
use crate::finding::{Attachment, Credential, Evidence, Kind, Origin, Role};
use crate::input::hex;
use crate::record::MAX_FIELDS;
use crate::record::time::{self, Nanos};
use crate::redact::{Redactor, Safe};
use crate::report::model::{
    ClassCount, Completeness, Counts, Detection, Finding, FindingStatus, Hypothesis, InputScope, Manifest, Moment,
    Next, Redactions, Report, Rows, Scope, SecretError, SecretMode, Span, StatusCount, Symptom, Verdict, Window,
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Concrete rows shown per finding.
const EVIDENCE_MAX: usize = 3;
/// Names listed per finding and kind.
const NAMES_MAX: usize = 100;
/// Hypotheses of a report.
const HYPOTHESES_MAX: usize = 3;

/// Builds the report. Everything that came from evidence goes through the redactor, in one fixed order.
pub fn report(e: &Examined, options: &Options, redactor: &mut Redactor) -> Report {
    let mut ahead = Ahead::of(e, options, redactor);
    let nothing = (!found(e)).then(|| nothing::explain(e, options));
    let verdict = verdict(e, options, nothing.as_ref(), redactor);
    let scope = scope(e, options, nothing.as_ref(), redactor);
    let mut causes = e.settled.findings.iter().chain(&e.settled.nearby).enumerate();
    let mut next = |(number, cause)| ahead.finding(number, || finding(e, cause, redactor));
    let findings: Vec<Finding> = causes.by_ref().take(e.settled.findings.len()).map(&mut next).collect();
    let nearby: Vec<Finding> = causes.map(next).collect();
    let secret_errors = secret_errors(e, redactor);
    let timeline = moments(e, redactor);
    let hypotheses = hypotheses(e, redactor);
    let symptoms = symptoms::evaluate(&e.case, &e.beside.outside, redactor).into_iter().map(symptom).collect();
    let detectors =
        detectors::detections(&e.case, std::mem::take(&mut ahead.said), redactor).into_iter().map(detection).collect();
    let counts = Counts {
        by_status: by_status(e, redactor),
        by_class: by_class(e),
        by_target: super::targets::by_target(e, redactor),
    };
    let manifest = manifest(e, options, redactor);
    let by_kind = redactor.by_kind().iter().map(|(kind, n)| ((*kind).to_owned(), *n)).collect();
    let glance = glance::glance(e, options, &findings, &scope, nothing.as_ref());
    let redactions = Redactions { by_kind, total: redactor.by_kind().values().sum() };
    Report {
        schema: "authopsy.report/1",
        verdict,
        scope,
        counts,
        findings,
        secret_errors,
        symptoms,
        detectors,
        auth_files: super::files::joined(e),
        timeline,
        nearby,
        hypotheses,
        redactions,
        manifest,
        charts: ahead.charts(|| charts(e, redactor)),
        glance,
    }
}

/// A finding about authentication is there that failed somebody.
fn found(e: &Examined) -> bool {
    e.settled.told().next().is_some()
}

fn verdict(e: &Examined, options: &Options, nothing: Option<&nothing::Nothing>, redactor: &mut Redactor) -> Verdict {
    if let Some(nothing) = nothing {
        let summary = redactor.text(&nothing.summary);
        return Verdict { found: false, class: None, origin: None, confidence: None, summary };
    }
    let mut told = e.settled.told();
    let worst = told.next().expect("where nothing is told, nothing is found");
    let s = &e.case.notes.symbols;
    let at = |i: usize| e.case.notes.attempts[i].at;
    let host = match s.get(worst.host) {
        "" => String::new(),
        host => format!(" at {}", value(host)),
    };
    let others = match told.count() {
        0 => String::new(),
        n => format!(", and {}", count(n, "other finding", "other findings")),
    };
    let span = match (e.ledger.seen_first, e.ledger.seen_last) {
        (Some(first), Some(last)) => format!(" (dump covers {} to {})", short(first), short(last)),
        _ => String::new(),
    };
    let limits = match e.completeness.mode {
        Mode::NewestN => "; only the newest rows were exported, so it may have begun earlier",
        Mode::Sampled => "; the export was cut, so counts, first and last are those of what is left",
        Mode::Unknown if e.is_damaged() => "; part of the evidence could not be read",
        Mode::Unknown => "; the export may have been cut",
        Mode::Complete => "",
    };
    let text = format!(
        "EVIDENCE FOUND: {}{host}: {} ({}), {} to {}{others}{span}{limits}{}{}",
        claims::headline(worst.class, worst.confidence, worst.origin, OtherLogin::of(&e.case, worst)),
        attempts(e, worst),
        worst.class.label,
        short(at(worst.members[0])),
        short(at(worst.members[worst.members.len() - 1])),
        unclassified(e),
        nothing::without_proxy(e, options),
    );
    Verdict {
        found: true,
        class: Some(worst.class.label),
        origin: Some(worst.origin),
        confidence: Some(worst.confidence),
        summary: redactor.text(&text),
    }
}

/// Where the rules do not know more than a fifth of the failures, the reader has to know that first.
fn unclassified(e: &Examined) -> String {
    let all = e.settled.told();
    let (known, unknown): (Vec<&Diagnosis>, Vec<&Diagnosis>) = all.partition(|f| f.class.group != Group::Unknown);
    let size = |list: &[&Diagnosis]| list.iter().map(|f| f.members.len()).sum::<usize>();
    let (known, unknown) = (size(&known), size(&unknown));
    if 5 * unknown > known + unknown {
        format!("; no rule knows {unknown} of the {} failures", known + unknown)
    } else {
        String::new()
    }
}

fn attempts(e: &Examined, f: &Diagnosis) -> String {
    match e.case.notes.attempts[f.members[0]].kind {
        Kind::Attempt => count(f.members.len(), "request", "requests"),
        _ => count(f.members.len(), "line", "lines"),
    }
}

fn instant(at: Option<Nanos>) -> Option<String> {
    at.map(time::format)
}

fn scope(e: &Examined, options: &Options, nothing: Option<&nothing::Nothing>, redactor: &mut Redactor) -> Scope {
    let c = &e.completeness;
    let mut safe = |list: &[String]| list.iter().map(|text| redactor.text(text)).collect::<Vec<Safe>>();
    let mut notes = safe(&c.notes);
    notes.extend(safe(nothing.map_or(&[], |n| &n.notes)));
    let selectors = options.selectors.named();
    let joined = if options.selectors.is_empty() { e.ledger.in_window } else { e.ledger.selected };
    Scope {
        inputs: e
            .summaries
            .iter()
            .map(|s| InputScope {
                name: s.name.clone(),
                sha256: s.digest.clone(),
                bytes: s.bytes,
                lines: s.lines,
                format: s.format,
            })
            .collect(),
        rows: Rows {
            read: e.ledger.read,
            in_window: e.ledger.in_window,
            selected: joined,
            malformed: e.ledger.malformed,
            duplicate: e.duplicate,
        },
        span: Span { first: instant(e.case.first), last: instant(e.case.last) },
        as_of: instant(e.case.as_of),
        window: Window { start: instant(options.selectors.start), end: instant(options.selectors.shown_end) },
        completeness: Completeness {
            mode: c.mode,
            gaps: safe(&c.gaps),
            notes,
            safe_claims: safe(&c.safe_claims),
            unsafe_claims: safe(&c.unsafe_claims),
        },
        selectors: selectors.into_iter().map(|(name, value)| (name, redactor.text(value))).collect(),
    }
}

/// Failed attempts, each row of the records once: tunnels apart, markers and negatives left out.
fn by_status(e: &Examined, redactor: &mut Redactor) -> Vec<StatusCount> {
    let s = &e.case.notes.symbols;
    let mut statuses = Statuses::default();
    for a in e.settled.selected.iter().map(|i| &e.case.notes.attempts[*i]) {
        if let Some(status) = a.status.filter(|_| a.is_failed()) {
            let by = match a.answered {
                _ if a.tunnel => By::Tunnel,
                Answered::Upstream => By::Upstream,
                Answered::Proxy => By::Proxy,
                Answered::Unknown => By::Unknown,
            };
            statuses.observe(status, by, a.at, s.get(a.texts.host));
        }
    }
    let row = |(status, t): (u16, crate::aggregate::tallies::StatusTally)| StatusCount {
        status,
        upstream: t.upstream,
        proxy: t.proxy,
        tunnel: t.tunnel,
        unknown: t.unknown,
        first: instant(t.first),
        last: instant(t.last),
        hosts: t.hosts.iter().take(NAMES_MAX).map(|host| redactor.field("host", host)).collect(),
    };
    statuses.by.into_iter().map(row).collect()
}

fn by_class(e: &Examined) -> Vec<ClassCount> {
    let mut classes = Classes::default();
    for f in e.settled.findings.iter().chain(&e.settled.nearby) {
        // A finding whose members differ in who answered has no origin of its own; each of them has.
        let mut by_origin: BTreeMap<Origin, Vec<usize>> = BTreeMap::new();
        for &i in &f.members {
            by_origin.entry(e.case.notes.attempts[i].origin).or_default().push(i);
        }
        for (origin, members) in by_origin {
            let episodes = episodes(&e.case, &members);
            classes.observe(f.class.label, origin, f.role, members.len() as u64, episodes);
        }
    }
    let row = |((role, class, origin), (attempts, episodes))| ClassCount { class, origin, role, attempts, episodes };
    classes.by.into_iter().map(row).collect()
}

pub(super) fn finding(e: &Examined, f: &Diagnosis, redactor: &mut Redactor) -> Finding {
    let all = &e.case.notes.attempts;
    let members: Vec<&Attempt> = f.members.iter().map(|i| &all[*i]).collect();
    let with_support: Vec<&Attempt> = members.iter().copied().chain(f.support.iter().map(|i| &all[*i])).collect();
    let teller = Teller { case: &e.case, finding: f };
    let (kind, text) = claims::next(f.class, f.confidence, OtherLogin::of(&e.case, f));
    let text = match (&f.caused_by, f.role) {
        (Some(cause), _) => format!("{text} ({cause})"),
        (None, Role::Derived) => format!("{text}; no cause of it is on record"),
        _ => text.to_owned(),
    };
    let (first, last) = (members[0].at, members[members.len() - 1].at);
    let mut names = Names { e, redactor };
    let (pods, services) = (names.of(&with_support, |a| a.texts.pod), names.of(&with_support, |a| a.texts.service));
    let threads = names.of(&members, |a| a.texts.thread);
    let executions = names.of(&members, |a| a.texts.execution);
    let tools = names.of(&members, |a| a.texts.tool);
    let credential = names.credential(&members);
    let (method, path) = (names.single(&members, |a| a.texts.method), names.single(&members, |a| a.texts.path));
    let mut cleaner = Cleaner::new(e, redactor);
    let host = cleaner.field("host", f.host);
    let secret_ref = cleaner.field("secret_ref", f.secret);
    let transform = cleaner.field("transform", f.transform);
    let identity = cleaner.field("identity", f.identity);
    Finding {
        id: f.id.clone(),
        class: f.class.label,
        subtype: f.subtype,
        origin: f.origin,
        role: f.role,
        confidence: f.confidence,
        caused_by: f.caused_by.clone(),
        host,
        method,
        path,
        by_status: finding_statuses(&members),
        secret_ref,
        transform,
        identity,
        count: members.len() as u64,
        episodes: episodes(&e.case, &f.members),
        first: Some(time::format(first)),
        last: Some(time::format(last)),
        pods,
        services,
        threads,
        executions,
        tools,
        credential,
        statement: redactor.text(&teller.statement()),
        next: Next { kind, text: Safe::own(text), fixer: f.class.fixer, retry: f.class.retry },
        evidence: evidence(e, f, redactor),
        counter_evidence: counter_evidence(e, f, redactor),
        query: redactor.text(&queries::of(&e.case, &e.settled.neighbours, f)),
    }
}

fn finding_statuses(members: &[&Attempt]) -> Vec<FindingStatus> {
    let mut by: BTreeMap<(u16, bool), u64> = BTreeMap::new();
    for a in members {
        if let Some(status) = a.status {
            *by.entry((status, a.tunnel)).or_default() += 1;
        }
    }
    by.into_iter().map(|((status, tunnel), count)| FindingStatus { status, tunnel, count }).collect()
}

/// Lists of distinct names, sorted as texts.
struct Names<'a> {
    e: &'a Examined,
    redactor: &'a mut Redactor,
}

impl<'a> Names<'a> {
    /// A finding may have a thread or an execution for each of its many rows: symbols are numbers, and compared as such.
    fn distinct(&self, members: &[&Attempt], of: impl Fn(&Attempt) -> Option<Sym>) -> BTreeSet<&'a str> {
        let mut symbols: Vec<Sym> = members.iter().filter_map(|a| of(a)).collect();
        symbols.sort_unstable();
        symbols.dedup();
        let e = self.e;
        symbols.into_iter().map(|sym| e.case.notes.symbols.text(sym)).collect()
    }

    fn of(&mut self, members: &[&Attempt], of: impl Fn(&Attempt) -> Option<Sym>) -> Vec<Safe> {
        self.distinct(members, of).into_iter().take(NAMES_MAX).map(|text| self.redactor.text(text)).collect()
    }

    /// The value that all members share.
    fn single(&mut self, members: &[&Attempt], of: impl Fn(&Attempt) -> Option<Sym>) -> Option<Safe> {
        let texts = self.distinct(members, of);
        match texts.len() {
            1 => texts.first().map(|text| self.redactor.field("path", text)),
            _ => None,
        }
    }

    fn credential(&mut self, members: &[&Attempt]) -> Credential {
        let order = [Attachment::Unresolved, Attachment::Attached, Attachment::NotAttached, Attachment::Unknown];
        let state = order.into_iter().find(|state| members.iter().any(|a| a.credential == *state));
        let split = |texts: BTreeSet<&str>| -> BTreeSet<String> {
            texts.iter().flat_map(|t| t.split(LIST)).map(str::to_owned).collect()
        };
        let names = split(self.distinct(members, |a| a.texts.names));
        let locations = split(self.distinct(members, |a| a.texts.locations));
        Credential {
            state: state.unwrap_or(Attachment::Unknown),
            names: names.iter().map(|n| self.redactor.field("secret_ref", n)).collect(),
            locations: locations.iter().map(|n| self.redactor.text(n)).collect(),
        }
    }
}

/// One to three rows: the first attempts whose lines were kept, and the first line that says why.
fn evidence(e: &Examined, f: &Diagnosis, redactor: &mut Redactor) -> Vec<Evidence> {
    let locate = |i: &usize| &e.case.notes.attempts[*i].locator;
    let kept = |i: &&usize| e.case.sample(locate(i)).is_some();
    let why = f.support.iter().filter(|i| e.case.notes.attempts[**i].kind != Kind::Attempt).find(kept);
    let rows = f.members.iter().filter(kept).take(EVIDENCE_MAX - why.iter().count());
    rows.chain(why).filter_map(|i| e.case.evidence(locate(i), redactor)).collect()
}

/// What speaks against the obvious reading of a refusal: a success meanwhile with the same credential. Lines of successes
/// are not kept, so its fields are what it is known by; `show` has the line.
fn counter_evidence(e: &Examined, f: &Diagnosis, redactor: &mut Redactor) -> Vec<Evidence> {
    let Some((key, ok)) = f.bracket.meanwhile.filter(|_| f.class.group == Group::Upstream) else { return Vec::new() };
    let symbols = &e.case.notes.symbols;
    let known = [
        ("_time", time::format(ok.at)),
        ("audit.host", symbols.get(key.host).to_owned()),
        ("kubernetes.pod_name", symbols.get(key.pod).to_owned()),
        ("secret", symbols.get(key.names).replace(LIST, ", ")),
    ];
    let known = known.into_iter().filter(|(_, text)| !text.is_empty());
    let fields = known.map(|(name, text)| (name.to_owned(), redactor.field(name, &text))).collect();
    vec![Evidence {
        id: e.case.evidence_id(&ok.locator),
        input: e.summaries.get(ok.locator.input as usize).map_or_else(String::new, |s| s.name.clone()),
        line: ok.locator.line,
        offset: ok.locator.offset,
        fields,
    }]
}

/// What one reference's trouble looked like.
#[derive(Default)]
struct Trouble {
    count: u64,
    first: Option<Nanos>,
    last: Option<Nanos>,
    pods: BTreeSet<String>,
    refused: bool,
    forwarded: bool,
    stale: bool,
}

fn secret_errors(e: &Examined, redactor: &mut Redactor) -> Vec<SecretError> {
    let (s, all) = (&e.case.notes.symbols, &e.case.notes.attempts);
    let mut troubles: BTreeMap<(String, &'static str, String), Trouble> = BTreeMap::new();
    let decided = |i: &usize| all[*i].rule.is_some_and(|rule| rule.is_closed() || rule.is_open());
    let wanting = Wanting::of(e.settled.selected.iter().filter(|i| decided(i)).map(|i| (&all[*i], *i)));
    let is_line = |a: &Attempt| a.kind == Kind::SecretError && a.rule.is_none();
    let lines = e.settled.selected.iter().map(|i| &all[*i]).filter(|a| is_line(a));
    let logged: BTreeSet<usize> = lines.flat_map(|line| wanting.within(line)).collect();
    for (i, a) in e.settled.selected.iter().map(|i| (*i, &all[*i])) {
        let reference = s.get(a.texts.secret);
        let silent = |decided: Decided| decided.is_closed() || decided == Decided::SecretOpen;
        let silent = !logged.contains(&i) && a.rule.is_some_and(silent) && a.credential == Attachment::Unresolved;
        // A line that names no reference is an error all the same.
        if !(a.kind == Kind::SecretError || silent && !reference.is_empty()) {
            continue;
        }
        let message = tail(s.get(a.texts.message), reference);
        let stale = a.kind == Kind::SecretError && a.role == Role::Precursor;
        let key = (reference.to_owned(), source(s.get(a.texts.message), reference), message);
        let trouble = troubles.entry(key).or_default();
        trouble.count += 1;
        trouble.first = Some(trouble.first.map_or(a.at, |first| first.min(a.at)));
        trouble.last = trouble.last.max(Some(a.at));
        trouble.pods.insert(s.get(a.texts.pod).to_owned());
        trouble.stale |= stale;
        let tied = |number: usize| all[number].rule;
        let rules = a.rule.into_iter().chain(wanting.within(a).filter(|_| is_line(a)).filter_map(tied));
        for rule in rules.filter(|_| !reference.is_empty()) {
            trouble.refused |= rule.is_closed();
            trouble.forwarded |= rule.is_open();
        }
    }
    let row = |((reference, source, message), t): ((String, &'static str, String), Trouble)| SecretError {
        reference: redactor.field("secret_ref", &reference),
        source: Safe::own(source),
        message: redactor.field("error", &message),
        count: t.count,
        first: instant(t.first),
        last: instant(t.last),
        pods: t.pods.iter().filter(|p| !p.is_empty()).take(NAMES_MAX).map(|p| redactor.text(p)).collect(),
        mode: match (t.stale, t.refused, t.forwarded) {
            (true, ..) => SecretMode::Stale,
            (_, true, _) => SecretMode::Closed,
            (_, _, true) => SecretMode::Open,
            _ => SecretMode::Unknown,
        },
    };
    troubles.into_iter().map(row).collect()
}

/// What the store said, without what the proxy put before it.
fn tail(message: &str, reference: &str) -> String {
    let text = messages::inner(message);
    let quoted = format!("\"{reference}\": ");
    text.rsplit_once(&quoted).map_or(text, |(_, tail)| tail).to_owned()
}

/// Which kind of store a reference belongs to, by the proxy's own words, else by the reference's shape.
fn source(message: &str, reference: &str) -> &'static str {
    const WORDS: [(&str, &str); 11] = [
        ("1password_connect", "1password_connect"),
        ("1password", "1password"),
        ("env var \"", "env"),
        ("secret file \"", "file"),
        ("Vault KV", "vault_kv"),
        ("GCP secret", "gcp_sm"),
        ("parameter \"", "aws_ssm"),
        ("broker", "token_broker"),
        ("json_key", "json_key"),
        ("AWS SM", "aws_sm"),
        ("fetching secret \"", "aws_sm"),
    ];
    if let Some((_, source)) = WORDS.iter().find(|(word, _)| message.contains(word)) {
        return source;
    }
    match reference {
        r if r.starts_with("op://") => "1password",
        r if r.starts_with("arn:aws:secretsmanager") => "aws_sm",
        r if r.starts_with("gcp_sm:") => "gcp_sm",
        r if r.starts_with("vault_kv:") => "vault_kv",
        r if r.starts_with("token_broker:") => "token_broker",
        r if r.starts_with('/') => "file",
        _ => "unknown",
    }
}

fn moments(e: &Examined, redactor: &mut Redactor) -> Vec<Moment> {
    let row = |m: timeline::Moment| Moment {
        time: time::format(m.at),
        kind: m.kind,
        text: redactor.text(&m.text),
        evidence: m.locator.map(|at| e.case.evidence_id(&at)),
    };
    timeline::build(&e.case, &e.settled).into_iter().map(row).collect()
}

/// At most three: what the worst findings suggest, and a change just before some of them.
fn hypotheses(e: &Examined, redactor: &mut Redactor) -> Vec<Hypothesis> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut changes_told: Vec<usize> = Vec::new();
    // One change is one hypothesis, whatever began after it.
    let change_of = |f: &Diagnosis| {
        let root = f.role == Role::Root && f.class != &classes::NOT_READY;
        timeline::changes_before(&e.case, &e.settled, f).last().copied().filter(|_| root)
    };
    for (n, f) in e.settled.findings.iter().enumerate() {
        if let Some(change) = change_of(f).filter(|_| !changes_told.contains(&n)) {
            let same = |other: &Diagnosis| change_of(other).is_some_and(|c| c.locator == change.locator);
            let after: Vec<usize> = (n..e.settled.findings.len()).filter(|i| same(&e.settled.findings[*i])).collect();
            let ids: Vec<&str> = after.iter().map(|i| e.settled.findings[*i].id.as_str()).collect();
            changes_told.extend(after);
            let s = &e.case.notes.symbols;
            out.push((
                format!(
                    "{} began after the change at {}{} ({}), which may have caused it",
                    ids.join(", "),
                    short(change.at),
                    named(" on ", &value(s.get(change.texts.pod)), ""),
                    quoted(s.get(change.texts.message))
                ),
                "the configuration or release before and after that change".to_owned(),
            ));
        }
        out.extend(Teller { case: &e.case, finding: f }.hypothesis());
    }
    let row = |(text, check): (String, String)| Hypothesis {
        text: redactor.text(&format!("hypothesis: {text}")),
        check: redactor.text(&check),
    };
    out.into_iter().take(HYPOTHESES_MAX).map(row).collect()
}

/// Charts count what was selected and failed.
pub(super) fn charts(e: &Examined, redactor: &mut Redactor) -> Option<Charts> {
    let all = &e.case.notes.attempts;
    let failed = || e.settled.selected.iter().map(|i| &all[*i]).filter(|a| a.is_failed());
    let mut charts = Counting::over(failed().map(|a| a.at))?;
    let mut cleaner = Cleaner::new(e, redactor);
    for a in failed() {
        let (host, pod) = (cleaner.field("host", a.texts.host), cleaner.field("pod", a.texts.pod));
        charts.failure(&Failure { at: a.at, class: a.class.label, origin: a.origin, host, pod });
    }
    for a in e.settled.changes.iter().map(|i| &all[*i]) {
        let text = cleaner.field("message", a.texts.message).unwrap_or_default();
        charts.change(Change { at: a.at, locator: a.locator, text });
    }
    let nearby = |label: &str| classes::find(label).is_some_and(Class::is_nearby);
    Some(charts.finish(nearby))
}

fn symptom(s: symptoms::Symptom) -> Symptom {
    let symptoms::Symptom { row, id, status, evidence, counter_evidence, missing, fix } = s;
    Symptom { row, id, status, evidence, counter_evidence, missing, fix }
}

fn detection(d: detectors::Detection) -> Detection {
    let detectors::Detection { id, fired, statement, thresholds, inputs, censoring } = d;
    Detection { id, fired, statement, thresholds, inputs, censoring }
}

fn manifest(e: &Examined, options: &Options, redactor: &mut Redactor) -> Manifest {
    Manifest {
        tool: "authopsy",
        version: env!("CARGO_PKG_VERSION"),
        rules_sha256: rules_digest(),
        argv: options.argv.iter().map(|arg| redactor.text(arg)).collect(),
        options: options.shown.iter().map(|(name, value)| (*name, value.clone())).collect(),
        inputs: e.summaries.iter().map(|s| s.name.clone()).collect(),
        limits_hit: (e.ledger.crowded > 0)
            .then(|| Safe::own(format!("{MAX_FIELDS} fields a row")))
            .into_iter()
            .collect(),
        case: None,
    }
}

/// The digest of the rules that a report was made with: all registries of `classify`.
fn rules_digest() -> String {
    let mut hasher = Sha256::new();
    ruleset::each(|rule| {
        hasher.update(rule.as_bytes());
        hasher.update([0]);
    });
    hex(&hasher.finalize())
}
