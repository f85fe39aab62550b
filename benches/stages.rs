//! One bench a stage, over a generated sample.

use super::{data, jobs};
use authopsy::input::{Chunk, Hash, Inputs, ReadOptions};
use authopsy::record::kernel::{self, Segment};
use authopsy::record::time::Dated;
use authopsy::record::{Hits, Kernel, Needle, Projection, Scanner, Words};
use authopsy::redact::{People, find};
use criterion::{Criterion, Throughput};
use std::hint::black_box;
use std::io::Write;
use std::ops::ControlFlow;

const SAMPLE_BYTES: usize = 16 << 20;

pub fn run() {
    let mut criterion = Criterion::default().configure_from_args();
    let sample = data::sample(SAMPLE_BYTES, 42);
    let bytes = sample.as_bytes();
    let lines = sample.lines().count() as u64;
    split(&mut criterion, bytes, lines);
    index(&mut criterion, bytes, lines);
    scan(&mut criterion, bytes, lines);
    find(&mut criterion, bytes);
    needle(&mut criterion, bytes, lines);
    times(&mut criterion, bytes, lines);
    redact(&mut criterion, &sample);
    read(&mut criterion, bytes, lines);
    criterion.final_summary();
}

/// Cutting a chunk at its line ends: the floor of everything that looks at lines one by one.
fn split(criterion: &mut Criterion, bytes: &[u8], lines: u64) {
    let chunk = Chunk { input: 0, offset: 0, bytes };
    assert_eq!(chunk.lines().count() as u64, lines);
    let mut group = criterion.benchmark_group("split");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("lines", |b| b.iter(|| black_box(chunk.lines().count())));
    group.finish();
}

/// Finding quotes and line ends, per kernel: half of what a scan costs.
fn index(criterion: &mut Criterion, bytes: &[u8], lines: u64) {
    let mut group = criterion.benchmark_group("index");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    for kernel in &Kernel::available()[1..] {
        let mut segment = Segment::default();
        let mut pass =
            || bytes.chunks(32 << 10).map(|piece| kernel::index(*kernel, piece, &mut segment).1 as u64).sum::<u64>();
        assert_eq!(pass(), lines);
        group.bench_function(format!("{kernel:?}"), |b| b.iter(|| black_box(pass())));
    }
    group.finish();
}

/// The whole scan with six fields wanted, per kernel.
fn scan(criterion: &mut Criterion, bytes: &[u8], lines: u64) {
    let projection =
        Projection::new(&["_msg", "kubernetes.pod_name", "audit.status_code", "service", "_time", "audit.host"]);
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    for kernel in Kernel::available() {
        let mut scanner = Scanner::new(&projection, kernel);
        let mut pass = || {
            let mut rows = 0;
            scanner.chunk(0, bytes, |_, row| rows += u64::from(row.is_ok_and(|r| r.raw(0).is_some())));
            rows
        };
        assert_eq!(pass(), lines);
        group.bench_function(format!("{kernel:?}"), |b| b.iter(|| black_box(pass())));
    }
    group.finish();
}

/// The values of one field of every line.
fn values<'b>(bytes: &'b [u8], name: &str) -> Vec<&'b [u8]> {
    let key = format!("\"{name}\":\"");
    let finder = memchr::memmem::Finder::new(&key);
    let lines = bytes.split(|b| *b == b'\n').filter_map(|line| finder.find(line).map(|at| &line[at + key.len()..]));
    let end = |rest: &[u8]| {
        (0..rest.len())
            .find(|at| rest[*at] == b'"' && rest[..*at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 0)
    };
    lines.map(|rest| &rest[..end(rest).expect("a closing quote")]).collect()
}

/// Looking for 60, 600 and 6,000 literals in every message: adding a rule must not slow the scan.
fn find(criterion: &mut Criterion, bytes: &[u8]) {
    let messages = values(bytes, "_msg");
    let mut literals: Vec<String> = jobs::LITERALS.iter().map(|l| (*l).to_owned()).collect();
    literals.extend(
        (literals.len()..6000).map(|n| format!("{} made up {n}", ["rejected", "revoked", "expired", "unknown"][n % 4])),
    );
    let mut group = criterion.benchmark_group("match");
    group.throughput(Throughput::Bytes(messages.iter().map(|m| m.len() as u64).sum()));
    let mut answers = Vec::new();
    for (count, kernel) in [60, 600, 6000].map(|n| (n, Kernel::best())).into_iter().chain([(60, Kernel::Portable)]) {
        let some: Vec<&str> = literals[..count].iter().map(String::as_str).collect();
        let words = Words::new(&some, kernel).expect("literals with words");
        let mut hits = Hits::default();
        let mut pass = || {
            let mut matched = 0_u64;
            for message in &messages {
                hits.clear();
                words.find(authopsy::record::Value::quoted(message), &mut hits);
                matched += u64::from(!hits.is_empty());
            }
            matched
        };
        answers.push(pass());
        group.bench_function(format!("{count} literals, {kernel:?}"), |b| b.iter(|| black_box(pass())));
    }
    assert!(answers[0] > 0 && answers.iter().all(|a| *a == answers[0]), "{answers:?}");
    group.finish();
}

/// A rare literal before anything is parsed.
fn needle(criterion: &mut Criterion, bytes: &[u8], lines: u64) {
    let needle = Needle::new("chat:C0b33efb82").expect("a needle");
    let mut group = criterion.benchmark_group("needle");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    assert_eq!(needle.lines(bytes, |_| {}).all(), lines);
    group.bench_function("rare literal", |b| b.iter(|| black_box(needle.lines(bytes, |_| {}))));
    group.finish();
}

/// Times of every line, with the date remembered and without.
fn times(criterion: &mut Criterion, bytes: &[u8], lines: u64) {
    let times = values(bytes, "_time");
    assert_eq!(times.len() as u64, lines);
    let mut group = criterion.benchmark_group("time");
    group.throughput(Throughput::Elements(lines));
    let afresh = || {
        times
            .iter()
            .filter_map(|t| authopsy::record::time::parse(std::str::from_utf8(t).ok()?))
            .fold(0_i64, i64::wrapping_add)
    };
    let mut dated = Dated::default();
    let mut remembered = || times.iter().filter_map(|t| dated.parse(t)).fold(0_i64, i64::wrapping_add);
    assert_eq!(afresh(), remembered());
    group.bench_function("afresh", |b| b.iter(|| black_box(afresh())));
    group.bench_function("remembered", |b| b.iter(|| black_box(remembered())));
    group.finish();
}

/// Looking for secrets in every byte, beside the bare scan of the same bytes: the ratio of the two is what redaction costs.
fn redact(criterion: &mut Criterion, sample: &str) {
    const PLANTED: usize = 1000;
    let found = |bytes: &[u8]| {
        let mut spans = Vec::new();
        find::dirty(bytes, People::default(), &mut spans);
        spans.len()
    };
    let own = found(sample.as_bytes());
    let mut planted = String::with_capacity(sample.len() + PLANTED * 100);
    for (number, line) in sample.lines().enumerate() {
        planted.push_str(line);
        planted.push('\n');
        if number < PLANTED {
            planted.push_str(&format!("{{\"_msg\":\"sending authorization: bearer {number:04}aZ9kQ2mX7pL4vT8w\"}}\n"));
        }
    }
    let bytes = planted.as_bytes();
    assert_eq!(found(bytes), own + PLANTED);
    let lines = planted.lines().count() as u64;
    let projection = Projection::new(&["_msg"]);
    let mut scanner = Scanner::new(&projection, Kernel::best());
    let mut scan = || {
        let mut rows = 0;
        scanner.chunk(0, bytes, |_, row| rows += u64::from(row.is_ok()));
        rows
    };
    assert_eq!(scan(), lines);
    let mut group = criterion.benchmark_group("redact");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(20);
    group.bench_function("bare scan", |b| b.iter(|| black_box(scan())));
    group.bench_function("secrets found", |b| b.iter(|| black_box(found(bytes))));
    group.finish();
}

/// Reading whole files: what packing and digests cost on top of the bare decoder.
fn read(criterion: &mut Criterion, bytes: &[u8], lines: u64) {
    let dir = tempfile::tempdir().expect("a directory");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    gzip.write_all(bytes).expect("packed");
    let files = [
        ("plain", bytes.to_vec()),
        ("gzip", gzip.finish().expect("packed")),
        ("zstd", zstd::encode_all(bytes, 3).expect("packed")),
    ];
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(20);
    for (name, stored) in &files {
        let path = dir.path().join(name);
        std::fs::write(&path, stored).expect("a file");
        let inputs = Inputs::discover(&[path]).expect("inputs");
        for hash in [Hash::None, Hash::Sha256, Hash::Blake3] {
            let options = ReadOptions { hash, ..ReadOptions::default() };
            let pass = || {
                let scanned =
                    inputs.scan(&options, || (), |(), _| (), |_, ()| ControlFlow::Continue(())).expect("a scan");
                scanned.summaries[0].lines
            };
            assert_eq!(pass(), lines);
            group.bench_function(format!("{name}, {hash:?}"), |b| b.iter(|| black_box(pass())));
        }
    }
    let mut out = vec![0; 1 << 20];
    let mut drain = |mut reader: Box<dyn std::io::Read + '_>| {
        let mut total = 0;
        loop {
            match reader.read(&mut out).expect("decoded") {
                0 => return total,
                n => total += n,
            }
        }
    };
    assert_eq!(drain(Box::new(flate2::read::GzDecoder::new(&files[1].1[..]))), bytes.len());
    group.bench_function("gzip, bare decoder", |b| {
        b.iter(|| drain(Box::new(flate2::read::GzDecoder::new(&files[1].1[..]))))
    });
    group.bench_function("zstd, bare decoder", |b| {
        b.iter(|| drain(Box::new(zstd::stream::read::Decoder::new(&files[2].1[..]).expect("a decoder"))));
    });
    group.finish();
}
