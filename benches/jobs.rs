//! Whole passes over a file, for timing from outside: each prints counts that a rival's answer can be compared with.

use authopsy::input::{Hash, Inputs, ReadMode, ReadOptions};
use authopsy::record::time::Dated;
use authopsy::record::{Hits, Kernel, Needle, Projection, Row, Scanner, Words};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;

/// What a worker keeps.
struct Worker {
    scanner: Scanner,
    rows: u64,
    malformed: u64,
    tally: Tally,
}

struct Tally {
    words: Words,
    found: Hits,
    dated: Dated,
    hits: u64,
    groups: BTreeMap<Vec<u8>, u64>,
}

/// Literals like those of a full set of rules.
pub const LITERALS: &[&str] = &[
    "auth",
    "oauth",
    "oauth2",
    "authn",
    "authz",
    "authorization",
    "authenticate",
    "authentication",
    "authorize",
    "unauthorized",
    "unauthenticated",
    "forbidden",
    "denied",
    "permission denied",
    "access denied",
    "accessdenied",
    "token",
    "token expired",
    "expired token",
    "invalid token",
    "bearer",
    "jwt",
    "jwks",
    "oidc",
    "saml",
    "sso",
    "mfa",
    "2fa",
    "otp",
    "session expired",
    "invalid_grant",
    "invalid_client",
    "invalid_token",
    "insufficient_scope",
    "invalid api key",
    "api key",
    "apikey",
    "api_key",
    "credential",
    "credentials",
    "bad credentials",
    "secret",
    "secrets",
    "failed to fetch secret",
    "secret not found",
    "password",
    "passphrase",
    "login",
    "login required",
    "logon",
    "signature verification failed",
    "certificate has expired",
    "certificate verify failed",
    "x509",
    "tls handshake",
    "kerberos",
    "ldap",
    "not authorized",
    "not authenticated",
    "401",
];

/// Runs a job. `raw` only counts lines; `scan` counts failed requests by status and service; `full` also looks for 60
/// literals in every message and reads every time; `keys` names every field; `thread` finds one thread's rows.
pub fn run(job: &str, path: &str, rest: &[&str]) -> String {
    let mut options = ReadOptions { hash: Hash::None, ..ReadOptions::default() };
    let mut kernel = Kernel::best();
    for word in rest {
        match *word {
            "map" => options.mode = ReadMode::Map,
            "read" => options.mode = ReadMode::Read,
            "none" => options.hash = Hash::None,
            "sha256" => options.hash = Hash::Sha256,
            "blake3" => options.hash = Hash::Blake3,
            "plain" => kernel = Kernel::Plain,
            "portable" => kernel = Kernel::Portable,
            "avx2" => kernel = Kernel::available().into_iter().find(|k| format!("{k:?}") == "Avx2").expect("AVX2"),
            number => options.threads = number.parse().expect("a number of threads"),
        }
    }
    let inputs = Inputs::discover(&[path.into()]).expect("a dump");
    let projection = match job {
        "keys" => Projection::with_every_field(&[]),
        _ => Projection::new(&["_msg", "kubernetes.pod_name", "audit.status_code", "service", "_time", "audit.host"]),
    };
    let needle = Needle::new("chat:C0b33efb82").expect("a needle");
    let make = || {
        let words = Words::new(LITERALS, kernel).expect("literals with words");
        let tally = Tally { words, found: Hits::default(), dated: Dated::default(), hits: 0, groups: BTreeMap::new() };
        Worker { scanner: Scanner::new(&projection, kernel), rows: 0, malformed: 0, tally }
    };
    let scanned = inputs
        .scan(
            &options,
            make,
            |worker, chunk| {
                if job == "raw" {
                    return;
                }
                let Worker { scanner, rows, malformed, tally } = worker;
                if job == "thread" {
                    let lines = needle.lines(chunk.bytes, |_| tally.hits += 1);
                    chunk.tell_lines(lines.all());
                    return;
                }
                let lines = scanner.chunk(chunk.offset, chunk.bytes, |_, row| match row {
                    Ok(row) => {
                        *rows += 1;
                        per_row(job, row, tally);
                    }
                    Err(_) => *malformed += 1,
                });
                chunk.tell_lines(lines);
            },
            |_, ()| ControlFlow::Continue(()),
        )
        .expect("a scan");
    let mut out = String::new();
    let mut all = BTreeMap::new();
    let (mut rows, mut malformed, mut hits, mut parsed) = (0, 0, 0, 0);
    for worker in scanned.workers {
        rows += worker.rows;
        malformed += worker.malformed;
        hits += worker.tally.hits;
        parsed += worker.scanner.parsed();
        for (key, n) in worker.tally.groups {
            *all.entry(key).or_insert(0) += n;
        }
    }
    for (key, n) in all {
        let _ = writeln!(out, "{}\t{n}", String::from_utf8_lossy(&key));
    }
    for s in &scanned.summaries {
        let _ = writeln!(out, "{} {} lines {} {:?}", s.format, s.lines, s.digest, s.damage);
    }
    let _ = writeln!(out, "rows {rows} malformed {malformed} hits {hits} parsed {parsed}");
    out
}

fn per_row(job: &str, row: &Row<'_>, tally: &mut Tally) {
    match job {
        "keys" => row.each(|name, _| add(&mut tally.groups, name.as_bytes())),
        "full" => {
            tally.found.clear();
            if let Some(message) = row.raw(0) {
                tally.words.find(message, &mut tally.found);
            }
            let minute = row.raw(4).and_then(|t| tally.dated.parse(t.bytes())).unwrap_or_default() / 60_000_000_000;
            if tally.found.low() != 0 && minute > 0 {
                tally.hits += 1;
            }
            failures(row, tally);
        }
        "scan" => failures(row, tally),
        _ => tally.hits += u64::from((0..6).any(|slot| row.raw(slot).is_some())),
    }
}

/// Counts a proxy's failed request by status and service.
fn failures(row: &Row<'_>, tally: &mut Tally) {
    let Some(pod) = row.raw(1) else { return };
    if !pod.bytes().starts_with(b"centaur-api-proxy-") {
        return;
    }
    let status = row.raw(2).map_or(&b""[..], |v| v.bytes());
    if matches!(status, b"401" | b"403" | b"503") {
        add(&mut tally.groups, &[status, b"\t", row.raw(3).map_or(&b""[..], |v| v.bytes())].concat());
    }
}

fn add(groups: &mut BTreeMap<Vec<u8>, u64>, key: &[u8]) {
    match groups.get_mut(key) {
        Some(n) => *n += 1,
        None => {
            groups.insert(key.to_vec(), 1);
        }
    }
}
