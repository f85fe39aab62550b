//! Functions of math expressions.

use super::eval::Scope;
use super::power;
use crate::logsql::values::decimal;

/// One function: its name, how many arguments it takes and what it does.
pub struct Function {
    pub name: &'static str,
    pub min_args: usize,
    pub max_args: usize,
    pub help: &'static str,
    pub apply: fn(&[f64], &Scope<'_>) -> f64,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Every function.
pub static FUNCTIONS: &[Function] = &[
    Function { name: "abs", min_args: 1, max_args: 1, help: "absolute value", apply: |a, _| a[0].abs() },
    Function { name: "ceil", min_args: 1, max_args: 1, help: "round up", apply: |a, _| a[0].ceil() },
    Function { name: "exp", min_args: 1, max_args: 1, help: "e to the power", apply: |a, _| power::exp(a[0]) },
    Function { name: "floor", min_args: 1, max_args: 1, help: "round down", apply: |a, _| a[0].floor() },
    Function { name: "ln", min_args: 1, max_args: 1, help: "natural logarithm", apply: |a, _| power::ln(a[0]) },
    Function {
        name: "max",
        min_args: 2,
        max_args: usize::MAX,
        help: "largest number",
        apply: |a, _| best(a, |x, y| x > y),
    },
    Function {
        name: "min",
        min_args: 2,
        max_args: usize::MAX,
        help: "smallest number",
        apply: |a, _| best(a, |x, y| x < y),
    },
    Function {
        name: "now",
        min_args: 0,
        max_args: 0,
        help: "the instant of the query, nanoseconds",
        apply: |_, scope| scope.now as f64,
    },
    Function { name: "rand", min_args: 0, max_args: 0, help: "a number in [0, 1)", apply: |_, scope| scope.random() },
    Function { name: "round", min_args: 1, max_args: 2, help: "round to the nearest multiple", apply: |a, _| round(a) },
];

/// NaN never wins.
fn best(args: &[f64], better: fn(f64, f64) -> bool) -> f64 {
    args.iter().copied().filter(|x| !x.is_nan()).reduce(|a, b| if better(b, a) { b } else { a }).unwrap_or(f64::NAN)
}

fn round(args: &[f64]) -> f64 {
    let &[value, nearest] = args else { return args[0].round() };
    let scale = decimal::power(-decimal::exponent(nearest));
    let shifted = value + 0.5 * nearest.copysign(value);
    let cut = shifted - shifted % nearest;
    (cut * scale).trunc() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        for (args, want) in [
            (&[2.5][..], 3.0),
            (&[33.333_333, 0.01], 33.33),
            (&[-0.15, 0.1], -0.2),
            (&[74.0, 50.0], 50.0),
            (&[1.0, 7.0], 0.0),
            (&[2.5, 10.0 / 7.0], 2.857142857142),
            (&[1.0, 0.1 + 0.2], 0.9),
            (&[0.5, 1.0 / 3.0], 0.666666666666),
            (&[3.0, 2.0 / 3.0], 3.333333333333),
            (&[7.0, -2.5 / 7.0], 7.142857142857),
        ] {
            assert_eq!(round(args), want, "{args:?}");
        }
    }

    #[test]
    fn nan_never_wins() {
        assert_eq!(best(&[f64::NAN, 3.0, 2.0], |x, y| x < y), 2.0);
        assert!(best(&[f64::NAN], |x, y| x < y).is_nan());
    }
}
