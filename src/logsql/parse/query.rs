//! Queries: their options, their pipes, and what is said of those that are none.

use super::{MAX_PIPES, Parsed, Parser};
use crate::logsql::ast::{Query, QueryOptions};
use crate::logsql::error::QueryError;
use crate::logsql::pipes::{self, Pipe};
use crate::logsql::{number, stats, suggest};
use std::sync::Arc;

/// What sets an option to a text; or else what the text is not.
type SetOption = fn(&mut QueryOptions, &str) -> Result<(), &'static str>;

/// Every option of `options(…)`.
const OPTIONS: [(&str, SetOption); 2] = [
    ("concurrency", |options, text| {
        options.concurrency = Some(number::unsigned(text).ok_or("not a count")?);
        Ok(())
    }),
    ("ignore_global_time_filter", |options, text| {
        options.ignore_global_time_filter = Some(boolean(text).ok_or("neither true nor false")?);
        Ok(())
    }),
];

impl Parser {
    /// A query up to its end or a closing parenthesis.
    pub fn query(&mut self) -> Parsed<Query> {
        let options = self.own_options()?;
        let outer = std::mem::replace(&mut self.query_options, options.clone());
        let query = self.query_after(options);
        self.query_options = outer;
        query
    }

    fn query_after(&mut self, options: QueryOptions) -> Parsed<Query> {
        let outer = std::mem::replace(&mut self.star_is_message, false);
        let filter = self.filter()?;
        self.star_is_message = outer;
        let mut pipes = Vec::new();
        while self.eat("|") {
            if pipes.len() >= MAX_PIPES {
                return Err(self.error(format!("more than {MAX_PIPES} pipes")));
            }
            let mark = self.at;
            let pipe = self.pipe()?;
            if pipe.must_be_first() && !pipes.is_empty() {
                return Err(self
                    .error_since(mark, "this pipe must be the first one")
                    .expected("it before all other pipes"));
            }
            pipes.push(pipe);
            if !self.at_pipe_end() {
                return Err(self.left_over());
            }
        }
        let mut query =
            Query { options, filter, pipes, now: self.options.now, uses_now: self.uses_now, notes: self.notes.clone() };
        query.normalise();
        Ok(query)
    }

    fn own_options(&mut self) -> Parsed<QueryOptions> {
        let mut options = self.query_options.clone();
        if !self.is("options") {
            return Ok(options);
        }
        self.next();
        let list = self.list_in_parens(|p| {
            let mark = p.at;
            let name = p.token().text.clone();
            p.next();
            p.expect("=", "in an option")?;
            let value = p.word("a value")?;
            Ok((name, value, p.error_since(mark, "")))
        })?;
        for (name, value, place) in list {
            let wrong = |message: String| QueryError { message, ..place.clone() };
            let Some((_, set)) = OPTIONS.iter().find(|(known, _)| *known == name) else {
                let known = OPTIONS.map(|(known, _)| known);
                let error = wrong(format!("unknown option `{name}`")).expected(known.join(" or "));
                return Err(error.nearest(suggest::nearest(&name, known)));
            };
            set(&mut options, &value).map_err(|why| wrong(format!("`{value}` is {why}")))?;
        }
        Ok(options)
    }

    /// What is said of a word that no pipe has taken.
    fn left_over(&self) -> QueryError {
        let error = self.error(format!("unexpected {} after a pipe", self.describe()));
        if self.is("by") {
            return error.expected("`|` or the end; `by (…)` stands right after the name of the pipe");
        }
        let word = &self.token().text;
        let words = pipes::PIPES.iter().flat_map(|pipe| pipe.words).copied();
        let near = suggest::nearest(word, words).filter(|near| near != word);
        error.expected("`|` or the end").nearest(near)
    }

    fn pipe(&mut self) -> Parsed<Arc<dyn Pipe>> {
        if self.at_pipe_end() {
            let expected = if self.is("|") { "`or` between filters, or a pipe after `|`" } else { "a pipe after `|`" };
            return Err(self.error("missing pipe").expected(expected));
        }
        if !self.token().quoted
            && let Some(spec) = pipes::find(&self.token().text)
        {
            self.next();
            return (spec.parse)(self);
        }
        // An unknown word begins a stats function without `stats`, or else a filter without `filter`.
        let mark = self.at;
        let named = !self.token().quoted && stats::find(&self.token().text).is_some();
        let first = match pipes::stats::parse(self) {
            Ok(pipe) if self.at_pipe_end() => return Ok(pipe),
            Ok(_) => self.left_over(),
            Err(error) => error,
        };
        if named {
            return Err(first);
        }
        self.reset(mark);
        let word = self.token().text.clone();
        let known = pipes::PIPES.iter().flat_map(|p| p.names).copied();
        let nearest = suggest::nearest(&word, known);
        match pipes::filter::parse(self) {
            Ok(pipe) => {
                if let Some(meant) = nearest {
                    self.notes
                        .push(format!("`| {word}` filters by that word, as in the store; did you mean `{meant}`?"));
                }
                Ok(pipe)
            }
            Err(e) if e.nearest.is_some() => Err(e),
            Err(e) if nearest.is_none() => Err(e),
            Err(_) => {
                self.reset(mark);
                Err(self.error(format!("unknown pipe `{word}`")).nearest(nearest))
            }
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
