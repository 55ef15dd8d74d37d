//! The only reader of tables that people see: what the tool wrote itself, and what spreadsheet programs made of it.

use std::{
    fs::File,
    io::{self, Seek},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{
    delimited,
    row::{Columns, Sheets, TableRow},
    sheet,
    sieve::{self, Finds},
    source::{self, Kind},
};
use crate::{digest::Hashed, failure::Failure, publish};

/// A table or sheet that is open.
#[derive(Debug)]
pub struct OpenTable {
    path: PathBuf,
    file: File,
}

impl OpenTable {
    /// Opens a file; what is none, such as a pipe, is read to its end.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = source::open(path).map_err(|error| unreadable(path, error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Opens a table in one of our own folders: no link to elsewhere, and no pipe that may never end.
    ///
    /// # Errors
    /// A file that cannot be read, or is no regular file of its own.
    pub fn own(path: &Path) -> Result<Self, Failure> {
        let file = publish::open_own(path).map_err(|error| unreadable(path, error))?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// SHA-256 of its content, in hexadecimal.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn sha256(&mut self) -> Result<String, Failure> {
        let mut hashed = Hashed::new(io::sink());
        let read = io::copy(&mut self.file, &mut hashed).and_then(|_| self.file.rewind());
        read.map_err(|error| unreadable(&self.path, error))?;
        Ok(hashed.finish().2)
    }

    /// Reads the rows of a table of ours in which `next` may find something, if it still has that SHA-256, else all of them, as
    /// long as `each` goes on. `next` gets bytes of the table, and says where it finds something first; what it looks for has to
    /// stand there as it is, and hold neither quotes nor line breaks.
    ///
    /// # Errors
    /// As for [`Self::rows`].
    pub fn rows_with(
        mut self,
        (sha256, next): (&str, Finds<'_>),
        columns: Columns,
        each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<Sheets, Failure> {
        let few = sieve::rows(&mut self.file, sha256, next).and_then(|few| self.file.rewind().map(|()| few));
        match few.map_err(|error| unreadable(&self.path, error))? {
            Some(few) => delimited::read_rows(&few, &self.path, columns, each),
            None => self.rows(columns, each),
        }
    }

    /// Reads it row by row, as long as `each` goes on.
    ///
    /// # Errors
    /// A file that cannot be read, is no table or lacks a needed column, a row that is broken, or what `each` objects to.
    pub fn rows(
        mut self,
        columns: Columns,
        each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<Sheets, Failure> {
        match source::kind(&mut self.file).map_err(|error| unreadable(&self.path, error))? {
            Kind::Text => delimited::read(self.file, &self.path, columns, each),
            Kind::Workbook => sheet::read(self.file, &self.path, columns, each),
            Kind::Other(what, hint) => {
                Err(Failure::usage(format!("`{}` is no table: it is {what}", self.path.display())).hint(hint))
            }
        }
    }
}

/// Opens a table or sheet and reads it row by row, as long as `each` goes on.
///
/// # Errors
/// Those of [`OpenTable::open`] and [`OpenTable::rows`].
pub fn read(
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    OpenTable::open(path)?.rows(columns, each)
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::usage(format!("cannot read `{}`", path.display())).because(error)
}
