//! Finding and opening credential files: no link is followed, nothing but a regular file is read, everything is bounded.

use super::json::{self, FaultKind, Object, Value};
use crate::input::{reason, shown};
use crate::redact::Safe;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Larger files are refused unread; the server's own files are a few kilobytes.
pub const READ_BYTES_MAX: u64 = 16 << 20;
/// Larger files are read but are no plausible logins.
pub const PLAUSIBLE_BYTES_MAX: u64 = 1 << 20;
/// Directories below this depth are not entered.
const WALK_DEPTH_MAX: usize = 32;

/// An argument that cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    #[error("cannot read {path}: {}", reason(source))]
    Io { path: String, source: std::io::Error },
    #[error("cannot use {threads} threads: {reason}")]
    Threads { threads: usize, reason: String },
}

/// One entry below an argument.
pub struct Entry {
    /// As printed: the argument, `/` and the path below it.
    pub shown: String,
    /// The path below the argument, or the file's own name.
    pub below: String,
    pub real: PathBuf,
    /// The directory argument it was found in, itself when it was named directly.
    pub root: PathBuf,
    pub is_link: bool,
}

/// What a walk found.
#[derive(Default)]
pub struct Found {
    pub entries: Vec<Entry>,
    /// What could not be entered, and why.
    pub missed: Vec<Safe>,
}

/// Finds every file below the arguments, in the byte order of their paths, each once. An argument among others that
/// cannot be read is missed; only when none can be read is it an error.
pub fn discover(paths: &[PathBuf]) -> Result<Found, AuthError> {
    let mut found = Found::default();
    let mut failures = Vec::new();
    for path in paths {
        if let Err(source) = argument(&mut found, path) {
            failures.push(AuthError::Io { path: shown(path), source });
        }
    }
    if failures.len() == paths.len() && !failures.is_empty() {
        return Err(failures.swap_remove(0));
    }
    found.missed.extend(failures.iter().map(|e| Safe::own(e.to_string())));
    found.entries.sort_by(|a, b| a.shown.as_bytes().cmp(b.shown.as_bytes()));
    found.entries.dedup_by(|a, b| a.shown == b.shown);
    found.missed.sort();
    Ok(found)
}

fn argument(found: &mut Found, path: &Path) -> std::io::Result<()> {
    let name = shown(path);
    let trimmed = if name.len() > 1 { name.trim_end_matches('/') } else { &name };
    let meta = std::fs::symlink_metadata(path)?;
    // A directory that the caller names is entered even when it is a link; links below it are not.
    if meta.is_dir() || (meta.is_symlink() && path.is_dir()) {
        return walk(found, path, path, trimmed, "", 0);
    }
    let below = shown(Path::new(path.file_name().unwrap_or(path.as_os_str())));
    let root = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let shown = trimmed.to_owned();
    found.entries.push(Entry { shown, below, real: path.to_path_buf(), root, is_link: meta.is_symlink() });
    Ok(())
}

fn walk(found: &mut Found, root: &Path, dir: &Path, shown: &str, below: &str, depth: usize) -> std::io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = crate::input::shown(Path::new(&entry.file_name()));
        let shown = format!("{shown}/{name}");
        let below = if below.is_empty() { name } else { format!("{below}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if depth >= WALK_DEPTH_MAX {
                found.missed.push(Safe::own(format!("{shown}: deeper than {WALK_DEPTH_MAX} directories, not entered")));
            } else if let Err(e) = walk(found, root, &entry.path(), &shown, &below, depth + 1) {
                found.missed.push(Safe::own(format!("cannot read {shown}: {}", reason(&e))));
            }
        } else {
            let (real, root) = (entry.path(), root.to_path_buf());
            found.entries.push(Entry { shown, below, real, root, is_link: kind.is_symlink() });
        }
    }
    Ok(())
}

/// What the file system says about an opened file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meta {
    pub bytes: u64,
    /// Nanoseconds since the epoch.
    pub modified: Option<i64>,
    /// Permission bits; 0 where the system has none.
    pub mode: u32,
    pub owner: u32,
    /// Device and inode, to tell one file under two names.
    pub identity: (u64, u64),
    /// Names that the file has, on the whole device.
    pub names: u64,
}

/// Why there are no bytes to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    Dangling,
    /// A link that leads out of the argument, which is not followed.
    Outside,
    Denied,
    NotRegular,
    TooLarge,
    Changed,
    Failed,
}

/// Bytes of a file that was opened safely.
pub struct Opened {
    pub bytes: zeroize::Zeroizing<Vec<u8>>,
    pub meta: Meta,
}

/// Opens and reads one entry. A link is only resolved when its target lies below the same argument.
pub fn open(entry: &Entry) -> Result<Opened, Closed> {
    if !entry.is_link {
        return open_plain(&entry.real);
    }
    let target = match std::fs::canonicalize(&entry.real) {
        Ok(target) => target,
        Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => return Err(Closed::Denied),
        Err(_) => return Err(Closed::Dangling),
    };
    let root = std::fs::canonicalize(&entry.root).map_err(|_| Closed::Failed)?;
    if target.starts_with(&root) { open_plain(&target) } else { Err(Closed::Outside) }
}

fn open_plain(path: &Path) -> Result<Opened, Closed> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Without O_NONBLOCK a named pipe would hang the run before it can be recognised as one.
        options.custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC | libc::O_NONBLOCK);
    }
    let mut file = options.open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::PermissionDenied => Closed::Denied,
        std::io::ErrorKind::NotFound => Closed::Dangling,
        _ if e.raw_os_error() == Some(libc::ENXIO) => Closed::NotRegular,
        _ => Closed::Failed,
    })?;
    let before = file.metadata().map_err(|_| Closed::Failed)?;
    if !before.is_file() {
        return Err(Closed::NotRegular);
    }
    if before.len() > READ_BYTES_MAX {
        return Err(Closed::TooLarge);
    }
    let bytes = read_bounded(&mut file, before.len())?;
    let after = file.metadata().map_err(|_| Closed::Failed)?;
    let (before, after) = (meta_of(&before), meta_of(&after));
    if before != after || bytes.len() as u64 != after.bytes {
        return Err(Closed::Changed);
    }
    Ok(Opened { bytes, meta: after })
}

fn read_bounded(file: &mut File, expected: u64) -> Result<zeroize::Zeroizing<Vec<u8>>, Closed> {
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(expected as usize + 1));
    file.take(READ_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|_| Closed::Failed)?;
    if bytes.len() as u64 > READ_BYTES_MAX { Err(Closed::TooLarge) } else { Ok(bytes) }
}

fn meta_of(meta: &Metadata) -> Meta {
    let modified = meta.modified().ok().and_then(|t| match t.duration_since(std::time::UNIX_EPOCH) {
        Ok(d) => i64::try_from(d.as_nanos()).ok(),
        Err(e) => i64::try_from(e.duration().as_nanos()).ok().map(|n| -n),
    });
    #[cfg(unix)]
    let (mode, owner, identity, names) = {
        use std::os::unix::fs::MetadataExt as _;
        (meta.mode() & 0o7777, meta.uid(), (meta.dev(), meta.ino()), meta.nlink())
    };
    #[cfg(not(unix))]
    let (mode, owner, identity, names) = (0, 0, (0, 0), 1);
    Meta { bytes: meta.len(), modified, mode, owner, identity, names }
}

/// Permission bits and owner of a directory.
pub fn directory_meta(path: &Path) -> Option<Meta> {
    std::fs::metadata(path).ok().map(|meta| meta_of(&meta))
}

/// What the bytes of a file are, in the loader's eyes.
pub enum Content {
    Object {
        object: Object,
        duplicates: Vec<String>,
        crlf: bool,
    },
    /// The id of the one finding that says why the loader refuses it, and the byte where it was noticed.
    Refused {
        id: &'static str,
        offset: Option<usize>,
    },
}

/// Sorts bytes into an object or the most telling reason why there is none.
pub fn content(bytes: &[u8]) -> Content {
    let refused = |id, offset| Content::Refused { id, offset };
    if bytes.iter().all(|b| b.is_ascii_whitespace() || *b == 0x0b) {
        return refused("file-empty", None);
    }
    if is_utf16(bytes) {
        return refused("encoding-utf16", Some(0));
    }
    if let Some(at) = memchr::memchr(0, bytes) {
        return refused("nul-bytes", Some(at));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return refused("encoding-bom", Some(0));
    }
    match json::parse(bytes) {
        Ok(parsed) => match parsed.value {
            Value::Object(object) => Content::Object {
                object,
                duplicates: parsed.duplicates,
                crlf: memchr::memmem::find(bytes, b"\r\n").is_some(),
            },
            _ => refused("json-root-not-object", Some(0)),
        },
        Err(fault) => {
            if let Some(at) = conflict_marker(bytes) {
                return refused("git-conflict-markers", Some(at));
            }
            let id = match fault.kind {
                FaultKind::Truncated => "json-truncated",
                FaultKind::Trailing => "json-trailing-data",
                FaultKind::Invalid => "json-invalid",
            };
            refused(id, Some(fault.offset))
        }
    }
}

/// A byte order mark, or every other byte of the beginning a NUL.
fn is_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return true;
    }
    let head = &bytes[..bytes.len().min(64) & !1];
    head.len() >= 4
        && (head.chunks_exact(2).all(|pair| pair[0] == 0 && pair[1] != 0)
            || head.chunks_exact(2).all(|pair| pair[0] != 0 && pair[1] == 0))
}

/// The place of a merge conflict: an opening and a middle or closing marker, each at the beginning of a line.
fn conflict_marker(bytes: &[u8]) -> Option<usize> {
    let mut offset = 0;
    let mut opened = None;
    for line in bytes.split(|b| *b == b'\n') {
        let line_start = offset;
        offset += line.len() + 1;
        let line = line.trim_ascii_start();
        if line.starts_with(b"<<<<<<<") {
            opened = opened.or(Some(line_start));
        } else if opened.is_some() && (line.starts_with(b"=======") || line.starts_with(b">>>>>>>")) {
            return opened;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(bytes: &[u8]) -> &'static str {
        match content(bytes) {
            Content::Object { .. } => "object",
            Content::Refused { id, .. } => id,
        }
    }

    #[test]
    fn names_the_most_telling_reason() {
        assert_eq!(id(b""), "file-empty");
        assert_eq!(id(b" \r\n\t"), "file-empty");
        assert_eq!(id(b"\xef\xbb\xbf{}"), "encoding-bom");
        assert_eq!(id(b"\xff\xfe{\0}\0"), "encoding-utf16");
        assert_eq!(id(b"\0{\0\"\0a\0\""), "encoding-utf16");
        assert_eq!(id(b"{}\0\0\0"), "nul-bytes");
        assert_eq!(id(&[0; 512]), "nul-bytes");
        assert_eq!(id(b"{\"a\":1"), "json-truncated");
        assert_eq!(id(b"{\"a\":1}}"), "json-trailing-data");
        assert_eq!(id(b"{\"a\":1,,}"), "json-invalid");
        assert_eq!(id(b"[1]"), "json-root-not-object");
        assert_eq!(id(b"null\n"), "json-root-not-object");
        assert_eq!(id(b"{\n<<<<<<< HEAD\n\"a\":1\n=======\n\"a\":2\n>>>>>>> x\n}"), "git-conflict-markers");
        assert_eq!(id(b"{\"a\":\"<<<<<<< ======= >>>>>>>\"}"), "object");
    }

    #[cfg(unix)]
    #[test]
    fn opens_only_what_is_a_file_inside() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("in")).expect("made");
        std::fs::write(at("in/real.json"), "{}").expect("written");
        std::fs::write(at("secret.json"), "{}").expect("written");
        for (link, target) in [
            ("in/near.json", "real.json"),
            ("in/out.json", "../secret.json"),
            ("in/gone.json", "nowhere"),
            ("in/dev.json", "/dev/zero"),
        ] {
            std::os::unix::fs::symlink(target, at(link)).expect("linked");
        }
        let found = discover(&[at("in")]).expect("found");
        let results: Vec<(&str, Option<Closed>)> =
            found.entries.iter().map(|e| (e.below.as_str(), open(e).err())).collect();
        assert_eq!(
            results,
            [
                ("dev.json", Some(Closed::Outside)),
                ("gone.json", Some(Closed::Dangling)),
                ("near.json", None),
                ("out.json", Some(Closed::Outside)),
                ("real.json", None),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            let _ = content(&bytes);
        }
    }
}
