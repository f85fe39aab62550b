//! D06: retries that cannot succeed, too many and too fast.

use super::limit::Part::{Count, Span, Text};
use super::limit::span;
use super::view::{View, duration};
use super::{Detector, Said};
use crate::classify::claims::value;
use crate::classify::{Attempt, Sym};
use crate::record::time::{Nanos, SECOND};
use std::collections::{BTreeMap, BTreeSet};

pub const DETECTOR: Detector = Detector {
    id: "D06",
    name: "retry storm",
    finds: "a caller that repeats a failing request, and refreshes that ignore the back-off",
    needs: "failures with a caller (thread, execution or pod), host, path and method",
    thresholds: &[
        ("storm", &[Count(STORM as u64), Text(" failures in "), Span(WINDOW)]),
        ("fast", &[Count(FAST_SHARE as u64), Text(" % of gaps below "), Span(FAST)]),
        (
            "refresh storm",
            &[Count(REFRESH_STORM as u64), Text(" refresh failures of one credential in "), Span(REFRESH_WINDOW)],
        ),
    ],
    would_change: "rows that the export left out: the peak is a lower bound",
    run,
};

const WINDOW: Nanos = 60 * SECOND;
const STORM: usize = 20;
/// Percent of the gaps that are fast.
const FAST_SHARE: usize = 80;
const FAST: Nanos = 5 * SECOND;
const REFRESH_WINDOW: Nanos = 300 * SECOND;
const REFRESH_STORM: usize = 5;

type Caller = (Option<Sym>, Option<Sym>, Option<Sym>, Option<Sym>, &'static str);

fn caller(a: &Attempt) -> Caller {
    let t = &a.texts;
    (t.thread.or(t.execution).or(t.pod), t.host, t.path, t.method, a.class.label)
}

/// The most events in any window.
fn peak(times: &[Nanos], window: Nanos) -> usize {
    let mut from = 0;
    let mut best = 0;
    for (n, at) in times.iter().enumerate() {
        while at - times[from] >= window {
            from += 1;
        }
        best = best.max(n + 1 - from);
    }
    best
}

/// How the gaps grow, in exact integer comparisons.
fn shape(times: &[Nanos]) -> &'static str {
    let mut gaps: Vec<Nanos> = times.windows(2).map(|w| w[1] - w[0]).collect();
    if gaps.is_empty() {
        return "single";
    }
    let rising = gaps.windows(2).filter(|w| w[0] > 0 && 2 * w[1] >= 3 * w[0] && w[1] <= 3 * w[0]).count();
    let ratios = gaps.len().saturating_sub(1);
    gaps.sort_unstable();
    let quarter = |n: usize| gaps[(gaps.len() - 1) * n / 4];
    if quarter(2) < SECOND {
        "none"
    } else if 4 * (quarter(3) - quarter(1)) < quarter(2) {
        "constant"
    } else if ratios > 0 && 10 * rising >= 6 * ratios {
        "exponential"
    } else {
        "irregular"
    }
}

fn run(view: &View<'_>) -> Said {
    let mut groups: BTreeMap<Caller, Vec<&Attempt>> = BTreeMap::new();
    for attempt in &view.failures {
        groups.entry(caller(attempt)).or_default().push(attempt);
    }
    let mut storms: Vec<(usize, String, Vec<Nanos>, usize)> = Vec::new();
    for (key, all) in groups {
        let times: Vec<Nanos> = all.iter().map(|a| a.at).collect();
        let highest = peak(&times, WINDOW);
        let fast = times.windows(2).filter(|w| w[1] - w[0] < FAST).count();
        if highest >= STORM && 100 * fast >= FAST_SHARE * (times.len() - 1) {
            let wasted =
                if all[0].class.retry == "never" || all[0].class.retry == "after-fix" { times.len() - 1 } else { 0 };
            let name = format!(
                "{} to {}",
                value(view.text(key.0)),
                value(&format!("{}{}", view.text(key.1), view.text(key.2)))
            );
            storms.push((highest, name, times, wasted));
        }
    }
    storms.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    if let Some((highest, name, times, wasted)) = storms.first() {
        let total = times[times.len() - 1] - times[0];
        return Said::fired(format!(
            "{name}: {} failures in {}, at most {highest} in {}; {wasted} of them could not succeed",
            times.len(),
            duration(total),
            span(WINDOW)
        ))
        .with("storms", storms.len())
        .with("back_off", shape(times));
    }
    refresh_storm(view)
}

fn refresh_storm(view: &View<'_>) -> Said {
    let mut by: std::collections::BTreeMap<(&str, &str), Vec<Nanos>> = std::collections::BTreeMap::new();
    let asked: BTreeSet<&str> = view.failures.iter().map(|a| view.text(a.texts.identity)).collect();
    for attempt in view.case.notes.cliproxy.story.renewals.iter().filter(|a| !a.ok) {
        if let Some(file) = attempt.file.as_deref().filter(|file| !view.is_narrowed() || asked.contains(file)) {
            by.entry((&attempt.provider, file)).or_default().push(attempt.at);
        }
    }
    let worst = by
        .iter()
        .map(|(key, times)| (peak(times, REFRESH_WINDOW), *key, times))
        .max_by_key(|(n, key, _)| (*n, std::cmp::Reverse(*key)));
    match worst {
        Some((n, (provider, file), times)) if n >= REFRESH_STORM => {
            let window = span(REFRESH_WINDOW);
            Said::fired(format!(
                "{}, {}: {n} failed refreshes within {window}, where the scheduler waits {window} for one",
                value(provider),
                value(file)
            ))
            .with("back_off", shape(times))
        }
        _ => Said::quiet("no caller repeats failures densely"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_of_a_half_open_window() {
        let times: Vec<Nanos> = [0, 10, 59, 60, 61].iter().map(|s| s * SECOND).collect();
        assert_eq!(peak(&times, WINDOW), 4);
    }

    #[test]
    fn shapes_of_back_off() {
        let at = |seconds: &[i64]| seconds.iter().map(|s| s * SECOND).collect::<Vec<_>>();
        assert_eq!(shape(&at(&[0, 0, 0, 0])), "none");
        assert_eq!(shape(&at(&[0, 30, 60, 90, 120])), "constant");
        assert_eq!(shape(&at(&[0, 1, 3, 7, 15, 31])), "exponential");
        assert_eq!(shape(&at(&[0, 1, 50, 52, 300])), "irregular");
    }
}
