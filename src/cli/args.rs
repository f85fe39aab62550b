//! Option groups shared by several commands.

use crate::input::{Hash, ReadMode, ReadOptions};

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

impl ReadArgs {
    pub fn options(&self) -> ReadOptions {
        ReadOptions {
            threads: self.threads,
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
