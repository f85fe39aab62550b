//! Buckets of `stats by (field:size offset shift)`: numbers, durations, sizes, address masks, calendar units.

use super::{decimal, instant};
use crate::logsql::number;
use crate::record::time::{self, Nanos, SECOND};

const DAY: i64 = 86_400 * SECOND;
/// 1970-01-01 was a Thursday, so the Monday grid is three days before it.
const MONDAY: i64 = -3 * DAY;

/// A bucket size and shift, with the texts they were written as.
#[derive(Debug, Clone, PartialEq)]
pub struct Bucket {
    pub size_text: String,
    pub offset_text: String,
    size: f64,
    offset: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Fixed,
    Week,
    Month,
    Year,
}

impl Bucket {
    /// Reads a size and an optional shift.
    ///
    /// # Errors
    /// When the size is no number, duration, byte size, `/N` or calendar unit, or the shift no number.
    pub fn new(size_text: &str, offset_text: &str) -> Result<Bucket, String> {
        let (size, unit) = size(size_text).ok_or_else(|| format!("{size_text:?} is not a bucket size"))?;
        let offset = match offset_text {
            "" => 0.0,
            text => number_like(text).ok_or_else(|| format!("{text:?} is not a bucket offset"))?,
        };
        Ok(Bucket { size_text: size_text.into(), offset_text: offset_text.into(), size, offset, unit })
    }

    /// A fixed number of nanoseconds, for the endpoints' `step` and `offset`.
    pub fn nanos(size: i64, offset: i64) -> Bucket {
        Bucket {
            size_text: String::new(),
            offset_text: String::new(),
            size: size as f64,
            offset: offset as f64,
            unit: Unit::Fixed,
        }
    }

    /// Step and shift in nanoseconds of a bucket that is no calendar unit.
    pub fn fixed(&self) -> Option<(Nanos, Nanos)> {
        (self.unit == Unit::Fixed).then(|| (whole(self.size), self.offset as i64))
    }

    /// The start of the bucket that an instant falls into.
    pub fn instant(&self, at: Nanos) -> Nanos {
        let shift = self.offset as i64;
        let at = at.saturating_sub(shift);
        let start = match self.unit {
            Unit::Fixed => floor(at, whole(self.size)),
            Unit::Week => floor(at.saturating_sub(MONDAY), 7 * DAY).saturating_add(MONDAY),
            Unit::Month | Unit::Year => {
                let (year, month, _) = time::civil_from_days(at.div_euclid(DAY));
                let month = if self.unit == Unit::Year { 1 } else { month };
                time::days_from_civil(year, month, 1).saturating_mul(DAY)
            }
        };
        start.saturating_add(shift)
    }

    /// The text of the bucket that a value falls into; a value of no known kind is its own bucket.
    pub fn text(&self, value: &str) -> String {
        if !value.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return value.to_owned();
        }
        let (size, shift) = (whole(self.size), self.offset as i64);
        let integer = |n: i64| floor(n.saturating_sub(shift), size).saturating_add(shift);
        if let Some(n) = number::plain_i64(value) {
            return integer(n).to_string();
        }
        if let Some(f) = number::plain(value) {
            return number::print_float(self.float(f));
        }
        if let Some(at) = instant::parse(value) {
            return time::format(self.instant(at));
        }
        if let Some(n) = number::ipv4(value) {
            return number::print_ipv4(self.address(n));
        }
        if let Some(n) = number::duration(value) {
            return number::print_duration(integer(n));
        }
        value.to_owned()
    }

    /// The grid of addresses has 32 bits: a size that needs more is none. Below the shift there is one bucket.
    fn address(&self, value: u32) -> u32 {
        let size = u32::try_from(self.size as u64).unwrap_or(0).max(1);
        let shift = self.offset as i64 as u32;
        value.checked_sub(shift).map_or(0, |moved| (moved - moved % size).wrapping_add(shift))
    }

    /// Floats are cut on a decimal grid, so that 0.1 wide buckets start where people expect. Unlike with integers, a
    /// negative value is cut down to the grid and then towards zero: the store's own way with floats.
    fn float(&self, value: f64) -> f64 {
        let size = if self.size > 0.0 { self.size } else { 1.0 };
        let scale = decimal::power(-decimal::exponent(size));
        let step = whole(size * scale);
        let scaled = ((value - self.offset) * scale).floor() as i64;
        (scaled - scaled % step) as f64 / scale + self.offset
    }
}

/// The whole part of a size, at least one.
fn whole(size: f64) -> i64 {
    (size as i64).max(1)
}

fn floor(value: i64, step: i64) -> i64 {
    value.saturating_sub(value.rem_euclid(step))
}

fn size(text: &str) -> Option<(f64, Unit)> {
    let fixed = |nanos: i64| Some((nanos as f64, Unit::Fixed));
    match text.to_ascii_lowercase().as_str() {
        "nanosecond" => fixed(1),
        "microsecond" => fixed(1_000),
        "millisecond" => fixed(1_000_000),
        "second" => fixed(SECOND),
        "minute" => fixed(60 * SECOND),
        "hour" => fixed(3_600 * SECOND),
        "day" => fixed(DAY),
        "week" => Some((7.0 * DAY as f64, Unit::Week)),
        "month" => Some((1.0, Unit::Month)),
        "year" => Some((1.0, Unit::Year)),
        _ => Some((number_like(text).or_else(|| mask(text))?, Unit::Fixed)),
    }
}

fn number_like(text: &str) -> Option<f64> {
    number::plain(text)
        .or_else(|| number::duration(text).map(|n| n as f64))
        .or_else(|| number::bytes(text).map(|n| n as f64))
}

/// `/24` is the number of addresses in such a network.
fn mask(text: &str) -> Option<f64> {
    let bits: u32 = text.strip_prefix('/')?.parse().ok()?;
    (bits <= 32).then(|| (1_u64 << (32 - bits)) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(size: &str, offset: &str, value: &str) -> String {
        Bucket::new(size, offset).expect("a bucket").text(value)
    }

    #[test]
    fn numbers() {
        for (size, offset, value, want) in [
            ("20000000", "", "-60000180", "-80000000"),
            ("50", "10", "7", "-40"),
            ("2.5", "", "52.375", "50"),
            ("2.5", "", "-46", "-46"),
            ("0.5", "", "-11", "-11"),
            ("10K", "", "65000", "60000"),
            ("5", "", "x1", "x1"),
            ("1s", "", "1.5s", "1s"),
            ("2.5", "1", "-67.375", "-66.5"),
            ("10", "", "-67.375", "-70"),
            ("10", "", "67.375", "60"),
            ("1", "", "-67.375", "-68"),
            ("5", "", "-64.625", "-65"),
            ("5", "", "-67.375", "-65"),
            ("300", "", "-0.5", "0"),
            ("300", "", "-299.5", "-300"),
            ("1000", "", "65000.5", "65000"),
            ("0.1", "", "0.35", "0.3"),
            ("/16", "", "10.1.3.7", "10.1.0.0"),
            ("/0", "", "10.1.3.7", "10.1.3.7"),
        ] {
            assert_eq!(text(size, offset, value), want, "{size} {value}");
        }
    }

    #[test]
    fn addresses_below_the_shift_are_one_bucket() {
        for (size, offset, value, want) in [
            ("256", "16", "10.1.3.7", "10.1.2.16"),
            ("256", "16", "0.0.0.15", "0.0.0.0"),
            ("256", "16", "0.0.0.16", "0.0.0.16"),
            ("/24", "1", "0.0.0.0", "0.0.0.0"),
        ] {
            assert_eq!(text(size, offset, value), want, "{size} {offset} {value}");
        }
    }

    #[test]
    fn instants() {
        for (size, offset, value, want) in [
            ("week", "", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
            ("week", "", "1970-01-01T00:00:01Z", "1969-12-29T00:00:00Z"),
            ("1w", "", "1970-01-01T00:00:01Z", "1970-01-01T00:00:00Z"),
            ("month", "1d", "1970-01-01T00:00:01Z", "1969-12-02T00:00:00Z"),
            ("year", "", "2024-02-29T12:00:00Z", "2024-01-01T00:00:00Z"),
            ("1.5h", "", "1999-12-31T23:59:59Z", "1999-12-31T22:30:00Z"),
            ("1d", "2h", "1970-01-01T00:00:01Z", "1969-12-31T02:00:00Z"),
        ] {
            assert_eq!(text(size, offset, value), want, "{size} {offset}");
        }
    }

    #[test]
    fn refuses_other_sizes() {
        for size in ["foo", "1e9", "/33", ""] {
            assert!(Bucket::new(size, "").is_err(), "{size}");
        }
    }
}
