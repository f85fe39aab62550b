//! Which type a column of texts can have without losing a byte of any of them.

use crate::record::time;
use indexmap::IndexMap;

/// Type of a column. Every type but text gives the exact text back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Decimal without sign `+` or leading zeros, within 64 bits.
    Integer,
    /// A number that prints as it was written.
    Float,
    /// `true` or `false`.
    Boolean,
    /// RFC 3339 as the store writes it, in UTC.
    Time,
}

/// Types that all texts seen so far allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fits(u8);

const ORDER: [(u8, Kind); 4] = [(1, Kind::Integer), (2, Kind::Float), (4, Kind::Boolean), (8, Kind::Time)];

/// Bit of texts that are instants in any spelling, trailing zeros or not.
const INSTANTS: u8 = 16;

impl Fits {
    pub const ANY: Fits = Fits(15 | INSTANTS);

    /// Takes one more text into account.
    pub fn observe(&mut self, text: &str) {
        if self.0 != 0 {
            for (bit, kind) in ORDER {
                if self.0 & bit != 0 && !fits(kind, text) {
                    self.0 &= !bit;
                }
            }
            if self.0 & INSTANTS != 0 && time::parse(text).is_none() {
                self.0 &= !INSTANTS;
            }
        }
    }

    pub fn and(self, other: Fits) -> Fits {
        Fits(self.0 & other.0)
    }

    /// The narrowest type.
    pub fn kind(self) -> Kind {
        ORDER.iter().find(|(bit, _)| self.0 & bit != 0).map_or(Kind::Text, |(_, kind)| *kind)
    }
}

fn fits(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Text => true,
        Kind::Integer => integer(text).is_some(),
        Kind::Float => float(text).is_some(),
        Kind::Boolean => boolean(text).is_some(),
        Kind::Time => instant(text).is_some(),
    }
}

pub fn integer(text: &str) -> Option<i64> {
    let exact = matches!(text.as_bytes(), [b'0'] | [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..]);
    if exact { text.parse().ok() } else { None }
}

pub fn float(text: &str) -> Option<f64> {
    // Longer texts cannot print as they were written, and words like "inf" are no numbers here.
    if text.len() > 24 || !matches!(text.as_bytes(), [b'0'..=b'9' | b'-', .., b'0'..=b'9'] | [b'0'..=b'9']) {
        return None;
    }
    let n: f64 = text.parse().ok()?;
    (n.is_finite() && text != "-0" && format!("{n}") == text).then_some(n)
}

pub fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Nanoseconds of an instant that prints as it was written.
pub fn instant(text: &str) -> Option<time::Nanos> {
    let nanos = time::parse(text)?;
    (time::format(nanos) == text).then_some(nanos)
}

/// Field names in the order of their first sight, and the types their texts allow.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    names: IndexMap<String, Fits, rapidhash::fast::RandomState>,
    /// Names past the limit, which get no column.
    pub dropped: bool,
}

impl Seen {
    /// Takes a value into account; at most `most` names are kept, the first ones.
    pub fn observe(&mut self, name: &str, text: &str, most: usize) {
        if let Some(fits) = self.names.get_mut(name) {
            fits.observe(text);
        } else if self.names.len() < most {
            let mut fits = Fits::ANY;
            fits.observe(text);
            self.names.insert(name.to_owned(), fits);
        } else {
            self.dropped = true;
        }
    }

    /// Adds what was seen later in the evidence.
    pub fn merge(&mut self, later: Seen, most: usize) {
        self.dropped |= later.dropped;
        for (name, fits) in later.names {
            if let Some(mine) = self.names.get_mut(&name) {
                *mine = mine.and(fits);
            } else if self.names.len() < most {
                self.names.insert(name, fits);
            } else {
                self.dropped = true;
            }
        }
    }

    /// Columns in the order of their first sight.
    pub fn in_order(&self) -> Vec<(String, Kind)> {
        self.names.iter().map(|(name, fits)| (name.clone(), fits.kind())).collect()
    }

    /// Columns by name, so that the order of rows does not matter; `_time` first. `_time` is a column of instants however
    /// they are spelled, since a table without a time is of little use: who fills it keeps other spellings beside it.
    pub fn columns(&self) -> Vec<(String, Kind)> {
        let kind = |name: &str, fits: &Fits| {
            if name == "_time" && fits.0 & INSTANTS != 0 { Kind::Time } else { fits.kind() }
        };
        let mut columns: Vec<(String, Kind)> =
            self.names.iter().map(|(name, fits)| (name.clone(), kind(name, fits))).collect();
        columns.sort_by(|(a, _), (b, _)| (a != "_time").cmp(&(b != "_time")).then_with(|| a.cmp(b)));
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(texts: &[&str]) -> Kind {
        let mut fits = Fits::ANY;
        texts.iter().for_each(|t| fits.observe(t));
        fits.kind()
    }

    #[test]
    fn a_type_is_only_given_when_every_text_comes_back() {
        assert_eq!(kind(&["0", "-5", "9223372036854775807"]), Kind::Integer);
        assert_eq!(kind(&["1", "1.5", "1.7550000000000001"]), Kind::Float);
        assert_eq!(kind(&["true", "false"]), Kind::Boolean);
        assert_eq!(kind(&["2026-03-10T11:00:14.12Z"]), Kind::Time);
        for lossy in ["007", "+1", "1.50", "1e5", "inf", "NaN", "-0", "-", "True", "2026-03-10T11:00:14.120Z", ""] {
            assert_eq!(kind(&[lossy]), Kind::Text, "{lossy}");
        }
        assert_eq!(kind(&["1", "x"]), Kind::Text);
    }

    #[test]
    fn the_time_of_a_row_is_an_instant_however_it_is_spelled() {
        let mut seen = Seen::default();
        for name in ["_time", "at"] {
            seen.observe(name, "2026-03-10T11:00:14.12Z", 9);
            seen.observe(name, "2026-03-10T11:00:14.120Z", 9);
        }
        assert_eq!(seen.columns(), [("_time".to_owned(), Kind::Time), ("at".to_owned(), Kind::Text)]);
        seen.observe("_time", "yesterday", 9);
        assert_eq!(seen.columns()[0].1, Kind::Text);
    }

    #[test]
    fn order_of_chunks_decides_which_names_stay() {
        let mut seen = Seen::default();
        seen.observe("b", "1", 2);
        let mut later = Seen::default();
        later.observe("b", "x", 2);
        later.observe("_time", "2026-03-10T11:00:14Z", 2);
        later.observe("c", "1", 2);
        seen.merge(later, 2);
        assert_eq!(seen.columns(), [("_time".to_owned(), Kind::Time), ("b".to_owned(), Kind::Text)]);
        assert!(seen.dropped);
    }
}
