//! How much may be read before its turn, of all sources together: what is inflated on many threads at a time waits for what
//! comes before it, and would fill the memory.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that may be taken before their turn, whatever the number of threads.
pub(super) const MOST: usize = 48 << 20;
/// Bytes that there are of a line beside its own, until what became of it is taken: above all a row of findings.
const OF_A_LINE: usize = 192;

/// What so many bytes of so many lines take, until what became of them is taken.
pub(super) fn cost(bytes: usize, lines: u64) -> usize {
    usize::try_from(lines).map_or(usize::MAX, |lines| lines.saturating_mul(OF_A_LINE)).saturating_add(bytes)
}

/// The bytes that are taken. Only what comes after others may be kept waiting for it: what is the oldest goes on without
/// asking, and at its end others can.
#[derive(Debug, Default)]
pub(super) struct Budget {
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Budget {
    /// Takes so many bytes if they are there; what is more than all of them gets them to itself.
    pub(super) fn try_take(&self, bytes: usize) -> bool {
        let mut taken = self.taken();
        let has_room = fits(*taken, bytes);
        if has_room {
            *taken += bytes;
        }
        has_room
    }

    /// Takes so many bytes, whether they are there or not.
    pub(super) fn take_anyway(&self, bytes: usize) {
        *self.taken() += bytes;
    }

    /// Waits until there are so many bytes, and takes them.
    pub(super) fn take(&self, bytes: usize) {
        let mut taken = self.taken();
        while !fits(*taken, bytes) {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
    }

    /// Whether so many bytes are there.
    pub(super) fn has(&self, bytes: usize) -> bool {
        fits(*self.taken(), bytes)
    }

    pub(super) fn give_back(&self, bytes: usize) {
        let mut taken = self.taken();
        *taken = taken.saturating_sub(bytes);
        self.freed.notify_one();
    }

    /// Takes what something came to in place of what it was thought to.
    pub(super) fn correct(&self, thought: usize, is: usize) {
        self.take_anyway(is);
        self.give_back(thought);
    }

    fn taken(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fits(taken: usize, bytes: usize) -> bool {
    taken == 0 || taken.saturating_add(bytes) <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_there_is() {
        let budget = Budget::default();
        assert!(budget.try_take(MOST - 10) && budget.try_take(10));
        assert!(!budget.has(1) && !budget.try_take(1));
        budget.give_back(10);
        assert!(!budget.try_take(11) && budget.has(10) && budget.try_take(10));
        // What was thought to be little is much.
        budget.correct(10, 20);
        budget.give_back(20);
        assert!(budget.try_take(10) && !budget.try_take(1));
        budget.take_anyway(5);
        budget.give_back(MOST + 5);
        // More than all of it, but only alone.
        assert!(budget.try_take(2 * MOST) && !budget.try_take(1));
        budget.give_back(2 * MOST);
        assert!(budget.try_take(1) && !budget.try_take(2 * MOST));
    }

    #[test]
    fn whoever_waits_goes_on_when_enough_was_given_back() {
        let budget = Budget::default();
        budget.take(MOST);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| budget.take(2));
            budget.give_back(1);
            budget.give_back(1);
            waiting.join().unwrap();
        });
        assert!(!budget.try_take(1));
    }

    #[test]
    fn a_line_costs_more_than_its_bytes() {
        assert_eq!(cost(16_384, 8_192), 1_589_248);
        assert_eq!(cost(1, u64::MAX), usize::MAX);
    }
}
