//! `/select/logsql/stats_query`: the results of `stats` as a Prometheus vector.

use super::body::Body;
use super::values;
use super::{Call, Endpoint, Show, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::names::Pattern;
use crate::logsql::pipes::Pipe;
use crate::logsql::pipes::delete::Delete;
use crate::logsql::pipes::fields::FieldsPipe;
use crate::logsql::pipes::filter::FilterPipe;
use crate::logsql::pipes::format::Format;
use crate::logsql::pipes::math::Math;
use crate::logsql::pipes::rename::{Rename, target};
use crate::logsql::pipes::sort::Sort;
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

impl Columns {
    /// The columns after the last `stats` of a query and the pipes behind it.
    ///
    /// # Errors
    /// When there is no `stats`, or a pipe behind it makes other rows out of its own or tampers with what tells series
    /// apart.
    pub fn of(query: &Query) -> Result<Columns, StoreError> {
        let stats = query.pipes.iter().enumerate().rev();
        let found = stats.filter_map(|(i, pipe)| Some((i, pipe.as_any().downcast_ref::<StatsPipe>()?))).next();
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
        if columns.metrics.is_empty() {
            return Err(StoreError::Refused("no result of `stats` is left".into()));
        }
        Ok(columns)
    }

    fn follow(&mut self, pipe: &dyn Pipe) -> Result<(), StoreError> {
        let any = pipe.as_any();
        if any.is::<FilterPipe>() || any.is::<Sort>() {
            return Ok(());
        }
        if let Some(math) = any.downcast_ref::<Math>() {
            return math.results().try_for_each(|name| {
                self.free(name)?;
                self.metrics.push(name.to_owned());
                Ok(())
            });
        }
        if let Some(fields) = any.downcast_ref::<FieldsPipe>() {
            return self.leave_out(|name| !fields.keep.matches(name));
        }
        if let Some(delete) = any.downcast_ref::<Delete>() {
            return self.leave_out(|name| delete.fields.matches(name));
        }
        if let Some(rename) = any.downcast_ref::<Rename>() {
            return rename.pairs.iter().try_for_each(|(from, to)| self.rename(rename.keep, from, to));
        }
        if let Some(format) = any.downcast_ref::<Format>() {
            self.free(&format.target)?;
            self.metrics.retain(|name| *name != format.target);
            self.labels.push(format.target.clone());
            return Ok(());
        }
        let mut text = String::new();
        pipe.print(&mut text);
        let name = text.split(' ').next().unwrap_or_default();
        Err(StoreError::Refused(format!(
            "the pipe `{name}` cannot follow `stats` here; filter, sort, first, last, math, fields, delete, copy, rename \
             and format can"
        )))
    }

    /// A label must not be overwritten.
    fn free(&self, name: &str) -> Result<(), StoreError> {
        match self.labels.iter().any(|label| label == name) {
            true => {
                Err(StoreError::Refused(format!("the field `{name}` tells series apart and cannot be overwritten")))
            }
            false => Ok(()),
        }
    }

    fn leave_out(&mut self, gone: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        if let Some(label) = self.labels.iter().find(|label| gone(label)) {
            return Err(StoreError::Refused(format!("the field `{label}` tells series apart and cannot be left out")));
        }
        self.metrics.retain(|name| !gone(name));
        Ok(())
    }

    fn rename(&mut self, keep: bool, from: &Pattern, to: &Pattern) -> Result<(), StoreError> {
        for i in 0..self.labels.len() {
            let label = self.labels[i].clone();
            if to.matches(&label) {
                self.free(&label)?;
            }
            if from.matches(&label) {
                let new = target(from, to, &label);
                self.free(&new)?;
                if keep {
                    self.labels.push(new);
                } else {
                    self.labels[i] = new;
                }
            }
        }
        let before = std::mem::take(&mut self.metrics);
        let kept = before.iter().filter(|name| !to.matches(name) && (keep || !from.matches(name))).cloned();
        let made = before.iter().filter(|name| from.matches(name)).map(|name| target(from, to, name));
        self.metrics = kept.chain(made).collect();
        Ok(())
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
    call.show.answers(&request.query);
    let columns = Columns::of(&request.query)?;
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
