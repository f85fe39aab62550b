//! What a scan sees, whatever the file, the way of reading, the number of threads and what happens meanwhile.

use super::super::Summary;
use super::*;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What a scan saw: every line with its place, and the summaries.
type Seen = (Vec<(usize, u64, u64, String)>, Vec<Summary>);

fn scan_with(paths: &[PathBuf], options: &ReadOptions, stdin: &[u8], during: impl Fn() + Sync) -> Seen {
    let inputs = Inputs::discover(paths).expect("inputs");
    let mut seen = Vec::new();
    let work = |(): &mut (), chunk: Chunk<'_>| {
        during();
        if !chunk.offset.is_multiple_of(3) {
            chunk.may_wait();
        }
        chunk.lines().map(|l| (l.offset, l.index, String::from_utf8_lossy(l.bytes).into_owned())).collect::<Vec<_>>()
    };
    let sink = |place: Place, lines: Vec<(u64, u64, String)>| {
        seen.extend(lines.into_iter().map(|(at, n, text)| (place.input, at, place.lines_before + n, text)));
        ControlFlow::Continue(())
    };
    let scanned = inputs.scan_from(options, &mut &stdin[..], || (), work, sink).expect("a scan");
    (seen, scanned.summaries)
}

fn scan(paths: &[PathBuf], options: &ReadOptions) -> Seen {
    scan_with(paths, options, b"", || ())
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn sample() -> Vec<u8> {
    let mut text = String::new();
    for n in 0..3000 {
        text.push_str(&format!("{{\"_msg\":\"{}\"}}\n", "x".repeat(n % 97)));
        if n % 50 == 0 {
            text.push('\n');
        }
    }
    text.push_str("{\"_msg\":\"cut");
    text.into_bytes()
}

fn gz(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("written");
    encoder.finish().expect("finished")
}

#[test]
fn every_way_of_reading_sees_the_same_lines() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = sample();
    let half = text.len() / 2;
    let plain = write(dir.path(), "plain", &text);
    let packed = write(dir.path(), "gz", &[gz(&text[..half]), gz(&text[half..])].concat());
    let zst = write(dir.path(), "zst", &zstd::encode_all(&text[..], 1).expect("packed"));
    let (want, _) = scan(std::slice::from_ref(&plain), &ReadOptions { threads: 1, ..ReadOptions::default() });
    assert_eq!(want.len(), 3061);
    assert_eq!(want[3060].2, 3060);
    for (threads, chunk_bytes, mode) in [
        (1, 1, ReadMode::Map),
        (2, 100, ReadMode::Map),
        (3, 1000, ReadMode::Read),
        (2, 64 << 10, ReadMode::Read),
        (2, 4 << 20, ReadMode::Map),
    ] {
        for path in [&plain, &packed, &zst] {
            let options = ReadOptions { threads, chunk_bytes, mode, ..ReadOptions::default() };
            let (seen, summaries) = scan(std::slice::from_ref(path), &options);
            assert!(seen == want, "{threads} {chunk_bytes} {mode:?} {path:?}");
            assert_eq!((summaries[0].lines, summaries[0].damage.as_slice()), (3061, &[][..]));
            let stored = std::fs::read(path).expect("the file");
            let mut hasher = digest::Hasher::new(Hash::Sha256);
            hasher.update(&stored);
            assert_eq!(summaries[0].digest, hasher.finish());
        }
    }
    let (piped, summaries) = scan_with(&["-".into()], &ReadOptions::default(), &gz(&text), || ());
    assert!(piped == want);
    assert_eq!((summaries[0].format, summaries[0].digest.len()), ("ndjson.gz", 64));
}

#[test]
fn several_inputs_come_in_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let paths: Vec<PathBuf> = (0..20)
        .map(|n| {
            let text = format!("{{\"n\":\"{n}\"}}\n").repeat(n);
            write(dir.path(), &n.to_string(), &if n % 3 == 0 { gz(text.as_bytes()) } else { text.into_bytes() })
        })
        .collect();
    let options = ReadOptions { threads: 2, chunk_bytes: 30, ..ReadOptions::default() };
    let (seen, summaries) = scan(&paths, &options);
    assert_eq!(seen.len(), 190);
    assert!(seen.is_sorted_by_key(|(input, at, _, _)| (*input, *at)));
    assert_eq!(summaries.iter().map(|s| s.lines).collect::<Vec<_>>(), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_line_beyond_the_limit_is_cut_located_and_stepped_over() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = [b"{\"a\":\"b\"}\n", &b"x".repeat(1001)[..], b"\n", &b"y".repeat(1000)[..], b"\n{\"c\":\"d\"}"].concat();
    for path in [write(dir.path(), "plain", &text), write(dir.path(), "gz", &gz(&text))] {
        for chunk_bytes in [1, 7, 500, 4000] {
            let options = ReadOptions { threads: 2, chunk_bytes, line_bytes_max: 1000, ..ReadOptions::default() };
            let (seen, summaries) = scan(std::slice::from_ref(&path), &options);
            let lengths: Vec<(u64, u64, usize)> = seen.iter().map(|(_, at, n, text)| (*at, *n, text.len())).collect();
            assert_eq!(lengths, [(0, 0, 9), (10, 1, 1000), (1012, 2, 1000), (2013, 3, 9)], "{chunk_bytes} {path:?}");
            assert_eq!(summaries[0].damage, ["byte 10: a line longer than 1000 bytes: only its beginning was read"]);
        }
    }
}

#[test]
fn a_file_that_changes_while_being_read_is_damaged_and_nothing_crashes() {
    for mode in [ReadMode::Map, ReadMode::Read] {
        let dir = tempfile::tempdir().expect("a directory");
        let text = b"{\"_msg\":\"0123456789\"}\n".repeat(200_000);
        let path = write(dir.path(), "dump", &text);
        let cut = std::sync::Once::new();
        let options = ReadOptions { threads: 2, chunk_bytes: 1 << 20, mode, ..ReadOptions::default() };
        let (seen, summaries) = scan_with(std::slice::from_ref(&path), &options, b"", || {
            cut.call_once(|| {
                std::fs::OpenOptions::new().write(true).open(&path).and_then(|f| f.set_len(100_000)).expect("cut");
            });
        });
        // The rest of the last page reads as zeros; such a line never looks whole.
        assert!(seen.iter().all(|(_, _, _, line)| !line.contains('\0') || !line.ends_with('}')));
        assert!(seen.iter().filter(|(_, _, _, line)| !line.is_empty()).count() < 200_000);
        let damage = summaries[0].damage.last().expect("damage");
        assert_eq!(damage, &format!("shrank from {} to 100000 bytes while being read", text.len()), "{mode:?}");

        let path = write(dir.path(), "replaced", &text);
        let (_, summaries) = scan_with(std::slice::from_ref(&path), &options, b"", || {
            std::fs::remove_file(&path).ok();
        });
        assert_eq!(summaries[0].damage, ["removed while being read"]);
    }
}

#[test]
fn what_is_added_to_a_file_meanwhile_is_not_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let row = "2026-01-01T00:00:00Z stdout F {\"_msg\":\"x\"}\n";
    for (name, head) in [("cri", row), ("plain", "{\"_msg\":\"x\"}\n")] {
        let text = [head, &row.repeat(20_000)].concat();
        let path = write(dir.path(), name, text.as_bytes());
        let added = std::sync::Once::new();
        let options = ReadOptions { threads: 2, chunk_bytes: 4096, ..ReadOptions::default() };
        let (seen, summaries) = scan_with(std::slice::from_ref(&path), &options, b"", || {
            added.call_once(|| {
                let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("opened");
                file.write_all(row.repeat(1000).as_bytes()).expect("written");
            });
        });
        assert_eq!((seen.len(), summaries[0].damage.len()), (20_001, 1), "{name}");
        assert!(summaries[0].damage[0].ends_with(&format!("the first {} were read", text.len())), "{name}");
    }
}

#[test]
fn an_unreadable_input_does_not_stop_the_others() {
    let dir = tempfile::tempdir().expect("a directory");
    let good = write(dir.path(), "good", b"{}\n");
    let zip = write(dir.path(), "zip", b"PK\x03\x04rest");
    let cut = write(dir.path(), "cut", &gz(b"{}\n{}\n")[..20]);
    let empty = write(dir.path(), "empty", b"");
    let paths = [dir.path().join("none"), zip, cut, empty, good, "/dev/null".into()];
    let (seen, summaries) = scan(&paths, &ReadOptions::default());
    assert_eq!(seen.iter().filter(|(input, ..)| *input == 4).count(), 1);
    let damage: Vec<&str> = summaries.iter().map(|s| s.damage.first().map_or("", String::as_str)).collect();
    let want = [
        "no such file or directory",
        "a zip archive: unpack it first",
        "member 1 at byte 0: unexpected end",
        "",
        "",
        "not a regular file",
    ];
    assert_eq!(damage, want);
}

#[test]
fn the_sink_may_stop_and_a_byte_order_mark_is_no_text() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = write(dir.path(), "dump", &[&b"\xef\xbb\xbf"[..], &sample()].concat());
    let inputs = Inputs::discover(&[path]).expect("inputs");
    let options = ReadOptions { chunk_bytes: 100, ..ReadOptions::default() };
    let mut first = None;
    let scanned = inputs.scan(
        &options,
        || (),
        |(), chunk| chunk.offset,
        |_, offset| {
            first = first.or(Some(offset));
            ControlFlow::Break(())
        },
    );
    assert_eq!((first, scanned.expect("a scan").summaries.len()), (Some(3), 1));
}

#[test]
fn json_over_several_lines_keeps_offsets_and_line_numbers() {
    let dir = tempfile::tempdir().expect("a directory");
    let text = b"executing [x]...; duration: 1s\n{\n  \"_msg\": \"a\"\n}\n{\n  \"_msg\": \"b\"\n}\n";
    let (seen, summaries) = scan(&[write(dir.path(), "pretty", text)], &ReadOptions::default());
    let lines: Vec<(u64, u64)> = seen.iter().filter(|l| l.3.starts_with('{')).map(|l| (l.1, l.2)).collect();
    assert_eq!(lines, [(31, 1), (49, 4)]);
    assert_eq!((summaries[0].lines, summaries[0].format), (7, "json"));
}

#[test]
fn results_that_wait_are_told_before_the_scan_waits_for_its_input() {
    let dir = tempfile::tempdir().expect("a directory");
    let inputs = Inputs::discover(&[write(dir.path(), "a", b"{}\n{}\n{}\n"), "-".into()]).expect("inputs");
    let options = ReadOptions { threads: 2, chunk_bytes: 3, ..ReadOptions::default() };
    // Standard input says something once the rows of the file have arrived.
    let (arrived, waits) = channel();
    struct Late(Receiver<()>, usize);
    impl Read for Late {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            while self.1 < 3 {
                let patience = std::time::Duration::from_secs(60);
                self.0.recv_timeout(patience).map_err(|_| std::io::ErrorKind::TimedOut)?;
                self.1 += 1;
            }
            Ok(0)
        }
    }
    let work = |(): &mut (), chunk: Chunk<'_>| chunk.may_wait();
    let sink = |_: Place, ()| {
        let _ = arrived.send(());
        ControlFlow::Continue(())
    };
    let scanned = inputs.scan_from(&options, &mut Late(waits, 0), || (), work, sink).expect("a scan");
    assert!(scanned.summaries.iter().all(|s| s.damage.is_empty()), "{:?}", scanned.summaries);
}

#[test]
fn a_panic_in_a_worker_is_told_and_not_waited_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = write(dir.path(), "dump", &sample());
    let inputs = Inputs::discover(&[path]).expect("inputs");
    let options = ReadOptions { threads: 2, chunk_bytes: 100, ..ReadOptions::default() };
    let run = std::panic::AssertUnwindSafe(|| {
        inputs.scan(
            &options,
            || (),
            |(), chunk| assert!(chunk.offset < 5000, "as planned"),
            |_, ()| ControlFlow::Continue(()),
        )
    });
    assert!(std::panic::catch_unwind(run).is_err());
}
