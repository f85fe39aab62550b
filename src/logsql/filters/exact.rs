//! `=text`, `exact(text)`: the whole value. `=text*`, `exact(text*)`: the value begins with it. `!=text`: neither.

use super::{FilterSpec, Form, Place, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::parse::{Parsed, Parser};

pub static EQUALS: FilterSpec = FilterSpec {
    names: &["="],
    form: Form::Sign,
    example: r#"level:="error""#,
    help: "the value is the text; with a star it begins with the text",
    parse: equals,
};

pub static NOT_EQUALS: FilterSpec = FilterSpec {
    names: &["!="],
    form: Form::Sign,
    example: "level:!=info",
    help: "the value is not the text",
    parse: |parser, field| equals(parser, field).map(Expr::negated),
};

pub static EXACT: FilterSpec = FilterSpec {
    names: &["exact"],
    form: Form::Function,
    example: r#"level:exact("error")"#,
    help: "the value is the text; with a star it begins with the text",
    parse: exact,
};

fn equals(parser: &mut Parser, field: &str) -> Parsed<Expr> {
    // As in the store, nothing at the end of a query is the empty value.
    let text = if parser.token().is_end() { String::new() } else { parser.arg("a value")?.text };
    let starred = parser.is("*") && !parser.token().spaced;
    if starred {
        parser.next();
    }
    Ok(on_field(field, Exact { text, prefix: starred }))
}

fn exact(parser: &mut Parser, field: &str) -> Parsed<Expr> {
    let (text, prefix) = parser.starred_arg("exact")?;
    Ok(on_field(field, Exact { text, prefix }))
}

/// A whole value or its beginning, byte for byte.
#[derive(Debug, Clone)]
pub struct Exact {
    pub text: String,
    pub prefix: bool,
}

impl Test for Exact {
    fn print(&self, out: &mut String) {
        out.push('=');
        print_word(&self.text, out);
        if self.prefix {
            out.push('*');
        }
    }

    fn test(&self, value: &str) -> bool {
        if self.prefix { value.starts_with(self.text.as_str()) } else { value == self.text }
    }

    fn cost(&self) -> u32 {
        1
    }

    fn literal(&self) -> Option<(&str, Place)> {
        let place = if self.prefix { Place::Start } else { Place::Whole };
        (!self.text.is_empty()).then_some((&self.text, place))
    }

    fn accepts_raw(&self, raw: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let same = if self.prefix { raw.starts_with(text) } else { raw == text };
        same && memchr::memchr(b'\\', text).is_none()
    }

    fn rejects_raw(&self, raw: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let same = if self.prefix { raw.starts_with(text) } else { raw == text };
        !same && memchr::memchr(b'\\', raw).is_none() && raw.is_ascii()
    }
}
