//! D16: what this export cannot show. The audit itself stands in `scope.completeness`; here it is said as a detector.

use super::limit::Part::{By, Count, Span, Text};
use super::view::{View, count, duration};
use super::{Detector, Said};
use crate::classify::completeness::{EXPECTED_MIN, ROUND, SILENCE};
use crate::record::time::{self, Nanos};

pub const DETECTOR: Detector = Detector {
    id: "D16",
    name: "completeness",
    finds: "exports that were sampled, cut to the newest rows, or end at a usual limit",
    needs: "the rows as exported, their number and their order",
    thresholds: &[
        ("limits", &[By(limits), Text(" rows")]),
        ("silence", &[Span(SILENCE), Text(" and "), Count(EXPECTED_MIN), Text(" expected rows")]),
    ],
    would_change: "an export without a limit; its notes and gaps are listed in scope.completeness",
    run,
};

fn limits() -> String {
    ROUND.map(|limit| limit.to_string()).join(", ")
}

fn run(view: &View<'_>) -> Said {
    let Some((first, last)) = view.span() else { return Said::quiet("no rows") };
    let lines: u64 = view.case.inputs.iter().map(|i| i.lines).sum();
    let said = if view.case.censored {
        Said::fired("the export was sampled or cut: no first failure, no rate and no recovery may be claimed")
    } else if !view.case.gaps.is_empty() {
        let silent: Nanos = view.case.gaps.iter().map(|(from, to)| to - from).sum();
        Said::quiet(format!(
            "no sign of a limit at export; every stream is silent for {} in {}: nothing is known of that time",
            duration(silent),
            count(view.case.gaps.len(), "gap", "gaps")
        ))
    } else {
        Said::quiet("no sign of a limit at export; outside its span nothing is known")
    };
    said.with("first", time::format(first)).with("last", time::format(last)).with("lines", lines)
}
