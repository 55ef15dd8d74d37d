//! The only reader of tables that people see: what the tool wrote itself, and what spreadsheet programs made of it.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Seek},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{
    delimited,
    dialect::original,
    source::{self, Kind},
    text::Encoded,
    workbook,
};
use crate::{digest::Hashed, failure::Failure};

pub(super) use super::header;

/// Columns that a reader wants, by name.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Without these a sheet cannot be used.
    pub needed: &'static [&'static str],
    /// These may be missing.
    pub further: &'static [&'static str],
}

impl Columns {
    /// All of them: the order in which [`Row::cell`] counts them.
    pub fn all(self) -> impl Iterator<Item = &'static str> {
        self.needed.iter().chain(self.further).copied()
    }
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// Text of a CSV, in which everything is text.
    Written(&'a str),
    /// Text of a workbook, which was typed or formatted as text.
    Text(&'a str),
    /// A number of a workbook, as it is held and not as it is shown.
    Number(f64),
    /// A boolean of a workbook.
    Bool(bool),
    /// A date of a workbook, `1990-02-28`.
    Date(&'a str),
    /// What a program put where it could not compute a cell: `#N/A`.
    Error(&'a str),
    /// A formula whose value nobody computed.
    Formula(&'a str),
    /// Something that no table has, and what to do about it.
    Odd(&'a str),
}

/// One row below the header.
#[derive(Debug)]
pub struct Row<'a> {
    /// The sheet of a workbook; a CSV has only one, without a name.
    pub tab: Option<&'a str>,
    /// As a spreadsheet counts, from 1.
    pub number: u64,
    pub(super) cells: Vec<Cell<'a>>,
}

impl<'a> Row<'a> {
    /// The cell of a wanted column, counted as [`Columns::all`] does.
    #[must_use]
    pub fn cell(&self, column: usize) -> Cell<'a> {
        self.cells.get(column).copied().unwrap_or(Cell::Empty)
    }

    /// The text of that cell, as it was before it was guarded against spreadsheets.
    #[must_use]
    pub fn text(&self, column: usize) -> Cow<'a, str> {
        match self.cell(column) {
            Cell::Empty => Cow::Borrowed(""),
            Cell::Written(text) | Cell::Text(text) => Cow::Borrowed(original(text)),
            Cell::Date(text) | Cell::Error(text) | Cell::Formula(text) | Cell::Odd(text) => Cow::Borrowed(text),
            Cell::Number(number) => Cow::Owned(number.to_string()),
            Cell::Bool(value) => Cow::Owned(value.to_string()),
        }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Sheets {
    /// Rows below the headers that are not blank.
    pub rows: u64,
    /// How a CSV is encoded.
    pub encoded: Option<Encoded>,
    /// Where the encoding was guessed: row and text of the first cell that depends on it.
    pub foreign: Option<(u64, String)>,
}

/// A table or sheet that is open.
#[derive(Debug)]
pub struct Source {
    path: PathBuf,
    file: File,
}

impl Source {
    /// Opens a file; what is none, such as a pipe, is read to its end.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let file = source::open(path).map_err(|error| unreadable(path, error))?;
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

    /// Reads it row by row, as long as `each` goes on.
    ///
    /// # Errors
    /// A file that cannot be read, is no table or lacks a needed column, a row that is broken, or what `each` objects to.
    pub fn rows(
        mut self,
        columns: Columns,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, Failure>,
    ) -> Result<Sheets, Failure> {
        match source::kind(&mut self.file).map_err(|error| unreadable(&self.path, error))? {
            Kind::Text => delimited::read(self.file, &self.path, columns, each),
            Kind::Workbook => workbook::read(self.file, &self.path, columns, each),
            Kind::Other(what, hint) => {
                Err(Failure::usage(format!("`{}` is no table: it is {what}", self.path.display())).hint(hint))
            }
        }
    }
}

/// Opens a table or sheet and reads it row by row, as long as `each` goes on.
///
/// # Errors
/// Those of [`Source::open`] and [`Source::rows`].
pub fn read(
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    Source::open(path)?.rows(columns, each)
}

fn unreadable(path: &Path, error: io::Error) -> Failure {
    Failure::usage(format!("cannot read `{}`", path.display())).because(error)
}
