//! Charts: small inline drawings of numbers that also stand in tables.
//!
//! Belongs here: turning counts of the model into SVG. Elsewhere: the counts ([`crate::aggregate::charts`]).
//!
//! Every drawing is plain elements with presentation attributes: it shows without styles and without script, in the text
//! colour of the page or in colours that stand out from light and dark ground. Nothing is told by colour alone. Each mark
//! has a title.

mod bars;
mod cliff;
mod matrix;
mod palette;
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
const WIDTH: i64 = 900;
/// Free edge on both sides of a time axis.
const EDGE: i64 = 8;
/// Room for names on the left, where they stand beside their row.
const LEFT: i64 = 270;
/// Characters of a name that fit there.
const NAME: usize = 36;

/// The instant where bucket `n` begins, as people write it.
fn bucket_time(charts: &Charts, n: usize) -> String {
    let start = time::parse(&charts.start).unwrap_or(0);
    let step = i64::try_from(charts.bucket_seconds).unwrap_or(0).saturating_mul(SECOND);
    super::zone::utc(&time::format(start.saturating_add(step.saturating_mul(n as i64))), false)
}

/// Left edge of bucket `n`; the right edge of the drawing for the one after the last.
fn bucket_x(charts: &Charts, n: usize) -> i64 {
    EDGE + (WIDTH - 2 * EDGE) * n as i64 / charts.buckets.max(1) as i64
}

/// Parts of a time axis.
const PARTS: [usize; 5] = [6, 5, 4, 7, 3];

/// The time axis: from the first bucket's start to the last one's end, in equal parts where that can be. The date stands
/// under the clock where it begins.
fn axis(svg: &mut Svg, charts: &Charts, y: i64) {
    svg.line(EDGE, y, WIDTH - EDGE, y, 1);
    let buckets = charts.buckets.max(1);
    let parts = PARTS.into_iter().find(|n| buckets.is_multiple_of(*n)).unwrap_or(4).min(buckets);
    let mut shown = String::new();
    for part in 0..=parts {
        let n = buckets * part / parts;
        let (x, at) = (bucket_x(charts, n), bucket_time(charts, n));
        let (date, clock) = (at.get(..10).unwrap_or(""), at.get(11..).unwrap_or("").trim_end_matches('Z'));
        let clock = if charts.bucket_seconds >= 60 { clock.get(..5).unwrap_or(clock) } else { clock };
        let anchor = if part == 0 {
            "start"
        } else if part == parts {
            "end"
        } else {
            "middle"
        };
        svg.line(x, y, x, y + 5, 1);
        svg.text(x, y + 19, clock, anchor, 13);
        if date != shown {
            let date = if part == 0 { format!("{date} UTC") } else { date.to_owned() };
            svg.text(x, y + 35, &date, anchor, 13);
            at.get(..10).unwrap_or("").clone_into(&mut shown);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aggregate::charts::tests::{charts, event};
    use crate::finding::Kind;

    #[test]
    fn drawings_hold_no_markup_of_the_evidence() {
        let hostile = "\"><script>alert(1)</script>\u{202e}";
        let mut events: Vec<_> =
            (0..40).map(|n| event(n * 60, Kind::Attempt, "upstream.token-invalid", hostile, hostile)).collect();
        events.push(event(100, Kind::Change, "change", "", ""));
        events.push(event(130, Kind::Attempt, "avail.timeout", "b", "q"));
        let charts = charts(&events).expect("charts");
        for svg in [bars(&charts), strip(&charts, &charts.hosts, "host"), matrix(&charts)] {
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
            assert!(!svg.contains("<script") && !svg.contains('\u{202e}') && !svg.contains("style="), "{svg}");
            assert!(svg.contains("<title") && svg.contains("role=\"img\""));
        }
    }
}
