//! The rules behind the literals: what a hit means where it stands.
//!
//! Belongs here: one pass over one text, which gives each hit to its rule, and what all rules share. The rules are in the
//! files of this folder, each with what it alone knows.

mod apart;
mod commands;
mod edges;
mod headers;
mod joined;
mod masked;
mod names;
mod pem;
mod sql;
mod stores;
mod tokens;
mod urls;
mod wrapped;

pub(super) use commands::FLAGS;
pub(super) use edges::{after_escape, left_edge};
pub(super) use joined::names_a_member;
pub(super) use tokens::least_tail;

use super::alphabet::Alphabet;
use super::extent::Ends;
use super::judge::{self, Slot};
use super::keys::{Gate, Rule};
use super::kinds::{KINDS, Strength};
use super::literals::Action;
use super::manifest;
use super::placeholder;
use super::shapes;
use super::span::{Proof, Span};
use base64::Engine as _;
use edges::trimmed;
use tokens::{believable, most_specific};

/// What a text is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Look {
    /// A series of lines that must not influence each other.
    pub lines: bool,
    /// A decoded view: quotes and line breaks of strings within strings look like those around them.
    pub peeled: bool,
}

/// One pass over one text.
pub(super) struct Pass<'t, 'o> {
    pub(super) text: &'t [u8],
    look: Look,
    out: &'o mut Vec<Span>,
    first: usize,
    /// Everything before this is masked or was judged as a whole.
    covered: usize,
    pub(super) ends: Ends,
    /// Ends of the last runs, one per alphabet.
    runs: [(usize, usize); 8],
    /// From where an end marker was last looked for, and where it is.
    end_marker: (usize, Option<usize>),
    /// The quote that ends the name whose value is looked at, if it is one of JSON.
    name_quote: Option<(usize, usize)>,
    /// How far pairs of cookies were looked at.
    cookies: usize,
    /// Public keys and certificates, which may look random, in order and disjoint.
    public: Vec<(usize, usize)>,
    manifests: manifest::Read,
}

/// Bytes of a value that are looked at to judge it, so that a text full of names is still read in linear time.
const JUDGED: usize = 512;

impl<'t, 'o> Pass<'t, 'o> {
    pub fn new(text: &'t [u8], look: Look, out: &'o mut Vec<Span>) -> Self {
        let first = out.len();
        Pass {
            text,
            look,
            out,
            first,
            covered: 0,
            ends: Ends::default(),
            runs: [(0, 0); 8],
            end_marker: (usize::MAX, None),
            name_quote: None,
            cookies: 0,
            public: Vec::new(),
            manifests: manifest::Read::default(),
        }
    }

    /// Looks at one literal's hit. Hits come in order of their ends.
    pub fn visit(&mut self, action: Action, start: usize, end: usize) {
        if matches!(action, Action::Stem) && self.text[start] == b'S' {
            self.manifests.word(self.text, start, end, self.look, self.out);
        }
        if start < self.covered {
            return;
        }
        match action {
            Action::Prefix(kind, length) => self.prefix(&KINDS[kind], start, end, length),
            Action::Stem => self.stem(start, end),
            Action::Scheme => self.scheme(start, end),
            Action::Url => self.url(start, end),
            Action::PemBegin => self.pem(start, end),
            Action::PemEnd => self.pem_tail(start, end),
            Action::Mark => self.placeholder(start),
            Action::Forged => self.forged(start, end),
            Action::AzureSecret => self.azure(start, end),
            Action::Path(kind) => self.path(kind, end),
            Action::UserFlag => self.user_flag(start, end),
            Action::Flag(flag) => self.flag(&FLAGS[flag], start, end),
            Action::Dsn => self.dsn(start, end),
            Action::Joint => self.joint(start, end),
            Action::Piped => self.piped(start, self.text[start..end].ends_with(b"chpasswd")),
            Action::Stdin => self.stdin(start, end),
            Action::Login => self.login(start + 1, end),
            Action::Prompt => self.prompt(end),
            Action::Checksum => self.checksum(start, end),
            Action::Vault => self.vault(start),
            Action::Insert => self.insert(end),
            Action::View => {}
        }
    }

    /// The public ranges seen; secrets near an access key id are added.
    pub fn finish(mut self) -> Vec<(usize, usize)> {
        self.aws_secrets();
        self.public
    }

    fn mask(&mut self, start: usize, end: usize, kind: &'static str, proof: Proof) {
        if start < end {
            self.out.push(Span::new(start, end, kind, proof));
            self.covered = self.covered.max(end);
        }
    }

    /// Masks a value apart from the place that tells of it, so that what lies between is still looked at.
    fn note(&mut self, start: usize, end: usize, kind: &'static str) {
        let says = self.text[start..end].iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
        if says && !exempt(&self.text[start..end.min(start + JUDGED)]) && !placeholder::held(self.text, start, end) {
            self.out.push(Span::new(start, end, kind, Proof::Name));
        }
    }

    /// Masks a value found by its name or place; a token that says what it is keeps its own kind, and its own end where
    /// the value's ended earlier (at a comma, say).
    fn mask_value(&mut self, start: usize, end: usize, kind: &'static str) {
        match most_specific(&self.text[start..end]) {
            Some((length, own)) => {
                let stop = self.run_end(own.tail, start + length);
                let longer =
                    stop > end && believable(own, &self.text[start..start + length], &self.text[start + length..stop]);
                let end = if longer { start + length + trimmed(&self.text[start + length..stop]) } else { end };
                let (kind, proof) = match own.strength {
                    Strength::Weak => (kind, Proof::Name),
                    _ => (own.name, Proof::Shape),
                };
                self.mask(start, end, kind, proof);
            }
            None => self.mask(start, end, kind, Proof::Name),
        }
    }

    fn run_end(&mut self, alphabet: Alphabet, at: usize) -> usize {
        let known = &mut self.runs[alphabet as usize];
        if !(known.0..known.1).contains(&at) {
            *known = (at, alphabet.end(self.text, at));
        }
        known.1
    }

    /// Masks what is neither exempt nor masked already.
    pub(super) fn whole(&mut self, start: usize, end: usize, kind: &'static str) {
        // Brackets and quotes alone are structure.
        let says = self.text[start..end].iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
        if says && !exempt(&self.text[start..end.min(start + JUDGED)]) && !placeholder::held(self.text, start, end) {
            self.mask_value(start, end, kind);
        }
    }

    /// Applies a rule to a value whose extent is known.
    pub fn value(&mut self, rule: Rule, slot: Slot, start: usize, end: usize) {
        let whole = &self.text[start..end];
        let value = &whole[..whole.len().min(JUDGED)];
        if exempt(value) || placeholder::held(self.text, start, end) {
            return;
        }
        let sentence = value.len() < 80 && value.contains(&b' ') && shapes::is_stop_word(value);
        let masked = match rule.gate {
            Gate::Authorization => return self.authorization(rule.kind, start, end, true),
            Gate::Cookie => return self.cookie(start, end),
            Gate::Encoded => encoded_text(whole),
            _ => !sentence && judge::is_secret(rule, slot, value, overlong(whole, value)),
        };
        if masked {
            self.mask_value(start, end, rule.kind);
        }
    }
}

/// Longer than anything that is judged and without a space: masked rather than read again for every name in it.
fn overlong(whole: &[u8], head: &[u8]) -> bool {
    whole.len() > head.len() && !head.iter().any(u8::is_ascii_whitespace)
}

/// Values that are masked already, references, words of a manual, and literals of the language.
pub(super) fn exempt(value: &[u8]) -> bool {
    shapes::is_masked(value)
        || shapes::is_reference(value)
        || shapes::is_plain_literal(value)
        || shapes::is_placeholder(value)
}

/// Base64 that holds a text: padded or long enough that a word does not decode to one by chance.
fn encoded_text(value: &[u8]) -> bool {
    let long = value.len() >= 8 || value.ends_with(b"=");
    let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok().filter(|_| long);
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}
