//! D18: refreshes that succeed and change nothing.

use super::limit::Part::{Count, Span};
use super::limit::span;
use super::view::View;
use super::{Detector, Said};
use crate::classify::claims::value;
use crate::classify::symptoms;

pub const DETECTOR: Detector = Detector {
    id: "D18",
    name: "ineffective refresh",
    finds: "a refresh reported as done whose expiry does not move",
    needs: "debug lines of the scheduler and the watcher, or the files before and after",
    thresholds: &[("repeated within", &[Span(symptoms::RAPID)]), ("times", &[Count(symptoms::RAPID_MIN as u64)])],
    would_change: "a write of the file between the repetitions, or a later expiry in the file",
    run,
};

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let loops = symptoms::ineffective(story);
    let pairs = view.outside.pairs.iter().filter(|p| p.row4 || p.row9).count();
    let said = match loops.first() {
        Some((file, times)) => Said::fired(format!(
            "{}: {times} refreshes reported without an error at most {} apart, and no write of the file",
            value(file),
            span(symptoms::RAPID)
        )),
        None if pairs > 0 => Said::fired(format!("{pairs} files did not move forward between the two snapshots")),
        None => Said::quiet("every reported refresh is followed by a write, or is not repeated"),
    };
    said.with("credentials", loops.len()).with("snapshot_pairs", pairs)
}
