//! Outage scope: hosts against pods, each cell with its count, so that "one pod" and "one host" look different.

use super::svg::{Svg, shade};
use super::{LEFT, NAME, WIDTH};
use crate::aggregate::charts::Charts;
use crate::report::page::grouped;

const ROW: i64 = 24;
const HEAD: i64 = 20;

pub fn matrix(charts: &Charts) -> String {
    let (hosts, pods) = (&charts.hosts, &charts.pods);
    let legend = HEAD + ROW * hosts.len() as i64 + 10;
    let height = legend + 16 * pods.len() as i64 + 8;
    let mut svg = Svg::new("Failures per host and pod", WIDTH, height);
    let cell = ((WIDTH - LEFT - 20) / pods.len().max(1) as i64).min(110);
    let most = charts.scope.iter().map(|c| c.failed).max().unwrap_or(0);
    for (column, _) in pods.iter().enumerate() {
        let x = LEFT + cell * column as i64 + cell / 2;
        svg.text(x, HEAD - 6, &format!("pod {}", column + 1), "middle", 13);
    }
    for (row, host) in hosts.iter().enumerate() {
        let y = HEAD + ROW * row as i64;
        svg.name(LEFT - 10, y + 16, host.name.as_str(), NAME);
        for (column, pod) in pods.iter().enumerate() {
            let x = LEFT + cell * column as i64;
            let failed = charts.scope.iter().find(|c| c.host == host.name && c.pod == pod.name).map_or(0, |c| c.failed);
            svg.frame(x, y, cell - 2, ROW - 2);
            if failed > 0 {
                // At most half opaque, so that the number stays readable on its cell.
                svg.bar(
                    x,
                    y,
                    cell - 2,
                    ROW - 2,
                    shade(failed, most, 10) * 3 / 10,
                    &format!("{} from {}: {}", host.name, pod.name, grouped(failed)),
                );
                svg.text(x + cell / 2, y + 16, &grouped(failed), "middle", 13);
            }
        }
    }
    for (n, pod) in pods.iter().enumerate() {
        let name = crate::report::layout::cut_middle(&crate::report::escape::terminal(pod.name.as_str()), 80);
        svg.text(LEFT, legend + 16 * (n as i64 + 1), &format!("pod {}: {name}", n + 1), "start", 13);
    }
    svg.finish()
}
