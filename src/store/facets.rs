//! `/select/logsql/facets`: the most frequent values of every field.

use super::body::Body;
use super::values::{self, Hits};
use super::{Call, Endpoint, StoreError};
use crate::logsql::exec::Tally;

pub static ENDPOINT: Endpoint =
    Endpoint { path: "/select/logsql/facets", help: "most frequent values of every field", answer };

/// One field with its values, most rows first.
pub struct Facet {
    pub name: String,
    pub values: Vec<Hits>,
}

/// The facets, by field name.
///
/// # Errors
/// What the arguments are refused for, or a failing source.
pub fn found(call: &mut Call<'_>) -> Result<(Vec<Facet>, Tally), StoreError> {
    let request = call.request;
    // Zero asks for the default.
    let count =
        |name, default| Ok::<_, StoreError>(Some(request.count(name, 0)?).filter(|n| *n > 0).unwrap_or(default));
    let limit = count("limit", 10)?;
    let max_values = count("max_values_per_field", 1000)?;
    let max_len = count("max_value_len", 128)?;
    let keep = if request.flag("keep_const_fields") { " keep_const_fields" } else { "" };
    let pipe = format!("facets {limit} max_values_per_field {max_values} max_value_len {max_len}{keep}");
    let request = values::with_pipes(call, &pipe)?;
    let (rows, tally) = values::rows(call, &request)?;
    let mut facets: Vec<Facet> = Vec::new();
    for row in rows {
        let name = row.get("field_name");
        if facets.last().is_none_or(|facet| facet.name != name) {
            facets.push(Facet { name: name.to_owned(), values: Vec::new() });
        }
        let hits = Hits { value: row.get("field_value").to_owned(), hits: values::number(&row, "hits") };
        facets.last_mut().expect("one was just made").values.push(hits);
    }
    Ok((facets, tally))
}

fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let (facets, tally) = found(call)?;
    let mut body = Body::default();
    let show = &mut *call.show;
    body.raw("{\"facets\":[");
    body.list(&facets, |body, facet| {
        body.raw("{\"field_name\":").string(&show.name(&facet.name)).raw(",\"values\":[");
        body.list(&facet.values, |body, one| {
            body.raw("{\"field_value\":")
                .string(&show.value(&facet.name, &one.value))
                .raw(&format!(",\"hits\":{}}}", one.hits));
        });
        body.raw("]}");
    });
    body.raw("]}");
    call.out.write_all(body.bytes())?;
    Ok(tally)
}
