//! Detectors: D01 to D24, one file each, over the ordered attempts of a run.
//!
//! Belongs here: when a run of failures begins and ends, what changed before it, how wide it is, what it only echoes.
//! Elsewhere: what one record means ([`super::audit`], [`super::cliproxy`]) and the words of a finding
//! ([`super::claims`]).
//!
//! Every detector says what it needs, its thresholds, its censoring and what would change its answer. Statistics are
//! exact and the same on every platform ([`stats`]).

pub mod limit;
pub mod stats;
mod view;

mod d01_bracket;
mod d02_failure_after_success;
mod d03_recovery;
mod d04_change;
mod d05_onset;
mod d06_retry_storm;
mod d07_retry_after;
mod d08_flapping;
mod d09_contrast;
mod d10_scope;
mod d11_radius;
mod d12_reuse;
mod d13_expiry;
mod d14_cliff;
mod d15_skew;
mod d16_completeness;
mod d17_cascade;
mod d18_ineffective;
mod d19_shadow;
mod d20_coverage;
mod d21_lockout;
mod d22_missed_lead;
mod d23_churn;
mod d24_masked_quota;

pub use d07_retry_after::release;
pub use d11_radius::{REACH, Reach};
pub use d17_cascade::links;
pub use view::View;

use super::Case;
use super::settle::Settled;
use super::symptoms::Outside;
use crate::redact::{Redactor, Safe};
use indexmap::IndexMap;
use rayon::prelude::*;

/// One detector: data, and the function that runs it.
#[derive(Debug, Clone, Copy)]
pub struct Detector {
    /// `D01` to `D24`.
    pub id: &'static str,
    pub name: &'static str,
    pub finds: &'static str,
    pub needs: &'static str,
    pub thresholds: &'static [limit::Threshold],
    /// What would have changed the answer.
    pub would_change: &'static str,
    pub run: fn(&View<'_>) -> Said,
}

/// What a detector says, not yet redacted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    pub fired: bool,
    pub statement: String,
    pub inputs: Vec<(&'static str, String)>,
    /// What the evidence hides from this detector, beyond the export's own limits.
    pub censoring: Option<String>,
}

impl Said {
    fn quiet(statement: impl Into<String>) -> Said {
        Said { statement: statement.into(), ..Said::default() }
    }

    fn fired(statement: impl Into<String>) -> Said {
        Said { fired: true, statement: statement.into(), ..Said::default() }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Said {
        self.inputs.push((name, value.to_string()));
        self
    }

    fn censored(mut self, why: impl Into<String>) -> Said {
        self.censoring = Some(why.into());
        self
    }
}

/// The detectors, in order.
pub const DETECTORS: &[Detector] = &[
    d01_bracket::DETECTOR,
    d02_failure_after_success::DETECTOR,
    d03_recovery::DETECTOR,
    d04_change::DETECTOR,
    d05_onset::DETECTOR,
    d06_retry_storm::DETECTOR,
    d07_retry_after::DETECTOR,
    d08_flapping::DETECTOR,
    d09_contrast::DETECTOR,
    d10_scope::DETECTOR,
    d11_radius::DETECTOR,
    d12_reuse::DETECTOR,
    d13_expiry::DETECTOR,
    d14_cliff::DETECTOR,
    d15_skew::DETECTOR,
    d16_completeness::DETECTOR,
    d17_cascade::DETECTOR,
    d18_ineffective::DETECTOR,
    d19_shadow::DETECTOR,
    d20_coverage::DETECTOR,
    d21_lockout::DETECTOR,
    d22_missed_lead::DETECTOR,
    d23_churn::DETECTOR,
    d24_masked_quota::DETECTOR,
];

/// What a detector says about a case.
#[derive(Debug, Clone)]
pub struct Detection {
    pub id: &'static str,
    pub fired: bool,
    pub statement: Safe,
    pub thresholds: IndexMap<&'static str, String>,
    pub inputs: IndexMap<&'static str, String>,
    pub censoring: Option<Safe>,
}

/// Detectors that look at all records of the window whatever the selectors ask for: they compare with others, or read what
/// no selector picks out. Every other one tells of the selected failures only.
const WHOLE: [&str; 10] = ["D07", "D09", "D10", "D12", "D15", "D18", "D21", "D22", "D23", "D24"];

/// Runs every detector over the settled attempts of a case, on so many threads (0: as many as the machine has). What they
/// say is not redacted yet.
pub fn run(case: &Case, settled: &Settled, outside: &Outside, threads: usize) -> Vec<Said> {
    let view = View::new(case, settled, outside);
    let run = |d: &Detector| {
        let mut said = (d.run)(&view);
        if settled.narrowed && said.fired && WHOLE.contains(&d.id) {
            said.statement.push_str("; seen in the whole window, not only in what was asked for");
        }
        said
    };
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(|| DETECTORS.par_iter().with_max_len(1).map(run).collect()),
        Err(_) => DETECTORS.iter().map(run).collect(),
    }
}

/// What the detectors said, redacted in their order.
pub fn detections(case: &Case, said: Vec<Said>, redactor: &mut Redactor) -> Vec<Detection> {
    DETECTORS.iter().zip(said).map(|(detector, said)| detection(detector, said, case, redactor)).collect()
}

fn detection(detector: &Detector, said: Said, case: &Case, redactor: &mut Redactor) -> Detection {
    let mut inputs =
        IndexMap::from([("needs", detector.needs.to_owned()), ("would_change", detector.would_change.to_owned())]);
    for (name, value) in said.inputs {
        inputs.insert(name, redactor.text(&value).to_string());
    }
    let censoring = match (view::censoring(case), said.censoring) {
        (Some(export), Some(own)) => Some(format!("{export}; {own}")),
        (one, other) => one.or(other),
    };
    Detection {
        id: detector.id,
        fired: said.fired,
        statement: redactor.text(&said.statement),
        thresholds: detector.thresholds.iter().map(|(name, parts)| (*name, limit::told(parts))).collect(),
        inputs,
        censoring: censoring.map(|text| redactor.text(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_complete_and_in_order() {
        let ids: Vec<&str> = DETECTORS.iter().map(|d| d.id).collect();
        let want: Vec<String> = (1..=24).map(|n| format!("D{n:02}")).collect();
        assert_eq!(ids, want);
        assert!(WHOLE.iter().all(|id| ids.contains(id)));
        for d in DETECTORS {
            assert!(!d.finds.is_empty() && !d.needs.is_empty() && !d.would_change.is_empty(), "{}", d.id);
        }
    }

    #[test]
    fn an_empty_run_fires_nothing() {
        let case = Case::default();
        let said = run(&case, &Settled::default(), &Outside::default(), 1);
        let said = detections(&case, said, &mut Redactor::new());
        assert_eq!(said.len(), 24);
        for d in said {
            assert!(!d.fired, "{}: {}", d.id, d.statement);
            assert!(!d.statement.is_empty(), "{}", d.id);
        }
    }

    /// A hostile name of a pod stands in every line of a recorded day.
    #[test]
    fn names_of_records_are_quoted_in_every_statement() {
        use crate::classify::select::Selectors;
        use crate::classify::{Notebook, cliproxy, settle};
        use crate::record::time;
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/stories");
        let mut told = 0;
        for dump in std::fs::read_dir(folder).expect("stories").filter_map(Result::ok) {
            let Ok(file) = std::fs::File::open(dump.path()) else { continue };
            let text = std::io::read_to_string(flate2::read::MultiGzDecoder::new(file)).unwrap_or_default();
            let (mut notes, mut facts) = (Notebook::default(), Vec::new());
            for (n, line) in text.lines().enumerate() {
                let Ok(record) = crate::record::parse(line.as_bytes()) else { continue };
                let Some(at) = record.get("_time").and_then(|text| time::parse(&text)) else { continue };
                let locator = crate::finding::Locator { input: 0, offset: n as u64, length: 1, line: n as u64 + 1 };
                facts.extend(cliproxy::read(&record, at, locator));
            }
            facts.iter_mut().for_each(|fact| fact.place = "web. All `is` well".into());
            notes.cliproxy.story = cliproxy::Story::new(facts);
            let mut case = Case::new(Vec::new(), notes);
            let settled = settle::settle(&mut case, &Selectors::default());
            for (detector, said) in DETECTORS.iter().zip(run(&case, &settled, &Outside::default(), 1)) {
                let outside: String = said.statement.split('`').step_by(2).collect();
                told += usize::from(said.statement.contains("All 'is' well"));
                assert!(!outside.contains("well"), "{}: {}", detector.id, said.statement);
            }
        }
        assert!(told > 0);
    }
}
