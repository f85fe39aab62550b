//! A list of ticks of a clock in little more than a byte each: mostly they rise, and by little.

/// Ticks of a block. Each block says where it begins, so that a tick is found without reading what is before.
const BLOCK: usize = 64;

/// Ticks in the order in which they came; after [`Ticks::sort`] rising, each once.
#[derive(Debug, Clone, Default)]
pub struct Ticks {
    /// The first tick of every block, and where its others begin in `steps`.
    blocks: Vec<(u32, u32)>,
    /// From each tick to the next of the same block: the difference, its sign in the lowest bit, seven bits a byte.
    steps: Vec<u8>,
    count: usize,
    last: u32,
    /// Some tick is not above the one before.
    unsorted: bool,
}

impl Ticks {
    /// Adds a tick; `false` if it is the one that was added last.
    pub fn push(&mut self, tick: u32) -> bool {
        if self.count > 0 {
            if tick == self.last {
                return false;
            }
            self.unsorted |= tick < self.last;
        }
        match self.count % BLOCK {
            0 => {
                let begins = u32::try_from(self.steps.len()).expect("ticks are bounded far below four billion");
                self.blocks.push((tick, begins));
            }
            _ => {
                let step = i64::from(tick) - i64::from(self.last);
                let mut left = (step.unsigned_abs() << 1) | u64::from(step < 0);
                while left >= 0x80 {
                    self.steps.push(left as u8 | 0x80);
                    left >>= 7;
                }
                self.steps.push(left as u8);
            }
        }
        self.last = tick;
        self.count += 1;
        true
    }

    pub fn len(&self) -> usize {
        self.count
    }

    /// Puts the ticks in order, each once.
    pub fn sort(&mut self) {
        if self.unsorted {
            let mut all: Vec<u32> = self.iter().collect();
            // Two lists in order, often: the stable sort merges them.
            all.sort();
            *self = all.into_iter().collect();
        }
    }

    /// Adds all ticks of another list behind these.
    pub fn absorb(&mut self, other: Ticks) {
        match self.count {
            0 => *self = other,
            _ => other.iter().for_each(|tick| _ = self.push(tick)),
        }
    }

    /// All ticks, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0..self.blocks.len()).flat_map(|block| self.block(block))
    }

    fn block(&self, block: usize) -> impl Iterator<Item = u32> {
        let (first, begins) = self.blocks[block];
        let ends = self.blocks.get(block + 1).map_or(self.steps.len(), |(_, begins)| *begins as usize);
        let mut steps = self.steps[begins as usize..ends].iter();
        let mut tick = first;
        let others = std::iter::from_fn(move || {
            let (mut step, mut shift) = (0_u64, 0);
            loop {
                let byte = steps.next()?;
                step |= u64::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
                shift += 7;
            }
            let by = (step >> 1) as u32;
            tick = if step & 1 == 1 { tick.wrapping_sub(by) } else { tick.wrapping_add(by) };
            Some(tick)
        });
        std::iter::once(first).chain(others)
    }

    /// Of a sorted list, the first tick that is not below another.
    pub fn first_from(&self, from: u32) -> Option<u32> {
        let behind = self.blocks.partition_point(|(first, _)| *first < from);
        let within = behind.checked_sub(1).and_then(|block| self.block(block).find(|tick| *tick >= from));
        within.or_else(|| self.blocks.get(behind).map(|(first, _)| *first))
    }
}

impl FromIterator<u32> for Ticks {
    /// Ticks that repeat the one before are left out.
    fn from_iter<T: IntoIterator<Item = u32>>(all: T) -> Ticks {
        let mut ticks = Ticks::default();
        all.into_iter().for_each(|tick| _ = ticks.push(tick));
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_list_is_what_a_plain_one_would_be(mut plain in proptest::collection::vec(prop_oneof![0..300_u32, any::<u32>()], 0..400), from in prop_oneof![0..300_u32, any::<u32>()]) {
            plain.dedup();
            let mut ticks: Ticks = plain.iter().copied().collect();
            prop_assert_eq!(ticks.len(), plain.len());
            prop_assert_eq!(ticks.iter().collect::<Vec<_>>(), plain.clone());
            let (half, other) = plain.split_at(plain.len() / 2);
            let mut joined: Ticks = half.iter().copied().collect();
            joined.absorb(other.iter().copied().collect());
            joined.sort();
            ticks.sort();
            plain.sort_unstable();
            plain.dedup();
            prop_assert_eq!(ticks.iter().collect::<Vec<_>>(), plain.clone());
            prop_assert_eq!(joined.iter().collect::<Vec<_>>(), plain.clone());
            prop_assert_eq!(ticks.first_from(from), plain.iter().copied().find(|tick| *tick >= from));
        }
    }

    #[test]
    fn near_ticks_take_a_byte() {
        let ticks: Ticks = (0..6400).map(|n| n * 5).collect();
        assert!(ticks.steps.len() + 8 * ticks.blocks.len() < 6400 * 5 / 4);
    }
}
