//! Math: the expressions of the `math` pipe.
//!
//! Belongs here: the tree, its printer, its operators and functions, how it is read and evaluated. Elsewhere: the pipe
//! that assigns results to fields ([`crate::logsql::pipes::math`]).

pub mod eval;
pub mod function;
pub mod operator;
pub mod parse;
pub mod power;

use function::Function;
use operator::Operator;

/// One expression.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A literal as written, and its value.
    Number {
        text: String,
        value: f64,
    },
    Field(String),
    Negative(Box<Expr>),
    Binary {
        operator: &'static Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Call {
        function: &'static Function,
        args: Vec<Expr>,
    },
}

impl Expr {
    /// The normal form, as an operand of nothing.
    pub fn print(&self, out: &mut String) {
        match self {
            Expr::Number { text, .. } => print_number(text, out),
            Expr::Field(name) => crate::logsql::names::print_word(name, out),
            Expr::Negative(inner) => {
                out.push('-');
                inner.print_inside(matches!(**inner, Expr::Binary { .. }), out);
            }
            Expr::Binary { operator, left, right } => {
                left.print_inside(left.rank() > operator.rank, out);
                out.push(' ');
                out.push_str(operator.name);
                out.push(' ');
                right.print_inside(right.rank() >= operator.rank, out);
            }
            Expr::Call { function, args } => {
                out.push_str(function.name);
                out.push('(');
                for (i, arg) in args.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    arg.print(out);
                }
                out.push(')');
            }
        }
    }

    fn print_inside(&self, parens: bool, out: &mut String) {
        if parens {
            out.push('(');
        }
        self.print(out);
        if parens {
            out.push(')');
        }
    }

    /// How loosely the outermost operator binds; 0 when there is none.
    fn rank(&self) -> u8 {
        match self {
            Expr::Binary { operator, .. } => operator.rank,
            _ => 0,
        }
    }

    /// Visits the names of all fields.
    pub fn each_field(&self, visit: &mut dyn FnMut(&str)) {
        match self {
            Expr::Number { .. } => {}
            Expr::Field(name) => visit(name),
            Expr::Negative(inner) => inner.each_field(visit),
            Expr::Binary { left, right, .. } => {
                left.each_field(visit);
                right.each_field(visit);
            }
            Expr::Call { args, .. } => args.iter().for_each(|arg| arg.each_field(visit)),
        }
    }

    /// Whether a function is called anywhere in it.
    pub fn calls(&self, name: &str) -> bool {
        match self {
            Expr::Number { .. } | Expr::Field(_) => false,
            Expr::Negative(inner) => inner.calls(name),
            Expr::Binary { left, right, .. } => left.calls(name) || right.calls(name),
            Expr::Call { function, args } => function.name == name || args.iter().any(|arg| arg.calls(name)),
        }
    }
}

/// A number as it was written. With an operator sign inside (a timestamp, `1e-7`) it is quoted; the store prints it bare,
/// and then cannot read it back.
fn print_number(text: &str, out: &mut String) {
    if text.chars().all(super::text::is_token) { out.push_str(text) } else { super::text::quote(text, out) }
}
