//! Binary operators of math expressions.

use super::power;

/// One operator. A lower rank binds tighter; all associate to the left.
#[derive(Debug)]
pub struct Operator {
    pub name: &'static str,
    pub rank: u8,
    pub apply: fn(f64, f64) -> f64,
}

/// Every operator, strongest first.
pub static OPERATORS: &[Operator] = &[
    Operator { name: "^", rank: 1, apply: power::pow },
    Operator { name: "*", rank: 2, apply: |a, b| a * b },
    Operator { name: "/", rank: 2, apply: |a, b| a / b },
    Operator { name: "%", rank: 2, apply: modulo },
    Operator { name: "+", rank: 3, apply: |a, b| a + b },
    Operator { name: "-", rank: 3, apply: |a, b| a - b },
    Operator { name: "&", rank: 4, apply: |a, b| bits(a, b, |a, b| a & b) },
    Operator { name: "xor", rank: 5, apply: |a, b| bits(a, b, |a, b| a ^ b) },
    Operator { name: "or", rank: 6, apply: |a, b| bits(a, b, |a, b| a | b) },
    Operator { name: "default", rank: 10, apply: |a, b| if a.is_nan() { b } else { a } },
];

/// Integer remainder of integers, which has no negative zero, float remainder otherwise. An integer modulo zero, which
/// kills the store, is NaN.
fn modulo(a: f64, b: f64) -> f64 {
    match (exact(a), exact(b)) {
        (Some(_), Some(0)) => f64::NAN,
        (Some(a), Some(b)) => a.wrapping_rem(b) as f64,
        _ => a % b,
    }
}

/// The number as an integer, if it is one of 64 bits.
fn exact(value: f64) -> Option<i64> {
    let whole = truncated(value);
    (whole as f64 == value).then_some(whole)
}

fn bits(a: f64, b: f64, apply: fn(u64, u64) -> u64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    apply(unsigned(a), unsigned(b)) as f64
}

/// 2^63.
const TOP: f64 = 9_223_372_036_854_775_808.0;

/// Truncates as the store's processor does: what does not fit is the least integer.
fn truncated(value: f64) -> i64 {
    if (-TOP..TOP).contains(&value) { value as i64 } else { i64::MIN }
}

/// Truncates as the store's compiler has it: from 2^63 on the top bit is set apart from the rest, so that 2^64 and more
/// are 2^63. Negative numbers wrap.
fn unsigned(value: f64) -> u64 {
    if value < TOP { truncated(value).cast_unsigned() } else { truncated(value - TOP).cast_unsigned() | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, a: f64, b: f64) -> f64 {
        let operator = OPERATORS.iter().find(|o| o.name == name).expect(name);
        (operator.apply)(a, b)
    }

    #[test]
    fn operators() {
        for (name, a, b, want) in [
            ("^", 2.0, 3.0, 8.0),
            ("%", 12.0, 5.0, 2.0),
            ("%", -7.5, 2.0, -1.5),
            ("&", 10.5, 3.0, 2.0),
            ("xor", 6.0, 3.0, 5.0),
            ("or", -1.0, 0.0, 18_446_744_073_709_551_615.0),
            ("or", -6.0, 7.0, 18_446_744_073_709_551_615.0),
            ("xor", 18_446_744_073_709_551_616.0, 5.0, 9_223_372_036_854_775_808.0),
            ("&", 18_446_744_073_709_551_616.0, 7.0, 0.0),
            ("&", f64::INFINITY, 3.0, 0.0),
            ("&", 1e300, 7.0, 0.0),
            ("or", 9_223_372_036_854_777_856.0, 0.0, 9_223_372_036_854_777_856.0),
            ("default", f64::NAN, 3.0, 3.0),
        ] {
            assert_eq!(run(name, a, b), want, "{a} {name} {b}");
        }
        assert!(run("&", f64::NAN, 1.0).is_nan());
        assert!(run("%", 1.0, 0.0).is_nan());
    }

    #[test]
    fn the_remainder_of_integers_is_one() {
        for (a, b) in [(-6.0, 3.0), (-10.0, 5.0), (-0.0, 3.0), (-9_223_372_036_854_775_808.0, -1.0)] {
            assert_eq!(run("%", a, b).to_bits(), 0, "{a} % {b}");
        }
        assert_eq!(run("%", -4.5, 1.5).to_bits(), (-0.0_f64).to_bits());
        assert_eq!(run("%", TOP, 3.0), 2.0);
    }
}
