//! Vocabulary: literal error texts and the classes they stand for, one data file per vendor.
//!
//! Belongs here: what other people's services say when they refuse. Elsewhere: what our own proxies say
//! ([`super::cliproxy`], [`super::audit`]) and how far a claim may go ([`super::classes`]).
//!
//! A row is `literal, classes, subtype, where, positive, negative`, separated by tabs. `where` is `token` (token
//! endpoint), `resource` (optionally `resource:403`), `store` (secret store) or `any`; a `~` after it marks a generic
//! word that every more specific row beats. A literal that cannot tell several classes apart names them all, the most
//! usual first, and no claim built on it goes beyond likely. Every row carries a text that it must find and one that it
//! must not; a test holds each against the compiled table.

use super::classes::{self as c, Class, Group};
use aho_corasick::AhoCorasick;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The data files, by vendor.
pub const FILES: &[(&str, &str)] = &[
    ("oauth", include_str!("oauth.tsv")),
    ("challenges", include_str!("challenges.tsv")),
    ("oidc", include_str!("oidc.tsv")),
    ("aws", include_str!("aws.tsv")),
    ("kiro", include_str!("kiro.tsv")),
    ("google", include_str!("google.tsv")),
    ("entra", include_str!("entra.tsv")),
    ("github", include_str!("github.tsv")),
    ("openai", include_str!("openai.tsv")),
    ("anthropic", include_str!("anthropic.tsv")),
    ("slack", include_str!("slack.tsv")),
    ("atlassian", include_str!("atlassian.tsv")),
    ("notion", include_str!("notion.tsv")),
    ("linear", include_str!("linear.tsv")),
    ("okta", include_str!("okta.tsv")),
    ("intercom", include_str!("intercom.tsv")),
    ("stores", include_str!("stores.tsv")),
    ("kubernetes", include_str!("kubernetes.tsv")),
    ("mesh", include_str!("mesh.tsv")),
    ("transport", include_str!("transport.tsv")),
    ("cliproxy", include_str!("cliproxy.tsv")),
];

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    TokenEndpoint,
    /// A service that answered with this status.
    Resource(u16),
    Store,
}

/// Where a row applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Any,
    TokenEndpoint,
    Resource(Option<u16>),
    Store,
}

impl Where {
    /// A row of this kind is asked about a text of that place.
    pub fn admits(self, place: Place) -> bool {
        match (self, place) {
            (Where::Any, _) | (Where::TokenEndpoint, Place::TokenEndpoint) | (Where::Store, Place::Store) => true,
            (Where::Resource(only), Place::Resource(status)) => only.is_none_or(|s| s == status),
            _ => false,
        }
    }
}

/// One row.
#[derive(Debug)]
pub struct Entry {
    pub vendor: &'static str,
    pub literal: &'static str,
    /// More than one when the literal cannot tell them apart; the most usual first.
    pub classes: Vec<&'static Class>,
    pub subtype: Option<&'static str>,
    pub place: Where,
    /// A word so general that every other row beats it.
    pub generic: bool,
    pub positive: &'static str,
    pub negative: &'static str,
}

/// What a text means.
#[derive(Debug, Clone, Copy)]
pub struct Meaning(pub &'static Entry);

impl Meaning {
    /// The label of the most usual class.
    pub fn class(self) -> &'static str {
        self.0.classes[0].label
    }

    /// The literal cannot tell several classes apart, or speaks of a clock without printing two, so a claim stays below
    /// confirmed.
    pub fn is_ambiguous(self) -> bool {
        let of_a_clock = std::ptr::eq(self.0.classes[0], &c::CLOCK_SKEW);
        self.0.classes.len() > 1 || of_a_clock && self.0.subtype != Some("printed-clocks")
    }
}

struct Compiled {
    automaton: AhoCorasick,
    entries: Vec<Entry>,
    /// Entries per automaton pattern: one literal may mean different things in different places.
    by_literal: Vec<Vec<usize>>,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(compile);

fn compile() -> Compiled {
    let entries: Vec<Entry> = FILES.iter().flat_map(|(vendor, text)| rows(vendor, text)).collect();
    let mut literals: Vec<String> = Vec::new();
    let mut by_literal: Vec<Vec<usize>> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let literal = entry.literal.to_ascii_lowercase();
        match literals.iter().position(|known| *known == literal) {
            Some(at) => by_literal[at].push(index),
            None => {
                literals.push(literal);
                by_literal.push(vec![index]);
            }
        }
    }
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(&literals)
        .expect("a few hundred short literals always compile");
    Compiled { automaton, entries, by_literal }
}

fn rows(vendor: &'static str, text: &'static str) -> impl Iterator<Item = Entry> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(move |line| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_else(|| panic!("vocabulary {vendor}: a cell is missing in {line}"));
        let (literal, labels, subtype, place, positive, negative) = (cell(), cell(), cell(), cell(), cell(), cell());
        let (place, generic) = match place.strip_suffix('~') {
            Some(place) => (place, true),
            None => (place, false),
        };
        Entry {
            vendor,
            literal,
            classes: labels
                .split(',')
                .map(|l| c::find(l).unwrap_or_else(|| panic!("vocabulary {vendor}: no class {l}")))
                .collect(),
            subtype: (subtype != "-").then_some(subtype),
            place: place_of(place).unwrap_or_else(|| panic!("vocabulary {vendor}: no place {place}")),
            generic,
            positive,
            negative,
        }
    })
}

fn place_of(word: &str) -> Option<Where> {
    Some(match word {
        "any" => Where::Any,
        "token" => Where::TokenEndpoint,
        "resource" => Where::Resource(None),
        "store" => Where::Store,
        other => Where::Resource(Some(other.strip_prefix("resource:")?.parse().ok()?)),
    })
}

/// Every row, vendor by vendor.
pub fn entries() -> &'static [Entry] {
    &COMPILED.entries
}

/// The meaning of an error text that comes from `place`. The text is matched once with one level of JSON escapes
/// removed and blanks collapsed, and once as it is.
pub fn look_up(text: &str, place: Place) -> Option<Meaning> {
    let plain = plain(text);
    let found = best(&plain, place);
    match plain {
        Cow::Owned(_) => found.or_else(|| best(text, place)),
        Cow::Borrowed(_) => found,
    }
    .map(Meaning)
}

/// Of all rows found: the specific before the general, a row for this very status (or for stores, where one speaks)
/// before others, then the order of decision, then a row for this kind of place, then the longer literal.
fn best(text: &str, place: Place) -> Option<&'static Entry> {
    let compiled = &*COMPILED;
    let mut best: Option<(bool, bool, u8, bool, std::cmp::Reverse<usize>, usize)> = None;
    for hit in compiled.automaton.find_overlapping_iter(text) {
        if !stands_alone(text.as_bytes(), hit.start(), hit.end()) {
            continue;
        }
        for &index in &compiled.by_literal[hit.pattern().as_usize()] {
            let entry = &compiled.entries[index];
            if !entry.place.admits(place) {
                continue;
            }
            let vague = entry.place == Where::Any;
            let elsewhere =
                if place == Place::Store { vague } else { !matches!(entry.place, Where::Resource(Some(_))) };
            let rank =
                (entry.generic, elsewhere, decision(entry), vague, std::cmp::Reverse(entry.literal.len()), index);
            if best.is_none_or(|known| rank < known) {
                best = Some(rank);
            }
        }
    }
    best.map(|(.., index)| &compiled.entries[index])
}

/// Network words decide first, then our own denials, then bans, quotas, reuse, and so on: a text that holds several is
/// about the first of them.
fn decision(entry: &Entry) -> u8 {
    const FIRST: [&[&Class]; 9] = [
        &[&c::REFRESH_NETWORK, &c::CONNECT, &c::TIMEOUT, &c::TLS],
        &[],
        &[&c::ACCOUNT_SUSPENDED],
        &[],
        &[&c::REFRESH_REUSED],
        &[&c::CLOCK_SKEW, &c::MINT_FAILED, &c::STEP_UP_REQUIRED],
        &[&c::INVALID_GRANT],
        &[&c::CLIENT_REJECTED],
        &[&c::GEO_BLOCKED, &c::WAF_CHALLENGE],
    ];
    let class = entry.classes[0];
    match class.group {
        Group::Local => 1,
        Group::Quota => 3,
        _ => FIRST.iter().position(|classes| classes.contains(&class)).unwrap_or(FIRST.len()) as u8,
    }
}

/// A literal that begins or ends with a word character must not be part of a longer word.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let open = start == 0 || !word(text[start]) || !word(text[start - 1]);
    let close = end == text.len() || !word(text[end - 1]) || !word(text[end]);
    open && close
}

/// One level of JSON escapes removed, runs of blanks collapsed.
fn plain(text: &str) -> Cow<'_, str> {
    let escaped = text.contains('\\');
    let blanks = text.as_bytes().windows(2).any(|w| w[0].is_ascii_whitespace() && w[1].is_ascii_whitespace());
    if !escaped && !blanks {
        return Cow::Borrowed(text);
    }
    let text = if escaped { crate::record::scan::unescape(text.as_bytes()) } else { text.to_owned() };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A place in which the row applies.
    fn place(entry: &Entry) -> Place {
        match entry.place {
            Where::Any => Place::Resource(401),
            Where::TokenEndpoint => Place::TokenEndpoint,
            Where::Resource(only) => Place::Resource(only.unwrap_or(401)),
            Where::Store => Place::Store,
        }
    }

    /// All rows whose literal stands in a text, whatever wins.
    fn hits(text: &str, wanted: &Entry) -> bool {
        let text = plain(text);
        COMPILED.automaton.find_overlapping_iter(&*text).any(|hit| {
            stands_alone(text.as_bytes(), hit.start(), hit.end())
                && COMPILED.by_literal[hit.pattern().as_usize()]
                    .iter()
                    .any(|&n| std::ptr::eq(&COMPILED.entries[n], wanted))
        })
    }

    #[test]
    fn every_row_finds_its_positive_text() {
        for entry in entries() {
            assert!(hits(entry.positive, entry), "{}: {}", entry.vendor, entry.literal);
            let found =
                look_up(entry.positive, place(entry)).unwrap_or_else(|| panic!("{}: {}", entry.vendor, entry.literal));
            let same = found.0.classes == entry.classes || entry.generic;
            assert!(same, "{}: {} is beaten by {}", entry.vendor, entry.literal, found.0.literal);
        }
    }

    #[test]
    fn no_row_finds_its_negative_text() {
        for entry in entries() {
            assert!(!hits(entry.negative, entry), "{}: {}", entry.vendor, entry.literal);
        }
    }

    #[test]
    fn no_two_rows_contradict_each_other() {
        for (n, one) in entries().iter().enumerate() {
            for other in &entries()[n + 1..] {
                let twins = one.literal.eq_ignore_ascii_case(other.literal) && one.place == other.place;
                assert!(!twins, "{} ({}) and ({})", one.literal, one.vendor, other.vendor);
            }
        }
    }

    #[test]
    fn a_specific_description_beats_a_general_code() {
        let text = r#"{"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token"}"#;
        assert_eq!(look_up(text, Place::TokenEndpoint).map(Meaning::class), Some("token.clock-skew"));
        let text =
            r#"{"type":"error","error":{"type":"authentication_error","message":"OAuth token has been revoked."}}"#;
        assert_eq!(look_up(text, Place::Resource(401)).map(Meaning::class), Some("upstream.token-revoked"));
    }

    #[test]
    fn escaped_json_and_blanks_are_looked_through() {
        let text = r#"body: {\"error\":\"invalid_grant\",\"error_description\":\"Invalid   refresh token provided\"}"#;
        assert_eq!(look_up(text, Place::TokenEndpoint).map(Meaning::class), Some("token.refresh-invalid-grant"));
    }

    #[test]
    fn an_ambiguous_literal_says_so() {
        let text = r#"{"message":"The bearer token included in the request is invalid."}"#;
        assert!(look_up(text, Place::Resource(403)).is_some_and(Meaning::is_ambiguous));
    }

    #[test]
    fn the_place_decides() {
        assert_eq!(
            look_up("dial tcp: connection refused", Place::TokenEndpoint).map(Meaning::class),
            Some("token.refresh-network")
        );
        assert_eq!(
            look_up("dial tcp: connection refused", Place::Resource(502)).map(Meaning::class),
            Some("avail.connect")
        );
        assert_eq!(
            look_up("AccessDeniedException", Place::Store).map(Meaning::class),
            Some("secret.store-permission-denied")
        );
        assert_eq!(look_up("all quiet", Place::Store).map(Meaning::class), None);
    }
}
