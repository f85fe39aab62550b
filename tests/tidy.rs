//! The warden: the walls of the house, held by reading the source.
//!
//! Not a parser. Comments and string literals are blanked first, then paths are read as text; that is enough to catch a
//! wrong turn, and an honest one is never caught.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may name whom. A room may always name itself.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("redact", &[]),
    ("input", &[]),
    ("record", &[]),
    ("finding", &["input", "record", "redact"]),
    ("logsql", &["record"]),
    ("store", &["input", "logsql", "record", "redact"]),
    ("auth", &["finding", "input", "record", "redact"]),
    ("classify", &["auth", "finding", "input", "logsql", "record", "redact"]),
    ("aggregate", &["finding", "record", "redact"]),
    ("report", &["aggregate", "auth", "classify", "finding", "input", "logsql", "record", "redact"]),
    ("scan", &["aggregate", "auth", "classify", "finding", "input", "logsql", "record", "redact", "report", "store"]),
    (
        "cli",
        &["aggregate", "auth", "classify", "finding", "input", "logsql", "record", "redact", "report", "scan", "store"],
    ),
];

/// Words that only some files may use: the word, why, and where it is at home.
const AT_HOME: &[(&str, &str, &[&str])] = &[
    (
        "unsafe ",
        "unsafe has one address, and a contract at each site",
        &["input/mmap.rs", "record/kernel", "redact/kernel.rs"],
    ),
    ("polars", "polars lives behind one wall", &["aggregate/", "report/parquet.rs"]),
    ("std::process::Command", "nothing here starts a process", &[]),
    ("std::net", "nothing here talks to a network", &[]),
    ("process::exit", "only the door ends the process", &[]),
    ("println!", "only cli prints, and through its streams", &[]),
    ("eprint", "only cli prints, and through its streams", &[]),
    ("dbg!", "left over", &[]),
    ("todo!", "left over", &[]),
    ("unimplemented!", "left over", &[]),
    ("SystemTime", "the clock is an input", &["cli/"]),
    ("Instant::now", "the clock is an input", &["cli/"]),
    ("std::env", "the environment belongs to cli", &["cli/"]),
    (
        "HashMap",
        "no unordered map where output is made",
        &["auth/", "classify/", "cli/", "input/", "logsql/", "record/", "redact/", "scan", "store/"],
    ),
    (
        "HashSet",
        "no unordered set where output is made",
        &["auth/", "classify/", "cli/", "input/", "logsql/", "record/", "redact/", "scan", "store/"],
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Source files below `src/`, by path relative to it, with comments, literals and test modules blanked.
fn sources() -> BTreeMap<String, String> {
    let src = root().join("src");
    files_below(&src, "rs")
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&src).expect("below src").to_string_lossy().into_owned();
            (name, blank(&std::fs::read_to_string(&path).expect("UTF-8 source")))
        })
        .collect()
}

/// Replaces comments, string and character literals by spaces, so that words in them do not count. Line numbers stay.
fn blank(text: &str) -> String {
    let b = text.as_bytes();
    let mut out = Vec::with_capacity(b.len());
    let mut at = 0;
    while at < b.len() {
        let end = match b[at] {
            b'/' if b[at..].starts_with(b"//") => b[at..].iter().position(|&c| c == b'\n').map_or(b.len(), |n| at + n),
            b'/' if b[at..].starts_with(b"/*") => text[at..].find("*/").map_or(b.len(), |n| at + n + 2),
            b'r' if raw_string(b, at).is_some() => raw_string(b, at).expect("just seen"),
            b'"' => string(b, at),
            b'\'' => character(b, at),
            _ => {
                out.push(b[at]);
                at += 1;
                continue;
            }
        };
        out.extend(b[at..end].iter().map(|&c| if c == b'\n' { b'\n' } else { b' ' }));
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn raw_string(b: &[u8], at: usize) -> Option<usize> {
    if at > 0 && (b[at - 1].is_ascii_alphanumeric() || b[at - 1] == b'_') && b[at - 1] != b'b' {
        return None;
    }
    let hashes = b[at + 1..].iter().take_while(|&&c| c == b'#').count();
    if b.get(at + 1 + hashes) != Some(&b'"') {
        return None;
    }
    let close = [&b"\""[..], &vec![b'#'; hashes]].concat();
    let body = at + 2 + hashes;
    (body..b.len()).find(|&i| b[i..].starts_with(&close)).map(|i| i + close.len())
}

fn string(b: &[u8], at: usize) -> usize {
    let mut i = at + 1;
    while i < b.len() && b[i] != b'"' {
        i += if b[i] == b'\\' { 2 } else { 1 };
    }
    (i + 1).min(b.len())
}

/// A character literal, or one byte if the quote begins a lifetime.
fn character(b: &[u8], at: usize) -> usize {
    if b.get(at + 1) == Some(&b'\\') {
        return (at + 3..b.len()).find(|&i| b[i] == b'\'').map_or(b.len(), |i| i + 1);
    }
    (at + 2..(at + 6).min(b.len())).find(|&i| b[i] == b'\'').map_or(at + 1, |i| i + 1)
}

fn room(file: &str) -> &str {
    let first = file.split('/').next().expect("a path");
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The rooms a file names: `crate::room`, also inside one grouped `use crate::{…}`.
fn named_rooms(text: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut head = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => rooms.extend(first_word(&std::mem::take(&mut head))),
                    _ if depth == 0 => head.push(c),
                    _ => {}
                }
            }
            rooms.extend(first_word(&head));
        } else {
            rooms.extend(first_word(rest));
        }
    }
    rooms
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!word.is_empty()).then_some(word)
}

#[test]
fn rooms_only_name_rooms_below_them() {
    let table: BTreeMap<&str, &[&str]> = MAY_NAME.iter().copied().collect();
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let here = room(&file);
        if matches!(here, "lib" | "main") {
            continue;
        }
        let allowed = table.get(here).unwrap_or_else(|| panic!("room {here} is not in the table"));
        for named in named_rooms(&text) {
            if named != here && table.contains_key(named.as_str()) && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{file} names {named}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nobody_climbs_out_of_a_room_through_super() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let depth = file.split('/').count() - usize::from(file.ends_with("mod.rs"));
        let longest = text
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
            .map(|path| path.split("::").take_while(|part| *part == "super").count())
            .max()
            .unwrap_or(0);
        // An inline test module adds one level.
        if longest > depth {
            wrong.push(format!("{file}: super {longest} times at depth {depth}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_stay_where_they_are_at_home() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (word, reason, homes) in AT_HOME {
            if homes.iter().any(|home| file.starts_with(home)) {
                continue;
            }
            if let Some(at) = text.find(word) {
                let line = text[..at].matches('\n').count() + 1;
                wrong.push(format!("{file}:{line}: {} ({reason})", word.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_source_file_is_declared_by_its_folder() {
    let sources = sources();
    let mut wrong = Vec::new();
    for file in sources.keys() {
        if matches!(file.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let path = Path::new(file);
        let (folder, name) = if file.ends_with("/mod.rs") {
            let folder = path.parent().expect("a folder");
            (folder.parent().expect("src"), folder.file_name().expect("a name").to_string_lossy())
        } else {
            (path.parent().expect("a folder"), path.file_stem().expect("a name").to_string_lossy())
        };
        let door = if folder.as_os_str().is_empty() { "lib.rs".into() } else { format!("{}/mod.rs", folder.display()) };
        // A file of the older layout: `x.rs` beside the folder `x/`.
        let door = if sources.contains_key(&door) { door } else { format!("{}.rs", folder.display()) };
        let declared = sources.get(&door).is_some_and(|text| {
            text.lines().any(|l| {
                l.trim_start()
                    .trim_start_matches("pub ")
                    .trim_start_matches("pub(crate) ")
                    .trim_start_matches("pub(super) ")
                    == format!("mod {name};")
            })
        });
        if !declared {
            wrong.push(format!("{file} is not declared in {door}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_says_what_belongs_there() {
    let src = root().join("src");
    let silent: Vec<_> = files_below(&src, "rs")
        .into_iter()
        .filter(|path| !std::fs::read_to_string(path).expect("UTF-8 source").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn no_drawer_for_everything() {
    let drawers: Vec<_> = sources()
        .into_keys()
        .filter(|file| {
            ["utils", "util", "helpers", "common", "misc"]
                .iter()
                .any(|d| file.ends_with(&format!("{d}.rs")) || file.contains(&format!("{d}/")))
        })
        .collect();
    assert!(drawers.is_empty(), "{drawers:#?}");
}

/// Crates that are, or carry, a network client. `tokio` and `socket2` are named by polars' core and open nothing.
const NETWORK: &[&str] = &[
    "reqwest",
    "hyper",
    "rustls",
    "native-tls",
    "openssl-sys",
    "object_store",
    "ureq",
    "curl",
    "curl-sys",
    "h2",
    "quinn",
    "isahc",
    "attohttpc",
    "tungstenite",
    "surf",
    "awc",
    "hickory-resolver",
];

#[test]
fn no_crate_of_the_product_is_a_network_client() {
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-e",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--all-features",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    let linked: BTreeSet<&str> = tree.lines().filter_map(|l| l.split(' ').next()).collect();
    assert!(linked.contains("memchr"), "the tree was read");
    let clients: Vec<_> = NETWORK.iter().filter(|c| linked.contains(*c)).collect();
    assert!(clients.is_empty(), "{clients:?}");
}

#[test]
fn the_warden_sees_what_it_should() {
    assert_eq!(named_rooms("use crate::{cli::{a, b}, record::Raw};"), ["cli", "record"].map(String::from).into());
    assert_eq!(named_rooms("fn f() { crate::report::model::X }"), ["report"].map(String::from).into());
    let blanked = blank("let a = \"unsafe \"; // unsafe here\nlet b = r#\"unsafe \"#; let c = '\"'; unsafe { }");
    assert_eq!(blanked.matches("unsafe").count(), 1);
    assert_eq!(blanked.lines().count(), 2);
}
