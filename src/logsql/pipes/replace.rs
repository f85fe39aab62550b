//! `replace [if (filter)] ("old", "new") [at field] [limit N]` and `replace_regexp …`.

use super::condition::Condition;
use super::per_row::{RowPipe, per_row};
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::re2;
use crate::logsql::values::template;
use std::sync::Arc;

pub static TEXT: PipeSpec = PipeSpec {
    names: &["replace"],
    words: &["if", "at", "limit"],
    example: r#"* | replace ("secret", "***") at _msg"#,
    help: "replace a text in a field",
    parse: |parser| parse(parser, false),
};

pub static REGEXP: PipeSpec = PipeSpec {
    names: &["replace_regexp"],
    words: &["if", "at", "limit"],
    example: r#"* | replace_regexp ("user=([a-z]+)", "user=<$1>") at _msg"#,
    help: "replace matches of a regular expression; $1, ${name} and $$ in the replacement",
    parse: |parser| parse(parser, true),
};

#[derive(Debug, Clone)]
pub struct Replace {
    condition: Condition,
    old: String,
    /// Compiled `old`, for `replace_regexp`.
    regex: Option<re2::Pattern>,
    new: String,
    field: String,
    limit: u64,
}

fn parse(parser: &mut Parser, is_regex: bool) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    parser.expect("(", "before what to replace")?;
    let mark = parser.mark();
    let old = parser.word("what to replace")?;
    let regex = if is_regex { Some(super::grammar::regex(parser, mark, &old)?) } else { None };
    parser.expect(",", "between what to replace and its replacement")?;
    let new = parser.word("a replacement")?;
    parser.expect(")", "after the replacement")?;
    let field = if parser.eat("at") { parser.field_name()? } else { "_msg".into() };
    let limit = if parser.eat("limit") { parser.plain_count("a limit")? } else { 0 };
    Ok(per_row(Replace { condition, old, regex, new, field, limit }))
}

impl Replace {
    fn replaced(&self, text: &str) -> String {
        match &self.regex {
            Some(regex) => template::replace(text, regex, &self.new, self.limit),
            None if self.old.is_empty() => text.to_owned(),
            None if self.limit == 0 => text.replace(&self.old, &self.new),
            None => text.replacen(&self.old, &self.new, usize::try_from(self.limit).unwrap_or(usize::MAX)),
        }
    }
}

impl RowPipe for Replace {
    fn print(&self, out: &mut String) {
        out.push_str(if self.regex.is_some() { "replace_regexp" } else { "replace" });
        self.condition.print(out);
        out.push_str(" (");
        print_word(&self.old, out);
        out.push_str(", ");
        print_word(&self.new, out);
        out.push(')');
        if self.field != "_msg" {
            out.push_str(" at ");
            print_word(&self.field, out);
        }
        if self.limit > 0 {
            out.push_str(&format!(" limit {}", self.limit));
        }
    }

    fn needs(&self, needed: &mut Needed) {
        if needed.has(&self.field) {
            self.condition.needs(needed);
        }
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn keeps_time(&self) -> bool {
        self.field != "_time"
    }

    fn columns(&self, before: Columns) -> Columns {
        before
    }

    fn rewrite(&self, row: &mut Row) {
        let text = row.get(&self.field);
        if !text.is_empty() && self.condition.holds(row) {
            let text = self.replaced(text);
            row.set(&self.field, text);
        }
    }
}
