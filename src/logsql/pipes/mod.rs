//! Pipes: what happens to rows after the filter. One file per construct, one line in [`PIPES`].
//!
//! Belongs here: what a pipe is, the three ways to run one, the registry. Elsewhere: who runs them
//! ([`super::exec`]) and the functions of `stats` ([`super::stats`]).

use super::ast::Expr;
use super::batch::{Fields, Row};
use super::columns::Columns;
use super::exec::{Env, RunError};
use super::needed::Needed;
use super::origins::Origin;
use super::parse::{Parsed, Parser};
use crate::record::time::Nanos;
use std::any::Any;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

pub mod collapse_nums;
pub mod condition;
pub mod decolorize;
pub mod delete;
pub mod drop_empty_fields;
pub mod extract;
pub mod extract_regexp;
pub mod facets;
pub mod field_names;
pub mod fields;
pub mod filter;
pub mod format;
pub mod grammar;
pub mod join;
pub mod key;
pub mod limit;
pub mod math;
pub mod measure;
pub mod offset;
pub mod pack;
pub mod per_row;
pub mod rename;
pub mod replace;
pub mod results;
pub mod sample;
pub mod sort;
pub mod stats;
pub mod storage;
pub mod stream_context;
pub mod tally;
pub mod top;
pub mod union;
pub mod uniq;
pub mod unpack;
pub mod unpack_syslog;
pub mod unpack_words;
pub mod unroll;

/// A parsed pipe.
pub trait Pipe: Debug + Send + Sync {
    /// Appends the pipe in normal form, name first.
    fn print(&self, out: &mut String);

    /// Turns what later steps need into what this pipe needs from its input.
    fn needs(&self, needed: &mut Needed);

    /// Whether what [`Pipe::needs`] asks for may be less than what the pipe and those behind it would look at. The store
    /// answers from what was asked for.
    fn loses_fields(&self) -> bool {
        false
    }

    /// Whether the order of the rows' fields shows in what it makes of them, where they have these columns.
    fn shows_order(&self, _columns: &Columns) -> bool {
        false
    }

    /// The columns behind it. It is no mistake not to know them.
    fn columns(&self, _before: Columns) -> Columns {
        Columns::Rows
    }

    /// Makes the running pipe. Subqueries are answered here.
    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError>;

    /// Whether the argument `limit` still means "the newest N" behind this pipe, and not "the first N".
    fn limit_is_newest(&self) -> bool {
        false
    }

    /// Whether every row's `_time` stays what it was.
    fn keeps_time(&self) -> bool {
        false
    }

    /// Whether it only makes sense directly behind the filter.
    fn must_be_first(&self) -> bool {
        false
    }

    /// This pipe and the next as one pipe in normal form (`sort | limit`).
    fn absorb(&self, _next: &dyn Pipe) -> Option<Arc<dyn Pipe>> {
        None
    }

    /// The condition, for a pipe that only filters.
    fn as_filter(&self) -> Option<&Expr> {
        None
    }

    /// Which of its output rows the store writes as one block, if it writes blocks of its own, and always the same ones.
    fn blocks(&self) -> Option<Blocks> {
        None
    }

    /// Where the text of an output field may stand in the input.
    fn origins(&self, name: &str) -> Vec<Origin> {
        vec![Origin::Field(name.to_owned())]
    }

    /// The one field of the output rows, for pipes that leave one: what `in(subquery)` must end in.
    fn single_field(&self) -> Option<&str> {
        None
    }

    fn as_any(&self) -> &dyn Any;
}

/// Where rows go. `Break` means that no more are wanted.
pub type Emit<'e> = dyn FnMut(Row) -> ControlFlow<()> + 'e;

/// The place of a row in the evidence: a total order that no number of threads changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Seq {
    pub input: u32,
    pub offset: u64,
    /// For rows made out of one row (`unroll`), which of them.
    pub nth: u32,
}

/// Which rows the store holds together in a block, where that is known: the functions that [read whole
/// columns](super::stats::StatsFunc::reads_columns) take such a column for what it is, and add it up in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Blocks {
    /// Not known: it depends on the store's files, or on its threads. Each row is for itself.
    #[default]
    Rows,
    /// The rows that were made of one row.
    Origins,
    /// All of them.
    All,
}

impl Blocks {
    /// What is held together behind a pipe that says `own` of itself.
    pub fn behind(self, stage: &Stage, own: Option<Blocks>) -> Blocks {
        match stage {
            Stage::Each(_) => self.max(own.unwrap_or_default()),
            // A row no longer says which one it was made of.
            Stage::Serial(_) if self == Blocks::Origins => Blocks::Rows,
            Stage::Serial(_) => self,
            Stage::Gather(_) => own.unwrap_or_default(),
        }
    }
}

/// A running pipe, by how its work may be split.
pub enum Stage {
    /// Each row by itself, on any thread.
    Each(Box<dyn EachRow>),
    /// Sees all rows before it gives any; may see them in parts, on several threads.
    Gather(Box<dyn Gather>),
    /// Sees all rows in order, on one thread.
    Serial(Box<dyn Serial>),
}

/// One row in, any number out.
pub trait EachRow: Send + Sync {
    fn apply(&self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()>;
}

/// State that is collected in parts and merged.
///
/// The answer must not depend on how the rows were split: whatever is "first" is decided by [`Seq`]. Within one part
/// rows come in ascending order.
pub trait Gather: Send {
    /// An empty state of the same pipe.
    fn fork(&self) -> Box<dyn Gather>;

    fn observe(&mut self, row: &dyn Fields, seq: Seq);

    /// Observes rows that are the same in all that this pipe looks at; `seq` is the first of them.
    fn observe_many(&mut self, row: &dyn Fields, seq: Seq, times: u64) {
        for _ in 0..times {
            self.observe(row, seq);
        }
    }

    /// Set when the answer depends only on how often each combination of some fields' values occurs, and where first.
    fn keys(&self) -> Option<Vec<KeyField>> {
        None
    }

    /// Set when the answer depends only on which fields the rows have: where their numbers go.
    fn names(&mut self) -> Option<&mut dyn TakesNames> {
        None
    }

    /// With [`Gather::keys`]: set when only so many of the most frequent combinations, and those as frequent as the last
    /// of them, can be in the answer.
    fn best(&self) -> Option<usize> {
        None
    }

    /// Takes over the other part. It was made by [`Gather::fork`], so it has the same type.
    fn merge(&mut self, other: Box<dyn Gather>);

    fn finish(self: Box<Self>, env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError>;

    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

/// Takes numbers of rows per field.
pub trait TakesNames {
    /// So many rows have the field; `first` is the first of them.
    fn take_name(&mut self, name: &str, first: Seq, rows: u64);
}

/// A field that is counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyField {
    pub name: String,
    /// Values that are instants are counted by the start of their bucket: step and offset, nanoseconds.
    pub bucket: Option<(Nanos, Nanos)>,
}

impl KeyField {
    /// Fields that are counted by their values.
    pub fn plain(names: &[String]) -> Vec<KeyField> {
        names.iter().map(|name| KeyField { name: name.clone(), bucket: None }).collect()
    }
}

/// A pipe that needs its rows in order.
pub trait Serial {
    fn push(&mut self, row: Row, emit: &mut Emit<'_>) -> ControlFlow<()>;

    /// All rows were seen.
    fn finish(&mut self, _env: &Env<'_>, _emit: &mut Emit<'_>) -> Result<(), RunError> {
        Ok(())
    }
}

/// A pipe of the language, as the registry lists it.
pub struct PipeSpec {
    /// The name, then its aliases.
    pub names: &'static [&'static str],
    /// The words of its options.
    pub words: &'static [&'static str],
    /// A complete query that uses it.
    pub example: &'static str,
    /// One line.
    pub help: &'static str,
    /// Parses from after the name.
    pub parse: fn(&mut Parser) -> Parsed<Arc<dyn Pipe>>,
}

/// Every pipe.
pub static PIPES: &[&PipeSpec] = &[
    &storage::BLOCK_STATS,
    &storage::BLOCKS_COUNT,
    &collapse_nums::SPEC,
    &rename::COPY,
    &decolorize::SPEC,
    &delete::SPEC,
    &drop_empty_fields::SPEC,
    &extract::SPEC,
    &extract_regexp::SPEC,
    &facets::SPEC,
    &field_names::SPEC,
    &uniq::FIELD_VALUES,
    &fields::SPEC,
    &filter::SPEC,
    &sort::FIRST,
    &format::SPEC,
    &measure::HASH,
    &join::SPEC,
    &measure::JSON_ARRAY_LEN,
    &sort::LAST,
    &measure::LEN,
    &limit::SPEC,
    &math::SPEC,
    &offset::SPEC,
    &pack::JSON,
    &pack::LOGFMT,
    &rename::RENAME,
    &replace::TEXT,
    &replace::REGEXP,
    &sample::SPEC,
    &sort::SORT,
    &stats::SPEC,
    &stream_context::SPEC,
    &top::SPEC,
    &union::SPEC,
    &uniq::UNIQ,
    &unpack::JSON,
    &unpack::LOGFMT,
    &unpack_syslog::SPEC,
    &unpack_words::SPEC,
    &unroll::SPEC,
];

/// The pipe of this name, in any letter case.
pub fn find(word: &str) -> Option<&'static PipeSpec> {
    PIPES.iter().find(|p| p.names.iter().any(|n| n.eq_ignore_ascii_case(word))).copied()
}
