//! The frame for functions whose state is built row by row from some fields.

use super::{Acc, StatsFunc};
use crate::logsql::batch::Fields;
use crate::logsql::columns::Columns;
use crate::logsql::names::Patterns;
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::pipes::Seq;
use crate::record::time::Nanos;
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// What a function remembers of one group.
pub trait State<A>: Send + Sized + 'static {
    /// An empty state. `range` is the time range that rates are per second of.
    fn new(args: &A, range: (Nanos, Nanos)) -> Self;

    fn observe(&mut self, args: &A, row: &dyn Fields, seq: Seq);

    /// See [`Acc::observe_in_block`].
    fn observe_in_block(&mut self, args: &A, row: &dyn Fields, seq: Seq, taken: bool) {
        if taken {
            self.observe(args, row, seq);
        }
    }

    /// See [`Acc::end_block`].
    fn end_block(&mut self, _args: &A, _alone: bool) {}

    fn merge(&mut self, args: &A, other: Self);

    fn finish(self, args: &A) -> String;
}

/// A function's arguments.
pub trait Args: Debug + Clone + Send + Sync + 'static {
    type State: State<Self>;

    /// Appends `name(args)` and what follows it.
    fn print(&self, out: &mut String);

    fn needs(&self, needed: &mut Needed);

    /// See [`StatsFunc::copies`].
    fn copies(&self) -> Vec<&str> {
        Vec::new()
    }

    /// See [`StatsFunc::reads_columns`].
    fn reads_columns(&self) -> bool {
        false
    }

    /// See [`StatsFunc::over`].
    fn over(&self, _columns: &Columns) -> Option<Self> {
        None
    }

    /// See [`StatsFunc::shows_order`].
    fn shows_order(&self, _columns: &Columns) -> bool {
        false
    }
}

/// The function of some arguments.
pub fn function(args: impl Args) -> Arc<dyn StatsFunc> {
    Arc::new(Framed(Arc::new(args)))
}

#[derive(Debug)]
struct Framed<A>(Arc<A>);

impl<A: Args> StatsFunc for Framed<A> {
    fn print(&self, out: &mut String) {
        self.0.print(out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.0.needs(needed);
    }

    fn copies(&self) -> Vec<&str> {
        self.0.copies()
    }

    fn reads_columns(&self) -> bool {
        self.0.reads_columns()
    }

    fn over(&self, columns: &Columns) -> Option<Arc<dyn StatsFunc>> {
        self.0.over(columns).map(function)
    }

    fn shows_order(&self, columns: &Columns) -> bool {
        self.0.shows_order(columns)
    }

    fn start(&self, range: (Nanos, Nanos)) -> Box<dyn Acc> {
        Box::new(Running { args: self.0.clone(), state: A::State::new(&self.0, range) })
    }
}

struct Running<A: Args> {
    args: Arc<A>,
    state: A::State,
}

impl<A: Args> Acc for Running<A> {
    fn observe(&mut self, row: &dyn Fields, seq: Seq) {
        self.state.observe(&self.args, row, seq);
    }

    fn observe_in_block(&mut self, row: &dyn Fields, seq: Seq, taken: bool) {
        self.state.observe_in_block(&self.args, row, seq, taken);
    }

    fn end_block(&mut self, alone: bool) {
        self.state.end_block(&self.args, alone);
    }

    fn merge(&mut self, other: Box<dyn Acc>) {
        if let Ok(other) = other.into_any().downcast::<Running<A>>() {
            self.state.merge(&self.args, other.state);
        }
    }

    fn finish(self: Box<Self>) -> String {
        self.state.finish(&self.args)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// `(a, b*)`; an empty list means every field.
pub fn fields(parser: &mut Parser) -> Parsed<Patterns> {
    let fields = parser.patterns_in_parens()?;
    Ok(if fields.0.is_empty() || fields.is_all() { Patterns::all() } else { fields })
}

/// `(a, b*)` with at least one field.
pub fn some_fields(parser: &mut Parser, name: &str) -> Parsed<Patterns> {
    let mark = parser.mark();
    let fields = parser.patterns_in_parens()?;
    if fields.0.is_empty() {
        return Err(parser.error_since(mark, format!("`{name}` without a field")).expected("at least one field"));
    }
    Ok(fields)
}

/// `limit N`, when it is there; 0 is no limit.
pub fn limit(parser: &mut Parser) -> Parsed<u64> {
    if parser.eat("limit") { parser.count("a number of values") } else { Ok(0) }
}

/// Appends `name(a, b)`.
pub fn print_call(name: &str, fields: &Patterns, out: &mut String) {
    out.push_str(name);
    out.push('(');
    fields.print(out);
    out.push(')');
}

/// Appends ` limit N`, unless there is none.
pub fn print_limit(limit: u64, out: &mut String) {
    if limit > 0 {
        out.push_str(&format!(" limit {limit}"));
    }
}

/// A function over some fields without other arguments.
#[derive(Debug)]
pub struct Over<S> {
    pub name: &'static str,
    pub fields: Patterns,
    pub kind: std::marker::PhantomData<fn() -> S>,
}

impl<S> Clone for Over<S> {
    fn clone(&self) -> Self {
        Over { name: self.name, fields: self.fields.clone(), kind: std::marker::PhantomData }
    }
}

impl<S> Over<S> {
    pub fn new(name: &'static str, fields: Patterns) -> Self {
        Over { name, fields, kind: std::marker::PhantomData }
    }
}

impl<S: State<Over<S>> + Debug> Args for Over<S> {
    type State = S;

    fn print(&self, out: &mut String) {
        print_call(self.name, &self.fields, out);
    }

    fn needs(&self, needed: &mut Needed) {
        self.fields.needs(needed);
    }
}
