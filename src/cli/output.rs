//! Where a page goes and how it looks there: options shared by the commands that print pages.

use super::{CliError, Io};
use crate::report::RenderOptions;
use crate::report::zone::Zone;
use std::io::Write as _;
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

    /// Write to this file, which must not exist, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// When the text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

impl OutputArgs {
    /// What the terminal allows, and what was asked for.
    pub fn render_options(&self, io: &Io<'_>) -> Result<RenderOptions, CliError> {
        let tz = self.tz.as_deref().map(Zone::named).transpose().map_err(CliError::Usage)?;
        let to_terminal = io.terminal.stdout_is_terminal && self.output.is_none();
        let color = match self.color {
            When::Always => true,
            When::Never => false,
            When::Auto => to_terminal && !io.terminal.no_color,
        };
        let width = if to_terminal { io.terminal.width } else { RenderOptions::default().width };
        Ok(RenderOptions { width, color, tz })
    }

    /// Writes a finished document. An existing file is never overwritten: it may be evidence.
    pub fn write(&self, bytes: &[u8], io: &mut Io<'_>) -> Result<(), CliError> {
        match &self.output {
            None => io.stdout.write_all(bytes)?,
            Some(path) => {
                let named = |e: std::io::Error| {
                    CliError::Usage(format!("cannot write {}: {}", path.display(), crate::input::reason(&e)))
                };
                let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(named)?;
                file.write_all(bytes).map_err(named)?;
            }
        }
        Ok(())
    }
}
