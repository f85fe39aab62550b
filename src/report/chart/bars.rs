//! Failures over time: one row of bars per class on one time axis, change markers across all rows.

use super::svg::Svg;
use super::{LEFT, NAME, RIGHT, WIDTH, axis, bucket_time, bucket_x};
use crate::aggregate::charts::{Charts, Mark};
use crate::report::page::grouped;

const ROW: i64 = 54;
const BAR: i64 = 40;
const TOP: i64 = 22;
/// Classes drawn; the table has all.
const ROWS_MAX: usize = 12;
/// Change markers drawn; crowded markers say nothing.
const MARKS_MAX: usize = 12;

/// Changes with their 1-based numbers; those of one bucket share a line.
fn by_bucket(charts: &Charts) -> Vec<Vec<(usize, &Mark)>> {
    let numbered: Vec<(usize, &Mark)> = charts.changes.iter().enumerate().map(|(n, mark)| (n + 1, mark)).collect();
    numbered.chunk_by(|(_, a), (_, b)| a.bucket == b.bucket).map(<[_]>::to_vec).collect()
}

pub fn bars(charts: &Charts) -> String {
    let rows = charts.classes.len().min(ROWS_MAX);
    let bottom = TOP + ROW * rows as i64;
    let mut svg = Svg::new("Failures over time, by class", WIDTH, bottom + 28);
    for (n, series) in charts.classes.iter().take(rows).enumerate() {
        let base = TOP + ROW * (n as i64 + 1) - 6;
        svg.name(LEFT - 10, base - BAR / 2 + 4, series.name.as_str(), NAME);
        svg.text(WIDTH - RIGHT + 8, base - BAR / 2 + 4, &grouped(series.total), "start", 12);
        svg.line(LEFT, base, WIDTH - RIGHT, base, 1);
        let most = series.counts.iter().copied().max().unwrap_or(0).max(1);
        let opacity = if series.group == "nearby" { 45 } else { 85 };
        for (at, count) in series.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            let height = i64::try_from(u128::from(*count) * BAR as u128 / u128::from(most)).unwrap_or(BAR).max(2);
            let x = bucket_x(charts, at);
            let width = (bucket_x(charts, at + 1) - x - 1).max(1);
            let title = format!("{} {}: {}", series.name, bucket_time(charts, at), grouped(*count));
            svg.bar(x, base - height, width, height, opacity, &title);
        }
    }
    for marks in by_bucket(charts).iter().take(MARKS_MAX) {
        let [(first, mark), ..] = marks.as_slice() else { continue };
        let x = bucket_x(charts, mark.bucket);
        let last = first + marks.len() - 1;
        let label = if *first == last { first.to_string() } else { format!("{first}–{last}") };
        svg.dashes(x, TOP - 6, bottom, &format!("change {label}: {} {}", mark.time, mark.text));
        svg.text(x, TOP - 9, &label, "middle", 11);
    }
    axis(&mut svg, charts, bottom);
    svg.finish()
}
