//! Facts to requests, refresh attempts and config changes.
//!
//! A request id has 32 bits and is joined only within one place and [`REQUEST_SPAN`]; file-less failure lines are joined
//! to the verdict that follows them in the same place.

use super::{Branch, Fact, Step, What};
use crate::record::time::{Nanos, SECOND};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Lines with the same request id belong together only this long.
const REQUEST_SPAN: Nanos = 15 * 60 * SECOND;

/// A failure line without a file belongs to a verdict that follows within this time.
const VERDICT_SPAN: Nanos = 5 * SECOND;

/// A file-less failure belongs to the last `refresh called for` line within this time.
const CALL_SPAN: Nanos = 60 * SECOND;

/// Tries of one attempt follow each other within this time; the scheduler's own back-off is five minutes.
const TRY_SPAN: Nanos = 30 * SECOND;

/// An upstream's refusal is passed on within this time.
pub(super) const ANSWER_SPAN: Nanos = 5 * SECOND;

/// The lines of a config change follow its anchor within this time.
const CHANGE_SPAN: Nanos = 60 * SECOND;

/// A neighbourhood has at most this many facts on either side.
const NEAR_MAX: usize = 2000;

/// One client request: indices into the facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    pub access: Option<usize>,
    pub selected: Vec<usize>,
    pub denied: Vec<usize>,
    last: Nanos,
}

/// One refresh of one credential, whatever number of lines it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub at: Nanos,
    pub provider: Box<str>,
    pub file: Option<Box<str>>,
    /// Indices of the lines, in order. The last one is the attempt's own verdict.
    pub facts: Vec<usize>,
    /// Not failed. A scheduler's `<nil>` is only that: not failed.
    pub ok: bool,
    pub status: Option<u16>,
    pub branch: Option<Branch>,
}

/// The refresh attempts of a run, in order.
pub type Renewals = Vec<Renewal>;

/// One config reload with the fields it changed: indices into the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub anchor: usize,
    pub fields: Vec<usize>,
    pub refused: Option<usize>,
}

/// How many requests have both of their lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    pub chosen: u64,
    pub unanswered: u64,
}

/// Everything the proxies' lines say, joined.
#[derive(Debug, Clone, Default)]
pub struct Story {
    pub facts: Vec<Fact>,
    pub requests: Vec<Request>,
    pub renewals: Renewals,
    pub changes: Vec<Change>,
}

impl Story {
    /// Joins facts. They are sorted here, so their order of arrival does not matter.
    pub fn new(mut facts: Vec<Fact>) -> Story {
        facts.sort_by_key(|f| (f.at, f.locator));
        let facts = without_overlap(facts);
        let requests = requests(&facts);
        let renewals = renewals(&facts);
        let changes = changes(&facts);
        Story { facts, requests, renewals, changes }
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Facts of one kind, with their index.
    pub fn each<'s, T: 's>(
        &'s self,
        pick: impl Fn(&'s What) -> Option<T> + 's,
    ) -> impl Iterator<Item = (usize, &'s Fact, T)> + 's {
        self.facts
            .iter()
            .enumerate()
            .filter_map(move |(index, fact)| pick(&fact.what).map(|found| (index, fact, found)))
    }

    /// Facts in `[from, to)`.
    pub fn between(&self, from: Nanos, to: Nanos) -> impl Iterator<Item = (usize, &Fact)> {
        let start = self.facts.partition_point(|f| f.at < from);
        self.facts[start..].iter().enumerate().map(move |(n, f)| (start + n, f)).take_while(move |(_, f)| f.at < to)
    }

    /// Facts around one fact, within a span on both sides and never more than [`NEAR_MAX`] on either: a search that
    /// stays short when a million lines share one instant.
    pub fn near(&self, index: usize, before: Nanos, after: Nanos) -> impl Iterator<Item = (usize, &Fact)> {
        let at = self.facts[index].at;
        let from = index.saturating_sub(NEAR_MAX);
        let to = (index + NEAR_MAX).min(self.facts.len());
        self.facts[from..to]
            .iter()
            .enumerate()
            .map(move |(n, f)| (from + n, f))
            .filter(move |(_, f)| f.at >= at - before && f.at < at + after)
    }

    /// Requests whose choice of a credential is logged, and those among them that were never answered: in an export that
    /// holds all lines only those at its end and those that a restart cut off are.
    pub fn answered(&self) -> Answered {
        let mut ends: HashMap<&str, Nanos> = HashMap::new();
        for fact in &self.facts {
            ends.insert(&fact.place, fact.at);
        }
        let mut found = Answered::default();
        for request in &self.requests {
            let Some(fact) = request.selected.first().map(|&n| &self.facts[n]) else { continue };
            if ends.get(&*fact.place).is_some_and(|end| fact.at + REQUEST_SPAN <= *end) {
                found.chosen += 1;
                found.unanswered += u64::from(request.access.is_none());
            }
        }
        found
    }

    /// The credential file that served a request: the last one chosen.
    pub fn file_of(&self, request: &Request) -> Option<&str> {
        request.selected.last().and_then(|&index| match &self.facts[index].what {
            What::Selected { file, .. } => Some(&**file),
            _ => None,
        })
    }
}

/// What a line says: two lines that say the same at the same instant are copies of each other.
type Said<'f> = (&'f What, &'f str, Option<u32>);

/// Copies of a line: so many in the input that is being read, so many in the input with most.
struct Copies {
    input: u32,
    own: usize,
    most: usize,
}

/// Overlapping exports hold the same line twice. A line counts as often as in the input that holds it most often.
fn without_overlap(facts: Vec<Fact>) -> Vec<Fact> {
    if facts.windows(2).all(|w| w[0].locator.input == w[1].locator.input) {
        return facts;
    }
    let mut keep = vec![true; facts.len()];
    let mut at = 0;
    for instant in facts.chunk_by(|a, b| a.at == b.at) {
        // Within an instant facts come input by input: of a line's n-th copy in this input, n copies may have been kept.
        let mut copies: HashMap<Said<'_>, Copies> = HashMap::new();
        for fact in instant {
            let input = fact.locator.input;
            let seen =
                copies.entry((&fact.what, &fact.place, fact.request)).or_insert(Copies { input, own: 0, most: 0 });
            if seen.input != input {
                (seen.input, seen.own) = (input, 0);
            }
            seen.own += 1;
            keep[at] = seen.own > seen.most;
            seen.most = seen.most.max(seen.own);
            at += 1;
        }
    }
    facts.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(fact, _)| fact).collect()
}

fn requests(facts: &[Fact]) -> Vec<Request> {
    let mut done: Vec<Request> = Vec::new();
    let mut open: BTreeMap<(&str, u32), usize> = BTreeMap::new();
    // Refusals without a request id that wait for an answer with their status.
    let mut loose: BTreeMap<(&str, u16), VecDeque<usize>> = BTreeMap::new();
    for (index, fact) in facts.iter().enumerate() {
        let slot = match &fact.what {
            What::Access(access) if access.is_ai() => fact.request,
            What::Selected { .. } | What::Denied { .. } => fact.request,
            _ => None,
        };
        // Old layouts have no request ids: each of their access lines is a request of its own.
        let at = match (slot, &fact.what) {
            (None, What::Access(access)) if access.is_ai() => {
                let waiting = loose.entry((&*fact.place, access.status)).or_default();
                waiting.retain(|&n| fact.at - done[n].last <= ANSWER_SPAN);
                waiting.pop_front().unwrap_or_else(|| {
                    done.push(Request::default());
                    done.len() - 1
                })
            }
            // A refusal without a word of its own only announces that the request goes on.
            (None, What::Denied { status, text, .. }) if !text.is_empty() => {
                done.push(Request::default());
                loose.entry((&*fact.place, *status)).or_default().push_back(done.len() - 1);
                done.len() - 1
            }
            (None, _) => continue,
            (Some(id), _) => {
                let key = (&*fact.place, id);
                let known = open
                    .get(&key)
                    .copied()
                    .filter(|&n| fact.at - done[n].last <= REQUEST_SPAN && done[n].access.is_none());
                known.unwrap_or_else(|| {
                    done.push(Request::default());
                    open.insert(key, done.len() - 1);
                    done.len() - 1
                })
            }
        };
        let request = &mut done[at];
        request.last = fact.at;
        match &fact.what {
            What::Access(_) => request.access = Some(index),
            What::Selected { .. } => request.selected.push(index),
            _ => request.denied.push(index),
        }
    }
    done
}

/// What is known of the refreshes of one provider in one place while its lines pass by.
#[derive(Default)]
struct Desk {
    /// The last `refresh called for` line that named a file.
    called: Option<(Nanos, Box<str>)>,
    branch: Option<(Nanos, Branch)>,
    /// Failure lines that wait for their verdict.
    waiting: Vec<usize>,
    /// Refreshes whose last try failed, and its number. Refreshes of several credentials take turns.
    trying: Vec<(usize, u32)>,
}

impl Desk {
    /// The attempt that this try goes on with: one that has just failed the try before. The first try is a new attempt's.
    fn goes_on(&mut self, number: u32, at: Nanos, facts: &[Fact], done: &Renewals) -> Option<usize> {
        self.trying.retain(|(tried, _)| at - last_at(facts, &done[*tried]) <= TRY_SPAN);
        let open = self.trying.iter_mut().find(|(_, last)| number > 1 && last.checked_add(1) == Some(number))?;
        open.1 = number;
        Some(open.0)
    }

    /// The attempt whose end is told now: of those still open the one that came furthest, and of equals the oldest.
    fn ends(&mut self, at: Nanos, facts: &[Fact], done: &Renewals) -> Option<usize> {
        self.trying.retain(|(tried, _)| at - last_at(facts, &done[*tried]) <= TRY_SPAN);
        let furthest = self.trying.iter().map(|(_, last)| *last).max()?;
        let place = self.trying.iter().position(|(_, last)| *last == furthest)?;
        Some(self.trying.remove(place).0)
    }
}

fn renewals(facts: &[Fact]) -> Renewals {
    let mut done = Renewals::new();
    let mut desks: BTreeMap<(&str, &str), Desk> = BTreeMap::new();
    for (index, fact) in facts.iter().enumerate() {
        match &fact.what {
            What::Endpoint { branch } => {
                desks.entry((&*fact.place, "kiro")).or_default().branch = Some((fact.at, *branch));
            }
            What::Called { provider, file: Some(file) } => {
                let desk = desks.entry((&*fact.place, &**provider)).or_default();
                desk.called = Some((fact.at, file.clone()));
                desk.branch = None;
            }
            What::Refreshed { provider, file } => {
                let desk = desks.entry((&*fact.place, &**provider)).or_default();
                desk.branch = None;
                if let Some(tried) = desk.ends(fact.at, facts, &done) {
                    // A later try of the same attempt went well: the attempt did not fail.
                    done[tried].facts.clear();
                }
                done.push(renewal(fact, index, provider, Some(&**file), true, None));
            }
            What::Renewed { provider, file, .. } => {
                done.push(renewal(fact, index, provider, file.as_deref(), true, None))
            }
            What::Claimed { file, .. } => done.push(renewal(fact, index, "kiro", Some(&**file), true, None)),
            What::Failed { provider, file, step, status, .. } => {
                let desk = desks.entry((&*fact.place, &**provider)).or_default();
                failed(facts, index, provider, file.as_deref(), *step, *status, desk, &mut done);
            }
            _ => {}
        }
    }
    for desk in desks.into_values() {
        flush(facts, desk, &mut done);
    }
    done.retain(|a| !a.facts.is_empty());
    done.sort_by_key(|a| a.facts[0]);
    done
}

fn renewal(fact: &Fact, index: usize, provider: &str, file: Option<&str>, ok: bool, status: Option<u16>) -> Renewal {
    Renewal {
        at: fact.at,
        provider: provider.into(),
        file: file.map(Into::into),
        facts: vec![index],
        ok,
        status,
        branch: None,
    }
}

#[expect(clippy::too_many_arguments, reason = "the fields of one fact, taken apart once")]
fn failed(
    facts: &[Fact],
    index: usize,
    provider: &str,
    file: Option<&str>,
    step: Step,
    status: Option<u16>,
    desk: &mut Desk,
    done: &mut Renewals,
) {
    let fact = &facts[index];
    if desk.waiting.first().is_some_and(|&first| fact.at - facts[first].at > VERDICT_SPAN) {
        let late = Desk {
            waiting: std::mem::take(&mut desk.waiting),
            called: desk.called.clone(),
            branch: desk.branch,
            trying: Vec::new(),
        };
        flush(facts, late, done);
    }
    match step {
        Step::Verdict => {
            let mut new = renewal(fact, index, provider, file, false, status);
            let mut lines = std::mem::take(&mut desk.waiting);
            if let Some(tried) = desk.ends(fact.at, facts, done) {
                // The scheduler's verdict closes the attempt whose tries were seen.
                lines.splice(0..0, std::mem::take(&mut done[tried].facts));
            }
            lines.push(index);
            new.status = new.status.or_else(|| lines.iter().rev().find_map(|&n| status_of(&facts[n])));
            new.at = facts[lines[0]].at;
            new.facts = lines;
            new.branch = desk.branch.take().filter(|(at, _)| fact.at - at <= CALL_SPAN).map(|(_, b)| b);
            done.push(new);
        }
        Step::Try(number) => match desk.goes_on(number, fact.at, facts, done) {
            Some(tried) => {
                done[tried].facts.push(index);
                done[tried].status = status.or(done[tried].status);
            }
            None => {
                done.push(renewal(fact, index, provider, file, false, status));
                desk.trying.push((done.len() - 1, number));
            }
        },
        Step::Background | Step::PreRequest => done.push(renewal(fact, index, provider, file, false, status)),
        Step::Executor | Step::Idc | Step::Social => desk.waiting.push(index),
    }
}

/// Failure lines that got no verdict: one attempt, of the file last called for.
fn flush(facts: &[Fact], desk: Desk, done: &mut Renewals) {
    let Some(&first) = desk.waiting.first() else { return };
    let (fact, What::Failed { provider, .. }) = (&facts[first], &facts[first].what) else { return };
    let file = desk.called.filter(|(at, _)| fact.at - at <= CALL_SPAN && *at <= fact.at).map(|(_, file)| file);
    let status = desk.waiting.iter().rev().find_map(|&n| status_of(&facts[n]));
    let branch = desk.branch.filter(|(at, _)| fact.at - at <= CALL_SPAN && *at <= fact.at).map(|(_, b)| b);
    done.push(Renewal {
        at: fact.at,
        provider: provider.clone(),
        file,
        facts: desk.waiting,
        ok: false,
        status,
        branch,
    });
}

fn last_at(facts: &[Fact], attempt: &Renewal) -> Nanos {
    attempt.facts.last().map_or(attempt.at, |&n| facts[n].at)
}

fn status_of(fact: &Fact) -> Option<u16> {
    match &fact.what {
        What::Failed { status, .. } => *status,
        _ => None,
    }
}

fn changes(facts: &[Fact]) -> Vec<Change> {
    let mut done: Vec<Change> = Vec::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, fact) in facts.iter().enumerate() {
        let current = open.get(&*fact.place).copied().filter(|&n| fact.at - facts[done[n].anchor].at <= CHANGE_SPAN);
        match (&fact.what, current) {
            (What::ConfigChanged, _) => {
                open.insert(&fact.place, done.len());
                done.push(Change { anchor: index, fields: Vec::new(), refused: None });
            }
            (What::ConfigField { .. }, Some(n)) => done[n].fields.push(index),
            (What::ConfigRefused { .. }, Some(n)) => done[n].refused = Some(index),
            _ => {}
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::super::testing::line;
    use super::*;

    const D: &str = "[2026-02-21 08:42:00] [--------] [debug] [kiro_executor.go:1] ";

    fn story(lines: &[(i64, &str)]) -> Story {
        let facts =
            lines.iter().enumerate().filter_map(|(n, (s, text))| line(s * SECOND, n as u64 + 1, "pod", text)).collect();
        Story::new(facts)
    }

    #[test]
    fn the_lines_of_one_refresh_are_one_attempt() {
        let s = story(&[
            (0, &format!("{D}kiro executor: refresh called for auth kiro-idc-a.json")),
            (1, &format!("{D}kiro executor: using SSO OIDC refresh for IDC (region=eu-west-1)")),
            (2, &format!("{D}IDC token refresh failed (status 400): {{}}")),
            (
                2,
                &format!(
                    "{D}refreshed kiro, kiro-idc-a.json, kiro executor: token refresh failed: token refresh failed (status 400)"
                ),
            ),
        ]);
        assert_eq!(s.renewals.len(), 1);
        let a = &s.renewals[0];
        assert_eq!(
            (a.file.as_deref(), a.status, a.branch, a.facts.len()),
            (Some("kiro-idc-a.json"), Some(400), Some(Branch::Idc), 2)
        );
    }

    #[test]
    fn a_lost_verdict_leaves_the_attempt_to_the_called_file() {
        let s = story(&[
            (0, &format!("{D}kiro executor: refresh called for auth kiro-idc-a.json")),
            (2, &format!("{D}IDC token refresh failed (status 400): {{}}")),
            (302, &format!("{D}IDC token refresh failed (status 400): {{}}")),
        ]);
        let files: Vec<_> = s.renewals.iter().map(|a| a.file.as_deref()).collect();
        assert_eq!(files, [Some("kiro-idc-a.json"), None]);
    }

    #[test]
    fn tries_close_with_their_verdict() {
        let t = "[2026-02-21 08:42:00] [--------] [warn ] [codex_auth.go:1] ";
        let s = story(&[
            (0, &format!("{t}Token refresh attempt 1 failed: token refresh failed with status 503: x")),
            (2, &format!("{t}Token refresh attempt 2 failed: token refresh failed with status 503: x")),
            (3, &format!("{D}refreshed codex, codex-a.json, token refresh failed after 3 attempts: x")),
            (300, &format!("{t}Token refresh attempt 1 failed: token refresh failed with status 503: x")),
        ]);
        let shape: Vec<_> = s.renewals.iter().map(|a| (a.file.as_deref(), a.facts.len())).collect();
        assert_eq!(shape, [(Some("codex-a.json"), 3), (None, 1)]);
    }

    #[test]
    fn a_first_try_begins_an_attempt_however_soon_it_comes() {
        let tried = |n: u32| {
            format!("[2026-02-21 08:42:00] [--------] [warn ] [openai_auth.go:1] Token refresh attempt {n} failed: x")
        };
        let shape = |tries: &[(i64, u32)]| {
            let lines: Vec<(i64, String)> = tries.iter().map(|(at, n)| (*at, tried(*n))).collect();
            let lines: Vec<(i64, &str)> = lines.iter().map(|(at, text)| (*at, text.as_str())).collect();
            story(&lines).renewals.iter().map(|a| a.facts.len()).collect::<Vec<_>>()
        };
        let apart: Vec<(i64, u32)> =
            (0..10).flat_map(|k| (1..4).map(move |n| (30 * k + 2 * i64::from(n), n))).collect();
        assert_eq!(shape(&apart), [3; 10]);
        assert_eq!(shape(&[(0, 1), (0, 1), (2, 2), (2, 2), (4, 3), (4, 3)]), [3, 3]);
        assert_eq!(shape(&[(0, 1), (2, 2), (90, 3)]), [2, 1]);
        assert_eq!(shape(&[(0, 2), (2, 3)]), [2]);
    }

    #[test]
    fn the_verdict_of_a_product_closes_the_tries_of_its_vendors_client() {
        let s = story(&[
            (0, "[2026-02-21 08:42:00] [--------] [warn ] [openai_auth.go:1] Token refresh attempt 1 failed: x"),
            (2, "[2026-02-21 08:42:00] [--------] [warn ] [openai_auth.go:1] Token refresh attempt 2 failed: x"),
            (3, &format!("{D}refreshed codex, codex-a.json, token refresh failed after 2 attempts: x")),
        ]);
        let shape: Vec<_> = s.renewals.iter().map(|a| (a.file.as_deref(), a.facts.len())).collect();
        assert_eq!(shape, [(Some("codex-a.json"), 3)]);
    }

    #[test]
    fn a_refusal_without_a_request_id_belongs_to_the_answer_that_passed_it_on() {
        let refused =
            "[2025-12-01 08:15:04] [debug] [codex_executor.go:1] request error, error status: 401, error message: {}";
        let answer = |status: u16| {
            format!(r#"[GIN] 2025/12/01 - 15:04:05 | {status} | 1.5s | 203.0.113.7 | POST    "/v1/messages""#)
        };
        let shape = |lines: &[(i64, &str)]| {
            story(lines).requests.iter().map(|r| (r.denied.len(), r.access.is_some())).collect::<Vec<_>>()
        };
        assert_eq!(shape(&[(0, refused), (1, &answer(401))]), [(1, true)]);
        assert_eq!(shape(&[(0, refused), (1, &answer(503))]), [(1, false), (0, true)]);
        assert_eq!(shape(&[(0, refused), (60, &answer(401))]), [(1, false), (0, true)]);
        assert_eq!(shape(&[(0, refused), (1, refused), (2, &answer(401))]), [(1, true), (1, false)]);
    }

    #[test]
    fn a_request_id_joins_within_its_place_only() {
        let sel = "[2026-02-21 08:42:00] [0000000a] [debug] [conductor.go:1] Use OAuth provider=claude auth_file=a.json for model m";
        let acc = r#"[2026-02-21 08:42:00] [0000000a] [warn ] [gin_logger.go:93] 401 |  718ms | 10.0.0.1 | POST "/v1/messages""#;
        let mut facts = vec![line(0, 1, "p1", sel).expect("a fact"), line(SECOND, 2, "p2", acc).expect("a fact")];
        assert_eq!(Story::new(facts.clone()).requests.len(), 2);
        facts[1].place = "p1".into();
        let s = Story::new(facts);
        assert_eq!(s.requests.len(), 1);
        assert_eq!(s.file_of(&s.requests[0]), Some("a.json"));
    }

    #[test]
    fn a_line_of_two_exports_counts_once() {
        let text = format!("{D}refreshed codex, a.json, <nil>");
        let at = |input, offset| {
            let mut fact = line(0, 1, "pod", &text).expect("a fact");
            (fact.locator.input, fact.locator.offset) = (input, offset);
            fact
        };
        let count = |facts: Vec<Fact>| Story::new(facts).facts.len();
        assert_eq!(count(vec![at(0, 0), at(1, 0)]), 1);
        assert_eq!(count(vec![at(0, 0), at(1, 0), at(1, 9)]), 2);
        assert_eq!(count(vec![at(0, 0), at(0, 9), at(1, 0)]), 2);
    }

    #[test]
    fn a_field_line_far_from_a_reload_belongs_to_nobody() {
        let s = story(&[
            (0, &format!("{D}config file changed, reloading: config.yaml")),
            (1, "  proxy-url: a -> b"),
            (900, "  proxy-url: b -> a"),
        ]);
        assert_eq!(s.changes.len(), 1);
        assert_eq!(s.changes[0].fields.len(), 1);
    }
}
