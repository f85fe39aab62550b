//! Integers as grouping sees them.

use crate::logsql::number;
use std::borrow::Cow;

/// The store keeps a single value to group by that is an integer as one, and prints it as such: `1_000` is `1000`.
pub fn canonical(value: Cow<'_, str>) -> Cow<'_, str> {
    let odd =
        value.starts_with(|c: char| c.is_ascii_digit() || c == '-') && (value.contains('_') || value.starts_with("-0"));
    if !odd {
        return value;
    }
    let unsigned = number::plain_u64(&value).map(|n| n.to_string());
    unsigned.or_else(|| number::plain_i64(&value).map(|n| n.to_string())).map_or(value, Cow::Owned)
}

#[cfg(test)]
mod tests {
    #[test]
    fn separators_and_negative_zero_go() {
        for (text, want) in
            [("1_000", "1000"), ("-0", "0"), ("-1_0", "-10"), ("010", "010"), ("_1", "_1"), ("1.5_0", "1.5_0")]
        {
            assert_eq!(super::canonical(text.into()), want);
        }
    }
}
