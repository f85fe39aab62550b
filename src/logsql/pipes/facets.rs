//! `facets [N] [max_values_per_field M] [max_value_len L] [keep_const_fields]`: the most frequent values of every field.

use super::grammar::whole_part;
use super::{Emit, Gather, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::values::integer;
use hashbrown::HashMap;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["facets"],
    words: &["max_values_per_field", "max_value_len", "keep_const_fields"],
    example: "* | facets 5",
    help: "the most frequent values of every field, 10 each if no number is given",
    parse,
};

#[derive(Debug, Clone)]
pub struct Facets {
    pub limit: u64,
    /// A field with more values is left out.
    pub max_values: u64,
    /// A field with a longer value is left out.
    pub max_len: u64,
    /// Fields with one value in all rows are shown too.
    pub keep_const: bool,
}

impl Default for Facets {
    fn default() -> Self {
        Facets { limit: 10, max_values: 1000, max_len: 128, keep_const: false }
    }
}

fn parse(parser: &mut Parser) -> Parsed<Arc<dyn Pipe>> {
    const WORDS: &[&str] = &["max_values_per_field", "max_value_len", "keep_const_fields"];
    let mut facets = Facets::default();
    if !parser.at_pipe_end() && !parser.is_any(WORDS) {
        facets.limit = whole_part(parser, "a number of values", 1.0)?.0;
    }
    loop {
        if parser.eat("max_values_per_field") {
            facets.max_values = whole_part(parser, "a number of values", 1.0)?.0;
        } else if parser.eat("max_value_len") {
            facets.max_len = whole_part(parser, "a number of bytes", 1.0)?.0;
        } else if parser.eat("keep_const_fields") {
            facets.keep_const = true;
        } else {
            return Ok(Arc::new(facets));
        }
    }
}

impl Pipe for Facets {
    fn print(&self, out: &mut String) {
        let default = Facets::default();
        out.push_str("facets");
        if self.limit != default.limit {
            out.push_str(&format!(" {}", self.limit));
        }
        if self.max_values != default.max_values {
            out.push_str(&format!(" max_values_per_field {}", self.max_values));
        }
        if self.max_len != default.max_len {
            out.push_str(&format!(" max_value_len {}", self.max_len));
        }
        if self.keep_const {
            out.push_str(" keep_const_fields");
        }
    }

    fn needs(&self, needed: &mut Needed) {
        *needed = Needed::everything();
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Gather(Box::new(Counting { pipe: Arc::new(self.clone()), rows: 0, fields: HashMap::new() })))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Rows per value of each field, integers by their value; `None` for a field that is left out.
struct Counting {
    pipe: Arc<Facets>,
    rows: u64,
    fields: HashMap<String, Option<HashMap<String, u64>>>,
}

impl Counting {
    /// One more row has this value.
    fn see(&mut self, name: &str, value: &str) {
        // A value that is too long is so as it was written.
        if value.len() as u64 > self.pipe.max_len {
            match self.fields.get_mut(name) {
                Some(slot) => *slot = None,
                None => drop(self.fields.insert(name.to_owned(), None)),
            }
            return;
        }
        self.add(name, &integer::key(value.into()), 1);
    }

    fn add(&mut self, name: &str, value: &str, hits: u64) {
        if !self.fields.contains_key(name) {
            self.fields.insert(name.to_owned(), Some(HashMap::new()));
        }
        let Some(slot) = self.fields.get_mut(name) else { return };
        let Some(values) = slot else { return };
        match values.get_mut(value) {
            Some(count) => *count += hits,
            None => drop(values.insert(value.to_owned(), hits)),
        }
        if values.len() as u64 > self.pipe.max_values {
            *slot = None;
        }
    }
}

impl Gather for Counting {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Counting { pipe: self.pipe.clone(), rows: 0, fields: HashMap::new() })
    }

    fn observe(&mut self, row: &dyn Fields, _seq: Seq) {
        self.rows += 1;
        row.each(&mut |name, value| self.see(name, value));
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        let Ok(other) = other.into_any().downcast::<Counting>() else { return };
        self.rows += other.rows;
        for (name, values) in other.fields {
            match values {
                None => drop(self.fields.insert(name, None)),
                Some(values) => values.into_iter().for_each(|(value, hits)| self.add(&name, &value, hits)),
            }
        }
    }

    fn finish(self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let limit = usize::try_from(self.pipe.limit).unwrap_or(usize::MAX);
        let fields: BTreeMap<String, HashMap<String, u64>> =
            self.fields.into_iter().filter_map(|(name, values)| Some((name, values?))).collect();
        for (name, values) in fields {
            let is_const = values.len() == 1 && values.values().all(|&hits| hits == self.rows);
            if is_const && !self.pipe.keep_const {
                continue;
            }
            let mut values: Vec<(String, u64)> = values.into_iter().collect();
            values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            for (value, hits) in values.into_iter().take(limit) {
                let (value, hits) = (integer::print(value), hits.to_string());
                let row: Row =
                    [("field_name", name.as_str()), ("field_value", &value), ("hits", &hits)].into_iter().collect();
                if emit(row).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
