//! `stats by (a, b) f(x) as y, …`: one row per group, with the functions' results.

use super::{Blocks, Emit, Gather, KeyField, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::ast::Expr;
use crate::logsql::batch::{Fields, Row};
use crate::logsql::columns::Columns;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use crate::logsql::origins::Origin;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::stats::{self, Acc, StatsFunc};
use crate::logsql::suggest;
use crate::logsql::values::bucket::Bucket;
use crate::logsql::values::integer;
use crate::record::time::{self, Nanos};
use hashbrown::HashMap;
use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["stats"],
    words: &["by", "offset", "if", "as"],
    example: "* | stats by (app, level) count() as rows",
    help: "one row per group, with the results of the functions; the word `stats` may be left out",
    parse,
};

/// A field that rows are grouped by, as it is or by the bucket it falls into.
#[derive(Debug, Clone)]
pub struct ByField {
    pub name: String,
    pub bucket: Option<Bucket>,
}

impl ByField {
    fn print(&self, out: &mut String) {
        print_word(&self.name, out);
        if let Some(bucket) = &self.bucket {
            out.push(':');
            out.push_str(&bucket.size_text);
            if !bucket.offset_text.is_empty() {
                out.push_str(" offset ");
                out.push_str(&bucket.offset_text);
            }
        }
    }

    /// The field as rows can be counted by it without looking at them one by one.
    fn key(&self) -> Option<KeyField> {
        let bucket = match &self.bucket {
            None => None,
            Some(bucket) if self.name == "_time" => Some(bucket.fixed()?),
            Some(_) => return None,
        };
        Some(KeyField { name: self.name.clone(), bucket })
    }

    fn value<'r>(&self, row: &'r dyn Fields) -> Cow<'r, str> {
        let Some(bucket) = &self.bucket else { return row.get(&self.name) };
        match row.time() {
            Some(at) if self.name == "_time" => Cow::Owned(time::format(bucket.instant(at))),
            _ => Cow::Owned(bucket.text(&row.get(&self.name))),
        }
    }
}

/// One function with its condition and the name of its result.
#[derive(Debug, Clone)]
pub struct Call {
    pub function: Arc<dyn StatsFunc>,
    pub condition: Option<Expr>,
    pub result: String,
}

#[derive(Debug, Clone)]
pub struct StatsPipe {
    pub by: Vec<ByField>,
    pub calls: Vec<Call>,
    /// What rates are per second of, when it is not [`Env::range`].
    pub range: Option<(Nanos, Nanos)>,
}

/// Parses from after the word `stats`, which is optional.
pub fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    let by = if parser.eat("by") || parser.is("(") { parser.list_in_parens(by_field)? } else { Vec::new() };
    let mut calls: Vec<Call> = Vec::new();
    loop {
        let mark = parser.mark();
        let call = call(parser)?;
        if calls.iter().any(|c| c.result == call.result) || by.iter().any(|b| b.name == call.result) {
            let message = format!("the result name `{}` is taken", call.result);
            return Err(parser.error_since(mark, message).expected("another name after `as`"));
        }
        calls.push(call);
        if !parser.eat(",") {
            return Ok(Arc::new(StatsPipe { by, calls, range: None }));
        }
    }
}

fn by_field(parser: &mut Parser) -> Parsed<ByField> {
    let name = parser.name_before_colon()?;
    if !parser.eat(":") {
        return Ok(ByField { name, bucket: None });
    }
    let mark = parser.mark();
    let size = parser.word("a bucket size")?;
    let offset = if parser.eat("offset") { parser.word("a bucket offset")? } else { String::new() };
    let bucket = Bucket::new(&size, &offset).map_err(|why| {
        parser.error_since(mark, why).expected("a number, duration, size, `/24` or `day`, `week`, `month` …")
    })?;
    Ok(ByField { name, bucket: Some(bucket) })
}

fn call(parser: &mut Parser) -> Parsed<Call> {
    let name = parser.token().text.clone();
    let Some(spec) = (!parser.token().quoted).then(|| stats::find(&name)).flatten() else {
        let known = stats::STATS.iter().flat_map(|s| s.names).copied();
        let error = parser.error(format!("unexpected {} in `stats`", parser.describe())).expected("a stats function");
        return Err(error.nearest(suggest::nearest(&name, known)));
    };
    parser.next();
    let function = (spec.parse)(parser)?;
    let condition = parser.if_filter()?;
    let named = parser.eat("as") || !(parser.at_pipe_end() || parser.is(","));
    let result = if named { parser.field_name()? } else { text(&*function, condition.as_ref()) };
    Ok(Call { function, condition, result })
}

/// The normalised text of a call, which is also its default result name.
fn text(function: &dyn StatsFunc, condition: Option<&Expr>) -> String {
    let mut out = String::new();
    function.print(&mut out);
    if let Some(condition) = condition {
        out.push_str(" if (");
        condition.print(&mut out);
        out.push(')');
    }
    out
}

impl Pipe for StatsPipe {
    fn print(&self, out: &mut String) {
        out.push_str("stats ");
        if !self.by.is_empty() {
            out.push_str("by (");
            for (i, by) in self.by.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                by.print(out);
            }
            out.push_str(") ");
        }
        for (i, call) in self.calls.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_str(&text(&*call.function, call.condition.as_ref()));
            out.push_str(" as ");
            print_word(&call.result, out);
        }
    }

    fn origins(&self, name: &str) -> Vec<Origin> {
        let call = self.calls.iter().find(|call| call.result == name);
        let names = call.map_or_else(|| vec![name], |call| call.function.copies());
        // A result of its own making holds nothing but what it is called.
        let names = if names.is_empty() { vec![name] } else { names };
        names.into_iter().map(|name| Origin::Field(name.to_owned())).collect()
    }

    fn needs(&self, needed: &mut Needed) {
        let after = std::mem::take(needed);
        for by in &self.by {
            needed.add(&by.name);
        }
        for call in self.calls.iter().filter(|call| after.has(&call.result)) {
            call.function.needs(needed);
            if let Some(condition) = &call.condition {
                condition.needs(needed);
            }
        }
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        self.calls.iter().any(|call| call.function.shows_order(columns))
    }

    fn columns(&self, _before: Columns) -> Columns {
        let by = self.by.iter().map(|by| by.name.as_str());
        Columns::Named(Vec::new()).with(by.chain(self.calls.iter().map(|call| call.result.as_str())))
    }

    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError> {
        let mut calls = Vec::with_capacity(self.calls.len());
        for call in &self.calls {
            let condition = call.condition.as_ref().map(|c| env.bind(c)).transpose()?;
            calls.push((call.function.over(&env.columns).unwrap_or_else(|| call.function.clone()), condition));
        }
        let reads_columns = calls.iter().any(|(function, _)| function.reads_columns());
        let plan = Arc::new(Plan {
            blocks: if reads_columns { env.blocks } else { Blocks::Rows },
            by: self.by.clone(),
            calls,
            range: self.range.unwrap_or(env.range),
            names: self.calls.iter().map(|c| c.result.clone()).collect(),
        });
        Ok(Stage::Gather(Box::new(Groups::new(plan))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Plan {
    by: Vec<ByField>,
    calls: Vec<(Arc<dyn StatsFunc>, Option<Expr>)>,
    names: Vec<String>,
    range: (i64, i64),
    blocks: Blocks,
}

impl Plan {
    fn value<'r>(&self, by: &ByField, row: &'r dyn Fields) -> Cow<'r, str> {
        let value = by.value(row);
        if self.by.len() == 1 && by.bucket.is_none() { integer::key(value) } else { value }
    }
}

/// The groups of one worker.
struct Groups {
    plan: Arc<Plan>,
    groups: HashMap<Box<[u8]>, Group>,
    key: Vec<u8>,
    /// The block of the last row, and the keys of the groups that it has rows in.
    block: Option<(u32, u64)>,
    parts: Vec<Box<[u8]>>,
}

struct Group {
    first: Seq,
    by: Vec<String>,
    accs: Vec<Box<dyn Acc>>,
    /// It has rows of the block.
    in_block: bool,
}

impl Groups {
    fn new(plan: Arc<Plan>) -> Self {
        Groups { plan, groups: HashMap::new(), key: Vec::new(), block: None, parts: Vec::new() }
    }

    fn empty_group(plan: &Plan, first: Seq, by: Vec<String>) -> Group {
        Group { first, by, accs: plan.calls.iter().map(|(f, _)| f.start(plan.range)).collect(), in_block: false }
    }

    /// Tells the groups of the last block, if it is another one than that of this row.
    fn enter_block(&mut self, seq: Seq) {
        let block = if self.plan.blocks == Blocks::All { (0, 0) } else { (seq.input, seq.offset) };
        if self.block != Some(block) {
            self.end_block();
            self.block = Some(block);
        }
    }

    fn end_block(&mut self) {
        self.block = None;
        let alone = self.parts.len() == 1;
        for key in self.parts.drain(..) {
            let Some(group) = self.groups.get_mut(&key) else { continue };
            group.in_block = false;
            group.accs.iter_mut().for_each(|acc| acc.end_block(alone));
        }
    }
}

impl Gather for Groups {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Groups::new(self.plan.clone()))
    }

    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        self.observe_many(row, seq, 1);
    }

    fn observe_many(&mut self, row: &dyn Fields, seq: Seq, times: u64) {
        let in_block = self.plan.blocks != Blocks::Rows;
        if in_block {
            self.enter_block(seq);
        }
        self.key.clear();
        for by in &self.plan.by {
            let value = self.plan.value(by, row);
            self.key.extend_from_slice(&(value.len() as u64).to_le_bytes());
            self.key.extend_from_slice(value.as_bytes());
        }
        if !self.groups.contains_key(self.key.as_slice()) {
            let by = self.plan.by.iter().map(|by| self.plan.value(by, row).into_owned()).collect();
            self.groups.insert(self.key.clone().into(), Self::empty_group(&self.plan, seq, by));
        }
        let group = self.groups.get_mut(self.key.as_slice()).expect("just inserted");
        if in_block && !group.in_block {
            group.in_block = true;
            self.parts.push(self.key.as_slice().into());
        }
        for (acc, (_, condition)) in group.accs.iter_mut().zip(&self.plan.calls) {
            let taken = condition.as_ref().is_none_or(|c| c.matches(row));
            if in_block {
                // Only rows that are merely counted come many at a time.
                acc.observe_in_block(row, seq, taken);
            } else if taken {
                acc.observe_many(row, seq, times);
            }
        }
    }

    fn keys(&self) -> Option<Vec<KeyField>> {
        if !self.plan.calls.iter().all(|(function, condition)| condition.is_none() && function.counts_rows()) {
            return None;
        }
        self.plan.by.iter().map(ByField::key).collect()
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        let Ok(mut other) = other.into_any().downcast::<Groups>() else { return };
        self.end_block();
        other.end_block();
        for (key, group) in other.groups {
            match self.groups.get_mut(&key) {
                None => drop(self.groups.insert(key, group)),
                Some(mine) => {
                    mine.first = mine.first.min(group.first);
                    mine.accs.iter_mut().zip(group.accs).for_each(|(a, b)| a.merge(b));
                }
            }
        }
    }

    fn finish(mut self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        self.end_block();
        if self.groups.is_empty() && self.plan.by.is_empty() {
            self.groups.insert(Box::default(), Self::empty_group(&self.plan, Seq::default(), Vec::new()));
        }
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_by_key(|g| g.first);
        for group in groups {
            let mut row = Row::new();
            for (by, value) in self.plan.by.iter().zip(group.by) {
                row.set(&by.name, if self.plan.by.len() == 1 { integer::print(value) } else { value });
            }
            for (name, acc) in self.plan.names.iter().zip(group.accs) {
                row.set(name, acc.finish());
            }
            if emit(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
