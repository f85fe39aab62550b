//! Words that are made of several tokens: phrases, arguments, names, numbers, and lists of them.

use super::{Parsed, Parser};
use crate::logsql::ast::{Expr, Query};
use crate::logsql::error::QueryError;
use crate::logsql::names::{Pattern, Patterns};
use crate::logsql::number;
use std::ops::Range;

/// An argument of a filter function: `foo`, `"a b"`, `10.0.0.0/8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arg {
    pub text: String,
    pub span: Range<usize>,
}

/// Signs that end a glued phrase.
const PHRASE_ENDS: [&str; 7] = ["*", ",", "(", ")", "[", "]", "|"];
/// Signs that end a glued argument.
const ARG_ENDS: [&str; 5] = ["*", ",", "(", ")", "|"];
/// Signs that end a glued name or number.
const NAME_ENDS: [&str; 6] = [",", "(", ")", "[", "]", "|"];

impl Parser {
    /// Joins the current token and those glued to it. A lone quoted token gives its value; quotes inside a longer
    /// phrase stay as they were written.
    pub fn glued(&mut self, ends: &[&str], colon_ends: bool) -> String {
        let first = self.at;
        self.next();
        let ended = |p: &Parser| p.token().is_end() || p.is_any(ends) || (colon_ends && p.is(":"));
        while !self.token().spaced && !ended(self) {
            self.next();
        }
        if self.at == first + 1 {
            return self.tokens[first].text.clone();
        }
        self.tokens[first..self.at].iter().map(|t| t.raw.as_str()).collect()
    }

    /// A search phrase. A colon ends it while no field name was seen.
    pub(super) fn phrase(&mut self, field: &str) -> Parsed<String> {
        if self.token().is_end() || self.is_any(&PHRASE_ENDS) {
            return Err(self.error(format!("unexpected {}", self.describe())).expected("a filter"));
        }
        Ok(self.glued(&PHRASE_ENDS, field.is_empty()))
    }

    /// The value after `=`, `~`, `>` and the like, or one argument of a function. Empty before a star.
    pub fn arg(&mut self, what: &str) -> Parsed<Arg> {
        let start = self.token().span.start;
        if self.is("*") {
            return Ok(Arg { text: String::new(), span: self.token().span.clone() });
        }
        if self.token().is_end() || self.is_any(&ARG_ENDS) {
            return Err(self.error(format!("unexpected {} in place of {what}", self.describe())).expected(what));
        }
        let open = self.no_open_quote().is_err();
        let text = self.glued(&ARG_ENDS, false);
        if open {
            self.notes.push(format!(
                "`{text}` begins with a quote that nothing closes, and is looked for with it, as in the store"
            ));
        }
        let end = self.previous().map_or(start, |t| t.span.end);
        Ok(Arg { text, span: start..end })
    }

    /// `(phrase)` or, with a star that touches it, `(phrase*)`: the one argument of the function `name`.
    pub fn starred_arg(&mut self, name: &str) -> Parsed<(String, bool)> {
        self.expect("(", &format!("after `{name}`"))?;
        let text = self.arg("a phrase")?.text;
        let starred = self.is("*") && !self.token().spaced;
        if starred {
            self.next();
        }
        self.expect(")", &format!("in `{name}(…)`"))?;
        Ok((text, starred))
    }

    /// A name, number, duration or other compound word, in which a star is a letter like any other: `audit.status-code`,
    /// `-5`, `1h30m`, `"a b"`.
    pub fn word(&mut self, what: &str) -> Parsed<String> {
        if self.token().is_end() || self.is_any(&NAME_ENDS) {
            return Err(self.error(format!("unexpected {} in place of {what}", self.describe())).expected(what));
        }
        self.no_open_quote()?;
        Ok(self.glued(&NAME_ENDS, false))
    }

    fn no_open_quote(&self) -> Parsed<()> {
        if self.is_any(&["\"", "'", "`"]) { Err(self.open_quote()) } else { Ok(()) }
    }

    /// The current token is a quote that opens nothing.
    pub(super) fn open_quote(&self) -> QueryError {
        let quote = &self.token().text;
        let closed = self.tokens[self.at + 1..].iter().position(|t| t.raw.contains(quote.as_str()));
        let (last, message, expected) = match closed {
            None => (self.tokens.len() - 1, "missing closing quote", format!("`{quote}` at the end of the text")),
            Some(n) => {
                (self.at + 1 + n, "a wrong escape in quotes", "`\\\\` for `\\`, or the text in backquotes".to_owned())
            }
        };
        QueryError::new(self.token().span.start..self.tokens[last].span.end, message).expected(expected)
    }

    /// A field name; the empty name is the default field.
    pub fn field_name(&mut self) -> Parsed<String> {
        let mark = self.at;
        let quoted = self.token().quoted;
        let name = self.word("a field name")?;
        if !quoted && name.contains('*') {
            return Err(self.error_since(mark, "a wildcard cannot stand here").expected("a plain field name"));
        }
        Ok(canonical(name))
    }

    /// A field name that a colon may end, as in `by (_time:5m)`.
    pub fn name_before_colon(&mut self) -> Parsed<String> {
        if self.token().is_end() || self.is_any(&NAME_ENDS) || self.is(":") {
            return Err(self
                .error(format!("unexpected {} in place of a field name", self.describe()))
                .expected("a field name"));
        }
        self.no_open_quote()?;
        Ok(canonical(self.glued(&NAME_ENDS, true)))
    }

    /// A field name or a wildcard such as `audit.*`.
    pub fn pattern(&mut self) -> Parsed<Pattern> {
        let mark = self.at;
        let name = self.word("a field name")?;
        let starred = self.tokens[mark..self.at].iter().position(|t| t.is("*")).map(|n| mark + n);
        match starred {
            None => Ok(Pattern::Name(canonical(name))),
            Some(at) if at + 1 == self.at => Ok(Pattern::Prefix(name[..name.len() - 1].to_owned())),
            Some(_) => Err(self.error_since(mark, "a wildcard may only end a field name").expected("`prefix*`")),
        }
    }

    /// Names and wildcards joined by commas, without parentheses.
    pub fn patterns(&mut self) -> Parsed<Patterns> {
        let mut list = vec![self.pattern()?];
        while self.eat(",") {
            list.push(self.pattern()?);
        }
        Ok(Patterns(list))
    }

    /// Names and wildcards in parentheses. A trailing comma is fine, the list may be empty.
    pub fn patterns_in_parens(&mut self) -> Parsed<Patterns> {
        self.list_in_parens(Parser::pattern).map(Patterns)
    }

    /// Plain names in parentheses.
    pub fn names_in_parens(&mut self) -> Parsed<Vec<String>> {
        self.list_in_parens(Parser::field_name)
    }

    /// Comma-separated items in parentheses. A trailing comma is fine, the list may be empty.
    pub fn list_in_parens<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.expect("(", "before a list")?;
        let mut list = Vec::new();
        while !self.eat(")") {
            list.push(item(self)?);
            if !self.eat(",") && !self.is(")") {
                return Err(self.error(format!("unexpected {} in a list", self.describe())).expected("`,` or `)`"));
            }
        }
        Ok(list)
    }

    /// A count: digits, or a number with a size suffix (`1K`).
    pub fn count(&mut self, what: &str) -> Parsed<u64> {
        let mark = self.at;
        let text = self.word(what)?;
        number::unsigned(&text).ok_or_else(|| self.error_since(mark, format!("`{text}` is not a count")).expected(what))
    }

    /// A count of digits alone.
    pub fn plain_count(&mut self, what: &str) -> Parsed<u64> {
        let mark = self.at;
        let text = self.word(what)?;
        number::plain_u64(&text)
            .ok_or_else(|| self.error_since(mark, format!("`{text}` is not a count")).expected(what))
    }

    /// `if (filter)` when it is there; `if ()` is every row.
    pub fn if_filter(&mut self) -> Parsed<Option<Expr>> {
        if !self.eat("if") {
            return Ok(None);
        }
        self.expect("(", "after `if`")?;
        if self.eat(")") {
            return Ok(Some(Expr::All));
        }
        let filter = self.deeper(Parser::pipe_filter)?;
        self.expect(")", "after the filter")?;
        Ok(Some(filter))
    }

    /// `(query)`.
    pub fn subquery(&mut self) -> Parsed<Query> {
        self.expect("(", "before a subquery")?;
        let query = self.deeper(Parser::query)?;
        self.expect(")", "after a subquery")?;
        Ok(query)
    }
}

/// The default field has two names.
fn canonical(name: String) -> String {
    if name.is_empty() { "_msg".to_owned() } else { name }
}
