//! Constant prefixes of the emitters, compiled once into one anchored automaton.

use super::envelope::Envelope;
use super::{What, access, kiro, management, provider, scheduler, watcher};
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// One kind of line: how it begins, what it is evidence for, and how the rest is read.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    pub prefix: &'static str,
    /// What the line means, for `explain`.
    pub means: &'static str,
    /// Rows of the symptom table it bears on.
    pub rows: &'static [u8],
    /// The rest of the line to a fact; `None` when the line only looks like the template.
    pub read: fn(&Envelope<'_>, &str) -> Option<What>,
}

/// Every template, family by family.
pub fn templates() -> impl Iterator<Item = &'static Template> {
    [scheduler::TEMPLATES, provider::TEMPLATES, kiro::TEMPLATES, management::TEMPLATES, watcher::TEMPLATES]
        .into_iter()
        .flatten()
}

struct Compiled {
    automaton: AhoCorasick,
    templates: Vec<&'static Template>,
    /// Bytes with which a template can begin.
    first: [bool; 256],
    /// What stands behind the name of a provider.
    executor: Finder<'static>,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| {
    let templates: Vec<_> = templates().collect();
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(StartKind::Anchored)
        .build(templates.iter().map(|t| t.prefix))
        .expect("a few hundred short literals always compile");
    let mut first = [false; 256];
    for template in &templates {
        first[usize::from(template.prefix.as_bytes()[0])] = true;
    }
    Compiled { automaton, templates, first, executor: Finder::new(b" executor: ") }
});

/// Whether a line without an envelope can begin with a template. Cheap, and sure only when it says no.
pub fn may_begin(raw: &[u8]) -> bool {
    let compiled = &*COMPILED;
    compiled.first[usize::from(raw[0])]
        && (find(raw).is_some() || compiled.executor.find(&raw[..raw.len().min(40)]).is_some())
}

fn find(text: &[u8]) -> Option<(&'static Template, usize)> {
    let compiled = &*COMPILED;
    let hit = compiled.automaton.find(Input::new(text).anchored(Anchored::Yes))?;
    Some((compiled.templates[hit.pattern().as_usize()], hit.end()))
}

/// The fact in a peeled line.
pub fn read(envelope: &Envelope<'_>) -> Option<What> {
    let text = envelope.text;
    if envelope.source == "gin_logger.go" {
        return access::read(text).map(What::Access);
    }
    if let Some((template, end)) = find(text.as_bytes()) {
        return (template.read)(envelope, &text[end..]);
    }
    if let Some(found) = provider::executor(text).or_else(|| watcher::field(envelope)) {
        return Some(found);
    }
    // Builds differ in the name of the access logger's file; a line that starts with a status can only be one.
    text.as_bytes().first().is_some_and(u8::is_ascii_digit).then(|| access::read(text).map(What::Access)).flatten()
}

/// The word before a separator, with what follows it.
pub fn word<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    let (word, rest) = text.split_once(separator)?;
    (!word.is_empty() && word.len() <= 200).then_some((word, rest))
}

/// The number in `(status 401)` or `(caused by: status 401: ...)`, or after `with status `.
pub fn status_in(text: &str) -> Option<u16> {
    const BEFORE: [&str; 3] = ["(status ", "with status ", "(caused by: status "];
    let at = BEFORE.iter().find_map(|before| text.find(before).map(|n| n + before.len()))?;
    let digits: String = text[at..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|s| (100..600).contains(s))
}

/// At most this much of an error text is kept in a fact.
const TEXT_LIMIT: usize = 600;

/// An error text, cut at a character boundary.
pub fn cut(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(TEXT_LIMIT)].into()
}

/// `/a/b/<name>.json` to its last part.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::super::testing::what;
    use super::*;

    #[test]
    fn no_two_templates_begin_alike() {
        let mut prefixes: Vec<_> = templates().map(|t| t.prefix).collect();
        let count = prefixes.len();
        prefixes.sort_unstable();
        prefixes.dedup();
        assert_eq!(prefixes.len(), count);
    }

    #[test]
    fn rows_are_rows_of_the_table() {
        assert!(templates().all(|t| t.rows.iter().all(|row| (1..=9).contains(row))));
    }

    #[test]
    fn a_quoted_template_is_no_fact() {
        for text in [
            r#"ticket 4711 says: "iflow executor: token refresh failed" was seen last month"#,
            r#"kb article opened: IDC token refresh failed (status 400): {"error":"invalid_grant"}"#,
            "search term: POST /v0/management/auths/codex/refresh 404",
            "runbook step 8: look for `kiro: using normal browser mode (--no-incognito)` in the login pod",
            "[2026-02-20 12:00:00] [00000001] [debug] [translator.go:88] thinking budget clamped, max_tokens=403",
            "[2026-02-20 12:00:00] [--------] [info ] [registry.go:301] periodic model refresh started (interval=3h0m0s)",
        ] {
            assert_eq!(what(text), None, "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut(&"µ".repeat(1000)).len(), TEXT_LIMIT);
    }
}
