//! D21: an operator, or a stranger, locked out of the management API.

use super::limit::Part::{Count, Span, Text};
use super::limit::span;
use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::{short, value};
use crate::classify::cliproxy::What;
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;

pub const DETECTOR: Detector = Detector {
    id: "D21",
    name: "management lockout",
    finds: "refused management calls of one address, then a ban",
    needs: "access lines of management paths",
    thresholds: &[
        ("refusals", &[Count(REFUSALS as u64), Text(" from one address")]),
        ("ban", &[Text("403 within "), Span(BAN), Text(" of the last of them")]),
    ],
    would_change: "a reverse proxy in front: then all clients share one address",
    run,
};

/// Refusals in a row that lead to a ban.
const REFUSALS: usize = 5;
const BAN: Nanos = 30 * 60 * SECOND;

/// Refusals and the ban, by place and address.
type Doors<'c> = BTreeMap<(&'c str, &'c str), (Vec<Nanos>, Option<Nanos>)>;

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let mut by: Doors<'_> = BTreeMap::new();
    for (_, fact, access) in story.each(|w| match w {
        What::Access(a) if a.management().is_some() => Some(a),
        _ => None,
    }) {
        let entry = by.entry((&fact.place, &access.client)).or_default();
        match access.status {
            401 => entry.0.push(fact.at),
            403 if entry.0.len() >= REFUSALS && entry.1.is_none() && fact.at - entry.0[REFUSALS - 1] <= BAN => {
                entry.1 = Some(fact.at)
            }
            200..=299 => entry.0.clear(),
            _ => {}
        }
    }
    let banned: Vec<_> = by.iter().filter_map(|((place, client), (_, at))| at.map(|at| (place, client, at))).collect();
    let refused = by.values().filter(|(times, _)| !times.is_empty()).count();
    match banned.first() {
        Some((place, client, at)) => {
            let many = if banned.len() > 2 { "; several addresses, so rather a scan than an operator" } else { "" };
            Said::fired(format!(
                "{} was banned on {} by {} after {REFUSALS} refused keys, for {}{many}",
                value(client),
                value(place),
                short(*at),
                span(BAN)
            ))
            .with("addresses", banned.len())
        }
        None => Said::quiet("no address was banned").with("addresses_refused", refused),
    }
}
