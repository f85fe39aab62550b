//! The words of an error on their way to the terminal: paths, arguments and queries may hold secrets and control
//! characters as any evidence does.

use crate::redact::Redactor;
use crate::report::escape;

/// A message without secrets, safe to print. A line of carets stays below what it points at.
pub fn shown(message: &str) -> String {
    let masked = Redactor::new().text(message);
    let (was, mut now): (Vec<&str>, Vec<String>) =
        (message.lines().collect(), masked.as_str().lines().map(|line| escape::terminal(line).into_owned()).collect());
    if was.len() == now.len() {
        for at in 1..was.len() {
            if is_carets(was[at]) {
                now[at] = below(was[at - 1], &now[at - 1], was[at]);
            }
        }
    }
    now.join("\n")
}

fn is_carets(line: &str) -> bool {
    let marks = line.trim_start_matches(' ');
    !marks.is_empty() && marks.bytes().all(|b| b == b'^')
}

/// The carets below the same text of a line of which parts were replaced: counted from its end, where what follows them
/// is unchanged.
fn below(was: &str, now: &str, carets: &str) -> String {
    let start = carets.len() - carets.trim_start_matches(' ').len();
    let marks = &carets[start..];
    let rest: String = was.chars().skip(start).collect();
    match now.strip_suffix(rest.as_str()) {
        Some(before) => format!("{}{marks}", " ".repeat(before.chars().count())),
        None => carets.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn carets_stay_below_what_they_point_at() {
        let secret = "ghp_Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3gHi";
        let caret = |column: usize| format!("{}^", " ".repeat(column));
        let said = shown(&format!("bad query\n  token:{secret} ((\n{}", caret(8 + secret.len() + 2)));
        let lines: Vec<&str> = said.lines().collect();
        assert!(!said.contains("ghp_"), "{said}");
        assert_eq!(lines[2].find('^'), lines[1].find("(").map(|at| at + 1), "{said}");
        let plain = "bad query\n  a ((\n     ^";
        assert_eq!(shown(plain), plain);
    }
}
