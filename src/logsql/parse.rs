//! Tokens to a query: the boolean grammar, the dispatch to the registries, and what their parsers are made of.

use super::ast::{Expr, Query, QueryOptions};
use super::error::QueryError;
use super::lexer::{self, Token};
use super::names::{self, Pattern, Patterns};
use super::pipes::{self, Pipe};
use super::{filters, stats, suggest};
use crate::record::time::Nanos;
use std::ops::Range;
use std::sync::Arc;

/// Longest query that is read, in bytes.
pub const MAX_QUERY_BYTES: usize = 1 << 20;
/// Deepest nesting of parentheses, negations and subqueries.
pub const MAX_DEPTH: usize = 100;
/// Most pipes in one query.
pub const MAX_PIPES: usize = 500;

/// Words that stand behind names in pipes, for those who mistype one.
const PIPE_WORDS: &[&str] = &[
    "as",
    "asc",
    "at",
    "by",
    "desc",
    "from",
    "hits",
    "if",
    "keep_original_fields",
    "limit",
    "offset",
    "partition",
    "rank",
    "result_prefix",
    "skip_empty_results",
];

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

    // --- the cursor

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

    // --- glued words

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
    fn phrase(&mut self, field: &str) -> Parsed<String> {
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
    fn open_quote(&self) -> QueryError {
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
        super::number::unsigned(&text)
            .ok_or_else(|| self.error_since(mark, format!("`{text}` is not a count")).expected(what))
    }

    /// A count of digits alone.
    pub fn plain_count(&mut self, what: &str) -> Parsed<u64> {
        let mark = self.at;
        let text = self.word(what)?;
        super::number::plain_u64(&text)
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

    // --- queries and pipes

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
            match name.as_str() {
                "concurrency" => {
                    let n =
                        super::number::unsigned(&value).ok_or_else(|| wrong(format!("`{value}` is not a count")))?;
                    options.concurrency = Some(n);
                }
                "ignore_global_time_filter" => {
                    let on = boolean(&value).ok_or_else(|| wrong(format!("`{value}` is neither true nor false")))?;
                    options.ignore_global_time_filter = Some(on);
                }
                _ => {
                    let known = ["concurrency", "ignore_global_time_filter"];
                    let error = wrong(format!("unknown option `{name}`")).expected(known.join(" or "));
                    return Err(error.nearest(suggest::nearest(&name, known)));
                }
            }
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
        let near = suggest::nearest(word, PIPE_WORDS.iter().copied()).filter(|near| near != word);
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

    // --- filters

    /// The filter of a `filter` pipe or an `if`. There the store reads `*` as `_msg:*`; only that of a query is every row.
    pub fn pipe_filter(&mut self) -> Parsed<Expr> {
        let outer = std::mem::replace(&mut self.star_is_message, true);
        let filter = self.filter();
        self.star_is_message = outer;
        filter
    }

    /// A filter where a query, a `filter` pipe, an `if` or a subquery begins: there the name of a pipe or of a stats
    /// function must be quoted.
    pub fn filter(&mut self) -> Parsed<Expr> {
        let token = self.token();
        if self.at_pipe_end() {
            return Err(self.error("missing query").expected("a filter such as `*` or `error`"));
        }
        if !token.quoted && names::starts_pipe(&token.text) {
            let message = format!("a filter cannot start with the pipe name `{}`", token.text);
            return Err(self.error(message).expected(format!("`* | {}` or the word in quotes", token.text)));
        }
        self.or("")
    }

    fn or(&mut self, field: &str) -> Parsed<Expr> {
        let mut parts = vec![self.and(field)?];
        while self.eat("or") {
            self.must_go_on("or")?;
            parts.push(self.and(field)?);
        }
        Ok(Expr::or(parts))
    }

    fn and(&mut self, field: &str) -> Parsed<Expr> {
        let mut parts = vec![self.generic(field)?];
        while !self.at_pipe_end() && !self.is("or") {
            if self.eat("and") {
                self.must_go_on("and")?;
            }
            parts.push(self.generic(field)?);
        }
        Ok(Expr::and(filters::stream::merged(parts)))
    }

    fn must_go_on(&self, after: &str) -> Parsed<()> {
        if self.token().is_end() {
            return Err(self.error(format!("missing filter after `{after}`")).expected("a filter"));
        }
        Ok(())
    }

    /// One filter of a field. The empty field is "none said yet".
    pub fn generic(&mut self, field: &str) -> Parsed<Expr> {
        if !self.token().quoted {
            let token = self.token();
            match token.text.as_str() {
                ":" => return self.colon(field),
                "*" => return self.star(field),
                "(" => return self.parens(field),
                "!" | "-" => return self.negation(field),
                "{" if field.is_empty() => return filters::stream::parse(self, field),
                "{" => return Err(self.error("a stream filter cannot be applied to a field").expected("`{…}` alone")),
                "\"" | "'" | "`" => return Err(self.open_quote()),
                "," | ")" | "[" | "]" | "|" => {
                    return Err(self.error(format!("unexpected {}", self.describe())).expected("a filter"));
                }
                "" => return Err(self.error("missing filter").expected("a filter")),
                _ if token.is("not") => return self.negation(field),
                _ => {}
            }
            if let Some(spec) = filters::find(&self.token().text)
                && spec.applies(self)
            {
                self.next();
                return (spec.parse)(self, field);
            }
        }
        let mark = self.at;
        let phrase = self.phrase(field)?;
        if field.is_empty() {
            self.note_operator(mark);
        }
        self.after_phrase(phrase, field, mark)
    }

    /// Tells of `status>=400` and `a && b`, which search for these very characters.
    fn note_operator(&mut self, mark: usize) {
        let phrase = &self.tokens[mark..self.at];
        let [first, rest @ ..] = phrase else { return };
        let text: String = phrase.iter().map(|t| t.raw.as_str()).collect();
        let sign = rest.first().filter(|t| !t.quoted && ["=", "!=", "=~", "!~", ">", "<"].contains(&t.text.as_str()));
        if let Some(sign) = sign.filter(|_| !first.quoted && first.text.chars().all(super::text::is_token)) {
            let value = &text[first.raw.len() + sign.raw.len()..];
            let sign = match sign.text.as_str() {
                "!~" => "!~",
                "=~" => "~",
                other => other,
            };
            let value = value.trim_start_matches(if sign == "=" { "=" } else { "" });
            let meant = format!("{}:{sign}{value}", first.raw);
            self.notes.push(format!("`{text}` is looked for as it stands, as in the store; did you mean `{meant}`?"));
        } else if text == "&&" {
            self.notes.push("`&&` is looked for as it stands, as in the store; did you mean `and`?".to_owned());
        }
    }

    fn after_phrase(&mut self, phrase: String, field: &str, mark: usize) -> Parsed<Expr> {
        if field.is_empty() && self.is(":") {
            self.next();
            return self.field_filter(&phrase, mark);
        }
        let field = if field.is_empty() { "_msg" } else { field };
        if self.is("*") && !self.token().spaced {
            self.next();
            return Ok(filters::prefix::filter(field, phrase));
        }
        Ok(filters::phrase::filter(field, phrase))
    }

    fn field_filter(&mut self, field: &str, mark: usize) -> Parsed<Expr> {
        if self.token().is_end() {
            return Err(self.error_since(mark, format!("missing filter for field `{field}`")).expected("a filter"));
        }
        match filters::of_field(field) {
            Some(spec) => (spec.parse)(self, field),
            None => self.deeper(|p| p.generic(field)),
        }
    }

    fn colon(&mut self, field: &str) -> Parsed<Expr> {
        if self.previous().is_some_and(|t| t.is("*")) {
            return Err(self.error("wildcards in the name of a filter's field are not supported").expected("a filter"));
        }
        self.next();
        if self.token().is_end() {
            return Err(self.error("missing filter after `:`").expected("a filter"));
        }
        self.deeper(|p| p.generic(field))
    }

    fn star(&mut self, field: &str) -> Parsed<Expr> {
        self.next();
        let field = if field.is_empty() && self.star_is_message { "_msg" } else { field };
        Ok(if field.is_empty() { Expr::All } else { filters::prefix::filter(field, String::new()) })
    }

    fn parens(&mut self, field: &str) -> Parsed<Expr> {
        let allowed =
            self.previous().is_none_or(|t| !t.quoted && matches!(t.text.as_str(), ":" | "(" | "!" | "-" | "not"));
        if !self.token().spaced && !allowed {
            return Err(self.error("missing white space before `(`").expected("a space, `and` or `or`"));
        }
        self.next();
        if self.is(")") {
            return Err(self.error("empty parentheses").expected("a filter"));
        }
        let inner = self.deeper(|p| p.or(field))?;
        self.expect(")", "in place of a closing parenthesis")?;
        Ok(inner)
    }

    fn negation(&mut self, field: &str) -> Parsed<Expr> {
        let sign = self.token().text.clone();
        self.next();
        self.must_go_on(&sign)?;
        Ok(self.deeper(|p| p.generic(field))?.negated())
    }

    /// The arguments of a filter function: `(a, "b c", d)`. The cursor stands on the parenthesis.
    pub fn args(&mut self) -> Parsed<Vec<Arg>> {
        self.list_in_parens(|p| {
            if p.is("*") {
                let span = p.token().span.clone();
                p.next();
                return Ok(Arg { text: "*".to_owned(), span });
            }
            p.arg("an argument")
        })
    }

    /// A fixed number of arguments.
    pub fn args_of<const N: usize>(&mut self, name: &str) -> Parsed<[Arg; N]> {
        let mark = self.at;
        let args = self.args()?;
        let found = args.len();
        args.try_into().map_err(|_| {
            self.error_since(mark, format!("`{name}` has {found} arguments")).expected(format!("{N} arguments"))
        })
    }
}

/// The default field has two names.
fn canonical(name: String) -> String {
    if name.is_empty() { "_msg".to_owned() } else { name }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
