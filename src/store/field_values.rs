//! `/select/logsql/field_values`: values of one field with their rows, the empty value included.

use super::{Endpoint, values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/select/logsql/field_values",
    help: "values of one field with their row counts",
    answer: |call| {
        let field = call.request.required("field")?.to_owned();
        let limit = call.request.count("limit", 0)?;
        let (found, tally) = values::of_field(call, &field, limit)?;
        values::write(call, &field, &found)?;
        Ok(tally)
    },
};
