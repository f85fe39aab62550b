//! Requests as text: `PATH?NAME=VALUE&…`, as an HTTP front or the command line hands them over.

use super::StoreError;
use crate::logsql::request as logsql;
use crate::logsql::values::option::url_decode;
use crate::record::time::Nanos;

/// A path and its arguments, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    pub path: String,
    args: Vec<(String, String)>,
}

impl Request {
    /// Splits `PATH?ARGS` and decodes percent escapes. A scheme and host before the path are ignored, and so, as by the
    /// store's own parser, are arguments with a bare semicolon or with an escape that is none.
    pub fn parse(text: &str) -> Request {
        let text = text.split_once("://").map_or(text, |(_, rest)| rest.find('/').map_or("", |n| &rest[n..]));
        let (path, args) = text.split_once('?').unwrap_or((text, ""));
        let pair = |arg: &str| {
            let (name, value) = arg.split_once('=').unwrap_or((arg, ""));
            (url_decode(name), url_decode(value))
        };
        let path = path.trim_end_matches('/').to_owned();
        Request { path, args: args.split('&').filter(|arg| is_argument(arg)).map(pair).collect() }
    }

    /// A request built by this program.
    pub fn new(path: &str, args: Vec<(String, String)>) -> Request {
        Request { path: path.to_owned(), args }
    }

    /// The first value of an argument; missing and empty are the same.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// All values of a repeated argument.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.args.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.clone()).collect()
    }

    /// A count; a negative number is none.
    ///
    /// # Errors
    /// When the text is no integer.
    pub fn count(&self, name: &'static str, default: u64) -> Result<u64, StoreError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let n: i64 = text.parse().map_err(|_| StoreError::argument(name, format!("`{text}` is not a count")))?;
        Ok(u64::try_from(n).unwrap_or(0))
    }

    /// A yes or no.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|v| !matches!(v.to_ascii_lowercase().as_str(), "0" | "f" | "false" | "no"))
    }

    /// An argument that must be there.
    ///
    /// # Errors
    /// When it is missing.
    pub fn required(&self, name: &'static str) -> Result<&str, StoreError> {
        self.get(name).ok_or_else(|| StoreError::argument(name, "is missing"))
    }

    /// A duration in nanoseconds; a bare number is seconds.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn duration(&self, name: &'static str, default: Nanos) -> Result<Nanos, StoreError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let seconds = || text.parse::<f64>().ok().filter(|s| s.is_finite()).map(|s| (s * 1e9) as i64);
        crate::logsql::number::duration_of_parts(text)
            .or_else(seconds)
            .ok_or_else(|| StoreError::argument(name, format!("`{text}` is not a duration")))
    }

    /// The arguments that every endpoint takes.
    ///
    /// # Errors
    /// When the query is missing or `limit` is no count.
    pub fn query_args(&self) -> Result<logsql::Args, StoreError> {
        Ok(logsql::Args {
            query: self.required("query")?.to_owned(),
            start: self.get("start").map(str::to_owned),
            end: self.get("end").map(str::to_owned),
            time: self.get("time").map(str::to_owned),
            limit: self.count("limit", 0)?,
            extra_filters: self.all("extra_filters"),
            extra_stream_filters: self.all("extra_stream_filters"),
        })
    }
}

/// `NAME=VALUE` as a query string may hold it.
fn is_argument(text: &str) -> bool {
    let is_escape = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    !text.is_empty() && !text.contains(';') && text.split('%').skip(1).all(is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_arguments() {
        let request =
            Request::parse("http://host:9428/select/logsql/query?query=%22a%20b%22+%7C+count%28%29&x=1&x=2&e=");
        assert_eq!(request.path, "/select/logsql/query");
        assert_eq!(request.get("query"), Some("\"a b\" | count()"));
        assert_eq!(request.all("x"), ["1", "2"]);
        assert_eq!((request.get("e"), request.get("nosuch")), (None, None));
    }

    #[test]
    fn durations_and_counts() {
        let request = Request::parse("/p?step=5&offset=-2h&limit=x&bad=foo");
        assert_eq!(request.duration("step", 0).ok(), Some(5_000_000_000));
        assert_eq!(request.duration("offset", 0).ok(), Some(-7_200_000_000_000));
        assert!(request.count("limit", 0).is_err() && request.duration("bad", 0).is_err());
    }

    #[test]
    fn arguments_that_the_store_drops_are_dropped() {
        let request = Request::parse("/select/logsql/query?query=a;b&start=%zz&end=1%3B2&limit=%4");
        assert_eq!((request.get("query"), request.get("start"), request.get("limit")), (None, None, None));
        assert_eq!(request.get("end"), Some("1;2"));
    }
}
