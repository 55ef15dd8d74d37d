//! A source of many blocks among several sources. Whoever takes its next block leaves the rest to a thread that is idle, and
//! works on the block while it is at hand: so no thread does nothing but inflate, and several sources are inflated at a time.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel, sync_channel},
    },
};

use rayon::ScopeFifo;

use super::{
    block::Block,
    inflater::Rooms,
    reader::{LineSource, Lines},
    turns::{Following, Outcome, Turn, Underway},
};
use crate::failure::Failure;

/// Bytes of lines of one source that may be read before their turn, so that a few are read ahead and never a whole one.
const MOST_BYTES: usize = 24 << 20;

/// What those who work do.
pub(super) struct Work<'scope, T> {
    /// To a block of a source, which stands at a position; the block comes back, for whoever can use its room.
    pub(super) on_block: &'scope (dyn Fn(usize, &LineSource, Block) -> (T, Block) + Sync + 'scope),
    /// To results, in order.
    pub(super) following: &'scope dyn Following<T>,
    pub(super) rooms: &'scope Rooms,
    /// What is wanted between two blocks.
    pub(super) jobs: &'scope Jobs,
}

/// Other work for the same threads. Whoever reads a lane always finds its next block first, and others would wait for the end
/// of it.
#[derive(Default)]
pub(super) struct Jobs(Mutex<VecDeque<Box<dyn FnOnce() + Send>>>);

impl Jobs {
    pub(super) fn add(&self, job: impl FnOnce() + Send + 'static) {
        self.waiting().push_back(Box::new(job));
    }

    /// Does the oldest, if there is one.
    pub(super) fn do_one(&self) {
        let job = self.waiting().pop_front();
        if let Some(job) = job {
            job();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Box<dyn FnOnce() + Send>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Work<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Work<'_, T> {}

/// A source that is under way.
pub(super) struct Lane<T> {
    coming: Receiver<Receiver<Outcome<T>>>,
    pace: Arc<Pace<T>>,
}

/// How far a source is ahead of its turn.
struct Pace<T> {
    /// Blocks that may be under way, or done and waiting.
    most: usize,
    ahead: Mutex<Ahead<T>>,
}

struct Ahead<T> {
    blocks: usize,
    bytes: usize,
    /// What is left of a source that is far enough ahead.
    rest: Option<Rest<T>>,
}

/// What is left of a source.
struct Rest<T> {
    /// The turn of all of it, and how many blocks were taken.
    number: u64,
    blocks: u64,
    position: usize,
    source: Arc<LineSource>,
    /// None where it was not opened yet.
    lines: Option<Lines>,
    sender: Sender<Receiver<Outcome<T>>>,
}

impl<T: Send> Lane<T> {
    /// Begins with a source, of which the first lines may be read already, and at most so many blocks before their turn.
    pub(super) fn start<'scope>(
        scope: &ScopeFifo<'scope>,
        (number, position, source, lines): (u64, usize, LineSource, Option<Lines>),
        most: usize,
        work: Work<'scope, T>,
    ) -> Self
    where
        T: 'scope,
    {
        let (sender, coming) = channel();
        let ahead = Mutex::new(Ahead { blocks: 0, bytes: 0, rest: None });
        let pace = Arc::new(Pace { most, ahead });
        let rest = Rest { number, blocks: 0, position, source: Arc::new(source), lines, sender };
        rest.next_by_whoever_is_idle(scope, &pace, work);
        Self { coming, pace }
    }

    /// Where it comes what became of the next block, with the bytes that are free again when it was taken; `None` at the end.
    pub(super) fn next(&self) -> Option<Receiver<Outcome<T>>> {
        self.coming.recv().ok()
    }

    /// Goes on with a source that waited for a block of so many bytes to be taken.
    pub(super) fn was_taken<'scope>(&self, scope: &ScopeFifo<'scope>, bytes: usize, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let mut ahead = self.pace.ahead();
        ahead.blocks -= 1;
        ahead.bytes -= bytes;
        if let Some(rest) = ahead.rest.take() {
            rest.next_by_whoever_is_idle(scope, &self.pace, work);
        }
    }
}

impl<T> Pace<T> {
    fn ahead(&self) -> MutexGuard<'_, Ahead<T>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send> Rest<T> {
    fn next_by_whoever_is_idle<'scope>(self, scope: &ScopeFifo<'scope>, pace: &Arc<Pace<T>>, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let pace = Arc::clone(pace);
        scope.spawn_fifo(move |scope| self.next(scope, &pace, work));
    }

    /// Takes the next block, leaves the rest to others, and works on the block.
    fn next<'scope>(mut self, scope: &ScopeFifo<'scope>, pace: &Arc<Pace<T>>, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let (done, result) = sync_channel(1);
        let (position, source) = (self.position, Arc::clone(&self.source));
        let block = self.block(work.rooms.take());
        // Nobody takes results where another source has ended everything.
        if self.sender.send(result).is_err() {
            return;
        }
        let (block, goes_on) = match block {
            Ok(block) => block,
            Err(failure) => return drop(done.send(Err(failure))),
        };
        let (turn, bytes) = (Turn { number: self.number, block: self.blocks, goes_on }, block.bytes.capacity());
        self.blocks += 1;
        self.leave(scope, (bytes, goes_on), pace, work);
        let (result, block) = (work.on_block)(position, &source, block);
        work.following.follow(turn, Underway { result, bytes, done });
        work.rooms.give_back(block.bytes);
        work.jobs.do_one();
    }

    /// The next block, which is an empty one where there are no lines, and whether others follow.
    fn block(&mut self, room: Vec<u8>) -> Result<(Block, bool), Failure> {
        let lines = match &mut self.lines {
            Some(lines) => lines,
            none => none.insert(self.source.open()?),
        };
        let empty = || Block { bytes: Vec::new(), first_line: 1, overlong: None, passed_over: 0 };
        let block = lines.block_in(room)?.unwrap_or_else(empty);
        Ok((block, lines.go_on()))
    }

    /// Leaves the rest to whoever is idle, or until its turn is nearer.
    fn leave<'scope>(
        self,
        scope: &ScopeFifo<'scope>,
        (bytes, goes_on): (usize, bool),
        pace: &Arc<Pace<T>>,
        work: Work<'scope, T>,
    ) where
        T: 'scope,
    {
        let mut ahead = pace.ahead();
        ahead.blocks += 1;
        ahead.bytes += bytes;
        if !goes_on {
            return;
        }
        if ahead.blocks < pace.most && ahead.bytes < MOST_BYTES {
            self.next_by_whoever_is_idle(scope, pace, work);
        } else {
            ahead.rest = Some(self);
        }
    }
}
