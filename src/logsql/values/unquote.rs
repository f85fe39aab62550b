//! Go string literals inside values: what `extract`, `unpack_logfmt` and `unpack_syslog` read as quoted.

use crate::logsql::text;

/// The literal that begins a text (`"…"` with Go escapes, or a backtick raw string) and how many bytes it takes.
/// `None` when the text does not begin with a complete literal. Single quotes are ordinary characters here.
pub fn prefix(value: &str) -> Option<(String, usize)> {
    if !value.starts_with(['"', '`']) {
        return None;
    }
    text::unquote(value).map(|(taken, value)| (value, taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_literals_and_their_length() {
        assert_eq!(prefix(r#""a\"b\u0442" x"#), Some(("a\"bт".into(), 12)));
        assert_eq!(prefix("`a\\b` x"), Some(("a\\b".into(), 5)));
        for open in [r#""open"#, r#""\q""#, "plain", "'x'"] {
            assert_eq!(prefix(open), None, "{open}");
        }
    }
}
