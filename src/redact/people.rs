//! People: e-mail addresses, user names and network addresses, masked only on request.

use super::span::{Proof, Span};

/// What else is masked. Addresses are evidence, so by default nothing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct People {
    pub email: bool,
    pub user: bool,
    pub account: bool,
    pub ip: bool,
    pub host: bool,
}

/// The words of `--pseudonymize`.
pub const WORDS: &[&str] = &["email", "user", "account", "ip", "host"];

impl People {
    /// Turns one kind on; `false` when the word is unknown.
    pub fn add(&mut self, word: &str) -> bool {
        match word {
            "email" => self.email = true,
            "user" => self.user = true,
            "account" => self.account = true,
            "ip" => self.ip = true,
            "host" => self.host = true,
            _ => return false,
        }
        true
    }

    fn named(self) -> bool {
        self.user || self.account || self.host
    }
}

/// Addresses in running text, and named values of JSON in it.
pub(super) fn in_text(text: &[u8], people: People, out: &mut Vec<Span>) {
    if people.email {
        emails(text, out);
    }
    if people.ip {
        addresses(text, out);
    }
    if people.named() {
        named(text, people, out);
    }
}

/// The whole value of a field that names a person.
pub(super) fn in_field(name: &[u8], value: &[u8], people: People, out: &mut Vec<Span>) {
    if let Some(kind) = kind_of(name, people) {
        out.push(Span::new(0, value.len(), kind, Proof::Name));
    }
}

fn kind_of(name: &[u8], people: People) -> Option<&'static str> {
    const USERS: &[&str] = &[
        "user",
        "username",
        "user_name",
        "user.name",
        "login",
        "owner",
        "display_name",
        "user_id",
        "userid",
        "sub",
        "preferred_username",
    ];
    const ACCOUNTS: &[&str] =
        &["account", "account_id", "accountid", "chatgpt_account_id", "organization", "org_id", "tenant", "tenant_id"];
    const HOSTS: &[&str] =
        &["host", "hostname", "audit.host", "audit.sni", "kubernetes.host", "tunnel.target", "server", "upstream"];
    let is = |list: &[&str]| list.iter().any(|w| w.as_bytes().eq_ignore_ascii_case(name));
    match () {
        () if people.user && is(USERS) => Some("user"),
        () if people.account && is(ACCOUNTS) => Some("account"),
        () if people.host && is(HOSTS) => Some("host"),
        () => None,
    }
}

fn emails(text: &[u8], out: &mut Vec<Span>) {
    for at in memchr::memchr_iter(b'@', text) {
        let local = text[..at]
            .iter()
            .rev()
            .take(64)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'%'))
            .count();
        let domain = text[at + 1..]
            .iter()
            .take(255)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            .count();
        let name = &text[at + 1..at + 1 + domain];
        let domain = domain - name.iter().rev().take_while(|b| **b == b'.').count();
        if local > 0 && memchr::memchr(b'.', &name[..domain]).is_some() {
            out.push(Span::new(at - local, at + 1 + domain, "email", Proof::Name));
        }
    }
}

fn addresses(text: &[u8], out: &mut Vec<Span>) {
    let mut from = 0;
    while let Some(dot) = memchr::memchr(b'.', &text[from..]).map(|n| from + n) {
        from = dot + 1;
        let lead = text[..dot].iter().rev().take(4).take_while(|b| b.is_ascii_digit()).count();
        let start = dot - lead;
        let length = text[start..].iter().take(16).take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        let candidate = &text[start..start + length];
        let edge = start == 0 || !(text[start - 1].is_ascii_alphanumeric() || text[start - 1] == b'.');
        if lead > 0 && edge && is_address(candidate) {
            out.push(Span::new(start, start + length, "ip", Proof::Name));
            from = start + length;
        }
    }
}

/// Four numbers of at most 255.
fn is_address(text: &[u8]) -> bool {
    let number =
        |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')) < 256;
    text.split(|b| *b == b'.').count() == 4 && text.split(|b| *b == b'.').all(number)
}

/// `"user":"…"` at any depth of escapes.
fn named(text: &[u8], people: People, out: &mut Vec<Span>) {
    let mut ends = super::extent::Ends::default();
    for colon in memchr::memchr_iter(b':', text) {
        let close = text[..colon].iter().rev().take(8).take_while(|b| matches!(b, b'"' | b'\\')).count();
        let name = text[..colon - close]
            .iter()
            .rev()
            .take(40)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            .count();
        let Some(kind) = kind_of(&text[colon - close - name..colon - close], people).filter(|_| close > 0) else {
            continue;
        };
        if let Some((quote, from)) = super::extent::opening(text, colon + 1) {
            let end = ends.quoted(text, from, quote);
            out.push(Span::new(from, end, kind, Proof::Name));
        }
    }
}
