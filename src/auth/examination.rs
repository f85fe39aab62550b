//! Everything of a run that is no log line, looked at together: directories, the same at an earlier time, the proxy's
//! configurations, saved answers.

use super::baseline::Baseline;
use super::cliff::{self, Edge};
use super::config::{self, ConfigFact};
use super::facts::{Directory, Options};
use super::inspect::inspect;
use super::read::AuthError;
use super::saved::{self, Contradiction, SavedFact};
use super::snapshots::{self, Pair};
use super::summary::{self, Summary};
use crate::redact::Safe;
use std::path::PathBuf;

/// What is to be looked at.
#[derive(Debug, Default)]
pub struct Request {
    pub auths: Vec<PathBuf>,
    /// The same directories as they were before.
    pub before: Vec<PathBuf>,
    /// Name and bytes of every configuration.
    pub configs: Vec<(String, Vec<u8>)>,
    /// Name and bytes of every saved answer.
    pub saved: Vec<(String, Vec<u8>)>,
}

/// What was seen.
pub struct Examination {
    pub directory: Directory,
    /// The file facts and what could not be looked at of the earlier state; `None` when none was given.
    pub before: Option<Directory>,
    pub pairs: Option<Vec<Pair>>,
    pub edges: Vec<Edge>,
    pub counts: Summary,
    pub configs: Vec<ConfigFact>,
    pub answers: Vec<(SavedFact, Vec<Contradiction>)>,
    /// Configurations that could not be read, and why.
    pub unread: Vec<Safe>,
    /// Entries of the baseline that have ended.
    pub ended: usize,
}

impl Request {
    /// Looks at all of it. `accepted` marks findings before they are counted.
    pub fn examine(&self, options: &Options, accepted: Option<&Baseline>) -> Result<Examination, AuthError> {
        let mut directory = inspect(&self.auths, options)?;
        let before = match self.before.is_empty() {
            true => None,
            false => Some(inspect(&self.before, options)?),
        };
        let ended = accepted.map_or(0, |accepted| accepted.apply(&mut directory.files, options.as_of));
        let (mut configs, mut unread) = (Vec::new(), Vec::new());
        for (name, bytes) in &self.configs {
            match config::read(name, &String::from_utf8_lossy(bytes), &options.key) {
                Ok(fact) => configs.push(fact),
                Err(e) => unread.push(Safe::own(e.to_string())),
            }
        }
        let answer = |(name, bytes): &(String, Vec<u8>)| {
            let fact = saved::read(name, bytes);
            let contradictions = saved::contradictions(&fact, &directory, options.as_of);
            (fact, contradictions)
        };
        Ok(Examination {
            pairs: before.as_ref().map(|before| snapshots::compare(before, &directory, options.as_of)),
            edges: cliff::edges(&directory.files, options.as_of),
            counts: summary::count(&directory.files),
            configs,
            answers: self.saved.iter().map(answer).collect(),
            unread,
            ended,
            directory,
            before,
        })
    }
}

impl Examination {
    /// What could not be looked at, and why.
    pub fn missed(&self) -> impl Iterator<Item = &Safe> {
        let before = self.before.iter().flat_map(|before| &before.missed);
        self.directory.missed.iter().chain(before).chain(&self.unread)
    }
}
