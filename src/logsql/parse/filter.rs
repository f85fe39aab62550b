//! The boolean grammar of filters.

use super::{Arg, Parsed, Parser};
use crate::logsql::ast::Expr;
use crate::logsql::{filters, names, text};

impl Parser {
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
        if let Some(sign) = sign.filter(|_| !first.quoted && first.text.chars().all(text::is_token)) {
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
