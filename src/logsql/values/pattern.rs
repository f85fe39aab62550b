//! Patterns of `extract` and `format`: literal text with `<name>` placeholders.

use super::unquote;

/// A literal followed by a placeholder. The last step of a pattern that ends in a literal has no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Literal text before the placeholder, HTML entities decoded: all of HTML 5, the old ones without a semicolon too.
    pub literal: String,
    /// Field name, empty for `<_>`, `<*>`, `<>` and trailing literals.
    pub name: String,
    /// `opt` of `<opt:name>`.
    pub option: String,
}

/// Splits a pattern into its steps.
///
/// # Errors
/// A `<` without `>`, or a name with a `*` in it.
pub fn parse(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let literal = htmlize::unescape(&rest[..open]).into_owned();
        let after = &rest[open + 1..];
        let Some(close) = after.find('>') else { return Err(format!("missing '>' after {:?}", &rest[open..])) };
        let (option, name) = match after[..close].split_once(':') {
            Some((option, name)) => (option.trim(), name.trim()),
            None => ("", after[..close].trim()),
        };
        let name = if name == "_" || name == "*" { "" } else { name };
        if name.ends_with('*') {
            return Err(format!("placeholder <{name}> cannot be a prefix"));
        }
        steps.push(Step { literal, name: name.into(), option: option.into() });
        rest = &after[close + 1..];
    }
    if !rest.is_empty() || steps.is_empty() {
        steps.push(Step { literal: htmlize::unescape(rest).into_owned(), name: String::new(), option: String::new() });
    }
    Ok(steps)
}

/// Refuses steps that cannot be cut out of a text: adjacent placeholders, or none with a name.
///
/// # Errors
/// As said.
pub fn check_extractable(steps: &[Step]) -> Result<(), String> {
    if let Some(pair) = steps.windows(2).find(|pair| pair[1].literal.is_empty()) {
        return Err(format!("there must be a literal between <{}> and <{}>", pair[0].name, pair[1].name));
    }
    if steps.iter().all(|step| step.name.is_empty()) {
        return Err("the pattern has no named placeholder".into());
    }
    Ok(())
}

/// Cuts a text by the steps: the captures in step order, `None` from the first mismatch on.
///
/// A capture runs to the first occurrence of the next literal; one that begins with a quote or a backtick is read as a
/// Go string literal, which the next literal must follow, unless the step says `plain`.
pub fn extract(steps: &[Step], text: &str) -> Vec<Option<String>> {
    let mut found = vec![None; steps.len()];
    let Some(start) = steps.first().and_then(|step| Some(text.find(&step.literal)? + step.literal.len())) else {
        return found;
    };
    let mut rest = &text[start..];
    for (i, step) in steps.iter().enumerate() {
        let next = steps.get(i + 1).map_or("", |step| step.literal.as_str());
        let literal = if step.option == "plain" { None } else { unquote::prefix(rest) };
        let (value, after) = match literal {
            Some((value, taken)) => (value, rest[taken..].strip_prefix(next)),
            None if next.is_empty() => (rest.to_owned(), Some("")),
            None => match rest.split_once(next) {
                Some((value, after)) => (value.to_owned(), Some(after)),
                None => return found,
            },
        };
        // A literal that is not followed by what must follow it is still a capture; those behind it are not.
        found[i] = Some(value);
        let Some(after) = after else { return found };
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pattern: &str, text: &str) -> Vec<Option<String>> {
        extract(&parse(pattern).expect("a pattern"), text)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.into())
    }

    #[test]
    fn captures_run_to_the_next_literal() {
        assert_eq!(cut("user <u> from <ip>:", "a user bob from 1.2.3.4:5"), [some("bob"), some("1.2.3.4"), some("5")]);
        assert_eq!(cut("<a> <b>", "-x/-\"q w"), [some("-x/-\"q"), some("w")]);
        assert_eq!(cut("foo<x>", "bar"), [None]);
        assert_eq!(cut("a=<a> b=<b>;", "a=1 b=2"), [some("1"), None, None]);
    }

    #[test]
    fn literals_are_unquoted_unless_plain() {
        assert_eq!(cut(r#"e: <e>, o: <plain:o>"#, r#"e: "x\"y", o: "z""#), [some("x\"y"), some("\"z\"")]);
        assert_eq!(cut("<a> <b>", "\"q w\"x y"), [some("q w"), None]);
    }

    #[test]
    fn entities_and_refusals() {
        for (text, literal) in [
            ("&lt;", "<"),
            ("&copy; &eacute;", "© é"),
            ("&lt", "<"),
            ("&region=", "®ion="),
            ("&notit;", "¬it;"),
            ("&#65;&#x42;&#67", "ABC"),
            ("&#128;&#0;", "€\u{fffd}"),
            ("a & b; &nope; &", "a & b; &nope; &"),
            ("&amp;lt;", "&lt;"),
        ] {
            assert_eq!(parse(&format!("{text}<k>")).expect("steps")[0].literal, literal, "{text}");
        }
        assert!(parse("<a*>").is_err());
        assert!(parse("<a").is_err());
        assert!(check_extractable(&parse("<a><b>").expect("steps")).is_err());
        assert!(check_extractable(&parse("abc").expect("steps")).is_err());
    }
}
