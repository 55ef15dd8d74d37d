//! The only reader of tables that people see: what the tool wrote itself, and what spreadsheet programs made of it.

use std::{borrow::Cow, ops::ControlFlow, path::Path};

use super::{
    delimited,
    dialect::original,
    source::{self, Kind},
    text::Encoded,
};
use crate::failure::Failure;

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
            Cell::Written(text) => Cow::Borrowed(original(text)),
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

/// Reads a table or sheet row by row, as long as `each` goes on.
///
/// # Errors
/// A file that cannot be read, is no table or lacks a needed column, a row that is broken, or what `each` objects to.
pub fn read(
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    let unreadable = |error| Failure::usage(format!("cannot read `{}`", path.display())).because(error);
    let mut file = source::open(path).map_err(unreadable)?;
    match source::kind(&mut file).map_err(unreadable)? {
        Kind::Text => delimited::read(file, path, columns, each),
        Kind::Other(what, hint) => {
            Err(Failure::usage(format!("`{}` is no table: it is {what}", path.display())).hint(hint))
        }
    }
}
