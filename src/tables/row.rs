//! What a reader asks of a table, and what it is given row by row.

use std::borrow::Cow;

use super::{dialect::original, text::Encoded};

/// Columns that a reader wants, by name.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// Without these a sheet cannot be used.
    pub needed: &'static [&'static str],
    /// These may be missing.
    pub further: &'static [&'static str],
}

impl Columns {
    /// All of them: the order in which [`TableRow::cell`] counts them.
    pub fn all(self) -> impl Iterator<Item = &'static str> {
        self.needed.iter().chain(self.further).copied()
    }
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, or nothing but blanks.
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
pub struct TableRow<'a> {
    /// The sheet of a workbook; a CSV has only one, without a name.
    pub tab: Option<&'a str>,
    /// As a spreadsheet counts, from 1.
    pub number: u64,
    /// Whether its cells are split by tabs: some programs write a line break in such a cell as `\n`, and mean it.
    pub by_tabs: bool,
    pub(super) cells: Vec<Cell<'a>>,
}

impl<'a> TableRow<'a> {
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

/// What was seen while the rows were read.
#[derive(Debug, Default)]
pub struct Sheets {
    /// Rows below the headers that are not blank.
    pub rows: u64,
    /// How a CSV is encoded.
    pub encoded: Option<Encoded>,
    /// Where the encoding was guessed: row and text of the first cell that depends on it.
    pub foreign: Option<(u64, String)>,
}
