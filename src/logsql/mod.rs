//! LogsQL: the query language of the log store at v1.26, parsed, printed and answered over records.
//!
//! Belongs here: lexer, parser, printer, three registries ([`filters`], [`pipes`], [`stats`]), rows between pipes, the
//! planner and the executor. Elsewhere: one line's bytes ([`crate::record`]), where records come from (a [`Source`] is
//! implemented by the caller), HTTP answers ([`crate::store`]), and everything that knows what a failure looks like.
//!
//! A construct is one file: its type, parser, printer, work and tests, and one line in its registry. Reserved words,
//! help, suggestions and the round-trip tests are derived from the registries.
//!
//! Defined where the store is not: without a sort rows come in dump order and groups in first-seen order, whatever the
//! number of threads.

pub mod ast;
pub mod batch;
pub mod columns;
pub mod error;
pub mod exec;
pub mod filters;
pub mod lexer;
pub mod math;
pub mod names;
pub mod needed;
pub mod number;
pub mod origins;
pub mod parse;
pub mod pipes;
pub mod plan;
pub mod re2;
pub mod request;
pub mod stats;
pub mod suggest;
pub mod text;
pub mod timespec;
pub mod values;

pub use ast::{Expr, Query};
pub use batch::{Fields, Row};
pub use error::QueryError;
pub use exec::{Chunk, Env, Globals, Memory, RunError, Source, Worker};
pub use needed::Needed;
pub use parse::{Options, Parser};
