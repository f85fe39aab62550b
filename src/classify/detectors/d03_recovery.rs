//! D03: how long until it worked again.

use super::limit::Part::{Count, Span, Text};
use super::view::{Outcome, View, duration};
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::record::time::{Nanos, SECOND};

pub const DETECTOR: Detector = Detector {
    id: "D03",
    name: "time to recover",
    finds: "the first lasting success after the last failure, and the product-limit median over credentials",
    needs: "failures, and successes of the same credential and host",
    thresholds: &[(
        "lasting",
        &[
            Text("the next "),
            Count(LASTING as u64),
            Text(" outcomes are successes, or "),
            Span(QUIET),
            Text(" pass without a failure"),
        ],
    )],
    would_change: "evidence after its end: a key without recovery is right-censored, never averaged away",
    run,
};

/// Outcomes in a row that show a lasting success.
const LASTING: usize = 3;
const QUIET: Nanos = 600 * SECOND;

/// Time from the first failure to recovery, or to the end of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Lasted {
    time: Nanos,
    recovered: bool,
    /// When it recovered; the confirming condition was met.
    at: Option<Nanos>,
    confirmed: bool,
}

fn lasted(all: &[Outcome], end: Nanos) -> Option<Lasted> {
    let first = all.iter().find(|o| !o.ok)?.at;
    let last = all.iter().rposition(|o| !o.ok)?;
    let Some(ok) = all.get(last + 1) else {
        return Some(Lasted { time: end - first, recovered: false, at: None, confirmed: false });
    };
    let confirmed = all.len() - last > LASTING || end - ok.at >= QUIET;
    Some(Lasted { time: ok.at - first, recovered: true, at: Some(ok.at), confirmed })
}

/// The product-limit (Kaplan–Meier) median: the first time at which at least half have recovered, in exact fractions of
/// the number at risk.
fn median(all: &[Lasted]) -> Option<Nanos> {
    let mut times: Vec<&Lasted> = all.iter().collect();
    // At equal times recoveries come before censored keys.
    times.sort_by_key(|l| (l.time, !l.recovered));
    let mut surviving = 1.0;
    let mut at_risk = times.len() as f64;
    for l in times {
        if l.recovered {
            surviving *= (at_risk - 1.0) / at_risk;
            if surviving <= 0.5 + 1e-12 {
                return Some(l.time);
            }
        }
        at_risk -= 1.0;
    }
    None
}

fn run(view: &View<'_>) -> Said {
    let Some((_, end)) = view.span() else { return Said::quiet("no failing credential") };
    let keys = view.failing();
    let all: Vec<_> = keys.iter().filter_map(|(key, all)| lasted(all, end).map(|l| (key, l))).collect();
    let Some((key, worst)) = all.first() else { return Said::quiet("no failing credential") };
    let lasted: Vec<Lasted> = all.iter().map(|(_, l)| *l).collect();
    let censored = lasted.iter().filter(|l| !l.recovered).count();
    let median = median(&lasted).map_or_else(|| "not reached".to_owned(), duration);
    let seen = if view.case.later { "the window" } else { "the evidence" };
    let text = match worst.at {
        Some(at) if worst.confirmed => {
            format!("{key}: works again since {}, {} after the first failure", short(at), duration(worst.time))
        }
        Some(at) => {
            format!("{key}: a success at {}, but recovery unconfirmed: {seen} ends too soon", short(at))
        }
        None => {
            format!("{key}: no recovery in {seen} (at least {} since the first failure)", duration(worst.time))
        }
    };
    let recovered = lasted.iter().any(|l| l.recovered && l.confirmed);
    let said = if recovered { Said::fired(text) } else { Said::quiet(text) };
    let said = said.with("median", median).with("keys", lasted.len()).with("keys_without_recovery", censored);
    if censored > 0 {
        said.censored(format!("right-censored: {censored} of {} keys show no recovery", lasted.len()))
    } else {
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn l(time: Nanos, recovered: bool) -> Lasted {
        Lasted { time, recovered, at: None, confirmed: recovered }
    }

    #[test]
    fn the_median_counts_what_never_recovered() {
        assert_eq!(median(&[l(1, true), l(2, true), l(3, true)]), Some(2));
        assert_eq!(median(&[l(1, true), l(5, false), l(5, false)]), None);
        assert_eq!(median(&[l(1, true), l(2, false), l(3, true), l(4, true)]), Some(3));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn evidence_that_ends_is_no_recovery() {
        let o = |at, ok| Outcome { at: at * SECOND, ok, token: false, named: false };
        assert_eq!(lasted(&[o(0, false)], 60 * SECOND).map(|l| (l.recovered, l.time)), Some((false, 60 * SECOND)));
        assert_eq!(lasted(&[o(0, false), o(10, true)], 20 * SECOND).map(|l| l.confirmed), Some(false));
        assert_eq!(lasted(&[o(0, false), o(10, true)], 620 * SECOND).map(|l| l.confirmed), Some(true));
    }
}
