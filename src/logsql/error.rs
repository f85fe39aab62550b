//! Why a query was refused, and the picture of the place.

use std::fmt;
use std::ops::Range;
use unicode_width::UnicodeWidthStr as _;

/// A query that cannot be run, with the part of its text that is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Bytes of the query.
    pub span: Range<usize>,
    /// What is wrong, a lower-case fragment.
    pub message: String,
    /// What could have stood there instead.
    pub expected: Option<String>,
    /// The nearest known word.
    pub nearest: Option<String>,
}

impl QueryError {
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        QueryError { span, message: message.into(), expected: None, nearest: None }
    }

    #[must_use]
    pub fn expected(mut self, what: impl Into<String>) -> Self {
        self.expected = Some(what.into());
        self
    }

    #[must_use]
    pub fn nearest(mut self, word: Option<&str>) -> Self {
        self.nearest = word.map(str::to_owned);
        self
    }

    /// The query's line, a caret line below the span, what was expected and the nearest known word.
    pub fn render(&self, query: &str) -> String {
        let start = floor(query, self.span.start);
        let line_start = query[..start].rfind('\n').map_or(0, |n| n + 1);
        let line_end = query[start..].find('\n').map_or(query.len(), |n| start + n);
        let end = floor(query, self.span.end).clamp(start, line_end);
        let (before, line) = (plain(&query[line_start..start]), plain(&query[line_start..line_end]));
        let width = plain(&query[start..end]).width();
        let (line, shift) = window(&line, before.width());
        let carets = "^".repeat(width.clamp(1, SHOWN.saturating_sub(shift).max(1)));
        let mut out = format!("query: {self}\n  {line}\n  {}{carets}", " ".repeat(shift));
        if let Some(expected) = &self.expected {
            out.push_str(&format!("\n  expected {expected}"));
        }
        if let Some(word) = &self.nearest {
            out.push_str(&format!("\n  did you mean `{word}`?"));
        }
        out
    }
}

/// The nearest character boundary at or before `at`.
fn floor(query: &str, at: usize) -> usize {
    let mut at = at.min(query.len());
    while !query.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Control characters as one visible character each, so that the carets stay below their text.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { if c == '\t' { ' ' } else { '\u{fffd}' } } else { c }).collect()
}

/// Columns that are shown of a very long line.
const SHOWN: usize = 160;

/// Cuts a very long line around the column of interest.
fn window(line: &str, column: usize) -> (String, usize) {
    if line.width() <= SHOWN {
        return (line.to_owned(), column);
    }
    let skipped = column.saturating_sub(SHOWN / 2);
    let mut width = 0;
    let mut cut = 0;
    let mut out = String::new();
    for c in line.chars() {
        let w = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if width < skipped {
            cut = width + w;
        } else if width < skipped + SHOWN {
            out.push(c);
        }
        width += w;
    }
    (out, column - cut.min(column))
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

#[cfg(test)]
mod tests {
    use super::QueryError;

    #[test]
    fn carets_stand_below_the_span() {
        let query = "foo\n| srot by (ж)";
        let error = QueryError::new(6..10, "unknown pipe").nearest(Some("sort"));
        assert_eq!(error.render(query), "query: unknown pipe\n  | srot by (ж)\n    ^^^^\n  did you mean `sort`?");
    }

    #[test]
    fn long_lines_are_cut_around_the_span() {
        let query = "x ".repeat(500);
        let shown = QueryError::new(900..901, "no").render(&query);
        assert!(shown.lines().all(|l| l.len() < 200), "{shown}");
        assert!(QueryError::new(5000..5001, "no").render(&query).contains('^'));
        let whole = QueryError::new(0..query.len(), "no").render(&query);
        assert!(whole.lines().all(|l| l.len() < 200), "{whole}");
    }
}
