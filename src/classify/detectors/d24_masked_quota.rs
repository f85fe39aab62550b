//! D24: 403s that end when a quota resets.

use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::classify::{Attempt, Sym};
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D24",
    name: "masked quota",
    finds: "403s of a host that are a quota: one of them says so, and they end at the reset",
    needs: "403s, one with a quota's words and a reset time",
    thresholds: &[("end", "within 60 s of the reset")],
    would_change: "bodies of the other 403s: one that names a permission would speak against it",
    run,
};

const NEAR: Nanos = 60 * SECOND;

fn run(view: &View<'_>) -> Said {
    let mut hosts: BTreeMap<Sym, Vec<&Attempt>> = BTreeMap::new();
    for attempt in view.case.notes.attempts.iter().filter(|a| a.status == Some(403)) {
        if let Some(host) = attempt.texts.host {
            hosts.entry(host).or_default().push(attempt);
        }
    }
    let mut masked: Vec<(String, usize, Nanos)> = Vec::new();
    let mut literal = 0;
    for (host, all) in hosts {
        let quota: Vec<&&Attempt> = all.iter().filter(|a| a.class.label.starts_with("quota.")).collect();
        literal += quota.len();
        let last = all[all.len() - 1].at;
        let reset = quota.iter().filter_map(|a| super::d07_retry_after::release(view.text(a.texts.message), a.at));
        if let Some(reset) = reset.filter(|r| (r - last).abs() <= NEAR).max() {
            let unlabelled = all.len() - quota.len();
            masked.push((view.text(Some(host)).to_owned(), unlabelled, reset));
        }
    }
    masked.sort();
    match masked.first() {
        Some((host, unlabelled, reset)) => Said::fired(format!(
            "{host}: the 403s end at the reset of {}; {unlabelled} more of them are likely the same quota, not a permission",
            short(*reset)
        )),
        None => Said::quiet("no 403s end at a stated reset").with("quota_403s", literal),
    }
}
