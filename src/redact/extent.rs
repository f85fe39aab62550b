//! Extents of values: where a quoted, an unquoted or a header value ends. Linear over a whole text, whatever it holds.

use super::colour;

/// A value between quotes that may be escaped any number of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub mark: u8,
    /// Backslashes before each quote: 0, 1, 3, 7 for zero to three levels of JSON in a string.
    pub slashes: usize,
}

/// Backslashes that are read before a quote: twelve levels of JSON in JSON.
pub const SLASHES: usize = 4095;

/// Backslashes at a place, as many as are read before a quote.
pub fn slashes_at(text: &[u8], at: usize) -> usize {
    text[at..].iter().take(SLASHES).take_while(|b| **b == b'\\').count()
}

/// Backslashes before a place, as many as are read before a quote.
pub fn slashes_before(text: &[u8], at: usize) -> usize {
    slashes_ending(&text[at.saturating_sub(SLASHES)..at])
}

/// All backslashes that a text ends in.
pub fn slashes_ending(text: &[u8]) -> usize {
    text.iter().rev().take_while(|b| **b == b'\\').count()
}

/// The quote that opens at `at`, and the place after it.
pub fn opening(text: &[u8], at: usize) -> Option<(Quote, usize)> {
    let slashes = slashes_at(text, at);
    match text.get(at + slashes) {
        Some(&mark @ (b'"' | b'\'' | b'`')) => Some((Quote { mark, slashes }, at + slashes + 1)),
        _ => None,
    }
}

/// Length of the line end at a place: a line feed, or the letter that stands for one behind escapes of any depth.
pub fn line_break(text: &[u8], at: usize) -> usize {
    match text.get(at) {
        Some(b'\n' | b'\r') => 1,
        Some(b'\\') => {
            let slashes = slashes_at(text, at);
            if matches!(text.get(at + slashes), Some(b'n' | b'r')) { slashes + 1 } else { 0 }
        }
        _ => 0,
    }
}

/// Where the next byte stands that ends a text, or the line of one; or the end of all.
pub fn line_or(text: &[u8], from: usize, ends: impl Fn(u8) -> bool) -> usize {
    let mut at = from;
    while at < text.len() && !ends(text[at]) && line_break(text, at) == 0 {
        // A row of backslashes is read once.
        at += slashes_at(text, at).max(1);
    }
    at
}

/// The end of a value that stops at a quote: without the backslashes that belong to the quote.
pub fn before_quote(text: &[u8], from: usize, quote: usize) -> usize {
    if text.get(quote) != Some(&b'"') {
        return quote;
    }
    let slashes = slashes_ending(&text[from..quote]);
    quote - ((1 << slashes.trailing_ones()) - 1)
}

/// The quotes of a text and the strings they open, one within another.
///
/// In a decoded view the quote that ends a string looks like those within it. So whatever a view shows is held against the
/// quotes of the text itself: it ends where the innermost string around its beginning does.
pub struct Strings {
    marks: Vec<Mark>,
    /// The text is a row: outside its strings no value begins.
    row: bool,
}

/// A double quote, or the end of a line, behind which no string goes on.
struct Mark {
    at: usize,
    /// How often it is escaped; nothing for the end of a line.
    level: Option<u32>,
    /// The deepest string that is open behind it.
    open: Option<u32>,
}

impl Strings {
    /// Reads a text once.
    pub fn of(text: &[u8]) -> Strings {
        let (mut open, mut last) = (0_u32, 0);
        let marks = memchr::memchr2_iter(b'"', b'\n', text).map(|at| {
            let level = (text[at] == b'"').then(|| slashes_ending(&text[last..at]).trailing_ones());
            // A quote ends the strings within the one it ends or begins.
            open = level.map_or(0, |level| (open & ((2 << level) - 1)) ^ (1 << level));
            last = at + 1;
            Mark { at, level, open: open.checked_ilog2() }
        });
        Strings { marks: marks.collect(), row: text.starts_with(b"{\"") }
    }

    /// The end of a range that does not leave the innermost string around its beginning, with the escape of the quote that
    /// ends it left outside. A range that begins behind the end of a string of a row is empty.
    pub fn within(&self, start: usize, end: usize) -> usize {
        let next = self.marks.partition_point(|mark| mark.at < start);
        let last = next.checked_sub(1).map(|n| &self.marks[n]);
        if self.row && last.is_some_and(|last| last.open.is_none() || last.at + 1 == start && last.open < last.level) {
            return start;
        }
        let Some(deepest) = last.and_then(|last| last.open) else { return end };
        let own = |mark: &Mark| mark.at + 1 - mark.level.map_or(1, |level| 1 << level);
        // A deeper quote is passed over, but never cut off from its backslashes.
        let ends = |mark: &&Mark| mark.level.is_some_and(|level| level <= deepest || mark.at >= end);
        let reach = self.marks[next..].iter().take_while(|mark| mark.at < end + SLASHES);
        reach.filter(|mark| own(mark) < end).find(ends).map_or(end, own)
    }
}

/// Remembers where the last values ended, so that a text that opens a value at every byte is still read once.
#[derive(Default)]
pub struct Ends {
    quoted: [Option<(Quote, usize, usize)>; 4],
    next: usize,
    unquoted: (usize, usize),
    header: (usize, usize),
    semicolon: (usize, usize),
    equals: (usize, usize),
    bracket: (usize, usize),
    line: (usize, usize),
}

impl Ends {
    /// End of the value that begins at `from` inside `quote`; without a closing quote, the end of the line.
    pub fn quoted(&mut self, text: &[u8], from: usize, quote: Quote) -> usize {
        let known = self.quoted.iter().flatten().find(|(q, start, end)| *q == quote && (*start..=*end).contains(&from));
        if let Some((_, _, end)) = known {
            return *end;
        }
        let end = close(text, from, quote);
        self.quoted[self.next % 4] = Some((quote, from, end));
        self.next += 1;
        end
    }

    /// End of a bare value: white space, a quote, a backslash escape, a colour, `&`, or a separator that something follows.
    pub fn unquoted(&mut self, text: &[u8], from: usize) -> usize {
        if !(self.unquoted.0..self.unquoted.1).contains(&from) {
            self.unquoted = (from, bare(text, from));
        }
        self.unquoted.1
    }

    /// Where the line ends.
    pub fn line(&mut self, text: &[u8], from: usize) -> usize {
        next(&mut self.line, from, || memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |n| from + n))
    }

    /// Where the next semicolon stands, or the end of the text.
    pub fn semicolon(&mut self, text: &[u8], from: usize) -> usize {
        next(&mut self.semicolon, from, || memchr::memchr(b';', &text[from..]).map_or(text.len(), |n| from + n))
    }

    /// Where the next equals sign stands, or the end of the text.
    pub fn equals(&mut self, text: &[u8], from: usize) -> usize {
        next(&mut self.equals, from, || memchr::memchr(b'=', &text[from..]).map_or(text.len(), |n| from + n))
    }

    /// Where the next bracket closes, unless a quote or a line end stands before it; or the end of the text.
    pub fn bracket(&mut self, text: &[u8], from: usize) -> usize {
        let search = || memchr::memchr3(b']', b'\n', b'"', &text[from..]).map_or(text.len(), |n| from + n);
        next(&mut self.bracket, from, search)
    }

    /// End of a header's value: the end of the line or of the string that holds it.
    pub fn header(&mut self, text: &[u8], from: usize) -> usize {
        if !(self.header.0..self.header.1).contains(&from) {
            let stop = |at: usize| match text[at] {
                b'\n' | b'\r' | b'"' | b'\'' | b'`' => true,
                b'\\' => matches!(text.get(at + 1), Some(b'n' | b'r' | b'"' | b'\'' | b'\\')),
                _ => false,
            };
            self.header = (from, (from..text.len()).find(|&at| stop(at)).unwrap_or(text.len()));
        }
        self.header.1
    }
}

/// A place found earlier if nothing lies between it and `from`, or else one that is looked for and remembered.
fn next(known: &mut (usize, usize), from: usize, search: impl FnOnce() -> usize) -> usize {
    if !(known.0..known.1).contains(&from) {
        *known = (from, search());
    }
    known.1
}

fn close(text: &[u8], from: usize, quote: Quote) -> usize {
    let mut at = from;
    // In binary the row of backslashes ends in as many ones as the quote is deep in strings; one more is an escaped quote
    // of ours.
    let depth = (quote.slashes + 1).ilog2();
    while let Some(hit) = memchr::memchr3(quote.mark, b'"', b'\n', &text[at..]).map(|n| at + n) {
        if text[hit] == b'\n' {
            return hit;
        }
        let slashes = slashes_ending(&text[from..hit]);
        let own = (1 << slashes.trailing_ones()) - 1;
        let closes = text[hit] == quote.mark && slashes.trailing_ones() <= depth;
        if closes || text[hit] != quote.mark && ends_string(text, hit, own) {
            return hit - own;
        }
        at = hit + 1;
    }
    text.len()
}

/// The double quote ends a JSON string around a value in other quotes: `"msg":"… token='cut","level":"…"`.
fn ends_string(text: &[u8], at: usize, slashes: usize) -> bool {
    let next = text.get(at + 2..).unwrap_or_default();
    match text.get(at + 1) {
        Some(b',') => next.iter().take(slashes).all(|b| *b == b'\\') && next.get(slashes) == Some(&b'"'),
        Some(b'}') => matches!(next.first(), None | Some(b'\n' | b'"' | b'\\' | b'}' | b']' | b',')),
        _ => false,
    }
}

fn bare(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() {
        match text[at] {
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'&' | b'<' | b'>' | b'|' => break,
            0x1b => break,
            b'^' | b'#' | b'%' if colour::spelled(&text[at..]).is_some() => break,
            b'\\' => {
                // A row of them belongs to the quote behind it; single ones begin an escape, pairs are one.
                let slashes = slashes_at(text, at);
                let ends = match text.get(at + slashes) {
                    Some(b'"' | b'\'') => true,
                    None | Some(b'n' | b'r' | b't' | b'u') => slashes % 2 == 1,
                    Some(_) => false,
                };
                if ends || colour::spelled(&text[at..]).is_some() {
                    break;
                }
                at += slashes - 1;
            }
            b',' | b';' | b')' | b']' | b'}' if ends_value(text, at) => break,
            _ => {}
        }
        at += 1;
    }
    at
}

/// A separator ends a value when nothing, another closer, or the next pair follows.
fn ends_value(text: &[u8], at: usize) -> bool {
    match text.get(at + 1) {
        None
        | Some(
            b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\' | b')' | b']' | b'}' | b',' | b';' | b':' | b'<',
        ) => true,
        Some(_) if matches!(text[at], b',' | b';') => {
            let name = text[at + 1..]
                .iter()
                .take(40)
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b' '))
                .count();
            name > 0 && matches!(text.get(at + 1 + name), Some(b'=' | b':'))
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_close_at_their_own_level() {
        for (text, inner) in [
            (r#""a\"b" x"#, r#"a\"b"#),
            (r#"\"a\\\"b\" x"#, r#"a\\\"b"#),
            (r#"\\\"ab\\\" x"#, "ab"),
            (r#""ab\\" x"#, r#"ab\\"#),
            (r#"'ab' x"#, "ab"),
            (r#""cut"#, "cut"),
            (r#"\"ab\\","c":"d""#, r"ab\\"),
            (r#"\\\"ab\\\\\" x"#, r"ab\\\\"),
        ] {
            let (quote, from) = opening(text.as_bytes(), 0).expect("a quote");
            let end = Ends::default().quoted(text.as_bytes(), from, quote);
            assert_eq!(&text[from..end], inner, "{text}");
        }
    }

    #[test]
    fn a_views_value_ends_with_the_string_around_it() {
        for (before, inner, behind) in [
            (r#"{"_msg":"\"t\":\""#, r#"xn\\\": \\"#, r#"","next":"b"}"#),
            (r#"{"_msg":"\u0022t\u0022:\u0022"#, r#"xn\\\": \\"#, r#"","next":"b"}"#),
            (r#"{"t":""#, r"ab\\", r#"","next":"b"}"#),
            (r#"{"t":""#, r#"a\"b"#, r#"","next":"b"}"#),
            (r#"{"n":"{\"e\":\"t:\\\""#, r#"%5C"#, r#"\\\",\"n\":1}"}"#),
            (r#"{"n":"{\"e\":\""#, r#"a\\\"b%5C"#, r#"\",\"n\":1}"}"#),
        ] {
            let text = [before, inner, behind].concat();
            let (start, end) = (before.len(), before.len() + inner.len());
            let strings = Strings::of(text.as_bytes());
            for reach in end..=text.len() {
                assert_eq!(strings.within(start, reach), end, "{text} {reach}");
            }
        }
        assert_eq!(Strings::of(br#"say "ab" x"#).within(5, 7), 7);
        assert_eq!(Strings::of(br#"say "ab" x"#).within(8, 10), 10);
        assert_eq!(Strings::of(br#"{"m":"a","b":1}"#).within(8, 13), 8);
        assert_eq!(Strings::of(br#"{m:"a" b:cd}"#).within(9, 11), 11);
        assert_eq!(Strings::of(br#"{"m":"{\"a\":\"b\",\"c\":1}"}"#).within(18, 24), 18);
        assert_eq!(Strings::of(br#"{"m":"a\\\"b"}"#).within(6, 9), 7, "among the backslashes of a deeper quote");
        assert_eq!(Strings::of(b"say \"\nab \"c").within(7, 8), 8);
    }

    #[test]
    fn line_ends_and_quotes_are_read_as_deep_as_each_other() {
        for level in 0..12 {
            let slashes = "\\".repeat((1 << level) - 1);
            assert!(opening(format!("{slashes}\"a").as_bytes(), 0).is_some(), "{level}");
            let text = format!("ab{slashes}\\nc");
            assert_eq!(line_break(text.as_bytes(), 2), slashes.len() + 2, "{level}");
            assert_eq!(line_or(text.as_bytes(), 0, |b| b == b'"'), 2, "{level}");
        }
        for (text, end) in [("ab\\\\\"c", 4), (r"ab\\tc\x", 8), ("ab\nc\"", 2), ("", 0)] {
            assert_eq!(line_or(text.as_bytes(), 0, |b| b == b'"'), end, "{text}");
        }
        // A row of them that ends a string may be longer than any that opens one.
        let text = [&b"{\"t\":\"ab"[..], &[b'\\'; 4096], b"\",\"next\":\"c\"}"].concat();
        assert_eq!(Strings::of(&text).within(6, text.len() - 3), 8 + 4096);
    }

    #[test]
    fn bare_values_are_greedy_up_to_the_next_pair() {
        for (text, value) in [
            ("abc&d=e", "abc"),
            ("ab,c;d x", "ab,c;d"),
            ("abc;User=x", "abc"),
            ("abc, d", "abc"),
            ("abc)", "abc"),
            (r#"abc\nx"#, "abc"),
            (r#"abc\\def x"#, r#"abc\\def"#),
            (r#"abc\" x"#, "abc"),
        ] {
            assert_eq!(&text[..Ends::default().unquoted(text.as_bytes(), 0)], value, "{text}");
        }
    }
}
