//! `--case case.toml`: what the examiner says about the case, copied into the report with its digest.
//!
//! Only what such a file needs of TOML is read: comments, `[tables]`, `[[exhibit]]`, and keys with a string (over several
//! lines too), a number, a date or a truth value, or a list of them. Anything else is refused with its line number.

use super::{CliError, beside};
use crate::input::hex;
use crate::redact::{Redactor, Safe};
use crate::report::model::CaseFile;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The largest file that is taken for a case file.
const BYTES_MAX: usize = 1 << 20;

/// Reads a case file; `redactor` sees its values.
pub fn read(path: &Path, redactor: &mut Redactor) -> Result<CaseFile, CliError> {
    let fail = |why: String| CliError::Usage(format!("cannot read {}: {why}", path.display()));
    let bytes = beside::read_given(path, BYTES_MAX)?;
    let text = std::str::from_utf8(&bytes).map_err(|e| fail(format!("byte {}: not utf-8", e.valid_up_to())))?;
    let entries = parse(text, redactor).map_err(|(line, why)| fail(format!("line {line}: {why}")))?;
    Ok(CaseFile { sha256: hex(&Sha256::digest(&bytes)), entries })
}

fn parse(text: &str, redactor: &mut Redactor) -> Result<IndexMap<String, Safe>, (usize, String)> {
    let mut entries = IndexMap::new();
    let mut table = String::new();
    let mut counts: IndexMap<String, usize> = IndexMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let number = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let fail = |why: &str| (number, why.to_owned());
        let line = rest.lines().next().unwrap_or_default();
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            rest = behind_line(rest);
        } else if content.starts_with('[') {
            table = heading(content, &mut counts).ok_or_else(|| fail("want `[table]` or `[[table]]`"))?;
            rest = behind_line(rest);
        } else {
            let (key, _) = line.split_once('=').ok_or_else(|| fail("want `key = value` or `[table]`"))?;
            let given = &rest[key.len() + 1..];
            let key = format!("{table}{}", key.trim().trim_matches('"'));
            let (values, after) = values(&key, given)
                .ok_or_else(|| fail("want a string, number, date or truth value, or a list of them"))?;
            for (key, value) in values {
                let safe = redactor.field(&key, &value);
                if entries.insert(key, safe).is_some() {
                    return Err(fail("this key was given before"));
                }
            }
            rest = after;
        }
    }
    Ok(entries)
}

fn behind_line(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, behind)| behind)
}

/// What the keys below a heading begin with. The tables of one name are numbered.
fn heading(content: &str, counts: &mut IndexMap<String, usize>) -> Option<String> {
    if let Some(name) = content.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")) {
        let count = counts.entry(name.trim().to_owned()).or_default();
        *count += 1;
        return Some(format!("{}.{count}.", name.trim()));
    }
    let name = content.strip_prefix('[')?.strip_suffix(']')?;
    Some(format!("{}.", name.trim()))
}

/// The values of a key, each under a name of its own, and the text behind the line where they end. What stands in a list
/// is numbered.
fn values<'t>(key: &str, text: &'t str) -> Option<(Vec<(String, String)>, &'t str)> {
    let text = text.trim_start_matches([' ', '\t']);
    let Some(mut rest) = text.strip_prefix('[').map(within_list) else {
        let (value, rest) = scalar(text)?;
        return Some((vec![(key.to_owned(), value)], ended(rest)?));
    };
    let mut out = Vec::new();
    while !rest.starts_with(']') {
        let (value, after) = scalar(rest)?;
        out.push((format!("{key}.{}", out.len() + 1), value));
        let after = within_list(after);
        rest = match after.strip_prefix(',') {
            Some(next) => within_list(next),
            None if after.starts_with(']') => after,
            None => return None,
        };
    }
    Some((out, ended(&rest[1..])?))
}

/// A list may be broken over lines, with comments.
fn within_list(text: &str) -> &str {
    let mut text = text.trim_start();
    while text.starts_with('#') {
        text = behind_line(text).trim_start();
    }
    text
}

/// The text behind the line, on which nothing more may stand but a comment.
fn ended(text: &str) -> Option<&str> {
    let rest = text.lines().next().unwrap_or_default().trim();
    (rest.is_empty() || rest.starts_with('#')).then(|| behind_line(text))
}

/// A value, and the text behind it.
fn scalar(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix("'''") {
        let (inner, after) = rest.split_once("'''")?;
        return Some((first_line_end_dropped(inner).to_owned(), after));
    }
    if let Some(rest) = text.strip_prefix("\"\"\"") {
        let end = closing(rest, "\"\"\"")?;
        return Some((unescaped(first_line_end_dropped(&rest[..end]))?, &rest[end + 3..]));
    }
    let line = text.lines().next().unwrap_or_default();
    if let Some(rest) = line.strip_prefix('\'') {
        let end = rest.find('\'')?;
        return Some((rest[..end].to_owned(), &text[end + 2..]));
    }
    if let Some(rest) = line.strip_prefix('"') {
        let end = closing(rest, "\"")?;
        return Some((unescaped(&rest[..end])?, &text[end + 2..]));
    }
    let end = line.find([',', ']', '#']).unwrap_or(line.len());
    let bare = line[..end].trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':' | '_' | ' ');
    (!bare.is_empty() && bare.chars().all(plain)).then(|| (bare.to_owned(), &text[end..]))
}

fn first_line_end_dropped(text: &str) -> &str {
    text.strip_prefix('\n').or_else(|| text.strip_prefix("\r\n")).unwrap_or(text)
}

/// Where the quotes that end a text stand, those behind a backslash not counted.
fn closing(text: &str, quotes: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices()
        .find(|&(at, c)| {
            let closes = !escaped && text[at..].starts_with(quotes);
            escaped = c == '\\' && !escaped;
            closes
        })
        .map(|(at, _)| at)
}

/// A quoted text with its escapes read, which are those of JSON. A backslash at the end of a line takes the blanks behind
/// it away.
fn unescaped(text: &str) -> Option<String> {
    let mut json = String::from('"');
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\\' if after.trim_start_matches([' ', '\t', '\r']).starts_with('\n') => after.trim_start(),
            '\\' => {
                let next = after.chars().next()?;
                json.extend([c, next]);
                &after[next.len_utf8()..]
            }
            '"' => {
                json.push_str("\\\"");
                after
            }
            c if c.is_control() => {
                json.push_str(&format!("\\u{:04x}", u32::from(c)));
                after
            }
            c => {
                json.push(c);
                after
            }
        };
    }
    json.push('"');
    serde_json::from_str(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_exhibits_become_dotted_names() {
        let text = "# a case\nid = \"C-1\" # no\n[query]\nlogsql = 'a | b'\n[[exhibit]]\nname = \"x\"\n[[exhibit]]\nat = 2026-01-02T03:04:05Z\n";
        let entries = parse(text, &mut Redactor::new()).expect("a case");
        let got: Vec<(&str, &str)> = entries.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            got,
            [
                ("id", "C-1"),
                ("query.logsql", "a | b"),
                ("exhibit.1.name", "x"),
                ("exhibit.2.at", "2026-01-02T03:04:05Z")
            ]
        );
    }

    #[test]
    fn lists_and_texts_over_several_lines_are_read() {
        let text = "exhibits = [\"E1\", 'E2', # two\n  3,\n]\nnone = []\nquery = \"\"\"\na \\\n  | \"b\"\\t\"\"\"\nraw = '''\nc\\d\nf''' # end\nlast = 1";
        let entries = parse(text, &mut Redactor::new()).expect("a case");
        let got: Vec<(&str, &str)> = entries.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            got,
            [
                ("exhibits.1", "E1"),
                ("exhibits.2", "E2"),
                ("exhibits.3", "3"),
                ("query", "a | \"b\"\t"),
                ("raw", "c\\d\nf"),
                ("last", "1")
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_located() {
        for (text, line) in [
            ("x", 1),
            ("a = [1", 1),
            ("a = [[1]]", 1),
            ("b = 1\na = \"\"\"x\n", 2),
            ("a = 1\na = 2", 2),
            ("a = \"x", 1),
        ] {
            assert_eq!(parse(text, &mut Redactor::new()).expect_err(text).0, line, "{text}");
        }
    }
}
