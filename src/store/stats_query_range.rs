//! `/select/logsql/stats_query_range`: the results of `stats` over time as a Prometheus matrix.

use super::body::Body;
use super::stats_query::{Columns, metric, seconds};
use super::values;
use super::{Call, Endpoint, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::pipes::Pipe;
use crate::logsql::pipes::sort::Sort;
use crate::logsql::pipes::stats::{ByField, StatsPipe};
use crate::logsql::values::bucket::Bucket;
use crate::logsql::values::instant;
use crate::record::time::{Nanos, SECOND};
use std::collections::BTreeMap;
use std::sync::Arc;

pub static ENDPOINT: Endpoint =
    Endpoint { path: "/select/logsql/stats_query_range", help: "results of `stats` over time as a matrix", answer };

/// Name and labels of a series, its points by instant.
type Matrix = BTreeMap<(String, Vec<(String, String)>), Vec<(Nanos, String)>>;

fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let step = call.request.duration("step", 86_400 * SECOND)?;
    if step <= 0 {
        return Err(StoreError::argument("step", "must be greater than zero"));
    }
    let mut request = call.request.query_args()?.request(call.clock)?;
    call.show.answers(&request.query);
    request.query.pipes = request.query.pipes.iter().map(|pipe| by_time(pipe, step)).collect();
    let columns = Columns::of(&request.query)?;
    let (rows, tally) = values::rows(call, &request)?;
    let mut matrix = Matrix::new();
    for row in &rows {
        let instant = instant::parse(row.get("_time"));
        let mut labels = columns.labels_of(row);
        labels.retain(|(name, _)| name != "_time" || instant.is_none());
        for (name, value) in columns.series(row).filter(|(name, _)| *name != "_time" || instant.is_none()) {
            let series = matrix.entry((name.to_owned(), labels.clone())).or_default();
            series.push((instant.unwrap_or(request.query.now), value.to_owned()));
        }
    }
    matrix.values_mut().for_each(|points| points.sort_by_key(|(at, _)| *at));
    let mut body = Body::default();
    let show = &mut *call.show;
    body.raw("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[");
    body.list(&matrix, |body, ((name, labels), points)| {
        metric(body, show, name, labels);
        body.raw("\"values\":[");
        body.list(points, |body, (at, value)| {
            body.raw(&format!("[{},", seconds(*at))).string(&show.value(name, value)).raw("]");
        });
        body.raw("]}");
    });
    body.raw("]}}");
    call.out.write_all(body.bytes())?;
    Ok(tally)
}

/// The same pipe for every step by itself. Rates are per second of a step.
fn by_time(pipe: &Arc<dyn Pipe>, step: Nanos) -> Arc<dyn Pipe> {
    if let Some(sort) = pipe.as_any().downcast_ref::<Sort>() {
        return Arc::new(sort.by_time());
    }
    let Some(stats) = pipe.as_any().downcast_ref::<StatsPipe>() else { return pipe.clone() };
    let mut stats = stats.clone();
    let own = ByField { name: "_time".into(), bucket: Some(Bucket::nanos(step, 0)) };
    match stats.by.iter_mut().find(|by| by.name == "_time") {
        Some(by) => *by = own,
        None => stats.by.push(own),
    }
    stats.range = Some((0, step - 1));
    Arc::new(stats)
}
