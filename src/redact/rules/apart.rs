//! Values that stand apart from their names: two members of one object, an object or a list in the place of a value, the part
//! of a form, two lines of YAML, an element whose attribute is the name.
//!
//! What joins name and value here is the structure around both, so it is read member by member, from the name on and only
//! within the innermost object; a structure of another depth of strings ends it.

use super::super::extent::{self, Quote};
use super::super::judge::Slot;
use super::super::keys::{self, Gate, Rule};
use super::Pass;
use super::joined::{ATTRIBUTES, Form, names_a_member};

/// Members that are looked at on either side of a name.
const MEMBERS: usize = 8;

/// Members of a map of secrets, cookies of a list.
const EACH: usize = 64;

/// Bytes of a string that is read backwards.
const BEHIND: usize = 512;

/// Members that hold a name, and members that hold its value.
const NAMES: &[&[u8]] = &[b"name", b"key", b"header", b"field", b"variable", b"param", b"parameter"];
const VALUES: &[&[u8]] = &[b"value", b"val", b"plaintext", b"plainText", b"content", b"raw"];
/// Members that hold a value where the object stands in its place: of attributes, of a document store, of XML in JSON, of a
/// secret that was changed.
const INNER: &[&[u8]] = &[
    b"stringValue",
    b"string_value",
    b"S",
    b"$t",
    b"#text",
    b"_text",
    b"text",
    b"current",
    b"old",
    b"new",
    b"default",
];

fn is_one_of(words: &[&[u8]], word: &[u8]) -> bool {
    words.iter().any(|w| w.eq_ignore_ascii_case(word))
}

/// A member of an object whose value is no object and no list.
pub(super) struct Member {
    pub name: (usize, usize),
    /// Where the value begins, its quote included.
    pub value: usize,
    /// Behind the value.
    pub next: usize,
}

impl Pass<'_, '_> {
    /// Where the value of a name begins that stands alone between quotes or at the end of a line.
    pub(super) fn apart(&mut self, start: usize, end: usize) -> Option<(usize, Form)> {
        let text = self.text;
        if !matches!(text.get(end)?, b'"' | b'\'' | b'\\' | b'\n' | b'\r') {
            return None;
        }
        let Some((quote, after)) = extent::opening(text, end) else {
            let ends = text[..start].ends_with(b": ") && extent::line_break(text, end) > 0;
            let named = ends && ends_with_name(text[..start].trim_ascii_end(), b":");
            return named.then(|| self.next_line(end)).flatten();
        };
        let before = text[..start].strip_suffix(&[quote.mark])?;
        let before = &before[..before.len().checked_sub(quote.slashes)?];
        if ends_with_name(before, b"=") {
            return attribute_before(before, quote).map(|at| (at, Form::Pair)).or_else(|| self.part_of_a_form(after));
        }
        let before = before.trim_ascii_end();
        // `{"Type":"SecureString","Value":"…"}`: the type is the name of all that the object holds.
        let typed = text[start..end] == *b"SecureString" && ends_with_key(before, quote, &[b"type"]);
        if typed || ends_with_key(before, quote, NAMES) {
            // A map of secrets has no value of its own; other words are no names of secrets.
            keys::rule(&text[start..end]).filter(|rule| rule.gate != Gate::Each)?;
            return self.other_member(before, after, quote);
        }
        // `- name: "DB_PASSWORD"`
        let named = ends_with_name(before, b":");
        named.then(|| self.next_line(after).or_else(|| value_of_a_struct(text, after))).flatten()
    }

    /// `name="password"`, then an empty line or the end of the element.
    fn part_of_a_form(&mut self, after: usize) -> Option<(usize, Form)> {
        let text = self.text;
        if text.get(after) == Some(&b'>') {
            return Some((after + 1, Form::Element));
        }
        let gap = self.gap(after);
        let breaks = text[after..after + gap].iter().filter(|b| matches!(b, b'\n' | b'n')).count();
        (breaks >= 2).then_some((after + gap, Form::Part))
    }

    /// `name: DB_PASSWORD`, and `value: …` on the line behind it.
    fn next_line(&mut self, after: usize) -> Option<(usize, Form)> {
        let gap = self.gap(after);
        let at = after + gap;
        let rest = self.text[at..].strip_prefix(b"value:").filter(|_| gap > 0)?;
        let blank = rest.iter().take(16).take_while(|b| **b == b' ').count();
        (blank > 0).then_some((at + 6 + blank, Form::Pair))
    }

    /// The value beside a name in one object, behind it or before it.
    fn other_member(&mut self, before: &[u8], after: usize, quote: Quote) -> Option<(usize, Form)> {
        let text = self.text;
        let mut at = after;
        for _ in 0..MEMBERS {
            at += self.gap(at);
            if text.get(at) != Some(&b',') {
                break;
            }
            let Some(member) = self.member(at + 1, quote) else {
                if let Some(open) = self.value_in_an_object(at + 1, quote) {
                    return Some((open, Form::Pair));
                }
                break;
            };
            if is_one_of(VALUES, &text[member.name.0..member.name.1]) {
                return extent::opening(text, member.value).map(|_| (member.value, Form::Pair));
            }
            at = member.next;
        }
        // `"name"` itself, then members from the last to the first.
        let mut at = string_before(text, before.len().checked_sub(1)?, quote)?.0;
        for _ in 0..MEMBERS {
            let comma = text[..at].trim_ascii_end().strip_suffix(b",")?.trim_ascii_end();
            let mut colon = comma.len();
            let mut value = None;
            if let Some((open, _)) = string_before(text, comma.len(), quote) {
                (colon, value) = (open, Some(open));
            } else {
                colon -= comma.iter().rev().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'.').count();
            }
            let name = text[..colon].trim_ascii_end().strip_suffix(b":")?;
            let (open, (from, to)) = string_before(text, name.trim_ascii_end().len(), quote)?;
            if is_one_of(VALUES, &text[from..to]) {
                return value.map(|at| (at, Form::Pair));
            }
            at = open;
        }
        None
    }

    /// `"value":{"stringValue":"…"}`: where that object begins.
    fn value_in_an_object(&mut self, at: usize, quote: Quote) -> Option<usize> {
        let text = self.text;
        let (own, from) = extent::opening(text, at + self.gap(at)).filter(|(own, _)| *own == quote)?;
        let to = self.ends.quoted(text, from, own);
        if !closes(text, to, own) || !names_a_member(text, to) || !is_one_of(VALUES, &text[from..to]) {
            return None;
        }
        let colon = to + own.slashes + 1;
        let colon = colon + self.gap(colon);
        let value = colon + 1 + self.gap(colon + 1);
        (text.get(value) == Some(&b'{')).then_some(value)
    }

    /// The member whose name begins behind blanks at a place.
    pub(super) fn member(&mut self, at: usize, quote: Quote) -> Option<Member> {
        let text = self.text;
        let at = at + self.gap(at);
        let (own, from) = extent::opening(text, at).filter(|(own, _)| *own == quote)?;
        let to = self.ends.quoted(text, from, own);
        if !closes(text, to, own) || !names_a_member(text, to) {
            return None;
        }
        let colon = to + own.slashes + 1;
        let colon = colon + self.gap(colon);
        let value = colon + 1 + self.gap(colon + 1);
        let next = match extent::opening(text, value) {
            Some((own, from)) if own == quote => {
                let end = self.ends.quoted(text, from, own);
                // Where the value was cut away, the next name stands in its place.
                if names_a_member(text, end) {
                    return None;
                }
                // What was cut off ends with the text around it, in which nothing more belongs to the object.
                if closes(text, end, own) { end + own.slashes + 1 } else { end }
            }
            Some(_) => return None,
            None => {
                let literal = text[value..].iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b'.');
                let length = literal.count();
                if length == 0 {
                    return None;
                }
                value + length
            }
        };
        Some(Member { name: (from, to), value, next: next.min(text.len()) })
    }

    /// `"password":{"value":"…"}`, `"secrets":{"GITHUB":"…"}`, `"cookies":{"sid":"…"}`: the object in the place of a value.
    pub(super) fn object(&mut self, rule: Rule, open: usize) {
        let text = self.text;
        let each = matches!(rule.gate, Gate::Each | Gate::Cookie);
        let mut at = open;
        let first = at + 1 + self.gap(at + 1);
        let Some((quote, _)) = extent::opening(text, first) else { return };
        for n in 0..if each { EACH } else { MEMBERS } {
            if n > 0 && text.get(at) != Some(&b',') {
                return;
            }
            let Some(member) = self.member(at + 1, quote) else { return };
            let name = &text[member.name.0..member.name.1];
            if each || is_one_of(VALUES, name) || is_one_of(INNER, name) {
                self.member_value(rule, member.value);
            }
            at = member.next + self.gap(member.next);
        }
    }

    /// `"cookies":[{"name":"sid","value":"…"}]`
    pub(super) fn objects(&mut self, rule: Rule, list: usize) {
        let text = self.text;
        let mut at = list;
        for n in 0..EACH {
            at += self.gap(at);
            if n > 0 {
                at = match text.get(at) {
                    Some(b',') => at + 1 + self.gap(at + 1),
                    _ => return,
                };
            }
            if text.get(at) != Some(&b'{') {
                return;
            }
            let first = at + 1 + self.gap(at + 1);
            let Some((quote, _)) = extent::opening(text, first) else { return };
            loop {
                let Some(member) = self.member(at + 1, quote) else { return };
                if is_one_of(VALUES, &text[member.name.0..member.name.1]) {
                    self.member_value(rule, member.value);
                }
                at = member.next + self.gap(member.next);
                match text.get(at) {
                    Some(b',') => {}
                    Some(b'}') => break,
                    _ => return,
                }
            }
            at += 1;
        }
    }

    fn member_value(&mut self, rule: Rule, at: usize) {
        if let Some((quote, from)) = extent::opening(self.text, at) {
            let end = self.ends.quoted(self.text, from, quote);
            match rule.gate {
                Gate::Cookie => self.whole(from, end, "cookie"),
                _ => self.value(rule, Slot::Member, from, end),
            }
        }
    }
}

/// `value="…" name=`: where the value's quote opens, in the same element.
fn attribute_before(before: &[u8], quote: Quote) -> Option<usize> {
    let name = before.strip_suffix(b"=")?;
    let name = &name[..name.len() - name.iter().rev().take(12).take_while(|b| b.is_ascii_alphabetic()).count()];
    let (open, _) = string_before(name, name.trim_ascii_end().len(), quote)?;
    let sign = name[..open].strip_suffix(b"=")?;
    let word = sign.iter().rev().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
    let (rest, word) = sign.split_at(sign.len() - word);
    let element = memchr::memrchr(b'<', &rest[rest.len().saturating_sub(BEHIND)..]).is_some();
    (element && name.ends_with(b" ") && is_one_of(ATTRIBUTES, word)).then_some(open)
}

/// `name: "X-Api-Key", value: "…"`, as structs are printed.
fn value_of_a_struct(text: &[u8], at: usize) -> Option<(usize, Form)> {
    let rest = text[at..].strip_prefix(b", ")?;
    let word = rest.iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    let value = at + 2 + word + 2;
    let named = rest[word..].starts_with(b": ") && is_one_of(VALUES, &rest[..word]);
    (named && extent::opening(text, value).is_some()).then_some((value, Form::Pair))
}

/// A quote of that kind stands at a place.
fn closes(text: &[u8], at: usize, quote: Quote) -> bool {
    extent::opening(text, at).is_some_and(|(own, _)| own == quote)
}

/// The text ends with the word of a name and what joins it to one: `name=`, `key:`.
fn ends_with_name(before: &[u8], sign: &[u8]) -> bool {
    let Some(before) = before.strip_suffix(sign) else { return false };
    let word = before.iter().rev().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    is_one_of(NAMES, &before[before.len() - word..])
}

/// The text ends with `"name":`, in quotes of that kind.
fn ends_with_key(before: &[u8], quote: Quote, names: &[&[u8]]) -> bool {
    let Some(before) = before.strip_suffix(b":") else { return false };
    string_before(before, before.trim_ascii_end().len(), quote)
        .is_some_and(|(_, (from, to))| is_one_of(names, &before[from..to]))
}

/// The string whose closing quote ends at a place: where its opening quote begins, and what is in it.
pub(super) fn string_before(text: &[u8], end: usize, quote: Quote) -> Option<(usize, (usize, usize))> {
    let close = end
        .checked_sub(1)
        .filter(|at| text[*at] == quote.mark && extent::slashes_before(text, *at) == quote.slashes)?;
    let to = close - quote.slashes;
    let floor = to.saturating_sub(BEHIND);
    let mut at = to;
    loop {
        at = floor + memchr::memrchr2(quote.mark, b'\n', &text[floor..at])?;
        let own = extent::slashes_before(text, at);
        if text[at] == b'\n' || own < quote.slashes {
            return None;
        }
        if own == quote.slashes {
            return Some((at - own, (at + 1, to)));
        }
    }
}
