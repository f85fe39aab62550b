//! Unix timestamps whose magnitude tells their unit.

use crate::record::time::{Nanos, SECOND};

/// A unix timestamp in seconds, milli-, micro- or nanoseconds as nanoseconds.
pub fn to_nanos(value: i64) -> Option<Nanos> {
    const SECONDS_END: u64 = 1 << 32;
    let scale = match value.unsigned_abs() {
        n if n < SECONDS_END => SECOND,
        n if n < SECONDS_END * 1_000 => 1_000_000,
        n if n < SECONDS_END * 1_000_000 => 1_000,
        _ => 1,
    };
    value.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    #[test]
    fn magnitude_tells_the_unit() {
        for value in [1_720_096_200, 1_720_096_200_000, 1_720_096_200_000_000] {
            assert_eq!(super::to_nanos(value), Some(1_720_096_200_000_000_000));
        }
    }
}
