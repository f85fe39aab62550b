//! `/select/logsql/stats_query_range`: the results of `stats` over time as a Prometheus matrix.

use super::body::Body;
use super::stats_query::{Columns, metric, seconds};
use super::values;
use super::{Call, Endpoint, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::pipes::stats::{ByField, StatsPipe};
use crate::logsql::values::bucket::Bucket;
use crate::record::time::{self, Nanos, SECOND};
use std::collections::BTreeMap;
use std::sync::Arc;

pub static ENDPOINT: Endpoint =
    Endpoint { path: "/select/logsql/stats_query_range", help: "results of `stats` over time as a matrix", answer };

/// Name and labels of a series, its points by instant.
type Matrix = BTreeMap<(String, Vec<(String, String)>), BTreeMap<Nanos, String>>;

fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let step = call.request.duration("step", 86_400 * SECOND)?;
    if step <= 0 {
        return Err(StoreError::argument("step", "must be greater than zero"));
    }
    let mut request = call.request.query_args()?.request(call.clock)?;
    let (at, mut columns) = Columns::of(&request.query)?;
    let stats = request.query.pipes[at].as_any().downcast_ref::<StatsPipe>().expect("columns were read from it");
    request.query.pipes[at] = Arc::new(by_time(stats, step));
    columns.labels.retain(|name| name != "_time");
    let mut with_time = columns.clone();
    with_time.labels.push("_time".into());
    let (rows, tally) = values::rows(call, &request)?;
    let mut matrix = Matrix::new();
    for row in &rows {
        let Some(instant) = time::parse(row.get("_time")) else { continue };
        for (name, value) in with_time.series(row) {
            let series = matrix.entry((name.to_owned(), columns.labels_of(row))).or_default();
            series.insert(instant, value.to_owned());
        }
    }
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

/// The same `stats`, grouped by the step first. Rates are per second of a step.
fn by_time(stats: &StatsPipe, step: Nanos) -> StatsPipe {
    let mut stats = stats.clone();
    stats.by.retain(|by| by.name != "_time");
    stats.by.push(ByField { name: "_time".into(), bucket: Some(Bucket::nanos(step, 0)) });
    stats.range = Some((0, step - 1));
    stats
}
