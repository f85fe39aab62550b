//! Benches: how fast each stage is, with its answer asserted before its time is told.
//!
//! `cargo bench --bench all` runs the stages over a generated sample. More modes serve whole runs, `--` before each:
//!
//! - `--generate BYTES PATH [SEED]` writes a dump: 1000000000, 5000000000 and 20000000000 bytes for 1, 5 and 20 GB. The
//!   same seed gives the same bytes, a longer dump begins with a shorter one, and memory stays flat.
//! - `--job JOB PATH [THREADS] [map|read] [none|sha256|blake3]` runs one pass over it and prints its answer; see
//!   `jobs.rs`.
//! - `--guard` counts the instructions of the kernels against their bounds; see `guard.rs`.
//! - `--auth FILES` and `--auth-generate FILES DIR`: the same for credential files; see `auth.rs`.
//!
//! `benches/rivals.py` compares whole commands with other tools on such a dump.

mod auth;
mod data;
mod guard;
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
        ["--auth", files] => auth::run(files.parse().expect("a number of files")),
        ["--auth-generate", files, dir] => {
            let bytes =
                auth::generate(files.parse().expect("a number of files"), dir.as_ref()).expect("a writable directory");
            format!("{bytes} bytes\n")
        }
        ["--job", job, path, rest @ ..] => jobs::run(job, path, rest),
        ["--guard", ..] => guard::run(),
        ["--passes", name, count] => guard::passes(name, count.parse().expect("a number")),
        _ => return stages::run(),
    };
    write!(std::io::stdout(), "{answer}").expect("a listener");
}
