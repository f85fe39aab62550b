//! Tokens that say what they are: by their prefix, by a path before them, by a mark in their middle.

use super::super::alphabet::Alphabet;
use super::super::extent;
use super::super::judge;
use super::super::kinds::{KINDS, Kind, Strength};
use super::super::shapes;
use super::super::span::Proof;
use super::Pass;
use super::edges::{after_escape, field_ends, is_elided, left_edge, trimmed};
use std::cmp::Reverse;
use std::sync::LazyLock;

/// A prefix, and its kind.
type Prefixed = (&'static [u8], &'static Kind);

/// Kinds and their prefixes by the first byte of these.
static BY_FIRST_BYTE: LazyLock<[Vec<Prefixed>; 256]> = LazyLock::new(|| {
    let mut table = [const { Vec::new() }; 256];
    for kind in KINDS {
        let prefixes = kind.prefixes.iter().map(|prefix| prefix.as_bytes());
        prefixes.for_each(|prefix| table[usize::from(prefix[0])].push((prefix, kind)));
    }
    table
});

impl Pass<'_, '_> {
    pub(super) fn prefix(&mut self, kind: &Kind, start: usize, end: usize, length: usize) {
        let text = self.text;
        let prefix = &text[start..end];
        if !kind.prefixes.iter().any(|p| p.len() == length && p.as_bytes() == prefix) {
            return;
        }
        let joined = start > 0 && matches!(text[start - 1], b'_' | b'-' | b'+');
        if kind.strength != Strength::Sure && !left_edge(text, start) || kind.strength == Strength::Weak && joined {
            return;
        }
        let stop = self.run_end(kind.tail, end).max(end);
        let stop = end + trimmed(&text[end..stop]);
        let tail = &text[end..stop];
        let cut = field_ends(text, stop);
        let least = if cut { least_tail(kind, prefix) } else { kind.min };
        let begun = || cut && begins_a_token(kind, prefix, tail, is_elided(text, stop));
        if tail.len() < least || !(tail.len() >= kind.min && believable(kind, prefix, tail) || begun()) {
            return;
        }
        if kind.name == "pkcs-key" && self.in_public(start) {
            return;
        }
        let own = most_specific(&text[start..stop]).map_or(kind, |(_, own)| own);
        // A mark in the middle of a token: what stands before it belongs to it.
        let inner = if prefix[0] == b'.' {
            text[..start].iter().rev().take(16).take_while(|b| b.is_ascii_alphanumeric()).count()
        } else {
            0
        };
        // The letter of `\b` may look like the first of a prefix.
        self.mask(after_escape(text, start - inner).min(stop), stop, own.name, Proof::Shape);
        // Much shorter than usual, and the line ends: the rest may stand on the next one.
        if tail.len() * 4 < own.sample * 3
            && own.strength != Strength::Weak
            && let Some((from, to)) = self.continued(stop, own.tail)
            && tail.len() + (to - from) <= own.sample * 2
        {
            self.mask(from, to, own.name, Proof::Shape);
        }
    }

    /// What follows a token that a line end cut in two, a `\` before it, or the joint of two strings: `" + "`. It has to be
    /// in disorder itself and no name of something.
    fn continued(&mut self, stop: usize, tail: Alphabet) -> Option<(usize, usize)> {
        let text = self.text;
        let from = match extent::opening(text, stop) {
            Some((quote, after)) => {
                let plus = after + self.gap(after);
                let next = plus + 1;
                let next =
                    next + if text.get(plus) == Some(&b'+') { self.gap(next.min(text.len())) } else { return None };
                extent::opening(text, next.min(text.len())).filter(|(own, _)| *own == quote)?.1
            }
            None => {
                let at = stop + usize::from(text[stop..].starts_with(b"\\\n") || text[stop..].starts_with(b"\\\r"));
                let gap = self.gap(at);
                if gap == 0 || extent::line_break(text, at) == 0 {
                    return None;
                }
                at + gap
            }
        };
        let to = from + trimmed(&text[from..self.run_end(tail, from)]);
        let ends = !matches!(text.get(to), Some(b':' | b'=' | b'/' | b'@'));
        (ends && judge::is_no_word(&text[from..to])).then_some((from, to))
    }

    pub(super) fn azure(&mut self, start: usize, end: usize) {
        let text = self.text;
        let shaped = start >= 4
            && text[start - 1].is_ascii_digit()
            && text[start - 4..start].iter().all(|&b| Alphabet::Dotted.has(b));
        let stop = self.run_end(Alphabet::Dotted, end);
        let least = if field_ends(text, stop) { 8 } else { 24 };
        if shaped && &text[start..end] == b"Q~" && stop - end >= least {
            self.mask(start - 4, end + trimmed(&text[end..stop]), "azure-client-secret", Proof::Shape);
        }
    }

    /// What follows a telling path segment: `/bot123:SECRET/`, `/services/T0/B0/SECRET`.
    pub(super) fn path(&mut self, kind: &'static str, end: usize) {
        let text = self.text;
        if kind == "telegram-token" {
            let digits = text[end..].iter().take(16).take_while(|b| b.is_ascii_digit()).count();
            let colon = end + digits;
            let sign = if text[colon..].starts_with(b":") {
                1
            } else if text[colon..].len() > 2 && text[colon..colon + 3].eq_ignore_ascii_case(b"%3a") {
                3
            } else {
                0
            };
            if digits >= 5 && sign > 0 {
                let stop = Alphabet::Url.end(text, colon + sign);
                if stop - colon > 8 {
                    self.mask(end, stop, kind, Proof::Shape);
                }
            }
            return;
        }
        let stop = text[end..]
            .iter()
            .take(400)
            .position(|b| !(Alphabet::Compound.has(*b) || *b == b'@'))
            .map_or(text.len().min(end + 400), |n| end + n);
        if stop - end >= 16 {
            self.mask(end, stop, kind, Proof::Shape);
        }
    }

    /// `123456789012345|…` of an application, `00D…!…` of an organisation, `1234567890:AA…` of a bot.
    pub(super) fn joint(&mut self, start: usize, end: usize) {
        let text = self.text;
        let before = |f: fn(&u8) -> bool| text[..start].iter().rev().take(18).take_while(|b| f(b)).count();
        let tail = self.run_end(Alphabet::Dotted, end) - end;
        if text[start] == b'!' {
            let id = before(u8::is_ascii_alphanumeric);
            let id = start - after_escape(text, start - id);
            if id == 15 && text[start - id..].starts_with(b"00") && tail >= 60 {
                self.mask(start - id, end + trimmed(&text[end..end + tail]), "salesforce-token", Proof::Shape);
            }
            return;
        }
        let id = before(u8::is_ascii_digit);
        if text[start] == b':' {
            let stop = self.run_end(Alphabet::Url, end);
            let least = if field_ends(text, stop) { 5 } else { 30 };
            if (8..=10).contains(&id) && &text[start..end] == b":AA" && stop - end >= least {
                self.mask(start - id, stop, "telegram-token", Proof::Shape);
            }
            return;
        }
        let value = &text[end..end + tail.min(64)];
        if (15..=16).contains(&id) && (27..=40).contains(&tail) && shapes::is_secretish(value) {
            self.mask(start - id, end + tail, "facebook-token", Proof::Shape);
        }
    }

    /// Forty characters within two hundred bytes of an access key id are its secret.
    pub(super) fn aws_secrets(&mut self) {
        let ids: Vec<(usize, usize)> =
            self.out[self.first..].iter().filter(|s| s.kind == "aws-key-id").map(|s| (s.start, s.end)).collect();
        for (start, end) in ids {
            let (low, high) = (start.saturating_sub(200), (end + 200).min(self.text.len()));
            let low =
                memchr::memrchr(b'\n', &self.text[low..start]).filter(|_| self.look.lines).map_or(low, |n| low + n + 1);
            let high =
                memchr::memchr(b'\n', &self.text[end..high]).filter(|_| self.look.lines).map_or(high, |n| end + n);
            let mut at = low;
            while at < high {
                let run = self.text[at..high]
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+'))
                    .count();
                let value = &self.text[at..at + run];
                let mixed = [u8::is_ascii_digit, u8::is_ascii_uppercase, u8::is_ascii_lowercase]
                    .iter()
                    .all(|f| value.iter().any(f));
                if run == 40 && mixed && !shapes::is_wordy(value) {
                    self.mask(at, at + run, "aws-secret", Proof::Shape);
                }
                at += run + 1;
            }
        }
    }
}

/// The kind with the longest prefix that the token begins with, and the length of that prefix. Of several with the same
/// one, the kind whose tail goes with the rest: its letters first, then its length; then the one of fewer letters.
pub(super) fn most_specific(token: &[u8]) -> Option<(usize, &'static Kind)> {
    let fitting = BY_FIRST_BYTE[usize::from(*token.first()?)].iter().filter(|(prefix, _)| token.starts_with(prefix));
    let tail = |length: usize, kind: &Kind| {
        let end = kind.tail.end(token, length);
        (end, end - length >= kind.min, Reverse(kind.tail as u8))
    };
    let longest = fitting.clone().map(|(prefix, _)| prefix.len()).max()?;
    let twins = fitting.filter(|(prefix, _)| prefix.len() == longest).map(|(_, kind)| (longest, *kind));
    twins.max_by_key(|(length, kind)| tail(*length, kind))
}

/// The shortest tail that is masked anywhere.
pub fn least_tail(kind: &Kind, prefix: &[u8]) -> usize {
    kind.min.min(least_of_a_cut(kind, prefix))
}

/// The shortest tail that is masked where its field ends: the rest may have been cut off.
fn least_of_a_cut(kind: &Kind, prefix: &[u8]) -> usize {
    match (kind.strength, prefix.len()) {
        (Strength::Weak, 3..) if !prefix[prefix.len() - 1].is_ascii_alphanumeric() => 8,
        (Strength::Weak, 3..) if prefix[0].is_ascii_uppercase() => 12,
        (Strength::Weak, _) | (_, 0..3) => usize::MAX,
        (_, 3) if prefix.ends_with(b"-") && prefix[0].is_ascii_lowercase() => usize::MAX,
        (_, _) if prefix.ends_with(b"-") && kind.tail == Alphabet::Hex => 12,
        (_, 3) => 8,
        _ => 4,
    }
}

/// Whether a tail may be the beginning of a token whose rest was cut off. `elided`: the text says so.
///
/// A few characters prove little: a word with a number behind it (`sk-proj-website2`, `npm_config`) is a name where its
/// field ends. Where a weak prefix stands, names of pods and classes begin so too: `api-7849e9cba9-x2k4p`, `pat.example.…`.
fn begins_a_token(kind: &Kind, prefix: &[u8], tail: &[u8], elided: bool) -> bool {
    let head = &tail[..tail.len().min(256)];
    let has = |f: fn(&u8) -> bool| head.iter().any(f);
    let (digit, upper, lower) = (has(u8::is_ascii_digit), has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let inside = head.windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
    let mixed = digit && upper && lower;
    match kind.strength {
        Strength::Weak => mixed && (inside || !shapes::is_wordy(head)),
        _ if kind.tail == Alphabet::Upper => head.len() >= 8 && (digit || elided),
        _ if head.len() < 8 => believable(kind, prefix, head),
        _ if prefix.len() >= 6 => inside || upper && lower || believable(kind, prefix, head),
        _ => mixed || inside && prefix.len() >= 4 || believable(kind, prefix, head),
    }
}

/// Whether the tail goes with the prefix.
pub(super) fn believable(kind: &Kind, prefix: &[u8], tail: &[u8]) -> bool {
    let head = &tail[..tail.len().min(256)];
    let random = !shapes::is_wordy(head);
    match kind.strength {
        Strength::Weak => {
            let digits = head.iter().any(u8::is_ascii_digit);
            let mixed = head.iter().any(u8::is_ascii_uppercase) && head.iter().any(u8::is_ascii_lowercase);
            random && (digits || mixed) && if shapes::is_uuid(head) { prefix.ends_with(b"-") } else { !is_slug(head) }
        }
        Strength::Edge | Strength::Sure => {
            let digits = head.iter().filter(|b| b.is_ascii_digit()).count();
            let telling = if prefix.len() >= 6 { 1 } else { 2 };
            random
                || kind.tail == Alphabet::Upper && head.len() == 16
                || digits >= telling && head.len() >= 12
                || prefix.len() >= 5 && head.len() >= 12 && head.iter().all(u8::is_ascii_alphanumeric)
                || head.len() >= 24 && !is_slug(head)
        }
    }
}

/// `lower-case-words-and-hex-0a1b`: a name of something, not a token.
fn is_slug(head: &[u8]) -> bool {
    let pieces = head.split(|b| !b.is_ascii_alphanumeric()).count();
    let word = |p: &&[u8]| p.len() >= 4 && !p.iter().all(u8::is_ascii_hexdigit) && shapes::is_wordy(p);
    let words = head.split(|b| !b.is_ascii_alphanumeric()).filter(word).count();
    pieces >= 3 && words * 2 > pieces
}
