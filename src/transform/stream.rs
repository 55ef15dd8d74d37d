//! The stream of batches. What fails stays visible there: the end of what was written last is held back until everything
//! is done, so that whoever reads a stream that broke off sees it cut, however it broke off.

use std::{
    fmt,
    io::{self, Write},
};

use crate::{batches::packing::Packed, failure::Failure, gzip};

/// The stream of batches, one a line, each a gzip member or as it is.
pub struct Stream<W: Write> {
    lines: W,
    gzipped: bool,
    /// The end of the last batch.
    held_back: Vec<u8>,
    begun: bool,
    ended: bool,
    /// Why nothing more can be written: the tables are written all the same.
    broken: Option<io::Error>,
}

impl<W: Write> fmt::Debug for Stream<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stream").field("gzipped", &self.gzipped).finish_non_exhaustive()
    }
}

impl<W: Write> Stream<W> {
    /// Begins a stream into `lines`.
    pub fn new(lines: W, gzipped: bool) -> Self {
        Self { lines, gzipped, held_back: Vec::new(), begun: false, ended: false, broken: None }
    }

    /// Writes a batch, but for its end.
    pub(super) fn write(&mut self, packed: &Packed) {
        if self.broken.is_some() {
            return;
        }
        let compressed;
        let (line, end) = if self.gzipped {
            compressed = gzip::compressed(&packed.line);
            (&compressed[..], gzip::TRAILER)
        } else {
            // Without its last bracket a line is no JSON.
            (&packed.line[..], 2)
        };
        let (begin, end) = line.split_at(line.len().saturating_sub(end));
        let written = self.lines.write_all(&self.held_back).and_then(|()| self.lines.write_all(begin));
        self.begun = true;
        self.held_back = end.to_vec();
        self.broken = written.and_then(|()| self.lines.flush()).err();
    }

    /// Writes the end: from here on the stream is whole.
    ///
    /// # Errors
    /// A stream that nobody reads any more, or that cannot be written.
    pub(super) fn end(mut self) -> Result<(), Failure> {
        if self.gzipped && !self.begun {
            // Nothing is something, too: an empty member is whole, and no bytes at all may be a failure.
            self.held_back = gzip::compressed(b"");
        }
        let written = match self.broken.take() {
            Some(error) => Err(error),
            None => self.lines.write_all(&self.held_back).and_then(|()| self.lines.flush()),
        };
        self.ended = true;
        written.map_err(|error| {
            let failure = Failure::stopped("cannot write the batches to standard output");
            match error.kind() {
                // Where data is piped, a reader that leaves early is no success: what it did not read is lost.
                io::ErrorKind::BrokenPipe => failure.because("whoever reads them left early"),
                _ => failure.because(error),
            }
        })
    }
}

impl<W: Write> Drop for Stream<W> {
    fn drop(&mut self) {
        if self.ended || self.begun || self.broken.is_some() {
            return;
        }
        // Nothing was written that could be cut: the begin of a member, or of a line.
        let begin = if self.gzipped { gzip::compressed(b"")[..10].to_vec() } else { b"[".to_vec() };
        let _ = self.lines.write_all(&begin).and_then(|()| self.lines.flush());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn packed(json: &str) -> Packed {
        Packed { line: format!("{json}\n").into_bytes(), origins: Vec::new(), customers: 1 }
    }

    /// What is written of these batches, with or without an end.
    fn written(gzipped: bool, batches: &[&str], end: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut stream = Stream::new(&mut bytes, gzipped);
        for json in batches {
            stream.write(&packed(json));
        }
        if end {
            stream.end().unwrap();
        } else {
            drop(stream);
        }
        bytes
    }

    fn inflated(bytes: &[u8]) -> Result<String, io::ErrorKind> {
        let mut text = String::new();
        let read = gzip::content(bytes).and_then(|mut content| content.read_to_string(&mut text));
        read.map(|_| text).map_err(|error| error.kind())
    }

    #[test]
    fn a_stream_is_cut_until_it_is_ended() {
        for batches in [&[][..], &["[1]"], &["[1]", "[2]", "[3]"]] {
            let lines: String = batches.iter().flat_map(|json| [json, "\n"]).collect();
            assert_eq!(written(false, batches, true), lines.as_bytes());
            assert_eq!(inflated(&written(true, batches, true)), Ok(lines.clone()));
            assert_eq!(inflated(&written(true, batches, false)), Err(io::ErrorKind::UnexpectedEof), "{batches:?}");
            let cut = String::from_utf8(written(false, batches, false)).unwrap();
            let last = cut.rsplit('\n').next().unwrap();
            assert!(last.starts_with('[') && !last.ends_with(']') && !cut.ends_with('\n'), "{cut:?}");
        }
    }
}
