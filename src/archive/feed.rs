//! Works on lines on all cores: a thread of its own reads ahead, what can be inflated apart from the rest is inflated by
//! whoever works on it, and results come in input order.

use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
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
use crate::failure::Failure;

/// Pieces of work that may be under way, or done and waiting for their turn, for each thread.
const PIECES: usize = 6;
/// A part that is larger than this, inflated, is streamed.
const LARGEST_PART: u64 = 16 << 20;

/// Lines that one thread works on, perhaps not inflated yet.
#[derive(Debug)]
struct Piece {
    /// Position of its source.
    source: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// A part that is read and inflated where it is worked on.
    Part(Source),
    /// Lines that were read already.
    Lines(Block),
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
    let pieces = ahead(sources, most);
    let (inflaters, work) = (&Inflaters::default(), &work);
    pool.in_place_scope_fifo(|scope| {
        let mut under_way: VecDeque<Receiver<Result<T, Failure>>> = VecDeque::new();
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
            take(result?)?;
        }
    })
}

/// Starts to read ahead.
fn ahead(sources: &[Source], most: usize) -> Receiver<Result<Piece, Failure>> {
    let (sender, receiver) = sync_channel(most);
    let sources = sources.to_vec();
    // Nobody waits for this thread: it ends with its sources, or when nobody takes what it read.
    thread::spawn(move || read_ahead(sources, &sender));
    receiver
}

fn read_ahead(sources: Vec<Source>, sender: &SyncSender<Result<Piece, Failure>>) {
    for (position, source) in sources.into_iter().enumerate() {
        let small = matches!(&source, Source::Part { folder, part } if is_small(&folder.join(&part.file)));
        let read = if small {
            let piece = Piece { source: position, content: Content::Part(source) };
            sender.send(Ok(piece)).map_err(|_| None)
        } else {
            stream(position, &source, sender)
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
) -> Result<(), Option<Failure>> {
    let mut lines = source.open()?;
    while let Some(block) = lines.block()? {
        sender.send(Ok(Piece { source: position, content: Content::Lines(block) })).map_err(|_| None)?;
    }
    Ok(())
}

/// Whether a part can be inflated in one go, by the length that ends a gzip file (RFC 1952).
fn is_small(path: &Path) -> bool {
    let mut trailer = [0; 4];
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut trailer)
    });
    read.is_ok() && u64::from(u32::from_le_bytes(trailer)) <= LARGEST_PART
}

impl Piece {
    fn worked_on<T>(self, inflaters: &Inflaters, work: &impl Fn(usize, &Block) -> T) -> Result<T, Failure> {
        let source = self.source;
        let (folder, part) = match self.content {
            Content::Lines(block) => return Ok(work(source, &block)),
            Content::Part(Source::Part { folder, part }) => (folder, part),
            Content::Part(other) => return Ok(work(source, &other.open()?.whole()?)),
        };
        let mut inflater = inflaters.take();
        let block = inflater.inflated(&folder, &part)?;
        let done = work(source, &block);
        inflater.lines = block.bytes;
        inflaters.give_back(inflater);
        Ok(done)
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
    /// The lines of a part, which is checked against its manifest.
    fn inflated(&mut self, folder: &Path, part: &Part) -> Result<Block, Failure> {
        read_checked_part(folder, part, &mut self.compressed)?;
        let trailer = self.compressed.last_chunk::<4>().copied().unwrap_or_default();
        let mut bytes = std::mem::take(&mut self.lines);
        bytes.resize(u32::from_le_bytes(trailer) as usize, 0);
        let inflated = self.decompressor.gzip_decompress(&self.compressed, &mut bytes);
        let whole = inflated.is_ok_and(|length| length == bytes.len());
        // A file of several members inflates to its first one here; the manifest knows better.
        if whole && memchr::memchr_iter(b'\n', &bytes).count() as u64 == part.profiles {
            return Ok(Block { bytes, first_line: 1, overlong: None });
        }
        let source = Source::Part { folder: folder.to_owned(), part: part.clone() };
        source.open()?.whole()
    }
}
