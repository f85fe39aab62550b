//! `if (filter)`: the rows a rewriting pipe, or one stats function, applies to.

use crate::logsql::ast::Expr;
use crate::logsql::batch::Fields;
use crate::logsql::exec::{Env, RunError};
use crate::logsql::needed::Needed;
use crate::logsql::parse::{Parsed, Parser};

/// The condition, if one was given.
#[derive(Debug, Clone, Default)]
pub struct Condition(pub Option<Expr>);

impl Condition {
    pub fn parse(parser: &mut Parser) -> Parsed<Condition> {
        parser.if_filter().map(Condition)
    }

    /// Appends ` if (filter)`, or nothing.
    pub fn print(&self, out: &mut String) {
        if let Some(filter) = &self.0 {
            out.push_str(" if (");
            filter.print(out);
            out.push(')');
        }
    }

    pub fn needs(&self, needed: &mut Needed) {
        if let Some(filter) = &self.0 {
            filter.needs(needed);
        }
    }

    /// Answers the subqueries in it.
    pub fn bind(&mut self, env: &Env<'_>) -> Result<(), RunError> {
        if let Some(filter) = &mut self.0 {
            *filter = env.bind(filter)?;
        }
        Ok(())
    }

    pub fn holds(&self, row: &dyn Fields) -> bool {
        self.0.as_ref().is_none_or(|filter| filter.matches(row))
    }
}
