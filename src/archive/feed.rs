//! Works on lines on all cores: a thread of its own reads ahead, what can be inflated apart from the rest is inflated by
//! whoever works on it, and results come in input order.

use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use libdeflater::Decompressor;
use rayon::ThreadPoolBuilder;

use super::{
    manifest::Part,
    reader::{Block, Source, read_checked_part},
};
use crate::{failure::Failure, gzip};

/// Pieces of work that may be under way, or done and waiting for their turn, for each thread.
const PIECES: usize = 6;
/// What is larger than this, inflated, is streamed.
const LARGEST_WHOLE: usize = 16 << 20;
/// A part of more lines than this is streamed: even a short line takes room of its own while it is worked on.
const MOST_PROFILES: u64 = 65_536;
/// Bytes of lines that may be read ahead of their work.
const MOST_AHEAD: usize = 48 << 20;

/// Lines that one thread works on, perhaps not inflated yet.
#[derive(Debug)]
struct Piece {
    /// Position of its source.
    source: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// A part or a file that is read and inflated where it is worked on.
    Whole(Source),
    /// Lines that were read already.
    Lines(Block),
}

/// What became of a piece.
enum Done<T> {
    /// It was worked on; so many bytes that were read ahead are free again.
    Worked(T, usize),
    /// It holds more than its size promised, and is to be streamed.
    TooLarge(usize, Source),
}

/// Does `work` on all lines of all sources, block by block (it gets the position of the source, too), on so many threads
/// (0: one for each core), and hands the results to `take` in input order, on this thread.
///
/// # Errors
/// A source that cannot be read (the message names it), or an error of `take`.
pub fn in_order<T: Send>(
    sources: &[Source],
    threads: usize,
    work: impl Fn(usize, &Block) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::stopped("cannot start threads").because(error))?;
    let most = pool.current_num_threads() * PIECES;
    let room = Arc::new(Room::default());
    let pieces = ahead(sources, most, &room);
    let (inflaters, work) = (&Inflaters::default(), &work);
    pool.in_place_scope_fifo(|scope| {
        let mut under_way: VecDeque<Receiver<Result<Done<T>, Failure>>> = VecDeque::new();
        loop {
            while under_way.len() < most {
                let next = if under_way.is_empty() { pieces.recv().ok() } else { pieces.try_recv().ok() };
                let Some(piece) = next.transpose()? else { break };
                let (done, result) = sync_channel(1);
                under_way.push_back(result);
                // Nobody takes the result where an earlier piece has ended everything.
                scope.spawn_fifo(move |_| drop(done.send(piece.worked_on(inflaters, work))));
            }
            // At the end nothing is under way; and the panic of a worker goes on where the scope ends.
            let Some(Ok(result)) = under_way.pop_front().map(|oldest| oldest.recv()) else { return Ok(()) };
            match result? {
                Done::Worked(done, bytes) => {
                    take(done)?;
                    room.give_back(bytes);
                }
                Done::TooLarge(position, source) => {
                    let mut lines = source.open()?;
                    while let Some(block) = lines.block()? {
                        take(work(position, &block))?;
                    }
                }
            }
        }
    })
}

/// Starts to read ahead.
fn ahead(sources: &[Source], most: usize, room: &Arc<Room>) -> Receiver<Result<Piece, Failure>> {
    let (sender, receiver) = sync_channel(most);
    let (sources, room) = (sources.to_vec(), Arc::clone(room));
    // Nobody waits for this thread: it ends with its sources, or when nobody takes what it read.
    thread::spawn(move || read_ahead(sources, &sender, &room));
    receiver
}

fn read_ahead(sources: Vec<Source>, sender: &SyncSender<Result<Piece, Failure>>, room: &Room) {
    // A single file is worked on faster block by block.
    let several = sources.len() > 1;
    for (position, source) in sources.into_iter().enumerate() {
        let read = if is_small(&source, several) {
            let piece = Piece { source: position, content: Content::Whole(source) };
            sender.send(Ok(piece)).map_err(|_| None)
        } else {
            stream(position, &source, sender, room)
        };
        match read {
            Ok(()) => {}
            Err(Some(failure)) => return drop(sender.send(Err(failure))),
            Err(None) => return,
        }
    }
}

/// Sends a source block by block; the error is `None` where nobody listens any more.
fn stream(
    position: usize,
    source: &Source,
    sender: &SyncSender<Result<Piece, Failure>>,
    room: &Room,
) -> Result<(), Option<Failure>> {
    let mut lines = source.open()?;
    while let Some(block) = lines.block()? {
        room.take(block.bytes.capacity());
        sender.send(Ok(Piece { source: position, content: Content::Lines(block) })).map_err(|_| None)?;
    }
    Ok(())
}

/// Whether a source seems to be small enough to be read and inflated in one go.
fn is_small(source: &Source, several: bool) -> bool {
    match source {
        Source::Part { folder, part } => {
            part.profiles <= MOST_PROFILES && inflated_size(&folder.join(&part.file)).is_some_and(is_little)
        }
        // A pipe has no size, and gives its content once.
        Source::File(path) => several && path.is_file() && inflated_size(path).is_some_and(is_little),
        Source::Stdin => false,
    }
}

fn is_little(bytes: u64) -> bool {
    bytes <= LARGEST_WHOLE as u64
}

/// The bytes of a file, or what the end of a gzip file says of its last member (RFC 1952).
fn inflated_size(path: &Path) -> Option<u64> {
    let (mut head, mut trailer) = ([0; 2], [0; 4]);
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    if !is_little(length) || file.read_exact(&mut head).is_err() || !gzip::is_gzip(&head) {
        return Some(length);
    }
    file.seek(SeekFrom::End(-4)).ok()?;
    file.read_exact(&mut trailer).ok()?;
    Some(u64::from(u32::from_le_bytes(trailer)).max(length))
}

impl Piece {
    fn worked_on<T>(self, inflaters: &Inflaters, work: &impl Fn(usize, &Block) -> T) -> Result<Done<T>, Failure> {
        let position = self.source;
        let source = match self.content {
            Content::Lines(block) => return Ok(Done::Worked(work(position, &block), block.bytes.capacity())),
            Content::Whole(source) => source,
        };
        if let Source::Part { folder, part } = &source {
            let mut inflater = inflaters.take();
            let block = inflater.inflated(folder, part)?;
            let done = block.as_ref().map(|block| work(position, block));
            inflater.lines = block.map(|block| block.bytes).unwrap_or_default();
            inflaters.give_back(inflater);
            if let Some(done) = done {
                return Ok(Done::Worked(done, 0));
            }
        }
        match source.open()?.whole(LARGEST_WHOLE)? {
            Some(block) => Ok(Done::Worked(work(position, &block), 0)),
            None => Ok(Done::TooLarge(position, source)),
        }
    }
}

/// Bytes that are read ahead, so that lines of any length fill no memory.
#[derive(Debug, Default)]
struct Room {
    taken: Mutex<usize>,
    freed: Condvar,
}

impl Room {
    /// Waits until there is room; what is larger than all of it gets it to itself.
    fn take(&self, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && *taken + bytes > MOST_AHEAD {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += bytes;
    }

    fn give_back(&self, bytes: usize) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(bytes);
        self.freed.notify_one();
    }
}

/// Inflates parts, always into the same room.
#[derive(Default)]
struct Inflater {
    decompressor: Decompressor,
    compressed: Vec<u8>,
    lines: Vec<u8>,
}

/// Those that nobody uses now.
#[derive(Default)]
struct Inflaters(Mutex<Vec<Inflater>>);

impl Inflaters {
    fn take(&self) -> Inflater {
        self.idle().pop().unwrap_or_default()
    }

    fn give_back(&self, inflater: Inflater) {
        self.idle().push(inflater);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Inflater>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inflater {
    /// The lines of a part, which is checked against its manifest; `None` where it is not one member of so many lines.
    fn inflated(&mut self, folder: &Path, part: &Part) -> Result<Option<Block>, Failure> {
        read_checked_part(folder, part, &mut self.compressed)?;
        let trailer = self.compressed.last_chunk::<4>().copied().unwrap_or_default();
        let length = u32::from_le_bytes(trailer) as usize;
        if length > LARGEST_WHOLE {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.lines);
        bytes.resize(length, 0);
        let inflated = self.decompressor.gzip_decompress(&self.compressed, &mut bytes);
        let whole = inflated.is_ok_and(|length| length == bytes.len());
        // A file of several members inflates to its first one here; the manifest knows better.
        if whole && memchr::memchr_iter(b'\n', &bytes).count() as u64 == part.profiles {
            return Ok(Some(Block { bytes, first_line: 1, overlong: None }));
        }
        Ok(None)
    }
}
