//! Counts behind the charts of a report: failures over time, per class, host and pod, and who was hit where.

use crate::finding::{Locator, Origin};
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

impl<K: Ord + Clone> Rows<K> {
    fn count(&mut self, name: &K, axis: Axis, bucket: usize) {
        match self.0.get_mut(name) {
            Some(counts) => counts[bucket] += 1,
            None => self.0.entry(name.clone()).or_insert_with(|| vec![0; axis.buckets])[bucket] = 1,
        }
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

/// An attempt that a report counts as failed: neither a harmless one nor a mere forerunner.
pub struct Failure {
    pub at: Nanos,
    pub class: &'static str,
    pub origin: Origin,
    pub host: Option<Safe>,
    pub pod: Option<Safe>,
}

/// A change, as a mark may name it.
pub struct Change {
    pub at: Nanos,
    pub locator: Locator,
    pub text: Safe,
}

/// Charts in the making. Failures are counted one by one, so that memory follows the charts and not the failures.
pub struct Counting {
    axis: Axis,
    classes: Rows<(&'static str, Origin)>,
    hosts: Rows<Safe>,
    pods: Rows<Safe>,
    /// Failures per host and pod.
    pairs: BTreeMap<Safe, BTreeMap<Safe, u64>>,
    changes: Vec<Change>,
}

impl Counting {
    /// Counts failures at these instants; `None` when nothing failed.
    pub fn over(instants: impl Iterator<Item = Nanos>) -> Option<Counting> {
        let (first, last) = instants.fold(None, |span: Option<(Nanos, Nanos)>, at| {
            Some(span.map_or((at, at), |(first, last)| (first.min(at), last.max(at))))
        })?;
        Some(Counting {
            axis: Axis::over(first, last),
            classes: Rows(BTreeMap::new()),
            hosts: Rows(BTreeMap::new()),
            pods: Rows(BTreeMap::new()),
            pairs: BTreeMap::new(),
            changes: Vec::new(),
        })
    }

    pub fn failure(&mut self, failure: &Failure) {
        let Some(bucket) = self.axis.bucket(failure.at) else { return };
        self.classes.count(&(failure.class, failure.origin), self.axis, bucket);
        if let Some(host) = &failure.host {
            self.hosts.count(host, self.axis, bucket);
        }
        if let Some(pod) = &failure.pod {
            self.pods.count(pod, self.axis, bucket);
        }
        if let (Some(host), Some(pod)) = (&failure.host, &failure.pod) {
            match self.pairs.get_mut(host).and_then(|pods| pods.get_mut(pod)) {
                Some(failed) => *failed += 1,
                None => _ = self.pairs.entry(host.clone()).or_default().insert(pod.clone(), 1),
            }
        }
    }

    /// A change outside the failures' buckets is not marked.
    pub fn change(&mut self, change: Change) {
        if self.axis.bucket(change.at).is_some() {
            self.changes.push(change);
        }
    }

    /// `nearby` tells of a class whether it is an outage or a limit rather than an auth failure.
    pub fn finish(self, nearby: impl Fn(&str) -> bool) -> Charts {
        let Counting { axis, classes, hosts, pods, pairs, mut changes } = self;
        let (hosts_total, pods_total) = (hosts.0.len(), pods.0.len());
        let group = |class: &str| if nearby(class) { "nearby" } else { "auth" };
        let classes = classes.finish(usize::MAX, |(class, origin)| (Safe::own(class), group(class), Some(origin)));
        let hosts = hosts.finish(ROWS_MAX, |host| (host, "", None));
        let pods = pods.finish(ROWS_MAX, |pod| (pod, "", None));
        let shown = |rows: &[Series], name: &Safe| rows.iter().any(|r| r.name == *name);
        let mut scope = Vec::new();
        for (host, failed) in pairs.into_iter().filter(|(host, _)| shown(&hosts, host)) {
            let cell = |(pod, failed)| Cell { host: host.clone(), pod, failed };
            scope.extend(failed.into_iter().filter(|(pod, _)| shown(&pods, pod)).map(cell));
        }
        changes.sort_by_key(|change| (change.at, change.locator));
        let changes_total = changes.len();
        changes.truncate(MARKS_MAX);
        let mark = |c: Change| Some(Mark { time: time::format(c.at), bucket: axis.bucket(c.at)?, text: c.text });
        Charts {
            start: time::format(axis.start),
            bucket_seconds: u64::try_from(axis.step / SECOND).unwrap_or(0),
            buckets: axis.buckets,
            classes,
            hosts,
            hosts_total,
            pods,
            pods_total,
            changes: changes.into_iter().filter_map(mark).collect(),
            changes_total,
            scope,
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::finding::{Attachment, Confidence, Credential, Event, Kind, Role};

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

    /// The charts of a report with these events.
    pub fn charts(events: &[Event]) -> Option<Charts> {
        let failed = || events.iter().filter(|e| e.kind != Kind::Change && e.role == Role::Root);
        let mut charts = Counting::over(failed().map(|e| e.at))?;
        for Event { at, class, origin, host, pod, .. } in failed().cloned() {
            charts.failure(&Failure { at, class, origin, host, pod });
        }
        for Event { at, locator, message, .. } in events.iter().filter(|e| e.kind == Kind::Change).cloned() {
            charts.change(Change { at, locator, text: message });
        }
        Some(charts.finish(outage))
    }

    /// Whether a class of these tests is an outage.
    fn outage(class: &str) -> bool {
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
        let charts = charts(&events).expect("charts");
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
        let one = charts(&events);
        events.reverse();
        assert_eq!(one, charts(&events));
        assert_eq!(charts(&[]), None);
    }
}
