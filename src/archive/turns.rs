//! What has to happen in order, on the workers: pieces of work take turns by their numbers, and nobody waits for a turn.
//! Whoever comes early leaves what it brought, and who has the turn before goes on with it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError, mpsc::SyncSender},
};

use crate::failure::Failure;

/// When it is the turn of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Turns come in the order of these, from 0, and none is left out.
    pub number: u64,
    /// Which of those with the same number it is, from 0, and none is left out.
    pub block: u64,
    /// Whether others have the same number.
    pub goes_on: bool,
}

/// Lets things pass one by one in the order of their turns, whoever brings them.
#[derive(Debug)]
pub struct Turns<T>(Mutex<Early<T>>);

#[derive(Debug)]
struct Early<T> {
    /// Whose turn it is.
    now: (u64, u64),
    waiting: BTreeMap<(u64, u64), T>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self(Mutex::new(Early { now: (0, 0), waiting: BTreeMap::new() }))
    }
}

impl<T> Turns<T> {
    /// Gives back what has its turn now; what is early is kept.
    pub fn enter(&self, turn: Turn, thing: T) -> Option<T> {
        let mut early = self.early();
        if early.now == (turn.number, turn.block) {
            return Some(thing);
        }
        early.waiting.insert((turn.number, turn.block), thing);
        None
    }

    /// Ends a turn; gives what waited for the next one, which can enter now.
    pub fn leave(&self, turn: Turn) -> Option<T> {
        let mut early = self.early();
        let now = if turn.goes_on { (turn.number, turn.block + 1) } else { (turn.number + 1, 0) };
        early.now = now;
        early.waiting.remove(&now)
    }

    fn early(&self) -> MutexGuard<'_, Early<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The result of work on its way to whoever takes results in order.
#[derive(Debug)]
pub struct Underway<T> {
    /// What the work has come to.
    pub result: T,
    pub(super) bytes: usize,
    pub(super) done: SyncSender<Outcome<T>>,
}

/// What became of a piece of work, or why everything ends.
pub(super) type Outcome<T> = Result<Done<T>, Failure>;

/// What became of a piece of work.
#[derive(Debug)]
pub(super) enum Done<T> {
    /// It was worked on; so many bytes that were read ahead are free again.
    Worked(T, usize),
    /// It holds more than its size promised, and is to be read block by block.
    TooLarge,
}

impl<T> Underway<T> {
    /// Hands the result over. Nobody takes it where an earlier piece has ended everything.
    pub fn hand_over(self) {
        drop(self.done.send(Ok(Done::Worked(self.result, self.bytes))));
    }

    /// Ends everything with a failure in place of the result.
    pub fn fail(self, failure: Failure) {
        drop(self.done.send(Err(failure)));
    }
}

/// What workers do with results before they are handed over.
pub trait Following<T>: Sync {
    /// Hands a result over, now or when others have had their turns.
    fn follow(&self, turn: Turn, result: Underway<T>);
}

/// Nothing more.
#[derive(Debug)]
pub(super) struct AtOnce;

impl<T> Following<T> for AtOnce {
    fn follow(&self, _: Turn, result: Underway<T>) {
        result.hand_over();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_pass_in_the_order_of_their_turns() {
        let turns = Turns::default();
        let once = |number| Turn { number, block: 0, goes_on: false };
        assert_eq!(turns.enter(once(2), "d"), None);
        let [first, second] = [true, false].map(|goes_on| Turn { number: 1, block: u64::from(!goes_on), goes_on });
        assert_eq!(turns.enter(second, "c"), None);
        assert_eq!(turns.enter(first, "b"), None);
        assert_eq!(turns.enter(once(0), "a"), Some("a"));
        assert_eq!(turns.leave(once(0)), Some("b"));
        assert_eq!(turns.enter(first, "b"), Some("b"));
        assert_eq!(turns.leave(first), Some("c"));
        assert_eq!(turns.enter(second, "c"), Some("c"));
        assert_eq!(turns.leave(second), Some("d"));
        assert_eq!(turns.enter(once(2), "d"), Some("d"));
        assert_eq!(turns.leave(once(2)), None);
        assert_eq!(turns.enter(once(3), "e"), Some("e"));
    }
}
