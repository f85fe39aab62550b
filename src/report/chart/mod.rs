//! Charts: small inline drawings of numbers that also stand in tables.
//!
//! Belongs here: turning counts of the model into SVG. Elsewhere: the counts ([`crate::aggregate::charts`]).
//!
//! Every drawing is plain elements with presentation attributes: it shows without styles and without script, in the text
//! colour of the page, on light and on dark ground. Nothing is told by colour alone. Each mark has a title.

mod bars;
mod cliff;
mod matrix;
mod radius;
mod strip;
mod svg;

pub use bars::bars;
pub use cliff::cliff;
pub use matrix::matrix;
pub use radius::{REACH, radius};
pub use strip::strip;

use crate::aggregate::charts::Charts;
use crate::record::time::{self, SECOND};
use svg::Svg;

/// Width of every drawing.
const WIDTH: i64 = 960;
/// Room for names on the left and totals on the right.
const LEFT: i64 = 250;
const RIGHT: i64 = 70;
/// Characters of a name that fit on the left.
const NAME: usize = 36;

/// The instant where bucket `n` begins, as people write it.
fn bucket_time(charts: &Charts, n: usize) -> String {
    let start = time::parse(&charts.start).unwrap_or(0);
    let step = i64::try_from(charts.bucket_seconds).unwrap_or(0).saturating_mul(SECOND);
    super::zone::utc(&time::format(start.saturating_add(step.saturating_mul(n as i64))), false)
}

/// Left edge of bucket `n`.
fn bucket_x(charts: &Charts, n: usize) -> i64 {
    LEFT + (WIDTH - LEFT - RIGHT) * n as i64 / charts.buckets.max(1) as i64
}

/// The time axis: a few instants under a line.
fn axis(svg: &mut Svg, charts: &Charts, y: i64) {
    svg.line(LEFT, y, WIDTH - RIGHT, y, 1);
    let marks = charts.buckets.clamp(1, 4);
    for mark in 0..marks {
        let n = charts.buckets * mark / marks;
        let (x, label) = (bucket_x(charts, n), bucket_time(charts, n));
        svg.line(x, y, x, y + 4, 1);
        svg.text(x, y + 17, &label, "start", 11);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::charts::tests::event;
    use crate::finding::Kind;

    #[test]
    fn drawings_hold_no_markup_of_the_evidence() {
        let hostile = "\"><script>alert(1)</script>\u{202e}";
        let mut events: Vec<_> =
            (0..40).map(|n| event(n * 60, Kind::Attempt, "upstream.token-invalid", hostile, hostile)).collect();
        events.push(event(100, Kind::Change, "change", "", ""));
        events.push(event(130, Kind::Attempt, "avail.timeout", "b", "q"));
        let charts = Charts::of(&events, |_| false).expect("charts");
        for svg in [bars(&charts), strip(&charts, &charts.hosts, "host"), matrix(&charts)] {
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
            assert!(!svg.contains("<script") && !svg.contains('\u{202e}') && !svg.contains("style="), "{svg}");
            assert!(svg.contains("<title") && svg.contains("role=\"img\""));
        }
    }
}
