//! What the methods ask the store with: composing queries, fetching rows, cleaning them.

use crate::logsql::request::Args;
use crate::logsql::{Row, Source, text};
use crate::record::time::{self, Nanos};
use crate::store::{Call, Request, Show, StoreError};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::ops::ControlFlow;

/// A source with the manners of one run.
pub struct Ask<'a> {
    pub source: &'a dyn Source,
    /// The instant that stands for now.
    pub clock: Nanos,
    /// The live tool to the letter.
    pub strict: bool,
    pub show: &'a mut Show,
    /// Lines that are no records, over everything asked.
    pub tally: crate::logsql::exec::Tally,
}

/// Rows and whether there were more.
pub struct Rows {
    pub rows: Vec<Row>,
    pub cut: bool,
}

/// Most rows that an analysis looks at, as in the live tool.
pub const ANALYSIS_LIMIT: u64 = 10_000;

impl Ask<'_> {
    /// Rows of a query: the newest `limit` in time order; in strict mode the first `limit` there are.
    ///
    /// # Errors
    /// A query that does not parse, or a failing source.
    pub fn rows(&mut self, query: &str, limit: u64, start: &str, end: &str) -> Result<Rows, StoreError> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (query, limit_arg) =
            if self.strict { (format!("{query} | limit {limit}"), 0) } else { (query.to_owned(), limit + 1) };
        let args = Args { query, start: some(start), end: some(end), limit: limit_arg, ..Args::default() };
        let request = args.request(self.clock)?;
        self.show.answers(&request.query);
        let mut rows = Vec::new();
        self.tally = request.run(self.source, &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let cut = if self.strict { rows.len() >= most } else { rows.len() > most };
        if !self.strict {
            let extra = rows.len().saturating_sub(most);
            rows.drain(..extra);
            rows.iter_mut().for_each(alias);
        }
        Ok(Rows { rows, cut })
    }

    /// The rows of a helper method: `start` is a duration before the query, or an absolute argument.
    ///
    /// # Errors
    /// See [`Ask::rows`].
    pub fn helper(&mut self, query: &str, limit: u64, start: &str, end: &str) -> Result<Vec<Row>, StoreError> {
        let (query, start) = window(query, start);
        Ok(self.rows(&query, limit, start, end)?.rows)
    }

    /// Asks an endpoint and gives its body.
    ///
    /// # Errors
    /// What the endpoint says.
    pub fn endpoint(&mut self, name: &str, args: Vec<(String, String)>) -> Result<Value, StoreError> {
        let args = args.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let request = Request::new(&format!("/select/logsql/{name}"), args);
        let mut body = Vec::new();
        let mut call =
            Call { request: &request, source: self.source, clock: self.clock, show: &mut *self.show, out: &mut body };
        self.tally = crate::store::answer(&mut call)?;
        serde_json::from_slice(&body).map_err(|e| StoreError::Refused(format!("unreadable answer of {name}: {e}")))
    }

    /// `field:value`; quoted unless strict, and also under the nested name.
    pub fn is(&self, field: &str, value: &str) -> String {
        if self.strict {
            return format!("{field}:{value}");
        }
        let value = quoted(value);
        format!("({field}:{value} or fields.{field}:{value})")
    }

    /// `field:"value"`, quoted even in strict mode, as the live tool does with thread keys.
    pub fn is_quoted(&self, field: &str, value: &str) -> String {
        let value = quoted(value);
        if self.strict { format!("{field}:{value}") } else { format!("({field}:{value} or fields.{field}:{value})") }
    }

    /// Rows of a level: any letter case, and `warn` is `warning`; to the letter in strict mode.
    pub fn level(&self, level: &str) -> String {
        if self.strict {
            return format!("level:{level}");
        }
        match level.to_ascii_lowercase().as_str() {
            "warn" | "warning" => "(level:i(warn) or level:i(warning))".to_owned(),
            level => format!("level:i({})", quoted(level)),
        }
    }

    /// A row as JSON, without what the tool leaves out.
    pub fn object(&mut self, row: &Row) -> Value {
        let fields = row.iter().filter(|(name, _)| *name != "_stream" && *name != "_stream_id");
        Value::Object(fields.map(|(name, value)| self.pair(name, value)).collect())
    }

    /// A row as JSON with some of its fields.
    pub fn projected(&mut self, row: &Row, keep: &[&str]) -> Value {
        let fields = row.iter().filter(|(name, _)| keep.contains(name));
        Value::Object(fields.map(|(name, value)| self.pair(name, value)).collect::<Map<_, _>>())
    }

    pub fn pair(&mut self, name: &str, value: &str) -> (String, Value) {
        (self.show.name(name).into_owned(), self.show.value(name, value).into_owned().into())
    }

    pub fn objects(&mut self, rows: &[Row]) -> Value {
        rows.iter().map(|row| self.object(row)).collect()
    }
}

/// A Go string literal.
pub fn quoted(value: &str) -> String {
    let mut out = String::new();
    text::quote(value, &mut out);
    out
}

/// Applies a helper's `start`: `24h` goes before the query, anything else is an argument.
pub fn window<'s>(query: &str, start: &'s str) -> (String, &'s str) {
    let duration = start
        .strip_suffix(['s', 'm', 'h', 'd', 'w'])
        .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if duration { (format!("_time:{start} ({query})"), "") } else { (query.to_owned(), start) }
}

/// `_time` as a number, for sorting.
pub fn instant(row: &Row) -> Option<Nanos> {
    time::parse(row.get("_time"))
}

/// Gives nested fields their short names, where those are free.
fn alias(row: &mut Row) {
    let nested: Vec<(String, String)> = row
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("fields.")?.to_owned(), value.to_owned())))
        .filter(|(short, _)| row.get(short).is_empty())
        .collect();
    for (short, value) in nested {
        row.set(&short, value);
    }
}

/// A number of a field; text is 0.
pub fn float(row: &Row, name: &str) -> f64 {
    row.get(name).trim().parse::<f64>().ok().filter(|n| n.is_finite()).unwrap_or(0.0)
}

/// Rounds to a number of decimals as the live tool's language does: the value that the bits stand for decides, and a true
/// half goes to the even neighbour. Multiplying first would round twice.
pub fn rounded(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

/// The nearest whole number; a half goes to the even neighbour.
pub fn whole(value: f64) -> i64 {
    value.round_ties_even() as i64
}

/// What a missing name is called.
pub fn or_unknown(value: &str) -> &str {
    if value.is_empty() { "unknown" } else { value }
}

/// How often each label was seen, in first-seen order.
#[derive(Default)]
pub struct Counts(IndexMap<String, u64>);

impl Counts {
    pub fn add(&mut self, label: &str) {
        match self.0.get_mut(label) {
            Some(seen) => *seen += 1,
            None => drop(self.0.insert(label.to_owned(), 1)),
        }
    }

    /// The most frequent first; labels seen as often keep their order.
    pub fn most_frequent_first(mut self) -> Counts {
        self.0.sort_by(|_, a, _, b| b.cmp(a));
        self
    }

    /// As a JSON object. Labels that look alike once redacted are added up, so that no call is lost.
    pub fn shown(self, ask: &mut Ask<'_>, field: &str) -> Value {
        let mut out = Counts::default();
        for (label, seen) in self.0 {
            *out.0.entry(ask.show.value(field, &label).into_owned()).or_default() += seen;
        }
        out.0.into_iter().map(|(label, seen)| (label, seen.into())).collect::<Map<_, Value>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_of_two_kinds() {
        assert_eq!(window("a or b", "24h"), ("_time:24h (a or b)".to_owned(), ""));
        for absolute in ["1.5h", "90min", "-24h", "2026-03-10", "h"] {
            assert_eq!(window("a", absolute), ("a".to_owned(), absolute));
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour_of_the_exact_value() {
        for (value, decimals, want) in [
            (6.25, 1, 6.2),
            (6.35, 1, 6.3), // 6.3499…
            (18.75, 1, 18.8),
            (0.5625, 3, 0.562),
            (2.675, 2, 2.67),    // 2.6749…
            (0.0000005, 6, 0.0), // 4.99…e-7
            (1e300, 3, 1e300),
            (-6.25, 1, -6.2),
        ] {
            assert_eq!(rounded(value, decimals), want, "{value}");
        }
        assert_eq!([10.5, 11.5, 12.5, -0.5, 1e300].map(whole), [10, 12, 12, 0, i64::MAX]);
    }

    #[test]
    fn nested_names_become_short_ones() {
        let mut row: Row = [("fields.event", "x"), ("fields.level", "info"), ("level", "error")].into_iter().collect();
        alias(&mut row);
        assert_eq!((row.get("event"), row.get("level")), ("x", "error"));
    }
}
