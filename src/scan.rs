//! The conveyor: inputs in, report out. The one function that shows the whole program.
//!
//! Belongs here: opening the evidence, handing chunks to classifiers, and joining what they wrote into one case. The parts
//! of the report are put together in [`build`], rows of the event table in [`events`].

mod ahead;
pub mod build;
pub mod events;
pub mod files;
pub mod glance;
pub mod nothing;
mod targets;

use crate::auth::{AuthError, Request};
use crate::classify::completeness::{self, Completeness, Extent};
use crate::classify::fields::Table;
use crate::classify::reader::{Classifier, Ledger, Order};
use crate::classify::select::Selectors;
use crate::classify::settle::{self, Settled};
use crate::classify::{Case, CaseInput, Notebook};
use crate::finding::Locator;
use crate::input::{InputError, Inputs, ReadOptions, Summary};
use crate::record::time::Nanos;
use crate::redact::{FingerprintKey, Redactor};
use crate::report::model::Report;
use files::Beside;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What a run is asked to do.
#[derive(Default)]
pub struct Options {
    pub read: ReadOptions,
    pub selectors: Selectors,
    /// `--as-of` or `SOURCE_DATE_EPOCH`; else the newest row is the instant "now".
    pub as_of: Option<Nanos>,
    /// Files beside the dumps.
    pub files: Request,
    /// A key for comparing secrets of credential files within this run. Never shown, so no output depends on it.
    pub key: [u8; 32],
    /// The user's key for the labels of secrets; without one they are numbered.
    pub labels: Option<Arc<FingerprintKey>>,
    /// The command line as the report shows it: what decides the answer, nothing that only decides speed.
    pub argv: Vec<String>,
    /// Options worth recording, in the order of the help.
    pub shown: Vec<(&'static str, String)>,
}

impl Options {
    /// A redactor that labels as this run does.
    pub fn redactor(&self) -> Redactor {
        match &self.labels {
            Some(key) => Redactor::new().with_key(key.clone()),
            None => Redactor::new(),
        }
    }
}

/// The evidence after the scan, classified and settled.
pub struct Examined {
    pub case: Case,
    pub settled: Settled,
    pub ledger: Ledger,
    pub summaries: Vec<Summary>,
    pub completeness: Completeness,
    pub duplicate: u64,
    /// Empty until files beside the dumps were looked at.
    pub beside: Beside,
}

/// Reads the evidence once and classifies every row.
pub fn examine(inputs: &Inputs, options: &Options) -> Result<Examined, InputError> {
    let mut starts = Starts::default();
    let mut orders: Vec<Order> = vec![Order::default(); inputs.inputs().len()];
    let table = Table::default();
    let mut scanned = inputs.scan(
        &options.read,
        || Classifier::new(&options.selectors, &table, inputs.inputs().len() > 1),
        |classifier, chunk| classifier.chunk(chunk),
        |place, order| {
            starts.begin(number(place.input), place.offset, place.lines_before);
            orders[place.input].then(order);
            ControlFlow::Continue(())
        },
    )?;
    // The name of a file is evidence text too.
    for summary in &mut scanned.summaries {
        summary.name = options.redactor().text(&summary.name).as_str().to_owned();
    }
    let (mut ledger, mut notes) = (Ledger::default(), None::<Notebook>);
    close(&mut scanned.workers, &starts);
    for worker in scanned.workers {
        ledger.absorb(worker.ledger);
        match &mut notes {
            Some(notes) => notes.absorb(worker.notes),
            None => notes = Some(worker.notes),
        }
    }
    let mut notes = notes.unwrap_or_default();
    notes.settle(options.read.threads());
    let duplicate = notes.drop_duplicates();
    ledger.in_window -= duplicate;
    let mut completeness =
        completeness::judge(&ledger, &extents(&scanned.summaries, &orders), notes.cliproxy.story.answered());
    completeness.notes.extend(inputs.notes().iter().cloned());
    let mut case = Case::new(case_inputs(&scanned.summaries), notes);
    (case.first, case.last) = (ledger.first, ledger.last);
    case.earlier = ledger.seen_first < ledger.first;
    case.later = ledger.seen_last > ledger.last;
    case.as_of = options.as_of.or(ledger.seen_last);
    case.censored = completeness.mode.is_cut();
    case.gaps.clone_from(&completeness.silent);
    let settled = settle::settle(&mut case, &options.selectors);
    let failed = || settled.selected.iter().map(|i| &case.notes.attempts[*i]).filter(|a| a.is_failed());
    completeness.unanswered(failed().filter(|a| a.is_unanswered()).count(), failed().count());
    Ok(Examined {
        case,
        settled,
        ledger,
        summaries: scanned.summaries,
        completeness,
        duplicate,
        beside: Beside::default(),
    })
}

/// Orders what every worker kept, all at the same time: what is left for one thread is less.
fn close(workers: &mut [Classifier<'_>], starts: &Starts) {
    let (first, others) = match workers.split_first_mut() {
        Some(split) => split,
        None => return,
    };
    std::thread::scope(|scope| {
        for worker in others {
            scope.spawn(|| worker.notes.close(starts.lines_before()));
        }
        first.notes.close(starts.lines_before());
    });
}

/// Where chunks begin, and how many lines of their input stand before each.
#[derive(Debug, Default)]
struct Starts(Vec<((u32, u64), u64)>);

impl Starts {
    /// Chunks come in order.
    fn begin(&mut self, input: u32, offset: u64, lines_before: u64) {
        self.0.push(((input, offset), lines_before));
    }

    /// The lines before the chunk of a row. The chunk of the last question is remembered: rows are asked about chunk by
    /// chunk.
    fn lines_before(&self) -> impl Fn(&Locator) -> u64 {
        let last = Cell::new(0);
        move |at| {
            let at = (at.input, at.offset);
            let begins = |chunk: usize| self.0.get(chunk).is_some_and(|(start, _)| *start <= at);
            if !begins(last.get()) || begins(last.get() + 1) {
                last.set(self.0.partition_point(|(start, _)| *start <= at).saturating_sub(1));
            }
            self.0.get(last.get()).filter(|(start, _)| *start <= at).map_or(0, |(_, lines)| *lines)
        }
    }
}

/// Why a run ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Files(#[from] AuthError),
}

/// The report of a run, and whether the evidence was incomplete.
pub fn triage(inputs: &Inputs, options: &Options) -> Result<(Report, bool), ScanError> {
    let mut examined = examine(inputs, options)?;
    examined.beside = files::look(options, examined.case.as_of.unwrap_or(0))?;
    let missed = examined.beside.missed.iter().map(|what| format!("not looked at: {what}"));
    examined.completeness.notes.extend(missed);
    let incomplete = examined.is_incomplete();
    let mut redactor = options.redactor();
    let report = build::report(&examined, options, &mut redactor);
    // What was examined is freed while the report is being written; without a second thread, before.
    let _ = std::thread::Builder::new().spawn(move || drop(examined));
    Ok((report, incomplete))
}

impl Examined {
    /// Something could not be read, or not to its end, or a row has no time that can be read.
    pub fn is_damaged(&self) -> bool {
        self.ledger.untimed > 0 || self.summaries.iter().any(|s| !s.damage.is_empty())
    }

    /// Something was unreadable, cut or changed while it was read, or over a limit.
    pub fn is_incomplete(&self) -> bool {
        self.is_damaged() || self.ledger.malformed > 0 || self.ledger.crowded > 0 || !self.beside.missed.is_empty()
    }
}

fn number(input: usize) -> u32 {
    u32::try_from(input).expect("fewer than four billion inputs")
}

fn extents(summaries: &[Summary], orders: &[Order]) -> Vec<Extent> {
    let of = |(s, order): (&Summary, &Order)| Extent {
        name: s.name.clone(),
        lines: s.lines,
        order: *order,
        damage: s.damage.clone(),
    };
    summaries.iter().zip(orders).map(of).collect()
}

fn case_inputs(summaries: &[Summary]) -> Vec<CaseInput> {
    let of = |s: &Summary| CaseInput { name: s.name.clone(), digest: s.digest.clone(), lines: s.lines };
    summaries.iter().map(of).collect()
}
