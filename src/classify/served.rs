//! When each kind of success happened, to half a second: what tells a negotiation from a refusal.

use super::ticks::Ticks;
use crate::record::time::{Nanos, SECOND};

/// The finest grain: half a second.
const TICK: Nanos = SECOND / 2;
/// Ticks are counted from here (1990-01-01), so that four bytes reach to 2058.
const BASE: Nanos = 631_152_000 * SECOND;
/// Ticks kept before the grain is doubled.
const TICKS_MAX: usize = 4 << 20;
/// Ticks that are added between two clean-ups: each is a look at all ticks, which takes a millisecond for every million.
const CLEANED_EVERY: usize = TICKS_MAX / 8;
/// The grain is doubled no more often (it is six days then): each key keeps at least one tick, so with very many keys a
/// coarser grain would not help.
const DOUBLED_MAX: u32 = 20;

/// The ticks in which each key had a success. Memory is bounded: where there would be too many ticks, two become one. How
/// often that happened depends on nothing but the successes, since a part of them never has more ticks than all of them.
#[derive(Debug, Clone, Default)]
pub struct Served {
    by_key: Vec<Ticks>,
    /// How many times the grain was doubled.
    doubled: u32,
    ticks: usize,
    /// Ticks that were left by the last clean-up.
    cleaned: usize,
}

impl Served {
    pub fn push(&mut self, key: usize, at: Nanos) {
        let tick = self.tick(at);
        self.push_tick(key, tick);
    }

    fn push_tick(&mut self, key: usize, tick: u32) {
        if self.by_key.len() <= key {
            self.by_key.resize_with(key + 1, Ticks::default);
        }
        if self.by_key[key].push(tick) {
            self.ticks += 1;
            if self.ticks >= self.cleaned + CLEANED_EVERY {
                self.clean();
            }
        }
    }

    fn tick(&self, at: Nanos) -> u32 {
        let ticks = at.saturating_sub(BASE).div_euclid(TICK) >> self.doubled;
        u32::try_from(ticks.max(0)).unwrap_or(u32::MAX)
    }

    /// Takes over the ticks of another worker, whose key `n` is our key `keys[n]`. [`Served::clean`] puts them in order.
    pub fn absorb(&mut self, mut other: Served, keys: &[u32]) {
        self.double_to(other.doubled);
        other.double_to(self.doubled);
        for (ticks, key) in other.by_key.into_iter().zip(keys) {
            let key = *key as usize;
            if self.by_key.len() <= key {
                self.by_key.resize_with(key + 1, Ticks::default);
            }
            self.ticks += ticks.len();
            self.by_key[key].absorb(ticks);
        }
        if self.ticks > 2 * TICKS_MAX {
            self.clean();
        }
    }

    /// Whether the key had a success from one instant to another, give or take a tick.
    pub fn any(&self, key: usize, from: Nanos, until: Nanos) -> bool {
        let (from, until) = (self.tick(from), self.tick(until));
        self.by_key.get(key).and_then(|ticks| ticks.first_from(from)).is_some_and(|tick| tick <= until)
    }

    fn double_to(&mut self, doubled: u32) {
        let by = doubled.saturating_sub(self.doubled);
        self.doubled += by;
        if by > 0 {
            self.by_key.iter_mut().for_each(|ticks| *ticks = ticks.iter().map(|tick| tick >> by).collect());
        }
    }

    /// Sorts the ticks of every key and drops what is double; doubles the grain until what is left is within bounds. To be
    /// called before [`Served::any`].
    pub fn clean(&mut self) {
        loop {
            self.ticks = 0;
            for ticks in &mut self.by_key {
                ticks.sort();
                self.ticks += ticks.len();
            }
            if self.ticks <= TICKS_MAX || self.doubled == DOUBLED_MAX {
                break;
            }
            self.double_to(self.doubled + 1);
        }
        self.cleaned = self.ticks;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Nanos = 1_772_000_000 * SECOND;

    #[test]
    fn a_success_within_the_span_is_seen() {
        let mut served = Served::default();
        served.push(1, NOON + 3 * SECOND);
        served.push(1, NOON);
        served.clean();
        assert!(served.any(1, NOON + 2 * SECOND, NOON + 4 * SECOND));
        assert!(!served.any(1, NOON + SECOND, NOON + 2 * SECOND));
        assert!(!served.any(0, NOON, NOON + SECOND));
    }

    #[test]
    fn the_grain_does_not_depend_on_the_split() {
        let at = |n: usize| NOON + (n as Nanos) * SECOND;
        let count = TICKS_MAX + 10;
        let mut whole = Served::default();
        (0..count).for_each(|n| whole.push(n % 3, at(n)));
        let (mut a, mut b) = (Served::default(), Served::default());
        (0..count).for_each(|n| if n % 5 < 2 { a.push(n % 3, at(n)) } else { b.push(n % 3, at(n)) });
        a.absorb(b, &[0, 1, 2]);
        whole.clean();
        a.clean();
        let all = |served: &Served| served.by_key.iter().map(|t| t.iter().collect()).collect::<Vec<Vec<u32>>>();
        assert_eq!((a.doubled, all(&a)), (whole.doubled, all(&whole)));
        assert!(whole.doubled > 0 && whole.ticks <= TICKS_MAX);
    }

    #[test]
    fn more_keys_than_ticks_are_kept_all_the_same() {
        let mut served = Served::default();
        (0..TICKS_MAX + 5).for_each(|key| served.push(key, NOON));
        served.clean();
        assert_eq!((served.ticks, served.doubled), (TICKS_MAX + 5, DOUBLED_MAX));
        assert!(served.any(TICKS_MAX, NOON, NOON));
    }
}
