//! Thresholds in words, made of the constants that they repeat.

use crate::record::time::{Nanos, SECOND};

/// One part of a threshold.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Text(&'static str),
    Count(u64),
    Span(Nanos),
    Number(f64),
    /// Made of more than one constant.
    By(fn() -> String),
}

/// A threshold's name and what it is.
pub type Threshold = (&'static str, &'static [Part]);

/// The parts as one text.
pub fn told(parts: &[Part]) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => (*text).to_owned(),
        Part::Count(count) => count.to_string(),
        Part::Span(nanos) => span(*nanos),
        Part::Number(number) => number.to_string(),
        Part::By(tell) => tell(),
    };
    parts.iter().map(part).collect()
}

/// A round span of time in its usual unit.
pub fn span(nanos: Nanos) -> String {
    match nanos / SECOND {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds if seconds >= 7200 && seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds => format!("{} min", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_told_by_its_constants() {
        const MINUTE: Nanos = 60 * SECOND;
        let parts =
            [Part::Count(3), Part::Text(" within "), Part::Span(10 * MINUTE), Part::Text(", p "), Part::Number(0.01)];
        assert_eq!(told(&parts), "3 within 10 min, p 0.01");
        assert_eq!([MINUTE, 2 * MINUTE, 60 * MINUTE, 12 * 60 * MINUTE].map(span), ["60 s", "2 min", "60 min", "12 h"]);
    }

    /// A number stands in a text only where it is a status code, or where no constant holds it.
    #[test]
    fn no_threshold_repeats_a_number_in_words() {
        for detector in crate::classify::detectors::DETECTORS {
            for part in detector.thresholds.iter().flat_map(|(_, parts)| *parts) {
                if let Part::Text(text) = part {
                    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
                    assert!(numbers.all(|run| run.len() == 3 || run == "1000"), "{}: {text}", detector.id);
                }
            }
        }
    }
}
