//! Buckets of `histogram`: 18 per decade between 1e-9 and 1e18, one below and one above.

const PER_DECADE: f64 = 18.0;
const LOWEST: i32 = -9;
const HIGHEST: i32 = 18;
const COUNT: usize = (HIGHEST - LOWEST) as usize * PER_DECADE as usize;

/// A histogram over non-negative numbers. Negative ones and NaN are ignored.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    lower: u64,
    upper: u64,
    buckets: std::collections::BTreeMap<usize, u64>,
}

impl Histogram {
    pub fn add(&mut self, value: f64) {
        if value.is_nan() || value < 0.0 {
            return;
        }
        let place = (value.log10() - f64::from(LOWEST)) * PER_DECADE;
        if place < 0.0 {
            self.lower += 1;
        } else if place >= COUNT as f64 {
            self.upper += 1;
        } else {
            // A value exactly on a bound belongs to the bucket below it.
            let mut index = place as usize;
            if place == index as f64 && index > 0 {
                index -= 1;
            }
            *self.buckets.entry(index).or_default() += 1;
        }
    }

    pub fn merge(&mut self, other: Histogram) {
        self.lower += other.lower;
        self.upper += other.upper;
        for (index, hits) in other.buckets {
            *self.buckets.entry(index).or_default() += hits;
        }
    }

    /// The JSON array of the buckets that have hits. Of no hits the store prints a lone `]`, and so do we.
    pub fn json(&self) -> String {
        let first = (self.lower > 0).then(|| ("0...1.000e-09".to_owned(), self.lower));
        let middle =
            self.buckets.iter().map(|(&index, &hits)| (format!("{}...{}", bound(index), bound(index + 1)), hits));
        let last = (self.upper > 0).then(|| ("1.000e+18...+Inf".to_owned(), self.upper));
        let mut parts: Vec<(String, u64)> = first.into_iter().chain(middle).chain(last).collect();
        // The store sorts the ranges as texts.
        parts.sort();
        let parts: Vec<String> =
            parts.into_iter().map(|(range, hits)| format!("{{\"vmrange\":\"{range}\",\"hits\":{hits}}}")).collect();
        if parts.is_empty() { "]".into() } else { format!("[{}]", parts.join(",")) }
    }
}

fn bound(index: usize) -> String {
    // The store multiplies step by step, so its bounds are those of a running product.
    let step = 10f64.powf(1.0 / PER_DECADE);
    let mut value = 10f64.powi(LOWEST);
    for _ in 0..index {
        value *= step;
    }
    exponent(value)
}

/// Three digits after the dot and at least two in the exponent: `1.000e-09`.
fn exponent(value: f64) -> String {
    let text = format!("{value:.3e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = power.strip_prefix('-').map_or(("+", power), |digits| ("-", digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_fall_into_ranges() {
        let mut h = Histogram::default();
        for value in [0.0, 1.5, -3.0, f64::NAN, 1e30] {
            h.add(value);
        }
        assert_eq!(
            h.json(),
            r#"[{"vmrange":"0...1.000e-09","hits":1},{"vmrange":"1.000e+18...+Inf","hits":1},{"vmrange":"1.468e+00...1.668e+00","hits":1}]"#
        );
    }

    #[test]
    fn nothing_is_a_lone_bracket() {
        assert_eq!(Histogram::default().json(), "]");
    }
}
