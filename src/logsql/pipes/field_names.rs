//! `field_names [as x]`: the fields of the rows, and how many rows have them.

use super::grammar::optional_as;
use super::{Emit, Gather, Pipe, PipeSpec, Seq, Stage, TakesNames};
use crate::logsql::batch::{Fields, Row};
use crate::logsql::exec::{Env, RunError};
use crate::logsql::names::print_word;
use crate::logsql::needed::Needed;
use hashbrown::HashMap;
use std::any::Any;
use std::sync::Arc;

pub static SPEC: PipeSpec = PipeSpec {
    names: &["field_names"],
    words: &["as"],
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
        Ok(Stage::Gather(Box::new(Counting::new(self.target.clone()))))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

struct Counting {
    target: String,
    /// Names with where they were first seen and their rows.
    names: Vec<(String, Seq, u64)>,
    /// Place of each name in `names`.
    places: HashMap<String, usize>,
    /// For each name the one that came after it last time: most rows repeat the order of an earlier one.
    after: Vec<usize>,
}

impl Counting {
    fn new(target: String) -> Self {
        Counting { target, names: Vec::new(), places: HashMap::new(), after: Vec::new() }
    }

    /// The place of a name, given the place of the name before it.
    fn place(&mut self, name: &str, before: Option<usize>, seq: Seq) -> usize {
        let guess = before.map_or(0, |b| self.after[b]);
        if self.names.get(guess).is_some_and(|(n, ..)| n == name) {
            return guess;
        }
        let place = match self.places.get(name) {
            Some(place) => *place,
            None => {
                self.names.push((name.to_owned(), seq, 0));
                self.after.push(usize::MAX);
                self.places.insert(name.to_owned(), self.names.len() - 1);
                self.names.len() - 1
            }
        };
        if let Some(before) = before {
            self.after[before] = place;
        }
        place
    }
}

impl TakesNames for Counting {
    fn take_name(&mut self, name: &str, first: Seq, rows: u64) {
        let place = self.place(name, None, first);
        let mine = &mut self.names[place];
        mine.1 = mine.1.min(first);
        mine.2 += rows;
    }
}

impl Gather for Counting {
    fn fork(&self) -> Box<dyn Gather> {
        Box::new(Counting::new(self.target.clone()))
    }

    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        let (mut nth, mut before) = (seq.nth, None);
        row.each_name(&mut |name| {
            nth += 1;
            let place = self.place(name, before, Seq { nth, ..seq });
            self.names[place].2 += 1;
            before = Some(place);
        });
    }

    fn names(&mut self) -> Option<&mut dyn TakesNames> {
        Some(self)
    }

    fn merge(&mut self, other: Box<dyn Gather>) {
        let Ok(other) = other.into_any().downcast::<Counting>() else { return };
        for (name, seq, hits) in other.names {
            self.take_name(&name, seq, hits);
        }
    }

    fn finish(self: Box<Self>, _env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError> {
        let mut names = self.names;
        names.sort_by_key(|name| name.1);
        let hits_name = super::grammar::free_name("hits", std::slice::from_ref(&self.target));
        for (name, _, hits) in names {
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
