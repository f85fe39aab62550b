//! logfmt: `k=v k="quoted v" bare`.

use super::unquote;

/// The pairs of a logfmt text in their order. A bare key has an empty value; a pair without name and value is dropped.
pub fn parse(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let Some(n) = rest.find(['=', ' ']) else {
            push(&mut out, rest, String::new());
            return out;
        };
        let (name, separator) = (&rest[..n], rest.as_bytes()[n]);
        rest = &rest[n + 1..];
        if separator == b' ' {
            push(&mut out, name, String::new());
            continue;
        }
        if let Some((value, taken)) = unquote::prefix(rest) {
            push(&mut out, name, value);
            rest = &rest[taken..];
            let Some(after) = rest.strip_prefix(' ') else { return out };
            rest = after;
            continue;
        }
        let end = rest.find(' ').unwrap_or(rest.len());
        push(&mut out, name, rest[..end].to_owned());
        if end == rest.len() {
            return out;
        }
        rest = &rest[end + 1..];
    }
}

fn push(out: &mut Vec<(String, String)>, name: &str, value: String) {
    let name = name.trim();
    if !name.is_empty() || !value.is_empty() {
        out.push((name.to_owned(), value));
    }
}

/// Whether the store quotes a value. One that begins with a backtick is not read back as it was; the store writes it so.
pub fn needs_quotes(value: &str) -> bool {
    value.chars().any(|c| c <= ' ' || c == '"' || c == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).into_iter().filter(|(_, v)| !v.is_empty()).collect()
    }

    #[test]
    fn values_that_are_quoted() {
        for value in ["a b", "\t", "\u{1}", "say \"x\"", "a\\b"] {
            assert!(needs_quotes(value), "{value}");
        }
        for value in ["", "a=b", "x`y", "a'b", "<c>", "тест"] {
            assert!(!needs_quotes(value), "{value}");
        }
    }

    #[test]
    fn quoted_values_and_loose_text() {
        assert_eq!(pairs(r#"c="x y"  = 1 x=y"#), [("c".into(), "x y".into()), ("x".into(), "y".into())]);
        assert_eq!(pairs(r#""d e"=x=y"#), [("e\"".into(), "x=y".into())]);
        assert_eq!(pairs(r#"cx=y [1] a = "x y" =1"#), [("cx".into(), "y".into()), (String::new(), "1".into())]);
        assert_eq!(pairs("\ta=b\n"), [("a".into(), "b\n".into())]);
        assert_eq!(pairs("plain text only"), []);
    }
}
