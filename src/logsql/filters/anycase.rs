//! `i(foo)`, `i(foo*)`: words and prefixes in any letter case.

use super::phrase::Phrase;
use super::prefix::Prefix;
use super::{FilterSpec, Form, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::text::lower;

pub static SPEC: FilterSpec = FilterSpec {
    names: &["i"],
    form: Form::Function,
    example: r#"i("login failed")"#,
    help: "the word, phrase or prefix occurs in any letter case",
    parse,
};

fn parse(parser: &mut Parser, field: &str) -> Parsed<Expr> {
    let (text, prefix) = parser.starred_arg("i")?;
    let lowered = lower(&text).into_owned();
    let test = if prefix { Lowered::Prefix(Prefix::new(lowered)) } else { Lowered::Phrase(Phrase::new(lowered)) };
    Ok(on_field(field, AnyCase { text, test }))
}

#[derive(Debug)]
struct AnyCase {
    text: String,
    test: Lowered,
}

#[derive(Debug)]
enum Lowered {
    Phrase(Phrase),
    Prefix(Prefix),
}

impl Test for AnyCase {
    fn print(&self, out: &mut String) {
        out.push_str("i(");
        let star = matches!(self.test, Lowered::Prefix(_));
        if !(star && self.text.is_empty()) {
            print_word(&self.text, out);
        }
        if star {
            out.push('*');
        }
        out.push(')');
    }

    fn test(&self, value: &str) -> bool {
        let value = lower(value);
        match &self.test {
            Lowered::Phrase(phrase) => phrase.is_in(&value),
            Lowered::Prefix(prefix) => prefix.is_in(&value),
        }
    }

    fn cost(&self) -> u32 {
        30
    }
}
