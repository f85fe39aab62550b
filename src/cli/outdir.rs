//! `--out-dir`: a directory of outputs that can be checked and signed: every file, `manifest.json` and `SHA256SUMS`.

use super::CliError;
use super::save::{self, Saved};
use crate::input::hex;
use crate::report;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A directory being filled. Files appear in the order they are written, the checksums last.
pub struct OutDir {
    path: PathBuf,
    evidence: Vec<PathBuf>,
    sums: Vec<(String, String)>,
}

impl OutDir {
    /// Creates the directory. It must be new or empty, and must not lie in the evidence.
    pub fn create(path: &Path, evidence: &[PathBuf]) -> Result<OutDir, CliError> {
        save::refuse_evidence(path, evidence)?;
        let fail = |e: std::io::Error| CliError::unwritten(path, &e);
        std::fs::create_dir_all(path).map_err(fail)?;
        if std::fs::read_dir(path).map_err(fail)?.next().is_some() {
            return Err(CliError::Usage(format!("will not write into {}: it is not empty", path.display())));
        }
        Ok(OutDir { path: path.into(), evidence: evidence.to_vec(), sums: Vec::new() })
    }

    /// Writes one file; `name` is a plain name of this program's choosing.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let mut file = Saved::create(&self.path.join(name), &self.evidence)?;
        file.write_all(bytes)?;
        file.finish()?;
        self.sums.push((name.to_owned(), hex(&Sha256::digest(bytes))));
        Ok(())
    }

    /// Writes `manifest.json`, which tells what made the files, and `SHA256SUMS`, which `sha256sum -c` and `shasum -c` read.
    pub fn finish(mut self, run: impl serde::Serialize) -> Result<(), CliError> {
        let files: Vec<_> =
            self.sums.iter().map(|(name, sum)| serde_json::json!({"name": name, "sha256": sum})).collect();
        let manifest = serde_json::json!({"schema": "authopsy.outputs/1", "run": run, "files": files});
        self.write("manifest.json", &report::json(&manifest))?;
        self.sums.sort();
        let sums: String = self.sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        self.write("SHA256SUMS", sums.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_the_files() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("out");
        let mut out = OutDir::create(&path, &[]).expect("a new directory");
        out.write("report.txt", b"abc").expect("written");
        out.finish(serde_json::json!({"tool": "authopsy"})).expect("finished");
        let sums = std::fs::read_to_string(path.join("SHA256SUMS")).expect("sums");
        assert!(sums.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  report.txt\n"));
        assert_eq!(sums.lines().count(), 2);
        assert!(matches!(OutDir::create(&path, &[]), Err(CliError::Usage(_))));
    }

    #[test]
    fn evidence_is_not_written_to() {
        let dir = tempfile::tempdir().expect("a directory");
        assert!(OutDir::create(&dir.path().join("x"), &[dir.path().into()]).is_err());
    }
}
