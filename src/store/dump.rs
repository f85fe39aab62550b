//! Dump files as a source of records for queries.

use crate::input::{Inputs, Place, ReadOptions, Summary};
use crate::logsql::{Chunk, Row, RunError, Source, Worker};
use crate::record::time::Nanos;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The dumps of one run.
pub struct Dump {
    inputs: Inputs,
    options: ReadOptions,
    summaries: Mutex<Vec<Summary>>,
    scans: AtomicUsize,
}

impl Dump {
    pub fn new(inputs: Inputs, options: ReadOptions) -> Self {
        Dump { inputs, options, summaries: Mutex::new(Vec::new()), scans: AtomicUsize::new(0) }
    }

    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// What is known of the inputs after the latest scan.
    pub fn summaries(&self) -> Vec<Summary> {
        self.summaries.lock().map(|s| s.clone()).unwrap_or_default()
    }

    /// The newest `_time` of the evidence: the instant that stands for "now" when nothing else says it.
    pub fn newest(&self) -> Result<Option<Nanos>, RunError> {
        let make = || -> Box<dyn Worker> { Box::new(Newest(None)) };
        let mut newest = None;
        self.scan(&make, &mut |rows| {
            newest = newest.max(rows.iter().filter_map(crate::logsql::Fields::time).max());
            ControlFlow::Continue(())
        })?;
        Ok(newest)
    }
}

/// Gives one row per chunk, which holds the newest time.
struct Newest(Option<Nanos>);

impl Worker for Newest {
    fn chunk(&mut self, chunk: Chunk<'_>) -> Vec<Row> {
        let times = chunk.lines().filter_map(|(_, line)| crate::record::parse_any(line).ok()).filter_map(|record| {
            let fields: &dyn crate::logsql::Fields = &record;
            fields.time()
        });
        self.0 = self.0.max(times.max());
        let mut row = Row::new();
        row.set_time(self.0);
        vec![row]
    }

    fn done(self: Box<Self>) -> crate::logsql::exec::WorkerEnd {
        Default::default()
    }
}

impl Source for Dump {
    fn scan<'w>(
        &self,
        make: &(dyn Fn() -> Box<dyn Worker + 'w> + Sync),
        sink: &mut dyn FnMut(Vec<Row>) -> ControlFlow<()>,
    ) -> Result<Vec<Box<dyn Worker + 'w>>, RunError> {
        let again = self.scans.fetch_add(1, Ordering::Relaxed) > 0;
        if again && self.inputs.inputs().iter().any(crate::input::Input::is_stdin) {
            let message = "standard input can be read only once, and this query needs a second look; give a file";
            return Err(RunError::Source(message.to_owned()));
        }
        let scanned = self
            .inputs
            .scan(
                &self.options,
                make,
                |worker, chunk| {
                    let rows = worker.chunk(Chunk { input: chunk.input, offset: chunk.offset, bytes: chunk.bytes });
                    if let Some(lines) = worker.lines() {
                        chunk.tell_lines(lines);
                    }
                    rows
                },
                |_: Place, rows| sink(rows),
            )
            .map_err(|e| RunError::Source(e.to_string()))?;
        if let Ok(mut summaries) = self.summaries.lock() {
            *summaries = scanned.summaries;
        }
        Ok(scanned.workers)
    }
}
