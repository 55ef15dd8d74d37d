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
    manifest::Part,
    reader::{MOST_LINES_WHOLE, begin, read_checked_part, unreadable},
};
use crate::failure::Failure;

/// What is larger than this, inflated, is streamed.
pub(super) const LARGEST_WHOLE: usize = 16 << 20;

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
    /// The lines of a file that is not compressed and not long; `None` of any other.
    pub(super) fn plain(&mut self, path: &Path) -> Result<Option<Block>, Failure> {
        let (name, mut bytes) = (path.display().to_string(), std::mem::take(&mut self.lines));
        bytes.clear();
        let read = File::open(path).and_then(|file| {
            let length = file.metadata()?.len().min(LARGEST_WHOLE as u64);
            bytes.reserve(usize::try_from(length).unwrap_or_default() + 1);
            file.take(LARGEST_WHOLE as u64 + 1).read_to_end(&mut bytes)
        });
        read.map_err(|error| unreadable(&name, error))?;
        let packing = forms::packing(&bytes[..bytes.len().min(forms::HEAD)]).map_err(|form| form.refusal(&name))?;
        if packing != Packing::Plain || bytes.len() > LARGEST_WHOLE {
            return Ok(None);
        }
        begin(&name, &mut bytes)?;
        let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok((lines < MOST_LINES_WHOLE).then_some(Block { bytes, first_line: 1, overlong: None, passed_over: 0 }))
    }

    /// The lines of a part, which is checked against its manifest; `None` where it is not one member of so many lines.
    pub(super) fn inflated(&mut self, folder: &Path, part: &Part) -> Result<Option<Block>, Failure> {
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
            return Ok(Some(Block { bytes, first_line: 1, overlong: None, passed_over: 0 }));
        }
        Ok(None)
    }
}
