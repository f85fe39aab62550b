//! A row of small counts as one word of text.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// At most `width` marks; neighbours are added up to fit. Zero is a dot, so that "none" and "few" differ; the largest is
/// full height.
pub fn sparkline(counts: &[u64], width: usize) -> String {
    let step = counts.len().div_ceil(width.max(1)).max(1);
    let sums: Vec<u64> = counts.chunks(step).map(|c| c.iter().sum()).collect();
    let most = sums.iter().copied().max().unwrap_or(0);
    sums.iter()
        .map(|n| match n {
            0 => '·',
            n => {
                LEVELS[usize::try_from(((u128::from(*n) * 8).div_ceil(u128::from(most))).clamp(1, 8) - 1).unwrap_or(0)]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_few_and_most_look_different() {
        assert_eq!(sparkline(&[0, 1, 4, 8], 10), "·▁▄█");
        assert_eq!(sparkline(&[1, 1, 2, 0, 0, 0], 3), "██·");
        assert_eq!(sparkline(&[u64::MAX], 4), "█");
        assert_eq!(sparkline(&[], 4), "");
    }
}
