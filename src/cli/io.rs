//! The run's streams and what is known of them, so that a test can be the terminal.

use std::io::{IsTerminal, Read, Write};

/// Where a command reads and writes. Only this room knows whether a person is watching.
pub struct Io<'a> {
    pub stdin: &'a mut (dyn Read + Send),
    pub stdout: &'a mut dyn Write,
    pub stderr: &'a mut dyn Write,
    pub terminal: Terminal,
}

/// The machine's facts, as inputs.
#[derive(Debug, Clone, Default)]
pub struct Terminal {
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// Columns of the terminal; 80 when unknown.
    pub width: usize,
    /// `NO_COLOR` was set and not empty.
    pub no_color: bool,
    /// `SOURCE_DATE_EPOCH`, in seconds.
    pub source_date_epoch: Option<i64>,
    /// The wall clock at start, nanoseconds. Only `check` may fall back to it, and it says so.
    pub now: i64,
}

impl Terminal {
    /// Asks the process's environment.
    pub fn ask() -> Self {
        let width = terminal_size::terminal_size().map_or(80, |(w, _)| usize::from(w.0));
        Terminal {
            stdout_is_terminal: std::io::stdout().is_terminal(),
            stderr_is_terminal: std::io::stderr().is_terminal(),
            width,
            no_color: std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty()),
            source_date_epoch: std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|v| v.parse().ok()),
            now: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)),
        }
    }
}
