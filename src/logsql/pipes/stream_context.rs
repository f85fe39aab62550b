//! `stream_context [before N] [after M] [time_window D]`: the rows around each match, in its stream.

use super::grammar::whole_part;
use super::{Emit, Gather, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::exec::{Chunk, Env, RunError, Worker, WorkerEnd};
use crate::logsql::needed::Needed;
use crate::logsql::number;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::timespec;
use crate::record;
use crate::record::time::{self, Nanos, SECOND};
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

pub static SPEC: PipeSpec = PipeSpec {
    names: &["stream_context"],
    words: &["before", "after", "time_window"],
    example: "panic | stream_context before 5 after 10",
    help: "the rows around each match, in its stream; must be the first pipe",
    parse,
};

const HOUR: Nanos = 3_600 * SECOND;
/// Most streams and most matches of a stream that the store takes.
const MAX_STREAMS: usize = 100;
const MAX_MATCHES: usize = 1_000;

/// The surrounding rows need not match the filter.
#[derive(Debug, Clone)]
pub struct StreamContext {
    before: u64,
    after: u64,
    window: Nanos,
    window_text: Option<String>,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let mut pipe = StreamContext { before: 0, after: 0, window: HOUR, window_text: None };
    let mut any = false;
    loop {
        if parser.eat("before") {
            pipe.before = whole_part(parser, "a number of rows", 0.0)?.0;
        } else if parser.eat("after") {
            pipe.after = whole_part(parser, "a number of rows", 0.0)?.0;
        } else if any {
            break;
        } else {
            return Err(parser
                .error(format!("unexpected {} after `stream_context`", parser.describe()))
                .expected("`before N` or `after N`"));
        }
        any = true;
    }
    // The window comes last: the store takes no `before` or `after` behind it.
    if parser.eat("time_window") {
        let mark = parser.mark();
        let text = parser.word("a duration")?;
        pipe.window = number::duration(&text).filter(|window| *window >= 0).ok_or_else(|| {
            parser.error_since(mark, format!("`{text}` is not a duration")).expected("a duration such as 1h")
        })?;
        pipe.window_text = (pipe.window != HOUR).then_some(text);
    }
    Ok(Arc::new(pipe))
}

impl Pipe for StreamContext {
    fn print(&self, out: &mut String) {
        out.push_str("stream_context");
        if self.before > 0 {
            out.push_str(&format!(" before {}", self.before));
        }
        if self.after > 0 || self.before == 0 {
            out.push_str(&format!(" after {}", self.after));
        }
        if let Some(text) = &self.window_text {
            out.push_str(" time_window ");
            out.push_str(text);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        // Whole rows are fetched by place, so the matches themselves only have to say where they are.
        *needed = Needed::nothing();
        ["_time", "_stream", "_stream_id"].iter().for_each(|name| needed.add(name));
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Gather(Box::new(Matches { pipe: self.clone(), streams: BTreeMap::new() })))
    }

    fn limit_is_newest(&self) -> bool {
        true
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn must_be_first(&self) -> bool {
        true
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A row's place in time and in the evidence.
type Place = (Nanos, Seq);

/// Where the matches of each stream are.
struct Matches {
    pipe: StreamContext,
    streams: BTreeMap<String, BTreeSet<Place>>,
}

/// What tells one stream from another.
fn stream_of(row: &dyn Fields) -> String {
    let id = row.get("_stream_id");
    if id.is_empty() { row.get("_stream").into_owned() } else { id.into_owned() }
}

fn instant(row: &dyn Fields) -> Option<Nanos> {
    row.time().or_else(|| time::parse(&row.get("_time")))
}

impl Gather for Matches {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Matches { pipe: self.pipe.clone(), streams: BTreeMap::new() })
    }

    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        if let Some(at) = instant(row) {
            self.streams.entry(stream_of(row)).or_default().insert((at, seq));
        }
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        let Ok(other) = other.into_any().downcast::<Matches>() else { return };
        for (stream, places) in other.streams {
            self.streams.entry(stream).or_default().extend(places);
        }
    }

    fn finish(self: Box<Self>, env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        if self.streams.is_empty() {
            return Ok(());
        }
        if self.streams.len() > MAX_STREAMS || self.streams.values().any(|matches| matches.len() > MAX_MATCHES) {
            return Err(RunError::Refused(format!(
                "`stream_context` takes matches from at most {MAX_STREAMS} streams, and at most {MAX_MATCHES} of each; \
                 narrow the filter"
            )));
        }
        let everything = places_of_streams(env, &self.streams)?;
        let first_match = |(_, matches): &(&String, &BTreeSet<Place>)| matches.first().map(|(at, _)| *at);
        let mut streams: Vec<_> = self.streams.iter().collect();
        streams.sort_by_key(first_match);
        let chunks: Vec<Vec<Vec<Place>>> = streams
            .iter()
            .map(|(stream, matches)| {
                let rows: Vec<Place> = everything.get(*stream).into_iter().flatten().copied().collect();
                self.pipe.chunks(&rows, matches)
            })
            .collect();
        let wanted: BTreeSet<Seq> = chunks.iter().flatten().flatten().map(|(_, seq)| *seq).collect();
        let mut rows = fetch(env, &wanted)?;
        for of_stream in &chunks {
            let separate = chunks.len() > 1 || of_stream.len() > 1;
            for chunk in of_stream {
                let mut last = None;
                for mut row in chunk.iter().filter_map(|(_, seq)| rows.remove(seq)) {
                    last = Some(separator(&row));
                    // Rebuilt rows have a time that is text like any other.
                    row.set_time(None);
                    if emit(row).is_break() {
                        return Ok(());
                    }
                }
                if let Some(row) = last.filter(|_| separate)
                    && emit(row).is_break()
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

impl StreamContext {
    /// The rows around each match, as far as the matches before and after it, in chunks. No row comes twice.
    ///
    /// Two matches at the same instant are each other's limit, and the rows at that instant are lost: so it is in the
    /// store.
    fn chunks(&self, rows: &[Place], matches: &BTreeSet<Place>) -> Vec<Vec<Place>> {
        let needed: Vec<Nanos> = matches.iter().map(|(at, _)| *at).collect();
        let (Some(first), Some(last)) = (needed.first(), needed.last()) else { return Vec::new() };
        // The window reaches out from the first and the last match; between them every row is near.
        let from = if self.before > 0 { first.saturating_sub(self.window) } else { *first };
        let to = if self.after > 0 { last.saturating_add(self.window) } else { *last };
        let to = timespec::printed_end(to).unwrap_or(to);
        let (before, after) = (limit(self.before), limit(self.after));
        let mut chunks: Vec<Vec<Place>> = Vec::new();
        for (i, at) in needed.iter().enumerate() {
            let start = match i.checked_sub(1) {
                Some(previous) => rows.partition_point(|row| row.0 <= needed[previous]),
                None => rows.partition_point(|row| row.0 < from),
            };
            let end = match needed.get(i + 1) {
                Some(next) => rows.partition_point(|row| row.0 < *next),
                None => rows.partition_point(|row| row.0 <= to),
            };
            let near = rows.get(start..end).unwrap_or_default();
            let hit = near.partition_point(|row| row.0 < *at)..near.partition_point(|row| row.0 <= *at);
            let near = &near[hit.start.saturating_sub(before)..near.len().min(hit.end.saturating_add(after))];
            let seen = chunks.last().and_then(|chunk| chunk.last()).copied();
            let fresh: Vec<Place> = near.iter().filter(|row| seen.is_none_or(|seen| seen < **row)).copied().collect();
            if !fresh.is_empty() {
                chunks.push(fresh);
            }
        }
        chunks
    }
}

fn limit(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// The row that ends a chunk.
fn separator(last: &Row) -> Row {
    let mut row = Row::new();
    let after = instant(last).map(|at| at.saturating_add(1));
    row.set("_time", after.map_or_else(String::new, time::format));
    row.set("_stream_id", last.get("_stream_id"));
    row.set("_stream", last.get("_stream"));
    row.set("_msg", "---");
    row
}

/// Scans the source with a closure that sees every record.
fn each_record(env: &Env<'_>, visit: &(dyn Fn(&record::Record<'_>, Seq) + Sync)) -> Result<(), RunError> {
    struct Visiting<'v>(&'v (dyn Fn(&record::Record<'_>, Seq) + Sync));
    impl Worker for Visiting<'_> {
        fn chunk(&mut self, chunk: Chunk<'_>) -> Vec<Row> {
            let input = u32::try_from(chunk.input).unwrap_or(u32::MAX);
            for (offset, line) in chunk.lines() {
                if let Ok(record) = record::parse(line) {
                    (self.0)(&record, Seq { input, offset, nth: 0 });
                }
            }
            Vec::new()
        }

        fn done(self: Box<Self>) -> WorkerEnd {
            WorkerEnd::default()
        }
    }
    let make = || -> Box<dyn Worker + '_> { Box::new(Visiting(visit)) };
    env.source.scan(&make, &mut |_| ControlFlow::Continue(())).map(|_| ())
}

fn places_of_streams(
    env: &Env<'_>,
    streams: &BTreeMap<String, BTreeSet<Place>>,
) -> Result<BTreeMap<String, BTreeSet<Place>>, RunError> {
    let found = Mutex::new(BTreeMap::<String, BTreeSet<Place>>::new());
    each_record(env, &|record, seq| {
        let stream = stream_of(record);
        if let (true, Some(at)) = (streams.contains_key(&stream), instant(record))
            && let Ok(mut found) = found.lock()
        {
            found.entry(stream).or_default().insert((at, seq));
        }
    })?;
    found.into_inner().map_err(|_| RunError::Source("a worker stopped early".into()))
}

fn fetch(env: &Env<'_>, wanted: &BTreeSet<Seq>) -> Result<BTreeMap<Seq, Row>, RunError> {
    let found = Mutex::new(BTreeMap::new());
    each_record(env, &|record, seq| {
        if wanted.contains(&seq)
            && let Ok(mut found) = found.lock()
        {
            found.insert(seq, record.to_row());
        }
    })?;
    found.into_inner().map_err(|_| RunError::Source("a worker stopped early".into()))
}
