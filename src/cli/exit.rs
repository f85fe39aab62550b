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
