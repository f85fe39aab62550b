//! Files that are not finished yet: gone when the run fails, and gone when a signal ends it.
//!
//! A file without a name (`O_TMPFILE`) would need no clean-up, but not every file system has them, and none can give such
//! a file the name of an earlier output in one step: it would have to be linked under a name of its own first. So the
//! file has that name from the start, and a thread that waits for signals removes it. Only a signal that cannot be waited
//! for leaves it behind; the next run that writes there replaces it.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

/// The files of this process that are not finished.
static FILES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
static WATCH: Once = Once::new();

fn files() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of a file that is removed unless it is kept.
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// To be called before the file is made.
    pub fn new(path: PathBuf) -> Unfinished {
        WATCH.call_once(watch);
        files().insert(path.clone());
        Unfinished(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file is finished and has its name.
    pub fn rename(self, target: &Path) -> std::io::Result<()> {
        let mut files = files();
        std::fs::rename(&self.0, target)?;
        files.remove(&self.0);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if files().remove(&self.0) {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

/// Waits for signals from now on. Without a thread they end the process as they always did.
fn watch() {
    let (ready, is_ready) = channel();
    let thread = std::thread::Builder::new().name("signals".to_owned()).spawn(move || wait(&ready));
    if thread.is_ok() {
        // An error says that the thread has ended: the same as no thread.
        let _ = is_ready.recv();
    }
}

fn wait(ready: &Sender<()>) {
    let ignored = ignored();
    let signals = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
    let Ok(mut signals) = Signals::new(signals) else { return };
    let _ = ready.send(());
    if let Some(signal) = signals.forever().next() {
        // Held to the end: no file is made or finished meanwhile.
        let files = files();
        for path in files.iter() {
            let _ = std::fs::remove_file(path);
        }
        let _ = emulate_default_handler(signal);
    }
}

/// The signals that this process was started to ignore, as `nohup` and a shell's background jobs are, one bit each.
/// Waiting for them would end their being ignored.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_finished_goes_and_a_finished_one_stays() {
        let dir = tempfile::tempdir().expect("a directory");
        let (part, target) = (dir.path().join("part"), dir.path().join("target"));
        for finished in [false, true] {
            let file = Unfinished::new(part.clone());
            std::fs::write(file.path(), "text").expect("written");
            assert!(files().contains(&part));
            if finished {
                file.rename(&target).expect("renamed");
            } else {
                drop(file);
            }
            assert!(!files().contains(&part) && !part.exists());
            assert_eq!(target.exists(), finished);
        }
    }

    #[test]
    fn a_file_that_cannot_have_its_name_goes() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = Unfinished::new(dir.path().join("part"));
        std::fs::write(file.path(), "text").expect("written");
        assert!(file.rename(&dir.path().join("none/target")).is_err());
        assert!(!dir.path().join("part").exists());
    }
}
