//! `/select/logsql/hits`: rows per time bucket, optionally by fields.

use super::body::Body;
use super::values;
use super::{Call, Endpoint, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::names;
use crate::record::time::{self, Nanos, SECOND};
use std::collections::BTreeMap;

pub static ENDPOINT: Endpoint = Endpoint { path: "/select/logsql/hits", help: "rows per time bucket", answer };

const DAY: Nanos = 86_400 * SECOND;

/// The buckets of one group, in order; empty ones are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// Names and values of the group's fields; none when groups were merged or not asked for.
    pub fields: Vec<(String, String)>,
    pub buckets: BTreeMap<Nanos, u64>,
}

impl Series {
    pub fn total(&self) -> u64 {
        self.buckets.values().sum()
    }
}

/// The groups, most rows first.
///
/// # Errors
/// What the arguments are refused for, or a failing source.
pub fn found(call: &mut Call<'_>) -> Result<(Vec<Series>, Tally), StoreError> {
    let step = call.request.duration("step", DAY)?;
    if step <= 0 {
        return Err(StoreError::argument("step", "must be greater than zero"));
    }
    let offset = call.request.duration("offset", 0)?;
    let fields = call.request.all("field");
    let mut by = format!("_time:{step}ns offset {offset}ns");
    for field in &fields {
        by.push_str(", ");
        by.push_str(&names::word(field));
    }
    let request = values::with_pipes(call, &format!("stats by ({by}) count() as hits"))?;
    let (rows, tally) = values::rows(call, &request)?;
    let mut groups: BTreeMap<Vec<String>, Series> = BTreeMap::new();
    for row in rows {
        let Some(at) = time::parse(row.get("_time")) else { continue };
        let key: Vec<String> = fields.iter().map(|name| row.get(name).to_owned()).collect();
        let named = || fields.iter().cloned().zip(key.iter().cloned()).collect();
        let series = groups.entry(key.clone()).or_insert_with(|| Series { fields: named(), buckets: BTreeMap::new() });
        *series.buckets.entry(at).or_default() += values::number(&row, "hits");
    }
    let limit = usize::try_from(call.request.count("fields_limit", 0)?).unwrap_or(usize::MAX);
    Ok((cut(groups.into_values().collect(), limit), tally))
}

/// Keeps the largest groups and merges the rest into one without fields.
fn cut(mut series: Vec<Series>, limit: usize) -> Vec<Series> {
    series.sort_by(|a, b| b.total().cmp(&a.total()).then_with(|| a.fields.cmp(&b.fields)));
    if limit == 0 || series.len() <= limit {
        return series;
    }
    let mut rest = Series::default();
    for one in series.split_off(limit) {
        for (at, hits) in one.buckets {
            *rest.buckets.entry(at).or_default() += hits;
        }
    }
    series.push(rest);
    series
}

fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let (found, tally) = found(call)?;
    let mut body = Body::default();
    let show = &mut *call.show;
    body.raw("{\"hits\":[");
    body.list(&found, |body, series| {
        body.raw("{\"fields\":{");
        body.list(&series.fields, |body, (name, value)| {
            body.string(&show.name(name)).raw(":").string(&show.value(name, value));
        });
        body.raw("},\"timestamps\":[");
        body.list(series.buckets.keys(), |body, at| {
            body.string(&time::format(*at));
        });
        body.raw("],\"values\":[");
        body.list(series.buckets.values(), |body, hits| {
            body.raw(&hits.to_string());
        });
        body.raw(&format!("],\"total\":{}}}", series.total()));
    });
    body.raw("]}");
    call.out.write_all(body.bytes())?;
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_groups_are_merged() {
        let series = |name: &str, hits| Series { fields: vec![("f".into(), name.into())], buckets: [(0, hits)].into() };
        let merged = cut(vec![series("a", 1), series("b", 5), series("c", 2)], 1);
        assert_eq!(merged, [series("b", 5), Series { fields: vec![], buckets: [(0, 3)].into() }]);
    }
}
