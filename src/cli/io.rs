//! The run's streams and what is known of them, so that a test can be the terminal.

use super::CliError;
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
    /// Colours are not wanted (`NO_COLOR`, `CLICOLOR=0`) or would not be understood (`TERM=dumb`).
    pub no_color: bool,
    /// Colours are wanted where no terminal is seen too: `CLICOLOR_FORCE`.
    pub force_color: bool,
    /// `SOURCE_DATE_EPOCH`, in seconds; `Err` holds what is no number.
    pub source_date_epoch: Option<Result<i64, String>>,
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
            no_color: no_color(variable),
            force_color: variable("CLICOLOR_FORCE").is_some_and(|v| v != "0"),
            source_date_epoch: variable("SOURCE_DATE_EPOCH").map(|v| v.trim().parse().map_err(|_| v)),
            now: std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX)),
        }
    }

    /// Whether text for standard output is coloured when nothing was asked for.
    pub fn colors(&self, to_terminal: bool) -> bool {
        !self.no_color && (to_terminal || self.force_color)
    }

    /// The instant of `SOURCE_DATE_EPOCH`, in seconds. A value that is no number would silently change the answer.
    pub fn epoch(&self) -> Result<Option<i64>, CliError> {
        match &self.source_date_epoch {
            None => Ok(None),
            Some(Ok(seconds)) => Ok(Some(*seconds)),
            Some(Err(text)) => Err(CliError::Usage(format!("SOURCE_DATE_EPOCH: `{text}` is no number of seconds"))),
        }
    }
}

/// A variable of the environment, if it is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|v| v.to_string_lossy().into_owned()).filter(|v| !v.is_empty())
}

/// See no-color.org and bixense.com/clicolors; a dumb terminal would print the escapes.
fn no_color(variable: impl Fn(&str) -> Option<String>) -> bool {
    let is = |name: &str, value: &str| variable(name).is_some_and(|v| v == value);
    let forced = variable("CLICOLOR_FORCE").is_some_and(|v| v != "0");
    variable("NO_COLOR").is_some() || (!forced && (is("CLICOLOR", "0") || is("TERM", "dumb")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides_about_colours() {
        let with = |set: &'static [(&str, &str)]| {
            no_color(move |name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        for set in [&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")][..], &[("CLICOLOR", "0")], &[("TERM", "dumb")]] {
            assert!(with(set), "{set:?}");
        }
        for set in [&[][..], &[("TERM", "xterm"), ("CLICOLOR", "1")], &[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")]] {
            assert!(!with(set), "{set:?}");
        }
        let forced = Terminal { force_color: true, ..Terminal::default() };
        assert!(forced.colors(false) && !Terminal::default().colors(false) && Terminal::default().colors(true));
    }

    #[test]
    fn an_epoch_that_is_no_number_is_refused() {
        let with = |value| Terminal { source_date_epoch: value, ..Terminal::default() }.epoch();
        assert!(matches!(with(Some(Err("abc".into()))), Err(CliError::Usage(_))));
        assert!(matches!(with(Some(Ok(7))), Ok(Some(7))));
    }
}
