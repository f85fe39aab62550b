//! Opening one input: what it is, how it will be read, and whether it is still the same file afterwards.

use super::layout::{self, Codec, Layout};
use super::{Input, decompress, reason};
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The first bytes of a file, decompressed, or why it is refused.
pub struct Head {
    pub text: Result<Vec<u8>, &'static str>,
}

/// What an open file was like: a change of any of these is damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    pub bytes: u64,
    modified: (i64, i64),
}

impl Stamp {
    pub fn of(meta: &Metadata) -> Self {
        Stamp { device: meta.dev(), inode: meta.ino(), bytes: meta.len(), modified: (meta.mtime(), meta.mtime_nsec()) }
    }

    /// Whether the file at this path is the same and shorter now.
    pub fn has_shrunk(&self, path: &Path) -> bool {
        let now = std::fs::metadata(path).map(|meta| Stamp::of(&meta));
        now.is_ok_and(|now| (now.device, now.inode) == (self.device, self.inode) && now.bytes < self.bytes)
    }

    /// What happened between this look and a later one at the same path.
    pub fn difference(&self, path: &Path) -> Option<String> {
        let Ok(meta) = std::fs::metadata(path) else { return Some("removed while being read".to_owned()) };
        let now = Stamp::of(&meta);
        if (now.device, now.inode) != (self.device, self.inode) {
            return Some("replaced by another file while being read".to_owned());
        }
        match now.bytes.cmp(&self.bytes) {
            std::cmp::Ordering::Less => {
                Some(format!("shrank from {} to {} bytes while being read", self.bytes, now.bytes))
            }
            std::cmp::Ordering::Greater => Some(format!(
                "grew from {} to {} bytes while being read: the first {} were read",
                self.bytes, now.bytes, self.bytes
            )),
            std::cmp::Ordering::Equal if now.modified != self.modified => {
                Some("written to while being read".to_owned())
            }
            std::cmp::Ordering::Equal => None,
        }
    }
}

/// How an input will be read.
pub enum Opened<'s> {
    /// Pieces of a plain file, by any worker.
    Ranges { file: File, stamp: Stamp, layout: Layout, bom: bool },
    /// From its beginning to its end, by the feeder.
    Stream { reader: Box<dyn Read + Send + 's>, stamp: Option<Stamp> },
}

/// Opens an input read-only.
pub fn open<'s>(input: &Input) -> Result<Opened<'s>, String> {
    if let Some(why) = input.found.refused {
        return Err(why.to_owned());
    }
    let file = read_only(&input.path, input.found.in_directory).map_err(|e| match e.raw_os_error() {
        Some(libc::ELOOP) if input.found.in_directory => "a link, which is not followed".to_owned(),
        _ => reason(&e),
    })?;
    let meta = file.metadata().map_err(|e| reason(&e))?;
    // The descriptor decides: a path can be another file by now, or lead elsewhere.
    if input.found.identity.is_some_and(|found| found != (meta.dev(), meta.ino())) {
        return Err("replaced by another file before it was read".to_owned());
    }
    let kind = meta.file_type();
    if kind.is_fifo() {
        return Ok(Opened::Stream { reader: pipe(file)?, stamp: None });
    }
    if !kind.is_file() {
        return Err("not a regular file".to_owned());
    }
    let stamp = Stamp::of(&meta);
    let mut head = vec![0; layout::HEAD_BYTES];
    let length = read_at(&file, 0, &mut head).map_err(|e| reason(&e))?;
    head.truncate(length);
    let codec = layout::codec(&head).map_err(str::to_owned)?;
    let layout = layout::layout(&head);
    // Files of the kernel have no size and are read like pipes. What is added to another file meanwhile is not read.
    if stamp.bytes == 0 {
        return Ok(Opened::Stream { reader: Box::new(file), stamp: Some(stamp) });
    }
    if codec != Codec::Plain || layout.spans_lines() {
        return Ok(Opened::Stream { reader: Box::new(file.take(stamp.bytes)), stamp: Some(stamp) });
    }
    Ok(Opened::Ranges { file, stamp, layout, bom: head.starts_with(layout::BOM) })
}

/// Opens without waiting for whoever writes to a pipe; in directories without following a link in the last place.
fn read_only(path: &Path, in_directory: bool) -> std::io::Result<File> {
    let stay = if in_directory { libc::O_NOFOLLOW } else { 0 };
    std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | stay).open(path)
}

/// Looks for a writer of a named pipe so often, [`PAUSE`] apart: one that is started along with us opens it by then.
const TRIES: u32 = 100;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// A pipe that somebody writes to, read from its beginning and waiting for its data.
fn pipe(file: File) -> Result<Box<dyn Read + Send>, String> {
    let mut first = [0];
    for _ in 0..TRIES {
        let known = match (&file).read(&mut first) {
            Ok(0) => {
                std::thread::sleep(PAUSE);
                continue;
            }
            Ok(length) => first[..length].to_vec(),
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => Vec::new(),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(reason(&e)),
        };
        // The standard library sets this mode of a descriptor only through its sockets.
        let socket = std::os::unix::net::UnixStream::from(OwnedFd::from(file));
        socket.set_nonblocking(false).map_err(|e| reason(&e))?;
        return Ok(Box::new(std::io::Cursor::new(known).chain(File::from(OwnedFd::from(socket)))));
    }
    Err("a pipe that nobody writes to".to_owned())
}

/// The head of a regular file of a directory.
pub fn head(path: &Path) -> std::io::Result<Head> {
    let file = read_only(path, true)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let mut stored = vec![0; layout::HEAD_BYTES];
    let length = read_at(&file, 0, &mut stored)?;
    stored.truncate(length);
    let text = match layout::codec(&stored) {
        Err(why) => Err(why),
        Ok(Codec::Plain) => Ok(stored),
        Ok(codec) => {
            let mut decoder = decompress::Decoder::new(codec, Box::new(file));
            let mut text = vec![0; layout::HEAD_BYTES];
            let (length, damage) = decoder.fill(&mut text);
            if let Some(damage) = damage {
                return Err(std::io::Error::other(damage));
            }
            text.truncate(length);
            Ok(text)
        }
    };
    Ok(Head { text })
}

/// Reads until the buffer is full or the file ends.
pub fn read_at(file: &File, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read_at(&mut buffer[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}
