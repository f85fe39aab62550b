//! D01: between which two records a credential stopped working.

use super::limit::Part::Text;
use super::view::{EPISODE, Outcome, View, count, duration};
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::record::time::Nanos;

pub const DETECTOR: Detector = Detector {
    id: "D01",
    name: "bracket",
    finds: "last success and first failure of a credential at a host",
    needs: "failures, and successes of the same credential and host",
    thresholds: &[("bracketed", &[Text("a success before the first failure")])],
    would_change: "a success before the first failure where none is shown; a gap between the two widens the bracket",
    run,
};

const GAP_WIDENED: &str = "gap-widened: rows are missing between the last success and the first failure";

/// The last success before the first failure, and that failure.
pub fn bracket(all: &[Outcome]) -> Option<(Option<Nanos>, Nanos)> {
    let first = all.iter().find(|o| !o.ok)?.at;
    let last_ok = all.iter().take_while(|o| o.at < first).filter(|o| o.ok).last().map(|o| o.at);
    Some((last_ok, first))
}

/// A success between the failures, or so soon after the first that it speaks against the credential.
fn meanwhile(all: &[Outcome], failed: Nanos) -> Option<Nanos> {
    let last = all.iter().rev().find(|o| !o.ok).map_or(failed, |o| o.at);
    all.iter().find(|o| o.ok && o.at > failed && (o.at < last || o.at - failed <= EPISODE)).map(|o| o.at)
}

fn run(view: &View<'_>) -> Said {
    let keys = view.failing();
    let Some((key, all)) = keys.first() else { return Said::quiet("no failing credential") };
    let brackets = keys.iter().filter_map(|(_, all)| bracket(all));
    let bracketed = brackets.filter(|(ok, _)| ok.is_some()).count();
    let Some((last_ok, first)) = bracket(all) else { return Said::quiet("no failing credential") };
    let mut censoring = None;
    let text = match last_ok {
        Some(ok) => {
            let text = format!("{key}: last success {}, first failure {}", short(ok), short(first));
            let span = duration(first - ok);
            let silent = view.case.silence(ok, first);
            match meanwhile(all, first) {
                _ if view.case.censored => format!("{text} (possible: the export was cut)"),
                Some(again) => format!(
                    "{text}; it went on serving meanwhile, first at {}, so it did not stop for good within these {span}",
                    short(again)
                ),
                None if silent > 0 => {
                    censoring = Some(GAP_WIDENED);
                    format!(
                        "{text}; it stopped working within these {span}, in {} of which no stream has a row",
                        duration(silent)
                    )
                }
                None => format!("{text}; it stopped working within these {span}"),
            }
        }
        None => format!("{key}: failing since at or before {}; no success is shown before", short(first)),
    };
    let said = if bracketed > 0 {
        Said { censoring: censoring.map(str::to_owned), ..Said::fired(text) }
    } else {
        Said::quiet(text).censored("left-censored: the beginning is not in the evidence")
    };
    said.with("keys_failing", count(keys.len(), "key", "keys")).with("keys_bracketed", bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(at: Nanos, ok: bool) -> Outcome {
        Outcome { at, ok, token: !ok, named: false }
    }

    #[test]
    fn a_bracket_needs_a_success_before() {
        assert_eq!(
            bracket(&[outcome(1, true), outcome(5, true), outcome(9, false), outcome(10, true)]),
            Some((Some(5), 9))
        );
        assert_eq!(bracket(&[outcome(9, false), outcome(10, true)]), Some((None, 9)));
        assert_eq!(bracket(&[outcome(1, true)]), None);
    }

    #[test]
    fn a_success_within_a_minute_or_before_the_last_failure_speaks_against_it() {
        let minute = EPISODE;
        assert_eq!(meanwhile(&[outcome(1, false), outcome(1 + minute, true)], 1), Some(1 + minute));
        assert_eq!(meanwhile(&[outcome(1, false), outcome(2 + minute, true)], 1), None);
        assert_eq!(meanwhile(&[outcome(1, false), outcome(1, true)], 1), None);
        let between = [outcome(1, false), outcome(2 + minute, true), outcome(3 + minute, false)];
        assert_eq!(meanwhile(&between, 1), Some(2 + minute));
    }

    #[test]
    fn a_tie_is_no_order() {
        assert_eq!(bracket(&[outcome(9, false), outcome(9, true)]), Some((None, 9)));
    }
}
