//! Binary operators of math expressions.

/// One operator. A lower rank binds tighter; all associate to the left.
#[derive(Debug)]
pub struct Operator {
    pub name: &'static str,
    pub rank: u8,
    pub apply: fn(f64, f64) -> f64,
}

/// Every operator, strongest first.
pub static OPERATORS: &[Operator] = &[
    Operator { name: "^", rank: 1, apply: f64::powf },
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

/// Integer remainder of integers, float remainder otherwise. An integer modulo zero, which kills the store, is NaN.
fn modulo(a: f64, b: f64) -> f64 {
    a % b
}

fn bits(a: f64, b: f64, apply: fn(u64, u64) -> u64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    apply(unsigned(a), unsigned(b)) as f64
}

/// Truncates; negative numbers wrap, as they do on the store's processor.
fn unsigned(value: f64) -> u64 {
    if value < 0.0 { (value as i64) as u64 } else { value as u64 }
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
            ("default", f64::NAN, 3.0, 3.0),
        ] {
            assert_eq!(run(name, a, b), want, "{a} {name} {b}");
        }
        assert!(run("&", f64::NAN, 1.0).is_nan());
        assert!(run("%", 1.0, 0.0).is_nan());
    }
}
