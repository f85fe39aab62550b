//! How the cursor moves over the tokens, and errors at its place.

use super::{MAX_DEPTH, Parsed, Parser};
use crate::logsql::error::QueryError;
use crate::logsql::lexer::Token;

impl Parser {
    pub fn token(&self) -> &Token {
        &self.tokens[self.at]
    }

    /// The token before the current one.
    pub fn previous(&self) -> Option<&Token> {
        self.at.checked_sub(1).map(|at| &self.tokens[at])
    }

    /// The token `n` places further on (the end repeats).
    pub fn ahead(&self, n: usize) -> &Token {
        &self.tokens[(self.at + n).min(self.tokens.len() - 1)]
    }

    /// Steps over the current token. The end is never stepped over.
    pub fn next(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    /// A place to come back to.
    pub fn mark(&self) -> usize {
        self.at
    }

    pub fn reset(&mut self, mark: usize) {
        self.at = mark;
    }

    pub fn is(&self, keyword: &str) -> bool {
        self.token().is(keyword)
    }

    pub fn is_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|k| self.is(k))
    }

    /// Steps over the keyword if it is there.
    pub fn eat(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        if found {
            self.next();
        }
        found
    }

    /// Steps over the keyword, or fails with what was going on.
    pub fn expect(&mut self, keyword: &str, context: &str) -> Parsed<()> {
        if self.eat(keyword) {
            return Ok(());
        }
        Err(self.error(format!("unexpected {} {context}", self.describe())).expected(format!("`{keyword}`")))
    }

    /// Whether a pipe (or the whole query) ends here.
    pub fn at_pipe_end(&self) -> bool {
        self.token().is_end() || self.is_any(&["|", ")"])
    }

    /// The current token in words.
    pub fn describe(&self) -> String {
        let token = self.token();
        if token.is_end() { "end of query".into() } else { format!("`{}`", token.text.escape_debug()) }
    }

    /// An error at the current token.
    pub fn error(&self, message: impl Into<String>) -> QueryError {
        QueryError::new(self.token().span.clone(), message)
    }

    /// An error over everything from `mark` to the token before the current one.
    pub fn error_since(&self, mark: usize, message: impl Into<String>) -> QueryError {
        let start = self.tokens[mark].span.start;
        let end = self.previous().map_or(start, |t| t.span.end).max(start);
        QueryError::new(start..end, message)
    }

    /// Runs a parser one level deeper; too deep is an error, never a stack overflow.
    pub fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(self.error(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }
}
