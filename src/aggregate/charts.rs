//! Counts behind the charts of a report: failures over time, per class, host and pod, and who was hit where.

use crate::finding::{Event, Kind, Origin, Role};
use crate::record::time::{self, Nanos, SECOND};
use crate::redact::Safe;
use serde::Serialize;
use std::collections::BTreeMap;

/// Widths a bucket may have, in seconds: each divides the next or a day, so that edges fall on the clock.
const STEPS: &[i64] = &[1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 86_400, 604_800];

/// Most buckets of a series: what a page or a terminal can still show.
const BUCKETS_MAX: i64 = 96;

/// Most rows of a strip or a side of the matrix; the totals say what was left out.
const ROWS_MAX: usize = 12;

/// Most change markers kept, the earliest first.
const MARKS_MAX: usize = 40;

/// Everything the charts show. Integers only; every list has a total order; every cut list says its full length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charts {
    /// Start of the first bucket, RFC 3339 in UTC.
    pub start: String,
    pub bucket_seconds: u64,
    pub buckets: usize,
    /// Failures per class and who refused, auth classes and nearby ones alike, largest total first.
    pub classes: Vec<Series>,
    pub hosts: Vec<Series>,
    /// Distinct hosts, of which `hosts` shows the ones with most failures.
    pub hosts_total: usize,
    pub pods: Vec<Series>,
    pub pods_total: usize,
    pub changes: Vec<Mark>,
    pub changes_total: usize,
    /// Failures per (host, pod) among the hosts and pods shown.
    pub scope: Vec<Cell>,
}

/// One row of counts over the common buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Series {
    pub name: Safe,
    /// `auth` or `nearby` for a class, empty for a host or pod.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub group: &'static str,
    /// Who refused, of a class; a host or pod has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    pub total: u64,
    pub counts: Vec<u64>,
}

/// A change seen in the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    pub time: String,
    /// Bucket it falls into; a change outside the failures' buckets is not marked.
    pub bucket: usize,
    pub text: Safe,
}

/// Failures of one host seen by one pod.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    pub host: Safe,
    pub pod: Safe,
    pub failed: u64,
}

/// The common time axis of all series.
#[derive(Clone, Copy)]
struct Axis {
    start: Nanos,
    step: Nanos,
    buckets: usize,
}

impl Axis {
    fn over(first: Nanos, last: Nanos) -> Axis {
        let span = last.saturating_sub(first) / SECOND + 1;
        let widest = *STEPS.last().expect("the list is not empty");
        let step = STEPS.iter().copied().find(|step| span / step < BUCKETS_MAX - 1).unwrap_or_else(|| {
            let weeks = span / (widest * (BUCKETS_MAX - 2)) + 1;
            weeks * widest
        }) * SECOND;
        let start = first.div_euclid(step) * step;
        let buckets = usize::try_from((last - start) / step).unwrap_or(0) + 1;
        Axis { start, step, buckets }
    }

    fn bucket(&self, at: Nanos) -> Option<usize> {
        let n = usize::try_from(at.checked_sub(self.start)?.div_euclid(self.step)).ok()?;
        (n < self.buckets).then_some(n)
    }
}

/// Counts per name over the axis. Ordered by name, so that ties never depend on arrival.
struct Rows<K>(BTreeMap<K, Vec<u64>>);

impl<K: Ord + Copy> Rows<K> {
    fn count(&mut self, name: K, axis: Axis, bucket: usize) {
        self.0.entry(name).or_insert_with(|| vec![0; axis.buckets])[bucket] += 1;
    }

    /// Largest first, then by name; at most `most`.
    fn finish(self, most: usize, label: impl Fn(K) -> (Safe, &'static str, Option<Origin>)) -> Vec<Series> {
        let mut rows: Vec<Series> = self
            .0
            .into_iter()
            .map(|(key, counts)| {
                let (name, group, origin) = label(key);
                Series { name, group, origin, total: counts.iter().sum(), counts }
            })
            .collect();
        rows.sort_by(|a, b| (b.total, &a.name, a.origin).cmp(&(a.total, &b.name, b.origin)));
        rows.truncate(most);
        rows
    }
}

impl Charts {
    /// Counts the events of a report, those that the report counts too: neither harmless ones nor mere forerunners.
    /// `None` when nothing failed. `nearby` tells of a class whether it is an outage or
    /// a limit rather than an auth failure.
    pub fn of(events: &[Event], nearby: impl Fn(&str) -> bool) -> Option<Charts> {
        let failures =
            || events.iter().filter(|e| e.kind != Kind::Change && matches!(e.role, Role::Root | Role::Derived));
        let first = failures().map(|e| e.at).min()?;
        let last = failures().map(|e| e.at).max()?;
        let axis = Axis::over(first, last);
        let mut classes: Rows<(&'static str, Origin)> = Rows(BTreeMap::new());
        let mut hosts: Rows<&Safe> = Rows(BTreeMap::new());
        let mut pods: Rows<&Safe> = Rows(BTreeMap::new());
        let mut pairs: BTreeMap<(&Safe, &Safe), u64> = BTreeMap::new();
        for event in failures() {
            let Some(bucket) = axis.bucket(event.at) else { continue };
            classes.count((event.class, event.origin), axis, bucket);
            if let Some(host) = &event.host {
                hosts.count(host, axis, bucket);
            }
            if let Some(pod) = &event.pod {
                pods.count(pod, axis, bucket);
            }
            if let (Some(host), Some(pod)) = (&event.host, &event.pod) {
                *pairs.entry((host, pod)).or_default() += 1;
            }
        }
        let (hosts_total, pods_total) = (hosts.0.len(), pods.0.len());
        let group = |class: &str| if nearby(class) { "nearby" } else { "auth" };
        let classes = classes.finish(usize::MAX, |(class, origin)| (Safe::own(class), group(class), Some(origin)));
        let hosts = hosts.finish(ROWS_MAX, |host| (host.clone(), "", None));
        let pods = pods.finish(ROWS_MAX, |pod| (pod.clone(), "", None));
        let shown = |rows: &[Series], name: &Safe| rows.iter().any(|r| r.name == *name);
        let scope = pairs
            .into_iter()
            .filter(|((host, pod), _)| shown(&hosts, host) && shown(&pods, pod))
            .map(|((host, pod), failed)| Cell { host: host.clone(), pod: pod.clone(), failed })
            .collect();
        let (changes, changes_total) = marks(events, axis);
        Some(Charts {
            start: time::format(axis.start),
            bucket_seconds: u64::try_from(axis.step / SECOND).unwrap_or(0),
            buckets: axis.buckets,
            classes,
            hosts,
            hosts_total,
            pods,
            pods_total,
            changes,
            changes_total,
            scope,
        })
    }
}

fn marks(events: &[Event], axis: Axis) -> (Vec<Mark>, usize) {
    let mut changes: Vec<&Event> =
        events.iter().filter(|e| e.kind == Kind::Change && axis.bucket(e.at).is_some()).collect();
    changes.sort_by_key(|e| (e.at, e.locator));
    let total = changes.len();
    let marks = changes
        .into_iter()
        .take(MARKS_MAX)
        .filter_map(|e| Some(Mark { time: time::format(e.at), bucket: axis.bucket(e.at)?, text: e.message.clone() }));
    (marks.collect(), total)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::finding::{Attachment, Confidence, Credential, Locator, Origin};
    use crate::redact::Safe;

    /// A failed attempt at `at` seconds.
    pub fn event(at: i64, kind: Kind, class: &'static str, host: &str, pod: &str) -> Event {
        let some = |text: &str| (!text.is_empty()).then(|| Safe::own(text));
        Event {
            at: at * SECOND,
            locator: Locator { input: 0, offset: at as u64 * 10, length: 9, line: at as u64 + 1 },
            kind,
            class,
            subtype: None,
            origin: Origin::Upstream,
            role: if class.starts_with("request.") { Role::Negative } else { Role::Root },
            confidence: Confidence::Likely,
            status: Some(401),
            tunnel: false,
            host: some(host),
            method: some("GET"),
            path: some("/v1"),
            pod: some(pod),
            service: None,
            thread: None,
            execution: None,
            tool: None,
            secret_ref: None,
            credential: Credential { state: Attachment::Attached, names: vec![], locations: vec![] },
            identity: None,
            message: Safe::own("text"),
        }
    }

    /// Whether a class of these tests is an outage.
    pub fn outage(class: &str) -> bool {
        class.starts_with("avail.")
    }

    #[test]
    fn every_failure_is_counted_once_per_view() {
        let events = [
            event(0, Kind::Attempt, "upstream.token-invalid", "a", "p"),
            event(59, Kind::Attempt, "upstream.token-invalid", "a", "q"),
            event(30, Kind::Change, "change", "", ""),
            event(95, Kind::Attempt, "avail.timeout", "b", ""),
            event(96, Kind::Attempt, "request.benign-match", "b", ""),
        ];
        let charts = Charts::of(&events, outage).expect("charts");
        assert_eq!((charts.bucket_seconds, charts.buckets), (5, 20));
        assert_eq!(
            charts.classes.iter().map(|s| (s.name.as_str(), s.group, s.total)).collect::<Vec<_>>(),
            [("upstream.token-invalid", "auth", 2), ("avail.timeout", "nearby", 1)]
        );
        assert_eq!(charts.hosts.iter().map(|s| s.total).sum::<u64>(), 3);
        assert_eq!(charts.scope.len(), 2);
        assert_eq!(charts.changes[0].bucket, 6);
    }

    #[test]
    fn the_axis_never_has_too_many_buckets() {
        for span in [0, 1, 94, 95, 96, 5000, 86_400, 40_000_000, 9_000_000_000] {
            let axis = Axis::over(0, span * SECOND);
            assert!(axis.buckets <= BUCKETS_MAX as usize, "{span}: {}", axis.buckets);
            assert_eq!(axis.bucket(span * SECOND), Some(axis.buckets - 1));
        }
    }

    #[test]
    fn arrival_order_does_not_matter_and_nothing_makes_nothing() {
        let mut events: Vec<Event> = (0..50)
            .map(|n| event(n * 7, Kind::Attempt, "upstream.token-invalid", ["a", "b", "c"][n as usize % 3], "p"))
            .collect();
        let one = Charts::of(&events, outage);
        events.reverse();
        assert_eq!(one, Charts::of(&events, outage));
        assert_eq!(Charts::of(&[], outage), None);
    }
}
