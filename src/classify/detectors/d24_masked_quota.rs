//! D24: 403s that end when a quota resets.

use super::limit::Part::{Span, Text};
use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::{short, value};
use crate::classify::classes::Group;
use crate::classify::{Decided, masked};

pub const DETECTOR: Detector = Detector {
    id: "D24",
    name: "masked quota",
    finds: "403s of a host that are a quota: one of them says so, and they end at the reset",
    needs: "403s, one with a quota's words and a reset time",
    thresholds: &[(
        "end",
        &[Text("within "), Span(masked::NEAR), Text(" of the reset, then none for "), Span(masked::QUIET)],
    )],
    would_change: "bodies of the other 403s: one that names a permission would speak against it",
    run,
};

fn run(view: &View<'_>) -> Said {
    let notes = &view.case.notes;
    let spoken = notes.attempts.iter().filter(|a| a.status == Some(403) && a.class.group == Group::Quota);
    let literal = spoken.filter(|a| !a.rule.is_some_and(Decided::is_bare_refusal)).count();
    let runs = masked::runs(&notes.attempts, &notes.symbols);
    match runs.first() {
        Some(run) => Said::fired(format!(
            "{}: the 403s end at the reset of {}; {} more of them are likely the same quota, not a permission",
            value(view.text(Some(run.host))),
            short(run.reset),
            run.silent.len()
        ))
        .with("hosts", runs.len()),
        None => Said::quiet("no 403s end at a stated reset").with("quota_403s", literal),
    }
}
