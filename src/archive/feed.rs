//! Works on lines on all cores: a thread of its own reads ahead, what can be inflated apart from the rest is inflated by
//! whoever works on it, and results come in input order.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        mpsc::{Receiver, sync_channel},
    },
};

use rayon::{ScopeFifo, ThreadPool, ThreadPoolBuilder};

pub use super::{ahead::Reading, decision::Texts};
use super::{
    ahead::{self, Content, Piece, Room},
    block::Block,
    decision::Decision,
    inflater::{Inflaters, LARGEST_WHOLE, Rooms},
    lane::{Jobs, Lane, Work},
    reader::{LineSource, Lines},
    turns::{AtOnce, Done, Following, Outcome, Turn, Underway},
};
use crate::failure::Failure;

/// Pieces of work that may be under way, or done and waiting for their turn, for each thread.
const PIECES: usize = 6;

/// Work that was begun.
enum Coming<T> {
    /// Of the source at a position, at its turn.
    Piece(Receiver<Outcome<T>>, usize, u64),
    Lane(Lane<T>),
}

/// What was read ahead and is free again when its result was taken.
enum Free {
    OfPiece(usize),
    OfLane(usize),
}

/// All work that was begun, in input order.
struct UnderWay<'a, 'scope, T> {
    scope: &'a ScopeFifo<'scope>,
    sources: &'a [LineSource],
    work: Work<'scope, T>,
    inflaters: &'scope Inflaters,
    coming: VecDeque<Coming<T>>,
    /// How many turns were given.
    turns: u64,
    /// Pieces, and blocks of each lane, at most.
    most: usize,
    /// Lanes at most: each may be ahead of its turn.
    most_lanes: usize,
}

/// The threads that work on lines, for other work that comes of it.
pub struct Workers<'p>(&'p ThreadPool, Arc<Jobs>);

impl Workers<'_> {
    /// Lets a worker do this, after what was given to them before.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.1.add(job);
        let jobs = Arc::clone(&self.1);
        self.0.spawn_fifo(move || jobs.do_one());
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.current_num_threads()
    }
}

/// Does `work` on all lines of all sources, block by block (it gets the position of the source, too), and hands the
/// results to `take` in input order, on this thread. Gives what was decided about the texts of traits, if there were any.
///
/// # Errors
/// A source that cannot be read (the message names it), or an error of `take`.
pub fn in_order<T: Send>(
    sources: &[LineSource],
    reading: Reading,
    work: impl Fn(usize, &Block) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<Option<Texts>, Failure> {
    in_order_with_workers(sources, reading, work, &AtOnce, |done, _| done.map_or(Ok(()), &mut take))
}

/// The same, where workers do something with results in order, and `take` has further work for them; it gets nothing at the
/// end.
///
/// # Errors
/// As for [`in_order`].
pub fn in_order_with_workers<T: Send>(
    sources: &[LineSource],
    reading: Reading,
    work: impl Fn(usize, &Block) -> T + Sync,
    following: &impl Following<T>,
    mut take: impl FnMut(Option<T>, &Workers<'_>) -> Result<(), Failure>,
) -> Result<Option<Texts>, Failure> {
    let pool = ThreadPoolBuilder::new().num_threads(reading.threads).thread_name(|number| format!("worker-{number}"));
    let pool = pool.build();
    let pool = pool.map_err(|error| Failure::stopped("cannot start threads").because(error))?;
    let jobs = &Arc::new(Jobs::default());
    let workers = &Workers(&pool, Arc::clone(jobs));
    let most = workers.count() * PIECES;
    let room = Arc::new(Room::default());
    let decision = Arc::new(Decision::of(reading.share.clone()));
    let rooms = &Arc::new(Rooms::default());
    let pieces = ahead::start(sources, most, reading, &room, (&decision, rooms));
    let inflaters = &Inflaters::default();
    let on_block = &|position: usize, source: &LineSource, block: Block| {
        let block = decision.spelt(source, block);
        (work(position, &block), block)
    };
    pool.in_place_scope_fifo(|scope| {
        let (coming, work) = (VecDeque::new(), Work { on_block, following, rooms, jobs });
        let mut under_way =
            UnderWay { scope, sources, work, inflaters, coming, turns: 0, most, most_lanes: workers.count() };
        loop {
            while under_way.has_room() {
                let next = if under_way.coming.is_empty() { pieces.recv().ok() } else { pieces.try_recv().ok() };
                let Some(piece) = next.transpose()? else { break };
                under_way.begin(piece);
            }
            // At the end nothing is under way; and the panic of a worker goes on where the scope ends.
            let Some(oldest) = under_way.oldest() else {
                take(None, workers)?;
                return Ok(decision.texts());
            };
            if let Some((done, free)) = oldest? {
                take(Some(done), workers)?;
                match free {
                    Free::OfPiece(bytes) => room.give_back(bytes),
                    Free::OfLane(bytes) => under_way.go_on(bytes),
                }
            }
        }
    })
}

impl<'scope, T: Send + 'scope> UnderWay<'_, 'scope, T> {
    fn has_room(&self) -> bool {
        let lanes = self.coming.iter().filter(|coming| matches!(coming, Coming::Lane(_))).count();
        self.coming.len() < self.most && lanes < self.most_lanes
    }

    fn begin(&mut self, piece: Piece) {
        let (work, inflaters, number) = (self.work, self.inflaters, self.turns);
        self.turns += 1;
        let Piece { source: position, of: source, content } = piece;
        let coming = match content {
            Content::Blocks(lines) => Coming::Lane(self.lane(number, position, source, lines)),
            content => {
                let (done, result) = sync_channel(1);
                self.scope.spawn_fifo(move |_| {
                    let worked = match content {
                        Content::Lines(block) => {
                            let bytes = block.bytes.capacity();
                            let (worked, block) = (work.on_block)(position, &source, block);
                            work.rooms.give_back(block.bytes);
                            Ok(Done::Worked(worked, bytes))
                        }
                        _ => whole(position, &source, inflaters, work),
                    };
                    match worked {
                        Ok(Done::Worked(result, bytes)) => {
                            let turn = Turn { number, block: 0, goes_on: false };
                            work.following.follow(turn, Underway { result, bytes, done });
                        }
                        // Nobody takes it where an earlier piece has ended everything.
                        other => drop(done.send(other)),
                    }
                });
                Coming::Piece(result, position, number)
            }
        };
        self.coming.push_back(coming);
    }

    fn lane(&self, number: u64, position: usize, source: LineSource, lines: Option<Lines>) -> Lane<T> {
        Lane::start(self.scope, (number, position, source, lines), self.most, self.work)
    }

    /// What became of the oldest work, or nothing yet; `None` where all is done, or a worker is no more.
    fn oldest(&mut self) -> Option<Result<Option<(T, Free)>, Failure>> {
        let (worked, free, large): (_, fn(usize) -> Free, _) = match self.coming.front()? {
            Coming::Piece(piece, position, number) => {
                let (worked, large) = (piece.recv().ok()?, (*position, *number));
                self.coming.pop_front();
                (worked, Free::OfPiece, Some(large))
            }
            Coming::Lane(lane) => match lane.next() {
                None => {
                    self.coming.pop_front();
                    return Some(Ok(None));
                }
                Some(worked) => (worked.recv().ok()?, Free::OfLane, None),
            },
        };
        Some(worked.map(|worked| match (worked, large) {
            (Done::Worked(done, bytes), _) => Some((done, free(bytes))),
            (Done::TooLarge, None) => None,
            (Done::TooLarge, Some((position, number))) => {
                let lane = self.lane(number, position, self.sources[position].clone(), None);
                self.coming.push_front(Coming::Lane(lane));
                None
            }
        }))
    }

    /// Goes on with the oldest lane.
    fn go_on(&self, bytes: usize) {
        if let Some(Coming::Lane(lane)) = self.coming.front() {
            lane.was_taken(self.scope, bytes, self.work);
        }
    }
}

/// Works on a source that is small enough to be read in one go.
fn whole<T>(
    position: usize,
    source: &LineSource,
    inflaters: &Inflaters,
    work: Work<'_, T>,
) -> Result<Done<T>, Failure> {
    let mut inflater = inflaters.take();
    let block = match source {
        LineSource::Part { folder, part } => inflater.part(folder, part)?,
        LineSource::File(path) => inflater.file(path)?,
        LineSource::Stdin => None,
    };
    let (done, block) = block.map(|block| (work.on_block)(position, source, block)).unzip();
    inflaters.give_back(inflater, block);
    if let Some(done) = done {
        return Ok(Done::Worked(done, 0));
    }
    match source.open()?.whole(LARGEST_WHOLE)? {
        Some(block) => Ok(Done::Worked((work.on_block)(position, source, block).0, 0)),
        None => Ok(Done::TooLarge),
    }
}
