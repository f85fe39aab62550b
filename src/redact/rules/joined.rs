//! What joins a name to its value: signs, markup, flags, the words of a sentence.

use super::super::extent::{self, Quote};
use super::super::keys::LONGEST;
use super::edges::{blanks, left_edge};
use super::names::literal_prefix;

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
pub(super) fn separator(text: &[u8], start: usize, end: usize) -> Option<(usize, Form)> {
    let mut at = end;
    let slashes = extent::slashes_at(text, at);
    let closed = matches!(text.get(at + slashes), Some(b'"' | b'\'' | b'`'));
    if closed {
        at += slashes + 1;
    }
    at += usize::from(text.get(at) == Some(&b']') && matches!(text.get(at + 1), Some(b'=' | b':' | b' ')));
    // `**password**: …`
    let bold = !closed && text[at.min(text.len())..].starts_with(b"**") && text[..start].ends_with(b"**");
    at += if bold { 2 } else { 0 };
    let space = blanks(text, at);
    let sign = at + space;
    if !closed
        && space > 0
        && let Some(value) = arrow(text, sign)
    {
        return Some((value, Form::Told));
    }
    if let Some(length) = operator(&text[sign.min(text.len())..]) {
        let next = sign + length;
        let bold = !closed && text[next..].starts_with(b"**") && text[..start].ends_with(b"**");
        let next = if bold { next + 2 } else { next };
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
        b',' if space == 0 && !closed && is_subprotocol(text, start) => {
            Some((sign + 1 + blanks(text, sign + 1), Form::Listed))
        }
        b',' if space == 0 => Some((sign + 1, Form::Listed)),
        b'(' if !closed && space == 0 && extent::opening(text, sign + 1).is_some() => Some((sign + 1, Form::Listed)),
        _ if space == 0 => None,
        _ if is_command(text, start, end) => Some((password_of_a_command(text, sign), Form::Flag)),
        _ if !closed && is_word_of_prose(&text[start..end]) && extent::opening(text, sign).is_some() => {
            Some((sign, Form::Listed))
        }
        b'i' if text[sign..].starts_with(b"is ") => Some((sign + 3, Form::Listed)),
        _ if closed => attribute(text, sign).map(|value| (value, Form::Pair)),
        b'-' => None,
        _ if is_flag(text, start, end, sign) || takes_next_word(text, start, end) => Some((sign, Form::Flag)),
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
    let slashes = extent::slashes_before(text, name.saturating_sub(1));
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
pub(super) fn starts_a_line(before: &[u8]) -> bool {
    let indent = before.iter().rev().take(200).take_while(|b| matches!(b, b' ' | b'\t')).count();
    let rest = &before[..before.len() - indent];
    match rest.last() {
        None | Some(b'\n' | b'\r') => true,
        Some(b'n' | b'r' | b't') => rest[..rest.len() - 1].ends_with(b"\\"),
        _ => false,
    }
}

/// What a sentence says behind the name of a secret, where nothing else joins the two: `the refresh token … has been
/// revoked`, `Incorrect API key provided: …`, `password is: …`.
pub(super) fn spoken(text: &[u8], start: usize, end: usize) -> Option<(usize, Form)> {
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

/// `--name value`, `-Name "value"` as PowerShell and Go write it, and `-Name value` of PowerShell where the value is no word
/// that a sentence about the flag goes on with: without quotes one dash may begin several letters.
fn is_flag(text: &[u8], start: usize, end: usize, value: usize) -> bool {
    let name = &text[start..end];
    let quoted = || extent::opening(text, value).is_some() || name[1].is_ascii_uppercase() && is_no_prose(text, value);
    let one = || name.len() > 4 && text[..start].ends_with(b" ") && quoted();
    name.starts_with(b"--") || name.starts_with(b"-") && one()
}

/// A word that begins with a letter or a digit and holds a sign or both.
fn is_no_prose(text: &[u8], at: usize) -> bool {
    let inside = |b: &&u8| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\');
    let word = &text[at..at + text[at..].iter().take(64).take_while(inside).count()];
    let sign = |b: &u8| matches!(b, b'!' | b'#' | b'%' | b'&' | b'*' | b'+' | b'=' | b'@' | b'^' | b'~' | b'$' | b'?');
    let letters = word.iter().any(u8::is_ascii_alphabetic);
    let signs = word.iter().any(sign) && !matches!(word.last(), Some(b'?' | b'!'));
    word.first().is_some_and(u8::is_ascii_alphanumeric) && letters && (signs || word.iter().any(u8::is_ascii_digit))
}

/// `Sec-WebSocket-Protocol: access_token, …`: browsers send no other header, so the list of protocols carries the token.
fn is_subprotocol(text: &[u8], name: usize) -> bool {
    const HEADER: &[u8] = b"protocol";
    let before = &text[name.saturating_sub(24)..name];
    let signs = |b: &&u8| matches!(b, b' ' | b':' | b'"' | b'\'' | b'\\' | b'[' | b'=');
    let joint = before.iter().rev().take_while(signs).count();
    let header = &before[..before.len() - joint];
    joint > 0 && header.len() >= HEADER.len() && header[header.len() - HEADER.len()..].eq_ignore_ascii_case(HEADER)
}

/// `AUTH …` and `"AUTH" "…"` of Redis, `PASS …` of FTP and POP3: a line of a protocol. The word ends a report of tests too,
/// so there it has to begin what is said.
fn is_command(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[..start];
    let begins = || {
        let before = before.strip_suffix(b"> ").or_else(|| before.strip_suffix(b"C: ")).unwrap_or(before);
        matches!(before.last(), Some(b'"' | b'\'' | b'`' | b'>')) || starts_a_line(before)
    };
    match &text[start..end] {
        b"AUTH" => true,
        b"PASS" => begins(),
        _ => false,
    }
}

/// Where the password begins behind such a command: behind the name of the user, if there is one.
fn password_of_a_command(text: &[u8], at: usize) -> usize {
    let (quote, from) = extent::opening(text, at).map_or((None, at), |(quote, from)| (Some(quote), from));
    let user = from + text[from..].iter().take(32).take_while(|b| b.is_ascii_lowercase() || **b == b'_').count();
    let behind = match (quote, extent::opening(text, user)) {
        (Some(own), Some((closing, behind))) if own == closing => behind,
        (None, None) => user,
        _ => return at,
    };
    let next = behind + blanks(text, behind);
    let value = if quote.is_some() { extent::opening(text, next).is_some() } else { next < text.len() };
    if user > from && next > behind && value { next } else { at }
}

/// Where the value behind an arrow begins: `->`, `-->`, `\u{2192}`, with blanks on both sides.
fn arrow(text: &[u8], at: usize) -> Option<usize> {
    const ARROWS: &[&[u8]] = &[b"->", b"-->", "\u{2192}".as_bytes(), b"\\u2192"];
    let behind = at + ARROWS.iter().find(|arrow| text[at..].starts_with(arrow))?.len();
    let gap = blanks(text, behind);
    (gap > 0).then_some(behind + gap)
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
    let value = element_of_a_value(text, at + close)?;
    // `<value><string>…`
    Some(element_of_a_value(text, value).unwrap_or(value))
}

/// The place behind the element of a value that begins behind white space, which may stand as its letters behind escapes.
fn element_of_a_value(text: &[u8], at: usize) -> Option<usize> {
    const VALUES: &[&[u8]] = &[b"<string>", b"<value>", b"<data>"];
    let space = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'\\' | b'n' | b'r' | b't');
    let open = at + text[at..].iter().take(32).position(|b| !space(b))?;
    VALUES
        .iter()
        .find(|v| text[open..].len() > v.len() && text[open..open + v.len()].eq_ignore_ascii_case(v))
        .map(|v| open + v.len())
}

/// `name="…" value="…"`, `name="…" content="…"`: the value of the attribute that follows a name's.
fn attribute(text: &[u8], at: usize) -> Option<usize> {
    let word = at + text[at..].iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
    let named = ATTRIBUTES.iter().any(|w| w.eq_ignore_ascii_case(&text[at..word]));
    let sign = word + blanks(text, word);
    let value = sign + 1 + blanks(text, sign + 1);
    (named && text.get(sign) == Some(&b'=') && extent::opening(text, value.min(text.len())).is_some()).then_some(value)
}

/// Attributes that hold the value of what another one names.
pub(super) const ATTRIBUTES: &[&[u8]] = &[b"value", b"content"];

/// Words after which a sentence quotes the secret itself: `password "…"`. After `secret` and `key` it quotes a name.
fn is_word_of_prose(name: &[u8]) -> bool {
    [&b"password"[..], b"passwd", b"passphrase", b"token"].iter().any(|w| name.eq_ignore_ascii_case(w))
}

/// Places where a name and its value are two words: `.netrc`, other configurations, and commands that set a variable.
fn takes_next_word(text: &[u8], start: usize, end: usize) -> bool {
    let before = &text[start.saturating_sub(120)..start];
    match &text[start..end] {
        b"bindpw" | b"rootpw" | b"requirepass" | b"masterauth" | b"storePassword" | b"keyPassword" => true,
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

/// `["--token","…"]` and `{"name":"X-Api-Key","value":"…"}`. A string whose quotes are
/// escaped more or less often than that of the name is not of the same list.
fn listed(text: &[u8], start: usize, mut at: usize, name: Quote) -> Option<(usize, Form)> {
    at += text[at..].iter().take(4).take_while(|b| **b == b' ').count();
    let alike = |quote: &Quote| quote.mark != name.mark || quote.slashes == name.slashes;
    at += literal_prefix(text.get(at..)?);
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
pub(super) fn follows_comma(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take(16).find(|b| !matches!(b, b' ' | b'\t')) == Some(&b',')
}

/// The string that ends here is a name: in `{"_msg":"--token","nested":1}` the object's next, not an argument.
pub fn names_a_member(text: &[u8], end: usize) -> bool {
    extent::opening(text, end).is_some_and(|(_, after)| text.get(after + blanks(text, after)) == Some(&b':'))
}

/// The value is empty: behind a line end of any depth the next pair begins.
pub(super) fn pair_follows(text: &[u8], at: usize) -> bool {
    let next = at + extent::line_break(text, at);
    let name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let end = next + text[next..].iter().take(LONGEST).take_while(name).count();
    next > at && end > next && matches!(text.get(end), Some(b'=' | b':'))
}
