//! Files beside the evidence, read whole: configurations, saved answers, baselines. Each has a size that it cannot
//! reasonably exceed.

use super::CliError;
use crate::auth::config::CONFIG_BYTES_MAX;
use crate::auth::saved::SAVED_BYTES_MAX;
use crate::input::reason;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Name and bytes of every configuration.
pub fn configs(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    let one = |path: &PathBuf| {
        if path.is_dir() {
            let why = "a directory, as a container makes one when the mounted file is not there; the server does not start with it";
            return Err(CliError::Evidence(format!("cannot read {}: {why}", path.display())));
        }
        named(path, CONFIG_BYTES_MAX)
    };
    paths.iter().map(one).collect()
}

/// Name and bytes of every saved answer.
pub fn saved(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, CliError> {
    paths.iter().map(|path| named(path, SAVED_BYTES_MAX)).collect()
}

fn named(path: &Path, bytes_max: usize) -> Result<(String, Vec<u8>), CliError> {
    Ok((path.to_string_lossy().into_owned(), read(path, bytes_max)?))
}

/// A whole file of at most so many bytes.
pub fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliError> {
    let fail = |e: std::io::Error| CliError::Evidence(format!("cannot read {}: {}", path.display(), reason(&e)));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() > bytes_max {
        return Err(CliError::Evidence(format!("cannot read {}: larger than {} MiB", path.display(), bytes_max >> 20)));
    }
    Ok(bytes)
}
