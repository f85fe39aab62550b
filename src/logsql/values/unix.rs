//! Unix timestamps in text, whose magnitude tells their unit.

use crate::record::time::{Nanos, SECOND};

/// A unix timestamp in seconds, milli-, micro- or nanoseconds as nanoseconds: an integer, a decimal or one with a
/// decimal exponent.
///
/// As in the store, a decimal is an integer in the next smaller of the units, and it is that integer's magnitude that
/// counts: `1720096200.5` is half a second past, yet `0.5` is 500 seconds.
pub fn parse(text: &str) -> Option<Nanos> {
    if let Some(at) = text.find('e').or_else(|| text.find('E')) {
        let exponent = usize::try_from(integer(&text[at + 1..])?).ok()?;
        let Some((whole, fraction)) = text[..at].split_once('.') else {
            return to_nanos(shifted(integer(&text[..at])?, exponent)?);
        };
        let rest = exponent.checked_sub(fraction.len())?;
        return to_nanos(shifted(joined(whole, fraction)?, rest)?);
    }
    match text.split_once('.') {
        None => to_nanos(integer(text)?),
        Some((whole, fraction)) => {
            let to_thousands = fraction.len().next_multiple_of(3) - fraction.len();
            to_nanos(shifted(joined(whole, fraction)?, to_thousands)?)
        }
    }
}

fn to_nanos(value: i64) -> Option<Nanos> {
    const END: i64 = 1 << 31;
    let is_below = |end: i64| (-end..end).contains(&value);
    let scale = match value {
        _ if is_below(END) => SECOND,
        _ if is_below(END * 1_000) => 1_000_000,
        _ if is_below(END * 1_000_000) => 1_000,
        _ => 1,
    };
    value.checked_mul(scale)
}

/// A decimal without its dot.
fn joined(whole: &str, fraction: &str) -> Option<i64> {
    let whole = shifted(integer(whole)?, fraction.len())?;
    let fraction = integer(fraction).filter(|f| *f >= 0)?;
    if whole < 0 { whole.checked_sub(fraction) } else { whole.checked_add(fraction) }
}

fn shifted(value: i64, places: usize) -> Option<i64> {
    value.checked_mul(10_i64.checked_pow(u32::try_from(places).ok()?)?)
}

/// Digits with a sign or none.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn magnitude_tells_the_unit() {
        for text in ["1720096200", "1720096200000", "1720096200000000", "1720096200.0", "1.7200962e9", "+17200962E2"] {
            assert_eq!(parse(text), Some(1_720_096_200_000_000_000), "{text}");
        }
        assert_eq!(parse("2147483647"), Some(2_147_483_647_000_000_000));
        assert_eq!(parse("2147483648"), Some(2_147_483_648_000_000));
        assert_eq!(parse("-2147483648"), Some(-2_147_483_648_000_000_000));
    }

    #[test]
    fn a_decimal_counts_in_thousandths() {
        assert_eq!(parse("1720096200.5"), Some(1_720_096_200_500_000_000));
        assert_eq!(parse("0.5"), Some(500_000_000_000));
        assert_eq!(parse("-1.5"), Some(-1_500_000_000_000));
    }

    #[test]
    fn anything_else_is_no_timestamp() {
        for text in ["", "1_000", "1.", ".5", "1.-5", "1.25e1", "1e", "1e-1", "1e19", "9223372036854775808", "0x1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
