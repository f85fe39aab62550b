//! `/select/logsql/field_names`: the fields of the rows, and how many rows have them.

use super::values::{self, Hits};
use super::{Call, Endpoint, StoreError};
use crate::logsql::exec::Tally;

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/select/logsql/field_names",
    help: "field names with their row counts",
    answer: |call| {
        let (found, tally) = found(call)?;
        values::write(call, "", &found)?;
        Ok(tally)
    },
};

/// The names, most rows first.
///
/// # Errors
/// What the arguments are refused for, or a failing source.
pub fn found(call: &mut Call<'_>) -> Result<(Vec<Hits>, Tally), StoreError> {
    let request = values::with_pipes(call, "field_names")?;
    let (rows, tally) = values::rows(call, &request)?;
    let names =
        rows.iter().map(|row| Hits { value: row.get("name").to_owned(), hits: values::number(row, "hits") }).collect();
    Ok((values::sorted(names, 0), tally))
}
