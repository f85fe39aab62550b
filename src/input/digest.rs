//! The digest that names an input: of its bytes as stored.

use super::{Hash, source};
use sha2::Digest as _;
use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes read at a time: small enough for the second-level cache.
const STEP: usize = 256 << 10;

/// A digest in the making.
pub enum Hasher {
    Sha256(sha2::Sha256),
    Blake3(Box<blake3::Hasher>),
    None,
}

impl Hasher {
    pub fn new(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Hasher::Sha256(sha2::Sha256::new()),
            Hash::Blake3 => Hasher::Blake3(Box::default()),
            Hash::None => Hasher::None,
        }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Hasher::Sha256(hasher) => hasher.update(bytes),
            Hasher::Blake3(hasher) => {
                hasher.update(bytes);
            }
            Hasher::None => {}
        }
    }

    /// Lower-case hex; empty when no digest was asked for.
    pub fn finish(self) -> String {
        match self {
            Hasher::Sha256(hasher) => hex(&hasher.finalize()),
            Hasher::Blake3(hasher) => hex(hasher.finalize().as_bytes()),
            Hasher::None => String::new(),
        }
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|n| char::from(b"0123456789abcdef"[usize::from(n)])).collect()
}

/// Reads and digests the first `length` bytes of a file. `None` if told to stop or the file is shorter.
pub fn of_file(file: &File, length: u64, hash: Hash, stop: &AtomicBool) -> std::io::Result<Option<String>> {
    let mut hasher = Hasher::new(hash);
    let mut buffer = vec![0; STEP.min(usize::try_from(length).unwrap_or(STEP)).max(1)];
    let mut at = 0;
    while at < length {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let want = usize::try_from(length - at).unwrap_or(STEP).min(buffer.len());
        let read = source::read_at(file, at, &mut buffer[..want])?;
        if read == 0 {
            return Ok(None);
        }
        hasher.update(&buffer[..read]);
        at += read as u64;
    }
    Ok(Some(hasher.finish()))
}
