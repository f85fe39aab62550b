//! Benches: how fast each stage is, with its answer asserted before its time is told.
//!
//! `cargo bench --bench all` runs the stages over a generated sample. Two more modes serve whole runs:
//! `cargo bench --bench all -- --generate BYTES PATH [SEED]` writes a dump, and
//! `cargo bench --bench all -- --job JOB PATH [THREADS] [map|read] [none|sha256|blake3]` runs one pass over it and
//! prints its answer; see `jobs.rs`.

mod data;
mod jobs;
mod stages;

use std::io::Write;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let answer = match args.as_slice() {
        ["--generate", bytes, path, rest @ ..] => {
            let seed = rest.first().map_or(Ok(42), |s| s.parse()).expect("a number");
            data::write(path, bytes.parse().expect("a number of bytes"), seed)
        }
        ["--job", job, path, rest @ ..] => jobs::run(job, path, rest),
        _ => return stages::run(),
    };
    write!(std::io::stdout(), "{answer}").expect("a listener");
}
