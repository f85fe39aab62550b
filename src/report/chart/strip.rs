//! Heat strip: one row of cells per host or pod, darker where more failed.

use super::svg::{Svg, shade};
use super::{LEFT, NAME, RIGHT, WIDTH, axis, bucket_time, bucket_x};
use crate::aggregate::charts::{Charts, Series};
use crate::report::page::grouped;

const ROW: i64 = 22;

pub fn strip(charts: &Charts, rows: &[Series], what: &str) -> String {
    let bottom = 4 + ROW * rows.len() as i64;
    let mut svg = Svg::new(&format!("Failures over time, by {what}"), WIDTH, bottom + 28);
    let most = rows.iter().flat_map(|r| &r.counts).copied().max().unwrap_or(0);
    for (n, series) in rows.iter().enumerate() {
        let y = 4 + ROW * n as i64;
        svg.name(LEFT - 10, y + 14, series.name.as_str(), NAME);
        svg.text(WIDTH - RIGHT + 8, y + 14, &grouped(series.total), "start", 12);
        svg.frame(LEFT, y, WIDTH - LEFT - RIGHT, ROW - 4);
        for (at, count) in series.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            let x = bucket_x(charts, at);
            let width = (bucket_x(charts, at + 1) - x).max(1);
            let title = format!("{} {}: {}", series.name, bucket_time(charts, at), grouped(*count));
            svg.bar(x, y, width, ROW - 4, shade(*count, most, 18), &title);
        }
    }
    axis(&mut svg, charts, bottom + 2);
    svg.finish()
}
