//! Saving outputs: whole or not at all, over the output of an earlier run, and never over the evidence.
//!
//! A file is written under a name of its own beside the target and renamed when it is complete, so an interrupted run
//! leaves nothing half-written under the final name. Devices and pipes are written to as they are.

use super::{CliError, Io};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that appears when it is finished.
pub struct Saved {
    file: Option<BufWriter<File>>,
    target: PathBuf,
    /// `None` where the target is a device or a pipe.
    part: Option<PathBuf>,
}

impl Saved {
    /// Opens a file to be written. `evidence` are paths that must not be written to or into.
    pub fn create(target: &Path, evidence: &[PathBuf]) -> Result<Saved, CliError> {
        refuse_evidence(target, evidence)?;
        let special = std::fs::metadata(target).is_ok_and(|m| !m.is_file());
        let fail = |e: std::io::Error| CliError::Evidence(format!("cannot write {}: {}", target.display(), reason(&e)));
        if special {
            let file = OpenOptions::new().write(true).open(target).map_err(fail)?;
            return Ok(Saved {
                file: Some(BufWriter::with_capacity(1 << 20, file)),
                target: target.into(),
                part: None,
            });
        }
        let part = part_of(target);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match options.open(&part) {
            // Left behind by a run that was stopped; only such files have this name.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                std::fs::remove_file(&part).and_then(|()| options.open(&part))
            }
            opened => opened,
        };
        let file = BufWriter::with_capacity(1 << 20, file.map_err(fail)?);
        Ok(Saved { file: Some(file), target: target.into(), part: Some(part) })
    }

    /// Writes what is buffered and gives the file its name.
    pub fn finish(mut self) -> Result<(), CliError> {
        let fail = |target: &Path, e: &std::io::Error| {
            CliError::Evidence(format!("cannot write {}: {}", target.display(), reason(e)))
        };
        if let Some(mut file) = self.file.take() {
            file.flush().map_err(|e| fail(&self.target, &e))?;
        }
        match self.part.take() {
            Some(part) => std::fs::rename(&part, &self.target).map_err(|e| fail(&self.target, &e)),
            None => Ok(()),
        }
    }
}

impl Write for Saved {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.as_mut().expect("open until finished").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().expect("open until finished").flush()
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}

/// Writes a finished output: to standard output, or to a file that takes the place of an earlier one.
pub fn write(path: Option<&Path>, bytes: &[u8], evidence: &[PathBuf], io: &mut Io<'_>) -> Result<(), CliError> {
    let Some(path) = path else { return Ok(io.stdout.write_all(bytes)?) };
    let mut file = Saved::create(path, evidence)?;
    file.write_all(bytes)?;
    file.finish()
}

fn part_of(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".part");
    target.with_file_name(name)
}

/// An output must not be an input, nor lie in a directory of inputs.
pub fn refuse_evidence(target: &Path, evidence: &[PathBuf]) -> Result<(), CliError> {
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(parent) = parent.canonicalize() else { return Ok(()) };
    let own = target.canonicalize().unwrap_or_else(|_| parent.join(target.file_name().unwrap_or_default()));
    for input in evidence {
        let Ok(input) = input.canonicalize() else { continue };
        if own == input || (input.is_dir() && own.starts_with(&input)) {
            return Err(CliError::Usage(format!(
                "will not write {}: it is evidence or lies among it",
                target.display()
            )));
        }
    }
    Ok(())
}

/// The reason of a system error, without its number.
pub fn reason(error: &std::io::Error) -> String {
    crate::input::reason(error)
}
