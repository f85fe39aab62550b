//! Names in queries: when they need quotes, and lists of them with wildcards.

use super::batch::Fields;
use super::filters::{self, Form};
use super::needed::Needed;
use super::{pipes, stats, text};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that are only text when quoted: the operators and every registered name.
static RESERVED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let mut words: HashSet<&'static str> = ["and", "or", "not", "now", "options"].into_iter().collect();
    words.extend(
        filters::FILTERS
            .iter()
            .filter(|f| f.form != Form::Bare)
            .flat_map(|f| f.names)
            .filter(|n| n.starts_with(|c: char| c.is_alphabetic())),
    );
    words.extend(FIRST_OF_PIPES.iter());
    words
});

/// The words that begin a pipe: the names of pipes and stats functions, with the slips of the store's own list.
static FIRST_OF_PIPES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let names = pipes::PIPES.iter().flat_map(|p| p.names).chain(stats::STATS.iter().flat_map(|s| s.names));
    let listed = names.copied().filter(|name| *name != "pack_logfmt");
    listed.chain(["by", "pack_logmft", "stats_remote"]).collect()
});

/// Whether an unquoted word begins a pipe or names a stats function; a query may not start with one.
pub fn starts_pipe(word: &str) -> bool {
    FIRST_OF_PIPES.contains(word.to_ascii_lowercase().as_str())
}

/// Appends a word, quoted where the parser would read it as something else.
pub fn print_word(word: &str, out: &mut String) {
    let plain = !word.is_empty() && word.chars().all(text::is_token);
    if plain && !RESERVED.contains(word.to_ascii_lowercase().as_str()) {
        out.push_str(word);
    } else {
        text::quote(word, out);
    }
}

/// A word as text, quoted where needed.
pub fn word(word: &str) -> String {
    let mut out = String::new();
    print_word(word, &mut out);
    out
}

/// Appends `name:`, or nothing for the default field.
pub fn print_field(name: &str, out: &mut String) {
    if name != "_msg" && !name.is_empty() {
        print_word(name, out);
        out.push(':');
    }
}

/// Appends names joined by `, `.
pub fn print_list(names: &[String], out: &mut String) {
    for (i, name) in names.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        print_word(name, out);
    }
}

/// A field name, or all names with a prefix (`audit.*`, `*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    Name(String),
    Prefix(String),
}

impl Pattern {
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Pattern::Name(n) => n == name,
            Pattern::Prefix(p) => name.starts_with(p.as_str()),
        }
    }

    pub fn print(&self, out: &mut String) {
        match self {
            Pattern::Name(name) => print_word(name, out),
            Pattern::Prefix(prefix) => {
                if !prefix.is_empty() {
                    print_word(prefix, out);
                }
                out.push('*');
            }
        }
    }

    /// Whether this is the bare `*`.
    pub fn is_all(&self) -> bool {
        matches!(self, Pattern::Prefix(p) if p.is_empty())
    }
}

/// A list of names and wildcards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns(pub Vec<Pattern>);

impl Patterns {
    pub fn all() -> Self {
        Patterns(vec![Pattern::Prefix(String::new())])
    }

    pub fn matches(&self, name: &str) -> bool {
        self.0.iter().any(|p| p.matches(name))
    }

    pub fn is_all(&self) -> bool {
        self.0.iter().any(Pattern::is_all)
    }

    /// The names, when none of them is a wildcard.
    pub fn plain(&self) -> Option<Vec<&str>> {
        self.0.iter().map(|p| if let Pattern::Name(n) = p { Some(n.as_str()) } else { None }).collect()
    }

    /// The names among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|p| if let Pattern::Name(n) = p { Some(n.as_str()) } else { None })
    }

    pub fn print(&self, out: &mut String) {
        for (i, pattern) in self.0.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            pattern.print(out);
        }
    }

    pub fn needs(&self, needed: &mut Needed) {
        self.0.iter().for_each(|pattern| needed.add_pattern(pattern));
    }

    /// Visits the chosen fields of a row: plain names in list order (empty ones too), wildcards in row order.
    pub fn each(&self, row: &dyn Fields, visit: &mut dyn FnMut(&str, &str)) {
        for pattern in &self.0 {
            match pattern {
                Pattern::Name(name) => {
                    let value: Cow<'_, str> = row.get(name);
                    visit(name, &value);
                }
                Pattern::Prefix(prefix) => row.each(&mut |name, value| {
                    if name.starts_with(prefix.as_str()) {
                        visit(name, value);
                    }
                }),
            }
        }
    }
}
