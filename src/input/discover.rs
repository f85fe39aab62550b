//! Arguments to inputs, in one stable order.

use super::{Input, InputError, Inputs, layout, source};
use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Directories below one another that are entered.
const DEPTH_MAX: usize = 64;

pub fn discover(args: &[PathBuf]) -> Result<Inputs, InputError> {
    let mut found = Finds::default();
    let mut first_error = None;
    let mut readable = 0;
    for arg in args {
        match found.argument(arg) {
            Ok(()) => readable += 1,
            Err(e) => {
                let refused = matches!(e, InputError::Empty { .. }).then_some("no dump found in it");
                found.push(arg, super::Found { refused, ..super::Found::default() });
                first_error = first_error.or(Some(e));
            }
        }
    }
    match first_error {
        Some(e) if readable == 0 => Err(e),
        _ => Ok(Inputs { inputs: found.inputs, notes: found.notes, bytes: found.bytes }),
    }
}

#[derive(Default)]
struct Finds {
    inputs: Vec<Input>,
    notes: Vec<String>,
    bytes: u64,
    /// Device and inode of every file taken, and the name it was taken under.
    seen: HashMap<(u64, u64), String>,
}

impl Finds {
    fn push(&mut self, path: &Path, found: super::Found) {
        self.inputs.push(Input { name: super::shown(path), path: path.to_path_buf(), found });
    }

    fn argument(&mut self, arg: &Path) -> Result<(), InputError> {
        if arg.as_os_str() == "-" {
            if self.inputs.iter().any(Input::is_stdin) {
                self.notes.push("standard input was given twice: read once".to_owned());
            } else {
                self.push(arg, super::Found::default());
            }
            return Ok(());
        }
        let path = || super::shown(arg);
        let meta = std::fs::metadata(arg).map_err(|source| InputError::Io { path: path(), source })?;
        if !meta.is_dir() {
            self.file(arg, &meta, false);
            return Ok(());
        }
        let before = self.inputs.len();
        let mut entries = Vec::new();
        walk(arg, 0, &mut entries).map_err(|source| InputError::Io { path: path(), source })?;
        for (path, refused) in &entries {
            match refused {
                Some(_) => self.push(path, super::Found { refused: *refused, in_directory: true, identity: None }),
                None => self.found_file(path),
            }
        }
        if self.inputs.len() == before && !entries.iter().any(|(path, _)| self.is_taken(path)) {
            let links = entries.iter().filter(|(path, _)| path.is_symlink()).count();
            return Err(InputError::Empty { path: path(), links });
        }
        Ok(())
    }

    fn is_taken(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|m| self.seen.contains_key(&(m.dev(), m.ino())))
    }

    /// Takes a file unless it was taken under another name.
    fn file(&mut self, path: &Path, meta: &std::fs::Metadata, in_directory: bool) {
        let name = super::shown(path);
        let mut found = super::Found { in_directory, ..super::Found::default() };
        if meta.is_file() {
            found.identity = Some((meta.dev(), meta.ino()));
            if let Some(other) = self.seen.get(&(meta.dev(), meta.ino())) {
                let same = if *other == name { "given twice".to_owned() } else { format!("the same file as {other}") };
                self.notes.push(format!("{name}: {same}: read once"));
                return;
            }
            self.seen.insert((meta.dev(), meta.ino()), name);
            self.bytes += meta.len();
        }
        self.push(path, found);
    }

    /// Takes a file of a directory unless it is known to hold no records. What may hold some is taken, so that its
    /// summary says why none was read.
    fn found_file(&mut self, path: &Path) {
        match std::fs::symlink_metadata(path) {
            Ok(meta) if meta.is_file() => match source::head(path) {
                Ok(head) => match layout::why_no_dump(&head) {
                    None => self.file(path, &meta, true),
                    Some(why) => self.notes.push(format!("{}: {why}: not read", super::shown(path))),
                },
                Err(_) => self.file(path, &meta, true),
            },
            Ok(meta) if meta.is_symlink() => self.notes.push(format!("{}: a link: not followed", super::shown(path))),
            Ok(_) => self.notes.push(format!("{}: not a regular file: not read", super::shown(path))),
            Err(_) => self.push(path, super::Found { in_directory: true, ..super::Found::default() }),
        }
    }
}

/// A path below a directory, and why it is not even opened.
type Entry = (PathBuf, Option<&'static str>);

/// All files below a directory in byte order of their names, links included and never followed. A directory that is not
/// entered is told like a file.
fn walk(dir: &Path, depth: usize, out: &mut Vec<Entry>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by(|a, b| a.file_name().as_bytes().cmp(b.file_name().as_bytes()));
    for entry in entries {
        let path = entry.path();
        if !entry.file_type()?.is_dir() {
            out.push((path, None));
        } else if depth >= DEPTH_MAX {
            out.push((path, Some("too many directories deep: not entered")));
        } else if let Err(e) = walk(&path, depth + 1, out) {
            out.push((path, Some(closed(&e))));
        }
    }
    Ok(())
}

fn closed(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "permission denied: not entered",
        std::io::ErrorKind::NotFound => "removed before it was entered",
        _ => "the system refused to list it: not entered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_give_their_dumps_in_byte_order_and_note_the_rest() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        let record = "{\"_msg\":\"x\"}\n{\"_msg\":\"y\"}\n";
        for name in ["b.ndjson", "B.log", "sub/a"] {
            std::fs::create_dir_all(at("sub")).expect("a directory");
            std::fs::write(at(name), record).expect("a file");
        }
        std::fs::write(at("note.txt"), "hello\n").expect("a file");
        std::fs::write(at("token.json"), "{\n  \"access_token\": \"x\"\n}\n").expect("a file");
        std::os::unix::fs::symlink(at("b.ndjson"), at("z")).expect("a link");
        let inputs = discover(&[dir.path().to_path_buf(), at("b.ndjson")]).expect("inputs");
        let names: Vec<String> = inputs
            .inputs()
            .iter()
            .map(|i| i.path.strip_prefix(dir.path()).expect("below").display().to_string())
            .collect();
        assert_eq!(names, ["B.log", "b.ndjson", "sub/a"]);
        assert_eq!(inputs.notes().len(), 4, "{:?}", inputs.notes());
    }

    #[test]
    fn what_may_hold_records_but_is_not_read_stays_an_input() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("a"), "{\"_msg\":\"x\"}\n{\"_msg\":\"y\"}\n").expect("a file");
        std::fs::write(at("b.xz"), b"\xfd7zXZ\x00..").expect("a file");
        std::fs::write(at("c.png"), b"\x89PNG\r\n\x1a\n").expect("a file");
        std::fs::create_dir_all(at(&"d/".repeat(DEPTH_MAX + 1))).expect("directories");
        let inputs = discover(&[dir.path().to_path_buf()]).expect("inputs");
        let said: Vec<String> = inputs.inputs().iter().filter_map(|i| source::open(i).err()).collect();
        assert_eq!(said, ["xz-compressed: decompress it first", "too many directories deep: not entered"]);
        assert_eq!(inputs.notes().len(), 1, "{:?}", inputs.notes());
    }

    #[test]
    fn a_directory_of_links_says_so() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["a", "b"] {
            std::os::unix::fs::symlink("/dev/null", dir.path().join(name)).expect("a link");
        }
        let said = discover(&[dir.path().to_path_buf()]).expect_err("nothing to read").to_string();
        assert!(said.ends_with(": 2 links, which are not followed: name them"), "{said}");
    }

    #[test]
    fn what_was_swapped_since_it_was_found_is_not_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let outside = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        let secret = outside.path().join("secret");
        std::fs::write(&secret, "{\"_msg\":\"outside\"}\n").expect("a file");
        std::fs::create_dir(at("sub")).expect("a directory");
        std::fs::create_dir(outside.path().join("sub")).expect("a directory");
        std::fs::hard_link(&secret, outside.path().join("sub/c")).expect("a link");
        for name in ["a", "b", "sub/c", "d"] {
            std::fs::write(at(name), "{\"_msg\":\"x\"}\n{\"_msg\":\"y\"}\n").expect("a file");
        }
        let inputs = discover(&[dir.path().to_path_buf()]).expect("inputs");
        // A link, another file, a link in the place of the directory, nothing at all.
        std::fs::remove_file(at("a")).expect("removed");
        std::os::unix::fs::symlink(&secret, at("a")).expect("a link");
        std::fs::hard_link(&secret, at("b.new")).expect("a link");
        std::fs::rename(at("b.new"), at("b")).expect("renamed");
        std::fs::rename(at("sub"), outside.path().join("old")).expect("renamed");
        std::os::unix::fs::symlink(outside.path().join("sub"), at("sub")).expect("a link");
        let said: Vec<String> = inputs.inputs().iter().map(|i| source::open(i).err().unwrap_or_default()).collect();
        assert_eq!(said, ["a link, which is not followed", SWAPPED, "", SWAPPED]);
        // A link that was named on the command line is followed; a file swapped since then is told.
        let named = discover(&[at("a")]).expect("an input");
        assert!(source::open(&named.inputs()[0]).is_ok());
        std::fs::remove_file(at("a")).expect("removed");
        std::fs::write(at("a"), "{}\n").expect("a file");
        assert_eq!(source::open(&named.inputs()[0]).err().as_deref(), Some(SWAPPED));
    }

    const SWAPPED: &str = "replaced by another file before it was read";

    #[test]
    fn one_missing_argument_among_others_stays_an_input() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("a"), "{}\n").expect("a file");
        let inputs = discover(&[dir.path().join("a"), dir.path().join("none")]).expect("inputs");
        assert_eq!(inputs.inputs().len(), 2);
        let alone = discover(&[dir.path().join("none")]).expect_err("nothing to read").to_string();
        assert!(alone.ends_with("none: no such file or directory"), "{alone}");
        let empty = tempfile::tempdir().expect("a directory");
        assert!(matches!(discover(&[empty.path().to_path_buf()]), Err(InputError::Empty { .. })));
        let beside = discover(&[dir.path().join("a"), empty.path().to_path_buf()]).expect("inputs");
        assert_eq!(source::open(&beside.inputs()[1]).err().as_deref(), Some("no dump found in it"));
    }
}
