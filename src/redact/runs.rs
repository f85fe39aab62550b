//! Long runs: what only its randomness gives away, and shapes without a literal to look for.

use super::alphabet::Alphabet;
use super::kernel::{self, Halves};
use super::keys;
use super::rules::after_escape;
use super::shapes;
use super::span::{Proof, Span};
use std::sync::LazyLock;

/// Shortest run that is looked at.
const SHORTEST: usize = 32;

const RUN: u8 = 1;
const DIGIT: u8 = 2;
const UPPER: u8 = 4;
const JOINT: u8 = 8;

/// What a byte is: of a run, a digit, an upper-case letter, a joint of parts.
const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut c = 0;
    while c < 256 {
        let b = c as u8;
        if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'/' | b'=' | b'.' | b'~' | b'-') {
            table[c] = RUN
                | if b.is_ascii_digit() { DIGIT } else { 0 }
                | if b.is_ascii_uppercase() { UPPER } else { 0 }
                | if matches!(b, b'=' | b'/') { JOINT } else { 0 };
        }
        c += 1;
    }
    table
};

fn in_run(byte: u8) -> bool {
    CLASS[usize::from(byte)] != 0
}

static RUNS: LazyLock<Halves> = LazyLock::new(|| kernel::set(in_run));

/// Finds random runs outside the public ranges, which are in order and disjoint. `name` is the field's name, for a value
/// that begins the text.
pub(super) fn find(text: &[u8], name: &[u8], public: &[(usize, usize)], out: &mut Vec<Span>) {
    let mut each = |start: usize, end: usize| {
        let seen = text[start..end].iter().fold(0, |seen, b| seen | CLASS[usize::from(*b)]);
        // Without a digit there is nothing to judge.
        if seen & DIGIT != 0 {
            judge(text, start, end, name, public, seen, out);
        }
    };
    if !kernel::rows(text, &RUNS, SHORTEST, &mut each) {
        long_runs(text, each);
    }
}

/// Calls `each` with the start and end of every long run.
///
/// A run of 32 bytes covers one of every 32 places, so only those are probed.
fn long_runs(text: &[u8], mut each: impl FnMut(usize, usize)) {
    let mut at = SHORTEST - 1;
    let mut floor = 0;
    while at < text.len() {
        if !in_run(text[at]) {
            floor = at + 1;
            at += SHORTEST;
            continue;
        }
        let start = at - text[floor..at].iter().rev().take_while(|b| in_run(**b)).count();
        let end = at + text[at..].iter().take_while(|b| in_run(**b)).count();
        if end - start >= SHORTEST {
            each(start, end);
        }
        floor = end;
        at = end + SHORTEST;
    }
}

/// `seen`: the classes of the run's bytes.
fn judge(text: &[u8], start: usize, end: usize, name: &[u8], public: &[(usize, usize)], seen: u8, out: &mut Vec<Span>) {
    // The letter of `\n` belongs to the escape, and taking it away would leave half an escape.
    let start = after_escape(text, start).min(end);
    let run = &text[start..end];
    let last = public.partition_point(|(from, _)| *from <= start);
    if !run.iter().any(u8::is_ascii_digit) || last > 0 && start < public[last - 1].1 {
        return;
    }
    let mut part = |from: usize, to: usize| {
        let dots = text[from..to].iter().rev().take_while(|b| **b == b'.').count();
        if to - from >= SHORTEST + dots {
            shaped(text, from, to - dots, out);
        }
    };
    if seen & JOINT == 0 {
        part(start, end);
    } else {
        let mut from = start;
        for length in run.split(|b| matches!(b, b'=' | b'/')).map(<[u8]>::len) {
            part(from, from + length);
            from += length + 1;
        }
    }
    if seen & UPPER == 0 || !run.iter().any(u8::is_ascii_uppercase) {
        return;
    }
    if is_line_of_a_key(text, start, end) && !is_protected(text, start, run, name) {
        out.push(Span::new(start, end, "high-entropy", Proof::Entropy));
        return;
    }
    for (from, to) in pieces(text, start, end) {
        let piece = &text[from..to];
        if shapes::is_random(piece) && !is_protected(text, start, run, name) && !is_protected(text, from, piece, name) {
            out.push(Span::new(from, to, "high-entropy", Proof::Entropy));
        }
    }
}

/// A full line of base64, as keys are wrapped, that stands alone: its slashes part no path, and what reads like words in it
/// does by chance.
fn is_line_of_a_key(text: &[u8], start: usize, end: usize) -> bool {
    let line = &text[start..end];
    let count = |f: fn(&u8) -> bool| line.iter().filter(|b| f(b)).count();
    let edge = |b: Option<&u8>| b.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'\\'));
    let escape = start >= 2 && text[start - 2] == b'\\' && matches!(text[start - 1], b'n' | b'r' | b't');
    matches!(line.len(), 64 | 76)
        && line.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        && count(u8::is_ascii_digit) >= 3
        && count(u8::is_ascii_uppercase) >= 12
        && count(u8::is_ascii_lowercase) >= 12
        && (edge(start.checked_sub(1).map(|at| &text[at])) || escape)
        && edge(text.get(end))
}

/// Kinds whose form is known although no literal begins them.
fn shaped(text: &[u8], start: usize, end: usize, out: &mut Vec<Span>) {
    let run = &text[start..end];
    let mut mask = |start: usize, end: usize, kind| out.push(Span::new(start, end, kind, Proof::Shape));
    if matches!(run[0], b'M' | b'N' | b'O')
        && let [id, time, code] = lengths(run, b'.')
        && (22..=30).contains(&id)
        && (5..=7).contains(&time)
        && (25..=45).contains(&code)
        && run.iter().all(|&b| Alphabet::Url.has(b) || b == b'.')
    {
        return mask(start, end, "discord-token");
    }
    // A key of 22 characters of base64 and what belongs to it.
    if run.len() == 32 && text[..start].ends_with(b"==:") && run.iter().all(u8::is_ascii_alphanumeric) {
        let key = text[..start - 1].iter().rev().take(40).take_while(|b| in_run(**b)).count();
        if key == 24 {
            return mask(start - 1 - key, end, "tableau-token");
        }
    }
    let hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    if run.len() == 49
        && run[32] == b'.'
        && hex(&run[..32])
        && !run[33..].contains(&b'.')
        && shapes::is_secretish(&run[33..])
    {
        return mask(start, end, "api-key");
    }
    if run.len() >= 36 && run[32..].starts_with(b"-us") && hex(&run[..32]) && run[35..].iter().all(u8::is_ascii_digit) {
        return mask(start, end, "mailchimp-key");
    }
    if run.len() == 50
        && run[32] == b'-'
        && run[41] == b'-'
        && [&run[..32], &run[33..41], &run[42..]].iter().all(|part| hex(part))
    {
        mask(start, end, "mailgun-key");
    }
}

/// Lengths of the three parts that a separator makes of a run; zeros when there are fewer or more.
fn lengths(run: &[u8], separator: u8) -> [usize; 3] {
    let mut parts = run.split(|b| *b == separator).map(<[u8]>::len);
    match [parts.next(), parts.next(), parts.next(), parts.next()] {
        [Some(a), Some(b), Some(c), None] => [a, b, c],
        _ => [0; 3],
    }
}

/// The parts of a run that could be one token: `name=token`, `dir/token`, `a.token`.
fn pieces(text: &[u8], start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let padding = text[start..end].iter().rev().take_while(|b| **b == b'=').count();
    let body = end - padding;
    let mut from = start;
    for at in start..=body {
        if at == body || matches!(text[at], b'=' | b'.' | b'~') {
            let to = if at == body { end } else { at };
            if at - from >= SHORTEST {
                slashed(text, from, to, &mut out);
            }
            from = at + 1;
        }
    }
    out
}

/// A slash is a base64 digit in a token and a separator in a path.
fn slashed(text: &[u8], from: usize, to: usize, out: &mut Vec<(usize, usize)>) {
    let piece = &text[from..to];
    let parts = piece.split(|b| *b == b'/');
    let path = piece[0] == b'/'
        || parts.clone().any(|p| p.len() >= 3 && shapes::is_wordy(p) && !p.iter().any(u8::is_ascii_digit));
    if !path {
        out.push((from, to));
        return;
    }
    let mut at = from;
    for part in parts {
        if part.len() >= SHORTEST {
            out.push((at, at + part.len()));
        }
        at += part.len() + 1;
    }
}

/// Beginnings of identifiers, of digests and of public keys.
const PREFIXES: &[&[u8]] = &[
    b"sha1-",
    b"sha256-",
    b"sha384-",
    b"sha512-",
    b"toolu_",
    b"call_",
    b"msg_",
    b"resp_",
    b"req_",
    b"chatcmpl-",
    b"run_",
    b"thread_",
    b"exe_",
    b"evt_",
    b"gen-",
    b"file-",
    b"asst_",
    b"batch_",
    b"msgbatch_",
    b"AAAAB3NzaC1",
    b"AAAAC3NzaC1",
    b"AAAAE2VjZHNh",
    b"LS0tLS1CRUdJTiBDRVJUSUZJQ0FUR",
    b"LS0tLS1CRUdJTiBQVUJMSUMgS0VZ",
    b"org-",
    b"proj_",
    b"srvtoolu_",
    b"fc_",
    b"rs_",
    b"cs_test_",
    b"pi_",
    b"ch_",
    b"cus_",
    b"sub_",
    b"_ZN",
    b"_RNv",
];

/// An identifier that is evidence by its own form: of a known prefix, or a UUID.
pub(super) fn is_identifier(value: &[u8]) -> bool {
    shapes::is_uuid(value) || PREFIXES.iter().any(|p| value.starts_with(p))
}

/// Identifiers that are evidence: under a protected name, with a known prefix, or built of words, hex and numbers.
fn is_protected(text: &[u8], from: usize, piece: &[u8], name: &[u8]) -> bool {
    let boundary = || memchr::memmem::find(&piece[..piece.len().min(40)], b"FormBoundary").is_some();
    if is_picture(text, from) || names_an_object(text, from, piece) {
        return true;
    }
    if is_identifier(piece) || text[..from].ends_with(b"h1:") || boundary() {
        return true;
    }
    if keys::protects(if from == 0 { name } else { name_before(text, from) }) {
        return true;
    }
    let built = piece.split(|b| matches!(b, b'-' | b'_' | b'/')).all(|p| {
        p.len() <= 3 || shapes::is_wordy(p) || p.iter().all(u8::is_ascii_hexdigit) || p.iter().all(u8::is_ascii_digit)
    });
    built || holds_uuid(piece)
}

/// The data of a picture, a sound or a font: `data:image/png;base64,…`.
fn is_picture(text: &[u8], from: usize) -> bool {
    let Some(head) = text[..from].strip_suffix(b";base64,") else { return false };
    let head = &head[head.len().saturating_sub(64)..];
    let media: [&[u8]; 4] = [b"data:image/", b"data:font/", b"data:audio/", b"data:video/"];
    media.iter().any(|kind| memchr::memmem::rfind(head, kind).is_some())
}

/// The path of an object in a store, the identifier of a document, the name of a file: names of resources, whatever they
/// look like. The host may stand in another field than the path, so a path speaks for itself.
fn names_an_object(text: &[u8], from: usize, piece: &[u8]) -> bool {
    const STORES: [&[u8]; 3] = [b"s3://", b"s3a://", b"gs://"];
    const HOSTS: [&[u8]; 2] = [b"docs.google.com/", b"drive.google.com/"];
    const PLACES: [&[u8]; 2] = [b"/d/", b"/folders/"];
    // Collections of an API's path, before the identifier of one of theirs.
    const COLLECTIONS: [&[u8]; 8] = [
        b"/spreadsheets/",
        b"/files/",
        b"/documents/",
        b"/presentations/",
        b"/folders/",
        b"/attachments/",
        b"/calendars/",
        b"/events/",
    ];
    const ENDINGS: [&[u8]; 12] =
        [b"png", b"jpg", b"jpeg", b"gif", b"webp", b"svg", b"pdf", b"csv", b"mp4", b"css", b"js", b"parquet"];
    let part = |b: &&u8| in_run(**b) && **b != b'=' || matches!(**b, b':' | b'%');
    let address = &text[from - text[..from].iter().rev().take(512).take_while(part).count()..from];
    let id = piece.len() <= 120 && piece.iter().all(|&b| Alphabet::Url.has(b));
    if id && COLLECTIONS.iter().any(|place| address.ends_with(place)) {
        return true;
    }
    let behind = &text[from + piece.len()..];
    let ending = || {
        behind
            .strip_prefix(b".")
            .map(|rest| &rest[..rest.iter().take(8).take_while(|b| b.is_ascii_alphanumeric()).count()])
    };
    if id && address.ends_with(b"/") && ending().is_some_and(|ending| ENDINGS.contains(&ending)) {
        return true;
    }
    // `/b/bucket/o/name%2Fof%2Fit`
    let bucket = memchr::memmem::rfind(address, b"/o/").map(|at| &address[..at]);
    let bucket = bucket.and_then(|before| before.rsplit(|b| *b == b'/').nth(1).filter(|_| before.contains(&b'/')));
    if bucket == Some(b"b") {
        return true;
    }
    // The scheme may stand behind a name: `path:s3://…`.
    STORES.iter().any(|store| memchr::memmem::find(address, store).is_some())
        || PLACES.iter().any(|place| address.ends_with(place))
            && HOSTS.iter().any(|host| memchr::memmem::find(address, host).is_some())
}

/// A UUID with words around it.
fn holds_uuid(piece: &[u8]) -> bool {
    piece.len() >= 36
        && (0..=piece.len().min(256) - 36).any(|at| {
            shapes::is_uuid(&piece[at..at + 36])
                && shapes::is_wordy(&piece[..at])
                && shapes::is_wordy(&piece[at + 36..])
        })
}

/// The name that stands before a value: `"x-amz-id-2":"`, `etag=`, `<HostId>`, `Request ID: `.
fn name_before(text: &[u8], from: usize) -> &[u8] {
    let joints = text[..from]
        .iter()
        .rev()
        .take(16)
        .take_while(|b| matches!(b, b'"' | b'\'' | b'\\' | b':' | b' ' | b'=' | b'>' | b'[' | b'(' | b'/'))
        .count();
    let end = from - joints;
    // `ETag: W/"…"`, a weak tag.
    let weak = text[..end].ends_with(b" W") && text[end..].starts_with(b"/");
    let end = if weak { end - 2 } else { end };
    let end = end - text[..end].iter().rev().take(4).take_while(|b| weak && matches!(b, b':' | b'"' | b'\\')).count();
    let word = |end: usize| {
        let name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        end - text[..end].iter().rev().take(keys::LONGEST / 2).take_while(name).count()
    };
    let start = word(end);
    let two_words = text[start..end].eq_ignore_ascii_case(b"id") && text[..start].ends_with(b" ");
    &text[if two_words { word(start - 1) } else { start }..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_the_runs_that_probing_finds(parts in proptest::collection::vec((0..4_usize, 0..140_usize), 0..12)) {
            let mut text = Vec::new();
            for (what, length) in parts {
                text.extend(std::iter::repeat_n([b'a', b'7', b' ', 0xe9][what], length));
            }
            let (mut fast, mut plain) = (Vec::new(), Vec::new());
            let done = kernel::rows(&text, &RUNS, SHORTEST, |start, end| fast.push((start, end)));
            long_runs(&text, |start, end| plain.push((start, end)));
            prop_assert!(!done || fast == plain, "{:?} {:?}", fast, plain);
        }
    }
}
