//! Reading a math expression.

use super::Expr;
use super::function::{FUNCTIONS, Function};
use super::operator::{OPERATORS, Operator};
use crate::logsql::parse::{Parsed, Parser};
use crate::logsql::{number, suggest};

/// Signs that end an operand.
const ENDS: [&str; 11] = ["+", "-", "*", "/", "%", "^", ",", ")", "|", "=", "!"];

/// Reads an expression up to what cannot belong to it.
///
/// # Errors
/// A missing operand, an unknown function, a literal that is no number.
pub fn parse(parser: &mut Parser) -> Parsed<Expr> {
    let mut left = Operand::read(parser)?;
    while let Some(operator) = operator(parser) {
        parser.next();
        let right = Operand::read(parser)?;
        left = left.join(operator, right.expr);
    }
    Ok(left.expr)
}

fn operator(parser: &Parser) -> Option<&'static Operator> {
    // Unlike keywords, operators are written in lower case.
    OPERATORS.iter().find(|operator| !parser.token().quoted && parser.token().text == operator.name)
}

/// An expression and whether it stood in parentheses.
struct Operand {
    expr: Expr,
    closed: bool,
}

impl Operand {
    fn read(parser: &mut Parser) -> Parsed<Operand> {
        if parser.is("(") {
            parser.next();
            let expr = parser.deeper(parse)?;
            parser.expect(")", "in a math expression")?;
            return Ok(Operand { expr, closed: true });
        }
        let expr = operand(parser)?;
        Ok(Operand { expr, closed: false })
    }

    /// Joins the next operand. An operator that binds tighter than the outermost one before it takes that one's right
    /// side, as the store does: only one level is looked at, so `a default b & c * d` is `a default ((b & c) * d)`.
    fn join(self, next: &'static Operator, right: Expr) -> Operand {
        let binary = |operator, left, right| Expr::Binary { operator, left: Box::new(left), right: Box::new(right) };
        let expr = match self.expr {
            Expr::Binary { operator, left, right: inner } if !self.closed && operator.rank > next.rank => {
                binary(operator, *left, binary(next, *inner, right))
            }
            whole => binary(next, whole, right),
        };
        Operand { expr, closed: false }
    }
}

fn operand(parser: &mut Parser) -> Parsed<Expr> {
    if parser.eat("-") {
        return parser.deeper(|p| Ok(Expr::Negative(Box::new(Operand::read(p)?.expr))));
    }
    if parser.eat("+") {
        return parser.deeper(|p| Ok(Operand::read(p)?.expr));
    }
    if let Some(function) = FUNCTIONS.iter().find(|f| parser.is(f.name)) {
        parser.next();
        return call(parser, function);
    }
    if parser.at_pipe_end() || parser.is_any(&ENDS) {
        let error = parser.error(format!("unexpected {} in a math expression", parser.describe()));
        return Err(error.expected("a number, a field, a function or `(`"));
    }
    if !parser.token().quoted && parser.ahead(1).is("(") && !parser.ahead(1).spaced {
        let name = parser.token().text.clone();
        let error = parser.error(format!("unknown function `{name}`")).expected("a function, or a quoted field name");
        return Err(error.nearest(suggest::nearest(&name, FUNCTIONS.iter().map(|f| f.name))));
    }
    let mark = parser.mark();
    let text = word(parser);
    if !number::is_number_like(&text) {
        return Ok(Expr::Field(text));
    }
    match number::full(&text) {
        Some(value) => Ok(Expr::Number { text, value }),
        None => {
            Err(parser.error_since(mark, format!("`{text}` is not a number")).expected("a number; quote a field name"))
        }
    }
}

/// Joins glued tokens up to an operator: `1h30m`, `"field name"`, `user.age`.
fn word(parser: &mut Parser) -> String {
    parser.glued(&ENDS, false)
}

fn call(parser: &mut Parser, function: &'static Function) -> Parsed<Expr> {
    let mark = parser.mark();
    let args = parser.deeper(|p| p.list_in_parens(parse))?;
    if args.len() < function.min_args || args.len() > function.max_args {
        let wanted = match (function.min_args, function.max_args) {
            (min, max) if min == max => format!("{min} arguments"),
            (min, usize::MAX) => format!("at least {min} arguments"),
            (min, max) => format!("{min} to {max} arguments"),
        };
        let message = format!("`{}` has {} arguments", function.name, args.len());
        return Err(parser.error_since(mark, message).expected(wanted));
    }
    Ok(Expr::Call { function, args })
}

#[cfg(test)]
mod tests {
    use crate::logsql::batch::Row;
    use crate::logsql::math::eval::{Scope, eval};
    use crate::logsql::parse::{Options, Parser};

    fn run(text: &str) -> (String, f64) {
        let mut parser = Parser::new(text, Options::default()).expect("short");
        let expr = super::parse(&mut parser).unwrap_or_else(|e| panic!("{}", e.render(text)));
        assert!(parser.token().is_end(), "{text}");
        let mut printed = String::new();
        expr.print(&mut printed);
        let row: Row = [("x", "5"), ("y", "-2.5")].into_iter().collect();
        let seed = std::cell::Cell::new(0);
        (printed, eval(&expr, &Scope { row: &row, now: 0, seed: &seed }))
    }

    #[test]
    fn printed_and_evaluated_as_the_store_does() {
        for (text, printed, value) in [
            ("-2^2", "-2 ^ 2", 4.0),
            ("2^3^2", "2 ^ 3 ^ 2", 64.0),
            ("2+3*4%5", "2 + 3 * 4 % 5", 4.0),
            ("10-4-3", "10 - 4 - 3", 3.0),
            ("round(-(z) - (3 + 1)) default 1", "round(-z - (3 + 1)) default 1", 1.0),
            ("-(10) default 2 & 7 * abs(z)", "-10 default (2 & 7) * abs(z)", -10.0),
            ("floor(-y default 7 - y - 3 * 2 & 1m)", "floor(-y default (7 - y - 3) * 2 & 1m)", 2.0),
            ("(0.5 + 1) - 1m ^ y", "0.5 + 1 - 1m ^ y", 1.5),
            ("--1 + 7 or 10 + -0.5", "--1 + 7 or 10 + -0.5", 9.0),
            ("x-1", "x - 1", 4.0),
        ] {
            assert_eq!(run(text), (printed.to_owned(), value), "{text}");
        }
    }

    #[test]
    fn refuses() {
        for text in ["", "a +", "foo(a", "max(x)", "1e400", "ceil", "round(1, 2, 3)", &"(".repeat(1000)] {
            let mut parser = Parser::new(text, Options::default()).expect("short");
            assert!(super::parse(&mut parser).is_err() || !parser.token().is_end(), "{text}");
        }
    }
}
