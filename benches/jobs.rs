//! Whole passes over a file, for timing from outside: each prints counts that a rival's answer can be compared with.

use authopsy::input::{Hash, Inputs, ReadMode, ReadOptions};
use authopsy::record::{Kernel, Projection, Row, Scanner};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::ControlFlow;

/// What a worker keeps.
struct Worker {
    scanner: Scanner,
    rows: u64,
    malformed: u64,
    hits: u64,
    groups: BTreeMap<Vec<u8>, u64>,
}

/// Runs a job. `raw` only counts lines; `scan` reads six fields of every row; `keys` names every field.
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
    let make = || Worker {
        scanner: Scanner::new(&projection, kernel),
        rows: 0,
        malformed: 0,
        hits: 0,
        groups: BTreeMap::new(),
    };
    let scanned = inputs
        .scan(
            &options,
            make,
            |worker, chunk| {
                if job == "raw" {
                    return;
                }
                let Worker { scanner, rows, malformed, hits, groups } = worker;
                let lines = scanner.chunk(chunk.offset, chunk.bytes, |_, row| match row {
                    Ok(row) => {
                        *rows += 1;
                        per_row(job, row, hits, groups);
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
        hits += worker.hits;
        parsed += worker.scanner.parsed();
        for (key, n) in worker.groups {
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

fn per_row(job: &str, row: &Row<'_>, hits: &mut u64, groups: &mut BTreeMap<Vec<u8>, u64>) {
    match job {
        "keys" => row.each(|name, _| match groups.get_mut(name.as_bytes()) {
            Some(n) => *n += 1,
            None => {
                groups.insert(name.as_bytes().to_vec(), 1);
            }
        }),
        "scan" => {
            let Some(pod) = row.raw(1) else { return };
            if !pod.bytes().starts_with(b"centaur-api-proxy-") && !pod.bytes().starts_with(b"egress-proxy-") {
                return;
            }
            let status = row.raw(2).map_or(&b""[..], |v| v.bytes());
            if matches!(status, b"401" | b"403" | b"503") {
                *hits += 1;
                let key = [status, b"\t", row.raw(3).map_or(&b""[..], |v| v.bytes())].concat();
                *groups.entry(key).or_insert(0) += 1;
            }
        }
        _ => *hits += u64::from((0..6).any(|slot| row.raw(slot).is_some())),
    }
}
