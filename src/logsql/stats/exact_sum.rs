//! Sums of floats that do not depend on the order of addition.

/// A sum kept as non-overlapping parts whose exact total is the sum, rounded once at the end. Infinities and NaN are
/// kept apart.
#[derive(Debug, Clone, Default)]
pub struct ExactSum {
    parts: Vec<f64>,
    special: f64,
    pub count: u64,
}

impl ExactSum {
    pub fn add(&mut self, value: f64) {
        self.add_sum(value, 1);
    }

    /// Adds what so many values are together.
    pub fn add_sum(&mut self, sum: f64, count: u64) {
        self.count += count;
        self.grow(sum);
    }

    fn grow(&mut self, value: f64) {
        if !value.is_finite() {
            self.special += value;
            return;
        }
        let mut x = value;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let mut y = self.parts[i];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                self.parts[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.parts.truncate(kept);
        self.parts.push(x);
    }

    pub fn merge(&mut self, other: ExactSum) {
        self.count += other.count;
        self.special += other.special;
        other.parts.into_iter().for_each(|part| self.grow(part));
    }

    /// The correctly rounded total; NaN when nothing was added.
    pub fn total(&self) -> f64 {
        if self.count == 0 {
            return f64::NAN;
        }
        if self.special != 0.0 || self.special.is_nan() {
            return self.special;
        }
        let mut rest = self.parts.iter().rev().copied();
        let mut high = rest.next().unwrap_or(0.0);
        let mut low = 0.0;
        while let Some(y) = rest.next() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                // A tie is broken by the sign of what is left below.
                if let Some(next) = rest.next()
                    && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
                {
                    let twice = low * 2.0;
                    let rounded = high + twice;
                    if twice == rounded - high {
                        high = rounded;
                    }
                }
                break;
            }
        }
        let _ = low;
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        values.iter().for_each(|v| sum.add(*v));
        sum.total()
    }

    #[test]
    fn order_does_not_matter() {
        let values = [0.1, 1e16, 0.2, -1e16, 0.3, 1e-9];
        let mut backwards = values;
        backwards.reverse();
        assert_eq!(sum(&values), sum(&backwards));
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert!(sum(&[]).is_nan());
    }

    #[test]
    fn parts_merge() {
        let (mut a, mut b) = (ExactSum::default(), ExactSum::default());
        (0..1000).for_each(|i| if i % 3 == 0 { a.add(f64::from(i) * 0.1) } else { b.add(f64::from(i) * 0.1) });
        let mut c = b.clone();
        c.merge(a.clone());
        a.merge(b);
        assert_eq!((a.total(), a.count), (c.total(), 1000));
    }
}
