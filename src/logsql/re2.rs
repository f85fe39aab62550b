//! RE2 expressions on this machine's engine: the store's classes are ASCII and its brackets plain.
//!
//! `\d`, `\w`, `\s` and `\b` mean ASCII there and Unicode here; inside brackets `[`, `&&`, `--` and `~~` are plain
//! characters there and operators here; `\<` is a `<` there and a word boundary here; `\Q…\E` quotes there.

use regex::{Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// Compiles an expression of the store's syntax, with a bounded size. `dot_all` lets a dot match a newline.
///
/// # Errors
/// What is wrong with the expression, in a few words.
pub fn compile(text: &str, dot_all: bool) -> Result<Regex, String> {
    RegexBuilder::new(&translate(text))
        .dot_matches_new_line(dot_all)
        .size_limit(4 << 20)
        .dfa_size_limit(8 << 20)
        .nest_limit(100)
        .build()
        .map_err(|e| match e {
            regex::Error::Syntax(text) => {
                text.lines().last().unwrap_or("syntax").trim_start_matches("error: ").to_owned()
            }
            other => other.to_string(),
        })
}

fn translate(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => escape(&mut rest, false, &mut out),
            '[' => class(&mut rest, &mut out),
            c => out.push(c),
        }
    }
    out
}

/// What follows a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, in_class: bool, out: &mut String) {
    let Some(c) = rest.next() else {
        out.push('\\');
        return;
    };
    match (c, in_class) {
        ('d', false) => out.push_str("[0-9]"),
        ('d', true) => out.push_str("0-9"),
        ('w', false) => out.push_str("[0-9A-Za-z_]"),
        ('w', true) => out.push_str("0-9A-Za-z_"),
        ('s', false) => out.push_str(r"[\t\n\f\r ]"),
        ('s', true) => out.push_str(r"\t\n\f\r "),
        ('D', _) => out.push_str("[^0-9]"),
        ('W', _) => out.push_str("[^0-9A-Za-z_]"),
        ('S', _) => out.push_str(r"[^\t\n\f\r ]"),
        ('b', false) => out.push_str(r"(?-u:\b)"),
        ('<' | '>', _) => out.push(c),
        ('Q', false) => literal(rest, out),
        (c, _) => {
            out.push('\\');
            out.push(c);
        }
    }
}

/// `\Q` was read: everything up to `\E` is plain text.
fn literal(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if c == '\\' && rest.peek() == Some(&'E') {
            rest.next();
            break;
        }
        text.push(c);
    }
    out.push_str(&regex::escape(&text));
}

/// `[` was read.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    if rest.peek() == Some(&'^') {
        out.extend(rest.next());
    }
    let mut first = true;
    while let Some(c) = rest.next() {
        match c {
            ']' if !first => {
                out.push(']');
                return;
            }
            '\\' => escape(rest, true, out),
            '[' if rest.peek() == Some(&':') => named(rest, out),
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            // `--` is a range from a minus or a trailing minus there, a difference here.
            '-' if rest.peek() == Some(&'-') => out.push_str(r"\-"),
            c => out.push(c),
        }
        first = false;
    }
}

/// `[` was read and a colon follows: `[:alpha:]`, or a plain bracket.
fn named(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    let body: String = rest.clone().skip(1).take_while(|&c| c != ':' && c != ']').collect();
    let closed = rest.clone().skip(1 + body.chars().count()).take(2).eq([':', ']']);
    if !closed {
        out.push_str(r"\[");
        return;
    }
    out.push_str("[:");
    out.push_str(&body);
    out.push_str(":]");
    for _ in 0..body.chars().count() + 3 {
        rest.next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        compile(pattern, false).unwrap_or_else(|e| panic!("{pattern}: {e}")).is_match(text)
    }

    #[test]
    fn classes_are_ascii() {
        assert!(!matches(r"\d", "٣") && matches(r"\d", "3"));
        assert!(!matches(r"^\w$", "é") && matches(r"^[\w.]+$", "a.b"));
        assert!(matches(r"[^\d]", "é"));
    }

    #[test]
    fn brackets_are_plain() {
        assert!(matches("^[[]$", "[") && matches("^[]a]$", "]") && matches("^[{\\[]", "["));
        assert!(matches("^[a&&b]+$", "a&") && matches("^[[:alpha:]]+$", "ab") && matches("^[[:x]+$", "[:x"));
    }

    #[test]
    fn quoting_and_refusals() {
        assert!(matches(r"\Qa.b\E+", "a.bb") && !matches(r"\Qa.b\E", "axb") && matches(r"\<x\>", "<x>"));
        for bad in ["[", "foo(?=bar)", "*", "(", r"a\"] {
            assert!(compile(bad, true).is_err(), "{bad}");
        }
        assert!(compile("a.b", true).is_ok_and(|r| r.is_match("a\nb")));
    }
}
