//! Running a query over a source of records.
//!
//! Filter, row-by-row pipes and the first gathering pipe run on the source's workers; the rest runs on the calling
//! thread, which sees rows in dump order. A source can be scanned any number of times: subqueries, `join`, `union` and
//! `stream_context` do.

use super::ast::{EVER, Expr, Query};
use super::batch::{Fields, Row};
use super::columns::Columns;
use super::filters::time::Between;
use super::needed::Needed;
use super::pipes::{Blocks, EachRow, Emit, Gather, Seq, Stage};
use super::plan::counter::Counter;
use super::plan::worker::Planned;
use super::plan::{Plan, needed_by_pipes};
use crate::record::time::Nanos;
use crate::record::{self, Malformed};
use std::ops::ControlFlow;

/// Why a valid query could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{0}")]
    Source(String),
    /// Refused, although the store would try: it depends on storage internals or on chance.
    #[error("{0}")]
    Unsupported(String),
    /// Refused as the store refuses it, which finds out only while it answers.
    #[error("{0}")]
    Refused(String),
    #[error("{0}")]
    Limit(String),
}

/// Whole lines of one input, as a source hands them to a worker.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    pub input: usize,
    pub offset: u64,
    pub bytes: &'a [u8],
}

impl<'a> Chunk<'a> {
    /// The lines with their offsets, without line ends, blank ones left out.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &'a [u8])> + use<'a> {
        let (bytes, base) = (self.bytes, self.offset);
        let mut at = 0;
        std::iter::from_fn(move || {
            while at < bytes.len() {
                let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
                let (start, line) = (at, bytes[at..end].trim_ascii());
                at = end + 1;
                if !line.is_empty() {
                    return Some((base + start as u64, line));
                }
            }
            None
        })
    }
}

/// One thread's part of a query.
pub trait Worker: Send {
    /// Works through a chunk; the rows it gives, in order.
    fn chunk(&mut self, chunk: Chunk<'_>) -> Vec<Row>;

    /// The number of lines of the latest chunk, blank ones included, if it was counted.
    fn lines(&self) -> Option<u64> {
        None
    }

    /// What it collected, when the scan is over.
    fn done(self: Box<Self>) -> WorkerEnd;
}

/// What a worker leaves behind.
#[derive(Default)]
pub struct WorkerEnd {
    pub gather: Option<Box<dyn Gather>>,
    /// Counts that are yet to be added up over all workers.
    pub counter: Option<Counter>,
    pub tally: Tally,
}

/// How much memory a run may hold, and who knows how much it does.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub limit_bytes: u64,
    /// Asks the system; `None` where it does not tell.
    pub used_bytes: fn() -> Option<u64>,
}

impl Memory {
    /// An error once more is held than allowed.
    pub fn check(self) -> Result<(), RunError> {
        match (self.used_bytes)() {
            Some(used) if used > self.limit_bytes => Err(RunError::Limit(format!(
                "the answer needs more than {} MiB of memory: ask for less (a filter, fewer fields, a limit), or give it more",
                self.limit_bytes >> 20
            ))),
            _ => Ok(()),
        }
    }
}

/// Rows that are held between two looks at the memory.
const ROWS_UNCHECKED: u64 = 8192;

/// Records in a dump, seen any number of times.
pub trait Source: Sync {
    /// What a run over this source may hold.
    fn memory(&self) -> Option<Memory> {
        None
    }

    /// Hands every chunk to a worker, on any number of threads, each worker seeing ascending (input, offset); hands the
    /// workers' rows to `sink` on the calling thread in (input, offset) order, and stops when it breaks.
    fn scan<'w>(
        &self,
        make: &(dyn Fn() -> Box<dyn Worker + 'w> + Sync),
        sink: &mut dyn FnMut(Vec<Row>) -> ControlFlow<()>,
    ) -> Result<Vec<Box<dyn Worker + 'w>>, RunError>;
}

/// Bytes in memory as a source, for tests and small inputs.
pub struct Bytes<'a> {
    pub bytes: &'a [u8],
    /// Bytes a chunk aims at.
    pub chunk: usize,
    /// Workers; chunks are dealt to them in turn.
    pub workers: usize,
}

impl<'a> Bytes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Bytes { bytes, chunk: usize::MAX, workers: 1 }
    }
}

impl Source for Bytes<'_> {
    fn scan<'w>(
        &self,
        make: &(dyn Fn() -> Box<dyn Worker + 'w> + Sync),
        sink: &mut dyn FnMut(Vec<Row>) -> ControlFlow<()>,
    ) -> Result<Vec<Box<dyn Worker + 'w>>, RunError> {
        let mut workers: Vec<_> = (0..self.workers.max(1)).map(|_| make()).collect();
        let (mut at, mut turn) = (0, 0);
        while at < self.bytes.len() {
            let aim = at.saturating_add(self.chunk.max(1)).min(self.bytes.len());
            let end = memchr::memchr(b'\n', &self.bytes[aim - 1..]).map_or(self.bytes.len(), |n| aim + n);
            let chunk = Chunk { input: 0, offset: at as u64, bytes: &self.bytes[at..end] };
            let count = workers.len();
            if sink(workers[turn % count].chunk(chunk)).is_break() {
                break;
            }
            (at, turn) = (end, turn + 1);
        }
        Ok(workers)
    }
}

/// What every query of a run is ANDed with: the arguments `start`, `end`, `extra_filters`, `extra_stream_filters`.
#[derive(Debug, Clone)]
pub struct Globals {
    /// Instants, both included.
    pub time: Option<(Nanos, Nanos)>,
    pub filter: Expr,
}

impl Default for Globals {
    fn default() -> Self {
        Globals { time: None, filter: Expr::All }
    }
}

/// What a scan saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lines that are records.
    pub records: u64,
    /// Lines that are not, blank ones left out.
    pub malformed: u64,
    /// The first of them.
    pub first_malformed: Option<(Seq, Malformed)>,
}

impl Tally {
    /// Counts a line that is no record.
    pub(super) fn bad_line(&mut self, seq: Seq, why: Malformed) {
        self.merge(Tally { malformed: 1, first_malformed: Some((seq, why)), ..Tally::default() });
    }

    fn merge(&mut self, other: Tally) {
        self.records += other.records;
        self.malformed += other.malformed;
        self.first_malformed = match (self.first_malformed, other.first_malformed) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// What a running query may ask of its surroundings.
pub struct Env<'a> {
    pub source: &'a dyn Source,
    pub globals: &'a Globals,
    /// What rates are per second of: the range of top-level `_time` filters and the global one, in the query itself. In a
    /// subquery it is all of time, as in the store.
    pub range: (Nanos, Nanos),
    /// Which rows the store would hold together before the pipe that is being started.
    pub blocks: Blocks,
    /// The columns that rows have there.
    pub columns: Columns,
    /// Whether a step of the query looks at the order of a row's fields: then every step keeps to the store's order. Else
    /// rows are left as they are best to read.
    pub order_shows: bool,
    /// The instant that relative times refer to.
    pub now: Nanos,
    /// The bound filter of the running query.
    pub filter: &'a Expr,
}

impl Env<'_> {
    /// Answers a subquery.
    pub fn answer(&self, query: &Query, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let run = Run { planned: true, inner: true };
        query.run_with(run, self.source, self.globals, emit).map(|_| ())
    }

    /// All rows of a subquery.
    pub fn rows(&self, query: &Query) -> Result<Vec<Row>, RunError> {
        let mut rows = Vec::new();
        self.answer(query, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// The filter of a pipe with its subqueries answered.
    pub fn bind(&self, filter: &Expr) -> Result<Expr, RunError> {
        filter.map(&mut |leaf| Ok(leaf.bind(self)?.or_else(|| leaf.in_a_pipe())))
    }

    /// The same of the filter that selects the rows.
    fn bind_selection(&self, filter: &Expr) -> Result<Expr, RunError> {
        filter.map(&mut |leaf| leaf.bind(self))
    }
}

/// How a query is answered.
#[derive(Clone, Copy)]
struct Run {
    planned: bool,
    /// It stands in another query.
    inner: bool,
}

impl Query {
    /// Answers the query. `emit` gets the rows, those without any field included; it may stop the run.
    pub fn run(
        &self,
        source: &dyn Source,
        globals: &Globals,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<Tally, RunError> {
        self.run_with(Run { planned: true, inner: false }, source, globals, emit)
    }

    /// Answers the query without a plan: every line is parsed whole, filters run as written. Slow; the judge of
    /// [`Query::run`].
    pub fn run_plain(
        &self,
        source: &dyn Source,
        globals: &Globals,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<Tally, RunError> {
        self.run_with(Run { planned: false, inner: false }, source, globals, emit)
    }

    fn run_with(
        &self,
        run: Run,
        source: &dyn Source,
        globals: &Globals,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<Tally, RunError> {
        let filter = self.whole_filter(globals);
        let range = if run.inner { EVER } else { filter.time_range() };
        let needed = needed_by_pipes(self);
        let first_reads_whole_rows = self.pipes.first().is_some_and(|p| p.must_be_first());
        let columns = if first_reads_whole_rows { Columns::Rows } else { Columns::read(&needed) };
        let (order_shows, of_read_rows) = self.shows_order(columns.clone());
        let mut env = Env {
            source,
            globals,
            range,
            blocks: Blocks::Rows,
            columns,
            order_shows: order_shows && !first_reads_whole_rows,
            now: self.now,
            filter: &filter,
        };
        let bound = env.bind_selection(&filter)?;
        env.filter = &bound;
        let mut stages = Vec::with_capacity(self.pipes.len());
        for pipe in &self.pipes {
            let stage = pipe.start(&env)?;
            env.blocks = env.blocks.behind(&stage, pipe.blocks());
            env.columns = pipe.columns(env.columns);
            stages.push(stage);
        }
        if (of_read_rows || self.pipes.iter().any(|p| p.loses_fields())) && !first_reads_whole_rows {
            let asked = Asked { needed: needed.clone(), arranged: of_read_rows };
            stages.insert(0, Stage::Each(Box::new(asked)));
        }
        let heads = stages.iter().take_while(|s| matches!(s, Stage::Each(_))).count();
        let rest = stages.split_off(heads);
        run_stages(&env, run.planned.then_some(needed), &stages, rest, emit)
    }

    /// Whether a pipe looks at the order of a row's fields, and whether one does that is not behind pipes that make rows of
    /// their own.
    fn shows_order(&self, mut columns: Columns) -> (bool, bool) {
        let (mut shows, mut of_read_rows, mut as_read) = (false, false, true);
        for pipe in &self.pipes {
            let here = pipe.shows_order(&columns);
            shows |= here;
            of_read_rows |= here && as_read;
            as_read &= pipe.columns(Columns::Rows) == Columns::Rows;
            columns = pipe.columns(columns);
        }
        (shows, of_read_rows)
    }

    /// The query's filter ANDed with the global ones.
    fn whole_filter(&self, globals: &Globals) -> Expr {
        let mut parts = Vec::new();
        if let (Some((from, to)), false) = (globals.time, self.options.ignore_global_time_filter == Some(true)) {
            parts.push(Expr::leaf(Between::new(from, to)));
        }
        parts.push(globals.filter.clone());
        parts.push(self.filter.clone());
        Expr::and(parts)
    }
}

/// Leaves only the fields that the pipes ask for; where they name each of them, in the order of asking.
struct Asked {
    needed: Needed,
    /// Whether their order shows, where they are not named.
    arranged: bool,
}

impl EachRow for Asked {
    fn apply(&self, mut row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        match self.needed.names() {
            Some(names) => row.select(names),
            None => row.retain(|name| self.needed.has(name)),
        }
        if self.arranged && self.needed.names().is_none() {
            row.arrange();
        }
        emit(row)
    }
}

fn run_stages(
    env: &Env<'_>,
    planned: Option<Needed>,
    each: &[Stage],
    mut rest: Vec<Stage>,
    emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<Tally, RunError> {
    let each: Vec<&dyn EachRow> =
        each.iter().filter_map(|s| if let Stage::Each(e) = s { Some(&**e) } else { None }).collect();
    let gather = match rest.first() {
        Some(Stage::Gather(_)) => match rest.remove(0) {
            Stage::Gather(gather) => Some(gather),
            _ => None,
        },
        _ => None,
    };
    let plan = planned.map(|needed| Plan::new(env.filter, &needed, gather.as_deref()));
    let parent = gather.as_ref().map(|g| std::sync::Mutex::new(g.fork()));
    let make = || -> Box<dyn Worker + '_> {
        let gather = parent.as_ref().map(|p| p.lock().expect("no worker panics here").fork());
        match &plan {
            Some(plan) => Box::new(Planned::new(plan, &each, gather)),
            None => Box::new(Scanning { filter: env.filter, each: &each, gather, tally: Tally::default() }),
        }
    };
    let mut tail = Tail { stages: rest, count: 0, memory: env.source.memory(), held: Ok(()) };
    let mut sink = |rows: Vec<Row>| -> ControlFlow<()> {
        tail.check()?;
        rows.into_iter().try_for_each(|row| tail.push(row, emit))
    };
    let workers = env.source.scan(&make, &mut sink)?;
    std::mem::replace(&mut tail.held, Ok(()))?;
    let mut tally = Tally::default();
    let mut whole = gather;
    let mut counted = Vec::new();
    for end in ends(workers) {
        tally.merge(end.tally);
        counted.extend(end.counter);
        if let (Some(whole), Some(part)) = (&mut whole, end.gather) {
            whole.merge(part);
        }
    }
    if let (Some(whole), Some(counted)) = (&mut whole, Counter::sum(counted)) {
        let best = whole.best();
        counted.pour(&mut **whole, best);
    }
    if let Some(whole) = whole {
        whole.finish(env, &mut |row| {
            if tail.count % ROWS_UNCHECKED == ROWS_UNCHECKED - 1 {
                tail.check()?;
            }
            tail.push(row, emit)
        })?;
    }
    finish(env, tail.done()?, emit)?;
    Ok(tally)
}

/// The stages behind the scan, which see their rows on the calling thread.
struct Tail {
    stages: Vec<Stage>,
    /// Rows so far.
    count: u64,
    memory: Option<Memory>,
    /// Whether what is held is still little enough.
    held: Result<(), RunError>,
}

impl Tail {
    /// Looks at the memory; breaks when there is too little of it.
    fn check(&mut self) -> ControlFlow<()> {
        self.held = self.memory.map_or(Ok(()), Memory::check);
        if self.held.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn push(&mut self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
        self.count += 1;
        push(&mut self.stages, row, self.count, emit)
    }

    /// The stages, if nothing was given up.
    fn done(self) -> Result<Vec<Stage>, RunError> {
        self.held.map(|()| self.stages)
    }
}

/// What the workers leave behind. Finishing may be work, so each does it on a thread of its own.
fn ends(workers: Vec<Box<dyn Worker + '_>>) -> Vec<WorkerEnd> {
    if workers.len() < 2 {
        return workers.into_iter().map(Worker::done).collect();
    }
    std::thread::scope(|scope| {
        let running: Vec<_> = workers.into_iter().map(|worker| scope.spawn(|| worker.done())).collect();
        running.into_iter().map(|r| r.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Pushes a row through the stages from the first on.
fn push(stages: &mut [Stage], row: Row, count: u64, emit: &mut Emit<'_>) -> ControlFlow<()> {
    let Some((first, rest)) = stages.split_first_mut() else { return emit(row) };
    match first {
        Stage::Each(each) => each.apply(row, &mut |row| push(rest, row, count, emit)),
        Stage::Serial(serial) => serial.push(row, &mut |row| push(rest, row, count, emit)),
        Stage::Gather(gather) => {
            gather.observe(&row, Seq { offset: count, ..Seq::default() });
            ControlFlow::Continue(())
        }
    }
}

/// Finishes the stages one after the other, each into those behind it.
fn finish(env: &Env<'_>, stages: Vec<Stage>, emit: &mut Emit<'_>) -> Result<(), RunError> {
    let mut rest = std::collections::VecDeque::from(stages);
    while let Some(stage) = rest.pop_front() {
        let behind = rest.make_contiguous();
        let mut count = 0;
        let mut into = |row: Row| {
            count += 1;
            push(behind, row, count, emit)
        };
        match stage {
            Stage::Each(_) => {}
            Stage::Serial(mut serial) => serial.finish(env, &mut into)?,
            Stage::Gather(gather) => gather.finish(env, &mut into)?,
        }
    }
    Ok(())
}

/// The plain worker: parse, filter, row-by-row pipes, then gather or give.
struct Scanning<'q> {
    filter: &'q Expr,
    each: &'q [&'q dyn EachRow],
    gather: Option<Box<dyn Gather>>,
    tally: Tally,
}

impl Worker for Scanning<'_> {
    fn chunk(&mut self, chunk: Chunk<'_>) -> Vec<Row> {
        let mut out = Vec::new();
        let input = u32::try_from(chunk.input).unwrap_or(u32::MAX);
        for (offset, line) in chunk.lines() {
            let seq = Seq { input, offset, nth: 0 };
            match record::parse_any(line) {
                Ok(record) => {
                    self.tally.records += 1;
                    if self.filter.matches(&record) {
                        self.take(&record, seq, &mut out);
                    }
                }
                Err(why) => self.tally.bad_line(seq, why),
            }
        }
        out
    }

    fn done(self: Box<Self>) -> WorkerEnd {
        WorkerEnd { gather: self.gather, counter: None, tally: self.tally }
    }
}

impl Scanning<'_> {
    fn take(&mut self, row: &dyn Fields, seq: Seq, out: &mut Vec<Row>) {
        match &mut self.gather {
            Some(gather) if self.each.is_empty() => gather.observe(row, seq),
            Some(gather) => {
                let mut nth = 0;
                let _ = through(self.each, row.to_row(), &mut |row| {
                    gather.observe(&row, Seq { nth, ..seq });
                    nth += 1;
                    ControlFlow::Continue(())
                });
            }
            None => {
                let _ = through(self.each, row.to_row(), &mut |row| {
                    out.push(row);
                    ControlFlow::Continue(())
                });
            }
        }
    }
}

/// Sends a row through row-by-row pipes.
pub(super) fn through(each: &[&dyn EachRow], row: Row, emit: &mut Emit<'_>) -> ControlFlow<()> {
    match each.split_first() {
        None => emit(row),
        Some((first, rest)) => first.apply(row, &mut |row| through(rest, row, emit)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::parse::Options;

    const DUMP: &[u8] =
        b"{\"a\":\"1\",\"_msg\":\"foo bar\"}\nnote\n{\"a\":\"2\",\"_msg\":\"bar\"}\n\n{\"a\":\"1\",\"_msg\":\"x\"}\n";

    fn answer(query: &str, source: &Bytes<'_>) -> (Vec<String>, Tally) {
        let query = Query::parse(query, Options::default()).unwrap_or_else(|e| panic!("{}", e.render(query)));
        let mut rows = Vec::new();
        let tally = query
            .run(source, &Globals::default(), &mut |row| {
                rows.push(row.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(","));
                ControlFlow::Continue(())
            })
            .expect("an answer");
        (rows, tally)
    }

    #[test]
    fn filters_pipes_and_bad_lines() {
        let (rows, tally) = answer("bar | fields a", &Bytes::new(DUMP));
        assert_eq!(rows, ["a=1", "a=2"]);
        assert_eq!((tally.records, tally.malformed), (3, 1));
        assert_eq!(tally.first_malformed.map(|(s, _)| s.offset), Some(27));
    }

    #[test]
    fn groups_come_in_first_seen_order_however_the_rows_were_split() {
        for (chunk, workers) in [(usize::MAX, 1), (1, 1), (1, 2), (1, 3), (30, 2)] {
            let source = Bytes { bytes: DUMP, chunk, workers };
            assert_eq!(answer("* | stats by (a) count() n", &source).0, ["a=1,n=2", "a=2,n=1"]);
            assert_eq!(answer("* | stats by (a) count() n | filter n:=1 | count()", &source).0, ["count(*)=1"]);
            assert_eq!(answer("* | limit 1 | fields a", &source).0, ["a=1"]);
        }
    }
}
