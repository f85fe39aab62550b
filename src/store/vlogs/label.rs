//! How the arguments of a tool call are shown.

use serde_json::Value;

/// The label of a call's arguments. A dump holds lists and objects as JSON text, which is read back unless strict.
pub fn label(args: &str, strict: bool) -> String {
    if args.is_empty() {
        return "(not captured)".into();
    }
    match serde_json::from_str(args) {
        Ok(Value::Array(list)) if !strict && !list.is_empty() => shell_joined(&list),
        Ok(Value::Object(mut object)) if !strict && !object.is_empty() => {
            object.values_mut().for_each(Value::sort_all_objects);
            object.sort_keys();
            Value::Object(object).to_string()
        }
        Ok(Value::Array(_) | Value::Object(_) | Value::Null) if !strict => "(no args)".into(),
        _ => args.to_owned(),
    }
}

fn shell_joined(list: &[Value]) -> String {
    let word = |value: &Value| {
        let text = value.as_str().map_or_else(|| printed(value), str::to_owned);
        let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c));
        if plain { text } else { format!("'{}'", text.replace('\'', "'\"'\"'")) }
    };
    list.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A value as the live tool's language prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => literal(text),
        Value::Array(list) => format!("[{}]", list.iter().map(printed).collect::<Vec<_>>().join(", ")),
        Value::Object(object) => {
            let pairs: Vec<String> =
                object.iter().map(|(name, v)| format!("{}: {}", literal(name), printed(v))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// A string literal in single quotes, or in double ones where that saves escapes.
fn literal(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c if c.is_ascii_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_of_arguments() {
        for (args, want) in [
            ("", "(not captured)"),
            ("[]", "(no args)"),
            ("{}", "(no args)"),
            ("null", "(no args)"),
            (r#"["ls","a b"]"#, "ls 'a b'"),
            (
                r#"{"b": 1, "a": {"d": [{"z": 0, "y": 0}], "c": "x y"}}"#,
                r#"{"a":{"c":"x y","d":[{"y":0,"z":0}]},"b":1}"#,
            ),
            (r#"[true, null, -1.5, ""]"#, "True None -1.5 ''"),
            (r#"[["a", false], {"k": "v"}]"#, r#"'['"'"'a'"'"', False]' '{'"'"'k'"'"': '"'"'v'"'"'}'"#),
            (r#"[["it's\n"]]"#, r#"'["it'"'"'s\n"]'"#),
            ("true", "true"),
            ("ls -l", "ls -l"),
            ("{broken", "{broken"),
        ] {
            assert_eq!(label(args, false), want, "{args}");
        }
        for args in [r#"["ls"]"#, r#"{"b":1,"a":2}"#, "null"] {
            assert_eq!(label(args, true), args);
        }
    }
}
