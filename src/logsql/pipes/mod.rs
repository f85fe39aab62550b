//! Pipes: what happens to rows after the filter. One file per construct, one line in [`PIPES`].
//!
//! Belongs here: what a pipe is, the three ways to run one, the registry. Elsewhere: who runs them
//! ([`super::exec`]) and the functions of `stats` ([`super::stats`]).

use super::ast::Expr;
use super::batch::{Fields, Row};
use super::exec::{Env, RunError};
use super::needed::Needed;
use super::parse::{Parsed, Parser};
use std::any::Any;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::sync::Arc;

pub mod fields;
pub mod filter;
pub mod limit;
pub mod stats;

/// A parsed pipe.
pub trait Pipe: Debug + Send + Sync {
    /// Appends the pipe in normal form, name first.
    fn print(&self, out: &mut String);

    /// Turns what later steps need into what this pipe needs from its input.
    fn needs(&self, needed: &mut Needed);

    /// Makes the running pipe. Subqueries are answered here.
    fn start(&self, env: &Env<'_>) -> Result<Stage, RunError>;

    /// Whether the output rows are input rows, all their fields untouched save for some left out, `_time` kept: only
    /// then the argument `limit` means "the newest N".
    fn keeps_time(&self) -> bool {
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

    /// Takes over the other part. It was made by [`Gather::fork`], so it has the same type.
    fn merge(&mut self, other: Box<dyn Gather>);

    fn finish(self: Box<Self>, env: &Env<'_>, emit: &mut Emit<'_>) -> Result<(), RunError>;

    fn into_any(self: Box<Self>) -> Box<dyn Any>;
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
    /// A complete query that uses it.
    pub example: &'static str,
    /// One line.
    pub help: &'static str,
    /// Parses from after the name.
    pub parse: fn(&mut Parser) -> Parsed<Arc<dyn Pipe>>,
}

/// Every pipe.
pub static PIPES: &[&PipeSpec] = &[&fields::SPEC, &filter::SPEC, &limit::SPEC, &stats::SPEC];

/// The pipe of this name, in any letter case.
pub fn find(word: &str) -> Option<&'static PipeSpec> {
    PIPES.iter().find(|p| p.names.iter().any(|n| n.eq_ignore_ascii_case(word))).copied()
}
