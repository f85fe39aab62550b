//! Evidence as people bring it, and evidence as nobody should: read, counted, located.

use authopsy::input::{Hash, Inputs, ReadMode, ReadOptions, Summary};
use authopsy::record::{Kernel, Malformed, Projection, Scanner};
use std::io::{Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// What a scan tells: the messages, the malformed lines (1-based number, reason), and the summary.
struct Told {
    messages: Vec<String>,
    malformed: Vec<(u64, Malformed)>,
    summary: Summary,
}

fn tell_with(path: &Path, options: &ReadOptions) -> Told {
    let inputs = Inputs::discover(&[path.to_path_buf()]).expect("inputs");
    let projection = Projection::new(&["_msg"]);
    let (mut messages, mut malformed) = (Vec::new(), Vec::new());
    let scanned = inputs.scan(
        options,
        || Scanner::new(&projection, Kernel::best()),
        |scanner, chunk| {
            let mut seen = Vec::new();
            let lines = scanner.chunk(chunk.offset, chunk.bytes, |place, row| {
                seen.push((place.index, row.map(|row| row.text(0).into_owned())));
            });
            chunk.tell_lines(lines);
            seen
        },
        |place, seen| {
            for (index, row) in seen {
                match row {
                    Ok(message) => messages.push(message),
                    Err(reason) => malformed.push((place.lines_before + index + 1, reason)),
                }
            }
            ControlFlow::Continue(())
        },
    );
    let summary = scanned.expect("a scan").summaries.remove(0);
    Told { messages, malformed, summary }
}

fn tell(path: &Path) -> Told {
    tell_with(path, &ReadOptions::default())
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

#[test]
fn every_form_of_the_same_records_is_read() {
    for (name, format) in [
        ("plain.ndjson", "ndjson"),
        ("crlf.ndjson", "ndjson"),
        ("members.ndjson.gz", "ndjson.gz"),
        ("docker.log", "docker"),
        ("cri.log", "cri"),
        ("syslog.log", "syslog"),
        ("journald.log", "journald"),
        ("compose.log", "compose"),
        ("kubectl.log", "kubectl"),
        ("main.log", "text-log"),
        ("pretty.json", "json"),
        ("array.json", "json"),
    ] {
        let told = tell(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/input").join(name));
        assert_eq!(told.messages, ["it's up", "upstream said \"401\""], "{name}");
        assert_eq!((told.summary.format, told.summary.damage.len()), (format, 0), "{name}");
        let junk = if name == "pretty.json" { 1 } else { 0 };
        assert_eq!(told.malformed.len(), junk, "{name}: {:?}", told.malformed);
    }
}

#[test]
fn hostile_lines_are_counted_and_located() {
    let mut text = b"{\"_msg\":\"first\"}\n\0\0\0\n{\"_msg\":\"a\0b\"}\n{\"_msg\":\"\xff\xc0\x80\"}\n".to_vec();
    text.extend([&b"{\"a\":".repeat(100_000)[..], b"\n", &b"[".repeat(100_000), b"\n"].concat());
    text.extend(b"cannot execute query [x]: context deadline exceeded\n\n{\"_msg\":\"\\ud800 \\q\"}\n{\"_msg\":\"torn");
    let told = tell(file(&text).path());
    assert_eq!(told.messages, ["first", "a\0b", "\u{fffd}\u{fffd}\u{fffd}", "\u{fffd} \u{fffd}"]);
    let want = [
        (2, Malformed::Hole),
        (5, Malformed::TooDeep),
        (6, Malformed::NotAnObject),
        (7, Malformed::NotAnObject),
        (10, Malformed::Truncated),
    ];
    assert_eq!(told.malformed, want);
    assert_eq!((told.summary.lines, told.summary.damage), (10, Vec::new()));
}

#[test]
fn a_line_of_a_gibibyte_is_stepped_over() {
    let mut long = file(b"{\"_msg\":\"before\"}\n");
    // A hole in the file reads as zeros.
    long.seek(SeekFrom::Start(1 << 30)).expect("a place behind");
    long.write_all(b"\n{\"_msg\":\"after\"}\n").expect("written");
    for mode in [ReadMode::Map, ReadMode::Read] {
        let options = ReadOptions { mode, hash: Hash::None, ..ReadOptions::default() };
        let told = tell_with(long.path(), &options);
        assert_eq!(told.messages, ["before", "after"]);
        assert_eq!(told.malformed, [(2, Malformed::Hole)]);
        assert_eq!(told.summary.damage, ["byte 18: a line longer than 16777216 bytes: only its beginning was read"]);
    }
}

#[test]
fn nothing_and_almost_nothing() {
    for (text, lines) in [("", 0), ("\n\n", 2), ("\r\n", 1), ("\u{feff}", 0), ("{}", 1)] {
        let told = tell(file(text.as_bytes()).path());
        assert_eq!((told.summary.lines, told.malformed.len(), told.summary.damage.len()), (lines, 0, 0), "{text:?}");
    }
    let wide = tell(file(b"\xff\xfe{\0}\0").path());
    assert_eq!(wide.summary.damage, ["not utf-8: it begins with a utf-16 byte order mark"]);
}

/// What a container runtime cut is one row, located at its first part, however the input reaches the workers.
#[test]
fn a_line_in_parts_is_one_row_at_its_first_part() {
    let mut cri = String::new();
    let mut docker = String::new();
    let entry = |text: &str, stream: &str| {
        serde_json::json!({"log": text, "stream": stream, "time": "2026-02-21T08:15:04Z"}).to_string()
    };
    let mut want = Vec::new();
    for n in 0..40 {
        let message = format!("{n}-{}", "long \\\" ".repeat(2000 + 17 * n));
        let record = serde_json::json!({"_time": "2026-02-21T08:15:04Z", "_msg": message}).to_string();
        let parts: Vec<&str> =
            record.as_bytes().chunks(16 << 10).map(|b| std::str::from_utf8(b).expect("ASCII")).collect();
        for (at, part) in parts.iter().enumerate() {
            let last = at + 1 == parts.len();
            let (tag, end) = if last { ("F", "\n") } else { ("P", "") };
            cri.push_str(&format!("2026-02-21T08:15:04.{at}Z stdout {tag} {part}\n"));
            docker.push_str(&(entry(&format!("{part}{end}"), "stdout") + "\n"));
            if at == 0 {
                cri.push_str("2026-02-21T08:15:05Z stderr F {\"_msg\":\"between\"}\n");
                docker.push_str(&(entry("{\"_msg\":\"between\"}\n", "stderr") + "\n"));
            }
        }
        want.extend([message, "between".to_owned()]);
    }
    for (text, format) in [(&cri, "cri"), (&docker, "docker")] {
        let plain = file(text.as_bytes());
        let packed = file(&zstd::encode_all(text.as_bytes(), 1).expect("packed"));
        for (threads, chunk_bytes, mode) in
            [(1, 1, ReadMode::Map), (2, 1000, ReadMode::Read), (3, 20_000, ReadMode::Map), (2, 8 << 20, ReadMode::Map)]
        {
            for path in [plain.path(), packed.path()] {
                let options = ReadOptions { threads, chunk_bytes, mode, ..ReadOptions::default() };
                let told = tell_with(path, &options);
                assert!(told.messages == want, "{format} {threads} {chunk_bytes} {mode:?}");
                assert_eq!((told.malformed, told.summary.damage), (Vec::new(), Vec::new()));
                assert_eq!(told.summary.lines as usize, text.lines().count());
                assert!(told.summary.format.starts_with(format));
            }
        }
    }
    let cut = tell(
        file(b"2026-02-21T08:15:04Z stdout F {\"_msg\":\"a\"}\n2026-02-21T08:15:04Z stdout P {\"_msg\":\"b").path(),
    );
    assert_eq!((cut.messages, cut.malformed), (vec!["a".to_owned()], vec![(2, Malformed::Truncated)]));
    assert_eq!(cut.summary.damage, ["byte 43: a line written in parts: its last part is missing"]);
}
