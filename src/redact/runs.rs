//! Long runs: what only its randomness gives away, and shapes without a literal to look for.

use super::alphabet::Alphabet;
use super::keys;
use super::rules::after_escape;
use super::shapes;
use super::span::{Proof, Span};

/// Shortest run that is looked at.
const SHORTEST: usize = 32;

const RUN: [bool; 256] = {
    let mut table = [false; 256];
    let mut c = 0;
    while c < 256 {
        let b = c as u8;
        table[c] = b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'/' | b'=' | b'.' | b'~' | b'-');
        c += 1;
    }
    table
};

/// Finds random runs outside the public ranges. `name` is the field's name, for a value that begins the text.
///
/// A run of 32 bytes covers one of every 32 places, so only those are probed.
pub(super) fn find(text: &[u8], name: &[u8], public: &[(usize, usize)], out: &mut Vec<Span>) {
    let mut at = SHORTEST - 1;
    let mut floor = 0;
    while at < text.len() {
        if !RUN[text[at] as usize] {
            floor = at + 1;
            at += SHORTEST;
            continue;
        }
        let start = text[floor..at].iter().rposition(|&b| !RUN[b as usize]).map_or(floor, |n| floor + n + 1);
        let end = text[at..].iter().position(|&b| !RUN[b as usize]).map_or(text.len(), |n| at + n);
        if end - start >= SHORTEST {
            judge(text, start, end, name, public, out);
        }
        floor = end;
        at = end + SHORTEST;
    }
}

fn judge(text: &[u8], start: usize, end: usize, name: &[u8], public: &[(usize, usize)], out: &mut Vec<Span>) {
    // The letter of `\n` belongs to the escape, and taking it away would leave half an escape.
    let start = after_escape(text, start).min(end);
    let run = &text[start..end];
    if !run.iter().any(u8::is_ascii_digit) || public.iter().any(|(s, e)| *s <= start && start < *e) {
        return;
    }
    let mut from = start;
    for part in run.split(|b| matches!(b, b'=' | b'/')) {
        let dots = part.iter().rev().take_while(|b| **b == b'.').count();
        if part.len() - dots >= SHORTEST {
            shaped(text, from, from + part.len() - dots, out);
        }
        from += part.len() + 1;
    }
    if !run.iter().any(u8::is_ascii_uppercase) {
        return;
    }
    for (from, to) in pieces(text, start, end) {
        let piece = &text[from..to];
        if shapes::is_random(piece) && !is_protected(text, start, run, name) && !is_protected(text, from, piece, name) {
            out.push(Span { start: from, end: to, kind: "high-entropy", proof: Proof::Entropy });
        }
    }
}

/// Kinds whose form is known although no literal begins them.
fn shaped(text: &[u8], start: usize, end: usize, out: &mut Vec<Span>) {
    let run = &text[start..end];
    let mut mask = |start: usize, end: usize, kind| out.push(Span { start, end, kind, proof: Proof::Shape });
    let dots: Vec<usize> = run.split(|b| *b == b'.').map(<[u8]>::len).take(4).collect();
    let url = run.iter().all(|&b| Alphabet::Url.has(b) || b == b'.');
    if let [id, time, code] = dots[..]
        && url
        && (22..=30).contains(&id)
        && (5..=7).contains(&time)
        && (25..=45).contains(&code)
        && matches!(run[0], b'M' | b'N' | b'O')
    {
        return mask(start, end, "discord-token");
    }
    // A key of 22 characters of base64 and what belongs to it.
    if text[..start].ends_with(b"==:") && run.len() == 32 && run.iter().all(u8::is_ascii_alphanumeric) {
        let key = text[..start - 1].iter().rev().take(40).take_while(|&&b| RUN[b as usize]).count();
        if key == 24 {
            return mask(start - 1 - key, end, "tableau-token");
        }
    }
    if let [32, 16] = dots[..]
        && run[..32].iter().all(u8::is_ascii_hexdigit)
        && shapes::is_secretish(&run[33..])
    {
        return mask(start, end, "api-key");
    }
    if run.len() >= 36
        && run[..32].iter().all(u8::is_ascii_hexdigit)
        && run[32..].starts_with(b"-us")
        && run[35..].iter().all(u8::is_ascii_digit)
    {
        return mask(start, end, "mailchimp-key");
    }
    let dashed: Vec<usize> = run.split(|b| *b == b'-').map(<[u8]>::len).take(4).collect();
    if dashed == [32, 8, 8] && run.iter().all(|b| b.is_ascii_hexdigit() || *b == b'-') {
        mask(start, end, "mailgun-key");
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

/// Identifiers that are evidence: under a protected name, with a known prefix, or built of words, hex and numbers.
fn is_protected(text: &[u8], from: usize, piece: &[u8], name: &[u8]) -> bool {
    const PREFIXES: &[&[u8]] = &[
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
    ];
    let boundary = || memchr::memmem::find(&piece[..piece.len().min(40)], b"FormBoundary").is_some();
    if PREFIXES.iter().any(|p| piece.starts_with(p)) || text[..from].ends_with(b"h1:") || boundary() {
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
    let word = |end: usize| {
        let name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        end - text[..end].iter().rev().take(keys::LONGEST / 2).take_while(name).count()
    };
    let start = word(end);
    let two_words = text[start..end].eq_ignore_ascii_case(b"id") && text[..start].ends_with(b" ");
    &text[if two_words { word(start - 1) } else { start }..end]
}
