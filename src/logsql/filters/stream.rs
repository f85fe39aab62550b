//! `{app="x",pod=~"y-.*"}`: the labels of the row's stream.

use super::{Filter, FilterSpec, Form};
use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::error::QueryError;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::re2;
use crate::logsql::text;
use std::any::Any;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["{...}"],
    form: Form::Bare,
    example: r#"{app="centaur-api-proxy",kubernetes.pod_name=~"centaur-.*"}"#,
    help: "the labels of the row's stream; regular expressions are anchored at both ends",
    parse,
};

pub static STREAM: FilterSpec = FilterSpec {
    names: &["_stream"],
    form: Form::Field,
    example: r#"_stream:{app="centaur-web"}"#,
    help: "the same: labels in braces",
    parse,
};

/// Groups of label tests: groups are alternatives, the tests of a group must all hold.
#[derive(Debug, Clone)]
pub struct Stream {
    groups: Vec<Vec<Label>>,
}

#[derive(Debug, Clone)]
struct Label {
    name: String,
    op: Op,
    value: String,
    regex: Option<re2::Pattern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Is,
    IsNot,
    Like,
    Unlike,
}

/// Parses from the opening brace.
pub fn parse(parser: &mut Parser, _field: &str) -> Parsed<Expr> {
    parser.expect("{", "in place of stream labels")?;
    let mut groups = vec![Vec::new()];
    while !parser.eat("}") {
        groups.last_mut().expect("never empty").push(label(parser)?);
        if parser.eat("or") {
            groups.push(Vec::new());
            if parser.is("}") {
                return Err(parser.error("missing label after `or`").expected("a label"));
            }
        } else if !parser.eat(",") && !parser.is("}") {
            let error = parser.error(format!("unexpected {} in a stream filter", parser.describe()));
            return Err(error.expected("`,`, `or` or `}`"));
        }
    }
    Ok(Expr::leaf(Stream { groups }))
}

fn label(parser: &mut Parser) -> Parsed<Label> {
    if parser.is_any(&["}", ",", "=", "!=", "=~", "!~", "\"", "'", "`"]) || parser.token().is_end() {
        return Err(parser.error(format!("unexpected {} in place of a label", parser.describe())).expected("a label"));
    }
    let name = glued_until(parser, &["=", "!=", "=~", "!~", ",", "{", "}"]);
    let token = parser.token().clone();
    let op = match (token.quoted, token.text.as_str()) {
        (false, "=") => Op::Is,
        (false, "!=") => Op::IsNot,
        (false, "=~") => Op::Like,
        (false, "!~") => Op::Unlike,
        (false, "in") => return label_in(parser, name, Op::Like),
        (false, "not_in") => return label_in(parser, name, Op::Unlike),
        _ => {
            let error = parser.error(format!("unexpected {} after a label", parser.describe()));
            return Err(error.expected("`=`, `!=`, `=~`, `!~`, `in` or `not_in`"));
        }
    };
    parser.next();
    if parser.token().is_end() || parser.is_any(&["}", ",", "{", "\"", "'", "`"]) {
        return Err(parser
            .error(format!("unexpected {} in place of a label's value", parser.describe()))
            .expected("a value"));
    }
    let mark = parser.mark();
    // Here a bar or a parenthesis is a part of the value, unlike everywhere else.
    let value = glued_until(parser, &[",", "{", "}"]);
    finished(parser, mark, name, op, value)
}

fn glued_until(parser: &mut Parser, ends: &[&str]) -> String {
    let mut out = parser.token().text.clone();
    parser.next();
    while !parser.token().spaced && !parser.token().is_end() && !parser.is_any(ends) {
        out.push_str(&parser.token().text);
        parser.next();
    }
    out
}

/// `in (...)`: the store turns it into a regular expression, and so does the normal form.
fn label_in(parser: &mut Parser, name: String, op: Op) -> Parsed<Label> {
    parser.next();
    let mark = parser.mark();
    let args = parser.args()?;
    if args.iter().any(|a| a.text == "*") {
        return finished(parser, mark, name, op, ".*".to_owned());
    }
    let value = args.iter().map(|a| escape(&a.text)).collect::<Vec<_>>().join("|");
    finished(parser, mark, name, op, value)
}

/// Escapes exactly the characters that Go's `QuoteMeta` does.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn finished(parser: &Parser, mark: usize, name: String, op: Op, value: String) -> Parsed<Label> {
    let regex = match op {
        Op::Is | Op::IsNot => None,
        Op::Like | Op::Unlike => {
            let wrong =
                |e: String| -> QueryError { parser.error_since(mark, format!("wrong regular expression: {e}")) };
            Some(super::regexp::compile(&format!("^(?:{value})$")).map_err(wrong)?)
        }
    };
    Ok(Label { name, op, value, regex })
}

/// The filter of one label that is one of some values.
pub fn label_in_list(name: &str, values: &[String]) -> Expr {
    let groups = values
        .iter()
        .map(|value| vec![Label { name: name.to_owned(), op: Op::Is, value: value.clone(), regex: None }])
        .collect();
    Expr::leaf(Stream { groups })
}

/// Merges the stream filters of an And into one and puts it first, as the store does, when none of them has
/// alternatives.
pub fn merged(parts: Vec<Expr>) -> Vec<Expr> {
    fn simple(expr: &Expr) -> Option<&Stream> {
        let Expr::Leaf(filter) = expr else { return None };
        filter.as_any().downcast_ref::<Stream>().filter(|s| s.groups.len() == 1)
    }
    if !parts.iter().any(|p| simple(p).is_some()) {
        return parts;
    }
    let labels: Vec<Label> = parts.iter().filter_map(simple).flat_map(|s| s.groups[0].clone()).collect();
    let mut out: Vec<Expr> = vec![Expr::leaf(Stream { groups: vec![labels] })];
    out.extend(parts.into_iter().filter(|p| simple(p).is_none()));
    out
}

/// The labels of a `_stream` text, in order.
pub fn labels(stream: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = stream.strip_prefix('{').unwrap_or("");
    while let Some((name, after)) = name_of(rest) {
        let Some((len, value)) = text::unquote(after) else { break };
        out.push((name, value));
        rest = after[len..].strip_prefix(',').unwrap_or("");
    }
    out
}

fn name_of(text: &str) -> Option<(String, &str)> {
    if text.starts_with('"')
        && let Some((len, name)) = text::unquote(text)
        && let Some(after) = text[len..].strip_prefix('=')
    {
        return Some((name, after));
    }
    let (name, after) = text.split_once('=')?;
    Some((name.to_owned(), after))
}

impl Label {
    fn holds(&self, value: &str) -> bool {
        let like = || self.regex.as_ref().is_some_and(|r| r.is_match(value));
        match self.op {
            Op::Is => value == self.value,
            Op::IsNot => value != self.value,
            Op::Like => like(),
            Op::Unlike => !like(),
        }
    }

    fn print(&self, out: &mut String) {
        print_word(&self.name, out);
        out.push_str(match self.op {
            Op::Is => "=",
            Op::IsNot => "!=",
            Op::Like => "=~",
            Op::Unlike => "!~",
        });
        text::quote(&self.value, out);
    }
}

impl Filter for Stream {
    fn print(&self, out: &mut String) {
        out.push('{');
        for (i, group) in self.groups.iter().enumerate() {
            if i > 0 {
                out.push_str(" or ");
            }
            for (k, label) in group.iter().enumerate() {
                if k > 0 {
                    out.push(',');
                }
                label.print(out);
            }
        }
        out.push('}');
    }

    fn matches(&self, row: &dyn Fields) -> bool {
        let labels = labels(&row.get("_stream"));
        let value = |name: &str| labels.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
        self.groups.iter().any(|group| group.iter().all(|label| label.holds(value(&label.name))))
    }

    fn needs(&self, needed: &mut Needed) {
        needed.add("_stream");
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn labels_of_a_stream() {
        assert_eq!(
            labels(r#"{app="we\"ird,app=1",b.c="x"}"#),
            [("app".to_owned(), r#"we"ird,app=1"#.to_owned()), ("b.c".to_owned(), "x".to_owned())]
        );
        assert!(labels("{}").is_empty() && labels("").is_empty() && labels("{a=b").is_empty());
    }
}
