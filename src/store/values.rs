//! What the list endpoints share: values with hits, most hits first.

use super::body::Body;
use super::{Call, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::parse::Options;
use crate::logsql::request::Request;
use crate::logsql::{Query, Row, names};
use std::ops::ControlFlow;

/// A value with the number of rows that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hits {
    pub value: String,
    pub hits: u64,
}

/// The request's query with its own pipes replaced.
///
/// # Errors
/// What the arguments are refused for.
pub fn with_pipes(call: &mut Call<'_>, pipes: &str) -> Result<Request, StoreError> {
    let args = call.request.query_args()?;
    let mut request = args.request(call.clock)?;
    call.show.answers(&request.query);
    let text = format!("* | {pipes}");
    let own = Query::parse(&text, Options { now: request.query.now })
        .map_err(|error| StoreError::Refused(error.render(&text)))?;
    request.query.pipes = own.pipes;
    request.limit = 0;
    Ok(request)
}

/// Runs a request and keeps its rows, which must be few.
///
/// # Errors
/// When the source fails.
pub fn rows(call: &Call<'_>, request: &Request) -> Result<(Vec<Row>, Tally), StoreError> {
    let mut rows = Vec::new();
    let tally = request.query.run(call.source, &request.globals, &mut |row| {
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok((rows, tally))
}

/// Distinct values of a field with their rows.
///
/// # Errors
/// What the arguments are refused for, or a failing source.
pub fn of_field(call: &mut Call<'_>, field: &str, limit: u64) -> Result<(Vec<Hits>, Tally), StoreError> {
    let request = with_pipes(call, &format!("field_values {}", names::word(field)))?;
    let (rows, tally) = rows(call, &request)?;
    let hits_name = if field == "hits" { "hitss" } else { "hits" };
    let found =
        rows.iter().map(|row| Hits { value: row.get(field).to_owned(), hits: number(row, hits_name) }).collect();
    Ok((sorted(found, limit), tally))
}

pub fn number(row: &Row, name: &str) -> u64 {
    row.get(name).parse().unwrap_or(0)
}

/// Most hits first, ties by value. Past the limit the store no longer counts, and says so with zeros.
pub fn sorted(mut values: Vec<Hits>, limit: u64) -> Vec<Hits> {
    values.sort_by(|a, b| b.hits.cmp(&a.hits).then_with(|| a.value.cmp(&b.value)));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if limit > 0 && values.len() > limit {
        values.truncate(limit);
        values.iter_mut().for_each(|value| value.hits = 0);
    }
    values
}

/// `{"values":[{"value":…,"hits":…}]}`
///
/// # Errors
/// When the body cannot be written.
pub fn write(call: &mut Call<'_>, field: &str, values: &[Hits]) -> Result<(), StoreError> {
    let mut body = Body::default();
    body.raw("{\"values\":[");
    let show = &mut *call.show;
    body.list(values, |body, one| {
        let value = if field.is_empty() { show.name(&one.value) } else { show.value(field, &one.value) };
        body.raw("{\"value\":").string(&value).raw(&format!(",\"hits\":{}}}", one.hits));
    });
    body.raw("]}");
    call.out.write_all(body.bytes())?;
    Ok(())
}
