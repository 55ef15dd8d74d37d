//! Works on lines on all cores: a thread of its own reads ahead, what can be inflated apart from the rest is inflated by
//! whoever works on it, and results come in input order.

use std::{
    collections::VecDeque,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{
    ahead::Room,
    block::Block,
    inflater::{Inflaters, LARGEST_WHOLE},
    reader::LineSource,
    share::Share,
    small::is_small,
    spelling,
    trait_texts::{TextEvidence, TextsAre},
    turns::{AtOnce, Done, Following, Outcome, Turn, Underway},
};
use crate::failure::Failure;

/// Pieces of work that may be under way, or done and waiting for their turn, for each thread.
const PIECES: usize = 6;
/// Lines that decide what the texts of traits stand for.
const DECIDED_BY: u64 = 10_000;
/// Pieces that wait for that decision at most.
const MOST_HELD: usize = 32;

/// Lines that one thread works on, perhaps not inflated yet.
#[derive(Debug)]
struct Piece {
    /// Position of its source.
    source: usize,
    of: LineSource,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// All of its source, which is read and inflated where it is worked on.
    Whole,
    /// Lines that were read already.
    Lines(Block),
}

/// How sources are read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Threads that work; 0 is one for each core.
    pub threads: usize,
    /// What the texts of traits stand for; none decides by the first lines of all.
    pub values: Option<TextsAre>,
    /// The share that is taken; none is all. Texts are not decided upon where it is one, since others who read a share of the
    /// same lines might decide otherwise.
    pub share: Option<Share>,
}

/// What was decided about the texts of traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Texts {
    /// What they stand for.
    pub are: TextsAre,
    /// What the first lines told; nothing where it was given.
    pub evidence: TextEvidence,
}

/// The threads that work on lines, for other work that comes of it.
#[derive(Debug)]
pub struct Workers<'p>(&'p ThreadPool);

impl Workers<'_> {
    /// Lets a worker do this, after what was given to them before.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn_fifo(job);
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
    let workers = &Workers(&pool);
    let most = workers.count() * PIECES;
    let room = Arc::new(Room::default());
    let decision = Arc::new(Decision { share: reading.share.clone(), ..Decision::default() });
    let pieces = ahead(sources, most, reading, &room, &decision);
    let (inflaters, work) = (&Inflaters::default(), &work);
    pool.in_place_scope_fifo(|scope| {
        let mut under_way: VecDeque<(usize, Receiver<Outcome<T>>)> = VecDeque::new();
        let mut begun = 0;
        for number in 0.. {
            while under_way.len() < most {
                let next = if under_way.is_empty() { pieces.recv().ok() } else { pieces.try_recv().ok() };
                let Some(piece) = next.transpose()? else { break };
                let (done, result) = sync_channel(1);
                under_way.push_back((piece.source, result));
                let decision = Arc::clone(&decision);
                let turn = Turn { number: begun, goes_on: false };
                begun += 1;
                scope.spawn_fifo(move |_| match piece.worked_on(inflaters, &decision, work) {
                    Ok(Done::Worked(result, bytes)) => following.follow(turn, Underway { result, bytes, done }),
                    // Nobody takes it where an earlier piece has ended everything.
                    other => drop(done.send(other)),
                });
            }
            // At the end nothing is under way; and the panic of a worker goes on where the scope ends.
            let Some((position, Ok(result))) = under_way.pop_front().map(|(at, oldest)| (at, oldest.recv())) else {
                break;
            };
            match result? {
                Done::Worked(done, bytes) => {
                    take(Some(done), workers)?;
                    room.give_back(bytes);
                }
                Done::TooLarge => {
                    let source = &sources[position];
                    let work = |block| work(position, &decision.spelt(source, block));
                    streamed(source, work, (following, number), |done| take(Some(done), workers))?;
                }
            }
        }
        take(None, workers)?;
        Ok(decision.texts())
    })
}

/// Works on a source block by block on this thread, when its turn has come.
fn streamed<T>(
    source: &LineSource,
    work: impl Fn(Block) -> T,
    (following, number): (&impl Following<T>, u64),
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut lines = source.open()?;
    while let Some(block) = lines.block()? {
        let (done, result) = sync_channel(1);
        // All before it are handed over, so that it passes at once.
        following.follow(Turn { number, goes_on: true }, Underway { result: work(block), bytes: 0, done });
        if let Done::Worked(done, _) = result.recv().map_err(|_| Failure::stopped("a block was lost"))?? {
            take(done)?;
        }
    }
    following.end(number);
    Ok(())
}

/// Starts to read ahead.
fn ahead(
    sources: &[LineSource],
    most: usize,
    reading: Reading,
    room: &Arc<Room>,
    decision: &Arc<Decision>,
) -> Receiver<Result<Piece, Failure>> {
    let (sender, receiver) = sync_channel(most);
    let (room, decision) = (Arc::clone(room), Arc::clone(decision));
    let ahead =
        Ahead { sender, room, decision, reading, held: Vec::new(), lines: 0, evidence: TextEvidence::default() };
    let sources = sources.to_vec();
    // Nobody waits for this thread: it ends with its sources, or when nobody takes what it read.
    thread::spawn(move || ahead.read(sources));
    receiver
}

/// The thread that reads.
struct Ahead {
    sender: SyncSender<Result<Piece, Failure>>,
    room: Arc<Room>,
    decision: Arc<Decision>,
    reading: Reading,
    /// Pieces that wait for the decision about texts.
    held: Vec<Piece>,
    /// Lines that were looked at for it.
    lines: u64,
    evidence: TextEvidence,
}

impl Ahead {
    fn read(mut self, sources: Vec<LineSource>) {
        match self.all(sources) {
            Ok(()) | Err(None) => {}
            Err(Some(failure)) => drop(self.sender.send(Err(failure))),
        }
    }

    /// Reads all; the error is `None` where nobody listens any more.
    fn all(&mut self, sources: Vec<LineSource>) -> Result<(), Option<Failure>> {
        // Archives of ours hold no texts, and a single file is worked on faster block by block.
        let ours = sources.iter().all(|source| matches!(source, LineSource::Part { .. }));
        if let Some(given) = self.reading.values {
            self.decision.make(given, TextEvidence::default());
        } else if ours {
            self.decision.make(TextsAre::Json, TextEvidence::default());
        }
        let several = sources.len() > 1;
        for (position, source) in sources.into_iter().enumerate() {
            let decided = self.decision.is_made() || matches!(source, LineSource::Part { .. });
            if decided && is_small(&source, several) {
                self.send(Piece { source: position, of: source.clone(), content: Content::Whole })?;
            } else {
                self.stream(position, &source)?;
            }
        }
        self.decide()
    }

    /// Sends a source block by block.
    fn stream(&mut self, position: usize, source: &LineSource) -> Result<(), Option<Failure>> {
        let mut lines = source.open()?;
        while let Some(block) = lines.block()? {
            if !self.decision.is_made() {
                self.look_at(&block);
                // What is held back gives no room back.
                if !self.room.has(block.bytes.capacity()) {
                    self.decide()?;
                }
            }
            self.room.take(block.bytes.capacity());
            self.send(Piece { source: position, of: source.clone(), content: Content::Lines(block) })?;
            if self.lines >= DECIDED_BY {
                self.decide()?;
            }
        }
        Ok(())
    }

    fn look_at(&mut self, block: &Block) {
        let has_texts = spelling::has_texts(block);
        for (_, line) in block.lines() {
            if self.lines >= DECIDED_BY {
                break;
            }
            self.lines += 1;
            if has_texts {
                spelling::see(line, &mut self.evidence);
            }
        }
        if has_texts {
            self.decision.were_there();
        }
    }

    /// Decides by what was seen, and lets go what waited for it.
    fn decide(&mut self) -> Result<(), Option<Failure>> {
        if !self.decision.is_made() {
            if self.reading.share.is_some() && self.decision.are_there() {
                let failure =
                    Failure::usage("the input has `trait_texts`, and a share of it may look otherwise than the rest");
                return Err(Some(failure.hint("say what its texts are: `--values json` or `--values plain`")));
            }
            self.decision.make(self.evidence.verdict(), self.evidence);
        }
        for piece in std::mem::take(&mut self.held) {
            self.sender.send(Ok(piece)).map_err(|_| None)?;
        }
        Ok(())
    }

    fn send(&mut self, piece: Piece) -> Result<(), Option<Failure>> {
        if self.decision.is_made() {
            return self.sender.send(Ok(piece)).map_err(|_| None);
        }
        self.held.push(piece);
        // What waits takes the room of what is read ahead; nobody gives it back before the decision.
        if self.held.len() >= MOST_HELD { self.decide() } else { Ok(()) }
    }
}

/// What the texts of traits stand for, once it is known, and whose lines are taken.
#[derive(Debug, Default)]
struct Decision {
    share: Option<Share>,
    made: OnceLock<Texts>,
    there: AtomicBool,
}

impl Decision {
    fn make(&self, are: TextsAre, evidence: TextEvidence) {
        // Only the thread that reads decides, once.
        let _ = self.made.set(Texts { are, evidence });
    }

    fn is_made(&self) -> bool {
        self.made.get().is_some()
    }

    fn were_there(&self) {
        self.there.store(true, Ordering::Relaxed);
    }

    fn are_there(&self) -> bool {
        self.there.load(Ordering::Relaxed)
    }

    fn texts(&self) -> Option<Texts> {
        self.made.get().copied().filter(|_| self.are_there())
    }

    /// The lines that are taken, in the spelling of an archive, whoever wrote them.
    fn spelt(&self, source: &LineSource, block: Block) -> Block {
        let is_ours = matches!(source, LineSource::Part { .. });
        let texts = self.made.get().map_or(TextsAre::Json, |texts| texts.are);
        let block = match &self.share {
            None => block,
            Some(share) if is_ours => share.taken(block, |line| line.into()),
            Some(share) => share.taken(block, spelling::canonical_ids),
        };
        if is_ours {
            return block;
        }
        let has_texts = spelling::has_texts(&block);
        if has_texts {
            self.were_there();
        }
        spelling::canonical(block, texts, has_texts)
    }
}

impl Piece {
    fn worked_on<T>(
        self,
        inflaters: &Inflaters,
        decision: &Decision,
        work: &impl Fn(usize, &Block) -> T,
    ) -> Result<Done<T>, Failure> {
        let (position, source) = (self.source, self.of);
        if let Content::Lines(block) = self.content {
            let bytes = block.bytes.capacity();
            return Ok(Done::Worked(work(position, &decision.spelt(&source, block)), bytes));
        }
        let mut inflater = inflaters.take();
        let block = match &source {
            LineSource::Part { folder, part } => inflater.inflated(folder, part)?,
            LineSource::File(path) => inflater.plain(path)?,
            LineSource::Stdin => None,
        };
        let block = block.map(|block| decision.spelt(&source, block));
        let done = block.as_ref().map(|block| work(position, block));
        inflaters.give_back(inflater, block);
        if let Some(done) = done {
            return Ok(Done::Worked(done, 0));
        }
        match source.open()?.whole(LARGEST_WHOLE)? {
            Some(block) => Ok(Done::Worked(work(position, &decision.spelt(&source, block)), 0)),
            None => Ok(Done::TooLarge),
        }
    }
}
