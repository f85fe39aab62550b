//! Extents of values: where a quoted, an unquoted or a header value ends. Linear over a whole text, whatever it holds.

/// A value between quotes that may be escaped any number of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub mark: u8,
    /// Backslashes before each quote: 0, 1, 3, 7 for zero to three levels of JSON in a string.
    pub slashes: usize,
}

/// Backslashes that are read before a quote: twelve levels of JSON in JSON.
pub const SLASHES: usize = 4095;

/// The quote that opens at `at`, and the place after it.
pub fn opening(text: &[u8], at: usize) -> Option<(Quote, usize)> {
    let slashes = text[at..].iter().take(SLASHES).take_while(|&&b| b == b'\\').count();
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
            let slashes = text[at..].iter().take(64).take_while(|&&b| b == b'\\').count();
            if matches!(text.get(at + slashes), Some(b'n' | b'r')) { slashes + 1 } else { 0 }
        }
        _ => 0,
    }
}

/// The end of a value that stops at a quote: without the backslashes that belong to the quote.
pub fn before_quote(text: &[u8], from: usize, quote: usize) -> usize {
    if text.get(quote) != Some(&b'"') {
        return quote;
    }
    let slashes = text[from..quote].iter().rev().take_while(|&&b| b == b'\\').count();
    quote - ((1 << slashes.trailing_ones()) - 1)
}

/// The end of a quoted value that a decoded view shows, no further than the text itself lets it go: behind an escape that
/// was taken off, the quote that ends the string around the value looks like one within it. `start` and `end` are places
/// in the text.
pub fn closed(text: &[u8], start: usize, end: usize) -> usize {
    let deep = |from: usize, quote: usize| {
        text[from..quote].iter().rev().take(SLASHES).take_while(|&&b| b == b'\\').count().trailing_ones()
    };
    // A quote that was written as an escape says nothing of its depth. If another kind of quote closes it, any may.
    let depth = match text[..start].last() {
        Some(b'"') => deep(0, start - 1),
        _ if opening(text, end).is_some_and(|(quote, _)| quote.mark == b'"') => u32::MAX,
        _ => 0,
    };
    memchr::memchr_iter(b'"', &text[start..end])
        .map(|n| start + n)
        .find(|&quote| deep(start, quote) <= depth)
        .map_or(end, |quote| before_quote(text, start, quote))
}

/// Remembers where the last values ended, so that a text that opens a value at every byte is still read once.
#[derive(Default)]
pub struct Ends {
    quoted: [Option<(Quote, usize, usize)>; 4],
    next: usize,
    unquoted: (usize, usize),
    header: (usize, usize),
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

    /// End of a bare value: white space, a quote, a backslash escape, `&`, or a separator that something follows.
    pub fn unquoted(&mut self, text: &[u8], from: usize) -> usize {
        if !(self.unquoted.0..self.unquoted.1).contains(&from) {
            self.unquoted = (from, bare(text, from));
        }
        self.unquoted.1
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

fn close(text: &[u8], from: usize, quote: Quote) -> usize {
    let mut at = from;
    let line = memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |n| from + n);
    // In binary the row of backslashes ends in as many ones as the quote is deep in strings; one more is an escaped quote
    // of ours.
    let depth = (quote.slashes + 1).ilog2();
    while let Some(hit) = memchr::memchr2(quote.mark, b'"', &text[at..line]).map(|n| at + n) {
        let slashes = text[from..hit].iter().rev().take_while(|&&b| b == b'\\').count();
        let own = (1 << slashes.trailing_ones()) - 1;
        let closes = text[hit] == quote.mark && slashes.trailing_ones() <= depth;
        if closes || text[hit] != quote.mark && ends_string(text, hit, own) {
            return hit - own;
        }
        at = hit + 1;
    }
    line
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
            b'\\' => {
                // A row of them belongs to the quote behind it; single ones begin an escape, pairs are one.
                let slashes = text[at..].iter().take(SLASHES).take_while(|&&b| b == b'\\').count();
                let ends = match text.get(at + slashes) {
                    Some(b'"' | b'\'') => true,
                    None | Some(b'n' | b'r' | b't' | b'u') => slashes % 2 == 1,
                    Some(_) => false,
                };
                if ends {
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
        ] {
            let text = [before, inner, behind].concat();
            let (start, end) = (before.len(), before.len() + inner.len());
            assert_eq!(closed(text.as_bytes(), start, text.len()), end, "{text}");
        }
        assert_eq!(closed(br#"say "ab" x"#, 5, 7), 7);
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
