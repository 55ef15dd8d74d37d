//! The only writer of workbooks: a table once more, for people who work in a spreadsheet program. Every cell is text, so
//! that nothing in it is read as a number, a date or a formula, and what is typed into it stays as it was typed.

use std::{
    io::{self, BufWriter, Write},
    ops::ControlFlow,
    panic::{self, AssertUnwindSafe},
    path::Path,
};

use clap::ValueEnum;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, IgnoreError, Workbook as Book, Worksheet, XlsxError,
};
use serde::{Deserialize, Serialize};

use super::{
    dialect::{LONGEST_CELL, cut},
    read,
    row::{Columns, TableRow},
    writer::Published,
};
use crate::{digest::Hashed, failure::Failure, publish::Unpublished};

/// Rows that a sheet takes, its header included.
const MOST_ROWS: u32 = 1_048_576;
/// Rows by which the widths of columns are chosen.
const ROWS_MEASURED: u64 = 1_000;
/// Narrowest and widest column, in characters; the arrow of a filter takes some of them.
const WIDTHS: (usize, usize) = (8, 48);
/// Width of the sheet that says what to do.
const ADVICE_WIDTH: u32 = 110;
/// Bytes of a sheet from which on the file has to say so; not all programs read what does.
const LARGE: u64 = 3 << 30;
/// Bytes that the description of a cell takes beside its text, at most.
const CELL: u64 = 64;

/// In which forms a table is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// CSV only
    #[default]
    Csv,
    /// Workbooks beside the CSVs, in which every cell is text
    Xlsx,
}

impl Form {
    /// Whether it is the usual one.
    #[must_use]
    pub fn is_csv(&self) -> bool {
        *self == Self::Csv
    }

    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }
}

/// What a workbook is about: the room that knows a table knows this of it, too.
#[derive(Debug, Clone, Copy)]
pub struct Workbook {
    /// Name of its sheets; further ones are numbered.
    pub sheet: &'static str,
    /// The columns of the table, all of them.
    pub columns: &'static [&'static str],
    /// The column that people fill in, if there is one.
    pub marked: Option<&'static str>,
    /// What its first sheet says, a line each, in pieces.
    pub advice: [&'static [&'static str]; 5],
}

impl Workbook {
    /// Writes a finished table as a workbook of one of our own folders; a link there is replaced. `go_on` is asked before
    /// each row.
    ///
    /// # Errors
    /// A table that cannot be read, a disk that fails, or what `go_on` says.
    pub fn create(
        &self,
        table: &Path,
        destination: &Path,
        go_on: &dyn Fn() -> Result<(), Failure>,
    ) -> Result<Published, Failure> {
        self.publish(Unpublished::create(destination), table, destination, go_on)
    }

    /// The same where a user typed it: a link there is written through.
    ///
    /// # Errors
    /// Those of [`Self::create`].
    pub fn typed(
        &self,
        table: &Path,
        destination: &Path,
        go_on: &dyn Fn() -> Result<(), Failure>,
    ) -> Result<Published, Failure> {
        self.publish(Unpublished::typed(destination), table, destination, go_on)
    }

    fn publish(
        &self,
        output: io::Result<Unpublished>,
        table: &Path,
        destination: &Path,
        go_on: &dyn Fn() -> Result<(), Failure>,
    ) -> Result<Published, Failure> {
        let disk = |error| Failure::disk(format!("cannot write the workbook `{}`", destination.display()), error);
        let mut output = BufWriter::new(Hashed::new(output.map_err(disk)?));
        let folder = destination.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Out here, so that what it has written takes its room until it is known why it could not go on.
        let mut sheets = None;
        let rows = caught(folder, || {
            let begun = Sheets::begin(self, folder, MOST_ROWS).map_err(|error| disk(plain(error)))?;
            let sheets = sheets.insert(begun);
            let columns = Columns { needed: self.columns, further: &[] };
            read::read(table, columns, &mut |row| {
                go_on()?;
                sheets.row(row).map_err(|error| disk(plain(error)))?;
                Ok(ControlFlow::Continue(()))
            })?;
            let rows = sheets.rows;
            sheets.save(&mut output).map_err(|error| disk(plain(error)))?;
            Ok::<u64, Failure>(rows)
        });
        let rows = rows.map_err(disk)??;
        let output = output.into_inner().map_err(|error| disk(error.into_error()))?;
        let (output, _, sha256) = output.finish();
        output.commit().map_err(disk)?;
        let file = destination.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Published { file, rows, sha256 })
    }
}

/// The library panics where it cannot write its own files into the folder, and has words only: what the system says to it is
/// asked again.
fn caught<T>(folder: &Path, work: impl FnOnce() -> T) -> io::Result<T> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(hook);
    done.map_err(|payload| {
        let words = payload.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
        let written = tempfile::tempfile_in(folder).and_then(|mut file| file.write_all(&vec![0; 1 << 16]));
        written.err().unwrap_or_else(|| io::Error::other(words.to_owned()))
    })
}

fn plain(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error)
        | XlsxError::TempFileError(_, error)
        | XlsxError::ZipError(zip::result::ZipError::Io(error)) => error,
        other => io::Error::other(other),
    }
}

/// The sheets of a workbook, filled row by row. A row goes to a file without a name as soon as the next one begins.
struct Sheets<'a> {
    about: &'a Workbook,
    /// Rows that each of them takes, its header included.
    most_rows: u32,
    book: Book,
    /// Sheets with rows.
    count: usize,
    /// The row that comes next in the last of them.
    next: u32,
    /// Bytes that the last of them may have.
    bytes: u64,
    /// Rows of all of them, headers not counted.
    rows: u64,
    /// The longest text of each column, in characters, as far as it is measured.
    longest: Vec<usize>,
    text: Format,
    header: Format,
    marked: Format,
}

impl<'a> Sheets<'a> {
    fn begin(about: &'a Workbook, folder: &Path, most_rows: u32) -> Result<Self, XlsxError> {
        let mut book = Book::new();
        // Same rows, same bytes.
        book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
        book.set_tempdir(folder)?;
        let text = Format::new().set_num_format("@");
        let header = text.clone().set_bold();
        let marked = text.clone().set_background_color(Color::RGB(0xFF_F2_CC));
        let advice = book.add_worksheet_with_constant_memory()?;
        advice.set_name("what to do")?.set_column_width(0, ADVICE_WIDTH)?;
        let wrapped = text.clone().set_text_wrap().set_align(FormatAlign::Top);
        for (row, line) in (0..).zip(about.advice) {
            advice.write_string_with_format(row, 0, line.concat(), &wrapped)?;
        }
        let longest = about.columns.iter().map(|name| name.len() + 3).collect();
        let mut sheets =
            Self { about, most_rows, book, count: 0, next: 0, bytes: 0, rows: 0, longest, text, header, marked };
        sheets.begin_sheet()?;
        Ok(sheets)
    }

    fn begin_sheet(&mut self) -> Result<(), XlsxError> {
        self.count += 1;
        (self.next, self.bytes) = (1, 0);
        let name = self.about.sheet;
        let name = if self.count == 1 { name.to_owned() } else { format!("{name} {}", self.count) };
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, name) in (0..).zip(self.about.columns) {
            let is_marked = self.about.marked == Some(name);
            // What people type into an empty cell is text, too.
            sheet.set_column_format(column, if is_marked { &self.marked } else { &self.text })?;
            let header = self.header.clone();
            let header = if is_marked { header.set_background_color(Color::RGB(0xFF_D9_66)) } else { header };
            sheet.write_string_with_format(0, column, *name, &header)?;
        }
        Ok(())
    }

    fn row(&mut self, row: &TableRow<'_>) -> Result<(), XlsxError> {
        if self.next == self.most_rows {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        let (is_measured, last) = (self.rows < ROWS_MEASURED, self.count);
        let sheet = self.book.worksheet_from_index(last)?;
        for (column, longest) in self.longest.iter_mut().enumerate() {
            let text = row.text(column);
            if text.is_empty() {
                continue;
            }
            if is_measured {
                *longest = text.chars().take(WIDTHS.1).count().max(*longest);
            }
            self.bytes += CELL + 2 * text.len() as u64;
            let format = if self.about.marked == Some(self.about.columns[column]) { &self.marked } else { &self.text };
            #[expect(clippy::cast_possible_truncation, reason = "a table has a dozen columns")]
            sheet.write_string_with_format(self.next, column as u16, &*cut(&text, LONGEST_CELL), format)?;
        }
        self.next += 1;
        self.rows += 1;
        Ok(())
    }

    /// What can be said of a sheet only when its last row is known.
    fn end_sheet(&mut self) -> Result<(), XlsxError> {
        if self.bytes > LARGE {
            self.book.use_zip_large_file(true);
        }
        let sheet: &mut Worksheet = self.book.worksheet_from_index(self.count)?;
        let mut last = 0;
        for (column, longest) in (0..).zip(&self.longest) {
            #[expect(clippy::cast_precision_loss, reason = "at most 48")]
            sheet.set_column_width(column, (*longest).clamp(WIDTHS.0, WIDTHS.1) as f64)?;
            last = column;
        }
        sheet.autofilter(0, 0, self.next - 1, last)?;
        // Else each id of digits has a green corner that says so.
        sheet.ignore_error_range(1, 0, MOST_ROWS - 1, last, IgnoreError::NumberStoredAsText)?;
        Ok(())
    }

    fn save(&mut self, output: impl Write + Send) -> Result<(), XlsxError> {
        self.end_sheet()?;
        self.book.save_to_writer(output)
    }
}

#[cfg(test)]
mod tests {
    use calamine::{Data, Reader, Xlsx};

    use super::{super::row::Cell, *};

    #[test]
    fn what_does_not_fit_a_sheet_goes_on_in_the_next() {
        const ABOUT: Workbook = Workbook {
            sheet: "rows",
            columns: &["a", "b"],
            marked: Some("b"),
            advice: [&["1"], &["2"], &["3"], &["4"], &["5"]],
        };
        let folder = tempfile::tempdir().unwrap();

        let mut sheets = Sheets::begin(&ABOUT, folder.path(), 4).unwrap();
        for number in 0..7 {
            let text = format!("00{number}");
            let cells = vec![Cell::Written(&text), Cell::Empty];
            sheets.row(&TableRow { tab: None, number, by_tabs: false, cells }).unwrap();
        }
        let mut bytes = Vec::new();
        sheets.save(&mut bytes).unwrap();
        let mut workbook = Xlsx::new(io::Cursor::new(bytes)).unwrap();
        assert_eq!(workbook.sheet_names(), ["what to do", "rows", "rows 2", "rows 3"]);
        let rows: Vec<Vec<Data>> = workbook.sheet_names()[1..]
            .iter()
            .flat_map(|name| workbook.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect::<Vec<_>>())
            .collect();
        let first: Vec<String> = rows.iter().map(|row| row[0].to_string()).collect();
        assert_eq!(first, ["a", "000", "001", "002", "a", "003", "004", "005", "a", "006"]);
        assert!(rows.iter().all(|row| matches!(&row[0], Data::String(_))));
    }
}
