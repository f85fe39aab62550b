//! `/select/logsql/stats_query`: the results of `stats` as a Prometheus vector.

use super::body::Body;
use super::values;
use super::{Call, Endpoint, Show, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::pipes::Pipe;
use crate::logsql::pipes::delete::Delete;
use crate::logsql::pipes::fields::FieldsPipe;
use crate::logsql::pipes::rename::Rename;
use crate::logsql::pipes::stats::StatsPipe;
use crate::logsql::{Query, Row, number};

pub static ENDPOINT: Endpoint =
    Endpoint { path: "/select/logsql/stats_query", help: "results of `stats` as a vector", answer };

/// The columns of a stats answer: what tells series apart, and what they measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    pub labels: Vec<String>,
    pub metrics: Vec<String>,
}

/// Pipes that may follow `stats` here: they keep the meaning of the columns.
const HARMLESS: [&str; 9] =
    ["filter", "sort", "first", "last", "limit", "offset", "math", "format", "drop_empty_fields"];

impl Columns {
    /// The columns after the last `stats` of a query and the pipes behind it.
    ///
    /// # Errors
    /// When there is no `stats`, or a pipe behind it makes other rows out of its own.
    pub fn of(query: &Query) -> Result<(usize, Columns), StoreError> {
        let found = query
            .pipes
            .iter()
            .enumerate()
            .rev()
            .find_map(|(i, pipe)| Some((i, pipe.as_any().downcast_ref::<StatsPipe>()?)));
        let Some((at, stats)) = found else {
            return Err(StoreError::Refused(
                "the query must have a `stats` pipe, as in `* | stats count() as rows`".into(),
            ));
        };
        let mut columns = Columns {
            labels: stats.by.iter().map(|by| by.name.clone()).collect(),
            metrics: stats.calls.iter().map(|call| call.result.clone()).collect(),
        };
        for pipe in &query.pipes[at + 1..] {
            columns.follow(&**pipe)?;
        }
        Ok((at, columns))
    }

    fn follow(&mut self, pipe: &dyn Pipe) -> Result<(), StoreError> {
        let both = [&mut self.labels, &mut self.metrics];
        if let Some(rename) = pipe.as_any().downcast_ref::<Rename>() {
            both.into_iter().for_each(|names| rename.follow(names));
            return Ok(());
        }
        if let Some(fields) = pipe.as_any().downcast_ref::<FieldsPipe>() {
            both.into_iter().for_each(|names| names.retain(|name| fields.keep.matches(name)));
            return Ok(());
        }
        if let Some(delete) = pipe.as_any().downcast_ref::<Delete>() {
            both.into_iter().for_each(|names| names.retain(|name| !delete.fields.matches(name)));
            return Ok(());
        }
        let mut text = String::new();
        pipe.print(&mut text);
        let name = text.split(' ').next().unwrap_or_default();
        if HARMLESS.contains(&name) {
            return Ok(());
        }
        Err(StoreError::Refused(format!("the pipe `{name}` cannot follow `stats` here; {} can", HARMLESS.join(", "))))
    }

    /// Name, value and labels of every series of a row: the known metrics, then what later pipes added.
    pub fn series<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = (&'r str, &'r str)> {
        let known = self.metrics.iter().map(|name| (name.as_str(), row.get(name)));
        let is_known = |name: &str| self.metrics.iter().chain(&self.labels).any(|n| n == name);
        known.chain(row.iter().filter(move |(name, _)| !is_known(name)))
    }

    /// The labels of a row. Empty ones are labels too.
    pub fn labels_of(&self, row: &Row) -> Vec<(String, String)> {
        self.labels.iter().map(|name| (name.clone(), row.get(name).to_owned())).collect()
    }
}

/// Appends `{"metric":{"__name__":…,…},`.
pub fn metric(body: &mut Body, show: &mut Show, name: &str, labels: &[(String, String)]) {
    body.raw("{\"metric\":{\"__name__\":").string(&show.name(name));
    for (label, value) in labels {
        body.raw(",").string(&show.name(label)).raw(":").string(&show.value(label, value));
    }
    body.raw("},");
}

/// Seconds of an instant as a JSON number.
pub fn seconds(at: i64) -> String {
    number::print_float(at as f64 / 1e9)
}

fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let request = call.request.query_args()?.request(call.clock)?;
    let (_, columns) = Columns::of(&request.query)?;
    let (rows, tally) = values::rows(call, &request)?;
    let at = seconds(request.query.now);
    let mut body = Body::default();
    let show = &mut *call.show;
    body.raw("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[");
    let series = rows.iter().flat_map(|row| columns.series(row).map(move |(name, value)| (row, name, value)));
    body.list(series, |body, (row, name, value)| {
        metric(body, show, name, &columns.labels_of(row));
        body.raw(&format!("\"value\":[{at},")).string(&show.value(name, value)).raw("]}");
    });
    body.raw("]}}");
    call.out.write_all(body.bytes())?;
    Ok(tally)
}
