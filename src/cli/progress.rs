//! A line on the terminal while long work runs: how much was read, how fast, how long the rest will take.

use crate::input::Progress;
use std::io::{IsTerminal as _, Write};
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at the counters.
const TICK: Duration = Duration::from_millis(250);

/// What every scan of this process counts into.
pub static READ: Progress = Progress::new();

/// Whether the line is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// When standard error is a terminal
    Auto,
    Never,
}

/// Shows the line until it is stopped or dropped.
pub struct Watch(Mutex<Option<(Sender<()>, JoinHandle<()>)>>);

impl Watch {
    /// Starts to watch where `shown`, on the process's standard error.
    pub fn start(shown: bool, width: usize) -> Watch {
        if !shown {
            return Watch(Mutex::new(None));
        }
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let mut err = std::io::stderr();
            let (mut since, mut before, mut visible) = (Instant::now(), 0, false);
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let (read, total) = READ.now();
                if read < before || read == 0 {
                    since = Instant::now();
                }
                before = read;
                if since.elapsed() >= PATIENCE {
                    let _ = write!(err, "\r{}\x1b[K", line(read, total, since.elapsed(), width));
                    visible = true;
                }
            }
            if visible {
                let _ = write!(err, "\r\x1b[K");
            }
        });
        Watch(Mutex::new(Some((stop, thread))))
    }

    /// Takes the line away for good.
    pub fn stop(&self) {
        let running = self.0.lock().ok().and_then(|mut watch| watch.take());
        if let Some((stop, thread)) = running {
            drop(stop);
            let _ = thread.join();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A stream that the line must not stand in the way of: the first output takes the line away. A pipe too may end on the
/// same terminal.
pub struct Clearing<'a> {
    pub out: &'a mut dyn Write,
    pub watch: &'a Watch,
}

impl Write for Clearing<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.watch.stop();
        self.out.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Whether the process's standard error is a terminal, and not only said to be one.
pub fn can_show() -> bool {
    std::io::stderr().is_terminal()
}

/// `read 412 MB of 1.0 GB (41 %), 206 MB/s, 3 s left`, at most `width` columns.
fn line(read: u64, total: u64, elapsed: Duration, width: usize) -> String {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = u64::try_from(u128::from(read) * 1000 / u128::from(millis)).unwrap_or(u64::MAX);
    let text = if read < total {
        let left = (total - read) / rate.max(1);
        let percent = u128::from(read) * 100 / u128::from(total);
        format!("read {} of {} ({percent} %), {}/s, {} left", size(read), size(total), size(rate), span(left))
    } else if total > 0 {
        format!("read all of {}, sorting it out", size(read))
    } else {
        format!("read {}, {}/s", size(read), size(rate))
    };
    text.chars().take(width.saturating_sub(1)).collect()
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

fn span(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6000 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_much_how_fast_and_how_long() {
        let two = Duration::from_secs(2);
        assert_eq!(line(412_000_000, 1_000_000_000, two, 80), "read 412 MB of 1.0 GB (41 %), 206 MB/s, 2 s left");
        assert_eq!(line(5_000_000, 0, two, 80), "read 5 MB, 2 MB/s");
        assert_eq!(line(7, 7, two, 80), "read all of 0 kB, sorting it out");
        assert_eq!(line(1, u64::MAX, two, 30).chars().count(), 29);
        assert_eq!(span(101), "2 min");
    }
}
