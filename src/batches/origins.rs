//! Where the customers of a batch come from: a table of three columns, one row a customer, in the batch's order.

use std::{
    io::{self, Read},
    path::Path,
};

use serde::Deserialize;

use crate::{
    gzip,
    manifest::names,
    tables::{self, Dialect},
};

/// The first row of each file: the names of its columns.
pub const HEADER: &[u8] = b"segment_id,file,line\n";

/// Most bytes of a table: a batch of 10 MiB holds 500,000 customers, and a row takes 60 bytes.
const MOST_BYTES: usize = 96 << 20;

/// Most bytes of the file of one that is inflated at once.
const MOST_AT_ONCE: u64 = 16 << 20;

/// Where one customer of a batch comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OriginRow {
    /// Segment's id of the profile that became the customer.
    pub segment_id: String,
    /// File of the archive, as it was named.
    pub file: String,
    /// Line in that file, counted from 1.
    pub line: u64,
}

/// Writes one row about a customer.
pub fn write_row(rows: &mut Vec<u8>, segment_id: &str, file: &str, line: u64) {
    RowsOf::new(file).put(rows, segment_id, line);
}

/// Writes rows of lines of one file: there are as many as customers.
#[derive(Debug, Default)]
pub struct RowsOf {
    /// What stands between the other cells.
    file: Vec<u8>,
}

impl RowsOf {
    /// Begins with a file, as rows name it.
    #[must_use]
    pub fn new(file: &str) -> Self {
        let mut cells = Vec::new();
        tables::put_cells(Dialect::Plain, ["", file, ""], &mut cells);
        Self { file: cells }
    }

    /// Appends a row about a customer.
    pub fn put(&self, rows: &mut Vec<u8>, segment_id: &str, line: u64) {
        tables::put_cells(Dialect::Plain, [segment_id], rows);
        rows.extend_from_slice(&self.file);
        rows.extend_from_slice(itoa::Buffer::new().format(line).as_bytes());
        rows.push(b'\n');
    }
}

/// The profile of a row. A reader of CSV takes longer to make than most rows to read.
#[must_use]
pub fn segment_id(row: &[u8]) -> String {
    if row.first() != Some(&b'"') {
        let cell = row.split(|byte| *byte == b',').next().unwrap_or_default();
        return String::from_utf8_lossy(cell).into_owned();
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(row);
    let cells = reader.records().flatten().next();
    cells.and_then(|cells| Some(cells.get(0)?.to_owned())).unwrap_or_default()
}

/// Reads a table of at most so many rows.
///
/// # Errors
/// A table that is not there, is damaged, or is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<OriginRow>> {
    rows(&table(path)?, most)
}

/// A table as it was written, its header included.
///
/// # Errors
/// A table that is not there or is damaged.
pub fn table(path: &Path) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    names::open(path)?.take(MOST_AT_ONCE).read_to_end(&mut packed)?;
    // Other files, and what is cut here, take the long way and get its words.
    let whole = gzip::at_once(&packed, MOST_BYTES);
    whole.map_or_else(|| gzip::bounded(names::open(path)?, MOST_BYTES), Ok)
}

/// Reads the rows of a table of at most so many.
///
/// # Errors
/// A table that is none of ours, or is longer.
pub fn rows(table: &[u8], most: u64) -> io::Result<Vec<OriginRow>> {
    let mut rows = Vec::new();
    for row in csv::Reader::from_reader(table).into_deserialize() {
        if rows.len() as u64 == most {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it has more than {most} rows")));
        }
        rows.push(row.map_err(io::Error::from)?);
    }
    Ok(rows)
}

/// The rows of a table that may be missing, as where somebody removed it; of one that is there and cannot be read it is
/// said that customers are told without their profiles.
#[must_use]
pub fn there(path: &Path, most: u64) -> Option<Vec<OriginRow>> {
    match read(path, most) {
        Ok(rows) => Some(rows),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            let path = path.display();
            tracing::warn!("`{path}` cannot be read, so its customers are told without their profiles: {error}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were_written_and_no_more_than_there_should_be() {
        let (folder, mut table) = (tempfile::tempdir().unwrap(), HEADER.to_vec());
        let ids = ["use_1", "a,b", "say \"x\"", "line\nbreak", " ", "ü"];
        for (at, id) in ids.iter().enumerate() {
            let begin = table.len();
            write_row(&mut table, id, "part=1/a.gz", at as u64 + (1 << 33));
            assert_eq!(segment_id(&table[begin..]), *id);
        }
        let path = folder.path().join("origins-000001.csv.gz");
        std::fs::write(&path, gzip::compressed(&table)).unwrap();
        let rows = read(&path, 6).unwrap();
        assert_eq!(rows.iter().map(|row| row.segment_id.as_str()).collect::<Vec<_>>(), ids);
        assert_eq!((rows[5].file.as_str(), rows[5].line), ("part=1/a.gz", 8_589_934_597));
        assert_eq!(read(&path, 5).unwrap_err().to_string(), "it has more than 5 rows");
    }
}
