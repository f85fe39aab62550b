//! D04: did failures rise after a known change?

use super::stats::{p_text, poisson_higher, ratio_text};
use super::view::{EPISODE, View, duration};
use super::{Detector, Said};
use crate::finding::Kind;
use crate::record::time::{self, Nanos, SECOND};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D04",
    name: "change",
    finds: "more failure episodes after a config change, reload or restart than before it",
    needs: "change lines and failures in windows of equal right on both sides",
    thresholds: &[
        ("window", "60 min, clipped at the evidence and at the next change"),
        ("episodes", "5"),
        ("window minimum", "15 min"),
        ("p adjusted", "0.01"),
        ("ratio", "2"),
    ],
    would_change: "more evidence before the change; an earlier onset; another change in the window",
    run,
};

const WINDOW: Nanos = 60 * 60 * SECOND;
const SHORTEST: Nanos = 15 * 60 * SECOND;
const FEWEST: u64 = 5;

struct Test {
    place: String,
    message: String,
    at: Nanos,
    before: (u64, Nanos),
    after: (u64, Nanos),
    class: &'static str,
}

fn run(view: &View<'_>) -> Said {
    let Some((start, end)) = view.span() else { return Said::quiet("no evidence") };
    let markers: Vec<(Nanos, String, String)> = view
        .case
        .notes
        .attempts
        .iter()
        .filter(|a| a.kind == Kind::Change)
        .map(|a| (a.at, view.text(a.texts.pod).to_owned(), view.text(a.texts.message).to_owned()))
        .collect();
    if markers.is_empty() {
        return Said::quiet("no change is logged").censored("changes that leave no line cannot be tested");
    }
    let tests = tests(view, &markers, start, end);
    let enough: Vec<&Test> = tests
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
        return Said::quiet("insufficient data around every change").with("changes", markers.len());
    };
    let adjusted = (p * enough.len() as f64).min(1.0);
    let text = format!(
        "{} episodes on {} rose from {} in {} to {} in {} after {:?} at {} (p_adj={}, ratio {} [{}, {}]); timing association only",
        test.class,
        test.place,
        test.before.0,
        duration(test.before.1),
        test.after.0,
        duration(test.after.1),
        test.message,
        time::format(test.at),
        p_text(adjusted),
        ratio_text(ratio.point),
        ratio_text(ratio.low),
        ratio_text(ratio.high)
    );
    let said = if adjusted <= 0.01 && ratio.point >= 2.0 {
        Said::fired(text)
    } else {
        Said::quiet(format!("no change is followed by a clear rise; closest: {text}"))
    };
    said.with("changes", markers.len())
        .with("tests", enough.len())
        .with("p", p_text(p))
        .with("p_adjusted", p_text(adjusted))
}

fn minutes(nanos: Nanos) -> f64 {
    nanos as f64 / (60 * SECOND) as f64
}

/// One test per change and class, on the pod that changed. The windows end at the neighbouring change of that pod.
fn tests(view: &View<'_>, markers: &[(Nanos, String, String)], start: Nanos, end: Nanos) -> Vec<Test> {
    let episodes = episodes(view);
    let mut tests = Vec::new();
    for (at, pod, message) in markers {
        let same = |m: &&(Nanos, String, String)| m.1 == *pod && m.0 != *at;
        let from = markers
            .iter()
            .filter(same)
            .map(|m| m.0)
            .filter(|m| m < at)
            .max()
            .unwrap_or(start)
            .max(at - WINDOW)
            .max(start);
        let to =
            markers.iter().filter(same).map(|m| m.0).filter(|m| m > at).min().unwrap_or(end).min(at + WINDOW).min(end);
        for ((place, class), times) in &episodes {
            if place == pod {
                let within = |a: Nanos, b: Nanos| times.iter().filter(|t| **t >= a && **t < b).count() as u64;
                let (before, after) = ((within(from, *at), at - from), (within(*at, to), to - at));
                tests.push(Test { place: pod.clone(), message: message.clone(), at: *at, before, after, class });
            }
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
