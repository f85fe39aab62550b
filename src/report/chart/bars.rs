//! Failures over time: one row of bars per class and origin on one time axis, change markers across all rows.

use super::palette::color;
use super::svg::Svg;
use super::{EDGE, NAME, WIDTH, axis, bucket_time, bucket_x};
use crate::aggregate::charts::{Charts, Mark, Series};
use crate::report::page::grouped;
use crate::report::sections::words;

const ROW: i64 = 62;
const BAR: i64 = 34;
/// Height of one lane of marker labels.
const LANE: i64 = 16;
/// Lanes of marker labels; a label that finds no room in them is left to the marker's title.
const LANES: usize = 3;
/// Rows drawn; the table has all.
const ROWS_MAX: usize = 12;
/// Change markers drawn; crowded markers say nothing.
const MARKS_MAX: usize = 24;

/// Changes with their 1-based numbers; those of one bucket share a line.
fn by_bucket(charts: &Charts) -> Vec<Vec<(usize, &Mark)>> {
    let numbered: Vec<(usize, &Mark)> = charts.changes.iter().enumerate().map(|(n, mark)| (n + 1, mark)).collect();
    numbered.chunk_by(|(_, a), (_, b)| a.bucket == b.bucket).map(<[_]>::to_vec).collect()
}

/// One marker: where it stands, what it is called, which lane has room for that.
struct Marker {
    x: i64,
    label: String,
    title: String,
    lane: Option<usize>,
}

fn markers(charts: &Charts) -> Vec<Marker> {
    let mut ends = [i64::MIN; LANES];
    let mut out = Vec::new();
    for marks in by_bucket(charts).iter().take(MARKS_MAX) {
        let [(first, mark), ..] = marks.as_slice() else { continue };
        let last = first + marks.len() - 1;
        let label = if *first == last { format!("change {first}") } else { format!("changes {first}–{last}") };
        let x = bucket_x(charts, mark.bucket);
        // A letter of this size is at most eight units wide.
        let half = 4 * label.chars().count() as i64;
        let (from, to) = (label_x(x, half) - half, label_x(x, half) + half);
        let lane = ends.iter().position(|end| *end < from);
        if let Some(lane) = lane {
            ends[lane] = to + 8;
        }
        out.push(Marker { x, title: format!("{label}: {} {}", mark.time, mark.text), label, lane });
    }
    out
}

/// The middle of a label at a marker, kept within the drawing.
fn label_x(x: i64, half: i64) -> i64 {
    x.clamp(half + 2, (WIDTH - half - 2).max(half + 2))
}

pub fn bars(charts: &Charts) -> String {
    let rows = charts.classes.len().min(ROWS_MAX);
    let markers = markers(charts);
    let lanes = markers.iter().filter_map(|m| m.lane).max().map_or(0, |most| most as i64 + 1);
    let top = LANE * lanes + 6;
    let bottom = top + ROW * rows as i64;
    let mut svg = Svg::new("Failures over time, by class and who refused", WIDTH, bottom + 42);
    // Lines first: words lie above them.
    for marker in &markers {
        svg.dashes(marker.x, marker.lane.map_or(top, |lane| LANE * (lane as i64 + 1)), bottom, &marker.title);
    }
    for (n, series) in charts.classes.iter().take(rows).enumerate() {
        row(&mut svg, charts, series, top + ROW * n as i64);
    }
    for marker in &markers {
        if let Some(lane) = marker.lane {
            let half = 4 * marker.label.chars().count() as i64;
            svg.text(label_x(marker.x, half), LANE * (lane as i64 + 1) - 4, &marker.label, "middle", 13);
        }
    }
    axis(&mut svg, charts, bottom);
    svg.finish()
}

fn row(svg: &mut Svg, charts: &Charts, series: &Series, y: i64) {
    let (base, nearby) = (y + ROW - 6, series.group == "nearby");
    let most = series.counts.iter().copied().max().unwrap_or(0).max(1);
    let who = series.origin.map_or("", words::who);
    let kind = if nearby { ", no auth failure" } else { "" };
    let label = format!("{who}, {} in all, at most {} per bar{kind}", grouped(series.total), grouped(most));
    let fill = color(series.origin);
    svg.mark(EDGE, y + 4, 10, 10, fill, nearby, &label);
    svg.label(EDGE + 16, y + 14, series.name.as_str(), NAME, &format!(" · {label}"));
    svg.line(EDGE, base, WIDTH - EDGE, base, 1);
    for (at, count) in series.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
        let height = i64::try_from(u128::from(*count) * BAR as u128 / u128::from(most)).unwrap_or(BAR).max(2);
        let x = bucket_x(charts, at);
        let width = (bucket_x(charts, at + 1) - x - 1).max(1);
        let title = format!("{} {}: {}", series.name, bucket_time(charts, at), grouped(*count));
        svg.mark(x, base - height, width, height, fill, nearby, &title);
    }
}
