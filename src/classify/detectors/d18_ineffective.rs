//! D18: refreshes that succeed and change nothing.

use super::limit::Part::{Count, Span};
use super::limit::span;
use super::view::{View, count};
use super::{Detector, Said};
use crate::classify::claims::value;
use crate::classify::cliproxy::What;
use crate::classify::symptoms;

pub const DETECTOR: Detector = Detector {
    id: "D18",
    name: "ineffective refresh",
    finds: "a refresh reported as done whose expiry does not move or whose file is not written",
    needs: "debug lines of the scheduler and the watcher, or the files before and after",
    thresholds: &[("repeated within", &[Span(symptoms::RAPID)]), ("times", &[Count(symptoms::RAPID_MIN as u64)])],
    would_change: "a write of the file between the repetitions, or a later expiry in the file",
    run,
};

fn run(view: &View<'_>) -> Said {
    let story = &view.case.notes.cliproxy.story;
    let loops = symptoms::ineffective(story);
    let pairs = view.outside.pairs.iter().filter(|p| p.row4 || p.row9).count();
    let unsaved = story.facts.iter().filter(|f| matches!(f.what, What::Unsaved { .. })).count();
    let said = match loops.first() {
        Some(worst) => {
            let said = Said::fired(format!(
                "{}: {} refreshes reported without an error at most {} apart, and no write of the file is on record",
                value(&worst.file),
                worst.times,
                span(symptoms::RAPID)
            ));
            if worst.watched { said } else { said.censored("no watcher line of this process: a write could not show") }
        }
        None if unsaved > 0 => Said::fired(format!(
            "{} could not be written to the file",
            count(unsaved, "refreshed credential", "refreshed credentials")
        )),
        None if pairs > 0 => Said::fired(format!("{pairs} files did not move forward between the two snapshots")),
        None => Said::quiet("every reported refresh is followed by a write, or is not repeated"),
    };
    said.with("credentials", loops.len()).with("snapshot_pairs", pairs)
}
