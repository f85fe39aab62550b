//! Store: the log store's HTTP answers and the live tool's methods over a dump, without a server.
//!
//! Belongs here: the dump as a source of records, requests (path and arguments in, body out), one file per endpoint, the
//! live tool's methods ([`vlogs`]). Elsewhere: the query language ([`crate::logsql`]), flags and exit codes
//! ([`crate::cli`]). No socket is ever opened: a front that listens would call [`answer`] and nothing else.

pub mod body;
pub mod dump;
pub mod facets;
pub mod field_names;
pub mod field_values;
pub mod hits;
pub mod query;
pub mod request;
pub mod show;
pub mod stats_query;
pub mod stats_query_range;
pub mod stream_field_names;
pub mod stream_field_values;
pub mod stream_ids;
pub mod streams;
pub mod values;
pub mod vlogs;

pub use request::Request;
pub use show::Show;

use crate::logsql::exec::Tally;
use crate::logsql::request::RequestError;
use crate::logsql::{RunError, Source};
use crate::record::time::Nanos;
use std::io::Write;

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store would refuse it too: an unknown path, a bad argument, a query that does not parse.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

impl StoreError {
    pub fn argument(name: &str, what: impl std::fmt::Display) -> StoreError {
        StoreError::Refused(format!("argument `{name}`: {what}"))
    }
}

impl From<RequestError> for StoreError {
    fn from(error: RequestError) -> Self {
        StoreError::Refused(error.render())
    }
}

/// What an endpoint works with.
pub struct Call<'a> {
    pub request: &'a Request,
    pub source: &'a dyn Source,
    /// The instant that stands for the store's clock when the arguments do not say it.
    pub clock: Nanos,
    pub show: &'a mut Show,
    pub out: &'a mut dyn Write,
}

/// One endpoint of the store's API.
pub struct Endpoint {
    pub path: &'static str,
    /// One line.
    pub help: &'static str,
    pub answer: fn(&mut Call<'_>) -> Result<Tally, StoreError>,
}

/// Every endpoint.
pub static ENDPOINTS: &[&Endpoint] = &[
    &query::ENDPOINT,
    &hits::ENDPOINT,
    &facets::ENDPOINT,
    &field_names::ENDPOINT,
    &field_values::ENDPOINT,
    &streams::ENDPOINT,
    &stream_ids::ENDPOINT,
    &stream_field_names::ENDPOINT,
    &stream_field_values::ENDPOINT,
    &stats_query::ENDPOINT,
    &stats_query_range::ENDPOINT,
];

/// Answers a request: writes the body that the store would send.
///
/// # Errors
/// What the store refuses, an answer that cannot be had from a dump, or a failing source or writer.
pub fn answer(call: &mut Call<'_>) -> Result<Tally, StoreError> {
    let path = call.request.path.as_str();
    let Some(endpoint) = ENDPOINTS.iter().find(|endpoint| endpoint.path == path) else { return Err(unknown(path)) };
    (endpoint.answer)(call)
}

fn unknown(path: &str) -> StoreError {
    if path.ends_with("/tail") {
        return StoreError::Refused(
            "`tail` follows rows as they arrive, and a dump has no new ones; use /select/logsql/query".into(),
        );
    }
    let nearest = crate::logsql::suggest::nearest(path, ENDPOINTS.iter().map(|endpoint| endpoint.path));
    let hint = nearest.map_or_else(String::new, |path| format!("\n  did you mean {path}?"));
    StoreError::Refused(format!("unknown path `{path}`{hint}"))
}
