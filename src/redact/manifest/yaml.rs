//! Manifests in YAML, at any depth of strings.

use super::super::extent;
use super::{FRAMES, Found, MEMBERS, depth_of};

/// Reads YAML whose line breaks stand `depth` deep in strings. A quote of a string around it ends everything.
pub(super) fn read(found: Found<'_, '_>, depth: usize, peeled: bool, from: usize, to: usize) {
    let text = found.text;
    let mut lines = Lines { found, peeled, block: None };
    let (mut slashes, mut start) = (0_usize, from);
    for (at, &byte) in text.iter().enumerate().take(to).skip(from) {
        let before = slashes;
        slashes = if byte == b'\\' { before + 1 } else { 0 };
        let outside = match byte {
            b'"' => (before.trailing_ones() as usize) < depth,
            // No string goes on behind the end of a line.
            b'\n' => depth > 0,
            _ => false,
        };
        let breaks = match byte {
            b'\n' | b'\r' => true,
            // Line breaks of a text within this one are part of its line.
            b'n' | b'r' => depth_of(before) == Some(depth),
            _ => false,
        };
        if !outside && !breaks {
            continue;
        }
        lines.line(start, at - before);
        if outside {
            lines.end();
        }
        start = at + 1;
    }
    lines.line(start, to);
    lines.end();
}

/// YAML line by line.
struct Lines<'t, 'o> {
    found: Found<'t, 'o>,
    /// In a decoded view more than the manifest may stand in its last line.
    peeled: bool,
    /// Inside `data`: the column of that name, and the column of the names in it once one is seen.
    block: Option<(usize, Option<usize>)>,
}

impl Lines<'_, '_> {
    fn end(&mut self) {
        self.block = None;
        self.found.close_all();
    }

    fn line(&mut self, start: usize, end: usize) {
        let text = self.found.text;
        let content = |from: usize| from + text[from..end].iter().take_while(|b| **b == b' ').count();
        let mut at = content(start);
        let stop = at + text[at..end].trim_ascii_end().len();
        if at >= stop {
            return;
        }
        let mut column = at - start;
        if let Some((name, of)) = self.block {
            if column > name {
                let of = of.unwrap_or(column);
                self.block = Some((name, Some(of)));
                return self.held(at, stop, column == of);
            }
            self.block = None;
        }
        if text[at] == b'#' {
            return;
        }
        if column == 0 && text[at..stop].starts_with(b"---") {
            return self.end();
        }
        while text[at..stop].starts_with(b"- ") {
            self.leave(column + 1);
            at = content(at + 1);
            column = at - start;
        }
        self.leave(column + 1);
        let Some((name, value)) = pair(text, at, stop) else { return };
        if self.found.frames.last().is_none_or(|f| f.column < column) {
            if self.found.frames.len() >= FRAMES {
                return;
            }
            self.found.open(false, column);
        }
        let name = &text[name.0..name.1];
        if name == b"kind" {
            self.found.says(&text[value.0..value.1]);
        } else if MEMBERS.contains(&name) {
            self.block = Some((column, None));
            if !matches!(&text[value.0..value.1], b"{}" | b"~" | b"null") {
                self.found.value(value.0, value.1);
            }
        }
    }

    /// Ends the objects whose names stand at this column or behind it.
    fn leave(&mut self, column: usize) {
        while self.found.frames.last().is_some_and(|f| f.column >= column) {
            self.found.close();
        }
    }

    /// A line in the block of values: a name and its value, or more of the value before it.
    fn held(&mut self, at: usize, stop: usize, named: bool) {
        let text = self.found.text;
        match pair(text, at, stop).filter(|_| named) {
            Some((_, value)) if is_block_mark(&text[value.0..value.1]) => {}
            Some((_, value)) => {
                let mark = text[value.0 - 1];
                let quoted = self.peeled && matches!(mark, b'"' | b'\'');
                let ends = |&at: &usize| quoted && text[at] == mark && text[at - 1] != b'\\';
                self.found.value(value.0, (value.0..value.1).find(ends).unwrap_or(value.1));
            }
            None => self.found.value(at, stop),
        }
    }
}

/// `|`, `>-`, `|2+`: the value follows on lines of its own.
fn is_block_mark(value: &[u8]) -> bool {
    value.len() <= 3
        && matches!(value.first(), Some(b'|' | b'>'))
        && value[1..].iter().all(|b| matches!(b, b'-' | b'+' | b'1'..=b'9'))
}

/// The name and the value of a line, each without its quotes.
fn pair(text: &[u8], at: usize, stop: usize) -> Option<((usize, usize), (usize, usize))> {
    let colon = (at..stop).take(300).find(|&n| text[n] == b':' && (n + 1 == stop || text[n + 1] == b' '))?;
    let value = colon + 1 + text[colon + 1..stop].iter().take_while(|b| **b == b' ').count();
    Some((bare(text, at, colon), bare(text, value, stop)))
}

/// Without the quotes around it and the backslashes before them.
fn bare(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    match extent::opening(text, start) {
        Some((quote, from)) if from < end => {
            // Another quote at the end is part of the value, and so is half of its escape.
            let inner = (end - 1).saturating_sub(quote.slashes).max(from);
            let closed = extent::opening(text, inner) == Some((quote, end));
            (from, if closed { inner } else { end })
        }
        _ => (start, end),
    }
}
