//! One bench a stage, over a generated sample.

use super::data;
use authopsy::input::Chunk;
use authopsy::record::kernel::{self, Segment};
use authopsy::record::{Kernel, Projection, Scanner};
use criterion::{Criterion, Throughput};
use std::hint::black_box;

const SAMPLE_BYTES: usize = 16 << 20;

pub fn run() {
    let mut criterion = Criterion::default().configure_from_args();
    let sample = data::sample(SAMPLE_BYTES, 42);
    let bytes = sample.as_bytes();
    let lines = sample.lines().count() as u64;
    split(&mut criterion, bytes, lines);
    index(&mut criterion, bytes, lines);
    scan(&mut criterion, bytes, lines);
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
