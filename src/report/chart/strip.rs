//! Heat strip: one row of cells per host or pod, darker where more failed.

use super::svg::{Svg, shade};
use super::{EDGE, NAME, WIDTH, axis, bucket_time, bucket_x};
use crate::aggregate::charts::{Charts, Series};
use crate::report::page::grouped;

const ROW: i64 = 40;
const CELL: i64 = 16;

pub fn strip(charts: &Charts, rows: &[Series], what: &str) -> String {
    let bottom = ROW * rows.len() as i64;
    let mut svg = Svg::new(&format!("Failures over time, by {what}"), WIDTH, bottom + 44);
    let most = rows.iter().flat_map(|r| &r.counts).copied().max().unwrap_or(0);
    for (n, series) in rows.iter().enumerate() {
        let y = ROW * n as i64;
        svg.label(EDGE, y + 15, series.name.as_str(), NAME, &format!(" · {}", grouped(series.total)));
        let y = y + ROW - CELL - 2;
        svg.frame(EDGE, y, WIDTH - 2 * EDGE, CELL);
        for (at, count) in series.counts.iter().enumerate().filter(|(_, c)| **c > 0) {
            let x = bucket_x(charts, at);
            let width = (bucket_x(charts, at + 1) - x).max(1);
            let title = format!("{} {}: {}", series.name, bucket_time(charts, at), grouped(*count));
            svg.bar(x, y, width, CELL, shade(*count, most, 18), &title);
        }
    }
    axis(&mut svg, charts, bottom + 4);
    svg.finish()
}
