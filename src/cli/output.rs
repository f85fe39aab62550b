//! Where a page goes and how it looks there: options shared by the commands that print pages.

use super::{CliError, Io, save};
use crate::report::RenderOptions;
use crate::report::zone::Zone;
use std::path::PathBuf;

/// Looks and destination of a page.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Colours of the text
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub color: When,

    /// A second reading of every instant beside UTC, in this time zone
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,

    /// Write to this file instead of standard output (also written -); an earlier output is replaced, evidence never
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// When the text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum When {
    /// On a terminal; NO_COLOR, CLICOLOR=0 and TERM=dumb mean never, CLICOLOR_FORCE everywhere
    #[default]
    Auto,
    Always,
    Never,
}

impl OutputArgs {
    /// What the terminal allows, and what was asked for.
    pub fn render_options(&self, io: &Io<'_>) -> Result<RenderOptions, CliError> {
        let tz = self.tz.as_deref().map(Zone::named).transpose().map_err(|e| CliError::Usage(format!("--tz: {e}")))?;
        let to_terminal = io.terminal.stdout_is_terminal && self.file().is_none();
        let color = match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => io.terminal.colors(to_terminal),
        };
        let width = if to_terminal { io.terminal.width } else { RenderOptions::default().width };
        Ok(RenderOptions { width, color, tz })
    }

    /// Writes a finished document. `evidence` are paths that must not be written to or into.
    pub fn write(&self, bytes: &[u8], evidence: &[PathBuf], io: &mut Io<'_>) -> Result<(), CliError> {
        save::write(self.file(), bytes, evidence, io)
    }

    /// The file to write to, if it is one.
    pub fn file(&self) -> Option<&std::path::Path> {
        save::file(self.output.as_ref())
    }
}

/// Every format at once.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutDirArgs {
    /// Write every format into this new directory, with a manifest and checksums, instead of standard output
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub out_dir: Option<PathBuf>,
}
