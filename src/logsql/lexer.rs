//! Query text to tokens with spans.
//!
//! A bare token is a maximal run of word characters and dots; quoted text is one token; `=~`, `!~` and `!=` are single
//! tokens; every other character stands alone. Which neighbours belong together ("glueing") is the parser's business:
//! a token only remembers whether white space came before it.

use super::text;
use std::ops::Range;

/// One token of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it says: unquoted, unescaped.
    pub text: String,
    /// As written, quotes and escapes included.
    pub raw: String,
    /// Its place in the query, quotes included.
    pub span: Range<usize>,
    /// Quoted text is never a keyword.
    pub quoted: bool,
    /// White space or a comment came before it.
    pub spaced: bool,
}

impl Token {
    /// Whether this is the unquoted word or sign, in any letter case.
    pub fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(keyword)
    }

    /// The end of the query.
    pub fn is_end(&self) -> bool {
        !self.quoted && self.text.is_empty()
    }
}

/// Splits a query. The last token is always the end of the query.
pub fn tokens(query: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        let start = skip(query, at);
        let spaced = start > at;
        let (len, value) = token(&query[start..]);
        let quoted = value.is_some();
        let span = start..start + len;
        let end = len == 0;
        let raw = query[span.clone()].to_owned();
        out.push(Token { text: value.unwrap_or_else(|| raw.clone()), raw, span, quoted, spaced });
        if end {
            return out;
        }
        at = start + len;
    }
}

/// The place after white space and comments.
fn skip(query: &str, mut at: usize) -> usize {
    loop {
        let rest = &query[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if !trimmed.starts_with('#') {
            return at;
        }
        at += trimmed.find('\n').map_or(trimmed.len(), |n| n + 1);
    }
}

/// Length of the first token and, for a quoted one, its value.
fn token(rest: &str) -> (usize, Option<String>) {
    let bare = rest.find(|c| !text::is_token(c)).unwrap_or(rest.len());
    if bare > 0 {
        return (bare, None);
    }
    let Some(first) = rest.chars().next() else { return (0, None) };
    if matches!(first, '"' | '\'' | '`') {
        // An open quote stands alone, and the parser says so.
        return text::unquote(rest).map_or((1, None), |(len, value)| (len, Some(value)));
    }
    let two = ["=~", "!~", "!="].iter().any(|t| rest.starts_with(t));
    (if two { 2 } else { first.len_utf8() }, None)
}

#[cfg(test)]
mod tests {
    use super::tokens;

    fn texts(query: &str) -> Vec<String> {
        tokens(query).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn bare_quoted_and_signs() {
        assert_eq!(texts("a.b:\"c d\" !~`x` >=5"), ["a.b", ":", "c d", "!~", "x", ">", "=", "5", ""]);
        assert_eq!(texts("тест-x"), ["тест", "-", "x", ""]);
    }

    #[test]
    fn comments_are_white_space() {
        let all = tokens("# one\nfoo # two\n bar#three");
        assert_eq!(all.iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), ["foo", "bar", ""]);
        assert!(all[0].spaced && all[1].spaced && all[2].spaced);
    }

    #[test]
    fn an_open_quote_stands_alone() {
        assert_eq!(texts("'foo"), ["'", "foo", ""]);
        assert_eq!(texts(r#""a\q""#)[0], "\"");
    }
}
