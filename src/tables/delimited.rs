//! Sheets of delimited text as programs save them, whatever delimiter, encoding and order of columns they chose.

use std::{
    fs::File,
    io::{self, BufRead, Cursor, Read},
    ops::ControlFlow,
    path::Path,
};

use encoding_rs::UTF_8;

use super::{
    header::{self, HEADER_WITHIN},
    records::{Record, Records, Wrong},
    row::{Cell, Columns, Sheets, TableRow},
    text::{self, Encoded, Utf8},
};
use crate::failure::Failure;

/// What programs put between cells, depending on the country; of equals the first one is taken.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// How UTF-8 begins for spreadsheet programs.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// Bytes of text in which the header has to be.
const HEAD: usize = 1 << 18;

const HINT: &str = "save the sheet as `CSV UTF-8`, with the columns of `rejects.csv`";

/// Where the header is, and how cells are split.
struct Layout {
    delimiter: u8,
    /// Row of the header, counted from 1 behind a line `sep=;`.
    header: u64,
    /// Cells in it.
    cells: usize,
    /// Where each of the wanted columns is.
    at: Vec<Option<usize>>,
}

/// Reads the rows below the header.
pub(super) fn read(
    mut file: File,
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    let broken = |error: io::Error| Failure::usage(format!("`{}` is no CSV", path.display())).because(error).hint(HINT);
    let encoded = text::encoding(&mut file).map_err(broken)?;
    let mut text = Utf8::new(file, encoded.encoding);
    let mut head = Vec::new();
    text.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(broken)?;
    if head.trim_ascii().is_empty() {
        return Err(Failure::usage(format!("`{}` is empty", path.display())).hint(HINT));
    }
    let (announced, begin) = announced(&head);
    let layout = layout(&head[begin..], announced, columns, path)?;
    let text = Cursor::new(head).chain(text);
    rows(text, begin, &layout, path, encoded, each)
}

fn rows(
    mut text: impl BufRead,
    begin: usize,
    layout: &Layout,
    path: &Path,
    encoded: Encoded,
    each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    let broken = |wrong: &Wrong| {
        Failure::usage(format!("`{}` cannot be read as a table: {wrong}", path.display()))
            .hint("mend that row, or save the sheet again as `CSV UTF-8`")
    };
    text.consume(begin);
    let announced = u64::from(begin > 0);
    let mut records = Records::new(text, layout.delimiter);
    let mut record = Record::default();
    let mut sheets = Sheets { encoded: Some(encoded), ..Sheets::default() };
    let needed = layout.at.iter().flatten().max().map_or(0, |last| last + 1);
    while records.read(&mut record).map_err(|wrong| broken(&wrong))? {
        let number = record.number + announced;
        if record.number <= layout.header || record.cells().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if encoded.guessed && sheets.foreign.is_none() {
            sheets.foreign = record.cells().find(|cell| !cell.is_ascii()).map(|cell| (number, cell.to_owned()));
        }
        let beyond = (layout.cells..record.len()).any(|at| record.cell(at).is_some_and(|cell| !cell.trim().is_empty()));
        if record.len() < needed || beyond {
            return Err(shifted(path, &record, number, layout));
        }
        sheets.rows += 1;
        let cells = layout.at.iter().map(|at| at.and_then(|at| record.cell(at)).map_or(Cell::Empty, Cell::Written));
        if each(&TableRow { tab: None, number, by_tabs: layout.delimiter == b'\t', cells: cells.collect() })?.is_break()
        {
            break;
        }
    }
    Ok(sheets)
}

/// Reads the rows below the header of text in memory, which is UTF-8.
pub(super) fn read_rows(
    text: &[u8],
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    let text = text.strip_prefix(MARK).unwrap_or(text);
    let head = &text[..text.len().min(HEAD)];
    let layout = layout(head, None, columns, path)?;
    rows(text, 0, &layout, path, Encoded { encoding: UTF_8, guessed: false }, each)
}

/// A row with more or fewer cells than the header: a value of it would be taken for another one.
fn shifted(path: &Path, record: &Record, number: u64, layout: &Layout) -> Failure {
    let other = DELIMITERS.into_iter().find(|delimiter| {
        *delimiter != layout.delimiter
            && record.len() == 1
            && record.cell(0).is_some_and(|cell| cell.as_bytes().contains(delimiter))
    });
    let hint = match other {
        Some(other) => format!(
            "the header is split by {}, this row by {}: save the sheet again in one piece",
            named(layout.delimiter),
            named(other)
        ),
        None => {
            "a cell with a line break or a delimiter is not quoted, there or in the row before: mend it, or save the \
                 sheet again as `CSV UTF-8`"
                .into()
        }
    };
    let (cells, wanted) = (record.len(), layout.cells);
    let path = path.display();
    Failure::usage(format!(
        "the cells of row {number} of `{path}` have shifted: it has {cells}, the header has {wanted}"
    ))
    .hint(hint)
}

fn named(delimiter: u8) -> &'static str {
    match delimiter {
        b'\t' => "tabs",
        b';' => "semicolons",
        b'|' => "bars",
        _ => "commas",
    }
}

/// The delimiter that a first line `sep=;` announces, and where the text behind it begins.
fn announced(head: &[u8]) -> (Option<u8>, usize) {
    let Some(end) = head.iter().position(|byte| *byte == b'\n') else { return (None, 0) };
    let first = head[..end].trim_ascii().strip_prefix(b"\"").unwrap_or(&head[..end]);
    match first.strip_prefix(b"sep=") {
        Some([delimiter] | [delimiter, b'\r' | b'"'] | [delimiter, b'"', b'\r']) => (Some(*delimiter), end + 1),
        _ => (None, 0),
    }
}

/// The delimiter and the row that give the most of the wanted columns.
fn layout(head: &[u8], announced: Option<u8>, columns: Columns, path: &Path) -> Result<Layout, Failure> {
    let candidates: Vec<u8> = announced.map_or_else(|| DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut best: Option<(Layout, usize)> = None;
    for delimiter in candidates {
        let mut records = Records::new(head, delimiter);
        let mut record = Record::default();
        for _ in 0..HEADER_WITHIN {
            if !matches!(records.read(&mut record), Ok(true)) {
                break;
            }
            let names: Vec<&str> = record.cells().collect();
            let (at, found) = header::find(&names, columns);
            if best.as_ref().is_none_or(|(_, most)| found > *most) {
                let layout = Layout { delimiter, header: record.number, cells: record.len(), at };
                best = Some((layout, found));
                header::check_once(&names, columns, path)?;
            }
        }
    }
    let layout = best.map_or(Layout { delimiter: b',', header: 0, cells: 0, at: Vec::new() }, |(layout, _)| layout);
    header::check(&layout.at, columns, path, None)?;
    Ok(layout)
}
