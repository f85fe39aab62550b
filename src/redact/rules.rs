//! The rules behind the literals: what a hit means where it stands.

use super::alphabet::Alphabet;
use super::extent::{self, Ends, Quote};
use super::find::{Action, FLAGS, Flag, SCHEMES};
use super::judge::{self, Slot};
use super::keys::{self, Gate, LONGEST, Rule};
use super::kinds::{self, KINDS, Kind, Strength};
use super::manifest;
use super::shapes;
use super::span::{Proof, Span};
use base64::Engine as _;
use std::cmp::Reverse;
use std::sync::LazyLock;

/// The text ends where an ARN names the type of its resource: in `arn:aws:secretsmanager:eu-west-1:123456789012:secret:x`
/// the word `secret` is no name of a value, and what follows is a reference.
fn is_resource_type(before: &[u8]) -> bool {
    let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-');
    let run = before.iter().rev().take(LONGEST).take_while(|b| part(b)).count();
    let arn = &before[before.len() - run..];
    arn.ends_with(b":") && arn.starts_with(b"arn:aws") && memchr::memmem::find(arn, b":secretsmanager:").is_some()
}

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
    /// How far pairs of cookies were looked at.
    cookies: usize,
    /// Public keys and certificates, which may look random, in order and disjoint.
    public: Vec<(usize, usize)>,
    manifests: manifest::Read,
}

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

    // Tokens that say what they are.

    fn prefix(&mut self, kind: &Kind, start: usize, end: usize, length: usize) {
        let text = self.text;
        let prefix = &text[start..end];
        if !kind.prefixes.iter().any(|p| p.len() == length && p.as_bytes() == prefix) {
            return;
        }
        let joined = start > 0 && matches!(text[start - 1], b'_' | b'-' | b'+');
        if kind.strength != Strength::Sure && !left_edge(text, start) || kind.strength == Strength::Weak && joined {
            return;
        }
        let stop = self.run_end(kind.tail, end).max(end);
        let stop = end + trimmed(&text[end..stop]);
        let tail = &text[end..stop];
        let cut = field_ends(text, stop);
        let least = if cut { least_tail(kind, prefix) } else { kind.min };
        let begun = || cut && begins_a_token(kind, prefix, tail, is_elided(text, stop));
        if tail.len() < least || !(tail.len() >= kind.min && believable(kind, prefix, tail) || begun()) {
            return;
        }
        if kind.name == "pkcs-key" && self.in_public(start) {
            return;
        }
        let own = most_specific(&text[start..stop]).map_or(kind, |(_, own)| own);
        // A mark in the middle of a token: what stands before it belongs to it.
        let inner = if prefix[0] == b'.' {
            text[..start].iter().rev().take(16).take_while(|b| b.is_ascii_alphanumeric()).count()
        } else {
            0
        };
        // The letter of `\b` may look like the first of a prefix.
        self.mask(after_escape(text, start - inner).min(stop), stop, own.name, Proof::Shape);
        // Much shorter than usual, and the line ends: the rest may stand on the next one.
        if tail.len() * 4 < own.sample * 3
            && own.strength != Strength::Weak
            && let Some((from, to)) = self.continued(stop, own.tail)
            && tail.len() + (to - from) <= own.sample * 2
        {
            self.mask(from, to, own.name, Proof::Shape);
        }
    }

    /// What follows a token that a line end cut in two, a `\` before it, or the joint of two strings: `" + "`. It has to be
    /// in disorder itself and no name of something.
    fn continued(&mut self, stop: usize, tail: Alphabet) -> Option<(usize, usize)> {
        let text = self.text;
        let from = match extent::opening(text, stop) {
            Some((quote, after)) => {
                let plus = after + self.gap(after);
                let next = plus + 1;
                let next =
                    next + if text.get(plus) == Some(&b'+') { self.gap(next.min(text.len())) } else { return None };
                extent::opening(text, next.min(text.len())).filter(|(own, _)| *own == quote)?.1
            }
            None => {
                let at = stop + usize::from(text[stop..].starts_with(b"\\\n") || text[stop..].starts_with(b"\\\r"));
                let gap = self.gap(at);
                if gap == 0 || extent::line_break(text, at) == 0 {
                    return None;
                }
                at + gap
            }
        };
        let to = from + trimmed(&text[from..self.run_end(tail, from)]);
        let ends = !matches!(text.get(to), Some(b':' | b'=' | b'/' | b'@'));
        (ends && judge::is_no_word(&text[from..to])).then_some((from, to))
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
        let joined = self.apart(from, to).or_else(|| separator(text, from, to)).or_else(|| spoken(text, from, to));
        let Some((value, form)) = joined else { return };
        if names_a_place(text, from, to) {
            return;
        }
        let Some(rule) = keys::rule(&text[from..to]) else { return };
        self.named(rule, from, value, form);
    }

    fn named(&mut self, mut rule: Rule, name: usize, at: usize, form: Form) {
        let text = self.text;
        if at >= text.len()
            || placeholder_at(text, at).is_some_and(|end| !text.get(end).is_some_and(|&b| Alphabet::Compound.has(b)))
        {
            return;
        }
        let at = at + tag(&text[at..]);
        let at = at + literal_prefix(&text[at..]);
        let below = matches!(form, Form::Pair | Form::Joined) && at < text.len() && extent::line_break(text, at) > 0;
        let (at, form) = match form {
            // The value stands on the next line.
            Form::Pair | Form::Joined if below => {
                let next = at + self.gap(at);
                if next >= text.len() || form == Form::Joined && pair_follows(text, at) {
                    return;
                }
                (next, if extent::opening(text, next).is_some() { Form::Pair } else { Form::Told })
            }
            _ => (at, form),
        };
        if form == Form::Listed {
            match rule.gate {
                // A list of header names goes on with a name, a pair with a scheme.
                Gate::Authorization if !begins_with_scheme(text, at) => return,
                Gate::Authorization | Gate::Cookie => {}
                _ => rule.gate = Gate::Parameter,
            }
        }
        if let Some((quote, from)) = extent::opening(text, at) {
            let end = self.ends.quoted(text, from, quote);
            // Where the value is missing, the next member stands in its place.
            if !((below || follows_comma(text, at)) && names_a_member(text, end)) {
                let slot = match form {
                    Form::Listed => Slot::Assigned,
                    Form::Assigned if !is_environment(text, name) => Slot::Assigned,
                    Form::Prose if !begins_a_line(text, name) && !hyphenated(text, name) => Slot::Assigned,
                    _ => Slot::Member,
                };
                self.value(rule, slot, from, end);
            }
            return;
        }
        match text[at] {
            b'[' if rule.gate == Gate::Cookie && text[at + 1 + self.gap(at + 1)..].starts_with(b"{") => {
                self.objects(rule, at + 1);
            }
            b'[' => self.array(rule, at + 1),
            b'{' => self.object(rule, at),
            _ if form == Form::Part => {
                let end = (at..text.len()).find(|&n| text[n] == b'"' || extent::line_break(text, n) > 0);
                let end = extent::before_quote(text, at, end.unwrap_or(text.len()));
                self.value(rule, Slot::Member, at, end);
            }
            b'|' | b'>' if form != Form::Element => {
                if let Some(from) = self.block(at) {
                    self.bare(rule, name, from, Form::Pair);
                }
            }
            _ if form == Form::Element => {
                let from = at + self.gap(at);
                let end = (from..text.len())
                    .find(|&n| matches!(text[n], b'<' | b'"') || extent::line_break(text, n) > 0)
                    .unwrap_or(text.len());
                let end = extent::before_quote(text, from, end);
                // `<token> (attempt 2)` is a word of a manual and prose.
                if text[at] != b' ' || text.get(end) == Some(&b'<') {
                    self.value(rule, Slot::Member, from, end);
                }
            }
            b',' if matches!(form, Form::Listed | Form::Spoken) => {}
            _ if form == Form::Listed => {
                let end = self.ends.unquoted(text, at);
                let end = memchr::memchr(b',', &text[at..end]).map_or(end, |n| at + n);
                self.value(rule, Slot::Assigned, at, end);
            }
            _ => self.bare(rule, name, at, form),
        }
    }

    /// Where the text of a YAML block (`name: |`, `name: >-`) begins.
    fn block(&self, at: usize) -> Option<usize> {
        let text = self.text;
        let mark =
            at + 1 + text[at + 1..].iter().take(2).take_while(|b| matches!(b, b'-' | b'+' | b'0'..=b'9')).count();
        let from = mark + self.gap(mark);
        (from > mark && from < text.len() && extent::line_break(text, mark) > 0).then_some(from)
    }

    /// Length of the blanks and line ends at a place, without leaving the line of a dump.
    pub(super) fn gap(&self, at: usize) -> usize {
        let text = self.text;
        let mut to = at;
        while to < text.len() && to < at + 64 {
            let step = match text[to] {
                b' ' | b'\t' => 1,
                b'\n' if self.look.lines => break,
                _ => extent::line_break(text, to),
            };
            if step == 0 {
                break;
            }
            to += step;
        }
        to - at
    }

    /// `["a","b"]`, or `[a]` as Go prints a map of headers.
    fn array(&mut self, rule: Rule, mut at: usize) {
        let text = self.text;
        let mut first = None;
        for _ in 0..64 {
            at += text[at..].iter().take_while(|b| matches!(b, b' ' | b',')).count();
            let Some((quote, from)) = extent::opening(text, at) else { break };
            // Strings of a list are quoted alike; another quote belongs to what is around the list.
            if *first.get_or_insert(quote) != quote {
                return;
            }
            let end = self.ends.quoted(text, from, quote);
            if names_a_member(text, end) {
                return;
            }
            self.value(rule, Slot::Member, from, end);
            if extent::opening(text, end).is_none_or(|(closing, _)| closing != quote) {
                return;
            }
            at = end + quote.slashes + 1;
        }
        if at < text.len() && !matches!(text[at], b']' | b'{' | b'\\' | b'"') && text[at - 1] == b'[' {
            let end = self.ends.bracket(text, at);
            let end = if end < text.len() && end - at < 8192 { end } else { at };
            let end = extent::before_quote(text, at, end);
            if !shapes::is_masked(&text[at - 1..(end + 1).min(text.len())]) && placeholder_at(text, at - 1).is_none() {
                self.value(rule, Slot::Member, at, end);
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
        if pair_follows(text, at) || says_masked(text, at) {
            return;
        }
        // The header of a signature may be a list without blanks: `t=17…,v1=…`.
        let end = match rule.kind {
            "signature" if form == Form::Prose => {
                let end = self.ends.header(text, at).min(at + JUDGED);
                text[at..end].iter().position(|b| matches!(b, b' ' | b'\t')).map_or(end, |n| at + n)
            }
            _ => self.ends.unquoted(text, at),
        };
        let end = if form == Form::Spoken { at + trimmed(&text[at..end]) } else { end };
        let value = &text[at..end.min(at + JUDGED)];
        let digits = value.iter().any(u8::is_ascii_digit);
        if form == Form::Flag && shapes::is_stop_word(value) && value.len() <= 16 && !digits {
            return;
        }
        // Nothing but a secret follows `--token `, nothing but a password `;Pwd=`.
        let parameter = parameter_place(text, name) || text.get(end) == Some(&b'&') && form == Form::Assigned;
        let flag = form == Form::Flag && rule.kind == "token" && digits && !value.contains(&b'/') && value.len() >= 8;
        let pwd = rule.kind == "password" && parameter && value.first() != Some(&b'/') && value.len() >= 4;
        if (rule.gate == Gate::Own && flag || rule.gate == Gate::Parameter && pwd) && !exempt(value) {
            return self.mask_value(at, end, rule.kind);
        }
        let slot = match form {
            Form::Spoken => Slot::Spoken,
            _ if parameter => Slot::Parameter,
            Form::Told => Slot::Told,
            Form::Prose | Form::Joined if is_alone(text, name, end) => Slot::Line,
            Form::Prose => Slot::Prose,
            Form::Assigned | Form::Flag if is_environment(text, name) => Slot::Member,
            Form::Assigned | Form::Flag | Form::Joined => Slot::Assigned,
            _ => Slot::Member,
        };
        self.value(rule, slot, at, end);
        if slot == Slot::Line && rule.gate == Gate::Strong {
            self.more_values(rule, end);
        }
    }

    /// `X-Api-Key: …, …`: a header that was sent more than once.
    fn more_values(&mut self, rule: Rule, mut end: usize) {
        let text = self.text;
        for _ in 0..16 {
            if text.get(end) != Some(&b',') {
                return;
            }
            let at = end + 1 + blanks(text, end + 1);
            end = self.ends.unquoted(text, at.min(text.len()));
            if end <= at || end - at > JUDGED {
                return;
            }
            // The next pair of a list is its own.
            if memchr::memchr2(b':', b'=', &text[at..end]).is_some_and(|n| n > 0 && n < end - at - 1) {
                return;
            }
            self.value(rule, Slot::Told, at, end);
        }
    }

    /// Masks what is neither exempt nor masked already.
    pub(super) fn whole(&mut self, start: usize, end: usize, kind: &'static str) {
        // Brackets and quotes alone are structure.
        let says = self.text[start..end].iter().any(|b| b.is_ascii_alphanumeric() || !b.is_ascii());
        if says && !exempt(&self.text[start..end.min(start + JUDGED)]) && !held(self.text, start, end) {
            self.mask_value(start, end, kind);
        }
    }

    /// Applies a rule to a value whose extent is known.
    pub fn value(&mut self, rule: Rule, slot: Slot, start: usize, end: usize) {
        let whole = &self.text[start..end];
        let value = &whole[..whole.len().min(JUDGED)];
        if exempt(value) || held(self.text, start, end) {
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

    // Headers.

    /// The value of an `Authorization` header: the scheme stays, the rest goes.
    fn authorization(&mut self, kind: &'static str, start: usize, end: usize, quoted: bool) {
        let text = self.text;
        let start = start + text[start..end].iter().take_while(|b| **b == b' ').count();
        let word = text[start..end].iter().position(|b| matches!(b, b' ' | b'+' | b'%' | b'\t')).unwrap_or(end - start);
        let scheme = text[start..start + word].to_ascii_lowercase();
        let known = SCHEMES.iter().any(|s| s.as_bytes() == scheme);
        let next = &text[(start + word + 1).min(end)..end];
        let next = &next[..next.iter().position(|b| matches!(b, b' ' | b',')).unwrap_or(next.len()).min(JUDGED)];
        let unknown = || scheme.iter().all(|b| b.is_ascii_alphabetic() || *b == b'-') && shapes::is_secretish(next);
        let has_scheme = word < end - start && (known || text[start + word] == b' ' && unknown());
        if has_scheme && scheme.starts_with(b"aws4-") {
            return;
        }
        let mut from = start + if has_scheme { word } else { 0 };
        if has_scheme {
            from += text[from..end].iter().take_while(|b| matches!(b, b' ' | b'+' | b'\t')).count();
            from += if text[from..end].starts_with(b"%20") { 3 } else { 0 };
        }
        let list = matches!(&scheme[..], b"digest" | b"oauth" | b"hawk" | b"mac");
        if list && !quoted && self.parameters(kind, from) {
            return;
        }
        let to = if quoted { end } else { self.ends.unquoted(text, from).clamp(from, end) };
        // The next of several values is looked at by its own scheme.
        let comma = memchr::memchr(b',', &text[from..to.min(from + JUDGED * 8)]).map(|n| from + n);
        let to = comma.filter(|at| begins_with_scheme(text, at + 1 + blanks(text, at + 1))).unwrap_or(to);
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
            if !short && !exempt(&text[start..end.min(start + JUDGED)]) && !held(text, start, end) {
                self.mask_value(start, end, kind);
            }
            at = match extent::opening(text, end) {
                Some((_, after)) if start > equals + 1 => after,
                _ => end,
            };
        }
    }

    /// `name=value; …`: names and attributes stay.
    fn cookie(&mut self, start: usize, end: usize) {
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
                let held = exempt(&self.text[from..stop.min(from + JUDGED)]) || held(self.text, from, stop);
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
            if decodes_to_pair(value_head) {
                self.mask_value(from, stop, "basic-auth");
            } else if value.len() >= if field_ends(text, stop) { 8 } else { 16 }
                && !shapes::is_wordy(value_head)
                && !value.contains(&b':')
            {
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
                None => return self.cut_userinfo(end, authority),
            },
        };
        match memchr::memchr(b':', &text[from..to]) {
            Some(colon) => {
                let password = from + colon + 1;
                let value = &text[password..to];
                if is_lone_secret(&text[from..from + colon]) {
                    self.mask_value(from, from + colon, "token");
                }
                if !shapes::is_masked(value) && !exempt_variable(value) && !held(text, password, to) {
                    self.mask_value(password, to, "password");
                }
            }
            None if is_lone_secret(&text[from..to]) => {
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

    /// `scheme://user:password` whose field ends before the `@`. No port is that long, none has letters.
    fn cut_userinfo(&mut self, from: usize, authority: usize) {
        let text = self.text;
        let dots = text[from..authority].iter().rev().take_while(|b| **b == b'.').count();
        let to = authority - dots;
        let Some(colon) = memchr::memchr(b':', &text[from..to]).map(|n| from + n) else { return };
        let elided = memchr::memmem::find(&text[colon..to], "\u{2026}".as_bytes()).map_or(to, |n| colon + n);
        let value = &text[colon + 1..elided];
        if field_ends(text, elided) && !value.contains(&b':') && shapes::is_secretish(value) {
            self.mask_value(colon + 1, elided, "password");
        }
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
        let private = memchr::memmem::find(title, b"PRIVATE").is_some()
            || title.starts_with(b"AGE ENCRYPTED")
            || title.starts_with(b"OpenVPN Static key");
        let public = PUBLIC.iter().any(|word| title.ends_with(word));
        if !private && !public || title.iter().any(|b| matches!(b, b'\n' | b'"')) {
            return;
        }
        let limit = if self.look.lines { self.ends.line(text, body) } else { text.len() };
        if !private {
            let strict =
                |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\\' | b' ' | b'\r' | b'\n');
            let end = text[body..limit].iter().position(|&b| !strict(b)).map_or(limit, |n| body + n);
            self.public.push((start, end));
            return;
        }
        // A quote ends the string that holds the block: an end marker behind it belongs to another one.
        let own = |at: &usize| *at < limit && memchr::memchr(b'"', &text[body..*at]).is_none();
        let stop = match self.next_end(body).filter(own) {
            Some(at) => {
                let after = at + 9;
                let word = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || **b == b' ';
                let title = after + text[after..limit].iter().take(64).take_while(word).count();
                title + text[title..limit].iter().take(5).take_while(|b| **b == b'-').count()
            }
            None => pem_body_end(text, body, limit),
        };
        self.mask(start, stop, "private-key", Proof::Shape);
    }

    /// The end of a private key whose beginning was cut off.
    fn pem_tail(&mut self, start: usize, end: usize) {
        let text = self.text;
        let title = &text[end..text.len().min(end + 64)];
        let private = memchr::memmem::find(title, b"PRIVATE KEY").is_some_and(|at| at < 24);
        // The dashes of a title may be those of the end marker too.
        let floor = self.covered.max(self.public.last().map_or(0, |p| p.1)).min(start);
        if private {
            let body = text[floor..start]
                .iter()
                .rev()
                .take_while(|&&b| pem_byte(b) && !(self.look.lines && b == b'\n'))
                .count();
            let first = start - body;
            let skip = text[first..start].iter().take_while(|b| b.is_ascii_whitespace() || **b == b'\\').count();
            self.mask(after_escape(text, first + skip).min(start), start, "private-key", Proof::Shape);
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
        let least = if field_ends(text, stop) { 8 } else { 24 };
        if shaped && &text[start..end] == b"Q~" && stop - end >= least {
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

    /// `curl -u user:password`, in quotes of any depth, or with quotes around each half.
    fn user_flag(&mut self, start: usize, end: usize) {
        let text = self.text;
        if start > 0 && !matches!(text[start - 1], b' ' | b'\t' | b'"' | b'\'' | b'n' | b't' | b'\n') {
            return;
        }
        let end = end - usize::from(matches!(text[end - 1], b'"' | b'\'' | b'\\'));
        let Some((from, to)) = self.argument(end) else { return };
        // Commands for shares of files write `user%password`.
        let share = &text[start.saturating_sub(80)..start];
        let share =
            [&b"smbclient"[..], b"rpcclient", b"smbmap"].iter().any(|c| memchr::memmem::find(share, c).is_some());
        let sign = if share { b'%' } else { b':' };
        let Some(colon) = memchr::memchr(sign, &text[from..to]).map(|n| from + n) else { return };
        let (user, mut password) = ((from, colon), (colon + 1, to));
        if password.0 == to
            && let Some((quote, inner)) = extent::opening(text, to)
        {
            password = (inner, self.ends.quoted(text, inner, quote));
        }
        let value = &text[password.0..password.1];
        let ids = text[from..to].iter().all(|b| b.is_ascii_digit() || *b == b':');
        if value.is_empty() {
            // The key of an interface, which takes no password.
            if shapes::is_secretish(&text[user.0..user.1]) {
                self.mask_value(user.0, user.1, "token");
            }
        } else if !ids
            && !value.starts_with(b"//")
            && !stands_for_a_password(value)
            && !held(text, password.0, password.1)
        {
            self.mask_value(password.0, password.1, "password");
        }
    }

    /// What follows a flag whose last letter was just read: the rest of its word, the next word, or the next string of a
    /// list of arguments.
    fn argument(&mut self, end: usize) -> Option<(usize, usize)> {
        let text = self.text;
        let mut at = end;
        if let Some((quote, after)) = extent::opening(text, at) {
            let comma = after + blanks(text, after);
            if text.get(comma) == Some(&b',') {
                let next = comma + 1 + self.gap(comma + 1);
                let (_, from) = extent::opening(text, next).filter(|(q, _)| q.slashes == quote.slashes)?;
                let to = self.ends.quoted(text, from, Quote { mark: text[from - 1], slashes: quote.slashes });
                return (!names_a_member(text, to)).then_some((from, to));
            }
            // The quote ends the command.
            if matches!(text.get(after), None | Some(b']' | b'}' | b' ' | b':')) {
                return None;
            }
        }
        at += text[at..].iter().take(2).take_while(|b| **b == b' ').count();
        Some(match extent::opening(text, at) {
            Some((quote, from)) => (from, self.ends.quoted(text, from, quote)),
            None => (at, self.ends.unquoted(text, at)),
        })
    }

    /// A short flag that takes a password in a few commands: `mysql -pSECRET`, `redis-cli -a SECRET`.
    fn flag(&mut self, flag: &Flag, start: usize, end: usize) {
        let text = self.text;
        let before = &text[start.saturating_sub(160)..=start];
        let line = memchr::memrchr(b'\n', before).map_or(0, |n| n + 1);
        let has = |word: &str| memchr::memmem::find(&before[line..], word.as_bytes()).is_some();
        // In a list of arguments the words of a command are strings of their own.
        let listed = text[start] != b' ' && text[start] != b'-';
        let of = |commands: &[&str]| commands.iter().any(|c| has(c) || listed && c.split_whitespace().all(has));
        let pair = of(flag.pair_in);
        let cookies = of(flag.cookies_in);
        if !pair && !cookies && !of(flag.password_in) {
            return;
        }
        let Some((from, to)) = self.argument(end) else { return };
        if cookies {
            // Without a sign it is the name of a file.
            if memchr::memchr(b'=', &text[from..to]).is_some() {
                self.cookie(from, to);
            }
            return;
        }
        let from = match memchr::memchr(b':', &text[from..to]) {
            Some(colon) if pair => from + colon + 1,
            None if pair => return,
            _ => from,
        };
        let value = &text[from..to];
        let ports = value.iter().all(|b| b.is_ascii_digit() || *b == b':');
        // The quote may be the one that ends the command.
        let no_value = matches!(value.first(), None | Some(b'-' | b',' | b'}' | b']' | b':' | b' ' | b'\\'));
        if !no_value && !ports && !stands_for_a_password(value) && !held(text, from, to) {
            self.mask_value(from, to, "password");
        }
    }

    /// `user:password@tcp(host)/name`, `jdbc:oracle:thin:user/password@host`, a line of a `.pgpass`.
    fn dsn(&mut self, start: usize, end: usize) {
        let text = self.text;
        let stop = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'=' | b'\\');
        if text[start] == b':' {
            // host:5432:database:user:password
            let to = end + text[end..].iter().take(256).position(stop).unwrap_or((text.len() - end).min(256));
            let mut fields = text[end..to].splitn(3, |b| *b == b':');
            if let (Some([_, ..]), Some([_, ..]), Some(value @ [_, ..])) = (fields.next(), fields.next(), fields.next())
                && !stands_for_a_password(value)
                && !held(text, to - value.len(), to)
            {
                self.mask_value(to - value.len(), to, "password");
            }
            return;
        }
        let (sign, from, to) = if text[start] == b'@' {
            let length = text[..start].iter().rev().take(256).take_while(|b| !stop(b)).count();
            (b':', start - length, start)
        } else {
            let length = text[end..].iter().take(256).take_while(|b| !stop(b) && **b != b'@').count();
            (b'/', end, end + length)
        };
        if let Some(at) = memchr::memchr(sign, &text[from..to]).map(|n| from + n + 1)
            && !stands_for_a_password(&text[at..to])
            && !held(text, at, to)
        {
            self.mask_value(at, to, "password");
        }
    }

    /// `123456789012345|…` of an application, `00D…!…` of an organisation, `1234567890:AA…` of a bot.
    fn joint(&mut self, start: usize, end: usize) {
        let text = self.text;
        let before = |f: fn(&u8) -> bool| text[..start].iter().rev().take(18).take_while(|b| f(b)).count();
        let tail = self.run_end(Alphabet::Dotted, end) - end;
        if text[start] == b'!' {
            let id = before(u8::is_ascii_alphanumeric);
            let id = start - after_escape(text, start - id);
            if id == 15 && text[start - id..].starts_with(b"00") && tail >= 60 {
                self.mask(start - id, end + trimmed(&text[end..end + tail]), "salesforce-token", Proof::Shape);
            }
            return;
        }
        let id = before(u8::is_ascii_digit);
        if text[start] == b':' {
            let stop = self.run_end(Alphabet::Url, end);
            let least = if field_ends(text, stop) { 5 } else { 30 };
            if (8..=10).contains(&id) && &text[start..end] == b":AA" && stop - end >= least {
                self.mask(start - id, stop, "telegram-token", Proof::Shape);
            }
            return;
        }
        let value = &text[end..end + tail.min(64)];
        if (15..=16).contains(&id) && (27..=40).contains(&tail) && shapes::is_secretish(value) {
            self.mask(start - id, end + tail, "facebook-token", Proof::Shape);
        }
    }

    /// `gh auth login --with-token <<< SECRET`, `echo SECRET | docker login --password-stdin`.
    fn stdin(&mut self, start: usize, end: usize) {
        let text = self.text;
        let here = end + blanks(text, end);
        if text[here..].starts_with(b"<<<") {
            let at = here + 3;
            if let Some((from, to)) = self.argument(at + blanks(text, at)) {
                let value = &text[from..to];
                if !value.is_empty() && !stands_for_a_password(value) && !held(text, from, to) {
                    self.mask_value(from, to, "password");
                }
            }
            return;
        }
        let line = &text[start.saturating_sub(200)..start];
        let line = &line[memchr::memrchr(b'\n', line).map_or(0, |n| n + 1)..];
        if let Some(bar) = memchr::memrchr(b'|', line) {
            self.piped(start - line.len() + bar, false);
        }
    }

    /// `echo root:SECRET | chpasswd` (pairs), `echo SECRET | sudo -S`: what stands before the pipe.
    fn piped(&mut self, bar: usize, pairs: bool) {
        let text = self.text;
        let blank = |b: &&u8| matches!(b, b' ' | b'\t');
        let stop = bar - text[..bar].iter().rev().take(8).take_while(blank).count();
        let quoted = matches!(text[..stop].last(), Some(b'"' | b'\''));
        let stop = stop - usize::from(quoted);
        let stop =
            stop - text[..stop].iter().rev().take(extent::SLASHES).take_while(|b| quoted && **b == b'\\').count();
        let outside = |b: &&u8| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
        let from = stop - text[..stop].iter().rev().take(256).take_while(outside).count();
        // What an escape is written with is no part of the value.
        let mut from = after_escape(text, from).min(stop);
        if pairs {
            let Some(colon) = memchr::memchr(b':', &text[from..stop]) else { return };
            from += colon + 1;
        } else {
            let before = text[..from].trim_ascii_end();
            let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
            let before = &before[before.len().saturating_sub(24)..];
            if ![&b"echo"[..], b"printf"].iter().any(|c| memchr::memmem::find(before, c).is_some()) {
                return;
            }
        }
        if from < stop && !stands_for_a_password(&text[from..stop]) && !held(text, from, stop) {
            self.mask_value(from, stop, "password");
        }
    }

    /// Forty characters within two hundred bytes of an access key id are its secret.
    fn aws_secrets(&mut self) {
        let ids: Vec<(usize, usize)> =
            self.out[self.first..].iter().filter(|s| s.kind == "aws-key-id").map(|s| (s.start, s.end)).collect();
        for (start, end) in ids {
            let (low, high) = (start.saturating_sub(200), (end + 200).min(self.text.len()));
            let low =
                memchr::memrchr(b'\n', &self.text[low..start]).filter(|_| self.look.lines).map_or(low, |n| low + n + 1);
            let high =
                memchr::memchr(b'\n', &self.text[end..high]).filter(|_| self.look.lines).map_or(high, |n| end + n);
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
pub(super) enum Form {
    /// `"name":"value"`
    Pair,
    /// `name=value`, `name := "value"`
    Assigned,
    /// `name:value`
    Joined,
    /// `name: value` without quotes: a header, YAML, or a sentence.
    Prose,
    /// `"name": value` behind a word, where no object has its members.
    Told,
    /// `the token … was refused`: a sentence.
    Spoken,
    /// The lines behind `name="password"` in a form of parts.
    Part,
    /// `--name value`
    Flag,
    /// `<name>value</name>`
    Element,
    /// `name,value`, `("name", "value")`, `name("value")`: perhaps a list of names, so the value decides.
    Listed,
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
    let space = blanks(text, at);
    let sign = at + space;
    if let Some(length) = operator(&text[sign.min(text.len())..]) {
        let next = sign + length;
        let gap = blanks(text, next);
        let colon = length == 1 && text[sign] == b':';
        let told = || !is_member(text, start) && is_bare(text, next + gap);
        return Some(match typed(text, next + gap).filter(|_| colon) {
            Some(value) => (value, Form::Pair),
            None if colon && gap > 0 && !closed => (next + gap, Form::Prose),
            None if colon && gap > 0 && told() => (next + gap, Form::Told),
            None if closed => (next + gap, Form::Pair),
            None if colon => (next + gap, Form::Joined),
            None => (next + gap, Form::Assigned),
        });
    }
    match *text.get(sign)? {
        b'%' if text.get(sign + 1) == Some(&b'3') && matches!(text.get(sign + 2), Some(b'd' | b'D' | b'a' | b'A')) => {
            let colon = text[sign + 2].eq_ignore_ascii_case(&b'a');
            Some((sign + 3, if colon { Form::Joined } else { Form::Assigned }))
        }
        b'>' if begins_element(text, start) => Some((sign + 1, Form::Element)),
        b'<' => sibling(text, sign).map(|value| (value, Form::Element)),
        b'|' if !closed && space > 0 && text[..start].trim_ascii_end().ends_with(b"|") => {
            Some((sign + 1 + blanks(text, sign + 1), Form::Listed))
        }
        b',' if closed => listed(text, start, sign + 1, Quote { mark: text[end + slashes], slashes }),
        b',' if space == 0 => Some((sign + 1, Form::Listed)),
        b'(' if !closed && space == 0 && extent::opening(text, sign + 1).is_some() => Some((sign + 1, Form::Listed)),
        _ if space == 0 => None,
        _ if !closed && is_word_of_prose(&text[start..end]) && extent::opening(text, sign).is_some() => {
            Some((sign, Form::Listed))
        }
        b'i' if text[sign..].starts_with(b"is ") => Some((sign + 3, Form::Listed)),
        _ if closed => attribute(text, sign).map(|value| (value, Form::Pair)),
        b'-' => None,
        _ if text[start..end].starts_with(b"--") || takes_next_word(text, start, end) => Some((sign, Form::Flag)),
        _ if begins_element(text, start) => {
            let rest = text[sign..].iter().take(200).position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
            (text[sign + rest] == b'>').then_some((sign + rest + 1, Form::Element))
        }
        _ => typed(text, sign).map(|value| (value, Form::Pair)),
    }
}

/// The quoted name stands where a member of an object does: it begins a text or a line, or follows the sign of a list or an
/// object. Behind a word, and when the quotes hold more than the name (`"prod/api_key"`), a sentence quotes it.
fn is_member(text: &[u8], name: usize) -> bool {
    if !matches!(text[..name].last(), None | Some(b'"' | b'\'' | b'`')) {
        return false;
    }
    let slashes =
        text[..name.saturating_sub(1)].iter().rev().take(extent::SLASHES).take_while(|b| **b == b'\\').count();
    let before = &text[..name.saturating_sub(1 + slashes)];
    let before = before.trim_ascii_end().strip_suffix(b"-").unwrap_or(before);
    matches!(before.trim_ascii_end().last(), None | Some(b'{' | b'[' | b',' | b'(' | b'"' | b'\'' | b'`' | b'='))
        || starts_a_line(before)
}

/// No quote, list or object begins here.
fn is_bare(text: &[u8], at: usize) -> bool {
    extent::opening(text, at).is_none() && !matches!(text.get(at), Some(b'[' | b'{'))
}

/// Nothing but blanks stands between the beginning of a line, or of the text, and the end of this.
fn starts_a_line(before: &[u8]) -> bool {
    let indent = before.iter().rev().take(200).take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = &before[..before.len() - indent];
    match rest.last() {
        None | Some(b'\n' | b'\r') => true,
        Some(b'n' | b'r' | b't') => rest[..rest.len() - 1].ends_with(b"\\"),
        _ => false,
    }
}

/// The name is the first word of its line or of the string that holds it, behind the mark of a list or of a header.
fn begins_a_line(text: &[u8], name: usize) -> bool {
    let before = &text[..name];
    let before = before.strip_suffix(b"- ").or_else(|| before.strip_suffix(b"> ")).unwrap_or(before);
    matches!(before.last(), Some(b'"' | b'\'' | b'`')) || starts_a_line(before)
}

/// The name is written as that of a header.
fn hyphenated(text: &[u8], name: usize) -> bool {
    let length = text[name..].iter().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    text[name..name + length].contains(&b'-')
}

/// A header, or a line of a configuration, and nothing behind its value: no sentence goes on there.
fn is_alone(text: &[u8], name: usize, end: usize) -> bool {
    if !hyphenated(text, name) && !begins_a_line(text, name) {
        return false;
    }
    let blank = text[end..].iter().take(16).take_while(|b| **b == b' ').count();
    let next = &text[end + blank..];
    // Another header, a flag, an address: `X-Api-Key: … Accept: */*`.
    let word = next.iter().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    blank == 0 || word == 0 || next[0] == b'-' || matches!(next.get(word), Some(b':' | b'='))
}

/// A variable of the environment: `SLACK_TOKEN`.
fn is_environment(text: &[u8], name: usize) -> bool {
    let part = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let length = text[name..].iter().take(LONGEST).take_while(|b| part(b)).count();
    let behind = text.get(name + length).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    text[name..name + length].contains(&b'_') && !behind
}

/// What a sentence says behind the name of a secret, where nothing else joins the two: `the refresh token … has been
/// revoked`, `Incorrect API key provided: …`, `password is: …`.
fn spoken(text: &[u8], start: usize, end: usize) -> Option<(usize, Form)> {
    const SAID: &[&[u8]] = &[b"provided", b"supplied", b"given", b"used", b"value", b"is", b"was"];
    const KEYS: &[&[u8]] = &[b"api", b"access", b"management", b"secret", b"auth", b"signing", b"master"];
    // Whoever speaks of a credential or a cookie names one.
    const NAMES: &[&[u8]] = &[b"token", b"key", b"password", b"passwd", b"passphrase", b"secret"];
    let name = &text[start..end];
    let named = |w: &&[u8]| name.len() >= w.len() && name[name.len() - w.len()..].eq_ignore_ascii_case(w);
    let mut at = end + 1;
    // Names of more than letters (`api_key`, `accessToken`) say themselves which key.
    if text.get(end) != Some(&b' ')
        || !(NAMES.iter().any(named) || name.eq_ignore_ascii_case(b"code") && is_device_code(text, at))
        || text[start..end].eq_ignore_ascii_case(b"key") && !KEYS.iter().any(|w| follows_word(text, start, w))
    {
        return None;
    }
    let word = text[at..].iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    let said = SAID.iter().find(|w| w.eq_ignore_ascii_case(&text[at..at + word]));
    let mut colon = false;
    if said.is_some() {
        at += word;
        colon = text.get(at) == Some(&b':');
        at += usize::from(colon);
        at += usize::from(text.get(at) == Some(&b' '));
    }
    // `password is: …` says it of any word, as `password: …` does.
    let form =
        if colon && said.is_some_and(|w| matches!(w[..], [b'i' | b'w', _, ..])) { Form::Prose } else { Form::Spoken };
    text.get(at).is_some_and(u8::is_ascii_alphanumeric).then_some((at, form))
}

/// `WDJB-MJHT`, in a sentence that says where to enter it.
fn is_device_code(text: &[u8], at: usize) -> bool {
    let part = |from: usize| {
        text.get(from..from + 4).is_some_and(|p| p.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
    };
    let ends = text.get(at + 9).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-');
    let behind = || &text[at + 9..text.len().min(at + 120)];
    let place = || [&b"http"[..], b"device", b"browser"].iter().any(|w| memchr::memmem::find(behind(), w).is_some());
    part(at) && text.get(at + 4) == Some(&b'-') && part(at + 5) && ends && place()
}

/// The word before a place, a blank between.
fn follows_word(text: &[u8], at: usize, word: &[u8]) -> bool {
    let Some(before) = text[..at].strip_suffix(b" ") else { return false };
    let own = before.len().checked_sub(word.len());
    own.is_some_and(|from| before[from..].eq_ignore_ascii_case(word) && left_edge(text, from))
}

/// Length of the blanks at a place, tabs behind escapes of any depth among them.
fn blanks(text: &[u8], at: usize) -> usize {
    let mut to = at;
    while to < text.len() && to < at + 16 {
        let slashes = text[to..].iter().take(64).take_while(|b| **b == b'\\').count();
        to += match text.get(to + slashes) {
            Some(b' ' | b'\t') if slashes == 0 => 1,
            Some(b't') if slashes > 0 => slashes + 1,
            _ => break,
        };
    }
    to - at
}

/// The name is a part of something's name: `arn:aws:secretsmanager:eu-west-1:1:secret:crm`, `registry/token:v1`.
fn names_a_place(text: &[u8], start: usize, end: usize) -> bool {
    if text.get(end) != Some(&b':') {
        return false;
    }
    match start.checked_sub(1).map(|at| text[at]) {
        Some(b'/') => text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(b':') => {
            let whole = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'/' | b'_' | b'.' | b'*');
            let length = text[..start].iter().rev().take(120).take_while(|b| whole(b)).count();
            text[after_escape(text, start - length)..].starts_with(b"arn:")
        }
        _ => false,
    }
}

/// Length of the operator that joins a name to its value: `:`, `=`, `=>`, and assignments of many languages.
fn operator(text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    if first == b'=' {
        return Some(text.iter().take(3).take_while(|b| matches!(b, b'=' | b'>')).count());
    }
    let run = text.iter().take(4).take_while(|&&b| b == first).count();
    let assigns = text.get(run) == Some(&b'=');
    match first {
        b':' if assigns && run <= 3 => Some(run + 1),
        b':' if run == 1 && !text.starts_with(b"://") => Some(1),
        b'+' | b'.' if assigns && run == 1 => Some(2),
        b'?' | b'|' if assigns && run <= 2 => Some(run + 1),
        _ => None,
    }
}

/// The value of a declaration: `string = "…"` after the name.
fn typed(text: &[u8], at: usize) -> Option<usize> {
    const TYPES: &[&[u8]] =
        &[b"string", b"String", b"str", b"&str", b"[]byte", b"bytes", b"text", b"any", b"SecretStr"];
    let rest = text.get(at..)?;
    let length = TYPES.iter().find(|t| rest.starts_with(t) && matches!(rest.get(t.len()), Some(b' ' | b'=')))?.len();
    let sign = at + length + blanks(text, at + length);
    (text.get(sign) == Some(&b'=')).then(|| sign + 1 + blanks(text, sign + 1))
}

/// Length of a tag of YAML and the blank behind it: `!vault `, `!!str `.
fn tag(text: &[u8]) -> usize {
    let marks = text.iter().take(2).take_while(|b| **b == b'!').count();
    let word = text[marks..].iter().take(24).take_while(|b| b.is_ascii_lowercase()).count();
    let end = marks + word;
    if marks > 0 && word > 0 && text.get(end) == Some(&b' ') { end + 1 } else { 0 }
}

/// Skips what languages write before a quote: `b"…"`, `@"…"`, `Some("…")`.
fn literal_prefix(text: &[u8]) -> usize {
    let length = match text.first() {
        Some(b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'f' | b'F' | b'@' | b'$' | b'&') => 1,
        Some(b'S') if text.starts_with(b"Some(") => 5,
        _ => return 0,
    };
    if extent::opening(text, length).is_some() { length } else { 0 }
}

/// The name is that of an element: `<name`, `<ns:name`.
fn begins_element(text: &[u8], start: usize) -> bool {
    match start.checked_sub(1).map(|at| text[at]) {
        Some(b'<') => true,
        Some(b':') => {
            let space = text[..start - 1].iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric()).count();
            let closed = || memchr::memmem::find(&text[start..text.len().min(start + 4096)], b"</").is_some();
            space > 0 && text[..start - 1 - space].last() == Some(&b'<') && closed()
        }
        _ => false,
    }
}

/// `<key>name</key> <string>…`: the value of a property list, of a form of names and values.
fn sibling(text: &[u8], at: usize) -> Option<usize> {
    let close = text[at..].strip_prefix(b"</")?.iter().take(24).position(|&b| b == b'>')? + 3;
    let gap =
        text[at + close..].iter().take(32).position(|b| !matches!(b, b' ' | b'\t' | b'\\' | b'n' | b'r' | b'\n'))?;
    let open = at + close + gap;
    const VALUES: &[&[u8]] = &[b"<string>", b"<value>", b"<data>"];
    VALUES
        .iter()
        .find(|v| text[open..].len() > v.len() && text[open..open + v.len()].eq_ignore_ascii_case(v))
        .map(|v| open + v.len())
}

/// `name="…" value="…"`: the value of the attribute that follows a name's.
fn attribute(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let word = rest.get(..5).is_some_and(|w| w.eq_ignore_ascii_case(b"value"));
    let sign = at + 5 + blanks(text, at + 5);
    let value = sign + 1 + blanks(text, sign + 1);
    (word && text.get(sign) == Some(&b'=') && extent::opening(text, value.min(text.len())).is_some()).then_some(value)
}

/// Words after which a sentence quotes the secret itself: `password "…"`. After `secret` and `key` it quotes a name.
fn is_word_of_prose(name: &[u8]) -> bool {
    [&b"password"[..], b"passwd", b"passphrase", b"token"].iter().any(|w| name.eq_ignore_ascii_case(w))
}

/// Places where a name and its value are two words: `.netrc`, other configurations, and commands that set a variable.
fn takes_next_word(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[start.saturating_sub(120)..start];
    match &text[start..end] {
        b"bindpw" | b"rootpw" | b"requirepass" | b"masterauth" | b"storePassword" | b"keyPassword" | b"AUTH" => true,
        b"password" | b"passwd" => before.ends_with(b" ") && is_netrc(before) || set_before(before),
        _ => set_before(before),
    }
}

/// `machine h login u`, an entry of `.netrc` up to its password: pairs without anything between them.
fn is_netrc(before: &[u8]) -> bool {
    let mut words = before.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut logs_in = false;
    while let (Some(_), Some(key)) = (words.next(), words.next()) {
        match key {
            b"login" | b"account" => logs_in = true,
            // A quote or a bracket may stand before the first word.
            key => return logs_in && key.ends_with(b"machine"),
        }
    }
    false
}

fn set_before(before: &[u8]) -> bool {
    const COMMANDS: &[&[u8]] =
        &[b"config set ", b"configure set ", b"ENV ", b"setx ", b"SETX ", b"setx /M ", b"set -x ", b"set -gx "];
    COMMANDS.iter().any(|c| before.ends_with(c))
}

/// A word of an `Authorization` value stands here.
fn begins_with_scheme(text: &[u8], at: usize) -> bool {
    let from = extent::opening(text, at).map_or(at, |(_, from)| from);
    let word = text[from..].iter().take(24).position(|&b| b == b' ');
    word.is_some_and(|n| SCHEMES.iter().any(|s| s.as_bytes().eq_ignore_ascii_case(&text[from..from + n])))
}

/// `["--token","…"]` and `{"name":"X-Api-Key","value":"…"}`. A string whose quotes are
/// escaped more or less often than that of the name is not of the same list.
fn listed(text: &[u8], start: usize, mut at: usize, name: Quote) -> Option<(usize, Form)> {
    at += text[at..].iter().take(4).take_while(|b| **b == b' ').count();
    let alike = |quote: &Quote| quote.mark != name.mark || quote.slashes == name.slashes;
    let (quote, from) = extent::opening(text, at).filter(|(quote, _)| alike(quote))?;
    if text[start..].starts_with(b"--") {
        return (text.get(from) != Some(&b'-')).then_some((at, Form::Pair));
    }
    let word = text[from..].iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
    let is_value =
        [&b"value"[..], b"val", b"v", b"content"].iter().any(|w| text[from..from + word].eq_ignore_ascii_case(w));
    let mut next = from + word + quote.slashes + 1;
    if !is_value || text.get(next - 1) != Some(&quote.mark) {
        return Some((at, Form::Listed));
    }
    next += text[next..].iter().take(4).take_while(|b| **b == b' ').count();
    if text.get(next) != Some(&b':') {
        return Some((at, Form::Listed));
    }
    next += 1;
    next += text[next..].iter().take(4).take_while(|b| **b == b' ').count();
    extent::opening(text, next)?;
    Some((next, Form::Pair))
}

/// The value is the next element of a list: `"--token","…"`.
fn follows_comma(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take(16).find(|b| !matches!(b, b' ' | b'\t')) == Some(&b',')
}

/// The string that ends here is a name: in `{"_msg":"--token","nested":1}` the object's next, not an argument.
pub(super) fn names_a_member(text: &[u8], end: usize) -> bool {
    extent::opening(text, end).is_some_and(|(_, after)| text.get(after + blanks(text, after)) == Some(&b':'))
}

/// Bytes of a value that are looked at to judge it, so that a text full of names is still read in linear time.
const JUDGED: usize = 512;

/// The value is empty: behind a line end of any depth the next pair begins.
fn pair_follows(text: &[u8], at: usize) -> bool {
    let next = at + extent::line_break(text, at);
    let name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let end = next + text[next..].iter().take(LONGEST).take_while(name).count();
    next > at && end > next && matches!(text.get(end), Some(b'=' | b':'))
}

/// `(sensitive value)`, `(known after apply)`: what a tool writes instead of the value.
fn says_masked(text: &[u8], at: usize) -> bool {
    const WORDS: &[&[u8]] =
        &[b"sensitive", b"known after", b"hidden", b"redacted", b"masked", b"unset", b"not set", b"empty", b"none"];
    let Some(inner) = text[at..].strip_prefix(b"(") else { return false };
    let close = inner.iter().take(32).position(|b| *b == b')');
    close.is_some_and(|n| {
        WORDS.iter().any(|w| inner[..n].get(..w.len()).is_some_and(|head| head.eq_ignore_ascii_case(w)))
    })
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

/// A token in the place of a user's name.
fn is_lone_secret(user: &[u8]) -> bool {
    shapes::is_secretish(user) || user.len() >= 20 && user.iter().all(u8::is_ascii_hexdigit)
}

/// Words of a manual in the place of a password: `$PASSWORD`, `<password>`, `[PASSWORD]`, `{{ … }}`, `password`.
fn stands_for_a_password(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"password", b"passwd", b"pass", b"pwd", b"token", b"secret"];
    exempt(value)
        || matches!(value.first(), Some(b'$' | b'<' | b'['))
        || value.starts_with(b"{{")
        || WORDS.iter().any(|w| value.eq_ignore_ascii_case(w))
}

fn exempt_variable(value: &[u8]) -> bool {
    value.starts_with(b"${") || value.starts_with(b"{{") || value.starts_with(b"<")
}

/// The name stands where a query or form parameter does.
fn parameter_place(text: &[u8], name: usize) -> bool {
    name > 0 && matches!(text[name - 1], b'?' | b'&' | b';' | b'#')
        || text[..name].ends_with(b"%26")
        || text[..name].ends_with(br"\u0026")
}

/// No letter or digit before, except those of an escape.
#[inline]
pub(super) fn left_edge(text: &[u8], at: usize) -> bool {
    at == 0 || !text[at - 1].is_ascii_alphanumeric() || after_escape(text, at - 1) == at || escaped_end(text, at)
}

/// The byte before ends `\u003d` or `%3D`.
fn escaped_end(text: &[u8], at: usize) -> bool {
    let hex = |n: usize| text[at - n..at].iter().all(u8::is_ascii_hexdigit);
    (at >= 3 && text[at - 3] == b'%' && hex(2)) || (at >= 6 && &text[at - 6..at - 4] == br"\u" && hex(4))
}

/// Skips the letter of `\n`, the digits of `\u0026` or `%26` that look like the beginning of a name.
pub(super) fn after_escape(text: &[u8], at: usize) -> usize {
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
        _ => is_elided(text, at),
    }
}

/// Whoever wrote this says that it was cut off here.
fn is_elided(text: &[u8], at: usize) -> bool {
    text[at..].starts_with(b"...") || text[at..].starts_with("\u{2026}".as_bytes())
}

/// Length without the dots, colons and dashes of the sentence around it.
fn trimmed(tail: &[u8]) -> usize {
    tail.len() - tail.iter().rev().take_while(|b| matches!(b, b'.' | b':' | b'~' | b',')).count()
}

/// Kinds and their prefixes by the first byte of these.
static BY_FIRST_BYTE: LazyLock<[Vec<(&[u8], &Kind)>; 256]> = LazyLock::new(|| {
    let mut table = [const { Vec::new() }; 256];
    for kind in KINDS {
        let prefixes = kind.prefixes.iter().map(|prefix| prefix.as_bytes());
        prefixes.for_each(|prefix| table[usize::from(prefix[0])].push((prefix, kind)));
    }
    table
});

/// The kind with the longest prefix that the token begins with, and the length of that prefix. Of several with the same
/// one, the kind whose tail goes with the rest: its letters first, then its length; then the one of fewer letters.
fn most_specific(token: &[u8]) -> Option<(usize, &'static Kind)> {
    let fitting = BY_FIRST_BYTE[usize::from(*token.first()?)].iter().filter(|(prefix, _)| token.starts_with(prefix));
    let tail = |length: usize, kind: &Kind| {
        let end = kind.tail.end(token, length);
        (end, end - length >= kind.min, Reverse(kind.tail as u8))
    };
    let longest = fitting.clone().map(|(prefix, _)| prefix.len()).max()?;
    let twins = fitting.filter(|(prefix, _)| prefix.len() == longest).map(|(_, kind)| (longest, *kind));
    twins.max_by_key(|(length, kind)| tail(*length, kind))
}

/// The shortest tail that is masked anywhere.
pub(super) fn least_tail(kind: &Kind, prefix: &[u8]) -> usize {
    kind.min.min(least_of_a_cut(kind, prefix))
}

/// The shortest tail that is masked where its field ends: the rest may have been cut off.
fn least_of_a_cut(kind: &Kind, prefix: &[u8]) -> usize {
    match (kind.strength, prefix.len()) {
        (Strength::Weak, 3..) if !prefix[prefix.len() - 1].is_ascii_alphanumeric() => 8,
        (Strength::Weak, 3..) if prefix[0].is_ascii_uppercase() => 12,
        (Strength::Weak, _) | (_, 0..3) => usize::MAX,
        (_, 3) if prefix.ends_with(b"-") && prefix[0].is_ascii_lowercase() => usize::MAX,
        (_, _) if prefix.ends_with(b"-") && kind.tail == Alphabet::Hex => 12,
        (_, 3) => 8,
        _ => 4,
    }
}

/// Whether a tail may be the beginning of a token whose rest was cut off. `elided`: the text says so.
///
/// A few characters prove little: a word with a number behind it (`sk-proj-website2`, `npm_config`) is a name where its
/// field ends. Where a weak prefix stands, names of pods and classes begin so too: `api-7849e9cba9-x2k4p`, `pat.example.…`.
fn begins_a_token(kind: &Kind, prefix: &[u8], tail: &[u8], elided: bool) -> bool {
    let head = &tail[..tail.len().min(256)];
    let has = |f: fn(&u8) -> bool| head.iter().any(f);
    let (digit, upper, lower) = (has(u8::is_ascii_digit), has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase));
    let inside = head.windows(2).any(|pair| pair[0].is_ascii_digit() && pair[1].is_ascii_alphabetic());
    let mixed = digit && upper && lower;
    match kind.strength {
        Strength::Weak => mixed && (inside || !shapes::is_wordy(head)),
        _ if kind.tail == Alphabet::Upper => head.len() >= 8 && (digit || elided),
        _ if head.len() < 8 => believable(kind, prefix, head),
        _ if prefix.len() >= 6 => inside || upper && lower || believable(kind, prefix, head),
        _ => mixed || inside && prefix.len() >= 4 || believable(kind, prefix, head),
    }
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
            let telling = if prefix.len() >= 6 { 1 } else { 2 };
            random
                || kind.tail == Alphabet::Upper && head.len() == 16
                || digits >= telling && head.len() >= 12
                || prefix.len() >= 5 && head.len() >= 12 && head.iter().all(u8::is_ascii_alphanumeric)
                || head.len() >= 24 && !is_slug(head)
        }
    }
}

/// `lower-case-words-and-hex-0a1b`: a name of something, not a token.
fn is_slug(head: &[u8]) -> bool {
    let pieces = head.split(|b| !b.is_ascii_alphanumeric()).count();
    let word = |p: &&[u8]| p.len() >= 4 && !p.iter().all(u8::is_ascii_hexdigit) && shapes::is_wordy(p);
    let words = head.split(|b| !b.is_ascii_alphanumeric()).filter(word).count();
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
pub(super) fn held(text: &[u8], start: usize, end: usize) -> bool {
    placeholder_at(text, start).is_some_and(|own| {
        text[own.min(end)..end].iter().all(|b| matches!(b, b']' | b')' | b'}' | b',' | b';' | b'.' | b':'))
    })
}

fn pem_byte(b: u8) -> bool {
    Alphabet::Base64.has(b) || matches!(b, b'\\' | b'\n' | b'\r' | b' ' | b'\t' | b',' | b':')
}

/// Where the body of a block without an end marker stops.
fn pem_body_end(text: &[u8], from: usize, limit: usize) -> usize {
    let end = text[from..limit].iter().position(|&b| !pem_byte(b)).map_or(limit, |n| from + n);
    // Backslashes at the end are those of the quote that closes the string.
    end - text[from..end].iter().rev().take_while(|b| **b == b'\\').count()
}

/// Base64 as found in logs: cut anywhere.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone),
);

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

/// Base64 that holds a text: padded or long enough that a word does not decode to one by chance.
fn encoded_text(value: &[u8]) -> bool {
    let long = value.len() >= 8 || value.ends_with(b"=");
    let decoded = base64::engine::general_purpose::STANDARD.decode(value).ok().filter(|_| long);
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}
