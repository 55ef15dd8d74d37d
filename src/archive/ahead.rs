//! How much is read ahead of the work.

use std::sync::{Condvar, Mutex, PoisonError};

/// Bytes of lines that may be read ahead of their work.
const MOST_AHEAD: usize = 48 << 20;

/// Bytes that are read ahead, so that lines of any length fill no memory.
#[derive(Debug, Default)]
pub(super) struct Room {
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Room {
    /// Whether there is room without waiting.
    pub(super) fn has(&self, bytes: usize) -> bool {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken == 0 || *taken + bytes <= MOST_AHEAD
    }

    /// Waits until there is room; what is larger than all of it gets it to itself.
    pub(super) fn take(&self, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && *taken + bytes > MOST_AHEAD {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
    }

    pub(super) fn give_back(&self, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(bytes);
        self.freed.notify_one();
    }
}
