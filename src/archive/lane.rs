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
    budget::Budget,
    inflater::Rooms,
    lines::{BLOCK_BYTES, Found},
    reader::{LineSource, Lines},
    turns::{Following, Outcome, Turn, Underway},
};
use crate::failure::Failure;

/// Bytes that one source may take until they are taken from it, so that a little of it is read ahead and never all. Before its
/// turn it shares what all may take, too.
pub(super) const MOST_BYTES: usize = 24 << 20;

/// What those who work do.
pub(super) struct Work<'scope, T> {
    /// To a block of a source, which stands at a position; the block comes back, for whoever can use its room.
    pub(super) on_block: &'scope (dyn Fn(usize, &LineSource, Block) -> (T, Block) + Sync + 'scope),
    /// To results, in order.
    pub(super) following: &'scope dyn Following<T>,
    pub(super) rooms: &'scope Rooms,
    /// What may be read before its turn.
    pub(super) budget: &'scope Budget,
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
    /// Whether all sources before it are done. What it takes then is not of the bytes that all share, so that it goes on
    /// whatever others have taken.
    is_first: bool,
    /// Blocks that are under way, or done and waiting.
    blocks: usize,
    /// What those take, and the one that is being read.
    bytes: usize,
    /// What is left of a source that may not go on.
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
    /// Bytes that were taken for the next block.
    taken: usize,
    sender: Sender<Receiver<Outcome<T>>>,
}

/// What comes next.
enum Next {
    /// A block, what it takes, and whether others follow.
    Block(Block, usize, bool),
    /// It takes more than it was thought to.
    Longer,
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
        let rest = Rest { number, blocks: 0, position, source: Arc::new(source), lines, taken: 0, sender };
        let ahead = Mutex::new(Ahead { is_first: false, blocks: 0, bytes: 0, rest: Some(rest) });
        let lane = Self { coming, pace: Arc::new(Pace { most, ahead }) };
        lane.go_on(scope, work);
        lane
    }

    /// Where it comes what became of the next block, with the bytes that are free again when it was taken; `None` at the end.
    pub(super) fn next(&self) -> Option<Receiver<Outcome<T>>> {
        self.coming.recv().ok()
    }

    /// Goes on with a source that waits until it may take more.
    pub(super) fn go_on<'scope>(&self, scope: &ScopeFifo<'scope>, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let mut ahead = self.pace.ahead();
        if let Some(rest) = ahead.rest.take() {
            rest.leave(scope, ahead, &self.pace, work);
        }
    }

    /// It is its turn; it need not be told once only.
    pub(super) fn is_first<'scope>(&self, scope: &ScopeFifo<'scope>, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let mut ahead = self.pace.ahead();
        if !ahead.is_first {
            ahead.is_first = true;
            work.budget.give_back(ahead.bytes);
            drop(ahead);
            self.go_on(scope, work);
        }
    }

    /// What became of its oldest block was taken, so that so many bytes are free again.
    pub(super) fn was_taken<'scope>(&self, scope: &ScopeFifo<'scope>, bytes: usize, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let mut ahead = self.pace.ahead();
        ahead.blocks -= 1;
        ahead.bytes -= bytes;
        drop(ahead);
        self.go_on(scope, work);
    }
}

impl<T> Pace<T> {
    fn ahead(&self) -> MutexGuard<'_, Ahead<T>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Ahead<T> {
    /// Takes so many bytes more for the next block, of at most so many, if it may. It may always where it is its turn and none
    /// is under way.
    fn take(&mut self, bytes: usize, most: usize, budget: &Budget) -> bool {
        let is_near = self.blocks == 0 || self.blocks < most && self.bytes.saturating_add(bytes) <= MOST_BYTES;
        let may = is_near && (self.is_first || budget.try_take(bytes));
        if may {
            self.bytes += bytes;
        }
        may
    }

    /// A block was read that takes so many bytes, in place of those that were thought to be enough.
    fn was_read(&mut self, thought: usize, bytes: usize, budget: &Budget) {
        self.blocks += 1;
        self.bytes = self.bytes - thought + bytes;
        if !self.is_first {
            budget.correct(thought, bytes);
        }
    }
}

impl<T: Send> Rest<T> {
    /// Leaves it to whoever is idle, or until it may go on.
    fn leave<'scope>(
        mut self,
        scope: &ScopeFifo<'scope>,
        mut ahead: MutexGuard<'_, Ahead<T>>,
        pace: &Arc<Pace<T>>,
        work: Work<'scope, T>,
    ) where
        T: 'scope,
    {
        let needs = self.lines.as_ref().map_or(BLOCK_BYTES, Lines::needs);
        let more = needs.saturating_sub(self.taken);
        if ahead.take(more, pace.most, work.budget) {
            self.taken += more;
            let pace = Arc::clone(pace);
            scope.spawn_fifo(move |scope| self.next(scope, &pace, work));
        } else {
            ahead.rest = Some(self);
        }
    }

    /// Takes the next block, leaves the rest to others, and works on the block.
    fn next<'scope>(mut self, scope: &ScopeFifo<'scope>, pace: &Arc<Pace<T>>, work: Work<'scope, T>)
    where
        T: 'scope,
    {
        let (position, source) = (self.position, Arc::clone(&self.source));
        let next = self.block(work.rooms.take());
        if let Ok(Next::Longer) = next {
            return self.leave(scope, pace.ahead(), pace, work);
        }
        let (done, result) = sync_channel(1);
        // Nobody takes results where another source has ended everything.
        if self.sender.send(result).is_err() {
            return;
        }
        let (block, bytes, goes_on) = match next {
            Ok(Next::Block(block, bytes, goes_on)) => (block, bytes, goes_on),
            Ok(Next::Longer) => return,
            Err(failure) => return drop(done.send(Err(failure))),
        };
        let turn = Turn { number: self.number, block: self.blocks, goes_on };
        self.blocks += 1;
        let mut ahead = pace.ahead();
        ahead.was_read(std::mem::take(&mut self.taken), bytes, work.budget);
        if goes_on {
            self.leave(scope, ahead, pace, work);
        } else {
            drop(ahead);
        }
        let (result, block) = (work.on_block)(position, &source, block);
        work.following.follow(turn, Underway { result, bytes, done });
        work.rooms.give_back(block.bytes);
        work.jobs.do_one();
    }

    /// The next block, which is an empty one where there are no lines.
    fn block(&mut self, room: Vec<u8>) -> Result<Next, Failure> {
        let lines = match &mut self.lines {
            Some(lines) => lines,
            none => none.insert(self.source.open()?),
        };
        let block = match lines.find_in(room)? {
            Found::Block(block) => block,
            Found::Longer => return Ok(Next::Longer),
            Found::End => Block { bytes: Vec::new(), first_line: 1, overlong: None, passed_over: 0 },
        };
        let cost = lines.cost(&block);
        Ok(Next::Block(block, cost, lines.go_on()))
    }
}
