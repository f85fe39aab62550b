//! RE2 expressions on this machine's engine: the store's classes are ASCII and its brackets plain.
//!
//! `\d`, `\w`, `\s`, `\b` and `\B` mean ASCII there and Unicode here; inside brackets `[`, `&&`, `--` and `~~` are plain
//! characters there and operators here; a brace that counts nothing is plain there; `\<` is a `<` there and a word
//! boundary here; `\Q…\E` quotes there. What is refused there is refused here: repeated repetitions, counts that multiply
//! beyond a bound, flags, classes and escapes that only this engine knows.

use regex::bytes::{Captures, Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// Highest count of a repetition, and of all that stand in one another together.
const REPEAT_MAX: u32 = 1000;

/// A compiled expression.
///
/// The engine works on bytes, as only there it knows the store's `\B`. An empty match inside of a character is none.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

/// The groups of one match in a text.
pub struct Groups<'t> {
    text: &'t str,
    groups: Captures<'t>,
}

impl Pattern {
    pub fn is_match(&self, text: &str) -> bool {
        // Nearly always the first match will do, and it is found without looking for its end.
        let first = self.0.shortest_match(text.as_bytes());
        first.is_some_and(|end| text.is_char_boundary(end) || self.matches(text).next().is_some())
    }

    /// The matches in order, none of them overlapping another one.
    pub fn matches<'p: 't, 't>(&'p self, text: &'t str) -> impl Iterator<Item = Groups<'t>> {
        let all = self.0.captures_iter(text.as_bytes()).map(move |groups| Groups { text, groups });
        all.filter(|groups| text.is_char_boundary(groups.range().start))
    }

    /// The names of its groups.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.capture_names().flatten()
    }
}

impl<'t> Groups<'t> {
    /// Where the whole match is.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.groups.get_match().range()
    }

    /// A group by its number; empty if it is not part of the match.
    pub fn number(&self, number: usize) -> &'t str {
        self.groups.get(number).map_or("", |found| &self.text[found.range()])
    }

    /// A group by its name; empty if there is none.
    pub fn name(&self, name: &str) -> &'t str {
        self.groups.name(name).map_or("", |found| &self.text[found.range()])
    }
}

/// Compiles an expression of the store's syntax, with a bounded size. `dot_all` lets a dot match a newline.
///
/// # Errors
/// What is wrong with the expression, in a few words.
pub fn compile(text: &str, dot_all: bool) -> Result<Pattern, String> {
    RegexBuilder::new(&translate(text)?)
        .dot_matches_new_line(dot_all)
        .size_limit(4 << 20)
        .dfa_size_limit(8 << 20)
        .nest_limit(100)
        .build()
        .map(Pattern)
        .map_err(|e| match e {
            regex::Error::Syntax(text) => {
                text.lines().last().unwrap_or("syntax").trim_start_matches("error: ").to_owned()
            }
            other => other.to_string(),
        })
}

/// How often what stands innermost is repeated by all counts around it.
#[derive(Default)]
struct Repeats {
    /// The most in each open group, the outermost first.
    open: Vec<u32>,
    /// The most in what a count would now repeat.
    last: u32,
}

impl Repeats {
    fn most(&mut self, times: u32) {
        self.last = times;
        match self.open.last_mut() {
            Some(most) => *most = times.max(*most),
            None => self.open.push(times),
        }
    }

    /// A group opens.
    fn enter(&mut self) {
        self.open.push(1);
    }

    /// A group closes.
    fn leave(&mut self) {
        let most = self.open.pop().unwrap_or(1);
        self.most(most);
    }

    /// The last thing is repeated.
    fn count(&mut self, count: &str) -> Result<(), String> {
        let times = |text: &str| if text.len() > 9 { u32::MAX } else { text.parse().unwrap_or(0) };
        let (least, most) = count.split_once(',').unwrap_or((count, count));
        // Without an end the least count is what is multiplied; what is never there does not count at all.
        let times = if most.is_empty() { times(least).max(1) } else { times(least).max(times(most)) };
        let all = if times == 0 { 1 } else { self.last.max(1).saturating_mul(times) };
        if all > REPEAT_MAX {
            return Err(format!("a repetition of more than {REPEAT_MAX}"));
        }
        self.most(all);
        Ok(())
    }
}

fn translate(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    let mut repeated = false;
    let mut repeats = Repeats::default();
    while let Some(c) = rest.next() {
        let count = if c == '{' { count(&rest) } else { None };
        let repeating = matches!(c, '*' | '+' | '?') || count.is_some();
        if repeating && repeated {
            return Err("a repetition of a repetition".to_owned());
        }
        if !repeating && !matches!(c, '(' | ')') {
            repeats.most(1);
        }
        match c {
            '\\' => _ = escape(&mut rest, false, &mut out)?,
            '[' => class(&mut rest, &mut out)?,
            '(' if rest.peek() == Some(&'?') => {
                if group(&mut rest, &mut out)? {
                    repeats.enter();
                }
            }
            '(' => {
                out.push(c);
                repeats.enter();
            }
            ')' => {
                out.push(c);
                repeats.leave();
            }
            '{' => match count {
                Some(count) => {
                    repeats.count(&count[..count.len() - 1])?;
                    out.push('{');
                    out.push_str(&count);
                    rest.nth(count.chars().count() - 1);
                }
                None => out.push_str(r"\{"),
            },
            '}' => out.push_str(r"\}"),
            c => out.push(c),
        }
        if repeating && rest.peek() == Some(&'?') {
            out.extend(rest.next());
        }
        repeated = repeating;
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

/// `(` was read and a question mark follows: a name, or flags that the store knows. Whether a group was opened.
fn group(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<bool, String> {
    rest.next();
    out.push_str("(?");
    if matches!(rest.peek(), Some('P' | '<')) {
        return Ok(true);
    }
    // A flag that is said again is set again there and refused here.
    let mut flags: Vec<(char, bool)> = Vec::new();
    let mut on = true;
    let mut bare_minus = false;
    for c in rest.by_ref() {
        match c {
            'i' | 'm' | 's' | 'U' => {
                flags.retain(|(flag, _)| *flag != c);
                flags.push((c, on));
                bare_minus = false;
            }
            '-' if on => (on, bare_minus) = (false, true),
            ':' | ')' if !bare_minus => {
                out.extend(flags.iter().filter(|(_, on)| *on).map(|(flag, _)| *flag));
                if flags.iter().any(|(_, on)| !on) {
                    out.push('-');
                    out.extend(flags.iter().filter(|(_, on)| !*on).map(|(flag, _)| *flag));
                }
                // No flags at all are fine there.
                out.push_str(if flags.is_empty() && c == ')' { ":" } else { "" });
                out.push(c);
                return Ok(c == ':');
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
        ('b' | 'B', false) => out.push_str(&format!(r"(?-u:\{c})")),
        ('x', _) if rest.peek() == Some(&'{') => hexadecimal(rest, out)?,
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

/// `\x` was read and a brace follows: any number of digits.
fn hexadecimal(rest: &mut Peekable<Chars<'_>>, out: &mut String) -> Result<(), String> {
    rest.next();
    let mut digits = String::new();
    loop {
        match rest.next() {
            Some('}') => break,
            Some(c) if c.is_ascii_hexdigit() => digits.push(c),
            _ => return Err("invalid hexadecimal digit".to_owned()),
        }
    }
    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).map(u32::from);
    out.push_str(&format!(r"\x{{{:x}}}", code.ok_or_else(|| format!("`{digits}` is no character"))?));
    Ok(())
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
    fn characters_by_number() {
        assert!(
            matches(r"^\x{2028}\x{1F600}$", "\u{2028}\u{1F600}") && matches(r"^\x{0000000041}+[\x{42}-\x{44}]$", "AAC")
        );
        assert!(matches(r"^\x{41}{2}\x42$", "AAB") && matches(r"^\x{10FFFF}*$", "\u{10ffff}"));
        for bad in [r"\x{}", r"\x{110000}", r"\x{4g}", r"\x{41", r"\x{+41}"] {
            assert!(compile(bad, true).is_err(), "{bad}");
        }
    }

    #[test]
    fn words_are_ascii_wherever_they_end_or_do_not() {
        assert!(matches(r"\B", "é") && matches(r"\B", "٣") && !matches(r"\B", "a") && !matches(r"a\Bé", "aé"));
        assert!(matches(r"\Boo\b", "foo") && !matches(r"\Bfoo", "a foo") && matches(r"é\Bé", "éé"));
        // Between the bytes of a character there is no place.
        assert!(!matches(r"\B", "aéb"));
        let found: Vec<_> = compile(r"\B|b", true).expect("a pattern").matches("aéb é").map(|m| m.range()).collect();
        assert_eq!(found, [3..4, 5..5, 7..7]);
    }

    #[test]
    fn empty_matches_stand_between_characters() {
        let found: Vec<_> = compile("x*", true).expect("a pattern").matches("éx").map(|m| m.range()).collect();
        assert_eq!(found, [0..0, 2..3]);
    }

    #[test]
    fn counts_in_counts_are_multiplied() {
        for bad in [
            "(a{500}){3}",
            "(a{10}){101}",
            "((a{2}b{20}){2}c){26}",
            "(?:a{0,11}|b){100}",
            "(a{1001,})",
            "(x(?i)(a{50})){21}",
        ] {
            assert!(compile(bad, true).is_err(), "{bad}");
        }
        for good in
            ["(a{10}){100}", "(a{500})(b{3}){3}", "(a{1000}){1}", "(a{1000}){0}", "(a{1000}){0,}", "a{500}(b){3}"]
        {
            assert!(translate(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn flags_may_be_said_again() {
        assert!(matches("^(?ii)A$", "a") && !matches("^(?i-i)A$", "a") && matches("^(?s-mi:A)(?U)b+?$", "Abb"));
        for bad in ["(?i-)a", "(?-)a", "(?i--s)a", "(?-:a)"] {
            assert!(compile(bad, true).is_err(), "{bad}");
        }
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
