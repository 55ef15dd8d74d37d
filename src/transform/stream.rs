//! The stream of batches. What fails stays visible there: the end of what was written last is held back until everything
//! is done, so that whoever reads a stream that broke off sees it cut, however it broke off.

use std::{
    fmt,
    io::{self, Write},
};

use crate::{failure::Failure, gzip};

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

/// A batch as it is written into a stream.
pub(super) struct Line {
    bytes: Vec<u8>,
    /// How many bytes at its end it is cut without.
    end: usize,
}

impl Line {
    /// A line as it is.
    pub(super) fn plain(bytes: Vec<u8>) -> Self {
        // Without its last bracket a line is no JSON.
        Self { bytes, end: 2 }
    }

    /// One gzip member.
    pub(super) fn gzipped(bytes: Vec<u8>) -> Self {
        Self { bytes, end: gzip::TRAILER }
    }
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

    /// Whether each line is a gzip member.
    pub(super) fn is_gzipped(&self) -> bool {
        self.gzipped
    }

    /// Writes a batch, but for its end.
    pub(super) fn write(&mut self, line: &Line) {
        if self.broken.is_some() {
            return;
        }
        let (begin, end) = line.bytes.split_at(line.bytes.len().saturating_sub(line.end));
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
        if !self.begun {
            // Nothing is something, too: a stream without batches is an empty line, and no byte at all is a failure.
            self.held_back = if self.gzipped { gzip::compressed(b"\n") } else { b"\n".to_vec() };
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

    fn line(gzipped: bool, json: &str) -> Line {
        let line = format!("{json}\n").into_bytes();
        if gzipped { Line::gzipped(gzip::compressed(&line)) } else { Line::plain(line) }
    }

    /// What is written of these batches, with or without an end.
    fn written(gzipped: bool, batches: &[&str], end: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut stream = Stream::new(&mut bytes, gzipped);
        for json in batches {
            stream.write(&line(gzipped, json));
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
            let lines = if lines.is_empty() { "\n".to_owned() } else { lines };
            assert_eq!(written(false, batches, true), lines.as_bytes());
            assert_eq!(inflated(&written(true, batches, true)), Ok(lines.clone()));
            assert_eq!(inflated(&written(true, batches, false)), Err(io::ErrorKind::UnexpectedEof), "{batches:?}");
            let cut = String::from_utf8(written(false, batches, false)).unwrap();
            let last = cut.rsplit('\n').next().unwrap();
            assert!(last.starts_with('[') && !last.ends_with(']') && !cut.ends_with('\n'), "{cut:?}");
        }
    }
}
