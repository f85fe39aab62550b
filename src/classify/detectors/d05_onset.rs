//! D05: an onset without a marker, by CUSUM over equal bins.

use super::limit::Part::{Count, Number, Span, Text};
use super::limit::span;
use super::stats::ln_micro;
use super::view::{EPISODE, View};
use super::{Detector, Said};
use crate::classify::claims::short;
use crate::record::time::{Nanos, SECOND};

pub const DETECTOR: Detector = Detector {
    id: "D05",
    name: "onset",
    finds: "the bin of time in which failures began to rise, without knowing of a change",
    needs: "failures over more bins than the baseline has, and a quiet baseline",
    thresholds: &[
        ("bin", &[Span(BIN)]),
        ("baseline", &[Text("max("), Count(FEWEST as u64), Text(", "), Count(100 / PART as u64), Text(" % of bins)")]),
        ("rise", &[Text("max("), Number(RISE), Text(" × rate, rate + "), Number(RISE_MIN), Text(")")]),
        ("alarm", &[Text("ln 1000 = "), Number(ALARM as f64 / 1e6)]),
    ],
    would_change: "a longer baseline; exploratory: the p-value of an onset that was searched for is not valid",
    run,
};

const BIN: Nanos = 300 * SECOND;
const FEWEST: usize = 12;
/// The share of the bins that is the baseline, one in so many.
const PART: usize = 10;
const RISE: f64 = 3.0;
const RISE_MIN: f64 = 1.0;
/// ln(1000) in millionths.
const ALARM: i64 = 6_907_755;

/// What the sum did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Onset {
    /// Baseline and raised rate per bin, in ten-thousandths.
    pub rates: (i64, i64),
    pub alarm: usize,
    pub onset: usize,
}

/// Why no onset is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    TooShort,
    AlarmInBaseline,
    Quiet,
}

/// CUSUM in integer millionths: constants are quantised once, the run is exact.
pub fn cusum(bins: &[u64]) -> Result<Onset, Refused> {
    let baseline = FEWEST.max(bins.len() / PART);
    if bins.len() <= baseline {
        return Err(Refused::TooShort);
    }
    let rate0 = (bins[..baseline].iter().sum::<u64>() as f64 + 0.5) / baseline as f64;
    let rate1 = (RISE * rate0).max(rate0 + RISE_MIN);
    let (step, drift) = (ln_micro(rate1 / rate0), ((rate1 - rate0) * 1e6).round() as i64);
    let (mut sum, mut zero) = (0_i64, 0);
    for (n, x) in bins.iter().enumerate() {
        let gain = i64::try_from(*x).unwrap_or(i64::MAX).saturating_mul(step);
        sum = sum.saturating_add(gain).saturating_sub(drift).max(0);
        if sum == 0 {
            zero = n + 1;
        }
        if sum >= ALARM {
            if n < baseline {
                return Err(Refused::AlarmInBaseline);
            }
            let rates = ((rate0 * 1e4).round() as i64, (rate1 * 1e4).round() as i64);
            return Ok(Onset { rates, alarm: n, onset: zero });
        }
    }
    Err(Refused::Quiet)
}

fn run(view: &View<'_>) -> Said {
    let Some((start, end)) = view.span() else { return Said::quiet("no evidence") };
    let size = usize::try_from((end - start) / BIN).unwrap_or(0) + 1;
    if size > 1_000_000 {
        return Said::quiet(format!("the evidence spans too long a time for bins of {}", span(BIN)));
    }
    let mut bins = vec![0_u64; size];
    let mut last: std::collections::BTreeMap<(&str, &str), Nanos> = std::collections::BTreeMap::new();
    for attempt in &view.failures {
        let key = (view.text(super::view::identity(attempt).0), attempt.class.label);
        if last.insert(key, attempt.at).is_none_or(|at| attempt.at - at > EPISODE) {
            bins[usize::try_from((attempt.at - start).max(0) / BIN).unwrap_or(0).min(size - 1)] += 1;
        }
    }
    let said = match cusum(&bins) {
        Ok(found) => {
            let at = start + BIN * i64::try_from(found.onset).unwrap_or(0);
            let (r0, r1) = (found.rates.0 as f64 / 1e4, found.rates.1 as f64 / 1e4);
            Said::fired(format!("failures began to rise in the {} from {} (exploratory)", span(BIN), short(at)))
                .with("rate_before", format!("{r0:.4} per bin"))
                .with("rate_tested", format!("{r1:.4} per bin"))
        }
        Err(Refused::TooShort) => Said::quiet(format!("too little evidence: fewer than {} bins", FEWEST + 1)),
        Err(Refused::AlarmInBaseline) => Said::quiet("the first bins are not quiet, so there is no baseline"),
        Err(Refused::Quiet) => Said::quiet("no rise above the baseline"),
    };
    said.with("bins", size).with("episodes", bins.iter().sum::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_onset() {
        let x = [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 3, 2, 4, 3, 2];
        let found = cusum(&x).expect("an alarm");
        assert_eq!(found, Onset { rates: (2917, 12917), alarm: 16, onset: 14 });
    }

    #[test]
    fn no_baseline_no_onset() {
        assert_eq!(cusum(&[9; 5]), Err(Refused::TooShort));
        assert_eq!(cusum(&[0; 30]), Err(Refused::Quiet));
        let loud: Vec<u64> = (0..30).map(|n| if n == 3 { 50 } else { 0 }).collect();
        assert_eq!(cusum(&loud), Err(Refused::AlarmInBaseline));
    }
}
