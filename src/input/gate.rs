//! The gate: keeps the workers from running ahead of the sink, which bounds what waits there, and ends a scan.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Keeps the pieces that were handed out and not yet sunk to a number.
pub struct Gate {
    state: Mutex<(u64, u64)>,
    moved: Condvar,
    ahead: u64,
    pub stop: AtomicBool,
}

impl Gate {
    /// At most `ahead` pieces wait for the sink.
    pub fn new(ahead: u64) -> Self {
        Gate { state: Mutex::default(), moved: Condvar::new(), ahead, stop: AtomicBool::new(false) }
    }

    /// Waits for room, after doing what must not wait meanwhile; false if the scan is over.
    pub fn enter(&self, before_waiting: impl FnOnce()) -> bool {
        let mut state = lock(&self.state);
        if state.0 >= state.1 + self.ahead && !self.is_stopped() {
            drop(state);
            before_waiting();
            state = lock(&self.state);
        }
        while state.0 >= state.1 + self.ahead && !self.is_stopped() {
            state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.0 += 1;
        !self.is_stopped()
    }

    pub fn sunk(&self) {
        lock(&self.state).1 += 1;
        self.moved.notify_all();
    }

    pub fn stop(&self) {
        let _state = lock(&self.state);
        self.stop.store(true, Ordering::SeqCst);
        self.moved.notify_all();
    }

    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// A mutex whose holder may have panicked: the panic is told elsewhere.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
