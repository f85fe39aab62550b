//! From ordered attempts to findings: joins, negatives, causes, then one finding per class, host and secret or rejecting
//! transform.
//!
//! Nothing here depends on the numbers of symbols or on the order of workers: keys are texts, and every list ends its
//! order with the place of the record.

use super::classes::{self as c, Class, Group};
use super::join::{self, Pair, Skew};
use super::masked;
use super::neighbours::Neighbours;
use super::outcomes::{Kept, Key};
use super::select::Selectors;
use super::shadow::{SLACK, Wanting};
use super::symbols::{Sym, Symbols};
use super::{Attempt, Case, Decided, LIST, Notebook, detectors};
use crate::finding::{Attachment, Confidence, Kind, Origin, Role};
use crate::record::time::{Nanos, SECOND};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A challenge is answered within this time.
const CHALLENGE: Nanos = 2 * SECOND;
/// Attempts of one finding closer than this belong to one episode.
pub const EPISODE: Nanos = 60 * SECOND;
/// A mint line and the audit row of the request it was made for stand at most this far apart.
const TWIN: Nanos = 3 * SECOND;

/// What is known around a finding's attempts.
#[derive(Debug, Clone, Default)]
pub struct Bracket {
    /// The last success with the same host and credential before the first failure.
    pub last_ok: Option<Kept>,
    /// The first such success after the last failure.
    pub recovery: Option<Kept>,
    /// The first success between the failures or within [`EPISODE`] after the last, if the credential that failed has a
    /// name: it speaks against the credential being at fault.
    pub meanwhile: Option<(Key, Kept)>,
    pub ok_before: u64,
    pub ok_during: u64,
    /// The credential has a name, and only successes with it are counted; otherwise with any at the host.
    pub is_named: bool,
}

impl Bracket {
    /// The same credential served at the same host while, or right after, it was refused there.
    pub fn is_contradicted(&self) -> bool {
        self.meanwhile.is_some()
    }
}

/// What attempts that failed alike come to: one cause at one host with one secret or rejecting transform. A report tells
/// it as a finding.
#[derive(Debug, Clone)]
pub struct Diagnosis {
    pub id: String,
    pub class: &'static Class,
    pub subtype: Option<&'static str>,
    pub origin: Origin,
    pub role: Role,
    pub confidence: Confidence,
    /// The id of the finding that this one only echoes.
    pub caused_by: Option<String>,
    pub host: Option<Sym>,
    pub secret: Option<Sym>,
    pub transform: Option<Sym>,
    pub identity: Option<Sym>,
    /// Attempts that are counted, by time. Never empty.
    pub members: Vec<usize>,
    /// Lines that say why: mints, secret errors, markers on tunnels. Never counted.
    pub support: Vec<usize>,
    pub bracket: Bracket,
    /// The only node that failed, while others reached the same host.
    pub only_node: Option<Sym>,
    pub skew: Option<Skew>,
}

/// All that a report is built from.
#[derive(Debug, Default)]
pub struct Settled {
    /// About authentication, worst first.
    pub findings: Vec<Diagnosis>,
    /// Not about authentication.
    pub nearby: Vec<Diagnosis>,
    /// Change markers, by time.
    pub changes: Vec<usize>,
    /// Attempts that pass the selectors, by time.
    pub selected: Vec<usize>,
    /// More than a window was asked for, so there may be attempts that do not pass.
    pub narrowed: bool,
    /// What tells a finding's records from those of others.
    pub neighbours: Neighbours,
}

impl Settled {
    /// Whether a finding is what a verdict is about: a refusal; and where nothing was refused, a secret or a token that
    /// could not be had. An old value that went on being used failed nobody.
    pub fn is_told(&self, finding: &Diagnosis) -> bool {
        let refused = self.findings.first().is_some_and(|worst| worst.role <= Role::Derived);
        if refused { finding.role <= Role::Derived } else { finding.class != &c::STALE_SERVED }
    }

    /// The findings that a verdict is about, worst first.
    pub fn told(&self) -> impl Iterator<Item = &Diagnosis> {
        self.findings.iter().filter(|finding| self.is_told(finding))
    }
}

/// Settles a case: attempts are joined and judged in place, then gathered.
pub fn settle(case: &mut Case, selectors: &Selectors) -> Settled {
    join::apply(&mut case.notes);
    challenges(case);
    masked::apply(&mut case.notes.attempts, &case.notes.symbols);
    secret_causes(case);
    mint_causes(case);
    unready(case);
    clocks(case);
    debug_assert!(case.notes.attempts.iter().all(Attempt::is_explained), "every sub-type is registered");
    gather(case, selectors)
}

/// The keys of the successes of each host.
struct ByHost {
    keys: BTreeMap<Option<Sym>, Vec<usize>>,
}

impl ByHost {
    /// Only hosts that some attempt names, as nobody asks for others.
    fn of(case: &Case) -> ByHost {
        let outcomes = &case.notes.outcomes;
        let mut keys: BTreeMap<Option<Sym>, Vec<usize>> =
            case.notes.attempts.iter().map(|a| (a.texts.host, Vec::new())).collect();
        for (number, key) in outcomes.keys().enumerate() {
            if let Some(list) = keys.get_mut(&key.host) {
                list.push(number);
            }
        }
        ByHost { keys }
    }

    fn keys(&self, host: Option<Sym>) -> impl Iterator<Item = usize> {
        self.keys.get(&host).into_iter().flatten().copied()
    }
}

/// A 401 to a request without a credential, answered with a success from the same pod at once, is a negotiation.
fn challenges(case: &mut Case) {
    let Notebook { attempts, outcomes, .. } = &mut case.notes;
    let bare = |a: &Attempt| {
        matches!(a.rule, Some(Decided::Bare | Decided::Answer)) && a.credential == Attachment::NotAttached
    };
    let is_challenge = |a: &Attempt| bare(a) && a.status == Some(401) && !a.tunnel;
    let place = |a: &Attempt| (a.texts.host, a.texts.pod);
    let mut keys: BTreeMap<_, Vec<usize>> =
        attempts.iter().filter(|a| is_challenge(a)).map(|a| (place(a), Vec::new())).collect();
    for (number, key) in outcomes.keys().enumerate() {
        if let Some(list) = keys.get_mut(&(key.host, key.pod)) {
            list.push(number);
        }
    }
    for attempt in attempts {
        let answered = |key: &usize| outcomes.served(*key, attempt.at, attempt.at.saturating_add(CHALLENGE));
        if is_challenge(attempt) && keys.get(&place(attempt)).is_some_and(|keys| keys.iter().any(answered)) {
            attempt.class = &c::BENIGN_MATCH;
            attempt.subtype = Some("negotiated-challenge");
            attempt.role = Role::Negative;
            attempt.confidence = Confidence::Likely;
        }
    }
}

/// What a logged line says of the attempts that it explains.
#[derive(Clone, Copy)]
struct Reason {
    at: Nanos,
    class: &'static Class,
    subtype: Option<&'static str>,
    origin: Origin,
    confidence: Confidence,
    secret: Option<Sym>,
    message: Option<Sym>,
}

impl Reason {
    fn of(line: &Attempt) -> Reason {
        let Attempt { at, class, subtype, origin, confidence, ref texts, .. } = *line;
        Reason { at, class, subtype, origin, confidence, secret: texts.secret, message: texts.message }
    }
}

/// The spans for which one pod remembered that it could not get a secret, in order of their beginnings.
#[derive(Default)]
struct Cached {
    /// Beginning, end, the latest end so far, and the number of the line.
    spans: Vec<(Nanos, Nanos, Nanos, usize)>,
}

impl Cached {
    fn push(&mut self, at: Nanos, span: Nanos, number: usize) {
        let end = at.saturating_add(span);
        let latest = self.spans.last().map_or(end, |span| span.2.max(end));
        self.spans.push((at, end, latest, number));
    }

    /// The last line whose span covers the instant, give or take a second.
    fn at(&self, at: Nanos) -> Option<usize> {
        let begun = self.spans.partition_point(|span| span.0 <= at.saturating_add(SLACK));
        let may_cover = self.spans[..begun].iter().rev().take_while(|span| at <= span.2.saturating_add(SLACK));
        may_cover.into_iter().find(|span| at <= span.1.saturating_add(SLACK)).map(|span| span.3)
    }
}

/// Gives attempts with an unresolved secret the reason that the proxy logged on the same pod while the error was cached (an
/// exact join), else on any pod at that time, which makes it likely.
fn secret_causes(case: &mut Case) {
    let mut lines: Vec<Reason> = Vec::new();
    let mut by_pod: HashMap<(Sym, Option<Sym>), Cached> = HashMap::new();
    let mut anywhere: HashMap<Sym, Cached> = HashMap::new();
    let logged = |a: &&Attempt| a.kind == Kind::SecretError && a.class != &c::STALE_SERVED && a.rule.is_none();
    for line in case.notes.attempts.iter().filter(logged) {
        if let Some(secret) = line.texts.secret {
            by_pod.entry((secret, line.texts.pod)).or_default().push(line.at, line.span, lines.len());
            anywhere.entry(secret).or_default().push(line.at, line.span, lines.len());
            lines.push(Reason::of(line));
        }
    }
    let wants =
        |a: &&mut Attempt| matches!(a.rule, Some(Decided::SecretClosed | Decided::Tunnel | Decided::SecretOpen));
    for attempt in case.notes.attempts.iter_mut().filter(wants) {
        let Some(secret) = attempt.texts.secret else { continue };
        let exact = by_pod.get(&(secret, attempt.texts.pod)).and_then(|cached| cached.at(attempt.at));
        let somewhere = || anywhere.get(&secret).and_then(|cached| cached.at(attempt.at));
        let Some(line) = exact.or_else(somewhere).map(|line| &lines[line]) else { continue };
        if attempt.rule == Some(Decided::SecretClosed) && attempt.class == &c::UNRESOLVED {
            attempt.class = line.class;
            attempt.subtype = line.subtype;
            attempt.confidence = if exact.is_some() { line.confidence } else { Confidence::Likely };
        }
        if attempt.rule == Some(Decided::SecretOpen) && attempt.credential != Attachment::Attached {
            attempt.confidence = if exact.is_some() { Confidence::Confirmed } else { Confidence::Likely };
        }
        attempt.texts.message = line.message;
    }
}

/// Gives requests whose record says only that a token could not be made the reason that the same transform logged on the
/// same pod just before. The join is one of place and time, so it is likely at best.
fn mint_causes(case: &mut Case) {
    let mut lines: HashMap<(Option<Sym>, Option<Sym>), Vec<Reason>> = HashMap::new();
    for line in case.notes.attempts.iter().filter(|a| a.kind == Kind::Mint && a.rule.is_none()) {
        lines.entry((line.texts.pod, line.texts.transform)).or_default().push(Reason::of(line));
    }
    let open =
        |a: &&mut Attempt| a.rule.is_some_and(Decided::is_mint) && a.class == &c::MINT_FAILED && a.subtype.is_none();
    for attempt in case.notes.attempts.iter_mut().filter(open) {
        let Some(all) = lines.get(&(attempt.texts.pod, attempt.texts.transform)) else { continue };
        let before = all.partition_point(|line| line.at <= attempt.at);
        let Some(line) = all[..before].last().filter(|line| attempt.at - line.at <= TWIN) else { continue };
        if line.class == &c::MINT_FAILED && line.subtype.is_none() {
            continue;
        }
        (attempt.class, attempt.subtype, attempt.origin) = (line.class, line.subtype, line.origin);
        attempt.confidence = line.confidence.max(Confidence::Likely);
        attempt.texts.secret = line.secret.or(attempt.texts.secret);
        attempt.texts.message = line.message;
    }
}

/// A proxy whose control plane refused it has no configuration for that reason.
fn unready(case: &mut Case) {
    if case.notes.attempts.iter().all(|a| a.class != &c::NOT_READY) {
        return;
    }
    for (echo, _) in detectors::links(case).into_iter().filter(|(_, root)| root.is_some()) {
        case.notes.attempts[echo].role = Role::Derived;
    }
}

/// Certificates that are judged "expired or not yet valid" on one node only, while that node's clock is doubted by other
/// records or other nodes reach the same host, are a matter of the clock.
fn clocks(case: &mut Case) {
    let doubted: BTreeSet<Sym> =
        case.notes.attempts.iter().filter(|a| a.class == &c::CLOCK_SKEW).filter_map(|a| a.texts.node).collect();
    let mut nodes: HashMap<Option<Sym>, BTreeSet<Option<Sym>>> = HashMap::new();
    let timed = |a: &Attempt| a.class == &c::TLS && a.subtype == Some("validity-time");
    for a in case.notes.attempts.iter().filter(|a| timed(a)) {
        nodes.entry(a.texts.host).or_default().insert(a.texts.node);
    }
    let mut reached: HashMap<Option<Sym>, BTreeSet<Option<Sym>>> = HashMap::new();
    for key in case.notes.outcomes.keys().filter(|key| nodes.contains_key(&key.host)) {
        reached.entry(key.host).or_default().insert(key.node);
    }
    for a in case.notes.attempts.iter_mut().filter(|a| timed(a)) {
        let Some(node) = a.texts.node else { continue };
        let alone = nodes.get(&a.texts.host).is_some_and(|all| all.len() == 1);
        let elsewhere = reached.get(&a.texts.host).is_some_and(|all| all.iter().any(|other| *other != Some(node)));
        if doubted.contains(&node) || (alone && elsewhere) {
            a.class = &c::CLOCK_SKEW;
            a.subtype = Some("certificate-time");
            a.confidence = Confidence::Likely;
        }
    }
}

/// What makes one finding: class, host, and the secret or transform. A symbol stands for one text.
type Alike = (&'static str, Option<Sym>, Option<Sym>);

fn alike(a: &Attempt) -> Alike {
    let t = &a.texts;
    let detail = match a.class.group {
        Group::Avail | Group::Quota => t.transform.filter(|_| a.rule == Some(Decided::LocalError)),
        Group::Local => t.transform.or(t.secret),
        _ => t.secret.or(t.identity).or(t.transform),
    };
    (a.class.label, t.host, detail)
}

/// The same as texts, whose order is total.
fn texts((label, host, detail): Alike, s: &Symbols) -> (&'static str, &str, &str) {
    (label, s.get(host), s.get(detail))
}

/// Attempts of one finding, and the lines that say why.
struct Cluster {
    alike: Alike,
    members: Vec<usize>,
    support: Vec<usize>,
}

/// The clusters of a case, by number.
#[derive(Default)]
struct Clusters {
    all: Vec<Cluster>,
    numbers: HashMap<Alike, usize>,
}

impl Clusters {
    /// The cluster of an attempt.
    fn of(&mut self, a: &Attempt) -> &mut Cluster {
        let alike = alike(a);
        let number = *self.numbers.entry(alike).or_insert(self.all.len());
        if number == self.all.len() {
            self.all.push(Cluster { alike, members: Vec::new(), support: Vec::new() });
        }
        &mut self.all[number]
    }

    /// Numbers them in the order of their texts.
    fn sort(&mut self, s: &Symbols) {
        self.all.sort_unstable_by_key(|cluster| texts(cluster.alike, s));
        self.numbers = self.all.iter().enumerate().map(|(number, cluster)| (cluster.alike, number)).collect();
    }
}

fn gather(case: &Case, selectors: &Selectors) -> Settled {
    let (all, s) = (&case.notes.attempts, &case.notes.symbols);
    let sandboxes = selectors.pod.as_ref().map(|pod| case.notes.joins.sandboxes_in(pod, s)).unwrap_or_default();
    let selected: Vec<usize> = (0..all.len()).filter(|i| selectors.attempt(&all[*i], s, &sandboxes)).collect();
    let mut clusters = Clusters::default();
    for &i in selected.iter().filter(|i| all[**i].is_failed()) {
        clusters.of(&all[i]).members.push(i);
    }
    clusters.sort(s);
    let selected = support(case, selected, &mut clusters);
    let mut settled = Settled {
        changes: (0..all.len()).filter(|i| all[*i].kind == Kind::Change).collect(),
        selected,
        narrowed: !selectors.is_empty(),
        neighbours: Neighbours::of(case),
        ..Settled::default()
    };
    let pairs = join::pairs(&case.notes.joins);
    let by_host = ByHost::of(case);
    for Cluster { members, support, .. } in clusters.all {
        let finding = finding(case, members, support, &pairs, &by_host);
        if finding.class.is_nearby() { &mut settled.nearby } else { &mut settled.findings }.push(finding);
    }
    rank(case, &mut settled);
    causes(case, &mut settled);
    settled
}

/// Gives findings that only echo others the id of the one that holds the refusals they follow; of several the commonest.
fn causes(case: &Case, settled: &mut Settled) {
    if settled.findings.iter().all(|finding| finding.role != Role::Derived) {
        return;
    }
    let roots: HashMap<usize, usize> =
        detectors::links(case).into_iter().filter_map(|(echo, root)| Some((echo, root?))).collect();
    let wanted: BTreeSet<usize> = roots.values().copied().collect();
    let mut owners: HashMap<usize, String> = HashMap::new();
    for finding in settled.findings.iter().chain(&settled.nearby) {
        let held = finding.members.iter().filter(|i| wanted.contains(i));
        owners.extend(held.map(|i| (*i, finding.id.clone())));
    }
    for finding in settled.findings.iter_mut().filter(|finding| finding.role == Role::Derived) {
        let followed = finding.members.iter().filter_map(|i| owners.get(roots.get(i)?));
        finding.caused_by = commonest(followed.map(String::as_str)).map(str::to_owned);
    }
}

/// Puts lines that are no attempts beside the findings they explain; what explains none becomes a finding of its own.
/// Such lines name no host, so they may explain a selected finding without being selected themselves; the answer is the
/// selection with them in it.
fn support(case: &Case, selected: Vec<usize>, clusters: &mut Clusters) -> Vec<usize> {
    let all = &case.notes.attempts;
    let mut by_pod: BTreeMap<Option<Sym>, Vec<(Nanos, usize)>> = BTreeMap::new();
    let mut by_host: HashMap<(Option<Sym>, Option<Sym>), usize> = HashMap::new();
    for (number, cluster) in clusters.all.iter().enumerate() {
        for a in cluster.members.iter().map(|i| &all[*i]) {
            if a.rule.is_some_and(Decided::is_mint) {
                by_pod.entry(a.texts.pod).or_default().push((a.at, number));
            }
            if a.rule.is_some_and(Decided::is_echo) {
                by_host.insert((a.texts.host, a.texts.secret.or(a.texts.transform)), number);
            }
        }
    }
    for times in by_pod.values_mut() {
        times.sort_unstable();
    }
    let members =
        clusters.all.iter().enumerate().flat_map(|(number, c)| c.members.iter().map(move |i| (&all[*i], number)));
    let wanting = Wanting::of(members.filter(|(a, _)| a.credential == Attachment::Unresolved));
    let mut kept: BTreeSet<usize> = selected.into_iter().collect();
    for (i, a) in all.iter().enumerate() {
        let line = a.kind != Kind::Attempt && a.texts.host.is_none();
        if !kept.contains(&i) && !line {
            continue;
        }
        let explained: Vec<usize> = match a.kind {
            // No refusal follows from it, so it explains none.
            _ if a.rule == Some(Decided::Unrefused) => Vec::new(),
            Kind::Mint => twin(a, by_pod.get(&a.texts.pod), clusters).into_iter().collect(),
            Kind::SecretError if a.role != Role::Precursor => {
                wanting.within(a).collect::<BTreeSet<_>>().into_iter().collect()
            }
            Kind::Attempt if a.role == Role::Precursor => {
                by_host.get(&(a.texts.host, a.texts.secret.or(a.texts.transform))).copied().into_iter().collect()
            }
            Kind::SecretError => Vec::new(),
            _ => continue,
        };
        if explained.is_empty() && kept.contains(&i) {
            clusters.of(a).members.push(i);
        }
        for number in explained {
            kept.insert(i);
            clusters.all[number].support.push(i);
        }
    }
    kept.into_iter().collect()
}

/// The finding of the request that a mint was made for: same pod, same class, at most [`TWIN`] later.
fn twin(mint: &Attempt, times: Option<&Vec<(Nanos, usize)>>, clusters: &Clusters) -> Option<usize> {
    let times = times?;
    let from = times.partition_point(|(at, _)| *at < mint.at);
    let mut near = times[from..].iter().take_while(|(at, _)| *at <= mint.at + TWIN);
    near.find(|(_, number)| clusters.all[*number].alike.0 == mint.class.label).map(|(_, number)| *number)
}

fn finding(case: &Case, members: Vec<usize>, support: Vec<usize>, pairs: &[Pair], by_host: &ByHost) -> Diagnosis {
    let all = &case.notes.attempts;
    let first = &all[members[0]];
    let mut finding = Diagnosis {
        id: String::new(),
        class: first.class,
        subtype: commonest(members.iter().filter_map(|i| all[*i].subtype)),
        origin: first.origin,
        role: members.iter().map(|i| all[*i].role).min().unwrap_or(first.role),
        confidence: members.iter().map(|i| all[*i].confidence).min().unwrap_or(first.confidence),
        caused_by: None,
        host: first.texts.host,
        secret: first.texts.secret,
        transform: first.texts.transform,
        identity: first.texts.identity,
        bracket: Bracket::default(),
        only_node: None,
        skew: None,
        members,
        support,
    };
    if first.class.group == Group::Avail && finding.members.iter().any(|i| all[*i].origin != first.origin) {
        // The class is shared by an answer of the upstream and one of the proxy: the statement tells them apart.
        finding.origin = Origin::Unknown;
    }
    finding.bracket = bracket(case, &finding, by_host);
    contrast(case, &mut finding, pairs, by_host);
    if case.censored && finding.confidence == Confidence::Likely && finding.only_node.is_some() {
        // Rows that were cut off may be those of the other nodes.
        finding.confidence = Confidence::Possible;
    }
    finding
}

/// The text that stands most often; of several the first in order.
pub fn commonest<'t>(items: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_default() += 1;
    }
    counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0))).map(|(item, _)| item)
}

/// Successes at the finding's host with the credential that failed; with any, where none is named.
fn bracket(case: &Case, f: &Diagnosis, by_host: &ByHost) -> Bracket {
    let (all, s, outcomes) = (&case.notes.attempts, &case.notes.symbols, &case.notes.outcomes);
    if f.host.is_none() {
        return Bracket::default();
    }
    let (first, last) = (all[f.members[0]].at, all[f.members[f.members.len() - 1]].at);
    let attached = &all[f.members[0]];
    let sole = attached.texts.names.filter(|names| !s.text(*names).contains(LIST));
    let sole = sole.filter(|_| f.class.group == Group::Upstream && attached.credential == Attachment::Attached);
    let wanted = f.secret.or(f.transform.filter(|_| f.class.group == Group::Token)).or(sole);
    let fits = |key: &Key| wanted.is_none_or(|name| s.get(key.names).split(LIST).any(|n| n == s.text(name)));
    let mut bracket = Bracket { is_named: wanted.is_some(), ..Bracket::default() };
    for key in by_host.keys(f.host).filter(|key| fits(outcomes.numbered(*key))) {
        let rows = outcomes.of(key);
        let (begun, over) = (rows.partition_point(|row| row.at < first), rows.partition_point(|row| row.at <= last));
        bracket.ok_before += begun as u64;
        let unseen = over == begun && outcomes.served_within(key, first, last);
        bracket.ok_during += (over - begun) as u64 + u64::from(unseen);
        let last_ok = begun.checked_sub(1).map(|at| rows[at]);
        bracket.last_ok = [bracket.last_ok, last_ok].into_iter().flatten().max_by_key(Kept::rank);
        let soon = rows[begun..].first().filter(|row| row.at <= last.saturating_add(EPISODE));
        let meanwhile = soon.filter(|_| wanted.is_some());
        let meanwhile = meanwhile.map(|row| (*outcomes.numbered(key), *row));
        bracket.meanwhile = [bracket.meanwhile, meanwhile].into_iter().flatten().min_by_key(|(_, row)| row.rank());
        bracket.recovery = [bracket.recovery, rows.get(over).copied()].into_iter().flatten().min_by_key(Kept::rank);
    }
    bracket
}

/// Which node fails alone, and what the joined rows say about its clock.
fn contrast(case: &Case, f: &mut Diagnosis, pairs: &[Pair], by_host: &ByHost) {
    let (all, outcomes) = (&case.notes.attempts, &case.notes.outcomes);
    let nodes: BTreeSet<Option<Sym>> = f.members.iter().map(|i| all[*i].texts.node).collect();
    let [Some(node)] = nodes.iter().copied().collect::<Vec<_>>()[..] else { return };
    let elsewhere = by_host.keys(f.host).any(|key| outcomes.numbered(key).node.is_some_and(|other| other != node));
    if elsewhere {
        f.only_node = Some(node);
    }
    if f.class == &c::CLOCK_SKEW {
        let at = |i: usize| all[f.members[i]].at;
        let call = |i: &usize| Some((all[*i].texts.thread?, all[*i].texts.tool?));
        let calls = f.members.iter().filter_map(call).collect();
        f.skew = join::skew(pairs, node, &calls, at(0) - EPISODE, at(f.members.len() - 1) + EPISODE);
    }
}

/// It was over within a minute, and the same requests went through afterwards.
fn passed(case: &Case, f: &Diagnosis) -> bool {
    let at = |i: usize| case.notes.attempts[i].at;
    f.bracket.recovery.is_some() && at(f.members[f.members.len() - 1]) - at(f.members[0]) < EPISODE
}

/// What a finding weighs among others: its failed requests, those of a likely cause for three quarters and those of a
/// possible one for half, so that a refusal which nothing explains does not hide a cause on record with as many failures;
/// and for half again where the same requests went through afterwards, as what still fails is what somebody waits for.
fn weight(f: &Diagnosis) -> usize {
    let sure = match f.confidence {
        Confidence::Confirmed => 4,
        Confidence::Likely => 3,
        Confidence::Possible => 2,
    };
    f.members.len() * sure * if f.bracket.recovery.is_some() { 1 } else { 2 }
}

/// Worst first: roots before derived before precursors, refused requests before mere log lines, what lasted before what was
/// over within a minute, then by weight, size, time and key. The order is total.
fn rank(case: &Case, settled: &mut Settled) {
    let (all, s) = (&case.notes.attempts, &case.notes.symbols);
    let order = |f: &Diagnosis| {
        (
            f.role,
            all[f.members[0]].kind,
            passed(case, f),
            std::cmp::Reverse(weight(f)),
            std::cmp::Reverse(f.members.len()),
            all[f.members[0]].order(),
            texts(alike(&all[f.members[0]]), s),
        )
    };
    settled.findings.sort_by_cached_key(order);
    settled.nearby.sort_by_cached_key(order);
    for (prefix, list) in [("F", &mut settled.findings), ("N", &mut settled.nearby)] {
        for (n, finding) in list.iter_mut().enumerate() {
            finding.id = format!("{prefix}{:02}", n + 1);
        }
    }
}

/// Runs of attempts that stand at most [`EPISODE`] apart.
pub fn episodes(case: &Case, members: &[usize]) -> u64 {
    let at = |i: usize| case.notes.attempts[i].at;
    let gaps = members.windows(2).filter(|pair| at(pair[1]) - at(pair[0]) > EPISODE).count();
    gaps as u64 + u64::from(!members.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Locator;

    /// One node fails at a host that another node reached before.
    fn alone(censored: bool) -> Diagnosis {
        let at = |offset| Locator { input: 0, offset, length: 1, line: 1 };
        let mut notes = Notebook::default();
        let s = &mut notes.symbols;
        let (host, here, there) = (s.some("api.example"), s.some("node-1"), s.some("node-2"));
        let class = &c::CLOCK_SKEW;
        let mut failed = Attempt::at(9 * SECOND, at(9), Kind::Attempt, class, Origin::LocalProxy, Confidence::Likely);
        (failed.texts.host, failed.texts.node) = (host, here);
        notes.attempts.push(failed);
        let key = Key { host, pod: None, node: there, sandbox: None, names: None };
        notes.outcomes.push(key, SECOND, at(1));
        notes.settle(1);
        let mut case = Case::new(Vec::new(), notes);
        case.censored = censored;
        let mut findings = settle(&mut case, &Selectors::default()).findings;
        findings.pop().expect("one finding")
    }

    #[test]
    fn a_cut_export_may_lack_the_other_nodes() {
        for (censored, confidence) in [(false, Confidence::Likely), (true, Confidence::Possible)] {
            let finding = alone(censored);
            assert!(finding.only_node.is_some());
            assert_eq!(finding.confidence, confidence);
        }
    }
}
