//! `format [if (filter)] "pattern" [as field]`: builds a text out of fields.

use super::condition::Condition;
use super::per_row::{RowPipe, per_row};
use super::results::Results;
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::option;
use crate::logsql::values::pattern::{self, Step};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["format"],
    words: &["if", "as", "keep_original_fields", "skip_empty_results"],
    example: r#"* | format "<host>: <uc:level>" as line"#,
    help: "build a text out of <field> and <option:field> placeholders",
    parse,
};

#[derive(Debug, Clone)]
pub struct Format {
    condition: Condition,
    text: String,
    steps: Vec<Step>,
    pub target: String,
    results: Results,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    let mark = parser.mark();
    let text = parser.word("a pattern")?;
    let steps =
        pattern::parse(&text).map_err(|why| parser.error_since(mark, why).expected("literals and <placeholders>"))?;
    let target = if parser.eat("as") { parser.field_name()? } else { "_msg".into() };
    let results = Results::parse(parser);
    Ok(per_row(Format { condition, text, steps, target, results }))
}

impl Format {
    fn build(&self, row: &Row) -> String {
        let mut out = String::new();
        for step in &self.steps {
            out.push_str(&step.literal);
            if step.name.is_empty() {
                continue;
            }
            let value = row.get(&step.name);
            match option::find(&step.option).and_then(|option| (option.convert)(value)) {
                Some(converted) => out.push_str(&converted),
                None => out.push_str(value),
            }
        }
        out
    }
}

impl RowPipe for Format {
    fn print(&self, out: &mut String) {
        out.push_str("format");
        self.condition.print(out);
        out.push(' ');
        print_word(&self.text, out);
        if self.target != "_msg" {
            out.push_str(" as ");
            print_word(&self.target, out);
        }
        self.results.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        if needed.is_nothing() {
            self.condition.needs(needed);
        }
        if !needed.has(&self.target) {
            return;
        }
        // As in the store, a condition is no reason to keep what the rows without it have there.
        if self.results.overwrites() {
            needed.remove(&self.target);
        }
        self.condition.needs(needed);
        self.steps.iter().filter(|s| !s.name.is_empty()).for_each(|s| needed.add(&s.name));
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        let mut names = vec![name];
        if name == self.target {
            names.retain(|_| !self.results.overwrites() || self.condition.0.is_some());
            names.extend(self.steps.iter().map(|step| step.name.as_str()).filter(|name| !name.is_empty()));
        }
        names.into_iter().map(|name| Origin::Field(name.to_owned())).collect()
    }

    fn loses_fields(&self) -> bool {
        self.results.loses_fields(&self.condition)
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn keeps_time(&self) -> bool {
        self.target != "_time"
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with([self.target.as_str()])
    }

    fn rewrite(&self, row: &mut Row) {
        if self.condition.holds(row) {
            let text = self.build(row);
            self.results.set(row, &self.target, text);
        }
    }
}
