//! Feeds lines to many threads: a thread of its own reads ahead, and what can be inflated apart from the rest is left to
//! whoever works on it.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use libdeflater::Decompressor;

use super::{
    manifest::Part,
    reader::{Block, Source, checked_part},
};
use crate::failure::Failure;

/// Pieces of work in one window.
const WINDOW: usize = 16;
/// A part that is larger than this, inflated, is streamed.
const LARGEST_PART: u64 = 16 << 20;

/// Lines that one thread works on, perhaps not inflated yet.
#[derive(Debug)]
pub struct Work {
    /// Position of its source.
    pub source: usize,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// A part that is read and inflated where it is worked on.
    Part(Source),
    /// Lines that were read already.
    Lines(Block),
}

/// Pieces of work in input order.
#[derive(Debug)]
pub struct Feed {
    receiver: Receiver<Result<Work, Failure>>,
}

impl Feed {
    /// Starts to read ahead.
    #[must_use]
    pub fn new(sources: &[Source]) -> Self {
        let (sender, receiver) = sync_channel(WINDOW);
        let sources = sources.to_vec();
        // Nobody waits for this thread: it ends with its sources, or when nobody takes what it read.
        thread::spawn(move || read_ahead(sources, &sender));
        Self { receiver }
    }

    /// What there is by now, at least one piece; empty at the end.
    ///
    /// # Errors
    /// A source that cannot be read; the message names it.
    pub fn window(&self) -> Result<Vec<Work>, Failure> {
        let first = self.receiver.recv().into_iter();
        first.chain(self.receiver.try_iter().take(WINDOW - 1)).collect()
    }
}

fn read_ahead(sources: Vec<Source>, sender: &SyncSender<Result<Work, Failure>>) {
    for (position, source) in sources.into_iter().enumerate() {
        let small = matches!(&source, Source::Part { folder, part } if is_small(&folder.join(&part.file)));
        let read = if small {
            let work = Work { source: position, content: Content::Part(source) };
            sender.send(Ok(work)).map_err(|_| None)
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
fn stream(position: usize, source: &Source, sender: &SyncSender<Result<Work, Failure>>) -> Result<(), Option<Failure>> {
    let mut lines = source.open()?;
    while let Some(block) = lines.block()? {
        sender.send(Ok(Work { source: position, content: Content::Lines(block) })).map_err(|_| None)?;
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

impl Work {
    /// Its lines; a part is checked against its manifest.
    ///
    /// # Errors
    /// A part that cannot be read, or is not what its manifest says.
    pub fn load(self, inflater: &mut Decompressor) -> Result<Block, Failure> {
        match self.content {
            Content::Lines(block) => Ok(block),
            Content::Part(Source::Part { folder, part }) => inflated(&folder, &part, inflater),
            Content::Part(other) => other.open()?.whole(),
        }
    }
}

fn inflated(folder: &Path, part: &Part, inflater: &mut Decompressor) -> Result<Block, Failure> {
    let compressed = checked_part(folder, part)?;
    let trailer = compressed.last_chunk::<4>().copied().unwrap_or_default();
    let mut bytes = vec![0; u32::from_le_bytes(trailer) as usize];
    let whole = inflater.gzip_decompress(&compressed, &mut bytes).is_ok_and(|length| length == bytes.len());
    let block = Block { bytes, first_line: 1, overlong: None };
    // A file of several members inflates to its first one here; the manifest knows better.
    if whole && block.lines().count() as u64 == part.profiles {
        return Ok(block);
    }
    let source = Source::Part { folder: folder.to_owned(), part: part.clone() };
    source.open()?.whole()
}
