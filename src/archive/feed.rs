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
    ahead::{self, Content, Piece},
    block::Block,
    budget::{Budget, cost},
    decision::Decision,
    inflater::{Inflaters, LARGEST_WHOLE, Rooms},
    lane::{Jobs, Lane, Work},
    reader::{LineSource, Lines},
    turns::{AtOnce, Done, Following, Outcome, Turn, Underway},
};
use crate::failure::Failure;

/// Pieces of work that may be under way, or done and waiting for their turn, for each thread.
const PIECES: usize = 4;

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
    let budget = &Arc::new(Budget::default());
    let decision = Arc::new(Decision::of(reading.share.clone()));
    let rooms = &Arc::new(Rooms::default());
    let pieces = ahead::start(sources, most, reading, budget, (&decision, rooms));
    let inflaters = &Inflaters::default();
    let on_block = &|position: usize, source: &LineSource, block: Block| {
        let block = decision.spelt(source, block);
        (work(position, &block), block)
    };
    pool.in_place_scope_fifo(|scope| {
        let (coming, work) = (VecDeque::new(), Work { on_block, following, rooms, budget, jobs });
        let most_lanes = workers.count();
        let mut under_way = UnderWay { scope, sources, work, inflaters, coming, turns: 0, most, most_lanes };
        let mut early = None;
        loop {
            while under_way.has_room() {
                let next = match early.take() {
                    Some(piece) => Some(Ok(piece)),
                    None if under_way.coming.is_empty() => pieces.recv().ok(),
                    None => pieces.try_recv().ok(),
                };
                let Some(piece) = next.transpose()? else { break };
                early = under_way.begin(piece);
                if early.is_some() {
                    break;
                }
            }
            // At the end nothing is under way; and the panic of a worker goes on where the scope ends.
            let Some(oldest) = under_way.oldest() else {
                take(None, workers)?;
                return Ok(decision.texts());
            };
            if let Some((done, free)) = oldest? {
                take(Some(done), workers)?;
                match free {
                    Free::OfPiece(bytes) => budget.give_back(bytes),
                    Free::OfLane(bytes) => under_way.was_taken(bytes),
                }
                under_way.go_on();
            }
        }
    })
}

impl<'scope, T: Send + 'scope> UnderWay<'_, 'scope, T> {
    fn has_room(&self) -> bool {
        let lanes = self.coming.iter().filter(|coming| matches!(coming, Coming::Lane(_))).count();
        self.coming.len() < self.most && lanes < self.most_lanes
    }

    /// Begins with a piece, or gives it back where it would take more than there is now. The oldest always may.
    fn begin(&mut self, piece: Piece) -> Option<Piece> {
        let (work, inflaters, number) = (self.work, self.inflaters, self.turns);
        if let Content::Whole(bytes) = piece.content
            && !work.budget.try_take(bytes)
        {
            if !self.coming.is_empty() {
                return Some(piece);
            }
            work.budget.take_anyway(bytes);
        }
        self.turns += 1;
        let Piece { source: position, of: source, content } = piece;
        let coming = match content {
            Content::Blocks(lines) => Coming::Lane(self.lane(number, position, source, lines)),
            content => {
                let (done, result) = sync_channel(1);
                self.scope.spawn_fifo(move |_| {
                    let worked = match content {
                        Content::Lines(block, bytes) => {
                            let (worked, block) = (work.on_block)(position, &source, block);
                            work.rooms.give_back(block.bytes);
                            Ok(Done::Worked(worked, bytes))
                        }
                        Content::Whole(bytes) => whole((position, &source), bytes, inflaters, work),
                        // It is a lane.
                        Content::Blocks(_) => Ok(Done::TooLarge),
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
        None
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
            Coming::Lane(lane) => {
                lane.is_first(self.scope, self.work);
                match lane.next() {
                    None => {
                        self.coming.pop_front();
                        return Some(Ok(None));
                    }
                    Some(worked) => (worked.recv().ok()?, Free::OfLane, None),
                }
            }
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

    /// What a block of the oldest lane took is free again.
    fn was_taken(&self, bytes: usize) {
        if let Some(Coming::Lane(lane)) = self.coming.front() {
            lane.was_taken(self.scope, bytes, self.work);
        }
    }

    /// Goes on with all lanes that waited for what is free now.
    fn go_on(&self) {
        for coming in &self.coming {
            if let Coming::Lane(lane) = coming {
                lane.go_on(self.scope, self.work);
            }
        }
    }
}

/// Works on a source that is small enough to be read in one go, and was thought to take so many bytes.
fn whole<T>(
    (position, source): (usize, &LineSource),
    thought: usize,
    inflaters: &Inflaters,
    work: Work<'_, T>,
) -> Result<Done<T>, Failure> {
    let takes = |bytes: usize| {
        work.budget.correct(thought, bytes);
        bytes
    };
    let mut inflater = inflaters.take();
    let block = match source {
        LineSource::Part { folder, part } => inflater.part(folder, part)?,
        LineSource::File(path) => inflater.file(path)?,
        LineSource::Stdin => None,
    };
    if let Some((block, lines)) = block {
        let bytes = takes(cost(block.bytes.len(), lines));
        let (done, block) = (work.on_block)(position, source, block);
        inflaters.give_back(inflater, Some(block));
        return Ok(Done::Worked(done, bytes));
    }
    inflaters.give_back(inflater, None);
    let block = source.open()?.whole(LARGEST_WHOLE)?;
    let lines = |block: &Block| memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
    let bytes = takes(block.as_ref().map_or(0, |block| cost(block.bytes.len(), lines(block))));
    Ok(block.map_or(Done::TooLarge, |block| Done::Worked((work.on_block)(position, source, block).0, bytes)))
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        sync::atomic::{AtomicUsize, Ordering::SeqCst},
        time::{Duration, Instant},
    };

    use super::*;
    use crate::{
        archive::{budget, lane, trait_texts::TextsAre},
        gzip,
    };

    /// Bytes of lines that were read and not taken yet.
    #[derive(Default)]
    struct Held {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Held {
        fn add(&self, bytes: usize) {
            let now = self.now.fetch_add(bytes, SeqCst) + bytes;
            self.most.fetch_max(now, SeqCst);
        }

        /// Waits until nothing more is read, but not for long.
        fn wait(&self) {
            let (begun, mut before) = (Instant::now(), usize::MAX);
            while self.now.load(SeqCst) != before && begun.elapsed() < Duration::from_secs(2) {
                before = self.now.load(SeqCst);
                std::thread::sleep(Duration::from_millis(60));
            }
        }
    }

    #[test]
    fn however_many_threads_read_ahead_they_share_what_may_be_read() {
        for (length, lines, files) in [(1_023, 24_000, 5), (15 << 20, 2, 6), (15 << 20, 1, 8)] {
            let folder = tempfile::tempdir().unwrap();
            let content = gzip::compressed(&[&b"x".repeat(length)[..], b"\n"].concat().repeat(lines));
            let sources: Vec<_> = (0..files).map(|file| folder.path().join(file.to_string())).collect();
            for path in &sources {
                fs::write(path, &content).unwrap();
            }
            let sources: Vec<_> = sources.into_iter().map(LineSource::File).collect();
            let reading = Reading { threads: 8, values: Some(TextsAre::Json), share: None };
            let (held, waited) = (Held::default(), AtomicUsize::default());
            let work = |source: usize, block: &Block| {
                held.add(block.bytes.len());
                if source == 0 && waited.fetch_add(1, SeqCst) == 0 {
                    held.wait();
                }
                (source, block.lines().count(), block.bytes.len())
            };
            let mut found = vec![0; files];
            in_order(&sources, reading, work, |(source, lines, bytes)| {
                assert!(found[source + 1..].iter().all(|later| *later == 0));
                found[source] += lines;
                held.now.fetch_sub(bytes, SeqCst);
                Ok(())
            })
            .unwrap();
            assert_eq!(found, vec![lines; files]);
            let most = held.most.load(SeqCst);
            assert!(most <= budget::MOST + lane::MOST_BYTES, "{length} × {lines}: {most}");
        }
    }
}
