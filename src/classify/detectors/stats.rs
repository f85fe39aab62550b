//! Exact tests in plain f64 arithmetic: only + - * / and square roots, which every platform rounds alike.
//!
//! Tails are sums of weights relative to the mode, built by recurrence, so nothing over- or underflows and no logarithm
//! of the platform is asked for.

/// `P(X >= k)` for `X ~ Binomial(n, p)`.
pub fn binomial_tail(n: u64, p: f64, k: u64) -> f64 {
    if k == 0 || p >= 1.0 {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    let odds = p / (1.0 - p);
    let up = |x: u64| (n - x) as f64 / (x + 1) as f64 * odds;
    tail(0, n, k, (((n + 1) as f64 * p) as u64).min(n), up)
}

/// `P(X >= k)` of a distribution on `[low, high]` whose successive weights have the ratio `up(x) = w(x+1)/w(x)`.
fn tail(low: u64, high: u64, k: u64, mode: u64, up: impl Fn(u64) -> f64) -> f64 {
    let (mut all, mut above) = (0.0, 0.0);
    let mut add = |x: u64, weight: f64| {
        all += weight;
        if x >= k {
            above += weight;
        }
    };
    let mut weight = 1.0;
    for x in mode..=high {
        add(x, weight);
        if x < high {
            weight *= up(x);
        }
        if weight < 1e-300 {
            break;
        }
    }
    weight = 1.0;
    for x in (low..mode).rev() {
        weight /= up(x);
        add(x, weight);
        if weight < 1e-300 {
            break;
        }
    }
    above / all
}

/// A 2 × 2 table: failures and the rest, on two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    pub failed1: u64,
    pub total1: u64,
    pub failed2: u64,
    pub total2: u64,
}

impl Table {
    fn bounds(self) -> (u64, u64) {
        let failed = self.failed1 + self.failed2;
        (failed.saturating_sub(self.total1), failed.min(self.total2))
    }

    /// Ratio of successive hypergeometric weights of `failed2`.
    fn up(self, x: u64) -> f64 {
        let failed = self.failed1 + self.failed2;
        let rest = self.total1 + x + 1 - failed;
        (self.total2 - x) as f64 * (failed - x) as f64 / ((x + 1) as f64 * rest as f64)
    }

    fn mode(self) -> u64 {
        let (low, high) = self.bounds();
        let failed = self.failed1 + self.failed2;
        let mean = (failed + 1) as f64 * (self.total2 + 1) as f64 / (self.total1 + self.total2 + 2) as f64;
        (mean as u64).clamp(low, high)
    }
}

/// Two-sided Fisher exact test: the sum of all tables that are no more likely than this one.
pub fn fisher_two_sided(table: Table) -> f64 {
    let (low, high) = table.bounds();
    let mode = table.mode();
    let mut weights = vec![0.0; (high - low + 1) as usize];
    weights[(mode - low) as usize] = 1.0;
    for x in mode..high {
        weights[(x + 1 - low) as usize] = weights[(x - low) as usize] * table.up(x);
    }
    for x in (low..mode).rev() {
        weights[(x - low) as usize] = weights[(x + 1 - low) as usize] / table.up(x);
    }
    let own = weights[(table.failed2 - low) as usize];
    let all: f64 = weights.iter().sum();
    // Equal weights differ in their last digits, so a little slack keeps ties in.
    let extreme: f64 = weights.iter().filter(|w| **w <= own * (1.0 + 1e-7)).sum();
    extreme / all
}

/// A point estimate with its 95 % limits. Infinite where the data give no bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    pub point: f64,
    pub low: f64,
    pub high: f64,
}

/// One-sided conditional Poisson test: given `k1 + k2`, is the rate in the second window higher? Returns p and the rate
/// ratio with Clopper–Pearson limits.
pub fn poisson_higher(k1: u64, t1: f64, k2: u64, t2: f64) -> (f64, Interval) {
    let k = k1 + k2;
    let p = binomial_tail(k, t2 / (t1 + t2), k2);
    let ratio = |share: f64| if share >= 1.0 { f64::INFINITY } else { share / (1.0 - share) * t1 / t2 };
    let point = if k1 == 0 { f64::INFINITY } else { (k2 as f64 / t2) / (k1 as f64 / t1) };
    let low = if k2 == 0 { 0.0 } else { ratio(solve(|share| binomial_tail(k, share, k2) - 0.025)) };
    let high = if k2 == k { f64::INFINITY } else { ratio(solve(|share| binomial_tail(k, share, k2 + 1) - 0.975)) };
    (p, Interval { point, low, high })
}

/// The root of an increasing function on (0, 1), by bisection.
fn solve(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// The natural logarithm in millionths, by its series: the platform's own may differ in the last digit.
pub fn ln_micro(x: f64) -> i64 {
    let (mut x, mut halvings) = (x, 0_i64);
    while x > 1.5 {
        x /= 2.0;
        halvings += 1;
    }
    while x < 0.75 {
        x *= 2.0;
        halvings -= 1;
    }
    let y = (x - 1.0) / (x + 1.0);
    let (mut term, mut sum) = (y, 0.0);
    for n in 0..30 {
        sum += term / f64::from(2 * n + 1);
        term *= y * y;
    }
    ((2.0 * sum + halvings as f64 * std::f64::consts::LN_2) * 1e6).round() as i64
}

/// A p-value with two significant digits and a floor.
pub fn p_text(p: f64) -> String {
    if p < 1e-6 {
        return "<1e-6".to_owned();
    }
    if p >= 0.001 { trim(p, 2) } else { format!("{p:.1e}") }
}

/// A ratio for people: three digits, or the sign of infinity.
pub fn ratio_text(x: f64) -> String {
    if x.is_infinite() {
        "∞".to_owned()
    } else if x >= 100.0 {
        format!("{x:.0}")
    } else if x >= 10.0 {
        format!("{x:.1}")
    } else {
        format!("{x:.2}")
    }
}

/// `digits` significant digits without an exponent.
fn trim(x: f64, digits: i32) -> String {
    let mut decimals = digits - 1;
    let mut y = x;
    while y < 1.0 && y > 0.0 {
        y *= 10.0;
        decimals += 1;
    }
    format!("{x:.*}", usize::try_from(decimals.max(0)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= want.abs() * relative, "got {got}, want {want}");
    }

    #[test]
    fn golden_poisson_values() {
        let (p, ci) = poisson_higher(2, 240.0, 12, 60.0);
        close(p, 2.478_899_2e-7, 1e-9);
        close(ci.point, 24.0, 1e-12);
        assert_eq!((format!("{:.3}", ci.low), format!("{:.2}", ci.high)), ("5.343".into(), "220.79".into()));
        let (p, ci) = poisson_higher(0, 120.0, 5, 60.0);
        close(p, 4.115_226_337_448_56e-3, 1e-13);
        assert!(ci.point.is_infinite() && ci.high.is_infinite());
        assert_eq!(format!("{:.3}", ci.low), "1.833");
        let (p, ci) = poisson_higher(4, 60.0, 6, 60.0);
        close(p, 0.376_953_125, 1e-14);
        assert_eq!(
            (format!("{:.1}", ci.point), format!("{:.3}", ci.low), format!("{:.3}", ci.high)),
            ("1.5".into(), "0.356".into(), "7.227".into())
        );
    }

    #[test]
    fn a_tail_is_a_share_of_everything() {
        close(binomial_tail(10, 0.5, 5) + (1.0 - binomial_tail(10, 0.5, 5)), 1.0, 1e-15);
        assert_eq!((binomial_tail(5, 0.3, 0), binomial_tail(5, 0.3, 6)), (1.0, 0.0));
        assert!(binomial_tail(1_000_000, 0.5, 600_000) < 1e-6);
        close(fisher_two_sided(Table { failed1: 3, total1: 10, failed2: 3, total2: 10 }), 1.0, 1e-12);
    }

    #[test]
    fn logarithms_are_integers_of_millionths() {
        assert_eq!((ln_micro(1.0), ln_micro(2.0), ln_micro(1000.0)), (0, 693_147, 6_907_755));
        assert_eq!(ln_micro(0.5), -693_147);
    }

    #[test]
    fn p_values_keep_two_digits_and_a_floor() {
        assert_eq!(
            (p_text(2.4e-7), p_text(0.0041), p_text(0.377), p_text(9.16e-5)),
            ("<1e-6".into(), "0.0041".into(), "0.38".into(), "9.2e-5".into())
        );
    }
}
