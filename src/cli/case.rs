//! `--case case.toml`: what the examiner says about the case, copied into the report with its digest.
//!
//! Only what such a file needs of TOML is read: comments, `[tables]`, `[[exhibit]]`, and keys with a string, a number, a
//! date or a truth value on one line. Anything else is refused with its line number.

use super::CliError;
use crate::input::hex;
use crate::redact::{Redactor, Safe};
use crate::report::model::CaseFile;
use indexmap::IndexMap;
use sha2::{Digest, Sha256};
use std::path::Path;

/// The largest file that is taken for a case file.
const BYTES_MAX: u64 = 1 << 20;

/// Reads a case file; `redactor` sees its values.
pub fn read(path: &Path, redactor: &mut Redactor) -> Result<CaseFile, CliError> {
    let fail = |why: String| CliError::Usage(format!("cannot read {}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|e| fail(crate::input::reason(&e)))?;
    if !size.is_file() || size.len() > BYTES_MAX {
        return Err(fail("not a file of at most 1 MiB".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(|e| fail(crate::input::reason(&e)))?;
    let text = std::str::from_utf8(&bytes).map_err(|e| fail(format!("byte {}: not utf-8", e.valid_up_to())))?;
    let entries = parse(text, redactor).map_err(|(line, why)| fail(format!("line {line}: {why}")))?;
    Ok(CaseFile { sha256: hex(&Sha256::digest(&bytes)), entries })
}

fn parse(text: &str, redactor: &mut Redactor) -> Result<IndexMap<String, Safe>, (usize, String)> {
    let mut entries = IndexMap::new();
    let mut table = String::new();
    let mut counts: IndexMap<String, usize> = IndexMap::new();
    for (index, line) in text.lines().enumerate() {
        let fail = |why: &str| (index + 1, why.to_owned());
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("[[").and_then(|l| l.strip_suffix("]]")) {
            let count = counts.entry(name.trim().to_owned()).or_default();
            *count += 1;
            table = format!("{}.{count}.", name.trim());
        } else if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            table = format!("{}.", name.trim());
        } else {
            let (key, value) = line.split_once('=').ok_or_else(|| fail("want `key = value` or `[table]`"))?;
            let key = format!("{table}{}", key.trim().trim_matches('"'));
            let value =
                scalar(value.trim()).ok_or_else(|| fail("want a string, number, date or truth value on one line"))?;
            let safe = redactor.field(&key, &value);
            if entries.insert(key, safe).is_some() {
                return Err(fail("this key was given before"));
            }
        }
    }
    Ok(entries)
}

fn scalar(value: &str) -> Option<String> {
    if let Some(rest) = value.strip_prefix('\'') {
        let (inner, after) = rest.split_once('\'')?;
        return trailing_comment(after).then(|| inner.to_owned());
    }
    if value.starts_with('"') {
        let mut escaped = false;
        let close = value.char_indices().skip(1).find(|&(_, c)| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let (end, _) = close?;
        let inner: String = serde_json::from_str(&value[..=end]).ok()?;
        return trailing_comment(&value[end + 1..]).then_some(inner);
    }
    let bare = value.split('#').next()?.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':' | '_' | ' ');
    (!bare.is_empty() && bare.chars().all(plain)).then(|| bare.to_owned())
}

fn trailing_comment(rest: &str) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest.starts_with('#')
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
    fn what_is_not_understood_is_located() {
        for (text, line) in [("x", 1), ("a = [1]", 1), ("a = 1\na = 2", 2), ("a = \"x", 1)] {
            assert_eq!(parse(text, &mut Redactor::new()).expect_err(text).0, line, "{text}");
        }
    }
}
