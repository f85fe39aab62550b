//! Instants: RFC 3339 text to signed nanoseconds since the epoch (UTC) and back.

/// Nanoseconds since 1970-01-01T00:00:00Z. Covers the years 1677 to 2262.
pub type Nanos = i64;

/// Nanoseconds in one second.
pub const SECOND: Nanos = 1_000_000_000;

/// Parses `2025-07-01T00:00:00[.fraction](Z|±hh:mm)`; a space may stand for the `T`. Fractions beyond nine digits and
/// instants outside the range are refused.
pub fn parse(text: &str) -> Option<Nanos> {
    let b = text.as_bytes();
    if b.len() < 20
        || b[4] != b'-'
        || b[7] != b'-'
        || !matches!(b[10], b'T' | b't' | b' ')
        || b[13] != b':'
        || b[16] != b':'
    {
        return None;
    }
    let two = |at: usize| -> Option<i64> {
        let (d, u) = (b[at].wrapping_sub(b'0'), b[at + 1].wrapping_sub(b'0'));
        (d < 10 && u < 10).then(|| i64::from(d) * 10 + i64::from(u))
    };
    let year = two(0)? * 100 + two(2)?;
    let (month, day, hour, minute, second) = (two(5)?, two(8)?, two(11)?, two(14)?, two(17)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut at = 19;
    let mut fraction = 0_i64;
    if b[at] == b'.' {
        at += 1;
        let start = at;
        while at < b.len() && b[at].is_ascii_digit() {
            fraction = fraction.checked_mul(10)?.checked_add(i64::from(b[at] - b'0'))?;
            at += 1;
        }
        let digits = at - start;
        if digits == 0 || digits > 9 {
            return None;
        }
        fraction *= 10_i64.pow(9 - digits as u32);
    }
    let offset = match b.get(at)? {
        b'Z' | b'z' if at + 1 == b.len() => 0,
        sign @ (b'+' | b'-') if at + 6 == b.len() && b[at + 3] == b':' => {
            let (h, m) = (two(at + 1)?, two(at + 4)?);
            if h > 23 || m > 59 {
                return None;
            }
            let seconds = h * 3600 + m * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    let seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    seconds.checked_mul(SECOND)?.checked_add(fraction)
}

/// Parses instants that mostly share a day: the date part of the last one is remembered.
#[derive(Debug, Clone, Default)]
pub struct Dated {
    date: [u8; 10],
    /// Nanoseconds at the beginning of that day.
    base: Nanos,
}

impl Dated {
    /// As [`parse`], given the same text.
    #[inline]
    pub fn parse(&mut self, text: &[u8]) -> Option<Nanos> {
        if text.len() < 20 || !self.is_date(text) || text.last() != Some(&b'Z') {
            return self.afresh(text);
        }
        self.clock(text).or_else(|| self.afresh(text))
    }

    /// Whether a text begins with the remembered date. Two numbers are compared, not ten bytes by a call.
    #[inline]
    fn is_date(&self, text: &[u8]) -> bool {
        let halves = |b: &[u8]| -> Option<(u64, u16)> {
            Some((u64::from_ne_bytes(*b.first_chunk()?), u16::from_ne_bytes(*b.get(8..)?.first_chunk()?)))
        };
        halves(text) == halves(&self.date)
    }

    /// The clock part of a text of the remembered day, if it has the store's own layout: `T00:00:00`, up to nine digits of
    /// a fraction, `Z`. Eight characters are taken as one number.
    #[inline]
    fn clock(&self, b: &[u8]) -> Option<Nanos> {
        let eight = |at: usize| u64::from_le_bytes(b[at..at + 8].try_into().expect("eight bytes"));
        let clock = eight(11) ^ u64::from_le_bytes(*b"00:00:00");
        if b[10] != b'T' || !are_digits(clock) || clock & 0x0000_ff00_00ff_0000 != 0 {
            return None;
        }
        let two = |at: usize| (clock >> (8 * at) & 0xff) * 10 + (clock >> (8 * at + 8) & 0xff);
        let (hour, minute, second) = (two(0), two(3), two(6));
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let end = b.len() - 1;
        let nanos = match end - 19 {
            0 => 0,
            point_and_digits @ 2..=10 if b[19] == b'.' => {
                // Digits that are not there are zeros at the end; the ninth stands alone.
                let (digits, ninth) = match point_and_digits {
                    10 => (eight(20) ^ ZEROS, u64::from(b[28] ^ b'0')),
                    fewer => ((eight(end - 8) ^ ZEROS) >> (8 * (9 - fewer)), 0),
                };
                if !are_digits(digits) || ninth > 9 {
                    return None;
                }
                number(digits) * 10 + ninth
            }
            _ => return None,
        };
        self.base.checked_add((hour * 3600 + minute * 60 + second) as Nanos * SECOND + nanos as Nanos)
    }

    fn afresh(&mut self, text: &[u8]) -> Option<Nanos> {
        let instant = parse(std::str::from_utf8(text).ok()?)?;
        let day = instant.div_euclid(86_400 * SECOND);
        // Only of an instant in UTC is the written date the day; the edges of the range are left to the slow way.
        if text.last() == Some(&b'Z')
            && let Some(base) = day.checked_mul(86_400 * SECOND)
        {
            self.date.copy_from_slice(&text[..10]);
            self.base = base;
        }
        Some(instant)
    }
}

/// Eight digits 0.
const ZEROS: u64 = u64::from_le_bytes(*b"00000000");

/// Whether each of eight bytes is a number below ten.
#[inline]
fn are_digits(bytes: u64) -> bool {
    (bytes.wrapping_add(0x7676_7676_7676_7676) | bytes) & 0x8080_8080_8080_8080 == 0
}

/// The number that eight digits make, the first in the lowest byte: neighbours are joined to pairs, fours, and all.
#[inline]
fn number(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(1 + (10 << 8)) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(1 + (100 << 16)) >> 16 & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(1 + (10_000 << 32)) >> 32
}

/// Prints an instant as the store does: UTC, `Z`, no trailing zeros in the fraction.
pub fn format(nanos: Nanos) -> String {
    let seconds = nanos.div_euclid(SECOND);
    let fraction = nanos.rem_euclid(SECOND);
    let (year, month, day) = civil_from_days(seconds.div_euclid(86400));
    let clock = seconds.rem_euclid(86400);
    let mut out = *b"0000-00-00T00:00:00.000000000Z";
    // Sixty-four bits of nanoseconds reach from the year 1677 to 2262.
    digits(&mut out[..4], year);
    digits(&mut out[5..7], month);
    digits(&mut out[8..10], day);
    digits(&mut out[11..13], clock / 3600);
    digits(&mut out[14..16], clock / 60 % 60);
    digits(&mut out[17..19], clock % 60);
    digits(&mut out[20..29], fraction);
    let mut end = if fraction == 0 { 19 } else { 29 };
    while fraction != 0 && out[end - 1] == b'0' {
        end -= 1;
    }
    out[end] = b'Z';
    out[..=end].iter().copied().map(char::from).collect()
}

/// Writes a number with leading zeros.
fn digits(out: &mut [u8], mut number: i64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the epoch of a civil date of the proleptic Gregorian calendar.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date (year, month, day) of a count of days since the epoch.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_it_parsed() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2025-07-01T00:00:00.5Z",
            "2024-02-29T23:59:59.999999999Z",
            "1969-12-31T23:59:59.1Z",
        ] {
            assert_eq!(format(parse(text).expect(text)), text);
        }
        assert_eq!(parse("2026-01-01T01:00:00+01:00"), parse("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "2025-07-01",
            "2025-02-29T00:00:00Z",
            "2025-07-01T00:00:00",
            "2025-07-01T24:00:00Z",
            "2025-07-01T00:00:00.Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_remembered_date_changes_nothing(texts in proptest::collection::vec("2025-07-0[1-3][T ](2[0-9]|0[0-9]):[0-6][0-9]:[0-6][0-9]([.:][0-9:/]{0,10})?(Z|z|\\+01:00|)", 1..20)) {
            let mut dated = Dated::default();
            for text in texts {
                proptest::prop_assert_eq!(dated.parse(text.as_bytes()), parse(&text), "{}", text);
            }
        }
    }
}
