//! `extract_regexp [if (filter)] "re" [from field]`: named groups of the first match.

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
use crate::logsql::re2;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["extract_regexp"],
    words: &["if", "from", "keep_original_fields", "skip_empty_results"],
    example: r#"* | extract_regexp "ip=(?P<ip>[0-9.]+)""#,
    help: "set fields from the named groups of a regular expression's first match",
    parse,
};

#[derive(Debug, Clone)]
pub struct ExtractRegexp {
    condition: Condition,
    text: String,
    regex: re2::Pattern,
    from: String,
    results: Results,
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let condition = Condition::parse(parser)?;
    let mark = parser.mark();
    let text = parser.word("a regular expression")?;
    let regex = super::grammar::regex(parser, mark, &text)?;
    if regex.names().next().is_none() {
        return Err(parser.error_since(mark, "the regular expression has no named group").expected("(?P<name>…)"));
    }
    let from = if parser.eat("from") { parser.field_name()? } else { "_msg".into() };
    let results = Results::parse(parser);
    Ok(per_row(ExtractRegexp { condition, text, regex, from, results }))
}

impl RowPipe for ExtractRegexp {
    fn print(&self, out: &mut String) {
        out.push_str("extract_regexp");
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
        let names: Vec<Pattern> = self.regex.names().map(|n| Pattern::Name(n.to_owned())).collect();
        self.results.needs(needed, &names, &self.from, &self.condition);
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        if !self.regex.names().any(|group| group == name) {
            return vec![Origin::Field(name.to_owned())];
        }
        let group = [format!("(?P<{name}>"), format!("(?<{name}>")];
        let before =
            group.iter().find_map(|group| self.text.split_once(group.as_str())).map_or("", |(before, _)| before);
        // What of the expression means itself.
        let plain = |c: char| c.is_alphanumeric() || " _-=:\"'/@&;,".contains(c);
        let start =
            before.rfind(|c| !plain(c)).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        vec![Origin::Field(self.from.clone()), Origin::Behind(before[start..].to_owned())]
    }

    fn loses_fields(&self) -> bool {
        self.results.loses_fields(&self.condition)
    }

    fn condition(&mut self) -> Option<&mut Condition> {
        Some(&mut self.condition)
    }

    fn columns(&self, before: Columns) -> Columns {
        before.with(self.regex.names())
    }

    fn rewrite(&self, row: &mut Row) {
        if !self.condition.holds(row) {
            return;
        }
        let groups = self.regex.matches(row.get(&self.from)).next();
        let group = |name| groups.as_ref().map_or("", |groups| groups.name(name));
        let found: Vec<(&str, String)> = self.regex.names().map(|name| (name, group(name).to_owned())).collect();
        for (name, value) in found {
            self.results.set(row, name, value);
        }
    }
}
