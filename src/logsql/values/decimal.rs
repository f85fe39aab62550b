//! The decimal exponent of a float, as the store finds it, and powers of ten as its language has them.
//!
//! Rounding and bucketing cut numbers on the grid of a size's last decimal digit. The store looks for that digit only so
//! far: a third has twelve digits there, and `0.1 + 0.2` has one.

/// Digits that a fraction has before the rest of it is taken for noise; above a million there are more.
const DIGITS: f64 = 1e12;
const DIGITS_OF_MILLIONS: f64 = 1e15;

/// Bits beyond which the digits of a whole number are noise.
const NOISE: u64 = 1 << 55;

/// The power of ten of the last digit: -2 for 0.25, 1 for 50, 0 for nothing at all.
pub fn exponent(value: f64) -> i32 {
    let value = value.abs();
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let whole = value < 18_446_744_073_709_551_616.0 && value.fract() == 0.0;
    if whole { of_whole(value as u64) } else { of_fraction(value) }
}

fn of_whole(mut value: u64) -> i32 {
    let mut exponent = 0;
    while value >= NOISE || value.is_multiple_of(10) {
        value /= 10;
        exponent += 1;
    }
    exponent
}

fn of_fraction(mut value: f64) -> i32 {
    let (mut exponent, mut digits) = (0, DIGITS);
    if !(1e-6..=1e6).contains(&value) {
        if value > 1e6 {
            digits = DIGITS_OF_MILLIONS;
        }
        exponent = (f64::from(binary_exponent(value)) * std::f64::consts::LOG10_2) as i32;
        value *= power(-exponent);
    }
    while value < digits {
        let (whole, part) = (value.trunc(), value.fract());
        if part * digits < whole {
            value = whole;
            break;
        }
        if (1.0 - part) * digits < whole {
            value = whole + 1.0;
            break;
        }
        value *= 100.0;
        exponent -= 2;
    }
    // Two digits are taken at a time, so that one zero may be too many.
    exponent + i32::from((value as u64).is_multiple_of(10))
}

/// The exponent to which two must be raised above a mantissa in [0.5, 1), within what floats have.
fn binary_exponent(value: f64) -> i32 {
    let biased = (value.to_bits() >> 52 & 0x7ff) as i32;
    (biased - 1022).min(1023)
}

const ONES: [f64; 32] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
];

const LARGE: [f64; 10] = [1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288];

const SMALL: [f64; 11] = [1e0, 1e-32, 1e-64, 1e-96, 1e-128, 1e-160, 1e-192, 1e-224, 1e-256, 1e-288, 1e-320];

/// Ten to the power of `n`, which is a product or a quotient of two rounded powers and may differ from the nearest float.
pub fn power(n: i32) -> f64 {
    let places = n.unsigned_abs() as usize;
    match n {
        0..=308 => LARGE[places / 32] * ONES[places % 32],
        -323..=-1 => SMALL[places / 32] / ONES[places % 32],
        ..=-324 => 0.0,
        309.. => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit() {
        for (value, want) in [
            (0.0, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 0),
            (7.0, 0),
            (50.0, 1),
            (-300.0, 2),
            (0.25, -2),
            (2.5, -1),
            (0.1 + 0.2, -1),
            (10.0 / 7.0, -12),
            (1.0 / 3.0, -12),
            (1234.5678, -4),
            (1_000_000.5, -1),
            (1e15 + 0.5, 15),
            (3.5e-7, -8),
            (1e18, 18),
            (1e300, 300),
            (1e-300, -300),
        ] {
            assert_eq!(exponent(value), want, "{value}");
        }
    }

    #[test]
    fn powers() {
        for n in [0, 1, 12, 22, 31, -1, -12, -22] {
            assert_eq!(power(n), format!("1e{n}").parse::<f64>().expect("a float"), "{n}");
        }
        assert_eq!((power(309), power(-324)), (f64::INFINITY, 0.0));
    }
}
