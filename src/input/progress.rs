//! How much of the evidence was read: counters that another thread may look at while a scan runs.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

/// Stored bytes of the scan that runs, and how many of them were read. Never part of an answer.
#[derive(Debug)]
pub struct Progress {
    total: AtomicU64,
    read: AtomicU64,
}

impl Progress {
    pub const fn new() -> Self {
        Progress { total: AtomicU64::new(0), read: AtomicU64::new(0) }
    }

    /// A scan of this many bytes begins.
    pub fn begin(&self, total: u64) {
        self.read.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub fn add(&self, bytes: u64) {
        self.read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes read, bytes there are. Pipes add to the first only.
    pub fn now(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

impl Default for Progress {
    fn default() -> Self {
        Progress::new()
    }
}

/// A reader whose bytes are counted.
pub struct Counted<R> {
    pub inner: R,
    pub progress: Option<&'static Progress>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        if let Some(progress) = self.progress {
            progress.add(n as u64);
        }
        Ok(n)
    }
}
