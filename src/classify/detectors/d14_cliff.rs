//! D14: credentials that lapse together.

use super::limit::Part::{Count, Span, Text};
use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::record::time::{Nanos, SECOND};

pub const DETECTOR: Detector = Detector {
    id: "D14",
    name: "expiry cliff",
    finds: "an hour or a day in which many credentials lapse",
    needs: "credential files (--auths) and an as-of instant",
    thresholds: &[
        ("credentials", &[Count(FEWEST as u64)]),
        ("share of the live set", &[Count(SHARE as u64), Text(" %")]),
        ("windows", &[Span(WINDOWS[0].1), Text(" and "), Span(WINDOWS[1].1)]),
    ],
    would_change: "opaque refresh tokens have no readable lifetime, so some lapses are unknown",
    run,
};

const FEWEST: usize = 3;
/// Percent of the credentials that live.
const SHARE: usize = 30;
const WINDOWS: [(&str, Nanos); 2] = [("hour", 3600 * SECOND), ("day", 86400 * SECOND)];

/// The densest window: its beginning and its members.
fn densest(lapses: &[Nanos], window: Nanos) -> Option<(Nanos, usize)> {
    let mut from = 0;
    let mut best = None;
    for (n, at) in lapses.iter().enumerate() {
        while at - lapses[from] >= window {
            from += 1;
        }
        if best.is_none_or(|(_, size)| n + 1 - from > size) {
            best = Some((lapses[from], n + 1 - from));
        }
    }
    best
}

fn run(view: &View<'_>) -> Said {
    let Some(as_of) = view.case.as_of.or(view.span().map(|(_, end)| end)) else {
        return Said::quiet("no as-of instant");
    };
    if view.outside.files.is_empty() {
        return Said::quiet("no credential files were given");
    }
    let mut lapses: Vec<Nanos> =
        view.outside.files.iter().filter_map(|f| f.lapses_at).filter(|at| *at > as_of).collect();
    lapses.sort_unstable();
    let live = view
        .outside
        .files
        .iter()
        .filter(|f| f.expires_at.is_none_or(|e| e > as_of) || f.lapses_at.is_some_and(|l| l > as_of))
        .count();
    let unknown = live.saturating_sub(lapses.len());
    for (name, window) in WINDOWS {
        if let Some((at, size)) = densest(&lapses, window)
            && size >= FEWEST
            && 100 * size >= SHARE * live
        {
            return Said::fired(format!(
                "{size} of {live} live credentials lapse within one {name} from {}",
                short(at)
            ))
            .with("unknown", unknown);
        }
    }
    Said::quiet("no hour or day in which many credentials lapse")
        .with("lapses_known", lapses.len())
        .with("unknown", unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_densest_window_wins() {
        let at = |h: &[i64]| h.iter().map(|h| h * 3600 * SECOND).collect::<Vec<_>>();
        assert_eq!(densest(&at(&[1, 10, 11, 12, 40]), 3 * 3600 * SECOND), Some((10 * 3600 * SECOND, 3)));
        assert_eq!(densest(&[], SECOND), None);
    }
}
