//! `~"re"`, `re("re")`, `!~"re"`: an unanchored RE2 expression somewhere in the value.

use super::{FilterSpec, Form, Test, on_field};
use crate::logsql::ast::Expr;
use crate::logsql::names::print_word;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::re2;

pub static LIKE: FilterSpec = FilterSpec {
    names: &["~"],
    form: Form::Sign,
    example: r#"~"(?i)password""#,
    help: "the regular expression (RE2, unanchored, a dot also matches a newline) matches",
    parse: |parser, field| {
        let mark = parser.mark();
        let text = parser.word("a regular expression")?;
        like(parser, mark, field, text)
    },
};

pub static UNLIKE: FilterSpec = FilterSpec {
    names: &["!~"],
    form: Form::Sign,
    example: r#"level:!~"^(debug|trace)$""#,
    help: "the regular expression does not match",
    parse: |parser, field| (LIKE.parse)(parser, field).map(Expr::negated),
};

pub static RE: FilterSpec = FilterSpec {
    names: &["re"],
    form: Form::Function,
    example: r#"level:re("^(error|fatal)$")"#,
    help: "the regular expression matches",
    parse: |parser, field| {
        let mark = parser.mark();
        let [arg] = parser.args_of::<1>("re")?;
        like(parser, mark, field, arg.text)
    },
};

fn like(parser: &Parser, mark: usize, field: &str, text: String) -> Parsed<Expr> {
    if text == ".*" || text.is_empty() {
        // Matches whatever the value is, even a missing one.
        return Ok(Expr::All);
    }
    if text == ".+" {
        return Ok(super::prefix::filter(field, String::new()));
    }
    let regex = compile(&text).map_err(|e| parser.error_since(mark, format!("wrong regular expression: {e}")))?;
    Ok(on_field(field, Regexp { text, regex }))
}

/// Compiles an expression with the store's flags and a bounded size.
pub fn compile(text: &str) -> Result<re2::Pattern, String> {
    re2::compile(text, true)
}

#[derive(Debug, Clone)]
pub struct Regexp {
    text: String,
    regex: re2::Pattern,
}

impl Test for Regexp {
    fn print(&self, out: &mut String) {
        out.push('~');
        print_word(&self.text, out);
    }

    fn test(&self, value: &str) -> bool {
        self.regex.is_match(value)
    }

    fn cost(&self) -> u32 {
        50
    }
}
