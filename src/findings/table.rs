//! The only writer and the only reader of `rejects.csv` and `warnings.csv`.

use std::{
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::row::{COLUMNS, CORRECTED, FindingRow, READ};
use crate::{
    failure::Failure,
    tables::{self, Dialect, Finds, Published, TableFile},
};

/// A table on its way to the disk: there may be a row for every profile.
#[derive(Debug)]
pub struct FindingsTable {
    destination: PathBuf,
    table: TableFile,
}

impl FindingsTable {
    /// Begins a table with its header; nothing is at `destination` before [`Self::finish`].
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(dialect: Dialect, destination: &Path) -> Result<Self, Failure> {
        let table = TableFile::typed(destination, dialect, &COLUMNS).map_err(|error| disk(destination, error))?;
        Ok(Self { destination: destination.to_owned(), table })
    }

    /// The table as a file, for whoever has more files to publish with it.
    pub fn file(&mut self) -> &mut TableFile {
        &mut self.table
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn add(&mut self, row: &FindingRow<'_>) -> Result<(), Failure> {
        let line = row.line.to_string();
        self.table.row(row.cells(&line)).map_err(|error| disk(&self.destination, error))
    }

    /// Takes over the rows of a table of the same dialect, letter by letter; so many they are.
    ///
    /// # Errors
    /// A table that is none of ours, or a disk that fails.
    pub fn take_over(&mut self, table: impl IntoIterator<Item = Vec<u8>>, rows: u64) -> io::Result<()> {
        self.table.take_over(table, rows)
    }

    /// Adds rows that [`RowsOf::put`] wrote.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn append(&mut self, lines: &[u8], rows: u64) -> Result<(), Failure> {
        self.table.append(lines, rows).map_err(|error| disk(&self.destination, error))
    }

    /// Publishes the table.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn finish(self) -> Result<Published, Failure> {
        self.finish_by(TableFile::publish)
    }

    /// Lets whoever has more files to publish do it with this one.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn finish_by(self, publish: impl FnOnce(TableFile) -> io::Result<Published>) -> Result<Published, Failure> {
        let Self { destination, table } = self;
        publish(table).map_err(|error| disk(&destination, error))
    }
}

/// Makes rows about lines of one file apart from their table: whoever has many makes them on all cores.
#[derive(Debug, Default)]
pub struct RowsOf {
    dialect: Dialect,
    /// The cells between what is said and the number of the line, which are the same in all rows.
    end: Vec<u8>,
}

impl RowsOf {
    /// Begins with a file, as rows name it.
    #[must_use]
    pub fn new(dialect: Dialect, file: &str) -> Self {
        let mut end = vec![b','];
        tables::put_cells(dialect, [CORRECTED, file, ""], &mut end);
        Self { dialect, end }
    }

    /// Appends a row to lines of a table; it names the file that all of these name.
    pub fn put(&self, row: &FindingRow<'_>, lines: &mut Vec<u8>) {
        let [person @ .., _, _, _] = row.cells("");
        tables::put_cells(self.dialect, person, lines);
        lines.extend_from_slice(&self.end);
        tables::put_row(self.dialect, [itoa::Buffer::new().format(row.line)], lines);
    }
}

fn disk(destination: &Path, error: io::Error) -> Failure {
    Failure::disk(format!("cannot write the table of findings `{}`", destination.display()), error)
}

/// Reads a table row by row, as long as `each` goes on.
///
/// # Errors
/// A table that cannot be read, or what `each` objects to.
pub fn read(
    path: &Path,
    mut each: impl FnMut(FindingRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    tables::read(path, READ, &mut |row| each(FindingRow::from_cells(row))).map(|_| ())
}

/// The same for a table in one of our own folders, which is no link and no pipe.
///
/// # Errors
/// As for [`read`].
pub fn read_own(
    path: &Path,
    mut each: impl FnMut(FindingRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    tables::OpenTable::own(path)?.rows(READ, &mut |row| each(FindingRow::from_cells(row))).map(|_| ())
}

/// Reads the rows of a table in one of our own folders that may hold something, all of them where the table has another
/// SHA-256 than it had; `next` finds it in bytes, as [`tables::OpenTable::rows_with`] wants it.
///
/// # Errors
/// As for [`read`].
pub fn read_own_with(
    path: &Path,
    (sha256, next): (&str, Finds<'_>),
    mut each: impl FnMut(FindingRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    let table = tables::OpenTable::own(path)?;
    table.rows_with((sha256, next), READ, &mut |row| each(FindingRow::from_cells(row))).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let row = FindingRow {
            segment_id: "use_1".into(),
            source_id: "007".into(),
            email: "=1+1".into(),
            name: "Zoë; \"the\tbest\"\nof all".into(),
            reason: "wrong_type".into(),
            field: "metadata.true".into(),
            value: "'1990-02-30".into(),
            message: "a, \"b\"".into(),
            file: "-".into(),
            line: 7,
        };
        for (dialect, text) in [
            (
                Dialect::Plain,
                "segment_id,source_id,email,name,reason,field,value,message,corrected_value,file,line\n\
                 use_1,007,=1+1,\"Zoë; \"\"the\tbest\"\"\nof all\",wrong_type,metadata.true,'1990-02-30,\"a, \"\"b\"\"\",,-,7\n",
            ),
            (
                Dialect::Excel,
                "\u{feff}segment_id,source_id,email,name,reason,field,value,message,corrected_value,file,line\r\n\
                 use_1,'007,'=1+1,\"Zoë; \"\"the\tbest\"\"\nof all\",wrong_type,metadata.true,''1990-02-30,\"a, \"\"b\"\"\",,'-,7\r\n",
            ),
        ] {
            let mut table = FindingsTable::create(dialect, &path).unwrap();
            let mut lines = text.lines().next().unwrap().as_bytes().to_vec();
            lines.extend_from_slice(if dialect == Dialect::Plain { b"\n" } else { b"\r\n" });
            RowsOf::new(dialect, &row.file).put(&row, &mut lines);
            assert_eq!(String::from_utf8(lines).unwrap(), text);
            table.add(&row).unwrap();
            let published = table.finish().unwrap();
            assert_eq!((published.file.as_str(), published.rows), ("rejects.csv", 1));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            let mut rows = Vec::new();
            read(&path, |row| {
                rows.push(row.into_owned());
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
            // Nobody can tell an apostrophe of a plain table from one of the other dialect.
            if dialect == Dialect::Excel {
                assert_eq!(rows, std::slice::from_ref(&row));
            }
        }
    }
}
