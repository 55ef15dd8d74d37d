//! Writes one part of an archive: gzipped lines that appear under their name only when whole.

use std::{
    io::{self, Write},
    path::Path,
};

use super::manifest::Part;
use crate::{digest::Hashed, publish::Unpublished};
use flate2::{Compression, GzBuilder, write::GzEncoder};

/// A part that is being written; dropping it without [`commit`](Self::commit) leaves nothing behind.
#[derive(Debug)]
pub struct PartWriter {
    lines: GzipLines<Hashed<Unpublished>>,
    file: String,
}

/// Lines on their way into one gzip member without time or name, so that equal lines give equal bytes.
#[derive(Debug)]
pub struct GzipLines<W: Write> {
    gzip: GzEncoder<W>,
    count: u64,
}

/// File name of part `number`, counted from 1.
#[must_use]
pub fn part_name(number: usize) -> String {
    format!("profiles-{number:06}.ndjson.gz")
}

impl PartWriter {
    /// Begins part `number`, counted from 1, in `folder`.
    ///
    /// # Errors
    /// Any I/O error, for instance a read-only folder; its message names the part.
    pub fn create(folder: &Path, number: usize) -> io::Result<Self> {
        let file = part_name(number);
        let unpublished = Unpublished::create(folder.join(&file))?;
        Ok(Self { lines: GzipLines::new(Hashed::new(unpublished)), file })
    }

    /// Adds one line; the line break is added here.
    ///
    /// # Errors
    /// Any I/O error, for instance a full disk; its message names the part.
    pub fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.lines.write_line(line)
    }

    /// Makes the part durable under its name; it belongs to the archive once a manifest lists it.
    ///
    /// # Errors
    /// Any I/O error, for instance a full disk; nothing is then left of the part.
    pub fn commit(self) -> io::Result<Part> {
        let profiles = self.lines.count();
        let (unpublished, bytes, sha256) = self.lines.finish()?.finish();
        unpublished.commit()?;
        Ok(Part { file: self.file, profiles, bytes, sha256 })
    }
}

impl<W: Write> GzipLines<W> {
    /// Begins a gzip member in `output`.
    pub fn new(output: W) -> Self {
        Self { gzip: GzBuilder::new().write(output, Compression::default()), count: 0 }
    }

    /// Adds one line; the line break is added here.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.gzip.write_all(line)?;
        self.gzip.write_all(b"\n")?;
        self.count += 1;
        Ok(())
    }

    /// Lines that were added so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Leaves the gzip member without its end, so that no reader takes what there is for all there is.
    pub fn cut(mut self) {
        // What was written so far goes out; when it cannot, the reader sees the cut all the same.
        let _ = self.gzip.flush();
        // Dropped, it would write the end.
        std::mem::forget(self);
    }

    /// Ends the gzip member and gives the output back.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> io::Result<W> {
        self.gzip.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Read};

    use super::*;

    #[test]
    fn equal_lines_give_equal_parts_that_say_what_they_hold() {
        let folder = tempfile::tempdir().unwrap();
        let write = |number| {
            let mut part = PartWriter::create(folder.path(), number).unwrap();
            part.write_line(br#"{"segment_id":"use_1"}"#).unwrap();
            part.write_line(br#"{"segment_id":"use_2"}"#).unwrap();
            part.commit().unwrap()
        };
        let (first, second) = (write(1), write(2));
        assert_eq!((first.file.as_str(), first.profiles), ("profiles-000001.ndjson.gz", 2));
        assert_eq!((&first.sha256, first.bytes), (&second.sha256, second.bytes));

        let bytes = fs::read(folder.path().join(&first.file)).unwrap();
        assert_eq!(bytes.len() as u64, first.bytes);
        assert_eq!(&bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], "no time, no name, no system");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "{\"segment_id\":\"use_1\"}\n{\"segment_id\":\"use_2\"}\n");
    }

    #[test]
    fn a_part_that_is_not_committed_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = PartWriter::create(folder.path(), 1).unwrap();
        part.write_line(b"{}").unwrap();
        drop(part);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
