//! `INSERT INTO users (name, password) VALUES ('ada', '…')`: the names stand in a list of their own.

use super::super::extent;
use super::super::judge::{self, Slot};
use super::super::keys::{self, Gate, Rule};
use super::{JUDGED, Pass, overlong};

/// Columns and rows that are looked at.
const COLUMNS: usize = 64;
const ROWS: usize = 256;
/// Bytes of the name of a table, or of a value.
const TABLE: usize = 160;
const VALUE: usize = 8192;

impl Pass<'_, '_> {
    /// What follows `INSERT INTO `.
    pub(super) fn insert(&mut self, end: usize) {
        let text = self.text;
        let table =
            |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'`' | b'"' | b'\\' | b'[' | b']');
        let behind = end + text[end..].iter().take(TABLE).take_while(table).count();
        let Some((rules, behind)) = self.columns(behind + self.gap(behind)) else { return };
        if rules.iter().all(Option::is_none) {
            return;
        }
        let word = behind + self.gap(behind);
        if !text.get(word..word + 6).is_some_and(|word| word.eq_ignore_ascii_case(b"values")) {
            return;
        }
        let mut at = word + 6;
        for _ in 0..ROWS {
            at += self.gap(at);
            match self.row(&rules, at) {
                Some(behind) => at = behind + self.gap(behind),
                None => return,
            }
            if text.get(at) != Some(&b',') {
                return;
            }
            at += 1;
        }
    }

    /// `(name, "password")`: what each name says of its values, and the place behind the list.
    fn columns(&self, open: usize) -> Option<(Vec<Option<Rule>>, usize)> {
        let text = self.text;
        let mut at = (text.get(open) == Some(&b'(')).then_some(open + 1)?;
        let mut rules = Vec::new();
        while rules.len() < COLUMNS {
            at += self.gap(at);
            let from =
                extent::opening(text, at).map_or(at + usize::from(text.get(at) == Some(&b'[')), |(_, from)| from);
            let word = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.');
            let to = from + text.get(from..)?.iter().take(keys::LONGEST).take_while(word).count();
            let behind =
                extent::opening(text, to).map_or(to + usize::from(text.get(to) == Some(&b']')), |(_, next)| next);
            if to == from {
                return None;
            }
            // A statement that is logged speaks of passwords, not of headers.
            rules.push(
                keys::rule(&text[from..to])
                    .filter(|r| !matches!(r.gate, Gate::Authorization | Gate::Cookie | Gate::Each)),
            );
            at = behind + self.gap(behind);
            match text.get(at)? {
                b',' => at += 1,
                b')' => return Some((rules, at + 1)),
                _ => return None,
            }
        }
        None
    }

    /// `('ada', crypt('…', 'bf'), 3)`: masks what stands under the names, and returns the place behind it.
    fn row(&mut self, rules: &[Option<Rule>], open: usize) -> Option<usize> {
        let text = self.text;
        let mut at = (text.get(open) == Some(&b'(')).then_some(open + 1)?;
        let (mut column, mut depth, mut seen) = (0, 0_usize, false);
        let stop = text.len().min(open + COLUMNS * VALUE);
        while at < stop {
            match text[at] {
                b'\'' => {
                    let (end, closed) = literal(text, at + 1);
                    // Of a function's arguments the first is what it is called for.
                    if let Some(rule) = rules.get(column).copied().flatten().filter(|_| !seen) {
                        self.cell(rule, at + 1, end);
                    }
                    if !closed {
                        return None;
                    }
                    (at, seen) = (end + 1, true);
                    continue;
                }
                b'(' => depth += 1,
                b')' if depth == 0 => return Some(at + 1),
                b')' => depth -= 1,
                b',' if depth == 0 => (column, seen) = (column + 1, false),
                b';' | b'"' => return None,
                b'\n' if self.look.lines => return None,
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn cell(&mut self, rule: Rule, start: usize, end: usize) {
        let whole = &self.text[start..end];
        let value = &whole[..whole.len().min(JUDGED)];
        if !is_template(value) && judge::is_secret(rule, Slot::Member, value, overlong(whole, value)) {
            self.note(start, end, rule.kind);
        }
    }
}

/// What a program puts the value in place of: `%s`, `:password`, `{password}`, `$password`.
fn is_template(value: &[u8]) -> bool {
    let word = |name: &[u8]| !name.is_empty() && name.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_');
    match value {
        [b'%', rest @ ..] => rest.len() <= 2 && word(rest),
        [b'{', name @ .., b'}'] => name.is_empty() || word(name),
        [b':' | b'$' | b'@', name @ ..] => word(name),
        _ => value == b"?",
    }
}

/// Where a literal ends, and whether it ends with its quote: `''` and a quote behind backslashes are in it. What is longer
/// than any value, or ends with the string that holds the statement, was cut.
fn literal(text: &[u8], from: usize) -> (usize, bool) {
    let stop = text.len().min(from + VALUE);
    let mut at = from;
    while let Some(next) = memchr::memchr3(b'\'', b'"', b'\n', &text[at..stop]).map(|n| at + n) {
        let escaped = next > from && text[next - 1] == b'\\';
        match text[next] {
            b'\'' if text.get(next + 1) == Some(&b'\'') => at = next + 2,
            b'\'' if !escaped => return (next, true),
            b'"' if !escaped && matches!(text.get(next + 1), None | Some(b',' | b'}' | b'\n')) => return (next, false),
            _ => at = next + 1,
        }
    }
    (stop, false)
}
