//! The documented exit codes.

/// How a run ended. A closed pipe ends quietly with [`Exit::Done`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done, all evidence read, nothing at or above `--fail-on`.
    Done = 0,
    /// Done, something at or above `--fail-on`.
    Findings = 1,
    /// Usage, configuration or query error; nothing analysed.
    Usage = 2,
    /// Evidence incomplete: unreadable, changed while read, cut, a limit hit. The report is written and says what is missing.
    Incomplete = 3,
    /// A bug of ours.
    Bug = 4,
}

/// The foot of the program's help.
pub const HELP: &str = "Exit codes:
  0  done, all evidence read, nothing at or above --fail-on
  1  done, something at or above --fail-on; verify: a figure differs
  2  usage, configuration or query error: nothing was analysed
  3  the evidence is incomplete: unreadable, changed while read, cut, a limit
     hit; the report is written and says what is missing
  4  a bug of the program";
