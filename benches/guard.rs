//! A guard against slow code: instructions that a kernel needs for a thousand bytes, each with a bound.
//!
//! Instructions are counted (valgrind's cachegrind), not seconds, so the answer is the same on a busy machine. Valgrind
//! knows no AVX-512: the kernels counted are those for AVX2, and the portable ones.

use super::{data, jobs};
use authopsy::classify::fields::Table;
use authopsy::classify::reader::Classifier;
use authopsy::classify::select::Selectors;
use authopsy::input::Chunk;
use authopsy::record::kernel::{self, Segment};
use authopsy::record::time::Dated;
use authopsy::record::{Hits, Kernel, Needle, Projection, Scanner, Value, Words};
use authopsy::redact::{People, find};
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::Command;

/// Bytes that a pass goes over, few, as counting slows a program down fifty times.
const SAMPLE_BYTES: usize = 1 << 20;
/// Passes that the shorter of two runs makes, and the longer; their difference has no start-up in it.
const PASSES: [u64; 2] = [1, 3];

/// A pass over the sample; what it returns only keeps it from being optimised away.
type Pass = fn(&[u8], u64) -> u64;

/// Every kernel under guard and the most instructions it may need for a thousand bytes: a seventh more than it did need
/// when the bound was set.
static GUARDED: &[(&str, Pass, u64)] = &[
    ("index, AVX2", |bytes, passes| index(Kernel::Avx2, bytes, passes), 1880),
    ("index, portable", |bytes, passes| index(Kernel::Portable, bytes, passes), 6920),
    ("scan, AVX2", |bytes, passes| scan(Kernel::Avx2, bytes, passes), 2740),
    ("scan, portable", |bytes, passes| scan(Kernel::Portable, bytes, passes), 8470),
    ("60 literals, AVX2", |bytes, passes| literals(Kernel::Avx2, bytes, passes), 1400),
    ("60 literals, portable", |bytes, passes| literals(Kernel::Portable, bytes, passes), 3750),
    ("rare literal", needle, 1280),
    ("times", times, 165),
    ("rules of the report", classify, 6870),
    ("secrets", secrets, 52_700),
];

fn index(kernel: Kernel, bytes: &[u8], passes: u64) -> u64 {
    let mut segment = Segment::default();
    let mut pass =
        || bytes.chunks(32 << 10).map(|piece| kernel::index(kernel, piece, &mut segment).1 as u64).sum::<u64>();
    (0..passes).map(|_| black_box(pass())).sum()
}

fn scan(kernel: Kernel, bytes: &[u8], passes: u64) -> u64 {
    let names = ["_msg", "kubernetes.pod_name", "audit.status_code", "service", "_time", "audit.host"];
    let mut scanner = Scanner::new(&Projection::new(&names), kernel);
    let mut rows = 0;
    for _ in 0..passes {
        scanner.chunk(0, bytes, |_, row| rows += u64::from(row.is_ok_and(|r| r.raw(0).is_some())));
    }
    rows
}

/// What is done with one field of every row.
fn each(name: &str, bytes: &[u8], passes: u64, mut value: impl FnMut(Value<'_>)) {
    let mut scanner = Scanner::new(&Projection::new(&[name]), Kernel::Portable);
    let mut values = Vec::new();
    scanner.chunk(0, bytes, |_, row| values.extend(row.ok().and_then(|row| row.raw(0)).map(|v| v.bytes().to_vec())));
    for _ in 0..passes {
        values.iter().for_each(|bytes| value(Value::quoted(bytes)));
    }
}

fn literals(kernel: Kernel, bytes: &[u8], passes: u64) -> u64 {
    let words = Words::new(jobs::LITERALS, kernel).expect("literals with words");
    let (mut hits, mut matched) = (Hits::default(), 0);
    each("_msg", bytes, passes, |value| {
        hits.clear();
        words.find(value, &mut hits);
        matched += u64::from(!hits.is_empty());
    });
    matched
}

fn needle(bytes: &[u8], passes: u64) -> u64 {
    let needle = Needle::new("chat:C0b33efb82").expect("a needle");
    (0..passes).map(|_| needle.lines(black_box(bytes), |_| {}).all()).sum()
}

fn times(bytes: &[u8], passes: u64) -> u64 {
    let (mut dated, mut read) = (Dated::default(), 0);
    each("_time", bytes, passes, |value| read += u64::from(black_box(dated.parse(value.bytes())).is_some()));
    read
}

fn classify(bytes: &[u8], passes: u64) -> u64 {
    let (selectors, table) = (Selectors::default(), Table::default());
    let mut classifier = Classifier::new(&selectors, &table, false);
    for _ in 0..passes {
        classifier.chunk(Chunk { input: 0, offset: 0, bytes });
    }
    classifier.ledger.read
}

fn secrets(bytes: &[u8], passes: u64) -> u64 {
    let mut spans = Vec::new();
    (0..passes).for_each(|_| find::dirty(black_box(bytes), People::default(), &mut spans));
    spans.len() as u64
}

/// Kernels that this processor has, as valgrind shows it.
fn guarded() -> impl Iterator<Item = &'static (&'static str, Pass, u64)> {
    let wide = Kernel::available().contains(&Kernel::Avx2);
    GUARDED.iter().filter(move |(name, ..)| wide || !name.ends_with("AVX2"))
}

/// Runs passes of one kernel, to be counted.
pub fn passes(name: &str, count: u64) -> String {
    let sample = data::sample(SAMPLE_BYTES, 42);
    let (_, pass, _) = guarded().find(|(known, ..)| *known == name).expect("a kernel under guard");
    format!("{}\n", pass(sample.as_bytes(), count))
}

/// Counts all kernels; panics if one needs more than its bound.
pub fn run() -> String {
    let bytes = data::sample(SAMPLE_BYTES, 42).len() as u64;
    let (mut table, mut over) =
        (String::from("| kernel | instructions per 1000 bytes | bound |\n|---|---:|---:|\n"), 0);
    for (name, _, bound) in guarded() {
        let [short, long] = PASSES.map(|passes| instructions(name, passes));
        let needed = (long - short) * 1000 / (bytes * (PASSES[1] - PASSES[0]));
        over += u64::from(needed > *bound);
        writeln!(table, "| {name} | {needed} | {bound} |").expect("text takes text");
    }
    assert_eq!(over, 0, "some kernels need more instructions than they did:\n{table}");
    table
}

/// Instructions of a whole run of this program with so many passes.
fn instructions(name: &str, passes: u64) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"])
        .arg(std::env::current_exe().expect("a path"))
        .args(["--passes", name, &passes.to_string()])
        .output()
        .expect("valgrind, which is to be installed");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let count = told.lines().find_map(|line| line.split_once("refs:")).expect("a count of instructions").1;
    count.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("a number")
}
