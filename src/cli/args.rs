//! Option groups shared by several commands.

use super::{CliError, Io, beside};
use crate::input::{Hash, ReadMode, ReadOptions};
use crate::redact::{FingerprintKey, KEY_BYTES_MIN};
use crate::report::page::grouped;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How evidence is read.
#[derive(Debug, Clone, clap::Args)]
pub struct ReadArgs {
    /// Worker threads (default: one per core). The output never depends on it
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub threads: usize,

    /// How files are read
    #[arg(long, value_enum, default_value_t = IoMode::Map)]
    pub io: IoMode,

    /// Digest that names the inputs
    #[arg(long, value_enum, default_value_t = HashName::Sha256)]
    pub hash: HashName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum IoMode {
    Map,
    Read,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum HashName {
    Sha256,
    Blake3,
    None,
}

/// The largest file that is taken for a key.
const KEY_FILE_BYTES_MAX: usize = 64 << 10;
/// More threads than this per core only wait for one another.
const THREADS_PER_CORE_MAX: usize = 16;

/// A number of threads that the machine can make use of; 0 stays 0.
pub fn capped(threads: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    threads.min(THREADS_PER_CORE_MAX * cores)
}

impl ReadArgs {
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            threads: capped(self.threads),
            mode: match self.io {
                IoMode::Map => ReadMode::Map,
                IoMode::Read => ReadMode::Read,
            },
            hash: match self.hash {
                HashName::Sha256 => Hash::Sha256,
                HashName::Blake3 => Hash::Blake3,
                HashName::None => Hash::None,
            },
            progress: Some(&super::progress::READ),
            ..ReadOptions::default()
        }
    }
}

/// Files beside the dumps.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Files beside the dumps")]
pub struct FileArgs {
    /// Directory of credential files
    #[arg(long, value_name = "DIR")]
    pub auths: Vec<PathBuf>,
    /// The same directory as it was before
    #[arg(long, value_name = "DIR", requires = "auths")]
    pub before: Vec<PathBuf>,
    /// Configuration of the LLM proxy
    #[arg(long, value_name = "FILE")]
    pub config: Vec<PathBuf>,
    /// Saved answer of the management API
    #[arg(long, value_name = "FILE")]
    pub saved: Vec<PathBuf>,
}

impl FileArgs {
    /// Every path with its option.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &PathBuf)> {
        let all = [
            ("--auths", &self.auths),
            ("--before", &self.before),
            ("--config", &self.config),
            ("--saved", &self.saved),
        ];
        all.into_iter().flat_map(|(name, paths)| paths.iter().map(move |path| (name, path)))
    }
}

/// What stands for a secret.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct KeyArgs {
    /// Label secrets with keyed fingerprints, comparable between outputs made with the same key (32 bytes or more)
    #[arg(long, value_name = "FILE")]
    pub fp_key_file: Option<PathBuf>,
}

impl KeyArgs {
    /// Reads the key. It is never taken from the command line, where every process could see it.
    pub fn read(&self) -> Result<Option<Arc<FingerprintKey>>, CliError> {
        let Some(path) = &self.fp_key_file else { return Ok(None) };
        let fail = |why: &str| CliError::Usage(format!("cannot use {} as a key: {why}", path.display()));
        let bytes = beside::bounded(path, KEY_FILE_BYTES_MAX).map_err(|why| fail(&why))?;
        let key = FingerprintKey::new(bytes).ok_or_else(|| fail(&format!("shorter than {KEY_BYTES_MIN} bytes")))?;
        Ok(Some(Arc::new(key)))
    }
}

/// What a run says of itself on standard error.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct NoiseArgs {
    /// Nothing on standard error but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Afterwards, on standard error: bytes, lines, seconds, speed and threads
    #[arg(long)]
    pub verbose: bool,
}

impl NoiseArgs {
    /// Tells how the run went when it was asked for. `bytes` and `lines` are those of the inputs.
    pub fn tell(
        &self,
        since: Instant,
        bytes: u64,
        lines: u64,
        read: &ReadArgs,
        io: &mut Io<'_>,
    ) -> Result<(), CliError> {
        if self.verbose {
            let threads = read.options().threads();
            writeln!(io.stderr, "authopsy: {}", account(bytes, lines, since.elapsed(), threads))?;
        }
        Ok(())
    }
}

fn account(bytes: u64, lines: u64, elapsed: Duration, threads: usize) -> String {
    let millis = elapsed.as_millis().max(1);
    let tenths = u128::from(bytes) / 100 / millis;
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let many = if threads == 1 { "1 thread" } else { &format!("up to {threads} threads") };
    let (bytes, lines) = (grouped(bytes), grouped(lines));
    format!("{bytes} bytes, {lines} lines, {seconds}.{rest:03} s, {whole}.{tenth} MB/s, {many}")
}

/// When a run that worked ends with code 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Info,
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_capped() {
        assert_eq!((capped(0), capped(1)), (0, 1));
        assert!(capped(usize::MAX) < 100_000);
    }

    #[test]
    fn the_account_of_a_run_adds_up() {
        let run = |bytes, millis, threads| account(bytes, 7, Duration::from_millis(millis), threads);
        assert_eq!(run(412_000_000, 2000, 4), "412,000,000 bytes, 7 lines, 2.000 s, 206.0 MB/s, up to 4 threads");
        assert_eq!(run(1500, 0, 1), "1,500 bytes, 7 lines, 0.001 s, 1.5 MB/s, 1 thread");
    }
}
