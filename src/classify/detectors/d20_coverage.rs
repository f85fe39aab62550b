//! D20: how much of the failures the rules understand.

use super::limit::Part::{Count, Text};
use super::view::{View, identity};
use super::{Detector, Said};

pub const DETECTOR: Detector = Detector {
    id: "D20",
    name: "coverage",
    finds: "the share of failures without a class, an identity or a host",
    needs: "failures",
    thresholds: &[("unclassified", &[Count(UNCLASSIFIED as u64), Text(" %")])],
    would_change: "rules for the texts that are unclassified",
    run,
};

/// Percent of the failures that may lack a class.
const UNCLASSIFIED: usize = 20;

fn run(view: &View<'_>) -> Said {
    let all = view.failures.len();
    if all == 0 {
        return Said::quiet("no failure");
    }
    let unclassified = view.failures.iter().filter(|a| a.class.label == "unknown.unclassified").count();
    let weak = view.failures.iter().filter(|a| identity(a).1 >= 4).count();
    let homeless = view.failures.iter().filter(|a| a.texts.host.is_none()).count();
    let text = format!("{unclassified} of {all} failures have no class, {weak} no sure identity, {homeless} no host");
    let said = if 100 * unclassified > UNCLASSIFIED * all { Said::fired(text) } else { Said::quiet(text) };
    said.with("failures", all)
        .with("unclassified", unclassified)
        .with("identity_weak", weak)
        .with("without_host", homeless)
}
