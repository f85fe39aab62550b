//! Powers, exponentials and logarithms, to the last bit as the store computes them.
//!
//! The store's language brings its own: a power is a product of squares of the mantissa, and only a fraction in the
//! exponent asks for [`exp`] and [`ln`]. A system's library rounds better and therefore differs in the last digits, which
//! a query prints.

/// `x` to the power of `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    if let Some(value) = special(x, y) {
        return value;
    }
    let (mut whole, mut part) = (y.abs().trunc(), y.abs().fract());
    if part != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 9_223_372_036_854_775_808.0 {
        return beyond(x, y > 0.0);
    }
    // The result is `product * 2^exponent`.
    let (mut product, mut exponent) = (1.0, 0_i64);
    if part != 0.0 {
        if part > 0.5 {
            part -= 1.0;
            whole += 1.0;
        }
        product = exp(part * ln(x));
    }
    let (mut square, mut twos) = mantissa(x);
    let mut left = whole as i64;
    while left != 0 {
        if twos.abs() > 1 << 12 {
            // Out of range whatever follows, and doubled any further it would not fit.
            exponent += twos;
            break;
        }
        if left & 1 == 1 {
            product *= square;
            exponent += twos;
        }
        square *= square;
        twos *= 2;
        if square < 0.5 {
            square += square;
            twos -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 { scaled(1.0 / product, -exponent) } else { scaled(product, exponent) }
}

/// The powers that need no computing.
fn special(x: f64, y: f64) -> Option<f64> {
    let odd = y.abs() < 9_007_199_254_740_992.0 && y.fract() == 0.0 && y as i64 & 1 == 1;
    Some(match () {
        () if y == 0.0 || x == 1.0 => 1.0,
        () if y == 1.0 => x,
        () if x.is_nan() || y.is_nan() => f64::NAN,
        () if x == 0.0 && y < 0.0 => {
            if odd {
                f64::INFINITY.copysign(x)
            } else {
                f64::INFINITY
            }
        }
        () if x == 0.0 => {
            if odd {
                x
            } else {
                0.0
            }
        }
        () if y.is_infinite() => beyond(x, y > 0.0),
        () if x == f64::NEG_INFINITY => pow(-0.0, -y),
        () if x.is_infinite() => {
            if y < 0.0 {
                0.0
            } else {
                f64::INFINITY
            }
        }
        () if y == 0.5 => x.sqrt(),
        () if y == -0.5 => 1.0 / x.sqrt(),
        () => return None,
    })
}

/// The limit towards an infinite exponent.
fn beyond(x: f64, up: bool) -> f64 {
    match () {
        () if x == -1.0 => 1.0,
        () if (x.abs() < 1.0) == up => 0.0,
        () => f64::INFINITY,
    }
}

/// e to the power of `x`: the series of a sixteenth of what is left of whole powers of two, squared four times. What needs
/// the highest power of two is infinite already.
pub fn exp(x: f64) -> f64 {
    /// ln 2 in two parts.
    const LN2: (f64, f64) = (0.693_147_180_559_663, 2.823_529_056_303_157_7e-13);
    /// One over the factorials of 8 down to 1.
    const SERIES: [f64; 8] = [1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    if !x.is_finite() {
        return if x == f64::NEG_INFINITY { 0.0 } else { x };
    }
    let twos = (x * std::f64::consts::LOG2_E).round_ties_even();
    if !(-1075.0..1024.0).contains(&twos) {
        return if x < 0.0 { 0.0 } else { f64::INFINITY };
    }
    let rest = twos.mul_add(-LN2.1, twos.mul_add(-LN2.0, x)) * 0.0625;
    let [first, others @ ..] = SERIES;
    let mut value = others.iter().fold(first, |sum, term| sum.mul_add(rest, *term)) * rest;
    // With v = e^r - 1, e^2r - 1 is v * (v + 2).
    for _ in 0..3 {
        value *= value + 2.0;
    }
    scaled(value.mul_add(value + 2.0, 1.0), twos as i64)
}

/// The natural logarithm: that of the mantissa by a polynomial in `f / (2 + f)`, and ln 2 for every power of two.
pub fn ln(x: f64) -> f64 {
    /// ln 2 in two parts, of which the first has few enough digits to be multiplied exactly.
    const LN2: (f64, f64) = (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10);
    const ODD: [f64; 4] =
        [0.666_666_666_666_673_5, 0.285_714_287_436_623_9, 0.181_835_721_616_180_5, 0.147_981_986_051_165_86];
    const EVEN: [f64; 3] = [0.399_999_999_994_094_2, 0.222_221_984_321_497_84, 0.153_138_376_992_093_73];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x <= 0.0 {
        return if x == 0.0 { f64::NEG_INFINITY } else { f64::NAN };
    }
    let (mut part, mut twos) = mantissa(x);
    if part < std::f64::consts::FRAC_1_SQRT_2 {
        part *= 2.0;
        twos -= 1;
    }
    let (f, twos) = (part - 1.0, twos as f64);
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let in_fourth = |terms: &[f64]| terms.iter().rev().copied().reduce(|sum, term| sum * fourth + term).unwrap_or(0.0);
    let series = square * in_fourth(&ODD) + fourth * in_fourth(&EVEN);
    let half = 0.5 * f * f;
    twos * LN2.0 - ((half - (s * (half + series) + twos * LN2.1)) - f)
}

/// A finite number as a mantissa from 0.5 to 1, with its sign, and a power of two.
fn mantissa(x: f64) -> (f64, i64) {
    const EXPONENT: u64 = 0x7ff << 52;
    if x == 0.0 {
        return (x, 0);
    }
    // Numbers below the normal ones are made normal first.
    let (x, below) = if x.is_normal() { (x, 0) } else { (x * 4_503_599_627_370_496.0, 52) };
    let exponent = (x.to_bits() & EXPONENT) >> 52;
    (f64::from_bits(x.to_bits() & !EXPONENT | 1022 << 52), exponent.cast_signed() - 1022 - below)
}

/// `x * 2^twos`, rounded once.
fn scaled(x: f64, twos: i64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (part, own) = mantissa(x);
    let twos = own + twos;
    let power = |twos: i64| f64::from_bits((twos + 1023).cast_unsigned() << 52);
    match twos {
        1025.. => f64::INFINITY.copysign(x),
        -1021..=1024 => part * 2.0 * power(twos - 1),
        -1074..-1021 => part * power(twos + 60) * power(-60),
        _ => 0.0_f64.copysign(x),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_end_as_they_do_in_the_store() {
        for (x, y, want) in [
            (100.0, 1.5, "1000.0000000000002"),
            (7.0, -2.5, "0.007713560673657699"),
            (10.0, -2.5, "0.003162277660168379"),
            (10.0, 23.0, "100000000000000000000000"),
            (100.0, -2.5, "0.000009999999999999999"),
            (2.0, 10.0, "1024"),
            (2.0, -1074.0, &5e-324_f64.to_string()),
            (-8.0, 3.0, "-512"),
            (4.0, 0.5, "2"),
            (4.0, -0.5, "0.5"),
            (1e300, 2.0, "inf"),
            (-1e300, 3.0, "-inf"),
            (1e-300, 2.0, "0"),
        ] {
            assert_eq!(pow(x, y).to_string(), want, "{x} ^ {y}");
        }
    }

    #[test]
    fn powers_without_computing() {
        let inf = f64::INFINITY;
        for (x, y, want) in [
            (f64::NAN, 0.0, 1.0),
            (1.0, f64::NAN, 1.0),
            (-0.0, -3.0, -inf),
            (-0.0, -2.0, inf),
            (-0.0, 3.0, -0.0),
            (0.0, 2.5, 0.0),
            (-1.0, inf, 1.0),
            (-1.0, 1e300, 1.0),
            (0.5, inf, 0.0),
            (0.5, -1e300, inf),
            (2.0, 1e300, inf),
            (-inf, 3.0, -inf),
            (-inf, -3.0, -0.0),
            (-inf, 2.0, inf),
            (inf, -1.0, 0.0),
        ] {
            assert_eq!(pow(x, y).to_bits(), want.to_bits(), "{x} ^ {y}");
        }
        assert!(pow(-8.0, 1.5).is_nan() && pow(f64::NAN, 2.0).is_nan() && pow(2.0, f64::NAN).is_nan());
    }

    #[test]
    fn a_whole_power_is_near_the_library_s() {
        for x in [0.3, 1.7, -2.5, 12345.678, 1e-310] {
            for y in -40..40 {
                let (ours, theirs) = (pow(x, f64::from(y)), x.powi(y));
                assert!(ours == theirs || (ours / theirs - 1.0).abs() < 1e-13, "{x} ^ {y}: {ours} {theirs}");
            }
        }
    }

    #[test]
    fn exponentials_and_logarithms() {
        assert_eq!((exp(0.0), exp(1.0), ln(1.0), ln(2.0)), (1.0, std::f64::consts::E, 0.0, std::f64::consts::LN_2));
        assert_eq!((exp(709.5), exp(-746.0), exp(f64::NEG_INFINITY)), (f64::INFINITY, 0.0, 0.0));
        assert_eq!(exp(-740.0).to_string(), 4.2e-322_f64.to_string());
        assert_eq!((ln(0.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(ln(-1.0).is_nan() && exp(f64::NAN).is_nan());
        for n in 1..2000 {
            let x = f64::from(n) * 0.37;
            assert!((ln(x) - x.ln()).abs() <= 1e-15 * x.ln().abs().max(1.0), "ln {x}");
            let x = (x - 370.0) * 0.9;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-14 || x < -705.0, "exp {x}");
        }
    }
}
