//! Answers of secret stores: a member that is a secret under a harmless name, told by the member beside it.
//!
//! Google's Secret Manager answers `"payload":{"data":"…","dataCrc32c":"…"}`, and no other service has a checksum of that
//! name beside `data`. Azure's Key Vault answers `"value":"…"` beside the `"id"` of a secret in a vault, a URL.

use super::super::extent::{self, Quote};
use super::Pass;
use super::apart::string_before;

/// Members that are looked at behind an id.
const MEMBERS: usize = 12;
/// Bytes of an object that is stepped over: the tags of a secret.
const TAGS: usize = 1024;
/// Bytes of a URL up to the domain of all vaults.
const HOST: usize = 80;

impl Pass<'_, '_> {
    /// `dataCrc32c`: the value is that of the member `data` before it or behind it.
    pub(super) fn checksum(&mut self, start: usize, end: usize) {
        let text = self.text;
        // `payload.dataCrc32c`, where the fields of an object were flattened.
        let dotted = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
        let name = start - text[..start].iter().rev().take(HOST).take_while(dotted).count();
        let prefix = &text[name..start];
        let Some(mark @ (b'"' | b'\'')) = name.checked_sub(1).map(|at| text[at]) else {
            return self.printed(start);
        };
        let slashes = extent::slashes_before(text, name - 1);
        let (quote, open) = (Quote { mark, slashes }, name - 1 - slashes);
        let is_data = |(from, to): (usize, usize)| text[from..to].strip_prefix(prefix) == Some(b"data");
        if let Some(own) = self.member(open, quote)
            && own.name.1 == end
        {
            let comma = own.next + self.gap(own.next);
            let behind = self.member(comma + 1, quote).filter(|next| text[comma] == b',' && is_data(next.name));
            if let Some(member) = behind
                && let Some((quote, from)) = extent::opening(text, member.value)
            {
                let to = self.ends.quoted(text, from, quote);
                self.beside(from, to);
            }
        }
        let Some(before) = text[..open].trim_ascii_end().strip_suffix(b",") else { return };
        let Some((from, to)) = encoded_before(before.trim_ascii_end(), quote) else { return };
        let Some(colon) = text[..from - 1 - slashes].trim_ascii_end().strip_suffix(b":") else { return };
        if string_before(text, colon.trim_ascii_end().len(), quote).is_some_and(|(_, name)| is_data(name)) {
            self.beside(from, to);
        }
    }

    /// `data: "…"` on the line before `data_crc32c: 1`, as an object is printed.
    fn printed(&mut self, at: usize) {
        let text = self.text;
        let line = text[..at].trim_ascii_end();
        // A line end within a string.
        let line = match line.strip_suffix(b"n") {
            Some(rest) if rest.ends_with(b"\\") => &rest[..rest.len() - extent::slashes_ending(rest)],
            _ => line,
        };
        let Some(close) = line.len().checked_sub(1).filter(|at| text[*at] == b'"') else { return };
        let quote = Quote { mark: b'"', slashes: extent::slashes_before(text, close) };
        if let Some((open, (from, to))) = string_before(text, line.len(), quote)
            && text[..open].ends_with(b"data: ")
        {
            self.beside(from, to);
        }
    }

    /// `.vault.azure.net/secrets/`: the value is that of the member `value` of the object whose `id` it is.
    pub(super) fn vault(&mut self, start: usize) {
        let text = self.text;
        let url = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'/');
        let from = start - text[..start].iter().rev().take(HOST).take_while(url).count();
        let Some(&mark @ (b'"' | b'\'')) = text[..from].last() else { return };
        let quote = Quote { mark, slashes: extent::slashes_before(text, from - 1) };
        let Some(colon) = text[..from - 1 - quote.slashes].trim_ascii_end().strip_suffix(b":") else { return };
        let Some((open, (a, b))) = string_before(text, colon.trim_ascii_end().len(), quote) else { return };
        if &text[a..b] != b"id" {
            return;
        }
        if let Some(before) = text[..open].trim_ascii_end().strip_suffix(b",")
            && let Some((from, value)) = string_before(text, before.trim_ascii_end().len(), quote)
            && let Some(colon) = text[..from].trim_ascii_end().strip_suffix(b":")
            && let Some((_, (a, b))) = string_before(text, colon.trim_ascii_end().len(), quote)
            && &text[a..b] == b"value"
        {
            return self.beside(value.0, value.1);
        }
        let mut at = self.ends.quoted(text, from, quote) + quote.slashes + 1;
        for _ in 0..MEMBERS {
            at += self.gap(at);
            if text.get(at) != Some(&b',') {
                return;
            }
            at = match self.member(at + 1, quote) {
                Some(member) if text[member.name.0..member.name.1] == *b"value" => {
                    if let Some((quote, from)) = extent::opening(text, member.value) {
                        let to = self.ends.quoted(text, from, quote);
                        self.beside(from, to);
                    }
                    return;
                }
                Some(member) => member.next,
                None => match self.object_member(at + 1) {
                    Some(next) => next,
                    None => return,
                },
            };
        }
    }

    /// Behind a member whose value is an object without objects in it: `"tags":{"a":"b"}`.
    fn object_member(&self, at: usize) -> Option<usize> {
        let text = &self.text[..self.text.len().min(at + TAGS)];
        let open = at + memchr::memchr3(b'{', b',', b'}', text.get(at..)?)?;
        let close = open + 1 + memchr::memchr2(b'{', b'}', &text[open + 1..])?;
        (text[open] == b'{' && text[close] == b'}').then_some(close + 1)
    }

    fn beside(&mut self, start: usize, end: usize) {
        self.note(start, end, "secret");
    }
}

/// The string of base64 whose closing quote ends a text.
fn encoded_before(before: &[u8], quote: Quote) -> Option<(usize, usize)> {
    let close = before.len().checked_sub(1).filter(|at| before[*at] == quote.mark)?;
    let to = close - extent::slashes_before(before, close);
    let encoded = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_');
    let from = to - before[..to].iter().rev().take_while(encoded).count();
    let opens = from > quote.slashes && before[from - 1] == quote.mark;
    (opens && close - to == quote.slashes && extent::slashes_before(before, from - 1) == quote.slashes)
        .then_some((from, to))
}
