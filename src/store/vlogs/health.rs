//! Rows and errors per service.

use super::ask::{Ask, window};
use super::errors::of_service;
use super::params::Params;
use super::{Method, text};
use crate::logsql::number;
use crate::record::time::{Nanos, SECOND};
use crate::store::StoreError;
use serde_json::{Map, Value, json};

pub static SERVICE_HEALTH: Method = Method {
    name: "service_health",
    help: "rows and errors per service",
    params: &[text("start", "1h")],
    run: service_health,
};

const HOUR: Nanos = 3_600 * SECOND;

/// The bucket size for a span. It changes no total.
fn step(start: &str) -> &'static str {
    match number::duration(start) {
        Some(span) if span <= HOUR => "1m",
        Some(span) if span <= 6 * HOUR => "5m",
        Some(span) if span <= 24 * HOUR => "1h",
        Some(span) if span <= 7 * 24 * HOUR => "1d",
        Some(_) => "1w",
        None => "1h",
    }
}

fn service_health(ask: &mut Ask<'_>, params: &Params) -> Result<Value, StoreError> {
    let start = params.text("start");
    let (all, absolute) = window("*", &start);
    let arg = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    // Names are needed as they are to ask for each of them; they are redacted on their way out.
    let mut plain = crate::store::Show::unredacted();
    let body = Ask { source: ask.source, clock: ask.clock, strict: ask.strict, show: &mut plain, tally: ask.tally }
        .endpoint("field_values", vec![arg("field", "service"), arg("query", &all), arg("start", absolute)])?;
    let mut out = Map::new();
    for service in body["values"].as_array().into_iter().flatten().filter_map(|one| one["value"].as_str()) {
        if service.trim().is_empty() {
            continue;
        }
        let query = of_service(ask, service);
        let errors = format!("{query} AND {}", ask.level("error"));
        let counts = json!({"total_count": total(ask, &query, &start)?, "error_count": total(ask, &errors, &start)?});
        out.insert(ask.show.value("service", service).into_owned(), counts);
    }
    Ok(out.into())
}

fn total(ask: &mut Ask<'_>, query: &str, start: &str) -> Result<u64, StoreError> {
    let args = [("query", query), ("start", start), ("step", step(start))];
    let body = ask.endpoint("hits", args.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())?;
    Ok(body["hits"].as_array().into_iter().flatten().filter_map(|series| series["total"].as_u64()).sum())
}
