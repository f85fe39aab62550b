//! One sanitizer per sink: text from evidence is hostile until the sink it goes to has made it inert.
//!
//! Every function here takes text that was already redacted and *escapes* what could act; nothing is deleted, because
//! deletion can put a new sequence together or hide evidence. The notation is that of Rust: `\u{202e}`.
//!
//! | sink | function |
//! |---|---|
//! | terminal, plain text | [`terminal`] |
//! | JSON, NDJSON | [`json_document`] over the serialized text |
//! | Markdown | [`markdown`] (prose), [`markdown_code`] (a value), [`markdown_cell`] (a value in a table), [`markdown_block`] |
//! | HTML text and quoted attributes | [`html`] |
//! | CSV | [`csv_cell`] (before the quoting of RFC 4180) |
//! | XML (JUnit) | [`xml`] |
//! | parts of output file names | [`file_name`] |

use crate::redact::invisible;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character can act on a terminal, a viewer or a reader's eye instead of being seen: C0, DEL, C1, what is
/// [not seen](invisible) but for the two selectors of emoji, line separators, private use, noncharacters.
pub fn is_active(c: char) -> bool {
    match u32::from(c) {
        0x20..=0x7e => false,
        0x00..=0x1f | 0x7f..=0x9f => true,
        // Separators, interlinear annotation, object replacement.
        0x2028 | 0x2029 | 0xfff9..=0xfffc => true,
        // Private use, noncharacters.
        0xe000..=0xf8ff | 0xf0000..=0x10ffff | 0xfdd0..=0xfdef => true,
        other => other & 0xfffe == 0xfffe || invisible::is_hidden(c),
    }
}

/// One line of text for a terminal or a plain file. A tab becomes a space, a line end `\n`, everything else that
/// [`is_active`] becomes `\u{…}`.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) || !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_inert(&mut out, c);
    }
    Cow::Owned(out)
}

fn push_inert(out: &mut String, c: char) {
    match c {
        '\t' => out.push(' '),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        c if is_active(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// A whole serialized JSON text (or NDJSON): every active character that stands raw in it becomes a `\uXXXX` escape.
/// JSON allows non-ASCII characters only inside strings, so the value stays the same. Line ends between documents stay.
pub fn json_document(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = unusual(&text.as_bytes()[at..]) {
        // All bytes before are ASCII or were looked at as characters, so that one begins here.
        let start = at + found;
        let Some(c) = text[start..].chars().next() else { break };
        at = start + c.len_utf8();
        if is_active(c) {
            out.push_str(&text[copied..start]);
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
            copied = at;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Where the first byte is that may be, or begin, an active character of a JSON text. Most blocks have none, and a block is
/// looked at without a branch.
fn unusual(bytes: &[u8]) -> Option<usize> {
    let is_unusual = |byte: &u8| !matches!(byte, 0x20..0x7f | b'\n' | b'\r' | b'\t');
    let has_one = |block: &[u8]| block.iter().fold(false, |any, byte| any | is_unusual(byte));
    let (number, block) = bytes.chunks(256).enumerate().find(|(_, block)| has_one(block))?;
    block.iter().position(is_unusual).map(|at| 256 * number + at)
}

/// HTML text and double-quoted attribute values. The five characters of markup and the backtick (old parsers quote with
/// it) become character references, active characters become visible text.
pub fn html(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'' | '`') && !is_active(c);
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '`' => out.push_str("&#96;"),
            c => push_inert(&mut out, c),
        }
    }
    Cow::Owned(out)
}

/// XML 1.0 text and attribute values. Characters that XML forbids even as references become visible text, and no `>`
/// stays raw, so `]]>` cannot end a section.
pub fn xml(text: &str) -> Cow<'_, str> {
    html(text)
}

/// A value as a Markdown code span, on one line: the fence is longer than any run of backticks inside. Inside a code
/// span nothing is a link, a mention, an image or HTML.
pub fn markdown_code(text: &str) -> String {
    let text = terminal(text);
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // CommonMark strips one space from both ends when both are there, and a backtick may not touch the fence.
    let edge = |c: Option<char>| matches!(c, Some('`' | ' '));
    let pad = if edge(text.chars().next()) || edge(text.chars().last()) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A value as a code span inside a table cell. A `|` would end the cell even inside a code span, and the dialects
/// disagree about `\\|`, so the span is cut there and the bar written as a character reference.
pub fn markdown_cell(text: &str) -> String {
    let text = terminal(text);
    let mut out = String::with_capacity(text.len() + 8);
    for (n, part) in text.split('|').enumerate() {
        if n > 0 {
            out.push_str("&#124;");
        }
        out.push_str(&markdown_code(part));
    }
    out
}

/// Lines as a fenced block. The fence is longer than any run of backticks inside.
pub fn markdown_block(info: &str, lines: &[impl AsRef<str>]) -> String {
    let longest = lines.iter().map(|l| longest_run(l.as_ref(), '`')).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut out = format!("{fence}{info}\n");
    for line in lines {
        out.push_str(&terminal(line.as_ref()));
        out.push('\n');
    }
    out + &fence + "\n"
}

fn longest_run(text: &str, wanted: char) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Prose for Markdown that holds words of evidence. Plain words stay; every word that a dialect could turn into
/// something (a link, a mention, an issue, a commit, an emoji, emphasis, HTML) becomes a code span, because a backslash
/// does not stop mentions and references: they are found in the rendered text. Text between backticks becomes a code
/// span too. Never starts a list, a heading or a quote, never ends a table cell.
pub fn markdown(text: &str) -> String {
    let text = terminal(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest: &str = &text;
    while let Some(open) = rest.find('`') {
        words(&mut out, &rest[..open]);
        let after = &rest[open + 1..];
        match after.find('`') {
            Some(0) => {
                out.push_str("\\`\\`");
                rest = &after[1..];
            }
            Some(close) => {
                out.push_str(&markdown_cell(&after[..close]));
                rest = &after[close + 1..];
            }
            None => {
                out.push_str("\\`");
                rest = after;
            }
        }
    }
    words(&mut out, rest);
    out
}

fn words(out: &mut String, text: &str) {
    for (n, word) in text.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        one_word(out, word, n == 0);
    }
}

fn one_word(out: &mut String, word: &str, first: bool) {
    const OPENING: [char; 2] = ['(', '"'];
    const CLOSING: [char; 7] = [')', '"', ',', '.', ';', ':', '?'];
    let core = word.trim_start_matches(OPENING).trim_end_matches(CLOSING);
    let Some(start) = word.find(core).filter(|_| !core.is_empty()) else {
        word.chars().for_each(|c| escaped(out, c));
        return;
    };
    word[..start].chars().for_each(|c| escaped(out, c));
    if is_plain_word(core) {
        out.push_str(core);
    } else if matches!(core, "=" | "+") {
        core.chars().for_each(|c| escaped(out, c));
    } else {
        out.push_str(&markdown_cell(core));
    }
    let tail = &word[start + core.len()..];
    // "1." or "1)" at the start of a line would begin a list.
    let list = first && start == 0 && core.bytes().all(|b| b.is_ascii_digit()) && tail.starts_with(['.', ')']);
    if list {
        out.push('\\');
    }
    tail.chars().for_each(|c| match c {
        '"' | ',' | '.' | ';' | ':' | '?' | ')' => out.push(c),
        c => escaped(out, c),
    });
}

fn escaped(out: &mut String, c: char) {
    match c {
        '|' => out.push_str("&#124;"),
        '(' | '"' | ',' | '.' | ';' | ':' | '?' | ')' => out.push(c),
        c if c.is_ascii_punctuation() => {
            out.push('\\');
            out.push(c);
        }
        c => out.push(c),
    }
}

/// Signs that no dialect knows.
const SIGNS: [char; 9] =
    ['\u{2014}', '\u{2013}', '\u{2026}', '\u{2192}', '\u{b7}', '\u{d7}', '\u{b1}', '\u{2264}', '\u{2265}'];

/// A word that no dialect turns into anything: letters and digits, joined by single hyphens, apostrophes, signs or
/// (numbers only) commas, points, slashes and a percent sign; a clock time.
fn is_plain_word(word: &str) -> bool {
    if SIGNS.iter().any(|sign| word.contains(*sign)) {
        return word.split(SIGNS).all(|part| part.is_empty() || is_plain_word(part));
    }
    let number = word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b',' | b'.' | b'%' | b'/'));
    // Two digits between colons are no emoji's name.
    let clock =
        word.contains(':') && word.split(':').all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()));
    let joined =
        word.split(['-', '\'', '\u{2019}']).all(|part| !part.is_empty() && part.chars().all(char::is_alphanumeric));
    let commit =
        word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_digit());
    let issue = word.split_once('-').is_some_and(|(_, n)| n.bytes().next().is_some_and(|b| b.is_ascii_digit()));
    (number && !commit) || clock || (joined && !commit && !issue)
}

/// A text cell of a CSV file, before quoting. No control character, no line end; what a spreadsheet could take for a
/// formula gets a `'` in front, at the start and after every separator that a spreadsheet of another locale might split
/// at (in such a place quoting does not help).
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    let text = terminal(text);
    if !text.chars().any(starts_formula) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 4);
    let mut rest: &str = &text;
    loop {
        if rest.trim_start_matches([' ', '"', '\'', '\u{a0}', '\u{3000}']).starts_with(starts_formula) {
            out.push('\'');
        }
        match rest.find([',', ';', '|']) {
            Some(at) => {
                out.push_str(&rest[..=at]);
                rest = &rest[at + 1..];
            }
            None => {
                out.push_str(rest);
                return Cow::Owned(out);
            }
        }
    }
}

fn starts_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

/// Part of an output file's name made from a name of the evidence: `[A-Za-z0-9._-]`, no leading dot or hyphen, at most
/// 80 bytes, never empty. Not unique: the caller puts an ordinal in front.
pub fn file_name(text: &str) -> String {
    let last = text.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("");
    let mut out: String = last
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' })
        .take(80)
        .collect();
    if out.starts_with(['.', '-']) {
        out.replace_range(..1, "_");
    }
    if out.is_empty() {
        out.push('_');
    }
    out
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::collection;
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Attacks on every sink at once: cursor movement, title, hyperlink and clipboard sequences, bidi, invisible text,
    /// markup, links, formulas.
    pub const ATTACKS: &[&str] = &[
        "\u{1b}[2J\u{1b}[1;1Hall is well",
        "\u{1b}]0;title\u{7}",
        "\u{1b}]8;;http://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
        "\u{1b}]52;c;cm0gLXJmIC8=\u{7}",
        "\u{1b}P+q\u{1b}\\ \u{1b}_apc\u{1b}\\ \u{1b}^pm\u{1b}\\ \u{1b}Xsos\u{1b}\\",
        "\u{9b}31m c1 \u{85} \u{90}",
        "over\rwrite \u{8}\u{8}\u{7}",
        "\u{202e}gnp.exe \u{2066}x\u{2069} \u{200f}\u{61c}",
        "zero\u{200b}width\u{feff}\u{2060}\u{ad}",
        "tags\u{e0041}\u{e0042} vs\u{fe01}\u{e0100}",
        "line\u{2028}sep\u{2029} nl\n# heading\n",
        "\u{fffe}\u{fdd0}\u{e000}\u{10ffff}",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</title><svg/onload=alert(1)>",
        "]]><!--",
        "[click](javascript:alert(1)) ![x](http://evil.example/p.png)",
        "<https://evil.example> www.evil.example https://evil.example a@b.example",
        "@everyone @octocat #123 !7 GH-1 org/repo#9 ~label $3 :boom: &1 %2",
        "deadbeef1 0123456789abcdef0123456789abcdef01234567",
        "| a | b |\n|---|---|",
        "``` ``` `a` `",
        "`$(x)`",
        "$`math`$",
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(1)",
        "  =1+1",
        "\"=1+1",
        "a;=1+1",
        "\u{ff1d}1+1",
        "\t=1",
        "1. one",
        "- item",
        "# heading",
        "> quote",
        "***bold*** __x__ ~~y~~",
        "\\| \\\\|",
        "../../etc/passwd\0",
    ];

    fn inert(text: &str) -> bool {
        !text.chars().any(is_active)
    }

    #[test]
    fn nothing_active_survives_in_any_sink() {
        for attack in ATTACKS {
            assert!(inert(&terminal(attack)), "{attack:?}");
            assert!(inert(&html(attack)), "{attack:?}");
            assert!(inert(&xml(attack)), "{attack:?}");
            assert!(inert(&csv_cell(attack)), "{attack:?}");
            assert!(inert(&markdown(attack)), "{attack:?}");
            assert!(inert(&markdown_code(attack)), "{attack:?}");
            assert!(inert(&markdown_cell(attack)), "{attack:?}");
            assert!(inert(&file_name(attack)), "{attack:?}");
        }
    }

    #[test]
    fn escaping_is_visible_and_deletes_nothing() {
        assert_eq!(terminal("a\u{1b}[31mb\n\tc\u{202e}"), "a\\u{1b}[31mb\\n c\\u{202e}");
        assert!(matches!(terminal("日本 café 😀\u{fe0f}"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_keeps_its_value() {
        for attack in ATTACKS {
            let text = serde_json::to_string(&[attack]).expect("text");
            let safe = json_document(&text);
            assert!(inert(&safe));
            assert_eq!(serde_json::from_str::<Vec<String>>(&safe).expect("json")[0], *attack);
        }
        assert_eq!(json_document("{\"a\":1}\n{\"a\":2}\n"), "{\"a\":1}\n{\"a\":2}\n");
    }

    proptest! {
        /// [`json_document`], a character at a time.
        #[test]
        fn json_is_escaped_character_by_character(parts in collection::vec(prop_oneof![
            Just("a".repeat(255)),
            select(ATTACKS).prop_map(str::to_owned),
            "\\PC{0,4}".prop_map(|text| text),
            "[\\x00-\\x7f\u{80}-\u{2100}\u{e000}]{0,3}".prop_map(|text| text),
        ], 0..8)) {
            let text = parts.concat();
            let mut plain = String::new();
            for c in text.chars() {
                match c {
                    c if is_active(c) && !matches!(c, '\n' | '\r' | '\t') => {
                        c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| plain.push_str(&format!("\\u{unit:04x}")));
                    }
                    c => plain.push(c),
                }
            }
            prop_assert_eq!(json_document(&text), plain);
        }
    }

    #[test]
    fn html_has_no_markup_left() {
        for attack in ATTACKS {
            let safe = html(attack);
            assert!(!safe.contains(['<', '>', '"', '\'', '`']), "{safe}");
        }
        assert_eq!(html("a & b"), "a &amp; b");
    }

    /// What is left of Markdown once its code spans are taken out, as CommonMark finds them.
    fn outside_code(text: &str) -> String {
        let b: Vec<char> = text.chars().collect();
        let run = |at: usize| b[at..].iter().take_while(|c| **c == '`').count();
        let (mut out, mut at) = (String::new(), 0);
        while at < b.len() {
            if b[at] == '\\' && at + 1 < b.len() && b[at + 1].is_ascii_punctuation() {
                out.push('.');
                at += 2;
            } else if b[at] == '`' {
                let open = run(at);
                let mut close = at + open;
                loop {
                    assert!(close < b.len(), "a code span stays open in {text}");
                    if b[close] == '`' {
                        let n = run(close);
                        if n == open {
                            break;
                        }
                        close += n;
                    } else {
                        close += 1;
                    }
                }
                at = close + open;
                out.push('C');
            } else {
                out.push(b[at]);
                at += 1;
            }
        }
        out
    }

    #[test]
    fn markdown_prose_has_nothing_active_outside_code() {
        for attack in ATTACKS {
            let rest = outside_code(&markdown(attack)).replace("&#124;", "");
            assert!(
                !rest.contains(['<', '>', '[', ']', '!', '@', '#', '*', '_', '~', '|', '$', '{', '\\', '/', '&']),
                "{attack:?}: {rest}"
            );
            assert!(!rest.contains("www.") && !rest.contains("://"), "{rest}");
            assert!(!rest.trim_start().starts_with(['-', '+', '=']), "{rest}");
        }
        assert_eq!(
            markdown("the log shows 36 requests, 5.2% (at most)."),
            "the log shows 36 requests, 5.2% (at most)."
        );
        assert_eq!(markdown("ask api.example.com: 401/403"), "ask `api.example.com`: 401/403");
        assert_eq!(markdown("attached `op://vault/x` each time"), "attached `op://vault/x` each time");
        assert_eq!(markdown("1. one"), "1\\. one");
    }

    #[test]
    fn markdown_values_stay_in_their_cell_and_fence() {
        for attack in ATTACKS {
            let cell = markdown_cell(attack);
            assert!(!cell.contains('|') && !cell.contains('\n'), "{cell}");
            outside_code(&cell);
            outside_code(&markdown_code(attack));
        }
        assert_eq!(markdown_cell("a|b"), "`a`&#124;`b`");
        assert_eq!(markdown_code("a`b``c"), "```a`b``c```");
        assert_eq!(markdown_code("`x"), "`` `x ``");
        assert!(markdown_block("text", &["```` x"]).starts_with("`````text\n"));
    }

    #[test]
    fn spreadsheets_see_no_formula() {
        for attack in ATTACKS {
            let cell = csv_cell(attack);
            for part in cell.split([',', ';', '|']) {
                let part = part.trim_start_matches([' ', '"']);
                assert!(!part.starts_with(starts_formula), "{cell}");
            }
        }
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("a-b"), "a-b");
        assert_eq!(csv_cell("a;=b"), "a;'=b");
    }

    #[test]
    fn file_names_stay_in_their_directory() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name(".hidden"), "_hidden");
        assert_eq!(file_name("/"), "_");
        assert_eq!(file_name("a b\u{202e}.json"), "a_b_.json");
    }
}
