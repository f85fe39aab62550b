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

/// A whole file of at most so many bytes that is evidence.
pub fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliError> {
    bounded(path, bytes_max).map_err(|why| CliError::Evidence(format!("cannot read {}: {why}", path.display())))
}

/// The same of a file that the caller wrote or names, whose faults are the caller's.
pub fn read_given(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliError> {
    bounded(path, bytes_max).map_err(|why| CliError::Usage(format!("cannot read {}: {why}", path.display())))
}

/// A whole file of at most so many bytes, or why there is none. A pipe will do; what is larger is not read to its end.
pub fn bounded(path: &Path, bytes_max: usize) -> Result<Vec<u8>, String> {
    let fail = |e: std::io::Error| reason(&e);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    match (bytes.len() > bytes_max, bytes_max >> 20) {
        (false, _) => Ok(bytes),
        (true, 0) => Err(format!("larger than {} KiB", bytes_max >> 10)),
        (true, mebibytes) => Err(format!("larger than {mebibytes} MiB")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beyond_its_limit_is_not_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("file");
        std::fs::write(&path, vec![b'x'; 4096]).expect("written");
        assert_eq!(bounded(&path, 4096).map(|bytes| bytes.len()), Ok(4096));
        assert_eq!(bounded(&path, 3072), Err("larger than 3 KiB".to_owned()));
        assert_eq!(bounded(Path::new("/dev/zero"), 2 << 20), Err("larger than 2 MiB".to_owned()));
        assert_eq!(bounded(dir.path(), 4096), Err("is a directory".to_owned()));
    }
}
