//! Names whose values are secret: where the value is, quoted, bare, in a list, in a block, on the next line.

use super::super::alphabet::Alphabet;
use super::super::colour;
use super::super::extent;
use super::super::judge::Slot;
use super::super::keys::{self, Gate, LONGEST, Rule};
use super::super::placeholder;
use super::super::shapes;
use super::edges::{after_escape, blanks, left_edge, trimmed};
use super::headers::begins_with_scheme;
use super::joined::{Form, follows_comma, names_a_member, pair_follows, separator, spoken, starts_a_line};
use super::wrapped::{Wrapper, wrapper};
use super::{JUDGED, Pass, exempt};

/// Bytes of an element's data that are read, so that a text full of beginnings is still read in linear time.
const LONGEST_DATA: usize = 8192;

/// Elements of a list that are looked at.
const ELEMENTS: usize = 64;

impl Pass<'_, '_> {
    pub(super) fn stem(&mut self, start: usize, end: usize) {
        let text = self.text;
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$');
        let from = start - text[..start].iter().rev().take(LONGEST).take_while(|b| is_name(b)).count();
        let to = end + text[end..].iter().take(LONGEST).take_while(|b| is_name(b)).count();
        let from = after_escape(text, from);
        if names_a_place(text, from, to) {
            return;
        }
        let joined = self.apart(from, to).or_else(|| separator(text, from, to)).or_else(|| spoken(text, from, to));
        let Some((value, form)) = joined else { return };
        let name = &text[from..to];
        let several = holds_several(text, value).then(|| keys::each(name)).flatten();
        let Some(rule) = several.or_else(|| keys::rule(name)) else { return };
        self.name_quote = extent::opening(text, to).filter(|(q, _)| q.mark == b'"').map(|(_, after)| (to, after));
        self.named(rule, from, value, form);
    }

    fn named(&mut self, mut rule: Rule, name: usize, at: usize, form: Form) {
        let text = self.text;
        if at >= text.len()
            || placeholder::at(text, at)
                .is_some_and(|(end, _)| !text.get(end).is_some_and(|&b| Alphabet::Compound.has(b)))
        {
            return;
        }
        let at = behind_colours(text, at);
        if at >= text.len() {
            return;
        }
        let at = at + tag(&text[at..]);
        let at = at + literal_prefix(&text[at..]);
        let below = matches!(form, Form::Pair | Form::Joined) && at < text.len() && extent::line_break(text, at) > 0;
        if below && rule.gate == Gate::Each {
            return self.sequence(rule, name, at);
        }
        let next = if below { self.below(at, form) } else { Some((at, form)) };
        let Some((at, form)) = next else { return };
        let wrapped = !matches!(form, Form::Element | Form::Part | Form::Spoken);
        let at = match wrapped.then(|| wrapper(text, at, &mut self.ends)).flatten() {
            Some(Wrapper::Holds(quote)) => quote,
            Some(Wrapper::Lists(first)) => return self.array(rule, first),
            Some(Wrapper::Asks) => return,
            None => at,
        };
        if form == Form::Listed {
            match rule.gate {
                // A list of header names goes on with a name, a pair with a scheme.
                Gate::Authorization if !begins_with_scheme(text, at) => return,
                Gate::Authorization | Gate::Cookie => {}
                _ => rule.gate = Gate::Parameter,
            }
        }
        match extent::opening(text, at) {
            // Where the value is missing, the next member stands in its place.
            Some((quote, from)) => {
                let end = self.ends.quoted(text, from, quote);
                if !((below || follows_comma(text, at)) && names_a_member(text, end)) {
                    self.value(rule, slot_of_a_string(text, name, form), from, end);
                }
            }
            None => self.unquoted(rule, name, at, form),
        }
    }

    /// The value stands on the next line.
    fn below(&self, at: usize, form: Form) -> Option<(usize, Form)> {
        let next = at + self.gap(at);
        if next >= self.text.len() || form == Form::Joined && pair_follows(self.text, at) {
            return None;
        }
        // `value: …`, a member of what stands below.
        let member = self.text[next..].starts_with(b"value: ");
        let next = if member { next + 7 + blanks(self.text, next + 7) } else { next };
        let whole = member || extent::opening(self.text, next).is_some();
        (next < self.text.len()).then_some((next, if whole { Form::Pair } else { Form::Told }))
    }

    /// `- …` on each of the lines behind a name, as YAML writes a list.
    fn sequence(&mut self, mut rule: Rule, name: usize, at: usize) {
        let text = self.text;
        // A sentence ends with a colon too.
        if !begins_a_line(text, name) {
            rule.gate = Gate::Weak;
        }
        let mut at = at + self.gap(at);
        for _ in 0..ELEMENTS {
            if !text[at..].starts_with(b"- ") {
                return;
            }
            let from = at + 2 + blanks(text, at + 2);
            let end = match extent::opening(text, from) {
                Some((quote, from)) => {
                    let end = self.ends.quoted(text, from, quote);
                    self.value(rule, Slot::Member, from, end);
                    (end + quote.slashes + 1).min(text.len())
                }
                None => {
                    let line = extent::line_or(text, from, |b| b == b'"');
                    let end = self.ends.unquoted(text, from).min(line);
                    // `- name: …`, the first member of an object.
                    if text[from..end].ends_with(b":") {
                        return;
                    }
                    self.value(rule, Slot::Member, from, end);
                    end
                }
            };
            at = extent::line_or(text, end, |b| b == b'"');
            if extent::line_break(text, at) == 0 {
                return;
            }
            at += self.gap(at);
        }
    }

    /// A value without quotes of its own: a list, an object, a block, an element, a word.
    fn unquoted(&mut self, rule: Rule, name: usize, at: usize, form: Form) {
        let text = self.text;
        match text[at] {
            b'[' if rule.gate == Gate::Cookie && text[at + 1 + self.gap(at + 1)..].starts_with(b"{") => {
                self.objects(rule, at + 1);
            }
            b'[' => self.array(rule, at + 1),
            b'{' => self.object(rule, at),
            _ if form == Form::Part => {
                let end = extent::before_quote(text, at, extent::line_or(text, at, |b| b == b'"'));
                self.value(rule, Slot::Member, at, end);
            }
            b'|' | b'>' if form != Form::Element => {
                if let Some(from) = self.block(at) {
                    self.bare(rule, name, from, Form::Pair);
                }
            }
            _ if form == Form::Element => {
                let from = at + self.gap(at);
                if let Some(data) = text[from..].strip_prefix(b"<![CDATA[") {
                    return self.data(rule, text.len() - data.len());
                }
                let end = extent::line_or(text, from, |b| matches!(b, b'<' | b'"'));
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

    /// `<name><![CDATA[…]]></name>`
    fn data(&mut self, rule: Rule, from: usize) {
        let text = &self.text[..self.text.len().min(from + LONGEST_DATA)];
        let line = extent::before_quote(text, from, extent::line_or(text, from, |b| b == b'"'));
        let end = memchr::memmem::find(&text[from..line], b"]]>").map_or(line, |n| from + n);
        self.value(rule, Slot::Member, from, end);
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
        let (open, mut first) = (at, None);
        for _ in 0..ELEMENTS {
            at += text[at..].iter().take_while(|b| matches!(b, b' ' | b',')).count();
            at += self.gap(at);
            let Some((quote, from)) = extent::opening(text, at) else {
                let Some(end) = self.name_quote.and_then(|_| end_of_a_token(text, at)) else { break };
                let seen = self.out.len();
                self.value(rule, Slot::Member, at, end);
                self.quote_numbers(seen);
                at = end;
                continue;
            };
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
        let list = at < text.len() && text[at] == b'[' && self.name_quote.is_some();
        let bare = at < text.len() && at == open && text[at - 1] == b'[';
        if bare && !list && !matches!(text[at], b']' | b'{' | b'\\' | b'"') {
            let end = self.ends.bracket(text, at);
            let end = if end < text.len() && end - at < 8192 { end } else { at };
            let end = extent::before_quote(text, at, end);
            if rule.gate == Gate::Each {
                return self.words(rule, at, end);
            }
            // `[Token token="…"]`
            if rule.gate == Gate::Authorization && text[at..end].ends_with(b"=") && extent::opening(text, end).is_some()
            {
                return self.authorization(rule.kind, at, end, false);
            }
            if !shapes::is_masked(&text[at - 1..(end + 1).min(text.len())]) && placeholder::at(text, at - 1).is_none() {
                self.value(rule, Slot::Member, at, end);
            }
        }
    }

    /// `[a b]`, `[a, b]`
    fn words(&mut self, rule: Rule, mut at: usize, end: usize) {
        let text = self.text;
        for length in text[at..end].split(|b| matches!(b, b' ' | b',')).map(<[u8]>::len).take(ELEMENTS) {
            self.value(rule, Slot::Member, at, at + length);
            at += length + 1;
        }
    }

    /// A value without quotes: `token=…`, `Authorization: …`.
    fn bare(&mut self, rule: Rule, name: usize, at: usize, form: Form) {
        let seen = self.out.len();
        let token = self.name_quote.and_then(|_| end_of_a_token(self.text, at));
        match (rule.gate, token) {
            // No header, which would go on to the end of its line.
            (Gate::Cookie, Some(end)) => self.whole(at, end, rule.kind),
            (Gate::Authorization, Some(end)) => self.authorization(rule.kind, at, end, true),
            _ => self.word(rule, name, at, form),
        }
        self.quote_numbers(seen);
    }

    /// In the place of a number, which has no quotes of its own, JSON holds no label without them.
    fn quote_numbers(&mut self, seen: usize) {
        let text = self.text;
        for span in &mut self.out[seen..] {
            if shapes::is_json_number(&text[span.start..span.end]) {
                span.quote = self.name_quote;
            }
        }
    }

    fn word(&mut self, rule: Rule, name: usize, at: usize, form: Form) {
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
        if slot == Slot::Line && matches!(rule.gate, Gate::Strong | Gate::Each) {
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
}

/// Where a number or a word of JSON ends, if a value is nothing else.
fn end_of_a_token(text: &[u8], at: usize) -> Option<usize> {
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    let end = at + text[at..].iter().take(JUDGED).take_while(part).count();
    let token = &text[at..end];
    let one = shapes::is_json_number(token) || matches!(token, b"true" | b"false" | b"null");
    let space = text[end..].iter().take(64).take_while(|b| b.is_ascii_whitespace()).count();
    (one && matches!(text.get(end + space), None | Some(b',' | b']' | b'}'))).then_some(end)
}

/// A list or an object begins here, or the lines of one.
fn holds_several(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'[' | b'{') => true,
        Some(b'\\' | b'\n' | b'\r') => extent::line_break(text, at) > 0,
        _ => false,
    }
}

/// How a string is set apart that follows a name in this form.
fn slot_of_a_string(text: &[u8], name: usize, form: Form) -> Slot {
    match form {
        Form::Listed => Slot::Assigned,
        Form::Assigned if !is_environment(text, name) => Slot::Assigned,
        Form::Prose if !begins_a_line(text, name) && !hyphenated(text, name) => Slot::Assigned,
        _ => Slot::Member,
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

/// The name is a part of something's name: `arn:aws:secretsmanager:eu-west-1:1:secret:crm`, `registry/token:v1`. What an
/// ARN ends in is no value's name either, unless a sign or a blank gives it one.
fn names_a_place(text: &[u8], start: usize, end: usize) -> bool {
    let colon = text.get(end) == Some(&b':');
    match start.checked_sub(1).map(|at| text[at]) {
        Some(b'/') => colon && text.get(end + 1).is_some_and(u8::is_ascii_alphanumeric),
        Some(b':') if !matches!(text.get(end), Some(b'=' | b' ')) => {
            let whole = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'/' | b'_' | b'.' | b'*');
            let from = start - text[..start].iter().rev().take(120).take_while(|b| whole(b)).count();
            memchr::memmem::find_iter(&text[from..start], b"arn:").any(|n| left_edge(text, from + n))
        }
        _ => false,
    }
}

/// The place behind the sequences that paint a value.
fn behind_colours(text: &[u8], mut at: usize) -> usize {
    let mut left = 4;
    while let Some(length) = colour::spelled(&text[at..]).filter(|_| left > 0) {
        (at, left) = (at + length, left - 1);
    }
    at
}

/// Length of a tag of YAML and the blank behind it: `!vault `, `!!str `.
fn tag(text: &[u8]) -> usize {
    let marks = text.iter().take(2).take_while(|b| **b == b'!').count();
    let word = text[marks..].iter().take(24).take_while(|b| b.is_ascii_lowercase()).count();
    let end = marks + word;
    if marks > 0 && word > 0 && text.get(end) == Some(&b' ') { end + 1 } else { 0 }
}

/// Skips what languages write before a quote: `b"…"`, `@"…"`, `Some("…")`.
pub(super) fn literal_prefix(text: &[u8]) -> usize {
    let length = match text.first() {
        Some(b'b' | b'B' | b'r' | b'R' | b'u' | b'U' | b'f' | b'F' | b'@' | b'$' | b'&') => 1,
        Some(b'S') if text.starts_with(b"Some(") => 5,
        _ => return 0,
    };
    if extent::opening(text, length).is_some() { length } else { 0 }
}

/// `(sensitive value)`, `(known after apply)`: what a tool writes instead of the value.
fn says_masked(text: &[u8], at: usize) -> bool {
    let Some(inner) = text[at..].strip_prefix(b"(") else { return false };
    inner.iter().take(32).position(|b| *b == b')').is_some_and(|close| shapes::says_masked(&inner[..close]))
}

/// The name stands where a query or form parameter does.
fn parameter_place(text: &[u8], name: usize) -> bool {
    name > 0 && matches!(text[name - 1], b'?' | b'&' | b';' | b'#')
        || text[..name].ends_with(b"%26")
        || text[..name].ends_with(br"\u0026")
}
