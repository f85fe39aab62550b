//! Cutting at record ends: which whole lines belong to a piece of a file.
//!
//! A line belongs to the piece its first byte lies in, so every line has one owner wherever the pieces are cut.

use super::mmap::{self, Window};
use super::{ReadMode, source};
use std::fs::File;

/// Bytes looked at behind a piece for the end of its last line before the look is widened to the longest line.
const LOOK_AHEAD_MAPPED: u64 = 256 << 10;
/// The same where bytes are copied and a look has its price.
const LOOK_AHEAD_COPIED: u64 = 32 << 10;

/// A plain file that is read in pieces.
pub struct Pieces {
    pub file: File,
    /// Bytes of the file when it was opened; what was added later is not read.
    pub bytes: u64,
    pub mode: ReadMode,
    pub line_bytes_max: u64,
    /// Bytes before the first line: a byte order mark.
    pub skip: u64,
}

/// Whole lines of a piece.
pub struct Cut<'b> {
    pub offset: u64,
    pub bytes: &'b [u8],
    /// Where a line longer than allowed begins; its first bytes end `bytes`.
    pub overlong: Option<u64>,
}

/// The bytes a piece's lines are in: mapped, or copied into the worker's buffer.
pub enum Held<'b> {
    Mapped(Window),
    Copied(&'b [u8]),
}

impl Held<'_> {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Held::Mapped(window) => window.bytes(),
            Held::Copied(bytes) => bytes,
        }
    }

    pub fn is_spoiled(&self) -> bool {
        matches!(self, Held::Mapped(window) if window.is_spoiled())
    }
}

/// The range held for a piece `start..end`: one byte before it, so that a line end there is seen.
pub struct Range {
    pub from: u64,
    pub to: u64,
}

impl Pieces {
    /// The first range worth holding for a piece.
    pub fn range(&self, start: u64, end: u64) -> Range {
        let ahead = match self.mode {
            ReadMode::Map => LOOK_AHEAD_MAPPED,
            ReadMode::Read => LOOK_AHEAD_COPIED,
        };
        Range { from: start.saturating_sub(1), to: (end + ahead).min(self.bytes) }
    }

    /// The widest range a piece can need.
    pub fn widest(&self, start: u64, end: u64) -> Range {
        Range { from: start.saturating_sub(1), to: (end + self.line_bytes_max + 1).min(self.bytes) }
    }

    /// Holds a range; shorter than asked if the file has shrunk.
    pub fn hold<'b>(&self, range: &Range, buffer: &'b mut Vec<u8>) -> std::io::Result<Held<'b>> {
        let length = usize::try_from(range.to - range.from).map_err(std::io::Error::other)?;
        if self.mode == ReadMode::Map {
            let now = self.file.metadata()?.len();
            let length =
                usize::try_from(now.min(range.to).saturating_sub(range.from)).map_err(std::io::Error::other)?;
            if length == 0 {
                return Ok(Held::Copied(&[]));
            }
            if let Some(window) = Window::map(&self.file, range.from, length) {
                return Ok(Held::Mapped(window));
            }
        }
        buffer.resize(length, 0);
        let read = source::read_at(&self.file, range.from, buffer)?;
        Ok(Held::Copied(&buffer[..read]))
    }

    /// Asks the system for a later piece.
    pub fn will_need(&self, start: u64, length: u64) {
        if start < self.bytes {
            mmap::will_need(&self.file, start, length.min(self.bytes - start));
        }
    }

    /// The lines of the piece `start..end` within the held `bytes` of `range`. `None` if their end is not in sight and
    /// a wider range would show it.
    pub fn cut<'b>(&self, start: u64, end: u64, range: &Range, bytes: &'b [u8], widest: bool) -> Option<Cut<'b>> {
        let at = |offset: u64| usize::try_from(offset - range.from).unwrap_or(usize::MAX).min(bytes.len());
        let empty = Cut { offset: end, bytes: &[], overlong: None };
        let first = match start {
            0 => at(self.skip.min(end)),
            _ => match memchr::memchr(b'\n', &bytes[..at(end)]) {
                Some(newline) => newline + 1,
                None => return Some(empty),
            },
        };
        if first >= at(end) {
            return Some(empty);
        }
        // The file may end sooner than it said; then what is there is the end.
        let file_end = range.from + bytes.len() as u64 >= self.bytes || (bytes.len() as u64) < range.to - range.from;
        let last = at(end) - 1;
        let line_end = memchr::memchr(b'\n', &bytes[last..]).map(|n| last + n);
        if line_end.is_none() && !file_end && !widest {
            return None;
        }
        let offset = range.from + first as u64;
        let line_start = memchr::memrchr(b'\n', &bytes[first..last]).map_or(first, |n| first + n + 1);
        let longest = usize::try_from(self.line_bytes_max).unwrap_or(usize::MAX);
        if line_end.unwrap_or(bytes.len()) - line_start > longest {
            let overlong = Some(range.from + line_start as u64);
            return Some(Cut { offset, bytes: &bytes[first..line_start + longest], overlong });
        }
        Some(Cut { offset, bytes: &bytes[first..line_end.map_or(bytes.len(), |n| n + 1)], overlong: None })
    }
}

/// Lines in a chunk: the last one counts whether or not it is ended.
pub fn lines(bytes: &[u8]) -> u64 {
    let ended = memchr::memchr_iter(b'\n', bytes).count() as u64;
    ended + u64::from(bytes.last().is_some_and(|b| *b != b'\n'))
}
