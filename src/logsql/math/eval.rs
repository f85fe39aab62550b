//! Evaluating a math expression over a row. Numbers are 64-bit floats; what is no number, or missing, is NaN.

use super::Expr;
use crate::logsql::batch::Row;
use crate::logsql::number;
use crate::record::time::Nanos;

/// What an expression is evaluated over.
pub struct Scope<'a> {
    pub row: &'a Row,
    pub now: Nanos,
    /// State of the pseudo-random numbers of one pipe.
    pub seed: &'a std::cell::Cell<u64>,
}

impl Scope<'_> {
    /// A number in [0, 1). The same query over the same rows draws the same numbers.
    pub fn random(&self) -> f64 {
        let mut x = self.seed.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.seed.set(x);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The value of an expression.
pub fn eval(expr: &Expr, scope: &Scope<'_>) -> f64 {
    match expr {
        Expr::Number { value, .. } => *value,
        Expr::Field(name) => number::full(scope.row.get(name)).unwrap_or(f64::NAN),
        Expr::Negative(inner) => -eval(inner, scope),
        Expr::Binary { operator, left, right } => (operator.apply)(eval(left, scope), eval(right, scope)),
        Expr::Call { function, args } => {
            let args: Vec<f64> = args.iter().map(|arg| eval(arg, scope)).collect();
            (function.apply)(&args, scope)
        }
    }
}
