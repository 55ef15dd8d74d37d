//! Parts of an archive, each inflated in one go.

use std::{
    fs::File,
    io::Read,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use libdeflater::Decompressor;

use super::{
    block::Block,
    forms::{self, Packing},
    lines::{MOST_LINES_WHOLE, begin, unreadable},
    manifest::Part,
    reader::read_checked_part,
};
use crate::{failure::Failure, gzip};

/// What is larger than this, inflated, is streamed.
pub(super) const LARGEST_WHOLE: usize = 16 << 20;

/// Room beyond which it is given back: an odd block takes more than the others.
const MOST_ROOM: usize = 4 << 20;
/// Rooms that are kept at most: as a rule one that is given back is taken at once.
const MOST_IDLE: usize = 8;

/// Room of blocks that were worked on: memory that is given back and taken anew for each block costs more than to fill it.
#[derive(Debug, Default)]
pub(super) struct Rooms(Mutex<Vec<Vec<u8>>>);

impl Rooms {
    /// Room that is idle, with what was in it, or none yet.
    pub(super) fn take(&self) -> Vec<u8> {
        self.idle().pop().unwrap_or_default()
    }

    pub(super) fn give_back(&self, room: Vec<u8>) {
        let mut idle = self.idle();
        if room.capacity() <= MOST_ROOM && idle.len() < MOST_IDLE {
            idle.push(room);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Inflates parts, always into the same room.
#[derive(Default)]
pub(super) struct Inflater {
    decompressor: Decompressor,
    compressed: Vec<u8>,
    lines: Vec<u8>,
}

/// Those that nobody uses now.
#[derive(Default)]
pub(super) struct Inflaters(Mutex<Vec<Inflater>>);

impl Inflaters {
    /// One that is idle, or another.
    pub(super) fn take(&self) -> Inflater {
        self.idle().pop().unwrap_or_default()
    }

    /// Gives one back, with the lines that it gave.
    pub(super) fn give_back(&self, mut inflater: Inflater, lines: Option<Block>) {
        inflater.lines = lines.map(|block| block.bytes).unwrap_or_default();
        self.idle().push(inflater);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Inflater>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inflater {
    /// The lines of a file that is not long, and not compressed or one member of gzip, and how many they are; `None` of any
    /// other.
    pub(super) fn file(&mut self, path: &Path) -> Result<Option<(Block, u64)>, Failure> {
        let (name, mut bytes) = (path.display().to_string(), std::mem::take(&mut self.lines));
        bytes.clear();
        let read = File::open(path).and_then(|file| {
            let length = file.metadata()?.len().min(LARGEST_WHOLE as u64);
            bytes.reserve(usize::try_from(length).unwrap_or_default() + 1);
            file.take(LARGEST_WHOLE as u64 + 1).read_to_end(&mut bytes)
        });
        read.map_err(|error| unreadable(&name, error))?;
        let packing = forms::packing(&bytes[..bytes.len().min(forms::HEAD)]).map_err(|form| form.refusal(&name))?;
        if packing == Packing::Zstd || bytes.len() > LARGEST_WHOLE {
            return Ok(None);
        }
        if packing == Packing::Gzip {
            std::mem::swap(&mut self.compressed, &mut bytes);
            if !self.only_member(&mut bytes) {
                return Ok(None);
            }
        }
        begin(&name, &mut bytes)?;
        let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        let block = Block { bytes, first_line: 1, overlong: None, passed_over: 0 };
        Ok((lines < MOST_LINES_WHOLE).then_some((block, lines)))
    }

    /// Inflates gzip that is one member and nothing else; anything else is left to whoever can tell what is wrong with it.
    fn only_member(&mut self, bytes: &mut Vec<u8>) -> bool {
        let Some(trailer) = self.compressed.last_chunk::<{ gzip::TRAILER }>() else { return false };
        let [crc, length] = [&trailer[..4], &trailer[4..]]
            .map(|half| half.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)));
        if length as usize > LARGEST_WHOLE {
            return false;
        }
        bytes.resize(length as usize, 0);
        let inflated = self.decompressor.gzip_decompress(&self.compressed, bytes);
        // The first member is what its own trailer says. If that is the one at the end and stands nowhere before, nothing
        // follows it.
        inflated.is_ok_and(|inflated| inflated == bytes.len())
            && libdeflater::crc32(bytes) == crc
            && memchr::memmem::find(&self.compressed, trailer) == Some(self.compressed.len() - gzip::TRAILER)
    }

    /// The lines of a part, which is checked against its manifest, and how many they are; `None` where it is not one member of
    /// so many lines.
    pub(super) fn part(&mut self, folder: &Path, part: &Part) -> Result<Option<(Block, u64)>, Failure> {
        read_checked_part(folder, part, &mut self.compressed)?;
        let trailer = self.compressed.last_chunk::<4>().copied().unwrap_or_default();
        let length = u32::from_le_bytes(trailer) as usize;
        if length > LARGEST_WHOLE {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.lines);
        bytes.resize(length, 0);
        // The SHA-256 of the file was right, so that its checksum is not looked at once more.
        let deflated = gzip::plain_member(&self.compressed);
        let inflated = deflated.map(|deflated| self.decompressor.deflate_decompress(deflated, &mut bytes));
        let whole = inflated.is_some_and(|inflated| inflated.is_ok_and(|length| length == bytes.len()));
        // A file of several members inflates to its first one here; the manifest knows better.
        if whole && memchr::memchr_iter(b'\n', &bytes).count() as u64 == part.profiles {
            let block = Block { bytes, first_line: 1, overlong: None, passed_over: 0 };
            return Ok(Some((block, part.profiles)));
        }
        Ok(None)
    }
}
