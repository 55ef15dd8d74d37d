//! Rows of delimited text. The crate `csv` reads a quote that is never closed to the end of the file, a cell of any
//! length, and passes over blank lines, which spreadsheets count: here each is told with its row.

use std::{fmt, io};

/// Bytes that a row may have: cells of a spreadsheet have 32,767 characters at most, and tables a dozen of them.
const LONGEST_ROW: usize = 8 << 20;

/// The cells of a row, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// As a spreadsheet counts, from 1.
    pub(super) number: u64,
    text: String,
    ends: Vec<usize>,
}

impl Record {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn cell(&self, at: usize) -> Option<&str> {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or_default());
        self.ends.get(at).map(|end| &self.text[begin..*end])
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|at| self.cell(at))
    }
}

/// Why rows cannot be read.
#[derive(Debug)]
pub(super) enum Wrong {
    Unreadable(io::Error),
    /// A quote was opened in this row and never closed.
    Unclosed(u64),
    /// Something follows the closing quote in a cell of this row.
    Stray(u64),
    /// The row is longer than any.
    TooLong(u64),
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(formatter),
            Self::Unclosed(row) => write!(formatter, "a quote that is opened in row {row} is never closed"),
            Self::Stray(row) => write!(formatter, "in row {row} text follows the quote that closes a cell"),
            Self::TooLong(row) => write!(formatter, "row {row} is longer than {} MiB", LONGEST_ROW >> 20),
        }
    }
}

/// Reads rows one after another.
pub(super) struct Records<R> {
    input: R,
    delimiter: u8,
    number: u64,
}

/// Where in a row the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Begin,
    Bare,
    Quoted,
    /// Behind a quote in a quoted cell: its end, or the first half of a quote in it.
    Quote,
}

impl<R: io::BufRead> Records<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self { input, delimiter, number: 0 }
    }

    /// The next row, in `record`; `false` at the end.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, Wrong> {
        self.number += 1;
        record.number = self.number;
        record.ends.clear();
        let mut text = std::mem::take(&mut record.text).into_bytes();
        text.clear();
        let any = self.bytes(&mut text, &mut record.ends)?;
        // The input is decoded text, cut at ASCII.
        record.text = String::from_utf8(text)
            .map_err(|error| Wrong::Unreadable(io::Error::new(io::ErrorKind::InvalidData, error)))?;
        Ok(any)
    }

    fn bytes(&mut self, text: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<bool, Wrong> {
        let mut place = Place::Begin;
        let mut any = false;
        loop {
            let block = self.input.fill_buf().map_err(Wrong::Unreadable)?;
            if block.is_empty() {
                if place == Place::Quoted {
                    return Err(Wrong::Unclosed(self.number));
                }
                if any {
                    ends.push(text.len());
                }
                return Ok(any);
            }
            any = true;
            let mut used = 0;
            let mut ended = None;
            while let Some(byte) = block.get(used).copied() {
                if matches!(place, Place::Bare | Place::Quoted) {
                    let plain = plain_run(&block[used..], place, self.delimiter);
                    text.extend_from_slice(&block[used..used + plain]);
                    used += plain;
                    if plain > 0 {
                        continue;
                    }
                }
                used += 1;
                place = match (place, byte) {
                    (Place::Begin, b'"') => Place::Quoted,
                    (Place::Quoted, b'"') => Place::Quote,
                    (Place::Quote, b'"') => {
                        text.push(b'"');
                        Place::Quoted
                    }
                    (Place::Quoted, _) => {
                        text.push(byte);
                        Place::Quoted
                    }
                    (_, byte) if byte == self.delimiter => {
                        ends.push(text.len());
                        Place::Begin
                    }
                    (_, b'\r' | b'\n') => {
                        ended = Some(byte);
                        break;
                    }
                    (Place::Quote, _) => return Err(Wrong::Stray(self.number)),
                    (Place::Begin | Place::Bare, _) => {
                        text.push(byte);
                        Place::Bare
                    }
                };
            }
            self.input.consume(used);
            if text.len() > LONGEST_ROW || ends.len() > LONGEST_ROW {
                return Err(Wrong::TooLong(self.number));
            }
            if let Some(end) = ended {
                ends.push(text.len());
                self.line_feed_after(end)?;
                return Ok(true);
            }
        }
    }

    /// Passes over the second half of a line end of Windows.
    fn line_feed_after(&mut self, end: u8) -> Result<(), Wrong> {
        if end == b'\r' && self.input.fill_buf().map_err(Wrong::Unreadable)?.first() == Some(&b'\n') {
            self.input.consume(1);
        }
        Ok(())
    }
}

/// How many bytes at the beginning mean nothing but themselves.
fn plain_run(bytes: &[u8], place: Place, delimiter: u8) -> usize {
    let special = if place == Place::Quoted {
        memchr::memchr(b'"', bytes)
    } else {
        memchr::memchr3(delimiter, b'\r', b'\n', bytes)
    };
    special.unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, delimiter: u8) -> Result<Vec<(u64, Vec<String>)>, Wrong> {
        // A small buffer, so that every state meets an end of it.
        let mut records = Records::new(io::BufReader::with_capacity(3, text.as_bytes()), delimiter);
        let (mut record, mut rows) = (Record::default(), Vec::new());
        while records.read(&mut record)? {
            rows.push((record.number, record.cells().map(str::to_owned).collect()));
        }
        Ok(rows)
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let row = |number, cells: &[&str]| (number, cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
        for (text, delimiter, expected) in [
            ("", b',', vec![]),
            ("a,b\nc,d", b',', vec![row(1, &["a", "b"]), row(2, &["c", "d"])]),
            (
                "a;\"b;\"\"c\"\"\r\nd\"\r\n\r\n;\r\n",
                b';',
                vec![row(1, &["a", "b;\"c\"\r\nd"]), row(2, &[""]), row(3, &["", ""])],
            ),
            ("é\t5\" x\rb\t\"\"\r", b'\t', vec![row(1, &["é", "5\" x"]), row(2, &["b", ""])]),
            ("\"a\"", b',', vec![row(1, &["a"])]),
            ("a,", b',', vec![row(1, &["a", ""])]),
        ] {
            assert_eq!(rows(text, delimiter).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_row_that_is_broken_is_named() {
        for (text, words) in [
            ("a,b\nc,\"d\ne,f\n", "a quote that is opened in row 2 is never closed"),
            ("a\n\"b\" c\n", "in row 2 text follows the quote that closes a cell"),
        ] {
            assert_eq!(rows(text, b',').unwrap_err().to_string(), words);
        }
        let long = "x".repeat(LONGEST_ROW + 4);
        assert_eq!(rows(&format!("a\n{long}"), b',').unwrap_err().to_string(), "row 2 is longer than 8 MiB");
    }
}
