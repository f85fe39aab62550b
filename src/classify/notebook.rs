//! What the workers wrote down, and the one case that it becomes.

use super::join::Joins;
use super::outcomes::{KeyNumber, Outcomes};
use super::symbols::{Remap, Sym, Symbols};
use super::{Attempt, Texts, cliproxy, traces};
use crate::finding::{Evidence, Kind, Locator};
use crate::record::time::Nanos;
use crate::record::{self};
use crate::redact::Redactor;
use hashbrown::HashMap;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Sample lines kept per kind of attempt.
pub const SAMPLES_MAX: usize = 3;

/// What decides whether two attempts share their sample lines: class, host, secret, transform, and the pod when a
/// selector may later pick pods apart.
type SampleKey = (&'static str, Option<Sym>, Option<Sym>, Option<Sym>, Option<Sym>);

/// The first few lines of every kind of attempt, by (time, input, offset).
#[derive(Debug, Default)]
pub struct Samples {
    pub per_pod: bool,
    kept: BTreeMap<SampleKey, Vec<Sample>>,
}

#[derive(Debug)]
struct Sample {
    at: Nanos,
    locator: Locator,
    line: Box<[u8]>,
}

impl Sample {
    fn order(&self) -> (Nanos, u32, u64) {
        (self.at, self.locator.input, self.locator.offset)
    }
}

impl Samples {
    fn offer(&mut self, attempt: &Attempt, line: &[u8]) {
        let texts = &attempt.texts;
        let pod = if self.per_pod { texts.pod } else { None };
        let kept = self.kept.entry((attempt.class.label, texts.host, texts.secret, texts.transform, pod)).or_default();
        if kept.len() < SAMPLES_MAX || kept.last().is_some_and(|last| attempt.order() < last.order()) {
            let sample = Sample { at: attempt.at, locator: attempt.locator, line: line.into() };
            keep(kept, sample);
        }
    }

    fn absorb(&mut self, other: Samples, map: &Remap) {
        for ((class, host, secret, transform, pod), samples) in other.kept {
            let key = (class, map.opt(host), map.opt(secret), map.opt(transform), map.opt(pod));
            let kept = self.kept.entry(key).or_default();
            for sample in samples {
                keep(kept, sample);
            }
        }
    }
}

fn keep(kept: &mut Vec<Sample>, sample: Sample) {
    let at = kept.partition_point(|other| other.order() < sample.order());
    kept.insert(at, sample);
    kept.truncate(SAMPLES_MAX);
}

/// Everything one worker keeps.
#[derive(Debug, Default)]
pub struct Notebook {
    pub symbols: Symbols,
    pub attempts: Vec<Attempt>,
    pub outcomes: Outcomes,
    pub joins: Joins,
    pub samples: Samples,
    /// Attempts of the row at hand are context only.
    pub context: bool,
    /// Several inputs are read, which may hold the same lines.
    pub overlapping: bool,
    /// What the LLM proxy's rules keep beside their attempts.
    pub cliproxy: cliproxy::Facts,
    /// Undecoded texts of successes to their keys; and the room such a text is built in.
    pub raw_keys: HashMap<Box<[u8]>, KeyNumber, rapidhash::fast::RandomState>,
    pub raw_key: Vec<u8>,
    /// What the traces of healthy rows say.
    pub traces: traces::Memory,
    /// Hosts as written to hosts as compared.
    hosts: IndexMap<Box<str>, Option<Sym>, rapidhash::fast::RandomState>,
}

impl Notebook {
    /// The symbol of a host without port and in lower case.
    pub fn host(&mut self, written: &str) -> Option<Sym> {
        if let Some(sym) = self.hosts.get(written) {
            return *sym;
        }
        let sym = self.symbols.some(&super::hosts::bare_host(written));
        self.hosts.insert(written.into(), sym);
        sym
    }

    /// Keeps an attempt, and its line if it is among the first of its kind.
    pub fn push(&mut self, mut attempt: Attempt, line: &[u8]) {
        debug_assert!(attempt.is_explained(), "{} {:?}", attempt.class.label, attempt.subtype);
        if self.overlapping {
            attempt.digest = digest(&attempt, line);
        }
        attempt.context = self.context;
        if !(attempt.context && attempt.kind == Kind::Attempt) {
            self.samples.offer(&attempt, line);
        }
        if self.attempts.len() == self.attempts.capacity() {
            // By a quarter and not by twice: attempts are most of what a report keeps.
            self.attempts.reserve_exact(self.attempts.len() / 4 + 64);
        }
        self.attempts.push(attempt);
    }

    /// Turns line numbers within chunks into line numbers of the inputs and orders what this worker kept, before the notes
    /// of all are joined.
    pub fn close(&mut self, lines_before: impl Fn(&Locator) -> u64) {
        self.attempts.iter_mut().for_each(|attempt| attempt.locator.line += lines_before(&attempt.locator));
        self.cliproxy.number(&lines_before);
        self.outcomes.close(lines_before);
    }

    /// Takes over another worker's notes.
    pub fn absorb(&mut self, other: Notebook) {
        let map = self.symbols.absorb(other.symbols);
        std::thread::scope(|scope| {
            scope.spawn(|| self.outcomes.absorb(other.outcomes, &map));
            self.attempts.reserve_exact(other.attempts.len());
            self.attempts.extend(other.attempts.into_iter().map(|a| Attempt { texts: remap(&a.texts, &map), ..a }));
        });
        self.joins.absorb(other.joins, &map);
        self.samples.absorb(other.samples, &map);
        self.cliproxy.absorb(other.cliproxy, &map);
    }

    /// Orders everything, on so many threads.
    pub fn settle(&mut self, threads: usize) {
        // What was the context of the last row says nothing of attempts that are joined from many.
        self.context = false;
        cliproxy::conclude(self);
        self.outcomes.settle(threads);
        self.attempts.sort_by_key(Attempt::order);
    }
}

/// Names a line among those of its instant. The class is part of it, as one line may yield two attempts.
fn digest(attempt: &Attempt, line: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(attempt.class.label.as_bytes()).update(&[0]).update(line);
    if line.is_empty() {
        let at = &attempt.locator;
        hasher.update(&at.input.to_le_bytes()).update(&at.offset.to_le_bytes());
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    digest
}

fn remap(t: &Texts, map: &Remap) -> Texts {
    Texts {
        host: map.opt(t.host),
        host_as_written: map.opt(t.host_as_written),
        method: map.opt(t.method),
        path: map.opt(t.path),
        pod: map.opt(t.pod),
        node: map.opt(t.node),
        service: map.opt(t.service),
        sandbox: map.opt(t.sandbox),
        thread: map.opt(t.thread),
        execution: map.opt(t.execution),
        tool: map.opt(t.tool),
        request: map.opt(t.request),
        secret: map.opt(t.secret),
        names: map.opt(t.names),
        locations: map.opt(t.locations),
        identity: map.opt(t.identity),
        transform: map.opt(t.transform),
        message: map.opt(t.message),
        status_as_written: map.opt(t.status_as_written),
        prefix: map.opt(t.prefix),
        marks: map.opt(t.marks),
    }
}

impl Notebook {
    /// Rows that overlapping exports hold twice. Every input is a multiset of lines, and the merged multiplicity is the
    /// largest of any input, not the sum: lines repeated within one file can be real. Only classified rows are compared,
    /// by the digest of their line, so memory follows findings, not rows. Returns how many were dropped.
    pub fn drop_duplicates(&mut self) -> u64 {
        if self.attempts.windows(2).all(|pair| pair[0].locator.input == pair[1].locator.input) {
            return 0;
        }
        let mut seen: BTreeMap<(Nanos, [u8; 16]), BTreeMap<u32, usize>> = BTreeMap::new();
        let before = self.attempts.len();
        for attempt in &self.attempts {
            *seen.entry((attempt.at, attempt.digest)).or_default().entry(attempt.locator.input).or_default() += 1;
        }
        if seen.values().all(|inputs| inputs.len() < 2) {
            return 0;
        }
        let keeper = |inputs: &BTreeMap<u32, usize>| {
            inputs.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0))).map(|(input, _)| *input)
        };
        self.attempts.retain(|a| keeper(&seen[&(a.at, a.digest)]) == Some(a.locator.input));
        (before - self.attempts.len()) as u64
    }
}

/// One input, as evidence ids name it.
#[derive(Debug, Clone)]
pub struct CaseInput {
    pub name: String,
    /// Lower-case hex; empty when no digest was asked for.
    pub digest: String,
    pub lines: u64,
}

/// The whole run after the scan: ordered, numbered, still unredacted.
#[derive(Debug, Default)]
pub struct Case {
    pub inputs: Vec<CaseInput>,
    pub notes: Notebook,
    /// The newest and oldest `_time` of rows in the window.
    pub first: Option<Nanos>,
    pub last: Option<Nanos>,
    pub as_of: Option<Nanos>,
    /// Absence and order prove nothing: the export was sampled or cut to the newest rows.
    pub censored: bool,
    /// Rows stand before the window, and after it: they were not looked at.
    pub earlier: bool,
    pub later: bool,
    /// Spans in which every stream was silent, by time.
    pub gaps: Vec<(Nanos, Nanos)>,
    lines: BTreeMap<(u32, u64), Box<[u8]>>,
}

impl Case {
    pub fn new(inputs: Vec<CaseInput>, mut notes: Notebook) -> Case {
        let mut lines = BTreeMap::new();
        for sample in std::mem::take(&mut notes.samples.kept).into_values().flatten() {
            lines.insert((sample.locator.input, sample.locator.offset), sample.line);
        }
        Case { inputs, notes, lines, ..Case::default() }
    }

    /// How long every stream was silent between two instants.
    pub fn silence(&self, from: Nanos, to: Nanos) -> Nanos {
        self.gaps.iter().map(|(begin, end)| (*end.min(&to) - *begin.max(&from)).max(0)).sum()
    }

    /// `<digest, 12 hex>:<offset>+<length>`. Without a digest the input's number stands in its place.
    pub fn evidence_id(&self, locator: &Locator) -> String {
        let input = self.inputs.get(locator.input as usize);
        let name = match input.and_then(|i| i.digest.get(..12)) {
            Some(digest) => digest.to_owned(),
            None => format!("{:012}", locator.input),
        };
        format!("{name}:{}+{}", locator.offset, locator.length)
    }

    pub fn sample(&self, locator: &Locator) -> Option<&[u8]> {
        self.lines.get(&(locator.input, locator.offset)).map(AsRef::as_ref)
    }

    /// The record as a report may show it: named, redacted fields in the order of the record.
    pub fn evidence(&self, locator: &Locator, redactor: &mut Redactor) -> Option<Evidence> {
        self.evidence_of(locator, self.sample(locator)?, redactor)
    }

    /// The same for a line that was kept elsewhere.
    pub fn evidence_of(&self, locator: &Locator, line: &[u8], redactor: &mut Redactor) -> Option<Evidence> {
        let record = record::parse_any(line).ok()?;
        let mut fields = IndexMap::new();
        for field in record.fields().iter().filter(|f| worth_showing(&f.name, f.value.bytes())) {
            let value = redactor.field(&field.name, &field.value.text());
            fields.insert(redactor.text(&field.name).to_string(), value);
        }
        Some(Evidence {
            id: self.evidence_id(locator),
            input: self.inputs.get(locator.input as usize).map_or_else(String::new, |i| i.name.clone()),
            line: locator.line,
            offset: locator.offset,
            fields,
        })
    }
}

/// Collector bookkeeping and the per-request traces of healthy transforms would drown what matters.
fn worth_showing(name: &str, value: &[u8]) -> bool {
    const NOISE: [&str; 5] = ["_stream", "_stream_id", "stream", "response_transforms", "tunnel.request_transforms"];
    let traces = name.ends_with("request_transforms");
    let noisy = NOISE.iter().any(|noise| name == *noise || name.strip_prefix("log.") == Some(*noise));
    let label = name.starts_with("kubernetes.") && !name.ends_with("pod_name") && !name.ends_with("host");
    !noisy && !label && (!traces || memchr::memmem::find(value, b"annotations").is_some() || value.len() < 200)
}
