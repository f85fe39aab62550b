//! Tokens to a query.
//!
//! Belongs here: the cursor over the tokens and what its limits are. Below: how it moves ([`cursor`]), the words that tokens
//! glued to one another make ([`words`]), queries and the dispatch to the registry of pipes ([`query`]), the boolean
//! grammar of filters and the dispatch to theirs ([`filter`]).

use super::ast::{Expr, Query, QueryOptions};
use super::error::QueryError;
use super::lexer::{self, Token};
use crate::record::time::Nanos;

mod cursor;
mod filter;
mod query;
mod words;

pub use words::Arg;

/// Longest query that is read, in bytes.
pub const MAX_QUERY_BYTES: usize = 1 << 20;
/// Deepest nesting of parentheses, negations and subqueries.
pub const MAX_DEPTH: usize = 100;
/// Most pipes in one query.
pub const MAX_PIPES: usize = 500;

pub type Parsed<T> = Result<T, QueryError>;

/// What a query's text alone does not say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The instant that relative times refer to. The store's `_time:5m` ends one nanosecond before it.
    pub now: Nanos,
}

/// A cursor over the tokens of one query.
pub struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    options: Options,
    /// `options(...)` of the query that is being read; its subqueries inherit them.
    query_options: QueryOptions,
    uses_now: bool,
    notes: Vec<String>,
    /// A bare star is read as what it stands for in pipes: any row with a message.
    star_is_message: bool,
}

impl Query {
    /// Parses a whole query.
    pub fn parse(text: &str, options: Options) -> Parsed<Query> {
        let mut parser = Parser::new(text, options)?;
        let query = parser.query()?;
        if !parser.token().is_end() {
            return Err(parser.error("unexpected text after the end of the query").expected("`|` or the end"));
        }
        Ok(query)
    }
}

impl Expr {
    /// Parses a filter alone, as `extra_filters` holds it.
    pub fn parse(text: &str, options: Options) -> Parsed<Expr> {
        let query = Query::parse(text, options)?;
        if query.pipes.is_empty() {
            return Ok(query.filter);
        }
        Err(QueryError::new(0..text.len(), "pipes are not allowed here").expected("a filter"))
    }
}

impl Parser {
    pub fn new(text: &str, options: Options) -> Parsed<Parser> {
        if text.len() > MAX_QUERY_BYTES {
            let message = format!("the query is longer than {MAX_QUERY_BYTES} bytes");
            return Err(QueryError::new(0..0, message));
        }
        Ok(Parser {
            tokens: lexer::tokens(text),
            at: 0,
            depth: 0,
            options,
            query_options: QueryOptions::default(),
            uses_now: false,
            notes: Vec::new(),
            star_is_message: false,
        })
    }

    /// The instant that relative times refer to. Asking for it marks the query as depending on the clock.
    pub fn now(&mut self) -> Nanos {
        self.uses_now = true;
        self.options.now
    }
}
