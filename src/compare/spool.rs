//! Rows of an export on their way to their batches: on disk, in files without a name, so that nothing outlives the process.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufWriter, Read, Seek, Write},
    ops::Range,
    path::Path,
};

use super::sent::Place;

/// Most files at a time.
const MOST_FILES: usize = 200;

/// Rows of an export, each kept for its batch.
#[derive(Debug)]
pub(super) struct Spool {
    files: Vec<BufWriter<File>>,
    /// Number of the file of each batch.
    file_of: Vec<usize>,
}

impl Spool {
    /// An empty one for so many batches.
    pub(super) fn new(folder: &Path, batches: usize) -> io::Result<Self> {
        let each = batches.div_ceil(MOST_FILES).max(1);
        let file_of: Vec<usize> = (0..batches).map(|batch| batch / each).collect();
        let count = file_of.last().map_or(0, |last| last + 1);
        let files =
            (0..count).map(|_| tempfile::tempfile_in(folder).map(|file| BufWriter::with_capacity(1 << 14, file)));
        Ok(Self { files: files.collect::<io::Result<_>>()?, file_of })
    }

    /// Keeps the row of the customer at a place.
    pub(super) fn add<'a>(&mut self, place: Place, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
        let number = usize::try_from(place.batch).ok().and_then(|batch| self.file_of.get(batch).copied());
        let Some(file) = number.and_then(|number| self.files.get_mut(number)) else { return Ok(()) };
        let mut row = Vec::new();
        for cell in cells {
            row.extend_from_slice(&length(cell.len())?);
            row.extend_from_slice(cell.as_bytes());
        }
        file.write_all(&place.batch.to_le_bytes())?;
        file.write_all(&place.position.to_le_bytes())?;
        file.write_all(&length(row.len())?)?;
        file.write_all(&row)
    }

    /// The rows of a batch and its neighbours; which batches share a file is told by [`shares`](Self::shares).
    pub(super) fn rows(&mut self, batch: usize) -> io::Result<Rows> {
        let mut rows = Rows::default();
        let Some(file) = self.file_of.get(batch).and_then(|number| self.files.get_mut(*number)) else {
            return Ok(rows);
        };
        file.flush()?;
        let file = file.get_mut();
        file.rewind()?;
        file.read_to_end(&mut rows.bytes)?;
        file.set_len(0)?;
        rows.index();
        Ok(rows)
    }

    /// Whether the rows of two batches lie together.
    pub(super) fn shares(&self, one: usize, other: usize) -> bool {
        self.file_of.get(one) == self.file_of.get(other)
    }
}

fn length(length: usize) -> io::Result<[u8; 4]> {
    u32::try_from(length).map(u32::to_le_bytes).map_err(io::Error::other)
}

/// Rows of some batches.
#[derive(Debug, Default)]
pub struct Rows {
    bytes: Vec<u8>,
    batches: HashSet<u32>,
    by_place: HashMap<Place, Range<usize>>,
}

impl Rows {
    fn index(&mut self) {
        let mut at = 0;
        while let (Some(batch), Some(position), Some(length)) =
            (self.number(at), self.number(at + 4), self.number(at + 8))
        {
            let begin = at + 12;
            at = begin + usize::try_from(length).unwrap_or(usize::MAX - begin);
            self.batches.insert(batch);
            // Of several rows of one id the last one counts.
            self.by_place.insert(Place { batch, position }, begin..at);
        }
    }

    fn number(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes.get(at..at + 4)?.try_into().ok()?))
    }

    /// Where in a batch there is anything, in no order.
    pub(super) fn places(&self, batch: u32) -> impl Iterator<Item = Place> {
        let among = self.batches.contains(&batch);
        self.by_place.keys().copied().filter(move |place| among && place.batch == batch)
    }

    /// The cells of the customer at a place, where the export had it.
    #[must_use]
    pub fn cells(&self, place: Place) -> Option<Vec<&str>> {
        let range = self.by_place.get(&place)?.clone();
        let (mut at, mut cells) = (range.start, Vec::new());
        while at < range.end {
            let begin = at + 4;
            let end = begin + usize::try_from(self.number(at)?).ok()?;
            cells.push(std::str::from_utf8(self.bytes.get(begin..end)?).ok()?);
            at = end;
        }
        Some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_with_their_batch() {
        let folder = tempfile::tempdir().unwrap();
        for batches in [3, 1_000] {
            let mut spool = Spool::new(folder.path(), batches).unwrap();
            let place = |batch, position| Place { batch, position };
            spool.add(place(0, 5), ["a", "", "ü"].into_iter()).unwrap();
            spool.add(place(2, 0), ["old"].into_iter()).unwrap();
            spool.add(place(2, 0), ["new"].into_iter()).unwrap();
            let first = spool.rows(0).unwrap();
            assert_eq!(first.cells(place(0, 5)), Some(vec!["a", "", "ü"]));
            assert_eq!(first.cells(place(0, 6)), None);
            let last = if spool.shares(0, 2) { first } else { spool.rows(2).unwrap() };
            assert_eq!(last.cells(place(2, 0)), Some(vec!["new"]));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
