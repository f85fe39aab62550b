//! Input: evidence from files, directories and standard input to chunks of whole lines.
//!
//! Belongs here: finding inputs, opening them read-only, memory maps, decompression, hashing, cutting at record ends,
//! the ledger of bytes and lines. Elsewhere: what a line says ([`crate::record`]).
//!
//! Results come back in input order whatever the number of threads: [`Inputs::scan`] hands every chunk to a worker that
//! owns its state, and the results to one sink, by (input, chunk) order.
//!
//! Nothing wrong with an input ends a run: it is told in [`Summary::damage`] and in [`Inputs::notes`], and the caller
//! answers for it with its exit code. What can be read of a damaged input is read.

mod account;
mod conveyor;
mod decompress;
mod digest;
mod discover;
mod dispenser;
mod feeder;
mod gate;
mod layout;
mod mmap;
mod partial;
mod progress;
mod source;
mod split;
mod stitch;

pub use digest::hex;
pub use progress::Progress;

use std::cell::Cell;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// How the evidence is read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Worker threads; 0 means one per available core.
    pub threads: usize,
    pub mode: ReadMode,
    pub hash: Hash,
    /// Bytes a chunk aims at. Results never depend on it.
    pub chunk_bytes: usize,
    /// Longest line that is read whole, without its line end. Of a longer one the first bytes are kept, so that it is
    /// counted and located as malformed, and the damage says where.
    pub line_bytes_max: usize,
    /// Where the bytes read are counted, for whoever waits.
    pub progress: Option<&'static Progress>,
}

impl ReadOptions {
    /// [`ReadOptions::threads`] with the cores counted.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n,
        }
    }
}

/// The default of [`ReadOptions::line_bytes_max`]: eight times the longest record the store takes in.
pub const LINE_BYTES_MAX: usize = 16 << 20;

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            threads: 0,
            mode: ReadMode::Map,
            hash: Hash::Sha256,
            chunk_bytes: 8 << 20,
            line_bytes_max: LINE_BYTES_MAX,
            progress: None,
        }
    }
}

/// How plain files reach the workers. Compressed files, pipes and multi-line JSON are always read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    /// Windows of the file are mapped, one per worker.
    Map,
    /// Windows of the file are copied.
    Read,
}

/// The digest that names an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Blake3,
    /// No digest: for benches and for queries, which carry none.
    None,
}

/// Why nothing could be read at all. What happens to one input among others is told in its [`Summary`].
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("cannot read {path}: {}", reason(.source))]
    Io { path: String, source: std::io::Error },
    #[error("no dump found in {path}{}", passed_by(*.links))]
    Empty { path: String, links: usize },
}

/// A path as text that keeps paths apart: bytes that are no UTF-8 are written `\xNN`.
pub fn shown(path: &std::path::Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let mut out = String::new();
    for chunk in path.as_os_str().as_bytes().utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    out
}

/// Why a directory that is not empty may hold no dump.
fn passed_by(links: usize) -> String {
    match links {
        0 => String::new(),
        1 => ": 1 link, which is not followed: name it".to_owned(),
        n => format!(": {n} links, which are not followed: name them"),
    }
}

/// The reason of a system error in this program's words: lower case, without the error's number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// One piece of evidence, named as on the command line.
#[derive(Debug, Clone)]
pub struct Input {
    /// The argument as given, or the argument, `/` and the path below it for a file of a directory.
    pub name: String,
    pub path: PathBuf,
    /// What it was when it was found.
    found: Found,
}

/// What stood at a path when it was looked at. What is opened there later has to be the same.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// Device and inode of a regular file.
    identity: Option<(u64, u64)>,
    /// It was found in a directory, where links are not followed.
    in_directory: bool,
    /// Why it is not even opened.
    refused: Option<&'static str>,
}

impl Input {
    /// Whether this is standard input, written `-`.
    pub fn is_stdin(&self) -> bool {
        self.path.as_os_str() == "-"
    }
}

/// Whole lines of one input.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// Index into [`Inputs::inputs`].
    pub input: usize,
    /// Place of `bytes` in the (decompressed) input.
    pub offset: u64,
    pub bytes: &'a [u8],
}

/// One line of a chunk, without its line end.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Place of the line in the (decompressed) input.
    pub offset: u64,
    /// 0-based number of the line within its chunk; add [`Place::lines_before`] for the input's line number.
    pub index: u64,
    pub bytes: &'a [u8],
}

thread_local! {
    /// What [`Chunk::tell_lines`] was told during the current piece of work.
    static LINES_TOLD: Cell<Option<u64>> = const { Cell::new(None) };
    /// Whether [`Chunk::may_wait`] was called during the current piece of work.
    static MAY_WAIT: Cell<bool> = const { Cell::new(false) };
}

impl<'a> Chunk<'a> {
    /// The lines of the chunk, blank ones included.
    pub fn lines(&self) -> impl Iterator<Item = Line<'a>> + use<'a> {
        let (bytes, base) = (self.bytes, self.offset);
        let mut at = 0;
        let mut index = 0;
        std::iter::from_fn(move || {
            if at >= bytes.len() {
                return None;
            }
            let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
            let line = &bytes[at..end];
            let line = Line { offset: base + at as u64, index, bytes: line.strip_suffix(b"\r").unwrap_or(line) };
            at = end + 1;
            index += 1;
            Some(line)
        })
    }

    /// Saves a second look at the bytes: whoever counted the chunk's lines anyway, blank ones included, says so while
    /// still in `work`.
    pub fn tell_lines(&self, lines: u64) {
        LINES_TOLD.set(Some(lines));
    }

    /// Nobody waits for the chunk's result, which is small: it may reach the sink together with later ones.
    pub fn may_wait(&self) {
        MAY_WAIT.set(true);
    }
}

/// Where a chunk's result belongs, told to the sink.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub input: usize,
    pub offset: u64,
    /// Lines of this input before the chunk.
    pub lines_before: u64,
    /// Bytes of the chunk vanished while it was worked on: line ends stood in their place.
    pub is_torn: bool,
}

/// What is known of an input once it was read to its end.
#[derive(Debug, Clone)]
pub struct Summary {
    pub name: String,
    /// Lower-case hex of the file's bytes as stored, empty when no digest was asked for.
    pub digest: String,
    /// Size of the file as stored.
    pub bytes: u64,
    pub lines: u64,
    /// `ndjson`, `json` (an array or objects over several lines), `docker`, `cri`, `syslog`, `journald`, `compose`,
    /// `kubectl`, `text-log` or `unknown`, with `.gz` or `.zst` behind it.
    pub format: &'static str,
    /// What is wrong with it: cut, changed while read, damaged at an offset.
    pub damage: Vec<String>,
    /// It lost bytes while it was read: in the last ones that were seen of it, zeros or line ends may stand for others.
    pub has_shrunk: bool,
}

/// A finished scan: one state per worker (in no meaningful order) and one summary per input.
pub struct Scanned<W> {
    pub workers: Vec<W>,
    pub summaries: Vec<Summary>,
}

/// The evidence of one run, in one stable order.
#[derive(Debug, Clone)]
pub struct Inputs {
    inputs: Vec<Input>,
    notes: Vec<String>,
    /// Stored bytes of all regular files: how much work there is.
    bytes: u64,
}

impl Inputs {
    /// Resolves arguments: files as they are, directories walked in byte order, `-` is standard input.
    ///
    /// What cannot be read stays an input, whose summary says why: an argument, a directory below one, a file below one
    /// that may hold records but not in a form that is read. Only when no argument can be read is it an error. In
    /// directories links are not followed, and files that hold no records are noted. A file reached twice is read once.
    pub fn discover(args: &[PathBuf]) -> Result<Inputs, InputError> {
        discover::discover(args)
    }

    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What was found and is not read, and why: other files in a directory, a file given twice.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Stored bytes of all regular files, for progress.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads everything once. `work` runs on any thread with that thread's own state; `sink` runs on the calling thread,
    /// in input order, and may stop the scan. Standard input is the process's own.
    pub fn scan<W: Send, T: Send>(
        &self,
        options: &ReadOptions,
        make: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, Chunk<'_>) -> T + Sync,
        sink: impl FnMut(Place, T) -> ControlFlow<()>,
    ) -> Result<Scanned<W>, InputError> {
        self.scan_from(options, &mut std::io::stdin(), make, work, sink)
    }

    /// [`Inputs::scan`] with `-` read from `stdin`.
    pub fn scan_from<W: Send, T: Send>(
        &self,
        options: &ReadOptions,
        stdin: &mut (dyn Read + Send),
        make: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, Chunk<'_>) -> T + Sync,
        sink: impl FnMut(Place, T) -> ControlFlow<()>,
    ) -> Result<Scanned<W>, InputError> {
        if let Some(progress) = options.progress {
            progress.begin(self.bytes);
        }
        conveyor::run(self, options, stdin, make, work, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn names_that_are_no_text_stay_apart() {
        let name = |bytes: &[u8]| shown(std::path::Path::new(std::ffi::OsStr::from_bytes(bytes)));
        assert_eq!(name(b"a-\xff\xfe.json"), "a-\\xff\\xfe.json");
        assert_eq!(name("ä\u{202e}".as_bytes()), "ä\u{202e}");
        assert_ne!(name(b"\xfe\xff"), name(b"\xff\xfe"));
    }
}
