//! RE2 expressions on this machine's engine: the store's classes are ASCII and its brackets plain.
//!
//! `\d`, `\w`, `\s` and `\b` mean ASCII there and Unicode here; inside brackets `[`, `&&`, `--` and `~~` are plain
//! characters there and operators here; a brace that counts nothing is plain there; `\<` is a `<` there and a word
//! boundary here; `\Q…\E` quotes there. What is refused there is refused here: repeated repetitions, flags, classes and
//! escapes that only this engine knows.

use regex::{Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// Highest count of a repetition.
const REPEAT_MAX: u32 = 1000;

/// Compiles an expression of the store's syntax, with a bounded size. `dot_all` lets a dot match a newline.
///
/// # Errors
/// What is wrong with the expression, in a few words.
pub fn compile(text: &str, dot_all: bool) -> Result<Regex, String> {
    RegexBuilder::new(&translate(text)?)
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

fn translate(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    let mut repeated = false;
    while let Some(c) = rest.next() {
        let count = if c == '{' { count(&rest) } else { None };
        let repeats = matches!(c, '*' | '+' | '?') || count.is_some();
        if repeats && repeated {
            return Err("a repetition of a repetition".to_owned());
        }
        match c {
            '\\' => _ = escape(&mut rest, false, &mut out)?,
            '[' => class(&mut rest, &mut out)?,
            '(' if rest.peek() == Some(&'?') => group(&mut rest, &mut out)?,
            '{' => match count {
                Some(count) => {
                    let numbers = count[..count.len() - 1].split(',').filter(|n| !n.is_empty());
                    if numbers.into_iter().any(|n| n.parse().is_ok_and(|n: u32| n > REPEAT_MAX) || n.len() > 9) {
                        return Err(format!("a repetition of more than {REPEAT_MAX}"));
                    }
                    out.push('{');
                    out.push_str(&count);
                    rest.nth(count.chars().count() - 1);
                }
                None => out.push_str(r"\{"),
            },
            '}' => out.push_str(r"\}"),
            c => out.push(c),
        }
        if repeats && rest.peek() == Some(&'?') {
            out.extend(rest.next());
        }
        repeated = repeats;
    }
    Ok(out)
}

/// `{` was read: what follows up to the closing brace, if it is a count (`2}`, `2,}`, `2,3}`). Any other brace is plain.
fn count(rest: &Peekable<Chars<'_>>) -> Option<String> {
    let mut body = String::new();
    for c in rest.clone() {
        // Not further than a count goes: a text full of open braces is still read once.
        if !(c.is_ascii_digit() || c == ',' || c == '}') {
            return None;
        }
        body.push(c);
        if c == '}' {
            break;
        }
    }
    let (least, most) = body.strip_suffix('}')?.split_once(',').unwrap_or((body.strip_suffix('}')?, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (!least.is_empty() && digits(least) && digits(most)).then_some(body)
}

/// `(` was read and a question mark follows: a name, or flags that the store knows.
fn group(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    rest.next();
    out.push_str("(?");
    if matches!(rest.peek(), Some('P' | '<')) {
        return Ok(());
    }
    let mut flags = String::new();
    for c in rest.by_ref() {
        match c {
            'i' | 'm' | 's' | 'U' | '-' => flags.push(c),
            // No flags at all are fine there.
            ')' if flags.is_empty() => {
                out.push_str(":)");
                return Ok(());
            }
            ':' | ')' => {
                out.push_str(&flags);
                out.push(c);
                return Ok(());
            }
            c => return Err(format!("unknown flag `{c}`")),
        }
    }
    Err("missing closing )".to_owned())
}

/// What follows a backslash. Whether it stands for more characters than one.
fn escape(rest: &mut Peekable<Chars<'_>>, in_class: bool, out: &mut String) -> Result<bool, String> {
    let Some(c) = rest.next() else {
        return Err("a backslash at the end".to_owned());
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
        ('p' | 'P', _) => unicode(c, rest, out)?,
        ('0', _) => octal(0, rest, out),
        // With one digit it would be a reference to a group, which there are none of.
        ('1'..='7', _) if rest.peek().is_some_and(|c| c.is_digit(8)) => octal(c.to_digit(8).unwrap_or(0), rest, out),
        ('u' | 'U', _) => return Err(format!("unknown escape `\\{c}`")),
        (c, _) => {
            out.push('\\');
            out.push(c);
        }
    }
    Ok(matches!(c, 'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'p' | 'P'))
}

/// The first digit of an octal code was read; up to two more follow.
fn octal(mut code: u32, rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    for _ in 0..2 {
        let Some(digit) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
        code = code * 8 + digit;
        rest.next();
    }
    out.push_str(&format!(r"\x{{{code:x}}}"));
}

/// `\p` or `\P` was read: a category by its one or two letters, or a script by its own spelling.
fn unicode(letter: char, rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    let mut name = match rest.next() {
        Some('{') => rest.by_ref().take_while(|c| *c != '}').collect(),
        Some(c) => c.to_string(),
        None => return Err(format!("nothing after `\\{letter}`")),
    };
    let mut negated = letter == 'P';
    if let Some(rest) = name.strip_prefix('^') {
        negated = !negated;
        name = rest.to_owned();
    }
    let known =
        name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    if !known {
        return Err(format!("unknown class of characters `{name}`"));
    }
    let kind = if name.len() > 2 && name != "Any" { "Script=" } else { "" };
    out.push_str(&format!(r"\{}{{{kind}{name}}}", if negated { 'P' } else { 'p' }));
    Ok(())
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
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    out.push('[');
    if rest.peek() == Some(&'^') {
        out.extend(rest.next());
    }
    let mut first = true;
    while let Some(c) = rest.next() {
        let several = match c {
            ']' if !first => {
                out.push(']');
                return Ok(());
            }
            '[' if rest.peek() == Some(&':') => named(rest, out)?,
            '\\' => escape(rest, true, out)?,
            c => plain(c, out),
        };
        first = false;
        // A minus between two characters makes a range of them, whatever they are; the last one is plain.
        let mut ahead = rest.clone();
        if !several && ahead.next() == Some('-') && !matches!(ahead.peek(), None | Some(']')) {
            rest.next();
            out.push('-');
            match rest.next() {
                Some('\\') => _ = escape(rest, true, out)?,
                Some(c) => _ = plain(c, out),
                None => {}
            }
        }
    }
    Ok(())
}

/// A character that means itself in a class. It is one.
fn plain(c: char, out: &mut String) -> bool {
    if matches!(c, '[' | ']' | '&' | '~' | '-' | '^') {
        out.push('\\');
    }
    out.push(c);
    false
}

/// `[` was read and a colon follows: `[:alpha:]`, or a plain bracket. Whether it is a class.
fn named(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<bool, String> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
        "word", "xdigit",
    ];
    let body: String = rest.clone().skip(1).take_while(|&c| c != ':' && c != ']').collect();
    let closed = rest.clone().skip(1 + body.chars().count()).take(2).eq([':', ']']);
    if !closed {
        out.push_str(r"\[");
        return Ok(false);
    }
    if !NAMES.contains(&body.trim_start_matches('^')) {
        return Err(format!("unknown class of characters `[:{body}:]`"));
    }
    out.push_str(&format!("[:{body}:]"));
    rest.nth(body.chars().count() + 2);
    Ok(true)
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

    #[test]
    fn a_brace_that_counts_nothing_is_plain() {
        for plain in ["{", "a{", "a{b", "a{,2}", "x{y}", "{}", "a{1", "a{1,x}"] {
            assert!(matches(&format!("^{plain}$"), plain), "{plain}");
        }
        assert!(matches("^a{2}$", "aa") && matches("^a{1,}?b{2,3}$", "aabbb") && !matches("^a{2}$", "a{2}"));
    }

    #[test]
    fn many_braces_are_read_once() {
        // No clock: read to the end from every brace, this would not end while somebody waits.
        assert!(translate(&"{".repeat(1 << 20)).is_ok_and(|text| text.len() == 2 << 20));
    }

    #[test]
    fn what_only_this_engine_knows_is_refused() {
        for bad in [
            "a**",
            "a*+",
            "a{1}{2}",
            "a*??",
            "a{1001}",
            "a{1,9999999999}",
            "(?x)a",
            "(?u)a",
            "(?R)a",
            r"\u0041",
            r"\p{Letter}",
            r"\p{Script=Greek}",
            r"\p{greek}",
            "[[:foo:]]",
            "[a--b]",
            "[z-a]",
            r"\1",
            "{2}",
        ] {
            assert!(compile(bad, true).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_only_the_store_knows_is_read() {
        assert!(matches(r"^\101\0$", "A\0") && matches(r"^\p{^L}$", "1") && matches("^(?)a$", "a"));
        assert!(
            matches(r"^\p{Greek}\pL\P{Lu}$", "αéx")
                && matches(r"^[\p{Greek}a]+$", "aα")
                && matches("(?i)A(?-i:b)", "ab")
        );
        assert!(matches("^a*?$", "a") && matches(r"^(?P<x>a)(?<y>b)$", "ab"));
    }

    #[test]
    fn ranges_in_brackets() {
        assert!(matches("^[--0]+$", "-./0") && matches("^[a-]+$", "a-") && matches(r"^[\d-z]+$", "7-z"));
        assert!(
            matches(r"^[+-\]]+$", "0]")
                && matches("^[^^]$", "a")
                && !matches("^[^^]$", "^")
                && matches("^[]-a]+$", "]^_`a")
        );
        assert!(matches(r"^[[:digit:]-]+$", "1-") && matches("^[%--]+$", "%-"));
    }
}
