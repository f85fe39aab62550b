//! D02: a credential that worked is refused again and again.

use super::limit::Part::{Count, Span, Text};
use super::view::{Outcome, View};
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::record::time::{Nanos, SECOND};

pub const DETECTOR: Detector = Detector {
    id: "D02",
    name: "401 after success",
    finds: "a success, then refusals of the same credential that nothing interrupts",
    needs: "401s or token refusals, and successes of the same credential and host",
    thresholds: &[
        ("refusals", &[Count(2), Text(" within "), Span(WINDOW)]),
        ("recovered inline", &[Text("a success within "), Span(INLINE), Text(" of the refusal")]),
    ],
    would_change: "a success between the first two refusals, or right after one",
    run,
};

const WINDOW: Nanos = 600 * SECOND;
const INLINE: Nanos = 2 * SECOND;

/// The last success and the first of two refusals that nothing interrupts.
fn found(all: &[Outcome]) -> Option<(Nanos, Nanos, bool)> {
    let mut last_ok = None;
    let mut pending: Option<&Outcome> = None;
    for (n, o) in all.iter().enumerate() {
        let recovered = all[n + 1..].iter().take_while(|next| next.at - o.at <= INLINE).any(|next| next.ok);
        match (o.ok, o.token && !recovered) {
            (true, _) => (last_ok, pending) = (Some(o.at), None),
            (false, true) => match (last_ok, pending) {
                (Some(ok), Some(first)) if o.at - first.at <= WINDOW => {
                    return Some((ok, first.at, first.named || o.named));
                }
                (Some(_), _) => pending = Some(o),
                _ => {}
            },
            _ => {}
        }
    }
    None
}

fn run(view: &View<'_>) -> Said {
    let keys = view.failing();
    let hits: Vec<_> = keys.iter().filter_map(|(key, all)| found(all).map(|hit| (key, hit))).collect();
    let Some((key, (ok, first, named))) = hits.first() else {
        return Said::quiet("no credential is refused repeatedly after a success");
    };
    let sure = if view.case.censored {
        "possible: the export was cut"
    } else if *named {
        "confirmed: the refusal names expiry or revocation"
    } else if view.case.silence(*ok, *first) > 0 {
        "possible: rows are missing between the two"
    } else {
        "likely"
    };
    Said::fired(format!("{key}: worked at {}, refused repeatedly from {} ({sure})", short(*ok), short(*first)))
        .with("keys", hits.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn o(seconds: i64, ok: bool) -> Outcome {
        Outcome { at: seconds * SECOND, ok, token: !ok, named: false }
    }

    #[test]
    fn two_refusals_after_a_success() {
        assert!(found(&[o(0, true), o(10, false), o(20, false)]).is_some());
        assert!(found(&[o(10, false), o(20, false)]).is_none());
        assert!(found(&[o(0, true), o(10, false), o(15, true), o(20, false)]).is_none());
        assert!(found(&[o(0, true), o(10, false), o(2000, false)]).is_none());
    }

    #[test]
    fn an_inline_recovery_is_no_refusal() {
        assert!(found(&[o(0, true), o(10, false), o(11, true), o(20, false), o(21, true)]).is_none());
    }
}
