//! The cliff: what lapses when, and what lapses together.

use super::expiry::Instant;
use super::facts::FileFact;
use super::verdict::Verdict;
use crate::redact::Safe;

/// Credentials that end within this time of one another are one edge.
const TOGETHER_SECONDS: i64 = 3600;

/// An edge of the cliff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    pub first: Instant,
    pub last: Instant,
    /// Paths, by the time of their end.
    pub files: Vec<Safe>,
}

/// The ends that are still ahead of `as_of`, grouped, soonest first.
pub fn edges(files: &[FileFact], as_of: Instant) -> Vec<Edge> {
    let in_use =
        |f: &&FileFact| f.loads && !matches!(f.verdict, Verdict::Disabled | Verdict::Inert | Verdict::Unreadable);
    let mut ends: Vec<(Instant, &Safe)> = files
        .iter()
        .filter(in_use)
        .filter_map(|f| Some((f.lapses_at?, &f.path)))
        .filter(|(at, _)| *at > as_of)
        .collect();
    ends.sort();
    let mut edges: Vec<Edge> = Vec::new();
    for (at, path) in ends {
        match edges.last_mut().filter(|edge| at.seconds_since(edge.first) <= TOGETHER_SECONDS) {
            Some(edge) => {
                edge.last = at;
                edge.files.push(path.clone());
            }
            None => edges.push(Edge { first: at, last: at, files: vec![path.clone()] }),
        }
    }
    edges
}
