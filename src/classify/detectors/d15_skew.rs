//! D15: how far a clock is off, as an interval.

use super::limit::Part::{Count, Span, Text};
use super::view::{EPISODE, View};
use super::{Detector, Said};
use crate::classify::Sym;
use crate::classify::claims::value;
use crate::classify::classes as c;
use crate::classify::join::{self, Call, Pair};
use crate::record::time::{self, Nanos, SECOND};
use std::collections::{BTreeMap, BTreeSet};

pub const DETECTOR: Detector = Detector {
    id: "D15",
    name: "clock skew",
    finds: "the interval of a clock's offset, per pod or node",
    needs: "errors that print both clocks, lines that carry their own clock beside _time, or failing tool calls that node and API both log",
    thresholds: &[
        ("samples", &[Count(AGREE as u64), Text(" that agree, or one error with both clocks")]),
        ("excluded", &[Text("±"), Span(NORMAL)]),
    ],
    would_change: "_time that is the ingestion time: then the offset includes the delay of the collector",
    run,
};

/// Samples that have to overlap.
const AGREE: usize = 3;
const NORMAL: Nanos = 30 * SECOND;

/// Where most samples overlap: the interval, and how many samples hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    pub low: Nanos,
    pub high: Nanos,
    pub samples: usize,
}

/// Marzullo's algorithm over closed intervals, in integer nanoseconds.
pub fn marzullo(samples: &[(Nanos, Nanos)]) -> Option<Overlap> {
    let mut edges: Vec<(Nanos, i8)> = samples.iter().flat_map(|(low, high)| [(*low, -1), (*high, 1)]).collect();
    edges.sort_unstable();
    let (mut open, mut best): (usize, Option<Overlap>) = (0, None);
    for (n, (at, edge)) in edges.iter().enumerate() {
        if *edge < 0 {
            open += 1;
            if best.is_none_or(|b| open > b.samples)
                && let Some((high, _)) = edges.get(n + 1)
            {
                best = Some(Overlap { low: *at, high: *high, samples: open });
            }
        } else {
            open = open.saturating_sub(1);
        }
    }
    best
}

/// Server minus client, from an error that prints both: `Signature expired: C is now earlier than X (S - 5 min.)`.
fn both_clocks(text: &str) -> Option<Nanos> {
    let (_, rest) =
        text.split_once("Signature expired: ").or_else(|| text.split_once("Signature not yet current: "))?;
    let client = basic(rest.split(' ').next()?)?;
    let (_, rest) = rest.split_once('(')?;
    let server = basic(rest.split(' ').next()?)?;
    Some(server - client)
}

/// `20260221T120000Z`.
fn basic(stamp: &str) -> Option<Nanos> {
    let s = stamp;
    if s.len() != 16 || !s.is_ascii() {
        return None;
    }
    time::parse(&format!("{}-{}-{}T{}:{}:{}Z", &s[0..4], &s[4..6], &s[6..8], &s[9..11], &s[11..13], &s[13..15]))
}

/// A zone is a multiple of a quarter of an hour; what is left is the clock.
const QUARTER: i64 = 900;

fn run(view: &View<'_>) -> Said {
    let mut samples: BTreeMap<&str, Vec<(Nanos, Nanos)>> = BTreeMap::new();
    for fact in &view.case.notes.cliproxy.story.facts {
        if let Some(offset) = fact.clock_offset {
            let rest = (offset + QUARTER / 2).rem_euclid(QUARTER) - QUARTER / 2;
            // The line's clock is cut to whole seconds, so the true offset is up to a second more.
            samples.entry(&fact.place).or_default().push((rest * SECOND, (rest + 2) * SECOND));
        }
    }
    let mut exact: Vec<(String, Nanos)> = Vec::new();
    for attempt in view.case.notes.attempts.iter().filter(|a| a.class == &c::CLOCK_SKEW) {
        if let Some(skew) = both_clocks(view.text(attempt.texts.message)) {
            exact.push((view.text(attempt.texts.pod).to_owned(), skew));
        }
    }
    exact.sort();
    if let Some((pod, skew)) = exact.iter().find(|(_, skew)| skew.abs() > NORMAL) {
        return Said::fired(format!(
            "{}: the other side's clock is {:+.0} s from ours, by an error that prints both",
            value(pod),
            *skew as f64 / SECOND as f64
        ))
        .with("error_pairs", exact.len());
    }
    if let Some(said) = by_tool_calls(view) {
        return said;
    }
    let overlaps = samples.iter().filter_map(|(place, all)| marzullo(all).map(|o| (*place, o, all.len())));
    let off =
        overlaps.filter(|(_, o, n)| o.samples >= AGREE && 2 * o.samples > *n && (o.low > NORMAL || o.high < -NORMAL));
    let worst = off.max_by_key(|(place, o, _)| (o.low.abs().min(o.high.abs()), std::cmp::Reverse(*place)));
    match worst {
        Some((place, o, n)) => Said::fired(format!(
            "{}: the process's clock differs from _time by [{:.2}, {:.2}] s beyond its zone",
            value(place),
            o.low as f64 / SECOND as f64,
            o.high as f64 / SECOND as f64
        ))
        .with("samples", o.samples)
        .with("outliers", n - o.samples),
        None => {
            Said::quiet("no clock is shown to be off").with("places", samples.len()).with("error_pairs", exact.len())
        }
    }
}

/// Rows of one tool call are written within this time of each other.
const DELAY: Nanos = 2 * SECOND;

/// A node whose clock errors doubt, by the tool calls that node and API logged meanwhile.
fn by_tool_calls(view: &View<'_>) -> Option<Said> {
    let mut doubted: BTreeMap<&str, (Sym, Nanos, Nanos, BTreeSet<Call>)> = BTreeMap::new();
    for a in view.case.notes.attempts.iter().filter(|a| a.class == &c::CLOCK_SKEW) {
        let Some(node) = a.texts.node else { continue };
        let span = doubted.entry(view.text(Some(node))).or_insert((node, a.at, a.at, BTreeSet::new()));
        (span.1, span.2) = (span.1.min(a.at), span.2.max(a.at));
        span.3.extend(a.texts.thread.zip(a.texts.tool));
    }
    let pairs = join::pairs(&view.case.notes.joins);
    let measured = doubted.into_iter().filter_map(|(name, (node, from, until, calls))| {
        let near =
            |p: &&Pair| p.node == node && calls.contains(&p.call) && p.at >= from - EPISODE && p.at <= until + EPISODE;
        let samples: Vec<(Nanos, Nanos)> = pairs.iter().filter(near).map(|p| (p.offset, p.offset + DELAY)).collect();
        marzullo(&samples).map(|o| (name, o, samples.len()))
    });
    let off =
        measured.filter(|(_, o, n)| o.samples >= AGREE && 2 * o.samples > *n && (o.low > NORMAL || o.high < -NORMAL));
    let (name, o, n) = off.max_by_key(|(name, o, _)| (o.low.abs().min(o.high.abs()), std::cmp::Reverse(*name)))?;
    let said = Said::fired(format!(
        "node {}: its clock is [{:.2}, {:.2}] s from the API's, by {} tool calls that both logged",
        value(name),
        o.low as f64 / SECOND as f64,
        o.high as f64 / SECOND as f64,
        o.samples
    ));
    Some(said.with("samples", o.samples).with("outliers", n - o.samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(low: i64, high: i64) -> (Nanos, Nanos) {
        (low * 1_000_000, high * 1_000_000)
    }

    #[test]
    fn golden_interval() {
        // Three HTTP dates, each cut to a second, around an offset of 300 s.
        let o = marzullo(&[ms(299_500, 300_600), ms(299_700, 300_900), ms(299_200, 300_800)]).expect("an overlap");
        assert_eq!((o.low, o.high, o.samples), (299_700_000_000, 300_600_000_000, 3));
    }

    #[test]
    fn an_outlier_does_not_move_the_majority() {
        let o = marzullo(&[ms(0, 10), ms(5, 12), ms(900, 910)]).expect("an overlap");
        assert_eq!((o.low, o.high, o.samples), (5_000_000, 10_000_000, 2));
        assert_eq!(marzullo(&[]), None);
    }

    #[test]
    fn an_error_with_both_clocks_is_exact() {
        let text =
            "Signature expired: 20260221T120000Z is now earlier than 20260221T120846Z (20260221T121346Z - 5 min.)";
        assert_eq!(both_clocks(text), Some(826 * SECOND));
    }
}
