//! `/select/logsql/stream_field_names`: the labels of the streams with their rows.

use super::values::{self, Hits};
use super::{Call, Endpoint, StoreError};
use crate::logsql::exec::Tally;
use crate::logsql::filters::stream;
use std::collections::BTreeMap;

pub static ENDPOINT: Endpoint = Endpoint {
    path: "/select/logsql/stream_field_names",
    help: "labels of the log streams with their row counts",
    answer: |call| {
        let (labels, tally) = labels(call, |name, _| Some(name))?;
        values::write(call, "", &values::sorted(labels, 0))?;
        Ok(tally)
    },
};

/// Counts rows by what is picked out of each label of their stream.
///
/// # Errors
/// What the arguments are refused for, or a failing source.
pub fn labels(
    call: &mut Call<'_>,
    pick: impl Fn(String, String) -> Option<String>,
) -> Result<(Vec<Hits>, Tally), StoreError> {
    let (streams, tally) = values::of_field(call, "_stream", 0)?;
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for one in streams {
        for picked in stream::labels(&one.value).into_iter().filter_map(|(name, value)| pick(name, value)) {
            *found.entry(picked).or_default() += one.hits;
        }
    }
    Ok((found.into_iter().map(|(value, hits)| Hits { value, hits }).collect(), tally))
}
