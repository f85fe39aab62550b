//! The two orders of the store, and a sort that survives them.
//!
//! `sort` alone compares with [`plain`], everything that keeps only the best rows with [`typed`]. Neither is transitive
//! on mixed data (`1h` < `90m` as text, `90m` < `1h` as number against a third value), which is why [`merge_sort`] exists:
//! the standard library's sort may panic on such an order.

use super::instant;
use crate::logsql::number;
use std::cmp::Ordering;

/// A value with its number forms looked up once, for [`plain`].
#[derive(Debug, Clone)]
pub struct PlainKey {
    integer: i64,
    float: f64,
    text: String,
}

impl PlainKey {
    pub fn new(text: &str) -> Self {
        // Zero stands for "no integer", as in the store; `0` itself is then found as a float.
        let integer = number::plain_i64(text).or_else(|| number::ipv4(text).map(i64::from)).unwrap_or(0);
        PlainKey { integer, float: number::plain(text).unwrap_or(f64::NAN), text: text.to_owned() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The order of a `sort` without a limit: integers and IPv4 addresses, then plain floats, then natural text.
pub fn plain(a: &PlainKey, b: &PlainKey) -> Ordering {
    if a.integer != 0 && b.integer != 0 {
        return a.integer.cmp(&b.integer);
    }
    if !a.float.is_nan() && !b.float.is_nan() {
        return by_value(a.float, b.float);
    }
    natural(&a.text, &b.text)
}

/// The order of `sort … limit`, `first`, `last`, `min`, `max`, `quantile` and `uniq_values`: integers, instants, other
/// amounts, then natural text, as which an address counts. A pair is compared by the first kind that both are.
pub fn typed(a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    if let (Some(a), Some(b)) = (number::plain_i64(a), number::plain_i64(b)) {
        return a.cmp(&b);
    }
    if let (Some(a), Some(b)) = (number::plain_u64(a), number::plain_u64(b)) {
        return a.cmp(&b);
    }
    if let (Some(a), Some(b)) = (instant::parse(a), instant::parse(b)) {
        return a.cmp(&b);
    }
    if let (Some(a), Some(b)) = (number::amount(a), number::amount(b)) {
        return by_value(a, b);
    }
    natural(a, b)
}

/// The order of numbers, of which none is NaN. `-0` is as good as `0`.
pub fn by_value(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// Character by character, digit runs by their value. A digit is less than any other character; of equal numbers the
/// one with fewer leading zeros comes first. A run that is too long for a number is compared as text, with all behind it.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let same = a.iter().zip(b).take_while(|(x, y)| x == y && !x.is_ascii_digit()).count();
        (a, b) = (&a[same..], &b[same..]);
        let (Some(&x), Some(&y)) = (a.first(), b.first()) else { return a.len().cmp(&b.len()) };
        match (x.is_ascii_digit(), y.is_ascii_digit()) {
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => return x.cmp(&y),
            (true, true) => {}
        }
        let (left, rest_a) = a.split_at(digits(a));
        let (right, rest_b) = b.split_at(digits(b));
        let (Some(x), Some(y)) = (value(left), value(right)) else { return a.cmp(b) };
        let by_value = x.cmp(&y).then(left.len().cmp(&right.len()));
        if by_value.is_ne() {
            return by_value;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// The value of a run of digits, if no digit is left where one more might not fit, whichever it is.
fn value(run: &[u8]) -> Option<u64> {
    let fits = |n: u64| n <= (u64::MAX - 9) / 10;
    run.iter().try_fold(0, |n, b| fits(n).then(|| n * 10 + u64::from(b - b'0')))
}

/// A stable merge sort that only asks for a comparison, never for a total order.
pub fn merge_sort<T>(items: Vec<T>, compare: &impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    let mut left = items;
    let right = left.split_off(left.len() / 2);
    let mut left = merge_sort(left, compare).into_iter().peekable();
    let mut right = merge_sort(right, compare).into_iter().peekable();
    let mut out = Vec::with_capacity(left.len() + right.len());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let next = if compare(b, a).is_lt() { right.next() } else { left.next() };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    out
}

/// A sort for a few items, each of which goes down as long as it is less than the one below it. On an order that goes
/// round in circles the answer hangs on these very steps, which are the store's.
pub fn insertion_sort<T>(mut items: Vec<T>, compare: &impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    for i in 1..items.len() {
        let below = items[..i].iter().rev().take_while(|item| compare(&items[i], item).is_lt()).count();
        items[i - below..=i].rotate_right(1);
    }
    items
}

/// The best `keep` items as the store finds them: in a heap with the worst on top, emptied from there. On an order that
/// goes round in circles the answer hangs on these very steps.
pub fn heap_sort<T>(items: impl Iterator<Item = T>, keep: usize, compare: &impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let worse = |a: &T, b: &T| compare(a, b).is_gt();
    let mut heap: Vec<T> = Vec::new();
    for item in items {
        if heap.len() < keep {
            heap.push(item);
            let mut at = heap.len() - 1;
            while at > 0 && worse(&heap[at], &heap[(at - 1) / 2]) {
                heap.swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        } else if keep > 0 && worse(&heap[0], &item) {
            heap[0] = item;
            sink(&mut heap, &worse);
        }
    }
    for last in (1..heap.len()).rev() {
        heap.swap(0, last);
        sink(&mut heap[..last], &worse);
    }
    heap
}

/// Moves the top of a heap down to its place.
fn sink<T>(heap: &mut [T], worse: &impl Fn(&T, &T) -> bool) {
    let mut at = 0;
    while 2 * at + 1 < heap.len() {
        let (left, right) = (2 * at + 1, 2 * at + 2);
        let child = if right < heap.len() && worse(&heap[right], &heap[left]) { right } else { left };
        if !worse(&heap[child], &heap[at]) {
            return;
        }
        heap.swap(at, child);
        at = child;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plainly(a: &str, b: &str) -> Ordering {
        plain(&PlainKey::new(a), &PlainKey::new(b))
    }

    #[test]
    fn durations_are_numbers_only_when_the_best_are_kept() {
        assert_eq!(plainly("1h", "90m"), Ordering::Less);
        assert_eq!(typed("1h", "90m"), Ordering::Less.reverse().reverse());
        assert_eq!(typed("2h", "90m"), Ordering::Greater);
        assert_eq!(plainly("2h", "90m"), Ordering::Less);
    }

    #[test]
    fn addresses_and_floats_are_numbers_in_both() {
        assert_eq!(plainly("10.0.0.10", "10.0.0.9"), Ordering::Greater);
        assert_eq!(plainly("-20", "-3"), Ordering::Less);
        assert_eq!(plainly("0", "0.5"), Ordering::Less);
    }

    #[test]
    fn a_negative_zero_is_a_zero() {
        for (a, b) in [("0", "-0.0"), ("-0.0", "0.0")] {
            assert_eq!((plainly(a, b), typed(a, b)), (Ordering::Equal, Ordering::Equal), "{a} {b}");
        }
        assert_eq!(typed("-0.1", "0"), Ordering::Less);
    }

    #[test]
    fn natural_reads_digit_runs() {
        assert_eq!(natural("a9", "a10"), Ordering::Less);
        assert_eq!(natural("a09", "a9"), Ordering::Greater);
        assert_eq!(natural("a1", "a b"), Ordering::Less);
        assert_eq!(natural("", "x"), Ordering::Less);
        assert_eq!(natural("x99999999999999999999999", "x100000000000000000000000"), Ordering::Greater);
    }

    #[test]
    fn runs_that_may_not_fit_are_text() {
        for (a, b, want) in [
            ("18446744073709551615", "5%", Ordering::Less),
            ("18446744073709551610", "5%", Ordering::Less),
            ("18446744073709551609", "5%", Ordering::Greater),
            ("1844674407370955161", "5%", Ordering::Greater),
            ("9", "18446744073709551610x", Ordering::Greater),
            ("a018446744073709551615", "a5%", Ordering::Less),
        ] {
            assert_eq!((natural(a, b), natural(b, a)), (want, want.reverse()), "{a} {b}");
        }
    }

    #[test]
    fn an_address_is_text_where_the_best_are_kept() {
        for (a, b) in [("9.0.0.1", "1000"), ("1.2.3.4", "1.5KiB"), ("9.0.0.1", "10.0.0.1"), ("10.0.0.1", "90m")] {
            assert_eq!((typed(a, b), typed(b, a)), (Ordering::Less, Ordering::Greater), "{a} {b}");
        }
    }

    #[test]
    fn a_heap_keeps_the_best() {
        let best = |n: usize| heap_sort([5, 3, 9, 1, 7, 3].into_iter(), n, &i32::cmp);
        assert_eq!((best(0), best(2), best(9)), (vec![], vec![1, 3], vec![1, 3, 3, 5, 7, 9]));
    }

    #[test]
    fn a_heap_goes_its_way_round_a_circle() {
        // 1 < 1-002 < 01, and 01 is as good as 1.
        let sorted = |items: [&'static str; 3]| heap_sort(items.into_iter(), 9, &|a, b| typed(a, b));
        assert_eq!(sorted(["1", "01", "1-002"]), ["01", "1", "1-002"]);
        assert_eq!(sorted(["1-002", "1", "01"]), ["1", "1-002", "01"]);
    }

    #[test]
    fn the_sort_is_stable_and_takes_any_order() {
        let sorted = merge_sort(vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')], &|a, b| a.0.cmp(&b.0));
        assert_eq!(sorted, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        assert_eq!(merge_sort(vec![3, 1, 2], &|_, _| Ordering::Less).len(), 3);
        let sorted = insertion_sort(vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')], &|a, b| a.0.cmp(&b.0));
        assert_eq!(sorted, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }
}
