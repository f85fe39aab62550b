//! `/select/logsql/stream_field_values`: values of one stream label with their rows, the empty value left out.

use super::stream_field_names::labels;
use super::{Endpoint, values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/select/logsql/stream_field_values",
    help: "values of one label of the log streams with their row counts",
    answer: |call| {
        let field = call.request.required("field")?.to_owned();
        let (found, tally) = labels(call, |name, value| (name == field && !value.is_empty()).then_some(value))?;
        let limit = call.request.count("limit", 0)?;
        values::write(call, &field, &values::sorted(found, limit))?;
        Ok(tally)
    },
};
