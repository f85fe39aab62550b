//! What several threads find out for a report at the same time.
//!
//! Labels are given in the order of the report, by one redactor. But most findings hold nothing to mask, and then it does
//! not matter who wrote them: each is written with a blank redactor first, and again in its turn if that masked something.

use super::build;
use super::{Examined, Options};
use crate::aggregate::charts::Charts;
use crate::classify::detectors::{self, Said};
use crate::classify::settle::Diagnosis;
use crate::redact::Redactor;
use crate::report::model::Finding;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, scope};

/// The parts of a report that are known before their turn.
pub struct Ahead {
    /// What the detectors said, not redacted yet.
    pub said: Vec<Said>,
    /// Of all findings and then of all nearby ones, those that hold nothing to mask.
    findings: Vec<Option<Finding>>,
    /// The charts, if they hold nothing to mask.
    charts: Option<Option<Charts>>,
}

impl Ahead {
    /// Only what the detectors said.
    fn alone(e: &Examined, options: &Options) -> Ahead {
        let said = detectors::run(&e.case, &e.settled, &e.beside.outside, options.read.threads);
        Ahead { said, findings: Vec::new(), charts: None }
    }

    /// All that can be found out without the report's own redactor, on as many threads as the run has.
    pub fn of(e: &Examined, options: &Options, redactor: &Redactor) -> Ahead {
        let threads = options.read.threads();
        if threads == 1 {
            return Ahead::alone(e, options);
        }
        let causes: Vec<&Diagnosis> = e.settled.findings.iter().chain(&e.settled.nearby).collect();
        let written: Vec<OnceLock<Finding>> = causes.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let write = || {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(cause) = causes.get(number) else { break };
                if let Some(finding) = without_masking(redactor, |blank| build::finding(e, cause, blank)) {
                    let _ = written[number].set(finding);
                }
            }
        };
        let charts = || without_masking(redactor, |blank| build::charts(e, blank));
        let mut ahead = scope(|scope| {
            let spawn = |_| _ = Builder::new().spawn_scoped(scope, write);
            (2..threads.min(causes.len())).for_each(spawn);
            let charts = Builder::new().spawn_scoped(scope, || {
                let charts = charts();
                write();
                charts
            });
            let said = Ahead::alone(e, options);
            write();
            let charts = charts.ok().and_then(|thread| thread.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
            Ahead { charts, ..said }
        });
        ahead.findings = written.into_iter().map(OnceLock::into_inner).collect();
        ahead
    }

    /// The finding of a cause by its number, or what `write` makes of it.
    pub fn finding(&mut self, number: usize, write: impl FnOnce() -> Finding) -> Finding {
        self.findings.get_mut(number).and_then(Option::take).unwrap_or_else(write)
    }

    /// The charts, or what `draw` makes.
    pub fn charts(&mut self, draw: impl FnOnce() -> Option<Charts>) -> Option<Charts> {
        self.charts.take().unwrap_or_else(draw)
    }
}

/// What is written with a redactor like this one, unless something is masked in it.
fn without_masking<T>(redactor: &Redactor, write: impl FnOnce(&mut Redactor) -> T) -> Option<T> {
    let mut blank = redactor.blank();
    let written = write(&mut blank);
    blank.is_blank().then_some(written)
}
