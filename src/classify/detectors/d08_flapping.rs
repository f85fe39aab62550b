//! D08: a credential that works and fails by turns.

use super::limit::Part::{Count, Span, Text};
use super::view::{Outcome, View};
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::record::time::{Nanos, SECOND};

pub const DETECTOR: Detector = Detector {
    id: "D08",
    name: "flapping",
    finds: "a credential that alternates between success and failure at one host",
    needs: "failures and successes of the same credential and host",
    thresholds: &[
        ("window", &[Span(WINDOW)]),
        ("outcomes", &[Count(OUTCOMES as u64)]),
        ("changes of state", &[Count(TURNS as u64)]),
        ("failure share", &[Count(SHARE.0 as u64), Text(" % to "), Count(SHARE.1 as u64), Text(" %")]),
    ],
    would_change: "D09's contrast: flapping that follows a pod, path or node is not flapping of the credential",
    run,
};

const WINDOW: Nanos = 30 * 60 * SECOND;
const OUTCOMES: usize = 8;
const TURNS: usize = 4;
/// Percent of the outcomes that are failures.
const SHARE: (usize, usize) = (20, 80);

/// The beginning of the first window that flaps.
fn flaps(all: &[Outcome]) -> Option<Nanos> {
    // Failures and changes of state of the window, which slides: every outcome enters once and leaves once.
    let (mut from, mut failed, mut turns) = (0, 0, 0);
    let turn = |at: usize| usize::from(all[at - 1].ok != all[at].ok);
    for end in 0..all.len() {
        failed += usize::from(!all[end].ok);
        turns += if end > from { turn(end) } else { 0 };
        while all[end].at - all[from].at >= WINDOW {
            failed -= usize::from(!all[from].ok);
            from += 1;
            turns -= turn(from);
        }
        let outcomes = end + 1 - from;
        let share = SHARE.0 * outcomes..=SHARE.1 * outcomes;
        if outcomes >= OUTCOMES && turns >= TURNS && share.contains(&(100 * failed)) {
            return Some(all[from].at);
        }
    }
    None
}

fn run(view: &View<'_>) -> Said {
    let hits: Vec<_> = view.failing().into_iter().filter_map(|(key, all)| flaps(all).map(|at| (key, at))).collect();
    match hits.first() {
        Some((key, at)) => {
            // Of a success no path, method or tool is kept.
            let why = super::d09_contrast::within(view, key).unwrap_or_else(|| {
                "neither pod nor node is seen to explain it; paths of successes are not kept".to_owned()
            });
            Said::fired(format!("{key}: success and failure by turns from {}; {why}", short(*at)))
                .with("keys", hits.len())
        }
        None => Said::quiet("no credential flaps"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_needed() {
        let o = |n: i64, ok: bool| Outcome { at: n * 60 * SECOND, ok, token: false, named: false };
        let turning: Vec<_> = (0..8).map(|n| o(n, n % 2 == 0)).collect();
        assert!(flaps(&turning).is_some());
        let once: Vec<_> = (0..8).map(|n| o(n, n < 4)).collect();
        assert!(flaps(&once).is_none());
    }
}
