//! Blast radius: how many distinct names each finding touched.

use super::svg::{Svg, shade};
use super::{LEFT, NAME, WIDTH};
use crate::report::model::Finding;
use crate::report::page::grouped;

/// Counts the distinct names of one kind.
type Count = fn(&Finding) -> usize;

/// What a finding can reach, and how many of each a finding reached.
pub const REACH: &[(&str, Count)] = &[
    ("pods", |f| f.pods.len()),
    ("services", |f| f.services.len()),
    ("threads", |f| f.threads.len()),
    ("executions", |f| f.executions.len()),
    ("tools", |f| f.tools.len()),
];

const ROW: i64 = 26;
const HEAD: i64 = 20;
/// Findings drawn; the table has all.
const ROWS_MAX: usize = 12;

pub fn radius(findings: &[Finding]) -> String {
    let rows = findings.len().min(ROWS_MAX);
    let mut svg = Svg::new("Distinct names per finding", WIDTH, HEAD + ROW * rows as i64 + 6);
    let column = (WIDTH - LEFT - 20) / REACH.len() as i64;
    let most = findings.iter().flat_map(|f| REACH.iter().map(|(_, count)| count(f))).max().unwrap_or(0) as u64;
    for (n, (what, _)) in REACH.iter().enumerate() {
        svg.text(LEFT + column * n as i64, HEAD - 6, what, "start", 13);
    }
    for (row, f) in findings.iter().take(rows).enumerate() {
        let y = HEAD + ROW * row as i64;
        svg.name(LEFT - 10, y + 16, &format!("{} {}", f.id, f.class), NAME);
        for (n, (what, count)) in REACH.iter().enumerate() {
            let (x, reached) = (LEFT + column * n as i64, count(f) as u64);
            let width = (column - 50) * shade(reached, most, 3) / 100;
            if reached > 0 {
                svg.bar(x, y + 4, width.max(2), ROW - 10, 70, &format!("{} {what}: {}", f.id, grouped(reached)));
            }
            svg.text(x + width + 6, y + 16, &grouped(reached), "start", 13);
        }
    }
    svg.finish()
}
