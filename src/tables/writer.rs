//! The only writer of tables that people see.

use std::{
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::Dialect;
use crate::{
    digest::Hashed,
    publish::{Staging, Unpublished},
};

/// Bytes that are collected before they go to the output.
const BUFFER: usize = 1 << 16;

/// Writes the rows of a table to any output. The crate `csv` quotes by one delimiter only; here cells are quoted so that
/// they stay whole in programs that split at several.
pub struct Writer<W> {
    dialect: Dialect,
    columns: usize,
    output: W,
    buffer: Vec<u8>,
    rows: u64,
    /// As it was written.
    header: Vec<u8>,
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Writer")
            .field("dialect", &self.dialect)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<W: Write> Writer<W> {
    /// Begins a table with its header.
    ///
    /// # Errors
    /// An output that fails.
    pub fn new(output: W, dialect: Dialect, columns: &[&str]) -> io::Result<Self> {
        let (buffer, header) = (Vec::with_capacity(BUFFER), Vec::new());
        let mut writer = Self { dialect, columns: columns.len(), output, buffer, rows: 0, header };
        writer.buffer.extend_from_slice(dialect.mark().as_bytes());
        writer.line(columns.iter().copied())?;
        writer.header.clone_from(&writer.buffer);
        Ok(writer)
    }

    /// Adds a row: a cell for each column, as its text is.
    ///
    /// # Errors
    /// An output that fails, or a row with another number of cells.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        self.rows += 1;
        self.line(cells)
    }

    /// Adds rows that [`put_row`] wrote for the same dialect and columns.
    ///
    /// # Errors
    /// An output that fails.
    pub fn append(&mut self, lines: &[u8], rows: u64) -> io::Result<()> {
        self.rows += rows;
        self.buffer.extend_from_slice(lines);
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn line<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        let written = put_row(self.dialect, cells, &mut self.buffer);
        if written != self.columns {
            return Err(io::Error::other(format!("a row of {written} cells in a table of {} columns", self.columns)));
        }
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Takes over the rows of a table of the same columns and dialect, letter by letter; so many they are. It comes in pieces,
    /// the first of which is longer than the header.
    ///
    /// # Errors
    /// A table that is none of these, or an output that fails.
    pub fn take_over(&mut self, table: impl IntoIterator<Item = Vec<u8>>, rows: u64) -> io::Result<()> {
        let mut pieces = table.into_iter();
        let first = pieces.next().unwrap_or_default();
        let Some(first) = first.strip_prefix(&*self.header) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it has other columns, or is written otherwise"));
        };
        self.flush()?;
        self.output.write_all(first)?;
        for piece in pieces {
            self.output.write_all(&piece)?;
        }
        self.rows += rows;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.output.write_all(&self.buffer);
        self.buffer.clear();
        written
    }

    /// Gives the output back with everything written to it, and how many rows there are, the header not counted.
    ///
    /// # Errors
    /// An output that fails.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        self.flush()?;
        Ok((self.output, self.rows))
    }
}

/// Appends a row to lines of a table; tells how many cells it has.
pub fn put_row<'c>(dialect: Dialect, cells: impl IntoIterator<Item = &'c str>, lines: &mut Vec<u8>) -> usize {
    let written = put_cells(dialect, cells, lines);
    lines.extend_from_slice(dialect.line_end());
    written
}

/// Appends cells of a row that others follow, or that end it; tells how many they are.
pub fn put_cells<'c>(dialect: Dialect, cells: impl IntoIterator<Item = &'c str>, lines: &mut Vec<u8>) -> usize {
    let mut written = 0;
    for cell in cells {
        if written > 0 {
            lines.push(b',');
        }
        written += 1;
        dialect.put(cell, lines);
    }
    written
}

/// A table on its way to the disk; nothing is at its destination before [`Self::publish`].
#[derive(Debug)]
pub struct TableFile {
    destination: PathBuf,
    writer: Writer<Hashed<Unpublished>>,
}

/// A table that is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// File name, without its folder.
    pub file: String,
    /// Rows, the header not counted.
    pub rows: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

impl TableFile {
    /// Begins a table of one of our own folders with its header; a link there is replaced.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(destination: &Path, dialect: Dialect, columns: &[&str]) -> io::Result<Self> {
        Self::begin(Unpublished::create(destination)?, destination, dialect, columns)
    }

    /// Begins a table where a user typed it: a link, a device or a pipe there is written through.
    ///
    /// # Errors
    /// A disk that fails, or a pipe that nobody reads.
    pub fn typed(destination: &Path, dialect: Dialect, columns: &[&str]) -> io::Result<Self> {
        Self::begin(Unpublished::typed(destination)?, destination, dialect, columns)
    }

    fn begin(output: Unpublished, destination: &Path, dialect: Dialect, columns: &[&str]) -> io::Result<Self> {
        let writer = Writer::new(Hashed::new(output), dialect, columns)?;
        Ok(Self { destination: destination.to_owned(), writer })
    }

    /// Adds a row: a cell for each column, as its text is.
    ///
    /// # Errors
    /// A disk that fails, or a row with another number of cells.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        self.writer.row(cells)
    }

    /// Takes over the rows of a table of the same columns and dialect, letter by letter; so many they are.
    ///
    /// # Errors
    /// A table that is none of these, or a disk that fails.
    pub fn take_over(&mut self, table: impl IntoIterator<Item = Vec<u8>>, rows: u64) -> io::Result<()> {
        self.writer.take_over(table, rows)
    }

    /// Adds rows that [`put_row`] wrote for the same dialect and columns.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn append(&mut self, lines: &[u8], rows: u64) -> io::Result<()> {
        self.writer.append(lines, rows)
    }

    /// Makes the table durable and gives it its name, replacing what was there.
    ///
    /// # Errors
    /// A disk that fails; what was there is then still in place.
    pub fn publish(self) -> io::Result<Published> {
        self.finish(Unpublished::commit)
    }

    /// Has the rows made durable while more are written, for [`Self::stage`].
    pub fn write_behind(&mut self, staging: &Arc<Staging>) {
        self.writer.output.inner_mut().write_behind(staging);
    }

    /// Lets the table wait with other files of a folder.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn stage(self, staging: &Staging) -> io::Result<Published> {
        self.finish(|output| staging.place(output))
    }

    fn finish(self, end: impl FnOnce(Unpublished) -> io::Result<()>) -> io::Result<Published> {
        let file = self.destination.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (output, rows) = self.writer.finish()?;
        let (output, _, sha256) = output.finish();
        end(output)?;
        Ok(Published { file, rows, sha256 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_quote_and_only_one_neutralises() {
        let text = |dialect| {
            let mut writer = Writer::new(Vec::new(), dialect, &["a", "b", "c"]).unwrap();
            writer.row(["=1+1", "a, \"b\"", ""]).unwrap();
            writer.row(["x;y\tz", "one\ntwo", "café"]).unwrap();
            let (bytes, rows) = writer.finish().unwrap();
            assert_eq!(rows, 2);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(text(Dialect::Plain), "a,b,c\n=1+1,\"a, \"\"b\"\"\",\nx;y\tz,\"one\ntwo\",café\n");
        assert_eq!(
            text(Dialect::Excel),
            "\u{feff}a,b,c\r\n'=1+1,\"a, \"\"b\"\"\",\r\n\"x;y\tz\",\"one\ntwo\",café\r\n"
        );
    }

    #[test]
    fn a_row_with_another_number_of_cells_is_refused() {
        let mut writer = Writer::new(Vec::new(), Dialect::Plain, &["a", "b"]).unwrap();
        assert!(writer.row(["1"]).is_err());
        assert!(writer.row(["1", "2", "3"]).is_err());
    }
}
