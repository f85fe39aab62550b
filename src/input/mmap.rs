//! Memory maps of evidence, a window at a time, and what happens when the file changes underneath.
//!
//! A page of a mapped file that vanishes raises SIGBUS. The handler installed here puts a page of line ends in its place
//! and marks the window as spoiled, so that a record is cut there (and counted as malformed) instead of being read on
//! into zeros, and the input ends as damaged. A SIGBUS from anywhere else keeps its old effect: the process dies of it.

use std::fs::File;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Windows that can be mapped at once; beyond it the caller copies instead.
const SLOTS: usize = 512;

struct Slot {
    taken: AtomicBool,
    /// First address of the window; 0 while it is not mapped.
    start: AtomicUsize,
    end: AtomicUsize,
    spoiled: AtomicBool,
}

static WINDOWS: [Slot; SLOTS] = [const {
    Slot {
        taken: AtomicBool::new(false),
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        spoiled: AtomicBool::new(false),
    }
}; SLOTS];
static PAGE: AtomicUsize = AtomicUsize::new(0);
static INSTALL: Once = Once::new();

/// A mapped range of a file.
pub struct Window {
    map: memmap2::Mmap,
    slot: &'static Slot,
}

impl Window {
    /// Maps `length` bytes from `offset` on. `None` if the system refuses or no slot is free.
    pub fn map(file: &File, offset: u64, length: usize) -> Option<Window> {
        INSTALL.call_once(install);
        let slot = WINDOWS.iter().find(|s| !s.taken.swap(true, Ordering::AcqRel))?;
        // SAFETY: the map is read-only and private to this process's view; other processes may change the file under the
        // slice, which this program answers for as follows. Bytes are read through plain loads whose values are only
        // ever data (never an index or length that was checked earlier through another load of the same byte in
        // `unsafe` code), and vanished pages are replaced by the SIGBUS handler while the slot is registered.
        match unsafe { memmap2::MmapOptions::new().offset(offset).len(length).map(file) } {
            Ok(map) => {
                slot.spoiled.store(false, Ordering::Release);
                slot.end.store(map.as_ptr() as usize + map.len(), Ordering::Release);
                slot.start.store(map.as_ptr() as usize, Ordering::Release);
                Some(Window { map, slot })
            }
            Err(_) => {
                slot.taken.store(false, Ordering::Release);
                None
            }
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Whether pages vanished while the window was read.
    pub fn is_spoiled(&self) -> bool {
        self.slot.spoiled.load(Ordering::Acquire)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // The slot is cleared before the map goes, so that the handler never touches an address that is not ours.
        self.slot.start.store(0, Ordering::Release);
        self.slot.end.store(0, Ordering::Release);
        self.slot.taken.store(false, Ordering::Release);
    }
}

/// Tells the system that a range will be read soon, unless its ends are in memory already: the system would look for every
/// page of it one by one, and find it.
pub fn will_need(file: &File, offset: u64, length: u64) {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        let (Ok(offset), Ok(length)) = (i64::try_from(offset), i64::try_from(length)) else { return };
        if length < 1 || (is_cached(file, offset) && is_cached(file, offset + length - 1)) {
            return;
        }
        // SAFETY: a call with plain numbers and a descriptor that `file` keeps open; it touches no memory of ours.
        unsafe { libc::posix_fadvise(file.as_raw_fd(), offset, length, libc::POSIX_FADV_WILLNEED) };
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, offset, length);
}

/// Whether a byte can be read without waiting for the disk. Where the system does not tell, it is not.
#[cfg(target_os = "linux")]
fn is_cached(file: &File, offset: i64) -> bool {
    use std::os::fd::AsRawFd;
    let mut byte = 0_u8;
    let into = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    // SAFETY: one range of one byte, which lives through the call, and a descriptor that `file` keeps open.
    unsafe { libc::preadv2(file.as_raw_fd(), &raw const into, 1, offset, libc::RWF_NOWAIT) == 1 }
}

fn install() {
    // SAFETY: sysconf has no preconditions; the handler is async-signal-safe (atomics, mmap, a byte fill) and the
    // structure is filled as sigaction requires.
    unsafe {
        let page = libc::sysconf(libc::_SC_PAGESIZE);
        PAGE.store(usize::try_from(page).unwrap_or(4096), Ordering::Release);
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_sigbus as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut());
    }
}

/// Replaces a vanished page of one of our windows; any other fault is left to kill the process when it is retried.
extern "C" fn on_sigbus(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: the system passes a valid siginfo to a handler installed with SA_SIGINFO.
    let address = unsafe { (*info).si_addr() } as usize;
    let page = PAGE.load(Ordering::Acquire);
    let ours = |slot: &&Slot| {
        let start = slot.start.load(Ordering::Acquire);
        start != 0 && (start & !(page - 1)..slot.end.load(Ordering::Acquire)).contains(&address)
    };
    if let Some(slot) = WINDOWS.iter().find(ours) {
        slot.spoiled.store(true, Ordering::Release);
        let at = (address & !(page - 1)) as *mut libc::c_void;
        // SAFETY: the page lies in a live window of ours (its slot is cleared before it is unmapped), so replacing it
        // with private anonymous memory affects nobody else, and the fill stays within that one page.
        unsafe {
            let flags = libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let fresh = libc::mmap(at, page, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0);
            if fresh != libc::MAP_FAILED {
                std::ptr::write_bytes(fresh.cast::<u8>(), b'\n', page);
                return;
            }
        }
    }
    // SAFETY: restoring the default action is async-signal-safe; the fault then repeats and ends the process.
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// What was just written is in memory; behind the end there is nothing to read.
    #[cfg(target_os = "linux")]
    #[test]
    fn bytes_in_memory_are_told_from_others() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"abc").expect("written");
        assert!(!is_cached(&file, 3));
        // Some file systems refuse to tell.
        assert!(is_cached(&file, 2) || std::io::Error::last_os_error().raw_os_error() == Some(libc::EOPNOTSUPP));
    }

    #[test]
    fn vanished_pages_become_line_ends_and_spoil_the_window() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&vec![b'x'; 64 << 10]).expect("written");
        let window = Window::map(&file, 1, (64 << 10) - 1).expect("a window");
        assert_eq!(window.bytes()[0], b'x');
        file.set_len(4096).expect("cut");
        assert_eq!((window.bytes()[100], window.bytes()[40_000]), (b'x', b'\n'));
        assert!(window.is_spoiled());
    }
}
