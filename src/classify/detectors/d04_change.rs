//! D04: did failures rise after a known change?

use super::limit::Part::{Count, Number, Span, Text};
use super::stats::{p_text, poisson_higher, ratio_text};
use super::view::{EPISODE, View, count, duration};
use super::{Detector, Said};
use crate::classify::Attempt;
use crate::classify::claims::{named, quoted, short, value};
use crate::classify::timeline::{ROLLOUT, took_effect};
use crate::record::time::{Nanos, SECOND};
use std::collections::{BTreeMap, BTreeSet};

pub const DETECTOR: Detector = Detector {
    id: "D04",
    name: "change",
    finds: "more failure episodes after a config change, reload or restart than before it",
    needs: "change lines and failures in windows of equal right on both sides",
    thresholds: &[
        ("window", &[Span(WINDOW), Text(", clipped at the evidence and at the next change")]),
        ("episodes", &[Count(FEWEST)]),
        ("window minimum", &[Span(SHORTEST)]),
        ("one change", &[Text("markers at most "), Span(ROLLOUT), Text(" apart")]),
        ("p adjusted", &[Number(P_MAX)]),
        ("ratio", &[Number(RATIO_MIN)]),
    ],
    would_change: "more evidence before the change; an earlier onset; another change in the window",
    run,
};

const WINDOW: Nanos = 60 * 60 * SECOND;
const SHORTEST: Nanos = 15 * 60 * SECOND;
const FEWEST: u64 = 5;
const P_MAX: f64 = 0.01;
const RATIO_MIN: f64 = 2.0;

/// One change of one pod, or of several in one rollout.
struct Change<'c> {
    at: Nanos,
    last: Nanos,
    pods: BTreeSet<&'c str>,
    message: &'c str,
}

struct Test<'c> {
    place: String,
    message: &'c str,
    at: Nanos,
    before: (u64, Nanos),
    after: (u64, Nanos),
    class: &'static str,
}

fn run(view: &View<'_>) -> Said {
    let Some((start, end)) = view.span() else { return Said::quiet("no evidence") };
    let changes = changes(view);
    if changes.is_empty() {
        return Said::quiet("no change that took effect is logged")
            .censored("changes that leave no line cannot be tested");
    }
    let tests = tests(view, &changes, start, end);
    let enough: Vec<&Test<'_>> = tests
        .iter()
        .filter(|t| t.before.0 + t.after.0 >= FEWEST && t.before.1 >= SHORTEST && t.after.1 >= SHORTEST)
        .collect();
    let scored = enough.iter().map(|t| {
        let (p, ratio) = poisson_higher(t.before.0, minutes(t.before.1), t.after.0, minutes(t.after.1));
        (*t, p, ratio)
    });
    let best = scored.min_by(|a, b| {
        a.1.total_cmp(&b.1).then_with(|| (a.0.at, &a.0.place, a.0.class).cmp(&(b.0.at, &b.0.place, b.0.class)))
    });
    let Some((test, p, ratio)) = best else {
        return Said::quiet("insufficient data around every change").with("changes", changes.len());
    };
    let adjusted = (p * enough.len() as f64).min(1.0);
    let text = format!(
        "{} episodes{} rose from {} in {} to {} in {} after {} at {} (p_adj={}, ratio {} [{}, {}]); timing association only",
        test.class,
        named(" on ", &test.place, ""),
        test.before.0,
        duration(test.before.1),
        test.after.0,
        duration(test.after.1),
        quoted(test.message),
        short(test.at),
        p_text(adjusted),
        ratio_text(ratio.point),
        ratio_text(ratio.low),
        ratio_text(ratio.high)
    );
    let said = if adjusted <= P_MAX && ratio.point >= RATIO_MIN {
        Said::fired(text)
    } else if ratio.point > 1.0 {
        Said::quiet(format!("no change is followed by a clear rise; closest: {text}"))
    } else {
        Said::quiet("no change is followed by a rise")
    };
    said.with("changes", changes.len())
        .with("tests", enough.len())
        .with("p", p_text(p))
        .with("p_adjusted", p_text(adjusted))
}

/// The changes by time. Markers that stand closer than [`ROLLOUT`] are one change: a reload reaches its pods one after the
/// other, and a rollout replaces them so.
fn changes<'c>(view: &View<'c>) -> Vec<Change<'c>> {
    let mut changes: Vec<Change<'c>> = Vec::new();
    let all: Vec<&'c Attempt> = view.case.notes.attempts.iter().collect();
    for a in all.iter().filter(|a| took_effect(a)) {
        let pod = view.text(a.texts.pod);
        match changes.last_mut() {
            Some(open) if a.at - open.last <= ROLLOUT => {
                open.last = a.at;
                open.pods.insert(pod);
            }
            _ => changes.push(Change {
                at: a.at,
                last: a.at,
                pods: BTreeSet::from([pod]),
                message: view.text(a.texts.message),
            }),
        }
    }
    changes
}

fn minutes(nanos: Nanos) -> f64 {
    nanos as f64 / (60 * SECOND) as f64
}

/// One test per change and class: on every pod that changed, and over all pods where a change or the failures span
/// several, as a rollout puts new pods in the place of old ones. The windows end at the neighbouring change.
fn tests<'c>(view: &View<'_>, changes: &[Change<'c>], start: Nanos, end: Nanos) -> Vec<Test<'c>> {
    let by_pod = episodes(view);
    let mut everywhere: BTreeMap<&'static str, (usize, Vec<Nanos>)> = BTreeMap::new();
    for ((_, class), times) in &by_pod {
        let all = everywhere.entry(class).or_default();
        all.0 += 1;
        all.1.extend(times);
    }
    let mut tests = Vec::new();
    for change in changes {
        let window = |touches: &dyn Fn(&Change<'_>) -> bool| {
            let others = || changes.iter().filter(|c| touches(c));
            let from = others().map(|c| c.last).filter(|t| *t < change.at).max().unwrap_or(start);
            let to = others().map(|c| c.at).filter(|t| *t > change.last).min().unwrap_or(end);
            (from.max(change.at - WINDOW).max(start), to.min(change.at + WINDOW).min(end))
        };
        let mut add = |place: &str, class, times: &[Nanos], (from, to): (Nanos, Nanos)| {
            let within = |a: Nanos, b: Nanos| times.iter().filter(|t| **t >= a && **t < b).count() as u64;
            let before = (within(from, change.at), change.at - from);
            let after = (within(change.at, to), to - change.at);
            tests.push(Test { place: place.to_owned(), message: change.message, at: change.at, before, after, class });
        };
        for ((pod, class), times) in by_pod.iter().filter(|((pod, _), _)| change.pods.contains(pod.as_str())) {
            add(&value(pod), class, times, window(&|c| c.pods.contains(pod.as_str())));
        }
        for (class, (pods, times)) in everywhere.iter().filter(|(_, (pods, _))| *pods > 1 || change.pods.len() > 1) {
            add(&count(*pods, "pod", "pods"), class, times, window(&|_| true));
        }
    }
    tests
}

/// Beginnings of episodes by pod and class: retries are not independent, so rows are not counted.
fn episodes(view: &View<'_>) -> BTreeMap<(String, &'static str), Vec<Nanos>> {
    let mut last: BTreeMap<(String, &'static str, String), Nanos> = BTreeMap::new();
    let mut starts: BTreeMap<(String, &'static str), Vec<Nanos>> = BTreeMap::new();
    for attempt in &view.failures {
        let pod = view.text(attempt.texts.pod).to_owned();
        let who = view.text(super::view::identity(attempt).0).to_owned();
        let known = last.insert((pod.clone(), attempt.class.label, who), attempt.at);
        if known.is_none_or(|at| attempt.at - at > EPISODE) {
            starts.entry((pod, attempt.class.label)).or_default().push(attempt.at);
        }
    }
    starts
}
