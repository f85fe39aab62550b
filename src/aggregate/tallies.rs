//! The counts of a report: failed attempts by status and who answered, findings by class.

use crate::finding::{Origin, Role};
use crate::record::time::Nanos;
use std::collections::{BTreeMap, BTreeSet};

/// Who gave the answer. Tunnels are counted apart, whoever answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Upstream,
    Proxy,
    Tunnel,
    Unknown,
}

/// Failed attempts with one status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusTally {
    pub upstream: u64,
    pub proxy: u64,
    pub tunnel: u64,
    pub unknown: u64,
    pub first: Option<Nanos>,
    pub last: Option<Nanos>,
    /// Raw hosts, to be redacted.
    pub hosts: BTreeSet<String>,
}

/// Statuses that are listed even when nothing has them.
pub const ALWAYS: [u16; 3] = [401, 403, 503];

/// All statuses, ascending.
#[derive(Debug, Clone)]
pub struct Statuses {
    pub by: BTreeMap<u16, StatusTally>,
}

impl Default for Statuses {
    fn default() -> Self {
        Statuses { by: ALWAYS.iter().map(|status| (*status, StatusTally::default())).collect() }
    }
}

impl Statuses {
    pub fn observe(&mut self, status: u16, by: By, at: Nanos, host: &str) {
        let tally = self.by.entry(status).or_default();
        *match by {
            By::Upstream => &mut tally.upstream,
            By::Proxy => &mut tally.proxy,
            By::Tunnel => &mut tally.tunnel,
            By::Unknown => &mut tally.unknown,
        } += 1;
        tally.first = Some(tally.first.map_or(at, |first| first.min(at)));
        tally.last = tally.last.max(Some(at));
        if !host.is_empty() && !tally.hosts.contains(host) {
            tally.hosts.insert(host.to_owned());
        }
    }
}

/// Attempts and episodes by class, origin and role.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    pub by: BTreeMap<(Role, &'static str, Origin), (u64, u64)>,
}

impl Classes {
    pub fn observe(&mut self, class: &'static str, origin: Origin, role: Role, attempts: u64, episodes: u64) {
        let tally = self.by.entry((role, class, origin)).or_default();
        tally.0 += attempts;
        tally.1 += episodes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_statuses_are_always_there() {
        let mut all = Statuses::default();
        all.observe(502, By::Tunnel, 7, "h");
        assert_eq!(all.by.keys().copied().collect::<Vec<_>>(), [401, 403, 502, 503]);
        assert_eq!((all.by[&502].tunnel, all.by[&502].first), (1, Some(7)));
    }
}
