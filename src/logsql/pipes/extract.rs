//! `extract [if (filter)] "pattern" [from field]`: cuts values out of a text by a pattern.

use super::condition::Condition;
use super::per_row::{RowPipe, per_row};
use super::results::Results;
use super::{Pipe, PipeSpec};
use crate::logsql::batch::Row;
use crate::logsql::columns::Columns;
use crate::logsql::names::{Pattern, print_word};
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::pattern::{self, Step};
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["extract"],
    words: &["if", "from", "keep_original_fields", "skip_empty_results"],
    example: r#"* | extract "user=<user> ip=<ip>""#,
    help: "cut values out of a text by a pattern of literals and <placeholders>",
    parse,
};

/// See [`pattern`] for the rules of cutting.
#[derive(Debug, Clone)]
pub struct Extract {
    condition: Condition,
    text: String,
    steps: Vec<Step>,
    from: String,
    results: Results,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    let mark = parser.mark();
    let text = parser.word("a pattern")?;
    let steps = pattern::parse(&text)
        .and_then(|steps| pattern::check_extractable(&steps).map(|()| steps))
        .map_err(|why| parser.error_since(mark, why).expected("a pattern such as \"user=<user>,\""))?;
    let from = if parser.eat("from") { parser.field_name()? } else { "_msg".into() };
    let results = Results::parse(parser);
    Ok(per_row(Extract { condition, text, steps, from, results }))
}

impl RowPipe for Extract {
    fn print(&self, out: &mut String) {
        out.push_str("extract");
        self.condition.print(out);
        out.push(' ');
        print_word(&self.text, out);
        if self.from != "_msg" {
            out.push_str(" from ");
            print_word(&self.from, out);
        }
        self.results.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        let names = self.steps.iter().map(|s| &s.name).filter(|n| !n.is_empty());
        let names: Vec<Pattern> = names.cloned().map(Pattern::Name).collect();
        self.results.needs(needed, &names, &self.from, &self.condition);
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        let steps = self.steps.iter().filter(|step| step.name == name);
        let mut origins: Vec<Origin> = steps.map(|step| Origin::Behind(step.literal.clone())).collect();
        let field = if origins.is_empty() { name } else { &self.from };
        origins.push(Origin::Field(field.to_owned()));
        origins
    }

    fn loses_fields(&self) -> bool {
        self.results.loses_fields(&self.condition)
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with(self.steps.iter().map(|step| step.name.as_str()).filter(|name| !name.is_empty()))
    }

    fn rewrite(&self, row: &mut Row) {
        if !self.condition.holds(row) {
            return;
        }
        let found = pattern::extract(&self.steps, row.get(&self.from));
        for (step, value) in self.steps.iter().zip(found) {
            if !step.name.is_empty() {
                self.results.set(row, &step.name, value.unwrap_or_default());
            }
        }
    }
}
