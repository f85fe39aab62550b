//! `/select/logsql/stream_ids`: ids of streams with their rows.

use super::{Endpoint, values};

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/select/logsql/stream_ids",
    help: "ids of log streams with their row counts",
    answer: |call| {
        let limit = call.request.count("limit", 0)?;
        let (found, tally) = values::of_field(call, "_stream_id", limit)?;
        values::write(call, "_stream_id", &found)?;
        Ok(tally)
    },
};
