//! The rules behind the literals: what a hit means where it stands.

use super::alphabet::Alphabet;
use super::extent::{self, Ends, Quote};
use super::find::{Action, SCHEMES};
use super::keys::{self, Gate, LONGEST, Rule};
use super::kinds::{self, KINDS, Kind, Strength};
use super::shapes;
use super::span::{Proof, Span};
use base64::Engine as _;

/// The text ends where an ARN names the type of its resource: in `arn:aws:secretsmanager:eu-west-1:123456789012:secret:x`
/// the word `secret` is no name of a value, and what follows is a reference.
fn is_resource_type(before: &[u8]) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-');
    let run = before.iter().rev().take(LONGEST).take_while(|b| part(b)).count();
    let arn = &before[before.len() - run..];
    arn.ends_with(b":") && arn.starts_with(b"arn:aws") && memchr::memmem::find(arn, b":secretsmanager:").is_some()
}

/// One pass over one text.
pub(super) struct Pass<'t, 'o> {
    text: &'t [u8],
    /// The text is a series of lines that must not influence each other.
    lines: bool,
    out: &'o mut Vec<Span>,
    first: usize,
    /// Everything before this is masked or was judged as a whole.
    covered: usize,
    ends: Ends,
    /// Ends of the last runs, one per alphabet.
    runs: [(usize, usize); 8],
    /// From where an end marker was last looked for, and where it is.
    end_marker: (usize, Option<usize>),
    /// Public keys and certificates, which may look random.
    public: Vec<(usize, usize)>,
}

impl<'t, 'o> Pass<'t, 'o> {
    pub fn new(text: &'t [u8], lines: bool, out: &'o mut Vec<Span>) -> Self {
        let first = out.len();
        Pass {
            text,
            lines,
            out,
            first,
            covered: 0,
            ends: Ends::default(),
            runs: [(0, 0); 8],
            end_marker: (usize::MAX, None),
            public: Vec::new(),
        }
    }

    /// Looks at one literal's hit. Hits come in order of their ends.
    pub fn visit(&mut self, action: Action, start: usize, end: usize) {
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
            self.out.push(Span { start, end, kind, proof });
            self.covered = self.covered.max(end);
        }
    }

    /// Masks a value found by its name or place; a token that says what it is keeps its own kind.
    fn mask_value(&mut self, start: usize, end: usize, kind: &'static str) {
        let value = &self.text[start..end];
        match most_specific(value).filter(|k| k.strength != Strength::Weak) {
            Some(own) => self.mask(start, end, own.name, Proof::Shape),
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

    // Tokens that say what they are.

    fn prefix(&mut self, kind: &Kind, start: usize, end: usize, length: usize) {
        let text = self.text;
        let prefix = &text[start..end];
        if !kind.prefixes.iter().any(|p| p.len() == length && p.as_bytes() == prefix) {
            return;
        }
        let joined = start > 0 && matches!(text[start - 1], b'_' | b'-');
        if kind.strength != Strength::Sure && !left_edge(text, start) || kind.strength == Strength::Weak && joined {
            return;
        }
        let stop = self.run_end(kind.tail, end).max(end);
        let stop = end + trimmed(&text[end..stop]);
        let tail = &text[end..stop];
        let cut = field_ends(text, stop);
        let least = if cut && length >= 4 && kind.strength != Strength::Weak { kind.min.min(4) } else { kind.min };
        if tail.len() < least || !believable(kind, prefix, tail) {
            return;
        }
        if kind.name == "pkcs-key" && self.in_public(start) {
            return;
        }
        let named = most_specific(&text[start..stop]).map_or(kind.name, |k| k.name);
        self.mask(start, stop, named, Proof::Shape);
    }

    /// Where the next end marker stands.
    fn next_end(&mut self, from: usize) -> Option<usize> {
        let (asked, found) = self.end_marker;
        if from < asked || found.is_some_and(|at| at < from) {
            let at = memchr::memmem::find(&self.text[from..], b"-----END ").map(|n| from + n);
            self.end_marker = (from, at);
        }
        self.end_marker.1
    }

    fn in_public(&self, at: usize) -> bool {
        self.public.last().is_some_and(|&(start, end)| (start..end).contains(&at))
    }

    // Names.

    fn stem(&mut self, start: usize, end: usize) {
        let text = self.text;
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$');
        let from = start - text[..start].iter().rev().take(LONGEST).take_while(|b| is_name(b)).count();
        let to = end + text[end..].iter().take(LONGEST).take_while(|b| is_name(b)).count();
        let from = after_escape(text, from);
        if is_resource_type(&text[..from]) {
            return;
        }
        let Some((value, form)) = separator(text, from, to) else { return };
        let Some(rule) = keys::rule(&text[from..to]) else { return };
        self.named(rule, from, value, form);
    }

    fn named(&mut self, rule: Rule, name: usize, at: usize, form: Form) {
        let text = self.text;
        if at >= text.len()
            || placeholder_at(text, at).is_some_and(|end| !text.get(end).is_some_and(|&b| Alphabet::Compound.has(b)))
        {
            return;
        }
        if let Some((quote, from)) = extent::opening(text, at) {
            let end = self.ends.quoted(text, from, quote);
            return self.value(rule, from, end);
        }
        match text[at] {
            b'[' => self.array(rule, at + 1),
            b'{' => {}
            _ if form == Form::Element => {
                let end =
                    text[at..].iter().position(|b| matches!(b, b'<' | b'\n' | b'"')).map_or(text.len(), |n| at + n);
                self.value(rule, at, end);
            }
            _ => self.bare(rule, name, at, form),
        }
    }

    /// `["a","b"]`, or `[a]` as Go prints a map of headers.
    fn array(&mut self, rule: Rule, mut at: usize) {
        let text = self.text;
        for _ in 0..64 {
            at += text[at..].iter().take_while(|b| matches!(b, b' ' | b',')).count();
            let Some((quote, from)) = extent::opening(text, at) else { break };
            let end = self.ends.quoted(text, from, quote);
            self.value(rule, from, end);
            at = (end + quote.slashes + 1).min(text.len());
        }
        if at < text.len() && !matches!(text[at], b']' | b'{' | b'\\' | b'"') && text[at - 1] == b'[' {
            let end =
                text[at..].iter().take(8192).position(|b| matches!(b, b']' | b'\n' | b'"')).map_or(at, |n| at + n);
            if !shapes::is_masked(&text[at - 1..(end + 1).min(text.len())]) && placeholder_at(text, at - 1).is_none() {
                self.value(rule, at, end);
            }
        }
    }

    /// A value without quotes: `token=…`, `Authorization: …`.
    fn bare(&mut self, rule: Rule, name: usize, at: usize, form: Form) {
        let text = self.text;
        match rule.gate {
            Gate::Authorization => {
                let end = self.ends.header(text, at);
                return self.authorization(rule.kind, at, end, false);
            }
            Gate::Cookie => {
                let end = self.ends.header(text, at);
                return self.cookie(at, end);
            }
            _ => {}
        }
        let end = self.ends.unquoted(text, at);
        let value = &text[at..end.min(at + JUDGED)];
        let prose = form == Form::Prose;
        if prose
            && rule.gate == Gate::Strong
            && value.len() < 24
            && value.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-'))
        {
            return;
        }
        if (prose || form == Form::Flag) && shapes::is_stop_word(value) && value.len() <= 16 {
            return;
        }
        if parameter_place(text, name)
            && rule.gate == Gate::Parameter
            && value.len() >= 8
            && !shapes::is_wordy(&value[..value.len().min(256)])
            && !exempt(value)
        {
            return self.mask_value(at, end, rule.kind);
        }
        self.value(rule, at, end);
    }

    /// Applies a rule to a value whose extent is known.
    pub fn value(&mut self, rule: Rule, start: usize, end: usize) {
        let whole = &self.text[start..end];
        let value = &whole[..whole.len().min(JUDGED)];
        if exempt(value) || held(self.text, start, end) {
            return;
        }
        let sentence = value.len() < 80 && value.contains(&b' ') && shapes::is_stop_word(value);
        let masked = match rule.gate {
            Gate::Authorization => return self.authorization(rule.kind, start, end, true),
            Gate::Cookie => return self.cookie(start, end),
            Gate::Strong => {
                !(value.iter().all(u8::is_ascii_digit) && value.len() < 6
                    || sentence
                    || value.len() <= 12 && shapes::is_stop_word(value))
            }
            Gate::Password => !sentence,
            Gate::Weak => shapes::is_secretish(value) || overlong(whole, value),
            Gate::Parameter => parameter_value(value) || overlong(whole, value),
            Gate::SecretId => shapes::is_uuid(value) || shapes::is_secretish(value),
        };
        if masked {
            self.mask_value(start, end, rule.kind);
        }
    }

    // Headers.

    /// The value of an `Authorization` header: the scheme stays, the rest goes.
    fn authorization(&mut self, kind: &'static str, start: usize, end: usize, quoted: bool) {
        let text = self.text;
        let start = start + text[start..end].iter().take_while(|b| **b == b' ').count();
        let word = text[start..end].iter().position(|b| matches!(b, b' ' | b'+' | b'%' | b'\t')).unwrap_or(end - start);
        let scheme = text[start..start + word].to_ascii_lowercase();
        let has_scheme = word < end - start && SCHEMES.iter().any(|s| s.as_bytes() == scheme);
        if has_scheme && scheme.starts_with(b"aws4-") {
            return;
        }
        let mut from = start + if has_scheme { word } else { 0 };
        if has_scheme {
            from += text[from..end].iter().take_while(|b| matches!(b, b' ' | b'+' | b'\t')).count();
            from += if text[from..end].starts_with(b"%20") { 3 } else { 0 };
        }
        let list = matches!(&scheme[..], b"digest" | b"oauth" | b"hawk" | b"mac");
        let line = || memchr::memchr2(b'\n', b'\'', &text[from..]).map_or(text.len(), |n| from + n);
        let to = if list && !quoted {
            line()
        } else if quoted {
            end
        } else {
            self.ends.unquoted(text, from).clamp(from, end)
        };
        let value = &text[from..to];
        let said = !has_scheme && value.len() <= 24 && shapes::is_wordy(value) && !quoted;
        let word_only =
            value.len() <= 16 && value.iter().all(u8::is_ascii_lowercase) && (quoted || shapes::is_stop_word(value));
        let header_names = value.len() < 60 && shapes::is_wordy(value) && value.contains(&b':');
        if exempt(value) || said || word_only || header_names || held(text, from, to) {
            return;
        }
        let kind = if scheme == b"basic" { "basic-auth" } else { kind };
        self.mask_value(from, to, kind);
    }

    /// `name=value; …`: names and attributes stay.
    fn cookie(&mut self, start: usize, end: usize) {
        const ATTRIBUTES: &[&[u8]] =
            &[b"path", b"domain", b"expires", b"max-age", b"samesite", b"secure", b"httponly", b"priority", b"version"];
        let mut at = start;
        while at < end {
            let stop = memchr::memchr(b';', &self.text[at..end]).map_or(end, |n| at + n);
            let pair = &self.text[at..stop];
            let lead = pair.iter().take_while(|b| **b == b' ').count();
            if let Some(equals) = memchr::memchr(b'=', pair) {
                let name = pair[lead.min(equals)..equals].to_ascii_lowercase();
                let from = at + equals + 1;
                let held = exempt(&self.text[from..stop]) || held(self.text, from, stop);
                if !held && !ATTRIBUTES.contains(&&name[..]) {
                    self.mask_value(from, stop, "cookie");
                }
            } else if shapes::is_secretish(&pair[lead..]) {
                self.mask_value(at + lead, stop, "cookie");
            }
            at = stop + 1;
        }
    }

    /// `Bearer …` without the header's name.
    fn scheme(&mut self, start: usize, end: usize) {
        let text = self.text;
        if !left_edge(text, start) {
            return;
        }
        let basic = text[start..end].to_ascii_lowercase().starts_with(b"basic");
        let from = end + text[end..].iter().take(4).take_while(|b| **b == b' ').count();
        let stop = self.run_end(Alphabet::Compound, from.min(text.len())).max(from);
        let stop = (from + trimmed(&text[from.min(text.len())..stop.min(text.len())])).min(text.len());
        if from >= text.len() {
            return;
        }
        let value = &text[from..stop];
        let value_head = &value[..value.len().min(256)];
        if basic {
            if let Some(true) = decodes_to_pair(value_head) {
                self.mask_value(from, stop, "basic-auth");
            } else if value.len() >= 16 && !shapes::is_wordy(value_head) && !value.contains(&b':') {
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

    // Places.

    /// The password of `scheme://user:password@host`, and a secret that stands alone before the `@`.
    fn url(&mut self, start: usize, end: usize) {
        let text = self.text;
        if text[..start].ends_with(b"op") && !text[..start].ends_with(b"http") {
            return;
        }
        let stop = |b: &u8| {
            matches!(b, b'/' | b'?' | b'#' | b' ' | b'\t' | b'\n' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\' | b',')
        };
        let authority = end + text[end..].iter().take(512).position(stop).unwrap_or((text.len() - end).min(512));
        let (from, to) = match memchr::memrchr(b'@', &text[end..authority]) {
            Some(at) => (end, end + at),
            None => match self.wild_userinfo(end, authority) {
                Some(range) => range,
                None => return,
            },
        };
        match memchr::memchr(b':', &text[from..to]) {
            Some(colon) => {
                let password = from + colon + 1;
                let value = &text[password..to];
                if !shapes::is_masked(value) && !exempt_variable(value) && !held(text, password, to) {
                    self.mask_value(password, to, "password");
                }
            }
            None if shapes::is_secretish(&text[from..to])
                || (to - from >= 20 && text[from..to].iter().all(u8::is_ascii_hexdigit)) =>
            {
                self.mask_value(from, to, "token");
            }
            None => {}
        }
    }

    /// A password with an unescaped `/`, `?` or `#` hides the `@` from the rule of authorities: what follows the colon is
    /// then no port.
    fn wild_userinfo(&mut self, from: usize, authority: usize) -> Option<(usize, usize)> {
        let text = self.text;
        let colon = from + memchr::memchr(b':', &text[from..authority])?;
        let port = text[colon + 1..authority].iter().all(u8::is_ascii_digit);
        if port {
            return None;
        }
        let limit = (colon + 256).min(text.len());
        let end = text[colon..limit]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'>' | b'`'))
            .map_or(limit, |n| colon + n);
        memchr::memrchr(b'@', &text[colon..end]).map(|at| (from, colon + at))
    }

    /// A PEM block: private keys are masked, public material is kept from the rule of randomness.
    fn pem(&mut self, start: usize, end: usize) {
        let text = self.text;
        let title = &text[end..text.len().min(end + 64)];
        let Some(title_end) = memchr::memmem::find(title, b"-----") else {
            // Cut inside the title: nothing of the key is there.
            return;
        };
        let title = &title[..title_end];
        let body = end + title_end + 5;
        let private = memchr::memmem::find(title, b"PRIVATE").is_some() || title.starts_with(b"AGE ENCRYPTED");
        let public = PUBLIC.iter().any(|word| title.ends_with(word));
        if !private && !public || title.contains(&b'\n') {
            return;
        }
        let line = || memchr::memchr(b'\n', &text[body..]).map_or(text.len(), |n| body + n);
        let limit = if self.lines { line() } else { text.len() };
        let stop = match self.next_end(body).filter(|&at| at < limit) {
            Some(at) => {
                let after = at + 9;
                memchr::memmem::find(&text[after..limit.min(after + 80)], b"-----")
                    .map_or(limit.min(after), |n| after + n + 5)
            }
            None => pem_body_end(text, body, limit),
        };
        if private {
            self.mask(start, stop, "private-key", Proof::Shape);
        } else {
            let strict =
                |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\\' | b' ' | b'\r' | b'\n');
            let length = text[body..stop].iter().position(|&b| !strict(b)).unwrap_or(stop - body);
            self.public.push((start, body + length));
        }
    }

    /// The end of a private key whose beginning was cut off.
    fn pem_tail(&mut self, start: usize, end: usize) {
        let text = self.text;
        let title = &text[end..text.len().min(end + 64)];
        let private = memchr::memmem::find(title, b"PRIVATE KEY").is_some_and(|at| at < 24);
        let floor = self.covered.max(self.public.last().map_or(0, |p| p.1));
        if private {
            let body =
                text[floor..start].iter().rev().take_while(|&&b| pem_byte(b) && !(self.lines && b == b'\n')).count();
            let first = start - body;
            let skip = text[first..start].iter().take_while(|b| b.is_ascii_whitespace() || **b == b'\\').count();
            self.mask(first + skip, start, "private-key", Proof::Shape);
        }
    }

    /// A placeholder that stands in the evidence.
    fn placeholder(&mut self, mark: usize) {
        let text = self.text;
        let name = text[..mark]
            .iter()
            .rev()
            .take(32)
            .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'-')
            .count();
        let Some(start) = (mark - name).checked_sub(1).filter(|&s| text[s] == b'[') else { return };
        if let (Some(end), Some(kind)) = (placeholder_at(text, start), kinds::known(&text[start + 1..mark])) {
            self.mask(start, end, kind, Proof::Placeholder);
        }
    }

    /// `[REDACTED:kind:label]`, the form other tools would take for proof.
    fn forged(&mut self, start: usize, end: usize) {
        let text = self.text;
        let label = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'#' | b'_' | b'-');
        let inner = text[end..].iter().take(80).position(|b| !label(b));
        if let Some(length) = inner.filter(|n| text[end + n] == b']' && text[end..end + n].contains(&b':')) {
            self.mask(start, end + length + 1, "secret", Proof::Name);
        }
    }

    fn azure(&mut self, start: usize, end: usize) {
        let text = self.text;
        let shaped = start >= 4
            && text[start - 1].is_ascii_digit()
            && text[start - 4..start].iter().all(|&b| Alphabet::Dotted.has(b));
        let stop = self.run_end(Alphabet::Dotted, end);
        if shaped && &text[start..end] == b"Q~" && stop - end >= 24 {
            self.mask(start - 4, end + trimmed(&text[end..stop]), "azure-client-secret", Proof::Shape);
        }
    }

    /// What follows a telling path segment: `/bot123:SECRET/`, `/services/T0/B0/SECRET`.
    fn path(&mut self, kind: &'static str, end: usize) {
        let text = self.text;
        if kind == "telegram-token" {
            let digits = text[end..].iter().take(16).take_while(|b| b.is_ascii_digit()).count();
            let colon = end + digits;
            let sign = if text[colon..].starts_with(b":") {
                1
            } else if text[colon..].len() > 2 && text[colon..colon + 3].eq_ignore_ascii_case(b"%3a") {
                3
            } else {
                0
            };
            if digits >= 5 && sign > 0 {
                let stop = Alphabet::Url.end(text, colon + sign);
                if stop - colon > 8 {
                    self.mask(end, stop, kind, Proof::Shape);
                }
            }
            return;
        }
        let stop = text[end..]
            .iter()
            .take(400)
            .position(|b| !(Alphabet::Compound.has(*b) || *b == b'@'))
            .map_or(text.len().min(end + 400), |n| end + n);
        if stop - end >= 16 {
            self.mask(end, stop, kind, Proof::Shape);
        }
    }

    /// `curl -u user:password`
    fn user_flag(&mut self, start: usize, end: usize) {
        let text = self.text;
        if start > 0 && !matches!(text[start - 1], b' ' | b'\t' | b'"' | b'\'' | b'n' | b't' | b'\n') {
            return;
        }
        let (from, to) = match extent::opening(text, end.min(text.len())) {
            Some((quote, from)) => (from, self.ends.quoted(text, from, quote)),
            None => (end, self.ends.unquoted(text, end)),
        };
        let value = &text[from..to];
        let Some(colon) = memchr::memchr(b':', value) else { return };
        let password = &value[colon + 1..];
        let ids = value.iter().all(|b| b.is_ascii_digit() || *b == b':');
        if colon > 0
            && !password.is_empty()
            && !ids
            && !password.starts_with(b"//")
            && !exempt(password)
            && !held(text, from + colon + 1, to)
        {
            self.mask_value(from + colon + 1, to, "password");
        }
    }

    /// Forty characters within two hundred bytes of an access key id are its secret.
    fn aws_secrets(&mut self) {
        let ids: Vec<(usize, usize)> =
            self.out[self.first..].iter().filter(|s| s.kind == "aws-key-id").map(|s| (s.start, s.end)).collect();
        for (start, end) in ids {
            let (low, high) = (start.saturating_sub(200), (end + 200).min(self.text.len()));
            let low =
                memchr::memrchr(b'\n', &self.text[low..start]).filter(|_| self.lines).map_or(low, |n| low + n + 1);
            let high = memchr::memchr(b'\n', &self.text[end..high]).filter(|_| self.lines).map_or(high, |n| end + n);
            let mut at = low;
            while at < high {
                let run = self.text[at..high]
                    .iter()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+'))
                    .count();
                let value = &self.text[at..at + run];
                let mixed = [u8::is_ascii_digit, u8::is_ascii_uppercase, u8::is_ascii_lowercase]
                    .iter()
                    .all(|f| value.iter().any(f));
                if run == 40 && mixed && !shapes::is_wordy(value) {
                    self.mask(at, at + run, "aws-secret", Proof::Shape);
                }
                at += run + 1;
            }
        }
    }
}

/// Last words of the titles of public PEM blocks.
const PUBLIC: &[&[u8]] =
    &[b"CERTIFICATE", b"CERTIFICATE REQUEST", b"PUBLIC KEY", b"X509 CRL", b"DH PARAMETERS", b"EC PARAMETERS", b"PKCS7"];

/// How a name is joined to its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `name=value`, `"name":"value"`
    Pair,
    /// `name: value` without quotes: a header, YAML, or a sentence.
    Prose,
    /// `--name value`
    Flag,
    /// `<name>value</name>`
    Element,
}

/// Where the value of a name begins, if something joins the two.
fn separator(text: &[u8], start: usize, end: usize) -> Option<(usize, Form)> {
    let mut at = end;
    let slashes = text[at..].iter().take(extent::SLASHES).take_while(|&&b| b == b'\\').count();
    let closed = matches!(text.get(at + slashes), Some(b'"' | b'\'' | b'`'));
    if closed {
        at += slashes + 1;
    }
    at += usize::from(text.get(at) == Some(&b']') && matches!(text.get(at + 1), Some(b'=' | b':' | b' ')));
    let blanks =
        |at: usize| text[at.min(text.len())..].iter().take(16).take_while(|b| matches!(b, b' ' | b'\t')).count();
    let space = blanks(at);
    let sign = at + space;
    match *text.get(sign)? {
        b':' if text[sign..].starts_with(b"://") => None,
        b':' => {
            let next = sign + 1 + usize::from(text.get(sign + 1) == Some(&b'='));
            let gap = blanks(next);
            let form = if gap > 0 && !closed { Form::Prose } else { Form::Pair };
            Some((next + gap, form))
        }
        b'=' => {
            let next = sign + text[sign..].iter().take(3).take_while(|b| matches!(b, b'=' | b'>')).count();
            Some((next + blanks(next), Form::Pair))
        }
        b'%' if text.get(sign + 1) == Some(&b'3') && matches!(text.get(sign + 2), Some(b'd' | b'D' | b'a' | b'A')) => {
            Some((sign + 3, Form::Pair))
        }
        b'>' if start > 0 && text[start - 1] == b'<' => Some((sign + 1, Form::Element)),
        b',' if closed => listed(text, start, sign + 1),
        _ if space > 0 && !closed && text[start..end].starts_with(b"--") && text[sign] != b'-' => {
            Some((sign, Form::Flag))
        }
        _ => None,
    }
}

/// `["--token","…"]` and `{"name":"X-Api-Key","value":"…"}`.
fn listed(text: &[u8], start: usize, mut at: usize) -> Option<(usize, Form)> {
    at += text[at..].iter().take(4).take_while(|b| **b == b' ').count();
    let (quote, from) = extent::opening(text, at)?;
    if text[start..].starts_with(b"--") {
        return (text.get(from) != Some(&b'-')).then_some((at, Form::Pair));
    }
    let word = text[from..].iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
    let is_value =
        [&b"value"[..], b"val", b"v", b"content"].iter().any(|w| text[from..from + word].eq_ignore_ascii_case(w));
    let mut next = from + word + quote.slashes + 1;
    if !is_value || text.get(next - 1) != Some(&quote.mark) {
        return None;
    }
    next += text[next..].iter().take(4).take_while(|b| **b == b' ').count();
    if text.get(next) != Some(&b':') {
        return None;
    }
    next += 1;
    next += text[next..].iter().take(4).take_while(|b| **b == b' ').count();
    let _: Quote = extent::opening(text, next)?.0;
    Some((next, Form::Pair))
}

/// Bytes of a value that are looked at to judge it, so that a text full of names is still read in linear time.
const JUDGED: usize = 512;

/// Longer than anything that is judged and without a space: masked rather than read again for every name in it.
fn overlong(whole: &[u8], head: &[u8]) -> bool {
    whole.len() > head.len() && !head.iter().any(u8::is_ascii_whitespace)
}

/// Values that are masked already, references, and literals of the language.
fn exempt(value: &[u8]) -> bool {
    shapes::is_masked(value) || shapes::is_reference(value) || shapes::is_plain_literal(value)
}

fn exempt_variable(value: &[u8]) -> bool {
    value.starts_with(b"${") || value.starts_with(b"{{") || value.starts_with(b"<")
}

/// Short names (`code`, `key`, `state`, `token`, `sig`) are also words: the value decides.
fn parameter_value(value: &[u8]) -> bool {
    let hex = value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit);
    let digits = value.len() < 40 && value.iter().all(u8::is_ascii_digit);
    value.len() >= 8 && !digits && (hex || shapes::is_secretish(value))
}

/// The name stands where a query or form parameter does.
fn parameter_place(text: &[u8], name: usize) -> bool {
    name > 0 && matches!(text[name - 1], b'?' | b'&' | b';' | b'#')
        || text[..name].ends_with(b"%26")
        || text[..name].ends_with(br"\u0026")
}

/// No letter or digit before, except those of an escape.
fn left_edge(text: &[u8], at: usize) -> bool {
    at == 0 || !text[at - 1].is_ascii_alphanumeric() || after_escape(text, at - 1) == at || escaped_end(text, at)
}

/// The byte before ends `\u003d` or `%3D`.
fn escaped_end(text: &[u8], at: usize) -> bool {
    let hex = |n: usize| text[at - n..at].iter().all(u8::is_ascii_hexdigit);
    (at >= 3 && text[at - 3] == b'%' && hex(2)) || (at >= 6 && &text[at - 6..at - 4] == br"\u" && hex(4))
}

/// Skips the letter of `\n`, the digits of `\u0026` or `%26` that look like the beginning of a name.
fn after_escape(text: &[u8], at: usize) -> usize {
    let before = at.checked_sub(1).map(|p| text[p]);
    let hex = |from: usize, n: usize| text.get(from..from + n).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
    match (before, text.get(at)) {
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f')) => at + 1,
        (Some(b'\\'), Some(b'u')) if hex(at + 1, 4) => at + 5,
        (Some(b'%'), Some(_)) if hex(at, 2) => at + 2,
        _ => at,
    }
}

/// The value is cut off here, or its field ends.
fn field_ends(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        None | Some(b'"' | b'\'' | b'`' | b'\n' | b'\r') => true,
        Some(b'\\') => matches!(text.get(at + 1), Some(b'"' | b'n' | b'r' | b'\\' | b'\'')),
        Some(b'.') => text[at..].starts_with(b"..."),
        Some(0xe2) => text[at..].starts_with("\u{2026}".as_bytes()),
        _ => false,
    }
}

/// Length without the dots, colons and dashes of the sentence around it.
fn trimmed(tail: &[u8]) -> usize {
    tail.len() - tail.iter().rev().take_while(|b| matches!(b, b'.' | b':' | b'~')).count()
}

/// The kind with the longest prefix that the token begins with.
fn most_specific(token: &[u8]) -> Option<&'static Kind> {
    let fitting = |kind: &Kind| kind.prefixes.iter().filter(|p| token.starts_with(p.as_bytes())).map(|p| p.len()).max();
    KINDS.iter().filter_map(|kind| Some((fitting(kind)?, kind))).max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

/// Whether the tail goes with the prefix.
fn believable(kind: &Kind, prefix: &[u8], tail: &[u8]) -> bool {
    let head = &tail[..tail.len().min(256)];
    let random = !shapes::is_wordy(head);
    match kind.strength {
        Strength::Weak => {
            let digits = head.iter().any(u8::is_ascii_digit);
            let mixed = head.iter().any(u8::is_ascii_uppercase) && head.iter().any(u8::is_ascii_lowercase);
            random && (digits || mixed) && if shapes::is_uuid(head) { prefix.ends_with(b"-") } else { !is_slug(head) }
        }
        Strength::Edge | Strength::Sure => {
            let digits = head.iter().filter(|b| b.is_ascii_digit()).count();
            random
                || kind.tail == Alphabet::Upper && head.len() == 16
                || digits >= 2 && head.len() >= 12
                || head.len() >= 24 && !is_slug(head)
        }
    }
}

/// `lower-case-words-and-hex-0a1b`: a name of something, not a token.
fn is_slug(head: &[u8]) -> bool {
    let pieces = head.split(|b| !b.is_ascii_alphanumeric()).count();
    let words = head.split(|b| !b.is_ascii_alphanumeric()).filter(|p| p.len() >= 4 && shapes::is_wordy(p)).count();
    pieces >= 3 && words * 2 > pieces
}

/// End of a placeholder of ours that begins here: `[kind#7]`.
fn placeholder_at(text: &[u8], start: usize) -> Option<usize> {
    if text.get(start) != Some(&b'[') {
        return None;
    }
    let mark = start
        + 1
        + text[start + 1..]
            .iter()
            .take(32)
            .take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || **b == b'-')
            .count();
    let label =
        text.get(mark + 1..)?.iter().take(20).take_while(|b| b.is_ascii_lowercase() || b.is_ascii_digit()).count();
    let close = mark + 1 + label;
    let ours = text[mark] == b'#'
        && label > 0
        && text.get(close) == Some(&b']')
        && kinds::known(&text[start + 1..mark]).is_some();
    ours.then_some(close + 1)
}

/// The value is a placeholder of ours, perhaps with the closing brackets of the text around it.
fn held(text: &[u8], start: usize, end: usize) -> bool {
    placeholder_at(text, start).is_some_and(|own| {
        text[own.min(end)..end].iter().all(|b| matches!(b, b']' | b')' | b'}' | b',' | b';' | b'.' | b':'))
    })
}

fn pem_byte(b: u8) -> bool {
    Alphabet::Base64.has(b) || matches!(b, b'\\' | b'\n' | b'\r' | b' ' | b'\t' | b',' | b':')
}

/// Where the body of a block without an end marker stops.
fn pem_body_end(text: &[u8], from: usize, limit: usize) -> usize {
    text[from..limit].iter().position(|&b| !pem_byte(b)).map_or(limit, |n| from + n)
}

/// Base64 as found in logs: cut anywhere.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

/// Whether base64 decodes to `user:password`.
fn decodes_to_pair(value: &[u8]) -> Option<bool> {
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
    let decoded = LENIENT.decode(&bare[..usable]).ok()?;
    Some(
        decoded.len() >= 3 && decoded.contains(&b':') && decoded.iter().all(|b| (0x20..0x7f).contains(b) || *b >= 0x80),
    )
}
