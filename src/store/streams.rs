//! `/select/logsql/streams`: streams with their rows.

use super::{Endpoint, values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/select/logsql/streams",
    help: "log streams with their row counts",
    answer: |call| {
        let limit = call.request.count("limit", 0)?;
        let (found, tally) = values::of_field(call, "_stream", limit)?;
        values::write(call, "_stream", &found)?;
        Ok(tally)
    },
};
