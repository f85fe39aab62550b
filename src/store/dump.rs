//! Dump files as a source of records for queries.

use crate::input::{Inputs, Place, ReadOptions, Summary};
use crate::logsql::{Chunk, Memory, Row, RunError, Source, Worker};
use crate::record::time::{self, Dated, Nanos};
use crate::record::{Kernel, Projection, Scanner};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The dumps of one run.
pub struct Dump {
    inputs: Inputs,
    options: ReadOptions,
    summaries: Mutex<Vec<Summary>>,
    scans: AtomicUsize,
    memory: Option<Memory>,
}

impl Dump {
    pub fn new(inputs: Inputs, options: ReadOptions) -> Self {
        Dump { inputs, options, summaries: Mutex::new(Vec::new()), scans: AtomicUsize::new(0), memory: None }
    }

    /// The same with a limit on what an answer may hold.
    pub fn within(self, memory: Memory) -> Self {
        Dump { memory: Some(memory), ..self }
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
        let make = || -> Box<dyn Worker> { Box::new(Newest::new()) };
        let mut newest = None;
        self.scan(&make, &mut |rows| {
            newest = newest.max(rows.iter().filter_map(crate::logsql::Fields::time).max());
            ControlFlow::Continue(())
        })?;
        Ok(newest)
    }
}

/// Gives one row per chunk, which holds the newest time.
struct Newest {
    scanner: Scanner,
    dated: Dated,
    newest: Option<Nanos>,
}

impl Newest {
    fn new() -> Self {
        let scanner = Scanner::new(&Projection::new(&["_time"]), Kernel::best());
        Newest { scanner, dated: Dated::default(), newest: None }
    }
}

impl Worker for Newest {
    fn chunk(&mut self, chunk: Chunk<'_>) -> Vec<Row> {
        let Newest { scanner, dated, newest } = self;
        scanner.chunk(chunk.offset, chunk.bytes, |_, row| {
            let value = row.ok().and_then(|row| row.raw(0));
            *newest = value.and_then(|v| dated.parse(v.bytes()).or_else(|| time::parse(&v.text()))).max(*newest);
        });
        let mut row = Row::new();
        row.set_time(self.newest);
        vec![row]
    }

    fn done(self: Box<Self>) -> crate::logsql::exec::WorkerEnd {
        Default::default()
    }
}

impl Source for Dump {
    fn memory(&self) -> Option<Memory> {
        self.memory
    }

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
                    if rows.is_empty() {
                        chunk.may_wait();
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
