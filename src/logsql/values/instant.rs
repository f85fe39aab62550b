//! Instants inside values.

use crate::record::time::{self, Nanos};

/// RFC 3339 text as nanoseconds. A space may stand for the `T`, and text without a zone is UTC.
pub fn parse(text: &str) -> Option<Nanos> {
    let b = text.as_bytes();
    if b.len() < 19 || !b[0].is_ascii_digit() || b[4] != b'-' || b[7] != b'-' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    time::parse(text).or_else(|| time::parse(&format!("{text}Z")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_zone_may_be_missing() {
        assert_eq!(super::parse("2025-07-04 12:30:00"), super::parse("2025-07-04T14:30:00+02:00"));
        assert!(super::parse("2025-07-04 12:30:00").is_some());
        for text in ["2025-07-04", "2025-07-04T12:30", "ж025-07-04T12:30:00Z", "2025-07-04T12:30:00ж"] {
            assert_eq!(super::parse(text), None);
        }
    }
}
