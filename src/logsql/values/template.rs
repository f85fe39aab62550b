//! Replacement templates of `replace_regexp`: `$1`, `${1}`, `$name`, `${name}` and `$$`.

use crate::logsql::re2::{Groups, Pattern};

/// Appends a template with the groups of one match filled in. A name is the longest run of letters, digits and `_`, so
/// `$1_x` asks for the group `1_x`; a group that does not exist is empty; a `$` that begins no name stands for itself.
pub fn expand(template: &str, groups: &Groups<'_>, out: &mut String) {
    let mut rest = template;
    while let Some(n) = rest.find('$') {
        out.push_str(&rest[..n]);
        rest = &rest[n + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        match name(rest) {
            Some((name, taken)) => {
                out.push_str(group(groups, name));
                rest = &rest[taken..];
            }
            None => out.push('$'),
        }
    }
    out.push_str(rest);
}

/// The group name at the start of a text and the bytes it takes, braces included.
fn name(text: &str) -> Option<(&str, usize)> {
    let (body, braces) = text.strip_prefix('{').map_or((text, false), |body| (body, true));
    let end = body.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(body.len());
    if end == 0 || (braces && !body[end..].starts_with('}')) {
        return None;
    }
    Some((&body[..end], end + if braces { 2 } else { 0 }))
}

fn group<'t>(groups: &Groups<'t>, name: &str) -> &'t str {
    match name.parse::<usize>() {
        Ok(index) if name == "0" || !name.starts_with('0') => groups.number(index),
        _ => groups.name(name),
    }
}

/// Replaces up to `limit` matches (all when 0). An empty match right after another match is skipped, as Go does.
pub fn replace(text: &str, regex: &Pattern, template: &str, limit: u64) -> String {
    let mut out = String::new();
    let mut last = 0;
    for (done, groups) in regex.matches(text).enumerate() {
        if limit != 0 && done as u64 >= limit {
            break;
        }
        let whole = groups.range();
        out.push_str(&text[last..whole.start]);
        expand(template, &groups, &mut out);
        last = whole.end;
    }
    out.push_str(&text[last..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logsql::re2;

    fn run(pattern: &str, template: &str, text: &str) -> String {
        replace(text, &re2::compile(pattern, false).expect("a pattern"), template, 0)
    }

    #[test]
    fn groups_by_number_and_name() {
        assert_eq!(run("h-(.+?)-f", "${1}_x", "h-a-f"), "a_x");
        assert_eq!(run("h-(.+?)-f", "$1_x", "h-a-f"), "");
        assert_eq!(run("h-(?P<n>.+?)-f", "[$n]$$ $ ${", "h-a-f"), "[a]$ $ ${");
    }

    #[test]
    fn empty_matches() {
        assert_eq!(run("^", "^", "v0"), "^v0");
        assert_eq!(run("o*", "-", "foo"), "-f-");
        assert_eq!(run("x*", "-", "é"), "-é-");
    }
}
