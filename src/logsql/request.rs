//! A query with the arguments of an HTTP request: what `query` and the store's endpoints have in common.

use super::ast::{Expr, Query};
use super::batch::Row;
use super::error::QueryError;
use super::exec::{Globals, RunError, Source, Tally};
use super::filters::time::instant;
use super::filters::{list, stream};
use super::parse::Options;
use super::pipes::limit::LimitPipe;
use super::timespec;
use crate::record::time::Nanos;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The arguments as text, as they came.
#[derive(Debug, Clone, Default)]
pub struct Args {
    pub query: String,
    pub start: Option<String>,
    pub end: Option<String>,
    /// The store's clock.
    pub time: Option<String>,
    /// 0 is "no limit".
    pub limit: u64,
    pub extra_filters: Vec<String>,
    pub extra_stream_filters: Vec<String>,
}

/// Why a request was refused.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("{error}")]
    Query { query: String, error: QueryError },
    #[error("argument `{name}`: {message}")]
    Argument { name: &'static str, message: String },
}

impl RequestError {
    fn argument(name: &'static str, message: impl Into<String>) -> Self {
        RequestError::Argument { name, message: message.into() }
    }

    /// The message with the query, a caret line and suggestions.
    pub fn render(&self) -> String {
        match self {
            RequestError::Query { query, error } => error.render(query),
            RequestError::Argument { .. } => self.to_string(),
        }
    }
}

/// A request ready to be answered.
#[derive(Debug, Clone)]
pub struct Request {
    pub query: Query,
    pub globals: Globals,
    pub limit: u64,
}

impl Args {
    /// Parses everything. `clock` is asked for the instant of the request only if something is relative to it and
    /// neither `time` nor `end` says it.
    pub fn request(&self, clock: Nanos) -> Result<Request, RequestError> {
        let moment = |name: &'static str, text: &Option<String>, now: Nanos, end: bool| {
            let Some(text) = text.as_deref().filter(|t| !t.is_empty()) else { return Ok(None) };
            let parsed = if end { timespec::end_arg(text, now) } else { timespec::start_arg(text, now) };
            parsed.map(Some).ok_or_else(|| RequestError::argument(name, format!("`{text}` is not a time")))
        };
        let time = moment("time", &self.time, clock, false)?;
        let base = time.unwrap_or(clock);
        let end_at = moment("end", &self.end, base, false)?;
        let now = time.or(end_at).unwrap_or(clock);
        let start = moment("start", &self.start, base, false)?;
        let end = moment("end", &self.end, base, true)?;
        let range =
            (start.is_some() || end.is_some()).then(|| (start.unwrap_or(Nanos::MIN), end.unwrap_or(Nanos::MAX)));
        let options = Options { now };
        let query = Query::parse(&self.query, options)
            .map_err(|error| RequestError::Query { query: self.query.clone(), error })?;
        let mut filters = Vec::new();
        for text in &self.extra_filters {
            filters.push(extra("extra_filters", text, options, false)?);
        }
        for text in &self.extra_stream_filters {
            filters.push(extra("extra_stream_filters", text, options, true)?);
        }
        Ok(Request { query, globals: Globals { time: range, filter: Expr::and(filters) }, limit: self.limit })
    }

    /// Whether the answer depends on the clock, given that the query itself parses.
    pub fn uses_clock(&self) -> bool {
        let relative = |text: &Option<String>| text.as_deref().is_some_and(timespec::is_relative);
        if self.time.as_deref().is_some_and(|t| !t.is_empty()) {
            return relative(&self.time);
        }
        let by_query = self.end.as_deref().is_none_or(str::is_empty)
            && Query::parse(&self.query, Options::default()).is_ok_and(|q| q.uses_now);
        by_query || relative(&self.start) || relative(&self.end)
    }
}

/// `{"field":"value","other":["a","b"]}` or LogsQL text.
fn extra(name: &'static str, text: &str, options: Options, streams: bool) -> Result<Expr, RequestError> {
    if text.is_empty() {
        return Ok(Expr::All);
    }
    if text.starts_with("{\"") {
        let map: BTreeMap<String, OneOrMany> = serde_json::from_str(text)
            .map_err(|e| RequestError::argument(name, format!("not an object of strings and lists of strings: {e}")))?;
        let map = map.into_iter().filter(|(_, values)| !matches!(values, OneOrMany::Many(v) if v.is_empty()));
        let one = |(field, values): (String, OneOrMany)| {
            let values = values.into_vec();
            if streams { stream::label_in_list(&field, &values) } else { list::one_of(&field, values) }
        };
        return Ok(Expr::and(map.map(one).collect()));
    }
    Expr::parse(text, options).map_err(|error| RequestError::Query { query: text.to_owned(), error })
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_vec(self) -> Vec<String> {
        match self {
            OneOrMany::One(value) => vec![value],
            OneOrMany::Many(values) => values,
        }
    }
}

impl Request {
    /// Answers the request. Rows without any field are left out, as the store never prints them. With a limit over
    /// rows that keep their time, the newest ones come in ascending order.
    pub fn run(&self, source: &dyn Source, emit: &mut dyn FnMut(Row) -> ControlFlow<()>) -> Result<Tally, RunError> {
        let mut printed = |row: Row| if row.is_empty() { ControlFlow::Continue(()) } else { emit(row) };
        if self.limit == 0 {
            return self.query.run(source, &self.globals, &mut printed);
        }
        if !self.query.pipes.iter().all(|p| p.limit_is_newest()) {
            let mut query = self.query.clone();
            query.pipes.push(Arc::new(LimitPipe { limit: self.limit }));
            query.normalise();
            return query.run(source, &self.globals, &mut printed);
        }
        let mut newest: BTreeMap<(Nanos, u64), Row> = BTreeMap::new();
        let keeps_time = self.query.pipes.iter().all(|p| p.keeps_time());
        let (mut count, mut untimed) = (0, false);
        let tally = self.query.run(source, &self.globals, &mut |row| {
            count += 1;
            let at = instant(&row);
            // Rows may come without a time, but not lose it on the way.
            untimed |= at.is_none() && !keeps_time;
            newest.insert((at.unwrap_or(Nanos::MIN), count), row);
            if newest.len() as u64 > self.limit {
                newest.pop_first();
            }
            ControlFlow::Continue(())
        })?;
        if untimed {
            let message = "the argument `limit` picks the newest rows, and the query leaves rows without a `_time`";
            return Err(RunError::Refused(message.into()));
        }
        for (_, row) in newest {
            if printed(row).is_break() {
                break;
            }
        }
        Ok(tally)
    }
}
