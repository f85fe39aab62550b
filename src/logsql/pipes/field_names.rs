//! `field_names [as x]`: the fields of the rows, and how many rows have them.

use super::grammar::optional_as;
use super::{Emit, Gather, Pipe, PipeSpec, Seq, Stage};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use hashbrown::HashMap;
use std::any::Any;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["field_names"],
    example: "* | field_names",
    help: "the fields of the rows, and how many rows have them",
    parse: |parser| Ok(Arc::new(FieldNames { target: optional_as(parser)?.unwrap_or_else(|| "name".into()) })),
};

/// Rows are counted one by one, where the store counts them block by block.
#[derive(Debug, Clone)]
pub struct FieldNames {
    target: String,
}

impl Pipe for FieldNames {
    fn print(&self, out: &mut String) {
        out.push_str("field_names");
        if self.target != "name" {
            out.push_str(" as ");
            print_word(&self.target, out);
        }
    }

    fn needs(&self, needed: &mut Needed) {
        *needed = Needed::everything();
    }

    fn start(&self, _env: &Env<'_>) -> Result<Stage, RunError> {
        Ok(Stage::Gather(Box::new(Counting { target: self.target.clone(), names: HashMap::new() })))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Counting {
    target: String,
    names: HashMap<String, (Seq, u64)>,
}

impl Gather for Counting {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Counting { target: self.target.clone(), names: HashMap::new() })
    }

    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        let mut nth = seq.nth;
        row.each_name(&mut |name| {
            nth += 1;
            match self.names.get_mut(name) {
                Some((_, hits)) => *hits += 1,
                None => drop(self.names.insert(name.to_owned(), (Seq { nth, ..seq }, 1))),
            }
        });
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        let Ok(other) = other.into_any().downcast::<Counting>() else { return };
        for (name, (seq, hits)) in other.names {
            let mine = self.names.entry(name).or_insert((seq, 0));
            mine.0 = mine.0.min(seq);
            mine.1 += hits;
        }
    }

    fn finish(self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let mut names: Vec<(Seq, String, u64)> =
            self.names.into_iter().map(|(name, (seq, hits))| (seq, name, hits)).collect();
        names.sort();
        let hits_name = super::grammar::free_name("hits", std::slice::from_ref(&self.target));
        for (_, name, hits) in names {
            let mut row = Row::new();
            row.set(&self.target, name);
            row.set(&hits_name, hits.to_string());
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
