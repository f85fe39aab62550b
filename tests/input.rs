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
