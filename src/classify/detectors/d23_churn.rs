//! D23: a credential that changes again and again.

use super::limit::Part::{Count, Span, Text};
use super::limit::span;
use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::{short, value};
use crate::classify::cliproxy::What;
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D23",
    name: "token churn",
    finds: "a credential file that is written again and again in a short time: a login loop or two writers",
    needs: "watcher lines (debug); logs carry no token fingerprints, so writes stand in for tokens",
    thresholds: &[("writes", &[Count(WRITES as u64), Text(" within "), Span(WINDOW)])],
    would_change: "fingerprints of the tokens: a file may be rewritten without a new token",
    run,
};

const WRITES: usize = 3;
const WINDOW: Nanos = 600 * SECOND;

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let mut writes: BTreeMap<(&str, &str), Vec<Nanos>> = BTreeMap::new();
    for (_, fact, file) in story.each(|w| match w {
        What::FileChanged { file } => Some(&**file),
        _ => None,
    }) {
        let times = writes.entry((&fact.place, file)).or_default();
        // One write leaves several notifications.
        if times.last().is_none_or(|at| fact.at - at > 2 * SECOND) {
            times.push(fact.at);
        }
    }
    let churn = writes.iter().filter_map(|((place, file), times)| {
        times.windows(WRITES).find(|w| w[WRITES - 1] - w[0] <= WINDOW).map(|w| (place, file, w[0]))
    });
    let all: Vec<_> = churn.collect();
    match all.first() {
        Some((place, file, at)) => Said::fired(format!(
            "{} was written {WRITES} times within {} on {}, from {}",
            value(file),
            span(WINDOW),
            value(place),
            short(*at)
        ))
        .with("files", all.len()),
        None => Said::quiet("no credential file is written again and again").with("files_written", writes.len()),
    }
}
