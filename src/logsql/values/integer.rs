//! Integers as grouping sees them.

use crate::logsql::number;
use std::borrow::Cow;

/// The key of a single value to group by. The store keeps an integer as one, so that `1_000` is `1000`; negative ones
/// are kept apart, so that `-0` is not `0` yet.
pub fn key(value: Cow<'_, str>) -> Cow<'_, str> {
    let integer = value.starts_with(|c: char| c.is_ascii_digit() || c == '-') && value.contains('_');
    if !integer {
        return value;
    }
    let unsigned = number::plain_u64(&value).map(|n| n.to_string());
    let negative = || number::plain_i64(&value).map(|n| if n == 0 { "-0".into() } else { n.to_string() });
    unsigned.or_else(negative).map_or(value, Cow::Owned)
}

/// A key as the store prints it.
pub fn print(key: String) -> String {
    if key == "-0" { "0".into() } else { key }
}

#[cfg(test)]
mod tests {
    #[test]
    fn separators_go() {
        for (text, want) in
            [("1_000", "1000"), ("-0", "-0"), ("-1_0", "-10"), ("010", "010"), ("_1", "_1"), ("1.5_0", "1.5_0")]
        {
            assert_eq!(super::key(text.into()), want);
        }
        assert_eq!(super::print("-0".into()), "0");
    }
}
