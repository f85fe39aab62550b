//! Vocabulary: literal error texts and the classes they stand for, one data file per vendor.
//!
//! Belongs here: what other people's services say when they refuse. Elsewhere: what our own proxies say
//! ([`super::cliproxy`], [`super::audit`]) and how far a claim may go ([`super::classes`]).
//!
//! A row is `literal, classes, subtype, where, positive, negative`, separated by tabs. A `*` at an end of the literal lets
//! the word go on there. `where` is `token` (token endpoint), `refresh` (a token endpoint where nobody logs in), `mint`
//! (what the egress proxy says of a token that it could not make, which is a refresh too), `resource` (optionally
//! `resource:403`), `store` (secret store) or `any`; a `~` after it marks a generic word that every more specific row
//! beats, a second one a bare status, which any word beats. A literal that cannot tell several classes apart names them
//! all, the most usual first, and no claim built on it goes beyond likely; nor where a `?` follows the class. Every row
//! carries a text that it must find and one that it must not; a test holds each against the compiled table.

use super::classes::{self as c, Class, Group};
use crate::finding::Confidence;
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
    /// A token endpoint that was asked for a token without a login.
    Refresh,
    /// The egress proxy, of a token that it could not make.
    Mint,
    /// A service that answered with this status.
    Resource(u16),
    Store,
}

/// Where a row applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Any,
    TokenEndpoint,
    Refresh,
    Mint,
    Resource(Option<u16>),
    Store,
}

impl Where {
    /// A row of this kind is asked about a text of that place.
    fn admits(self, place: Place) -> bool {
        match (self, place) {
            (Where::Any, _) | (Where::Store, Place::Store) | (Where::Mint, Place::Mint) => true,
            (Where::Refresh, Place::Refresh | Place::Mint) => true,
            (Where::TokenEndpoint, Place::TokenEndpoint | Place::Refresh | Place::Mint) => true,
            (Where::Resource(only), Place::Resource(status)) => only.is_none_or(|s| s == status),
            _ => false,
        }
    }

    /// Of two rows of one place the one that was written for less comes first.
    fn width(self) -> u8 {
        match self {
            Where::Mint | Where::Resource(Some(_)) => 0,
            Where::Refresh => 1,
            Where::TokenEndpoint | Where::Resource(None) | Where::Store => 2,
            Where::Any => 3,
        }
    }
}

/// One row.
#[derive(Debug)]
pub struct Entry {
    pub vendor: &'static str,
    pub literal: &'static str,
    /// Whether a word may go on before and behind the literal.
    pub open: (bool, bool),
    /// More than one when the literal cannot tell them apart; the most usual first.
    pub classes: Vec<&'static Class>,
    pub subtype: Option<&'static str>,
    pub place: Where,
    /// Every more specific row beats it: nothing for words of their own, one for a general word, two for a bare status.
    pub generic: u8,
    /// The words alone do not make it sure.
    pub unsure: bool,
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

    /// The literal cannot tell several classes apart, or speaks of a clock without printing two, or says so of itself:
    /// a claim stays below confirmed.
    pub fn is_ambiguous(self) -> bool {
        let of_a_clock = std::ptr::eq(self.0.classes[0], &c::CLOCK_SKEW);
        self.0.unsure || self.0.classes.len() > 1 || of_a_clock && self.0.subtype != Some("printed-clocks")
    }

    /// How sure the words are.
    pub fn confidence(self) -> Confidence {
        if self.is_ambiguous() { Confidence::Likely } else { Confidence::Confirmed }
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
        let bare = place.trim_end_matches('~');
        let (labels, unsure) = labels.strip_suffix('?').map_or((labels, false), |labels| (labels, true));
        Entry {
            vendor,
            literal: literal.trim_matches('*'),
            open: (literal.starts_with('*'), literal.ends_with('*')),
            classes: labels
                .split(',')
                .map(|l| c::find(l).unwrap_or_else(|| panic!("vocabulary {vendor}: no class {l}")))
                .collect(),
            subtype: (subtype != "-").then_some(subtype),
            place: place_of(bare).unwrap_or_else(|| panic!("vocabulary {vendor}: no place {place}")),
            generic: (place.len() - bare.len()) as u8,
            unsure,
            positive,
            negative,
        }
    })
}

fn place_of(word: &str) -> Option<Where> {
    Some(match word {
        "any" => Where::Any,
        "token" => Where::TokenEndpoint,
        "refresh" => Where::Refresh,
        "mint" => Where::Mint,
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

impl Entry {
    /// The text names the instant that was signed and the one that refused it: a matter of the clock, whoever says so.
    fn prints_clocks(&self) -> bool {
        std::ptr::eq(self.classes[0], &c::CLOCK_SKEW) && self.subtype == Some("printed-clocks")
    }

    /// A failed fetch is about a secret, or about a clock that the store did not accept; a failed mint about a token or
    /// about what it was wanted for, whatever else their texts mention.
    pub fn admits(&self, place: Place) -> bool {
        let group = self.classes[0].group;
        self.place.admits(place)
            && match place {
                Place::Store => group == Group::Secret || self.prints_clocks(),
                Place::Mint if matches!(self.place, Where::Mint | Where::Refresh) => true,
                Place::Mint => {
                    group == Group::Token || matches!(group, Group::Upstream | Group::Config) && self.generic == 0
                }
                Place::TokenEndpoint | Place::Refresh | Place::Resource(_) => true,
            }
    }
}

/// Of all rows found: the specific before the general, a row for this very status before others, then the order of
/// decision, then a row for this kind of place, then the longer literal. One literal means what its narrowest row says.
fn best(text: &str, place: Place) -> Option<&'static Entry> {
    let compiled = &*COMPILED;
    let mut best: Option<(u8, bool, u8, u8, std::cmp::Reverse<usize>, usize)> = None;
    for hit in compiled.automaton.find_overlapping_iter(text) {
        let rows = compiled.by_literal[hit.pattern().as_usize()].iter().copied();
        let admitted = rows.filter(|&index| {
            let entry = &compiled.entries[index];
            entry.admits(place) && stands_alone(text.as_bytes(), hit.start(), hit.end(), entry.open)
        });
        let Some(index) = admitted.min_by_key(|&index| compiled.entries[index].place.width()) else { continue };
        let entry = &compiled.entries[index];
        let elsewhere = !matches!(entry.place, Where::Resource(Some(_)));
        let length = std::cmp::Reverse(entry.literal.len());
        let rank = (entry.generic, elsewhere, decision(entry), entry.place.width(), length, index);
        if best.is_none_or(|known| rank < known) {
            best = Some(rank);
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

/// A literal that begins or ends with a word character must not be part of a longer word, unless it is open there.
fn stands_alone(text: &[u8], start: usize, end: usize, (before, behind): (bool, bool)) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let open = before || start == 0 || !word(text[start]) || !word(text[start - 1]);
    let close = behind || end == text.len() || !word(text[end - 1]) || !word(text[end]);
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
            Where::Refresh => Place::Refresh,
            Where::Mint => Place::Mint,
            Where::Resource(only) => Place::Resource(only.unwrap_or(401)),
            Where::Store => Place::Store,
        }
    }

    /// All rows whose literal stands in a text, whatever wins.
    fn hits(text: &str, wanted: &Entry) -> bool {
        let text = plain(text);
        COMPILED.automaton.find_overlapping_iter(&*text).any(|hit| {
            stands_alone(text.as_bytes(), hit.start(), hit.end(), wanted.open)
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
            let same = found.0.classes == entry.classes || entry.generic > 0;
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
    fn a_number_of_the_issuer_beats_the_code_of_the_protocol() {
        for code in ["interaction_required", "invalid_grant", "login_required", "invalid_scope", "invalid_target"] {
            let text =
                format!(r#"{{"error":"{code}","error_description":"AADSTS53003: blocked.","error_codes":[53003]}}"#);
            for place in [Place::TokenEndpoint, Place::Refresh, Place::Mint, Place::Resource(400)] {
                let told = look_up(&text, place).map(|meaning| (meaning.class(), meaning.0.subtype));
                assert_eq!(told, Some(("upstream.org-policy", Some("conditional-access"))), "{code} {place:?}");
            }
        }
        for place in [Place::TokenEndpoint, Place::Refresh, Place::Mint] {
            let told = look_up("interaction_required", place).map(Meaning::class);
            assert_eq!(told, Some("upstream.step-up-required"), "{place:?}");
        }
    }

    #[test]
    fn services_spell_the_same_refusal_in_several_ways() {
        for (status, text, class, subtype, sure) in [
            (403, r#"{"message":"Missing Authentication Token"}"#, "upstream.credential-missing", None, false),
            (400, "User location is not supported for the API use.", "upstream.geo-blocked", None, true),
            (400, "API key expired. Please renew it. API_KEY_INVALID", "upstream.token-expired", None, true),
            (403, "Project `p` does not have access to model `m`", "upstream.entitlement-missing", Some("model"), true),
        ] {
            let told = look_up(text, Place::Resource(status)).map(|m| (m.class(), m.0.subtype, !m.is_ambiguous()));
            assert_eq!(told, Some((class, subtype, sure)), "{text}");
        }
        let ended = r#"{"message":"Your session has ended. Please log in again.","code":"refresh_token_expired"}"#;
        let told = look_up(ended, Place::Refresh).map(|m| (m.class(), m.0.subtype));
        assert_eq!(told, Some(("token.refresh-invalid-grant", Some("inactive"))));
        let told = look_up("invalid_scope", Place::Mint).map(|m| (m.class(), m.confidence()));
        assert_eq!(told, Some(("token.refresh-request-invalid", Confidence::Likely)));
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

    /// What nobody logged in for cannot have been left half done.
    #[test]
    fn words_of_a_login_mean_something_else_where_nobody_logs_in() {
        for (text, login, refresh) in [
            ("slow_down", "token.login-incomplete", "token.refresh-network"),
            ("expired_token", "token.login-incomplete", "token.refresh-invalid-grant"),
            ("ExpiredTokenException", "token.login-incomplete", "token.refresh-invalid-grant"),
            ("access_denied", "token.login-incomplete", "upstream.org-policy"),
            ("authorization_pending", "token.login-incomplete", "token.login-incomplete"),
        ] {
            let told = |place| look_up(text, place).map(Meaning::class);
            let want = [Some(login), Some(refresh), Some(refresh)];
            assert_eq!([Place::TokenEndpoint, Place::Refresh, Place::Mint].map(told), want, "{text}");
        }
    }

    #[test]
    fn a_fetch_is_about_a_secret_and_a_mint_about_a_token() {
        let text = r#"{"__type":"RequestLimitExceeded"} token_endpoint_http_503"#;
        let told = |place| look_up(text, place).map(Meaning::class);
        assert_eq!(told(Place::Store), None);
        assert_eq!(told(Place::Mint), Some("token.refresh-network"));
        assert_eq!(told(Place::Refresh), Some("quota.rate-limited"));
    }

    #[test]
    fn a_word_goes_on_where_its_row_says_so() {
        let told = |text| look_up(text, Place::Store).map(|meaning| (meaning.class(), meaning.confidence()));
        let denied = Some(("secret.store-permission-denied", Confidence::Confirmed));
        assert_eq!(told("KMSAccessDeniedException"), denied);
        assert_eq!(told("status 502"), Some(("secret.store-unreachable", Confidence::Likely)));
        assert_eq!(told("status 4040"), None);
        assert_eq!(told("a sealed box"), None);
    }

    #[test]
    fn a_bare_status_is_beaten_by_any_word() {
        let told = |text| look_up(text, Place::Store).map(|meaning| (meaning.class(), meaning.0.subtype));
        assert_eq!(told("status 401: NOT_FOUND"), Some(("secret.ref-not-found", Some("missing"))));
        assert_eq!(told("status 401"), Some(("secret.store-auth-failed", Some("store-credential"))));
    }
}
