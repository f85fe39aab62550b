//! Auth directories: many generated credential files, checked, against the floor of reading and parsing each.
//!
//! `cargo bench --bench all -- --auth FILES` prints files per second of both; `--auth-generate FILES DIR` leaves the
//! files behind, for comparing with other programs.

use authopsy::auth::{Instant, Key, Options, Perms, Verdict, inspect};
use std::fmt::Write as _;
use std::path::Path;

const AS_OF: Instant = Instant { seconds: 1_771_675_200, nanos: 0 };

/// Writes `files` credentials of three providers, one in eleven of them expired without a refresh token.
pub fn generate(files: usize, dir: &Path) -> std::io::Result<usize> {
    std::fs::create_dir_all(dir)?;
    (0..files).map(|n| credential(n, dir)).sum()
}

fn credential(n: usize, dir: &Path) -> std::io::Result<usize> {
    let token = |kind: &str| {
        format!("{kind}{n:09}Aq3fZx81LmPw5TgY9kQrStUv{:09}", n.wrapping_mul(2_654_435_761) % 1_000_000_000)
    };
    let dead = n.is_multiple_of(11);
    let refresh = |kind: &str| if dead { String::new() } else { token(kind) };
    let end = if dead { "2026-02-21T06:00:00Z" } else { "2026-02-21T19:00:00Z" };
    let (name, text) = match n % 3 {
        0 => (
            format!("claude-user{n}@example.com.json"),
            format!(
                r#"{{"type":"claude","access_token":"{}","refresh_token":"{}","expired":"{end}","last_refresh":"2026-02-21T05:00:00Z","email":"user{n}@example.com"}}"#,
                token("sk-ant-oat01-"),
                refresh("sk-ant-ort01-")
            ),
        ),
        1 => (
            format!("kiro-idc-user{n}-example-com.json"),
            format!(
                r#"{{"type":"kiro","access_token":"{}","refresh_token":"{}","expires_at":"{end}","auth_method":"idc","client_id":"c{n}","client_secret":"s{n}","region":"us-east-1","start_url":"https://d-1.awsapps.com/start","profile_arn":"arn:aws:codewhisperer:us-east-1:1:profile/A","email":"user{n}@example.com"}}"#,
                token("aoaAAAAA"),
                refresh("aorAAAAA")
            ),
        ),
        _ => (
            format!("qwen-user{n}@example.com.json"),
            format!(
                r#"{{"type":"qwen","access_token":"{}","refresh_token":"{}","expired":"{end}","resource_url":"portal.qwen.ai","email":"user{n}@example.com"}}"#,
                token("q"),
                refresh("r")
            ),
        ),
    };
    std::fs::write(dir.join(name), &text)?;
    Ok(text.len())
}

/// Generates, checks, and walks; the answer of the check is asserted before its time is told.
pub fn run(files: usize) -> String {
    let dir = std::env::temp_dir().join(format!("authopsy-bench-{}", std::process::id()));
    let bytes = generate(files, &dir).expect("a writable temporary directory");
    let mut out = String::new();
    let mut told = |what: &str, seconds: f64| {
        let _ = writeln!(out, "{what:<28} {seconds:>8.3} s {:>12.0} files/s", files as f64 / seconds);
    };
    for threads in [1, 0] {
        let options = Options {
            as_of: AS_OF,
            warn_within_seconds: 0,
            perms: Perms::Copy,
            threads,
            key: Key::new([1; 32]),
            mask_paths: false,
        };
        let start = std::time::Instant::now();
        let directory = inspect(std::slice::from_ref(&dir), &options).expect("a readable directory");
        let seconds = start.elapsed().as_secs_f64();
        let dead = directory.files.iter().filter(|f| f.verdict == Verdict::Dead).count();
        assert_eq!((directory.files.len(), dead), (files, files.div_ceil(11)));
        told(if threads == 1 { "check, one thread" } else { "check, all cores" }, seconds);
    }
    let start = std::time::Instant::now();
    assert_eq!(plain_walk(&dir).expect("readable files"), files);
    told("plain walk and parse", start.elapsed().as_secs_f64());
    std::fs::remove_dir_all(&dir).expect("ours");
    let _ = writeln!(out, "{bytes} bytes in {files} files");
    out
}

/// The floor: read every file and parse it with a general reader.
fn plain_walk(dir: &Path) -> std::io::Result<usize> {
    let mut count = 0;
    for entry in std::fs::read_dir(dir)? {
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(entry?.path())?)?;
        count += usize::from(value.is_object());
    }
    Ok(count)
}
