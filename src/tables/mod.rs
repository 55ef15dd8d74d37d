//! Every table that people see: one writer, one reader. Nothing outside this room knows delimiters, encodings, byte order
//! marks, or what spreadsheet programs make of a cell; nothing in it knows what a table is about.
//!
//! A table has a row type in the room that it is about, with its columns, the cells of a row, and the way back
//! ([`crate::findings::FindingRow`] is one); it is written by [`Writer`] or [`TableFile`], once more by [`Workbook`] where people
//! want one, and read by [`read`].

mod delimited;
mod dialect;
mod guard;
mod header;
mod read;
mod records;
mod row;
mod sheet;
mod sieve;
mod source;
mod text;
mod words;
mod workbook;
mod writer;

pub use self::{
    dialect::{Dialect, LONGEST_CELL, is_cut, original},
    read::{OpenTable, read},
    row::{Cell, Columns, Sheets, TableRow},
    sieve::Finds,
    text::Encoded,
    workbook::{Form, Workbook},
    writer::{Published, TableFile, Writer, put_cells, put_row},
};
