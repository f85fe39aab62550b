//! Saving outputs: whole or not at all, over the output of an earlier run, and never over the evidence.
//!
//! A file is written under a name of its own beside the target and renamed when it is complete, so an interrupted run
//! leaves nothing half-written under the final name, and nothing beside it ([`super::unfinished`]). Devices and pipes are
//! written to as they are.

use super::unfinished::Unfinished;
use super::{CliError, Io};
use crate::input::reason;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The file that an output goes to; `-` is standard output.
pub fn file(output: Option<&PathBuf>) -> Option<&Path> {
    output.map(PathBuf::as_path).filter(|path| path.as_os_str() != "-")
}

/// A file that appears when it is finished.
pub struct Saved {
    file: Option<BufWriter<File>>,
    target: PathBuf,
    /// `None` where the target is a device or a pipe.
    part: Option<Unfinished>,
}

impl Saved {
    /// Opens a file to be written. `evidence` are paths that must not be written to or into.
    pub fn create(target: &Path, evidence: &[PathBuf]) -> Result<Saved, CliError> {
        refuse_evidence(target, evidence)?;
        let special = std::fs::metadata(target).is_ok_and(|m| !m.is_file());
        let fail = |e: std::io::Error| CliError::unwritten(target, &e);
        if special {
            let file = OpenOptions::new().write(true).open(target).map_err(fail)?;
            return Ok(Saved {
                file: Some(BufWriter::with_capacity(1 << 20, file)),
                target: target.into(),
                part: None,
            });
        }
        let part = Unfinished::new(part_of(target));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = match options.open(part.path()) {
            // Left behind by a run that was stopped; only such files have this name.
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                std::fs::remove_file(part.path()).and_then(|()| options.open(part.path()))
            }
            opened => opened,
        };
        let file = BufWriter::with_capacity(1 << 20, file.map_err(fail)?);
        Ok(Saved { file: Some(file), target: target.into(), part: Some(part) })
    }

    /// Writes what is buffered and gives the file its name.
    pub fn finish(mut self) -> Result<(), CliError> {
        if let Some(mut file) = self.file.take() {
            file.flush().map_err(|e| CliError::unwritten(&self.target, &e))?;
        }
        match self.part.take() {
            Some(part) => part.rename(&self.target).map_err(|e| CliError::unwritten(&self.target, &e)),
            None => Ok(()),
        }
    }

    /// An error of the system with the path it is about. A closed pipe stays one.
    fn located(&self, error: &std::io::Error) -> std::io::Error {
        std::io::Error::new(error.kind(), format!("{}: {}", self.target.display(), reason(error)))
    }
}

impl Write for Saved {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.as_mut().expect("open until finished").write(bytes);
        written.map_err(|e| self.located(&e))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let flushed = self.file.as_mut().expect("open until finished").flush();
        flushed.map_err(|e| self.located(&e))
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

/// An output must not be an input under any of its names, standard input among them, nor lie in a directory of inputs.
pub fn refuse_evidence(target: &Path, evidence: &[PathBuf]) -> Result<(), CliError> {
    refuse(target, evidence, standard_input())
}

/// Device and inode of a regular file: what it is, whatever it is called.
type Identity = (u64, u64);

fn identity(meta: &Metadata) -> Option<Identity> {
    meta.is_file().then(|| (meta.dev(), meta.ino()))
}

/// The file that standard input was redirected from.
fn standard_input() -> Option<Identity> {
    let file = File::from(std::io::stdin().as_fd().try_clone_to_owned().ok()?);
    identity(&file.metadata().ok()?)
}

fn refuse(target: &Path, evidence: &[PathBuf], standard_input: Option<Identity>) -> Result<(), CliError> {
    let of = |path: &Path| std::fs::metadata(path).ok().as_ref().and_then(identity);
    let own_identity = of(target);
    let refused =
        || Err(CliError::Usage(format!("will not write {}: it is evidence or lies among it", target.display())));
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let Ok(parent) = parent.canonicalize() else { return Ok(()) };
    let own = target.canonicalize().unwrap_or_else(|_| parent.join(target.file_name().unwrap_or_default()));
    for input in evidence {
        let theirs = if input.as_os_str() == "-" { standard_input } else { of(input) };
        if own_identity.is_some() && own_identity == theirs {
            return refused();
        }
        let Ok(input) = input.canonicalize() else { continue };
        if own == input || (input.is_dir() && own.starts_with(&input)) {
            return refused();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_refused_under_every_name() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("dump"), "{}\n").expect("a file");
        std::fs::hard_link(at("dump"), at("hard")).expect("a link");
        std::os::unix::fs::symlink(at("dump"), at("soft")).expect("a link");
        std::fs::write(at("other"), "").expect("a file");
        for name in ["dump", "hard", "soft"] {
            assert!(refuse(&at(name), &[at("dump")], None).is_err(), "{name}");
            let given = identity(&std::fs::metadata(at("dump")).expect("a file"));
            assert!(refuse(&at(name), &["-".into()], given).is_err(), "{name} on standard input");
        }
        for name in ["other", "new"] {
            assert!(refuse(&at(name), &[at("dump"), "-".into()], None).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_dash_is_standard_output() {
        assert_eq!(file(Some(&"-".into())), None);
        assert_eq!(file(Some(&"./-".into())), Some(Path::new("./-")));
    }
}
