//! Long runs: what only its randomness gives away, and shapes without a literal to look for.

use super::alphabet::Alphabet;
use super::keys;
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
    let run = &text[start..end];
    if !run.iter().any(u8::is_ascii_digit) || public.iter().any(|(s, e)| *s <= start && start < *e) {
        return;
    }
    if shaped(text, start, end, out) || !run.iter().any(u8::is_ascii_uppercase) {
        return;
    }
    for (from, to) in pieces(text, start, end) {
        let piece = &text[from..to];
        if shapes::is_random(piece) && !is_protected(text, from, piece, name) {
            out.push(Span { start: from, end: to, kind: "high-entropy", proof: Proof::Entropy });
        }
    }
}

/// Kinds whose form is known although no literal begins them.
fn shaped(text: &[u8], start: usize, end: usize, out: &mut Vec<Span>) -> bool {
    let run = &text[start..end];
    let mut mask = |start: usize, end: usize, kind| {
        out.push(Span { start, end, kind, proof: Proof::Shape });
        true
    };
    // 7123456789:AA…, a bot's number and its token.
    let digits = text[..start.saturating_sub(1)].iter().rev().take(12).take_while(|b| b.is_ascii_digit()).count();
    let token = Alphabet::Url.end(text, start) - start;
    if start > 0
        && text[start - 1] == b':'
        && (8..=10).contains(&digits)
        && (34..=36).contains(&token)
        && shapes::is_secretish(&run[..token])
    {
        return mask(start - 1 - digits, start + token, "telegram-token");
    }
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
    if run.len() >= 36
        && run[..32].iter().all(u8::is_ascii_hexdigit)
        && run[32..].starts_with(b"-us")
        && run[35..].iter().all(u8::is_ascii_digit)
    {
        return mask(start, end, "mailchimp-key");
    }
    false
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
    if PREFIXES.iter().any(|p| piece.starts_with(p)) || text[..from].ends_with(b"h1:") {
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

/// The name that stands before a value: `"x-amz-id-2":"`, `etag=`, `<HostId>`.
fn name_before(text: &[u8], from: usize) -> &[u8] {
    let joints = text[..from]
        .iter()
        .rev()
        .take(16)
        .take_while(|b| matches!(b, b'"' | b'\'' | b'\\' | b':' | b' ' | b'=' | b'>' | b'[' | b'(' | b'/'))
        .count();
    let end = from - joints;
    let length = text[..end]
        .iter()
        .rev()
        .take(keys::LONGEST)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        .count();
    &text[end - length..end]
}
