//! One thread's part of a planned query.

use super::Plan;
use super::counter::Counter;
use super::memo::Memo;
use super::names::NameCounter;
use super::node::Scanned;
use crate::logsql::batch::{Fields, Row};
use crate::logsql::exec::{Chunk, Tally, Worker, WorkerEnd, through};
use crate::logsql::pipes::{EachRow, Gather, Seq};
use crate::record::{self, Kernel, Malformed, Scanner};
use std::ops::ControlFlow;

/// Lines after which it is decided whether the needle is worth its search.
const TRIAL_LINES: u64 = 4096;

pub struct Planned<'q> {
    plan: &'q Plan<'q>,
    scanner: Scanner,
    take: Take<'q>,
    memos: Vec<Memo>,
    /// Lines and kept lines of the needle so far.
    needle: (u64, u64),
    lines: u64,
}

/// What happens to rows that match.
struct Take<'q> {
    each: &'q [&'q dyn EachRow],
    gather: Option<Box<dyn Gather>>,
    counter: Option<Counter>,
    names: Option<NameCounter>,
    tally: Tally,
    out: Vec<Row>,
}

impl<'q> Planned<'q> {
    pub fn new(plan: &'q Plan<'q>, each: &'q [&'q dyn EachRow], gather: Option<Box<dyn Gather>>) -> Self {
        let counter = match (&gather, each.is_empty(), &plan.keys) {
            (Some(_), true, Some(keys)) => Some(Counter::new(keys, &plan.projection)),
            _ => None,
        };
        let mut gather = gather;
        let named = each.is_empty() && gather.as_mut().is_some_and(|gather| gather.names().is_some());
        let names = named.then(NameCounter::default);
        let take = Take { each, gather, counter, names, tally: Tally::default(), out: Vec::new() };
        let memos = (0..plan.memos).map(|_| Memo::default()).collect();
        let scanner = Scanner::new(&plan.projection, Kernel::best());
        Planned { plan, scanner, take, memos, needle: (0, 0), lines: 0 }
    }

    /// Whether the needle pays: it is searched until it turns out that too many lines hold it.
    fn needle_pays(&self) -> bool {
        let (lines, kept) = self.needle;
        lines < TRIAL_LINES || kept * 8 < lines
    }
}

impl Worker for Planned<'_> {
    fn chunk(&mut self, chunk: Chunk<'_>) -> Vec<Row> {
        let input = u32::try_from(chunk.input).unwrap_or(u32::MAX);
        let pays = self.needle_pays();
        let Planned { plan, scanner, take, memos, .. } = self;
        let mut line = |place: record::Place<'_>, row: Result<&record::Row<'_>, Malformed>| {
            let seq = Seq { input, offset: place.offset, nth: 0 };
            match row {
                Ok(row) => {
                    take.tally.records += 1;
                    if plan.node.matches(row, plan.projection.names(), memos) {
                        take.row(row, plan, seq);
                    }
                }
                Err(why) => take.tally.bad_line(seq, why),
            }
        };
        match plan.needle.as_ref().filter(|_| pays) {
            None => self.lines = scanner.chunk(chunk.offset, chunk.bytes, line),
            Some(needle) => {
                let counts = needle.lines(chunk.bytes, |range| {
                    scanner.chunk(chunk.offset + range.start as u64, &chunk.bytes[range], &mut line);
                });
                // Lines that were skipped are records: they have the outside of one.
                take.tally.records += counts.skipped;
                self.lines = counts.all();
                self.needle = (self.needle.0 + self.lines, self.needle.1 + counts.kept);
            }
        }
        std::mem::take(&mut self.take.out)
    }

    fn lines(&self) -> Option<u64> {
        Some(self.lines)
    }

    fn done(self: Box<Self>) -> WorkerEnd {
        let Take { mut gather, mut counter, names, tally, .. } = self.take;
        if let (Some(names), Some(into)) = (names, gather.as_mut().and_then(|gather| gather.names())) {
            names.pour(into);
        }
        // What only the most frequent combinations decide is poured once all workers' counts are added up.
        if let Some(gather) = gather.as_mut().filter(|gather| gather.best().is_none())
            && let Some(counter) = counter.take()
        {
            counter.pour(&mut **gather, None);
        }
        WorkerEnd { gather, counter, tally }
    }
}

impl Take<'_> {
    fn row(&mut self, row: &record::Row<'_>, plan: &Plan<'_>, seq: Seq) {
        if let Some(counter) = &mut self.counter {
            counter.observe(row, seq);
            return;
        }
        if self.names.as_mut().is_some_and(|names| names.observe(row, seq)) {
            return;
        }
        let scanned = Scanned { row, names: plan.projection.names(), every: plan.every };
        match &mut self.gather {
            Some(gather) if self.each.is_empty() => gather.observe(&scanned, seq),
            Some(gather) => {
                let mut nth = 0;
                let _ = through(self.each, scanned.to_row(), &mut |row| {
                    gather.observe(&row, Seq { nth, ..seq });
                    nth += 1;
                    ControlFlow::Continue(())
                });
            }
            None => {
                let out = &mut self.out;
                let _ = through(self.each, scanned.to_row(), &mut |row| {
                    out.push(row);
                    ControlFlow::Continue(())
                });
            }
        }
    }
}
