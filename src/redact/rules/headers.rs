//! Headers of requests: the schemes and parameters of `Authorization`, cookies, and schemes that stand alone.

use super::super::alphabet::Alphabet;
use super::super::extent;
use super::super::keys::{self, LONGEST};
use super::super::placeholder;
use super::super::shapes;
use super::edges::{blanks, field_ends, left_edge, trimmed};
use super::{JUDGED, Pass, exempt};
use base64::Engine as _;

/// Words that begin a credential in a header's value.
static SCHEMES: &[&str] = &[
    "bearer",
    "basic",
    "token",
    "apikey",
    "api-key",
    "digest",
    "negotiate",
    "ntlm",
    "dpop",
    "ssws",
    "bot",
    "genie",
    "geniekey",
    "splunk",
    "hawk",
    "oauth",
    "key",
    "mac",
    "jwt",
    "sso-key",
    "apitoken",
    "access_token",
    "goog1",
    "scram-sha-256",
    "aws4-hmac-sha256",
    "aws4-ecdsa-p256-sha256",
    "aws",
];

/// Base64 as found in logs: cut anywhere.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

impl Pass<'_, '_> {
    /// The value of an `Authorization` header: the scheme stays, the rest goes.
    pub(super) fn authorization(&mut self, kind: &'static str, start: usize, end: usize, quoted: bool) {
        let text = self.text;
        let start = start + text[start..end].iter().take_while(|b| **b == b' ').count();
        if shapes::tells_of_a_fault(&text[start..end]) {
            return;
        }
        let word = text[start..end].iter().position(|b| matches!(b, b' ' | b'+' | b'%' | b'\t')).unwrap_or(end - start);
        let scheme = &text[start..start + word];
        let is = |word: &&str| word.as_bytes().eq_ignore_ascii_case(scheme);
        let known = SCHEMES.iter().any(is);
        let next = &text[(start + word + 1).min(end)..end];
        let next = &next[..next.iter().position(|b| matches!(b, b' ' | b',')).unwrap_or(next.len()).min(JUDGED)];
        let unknown = || scheme.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-') && shapes::is_secretish(next);
        let has_scheme = word < end - start
            && (known || text[start + word] == b' ' && (unknown() || names_a_parameter(text, start, end)));
        if has_scheme && scheme.get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"aws4-")) {
            return;
        }
        let mut from = start + if has_scheme { word } else { 0 };
        if has_scheme {
            from += text[from..end].iter().take_while(|b| matches!(b, b' ' | b'+' | b'\t')).count();
            from += if text[from..end].starts_with(b"%20") { 3 } else { 0 };
        }
        // One token follows `Bearer`, and what a server asks for.
        let one = ["bearer", "basic"].iter().any(is);
        let list = !quoted && !one && (known || names_a_parameter(text, start, end));
        if list && self.parameters(kind, from) {
            return;
        }
        let to = if quoted { end } else { self.ends.unquoted(text, from).clamp(from, end) };
        // The next of several values is looked at by its own scheme.
        let comma = memchr::memchr(b',', &text[from..to.min(from + JUDGED * 8)]).map(|n| from + n);
        let to = comma.filter(|at| begins_with_scheme(text, at + 1 + blanks(text, at + 1))).unwrap_or(to);
        let value = &text[from..to];
        let scattered = || has_signs(value) || shapes::is_secretish(value) || shapes::is_scattered(value);
        let said = !has_scheme && value.len() <= 24 && shapes::is_wordy(value) && !quoted && !scattered();
        let word_only =
            value.len() <= 16 && value.iter().all(u8::is_ascii_lowercase) && (quoted || shapes::is_stop_word(value));
        let header_names = value.len() < 60 && shapes::is_wordy(value) && value.contains(&b':');
        if exempt(value) || said || word_only || header_names || placeholder::held(text, from, to) {
            return;
        }
        let kind = if is(&"basic") { "basic-auth" } else { kind };
        self.mask_value(from, to, kind);
    }

    /// `username="…", response="…"`: the values go one by one, so that no quote of a string around them does. Whether there
    /// are any.
    fn parameters(&mut self, kind: &'static str, from: usize) -> bool {
        let text = self.text;
        let mut at = from;
        loop {
            at += text[at..].iter().take(16).take_while(|b| matches!(b, b' ' | b',' | b'\t')).count();
            let name = |b: &&u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'*');
            let equals = at + text[at..].iter().take(LONGEST).take_while(name).count();
            // A token may end in `=`.
            let value = text.get(equals + 1).filter(|b| **b != b'=' && !b.is_ascii_whitespace());
            if equals == at || text.get(equals) != Some(&b'=') || value.is_none() {
                return at > from;
            }
            let (start, end) = match extent::opening(text, equals + 1) {
                Some((quote, start)) => (start, self.ends.quoted(text, start, quote)),
                None => {
                    let value = |b: &&u8| !b.is_ascii_whitespace() && !matches!(b, b',' | b'"' | b'\'' | b'`' | b'\\');
                    (equals + 1, equals + 1 + text[equals + 1..].iter().take_while(value).count())
                }
            };
            // `qop=auth`, `nc=00000001`
            let short = start == equals + 1 && end - start <= 8;
            if !short && !exempt(&text[start..end.min(start + JUDGED)]) && !placeholder::held(text, start, end) {
                self.mask_value(start, end, kind);
            }
            at = match extent::opening(text, end) {
                Some((_, after)) if start > equals + 1 => after,
                _ => end,
            };
        }
    }

    /// `name=value; …`: names and attributes stay.
    pub(super) fn cookie(&mut self, start: usize, end: usize) {
        const ATTRIBUTES: &[&[u8]] =
            &[b"path", b"domain", b"expires", b"max-age", b"samesite", b"secure", b"httponly", b"priority", b"version"];
        // The pairs of a header within another's value are pairs of that one too, but for the first.
        let seen = self.cookies;
        self.cookies = end.max(seen);
        let mut at = start;
        while at < end && (at == start || at >= seen) {
            let stop = self.ends.semicolon(self.text, at).min(end);
            let pair = &self.text[at..stop];
            let lead = pair.iter().take_while(|b| **b == b' ').count();
            let equals = self.ends.equals(self.text, at);
            if equals < stop {
                let name = &self.text[(at + lead).min(equals)..equals];
                let from = equals + 1;
                let held =
                    exempt(&self.text[from..stop.min(from + JUDGED)]) || placeholder::held(self.text, from, stop);
                if !held && !ATTRIBUTES.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                    self.mask_value(from, stop, "cookie");
                }
            } else if shapes::is_secretish(&pair[lead..pair.len().min(lead + JUDGED)]) {
                self.mask_value(at + lead, stop, "cookie");
            }
            at = stop + 1;
        }
    }

    /// `Bearer …` without the header's name.
    pub(super) fn scheme(&mut self, start: usize, end: usize) {
        let text = self.text;
        if !left_edge(text, start) {
            return;
        }
        let basic = text[start..end].get(..5).is_some_and(|head| head.eq_ignore_ascii_case(b"basic"));
        // `AUTH LOGIN`, and the name on the next line.
        let from = match text[end - 1] {
            b'\n' | b'\r' | b'\\' => end - 1 + self.gap(end - 1),
            _ => end + text[end..].iter().take(4).take_while(|b| **b == b' ').count(),
        };
        let stop = self.run_end(Alphabet::Compound, from.min(text.len())).max(from);
        let stop = (from + trimmed(&text[from.min(text.len())..stop.min(text.len())])).min(text.len());
        if from >= text.len() {
            return;
        }
        let value = &text[from..stop];
        let value_head = &value[..value.len().min(256)];
        if basic {
            let least = if field_ends(text, stop) { 8 } else { 16 };
            let random = || value.len() >= least && !shapes::is_wordy(value_head) && !value.contains(&b':');
            if decodes_to_pair(value_head) || random() {
                self.mask_value(from, stop, "basic-auth");
            }
            return;
        }
        let random = value.len() >= 8 && !shapes::is_wordy(value_head) && value.iter().any(u8::is_ascii_alphabetic);
        let cut = value.len() >= 4
            && field_ends(text, stop)
            && value.iter().any(u8::is_ascii_digit)
            && !shapes::is_wordy(value_head);
        let pair = memchr::memchr(b'=', value).is_some_and(|at| {
            at + 1 < value.len() && value[at + 1] != b'=' && at < 24 && shapes::is_wordy(&value[..at])
        });
        if (random || cut || value.len() >= 40) && !pair && !exempt(value) {
            self.mask_value(from, stop, "token");
        }
    }
}

/// Digits, both cases, and signs that no word has: a password.
fn has_signs(value: &[u8]) -> bool {
    let has = |f: fn(&u8) -> bool| value.iter().any(f);
    let sign = |b: &u8| matches!(b, b'!' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'?' | b'@' | b'~' | b'=');
    has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(sign)
}

/// `Snowflake Token="…"`: a word, and behind it a parameter whose name is that of a secret.
fn names_a_parameter(text: &[u8], start: usize, end: usize) -> bool {
    let head = &text[start..end.min(start + LONGEST)];
    let scheme = head.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'-').count();
    let Some(rest) = head[scheme..].strip_prefix(b" ").filter(|_| scheme > 0) else { return false };
    let name = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
    rest.get(name) == Some(&b'=') && keys::rule(&rest[..name]).is_some()
}

/// A word of an `Authorization` value stands here.
pub(super) fn begins_with_scheme(text: &[u8], at: usize) -> bool {
    let from = extent::opening(text, at).map_or(at, |(_, from)| from);
    let word = text[from..].iter().take(24).position(|&b| b == b' ');
    word.is_some_and(|n| SCHEMES.iter().any(|s| s.as_bytes().eq_ignore_ascii_case(&text[from..from + n])))
}

/// Whether base64 decodes to `user:password`.
fn decodes_to_pair(value: &[u8]) -> bool {
    let bare: Vec<u8> = value
        .iter()
        .copied()
        .filter(|b| *b != b'=')
        .map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            b => b,
        })
        .collect();
    let usable = bare.len() - usize::from(bare.len() % 4 == 1);
    let text = |b: &u8| (0x20..0x7f).contains(b) || *b >= 0x80;
    LENIENT.decode(&bare[..usable]).is_ok_and(|pair| pair.len() >= 3 && pair.contains(&b':') && pair.iter().all(text))
}
