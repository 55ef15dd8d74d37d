//! Workbooks of spreadsheet programs, row by row: what a cell holds and not how it is shown. Nothing is believed of their
//! size: a few kilobytes can inflate to gigabytes.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
    ops::ControlFlow,
    path::Path,
};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader};
use chrono::{Days, NaiveDate};
use zip::ZipArchive;

use super::{
    header::{self, HEADER_WITHIN},
    row::{Cell, Columns, Sheets, TableRow},
};
use crate::failure::Failure;

/// Bytes of a part that is held whole while a workbook is open, such as its texts.
const MOST_HELD: u64 = 48 << 20;
/// Bytes of a sheet, which is read as a stream: beyond that it is no sheet that a program wrote.
const MOST_STREAMED: u64 = 16 << 30;
/// Bytes between one cell and the next: cells have 32,767 characters.
const MOST_BETWEEN: usize = 4 << 20;
/// Parts of a workbook: a few for each sheet, and pictures.
const MOST_PARTS: usize = 20_000;

const HINT: &str = "save the sheet as `CSV UTF-8`, with the columns of `rejects.csv`";

/// The days that spreadsheets count from, so that the 1st of March 1900 is 61.
const EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);
/// The same in workbooks of old Macintosh programs.
const EPOCH_1904: Option<NaiveDate> = NaiveDate::from_ymd_opt(1904, 1, 1);

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    Bool(bool),
    Date(String),
    Error(String),
    Formula(String),
    Odd(String),
}

impl Value {
    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Text(text) => Cell::Text(text),
            Self::Number(number) => Cell::Number(*number),
            Self::Bool(value) => Cell::Bool(*value),
            Self::Date(text) => Cell::Date(text),
            Self::Error(text) => Cell::Error(text),
            Self::Formula(text) => Cell::Formula(text),
            Self::Odd(why) => Cell::Odd(why),
        }
    }
}

/// Reads the rows below the header of each sheet that has the needed columns.
pub(super) fn read(
    mut file: File,
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    let name = path.display();
    check(&mut file)
        .map_err(|why| Failure::usage(format!("`{name}` is no workbook that can be read: {why}")).hint(HINT))?;
    let broken = |error: calamine::XlsxError| {
        Failure::usage(format!("`{name}` cannot be read as a workbook")).because(error).hint(HINT)
    };
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(broken)?;
    let is_1904 = workbook.has_1904_epoch();
    let mut sheets = Sheets::default();
    let (mut any, mut nearest) = (false, (Vec::new(), 0, None));
    for tab in workbook.sheet_names() {
        // A sheet of nothing but a chart has no cells.
        let Ok(cells) = workbook.worksheet_cells_reader(&tab) else { continue };
        let mut rows = Rows { cells, is_1904, held: None, number: 0, ended: false };
        let (at, found) = find_header(&mut rows, &tab, columns, path)?;
        if at.len() < columns.needed.len() || at[..columns.needed.len()].contains(&None) {
            if found >= nearest.1 {
                nearest = (at, found, Some(tab));
            }
            continue;
        }
        any = true;
        while let Some((number, values)) = rows.next(path, &tab)? {
            let cell = |at: Option<usize>| at.and_then(|at| values.iter().find(|(column, _)| *column == at));
            let cells: Vec<Cell<'_>> =
                at.iter().map(|at| cell(*at).map_or(Cell::Empty, |(_, value)| value.cell())).collect();
            let blank = |cell: &Cell<'_>| {
                matches!(cell, Cell::Empty) || matches!(cell, Cell::Text(text) if text.trim().is_empty())
            };
            if cells.iter().all(blank) {
                continue;
            }
            sheets.rows += 1;
            if each(&TableRow { tab: Some(&tab), number, cells })?.is_break() {
                return Ok(sheets);
            }
        }
    }
    if !any {
        header::check(&nearest.0, columns, path, nearest.2.as_deref())?;
    }
    Ok(sheets)
}

/// Where the wanted columns are, of the first rows the one that has most of them.
fn find_header(
    rows: &mut Rows<'_>,
    tab: &str,
    columns: Columns,
    path: &Path,
) -> Result<(Vec<Option<usize>>, usize), Failure> {
    let mut best = (Vec::new(), 0);
    for _ in 0..HEADER_WITHIN {
        let Some((_, values)) = rows.next(path, tab)? else { break };
        let width = values.iter().map(|(column, _)| column + 1).max().unwrap_or_default();
        let mut names = vec![""; width];
        for (column, value) in &values {
            if let Value::Text(text) = value {
                names[*column] = text;
            }
        }
        let (at, found) = header::find(&names, columns);
        if !at[..columns.needed.len()].contains(&None) {
            header::check_once(&names, columns, path)?;
            return Ok((at, found));
        }
        if found > best.1 || best.0.is_empty() {
            best = (at, found);
        }
    }
    Ok(best)
}

/// A row: its number, and the cells that hold something, each with its column from 0.
type Values = (u64, Vec<(usize, Value)>);

/// The rows of a sheet that hold something.
struct Rows<'a> {
    cells: XlsxCellReader<'a, BufReader<File>>,
    is_1904: bool,
    /// The first cell of the next row.
    held: Option<(u32, usize, Value)>,
    number: u64,
    /// Behind the last cell the library must not be asked again.
    ended: bool,
}

impl Rows<'_> {
    fn next(&mut self, path: &Path, tab: &str) -> Result<Option<Values>, Failure> {
        let mut row = self.held.take().map(|(number, column, value)| (number, vec![(column, value)]));
        while !self.ended {
            let cell = self.cells.next_cell_with_formula_metadata().map_err(|error| {
                let (path, after) = (path.display(), self.number);
                Failure::usage(format!("sheet `{tab}` of `{path}` cannot be read behind row {after}"))
                    .because(error)
                    .hint("a cell that shows `#SPILL!`, `#CALC!` or `#GETTING_DATA` there does that: clear it; or save the sheet as `CSV UTF-8`")
            })?;
            let Some(cell) = cell else {
                self.ended = true;
                break;
            };
            let (number, column) = (cell.pos.0, cell.pos.1 as usize);
            let formula = cell.formula.map(|formula| match formula {
                calamine::XlsxFormulaMetadata::Normal { formula }
                | calamine::XlsxFormulaMetadata::Shared { formula, .. } => formula,
                _ => "…".into(),
            });
            let value = match formula {
                Some(formula) => Value::Formula(format!("={formula}")),
                None => match self.value(cell.value) {
                    Some(value) => value,
                    None => continue,
                },
            };
            match &mut row {
                Some((current, cells)) if *current == number => cells.push((column, value)),
                None => row = Some((number, vec![(column, value)])),
                Some(_) => {
                    self.held = Some((number, column, value));
                    break;
                }
            }
        }
        Ok(row.map(|(number, cells)| {
            self.number = u64::from(number) + 1;
            (self.number, cells)
        }))
    }

    fn value(&self, data: DataRef<'_>) -> Option<Value> {
        Some(match data {
            DataRef::Empty => return None,
            DataRef::String(text) => Value::Text(unescaped(&text)),
            DataRef::SharedString(text) => Value::Text(unescaped(text)),
            #[expect(clippy::cast_precision_loss, reason = "what does not fit is refused as rounded")]
            DataRef::Int(number) => Value::Number(number as f64),
            DataRef::Float(number) => Value::Number(number),
            DataRef::Bool(value) => Value::Bool(value),
            DataRef::DateTime(moment) => date(moment, self.is_1904),
            DataRef::DateTimeIso(text) => Value::Date(text),
            DataRef::DurationIso(text) => {
                Value::Odd(format!("the cell holds the duration {text}: format the column as text"))
            }
            DataRef::Error(error) => Value::Error(error.to_string()),
        })
    }
}

/// The date of a serial number; the time of day where there is one.
fn date(moment: ExcelDateTime, is_1904: bool) -> Value {
    let serial = moment.as_f64();
    let odd = || {
        Value::Odd(format!(
            "the cell holds {serial}, shown as a date or duration: format the column as text and write the date as `1990-02-28`"
        ))
    };
    // Programs disagree on what comes before: there was no 29th of February 1900.
    let first = if is_1904 { 0.0 } else { 61.0 };
    if moment.is_duration() || !(first..100_000.0).contains(&serial) {
        return odd();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be below 100,000")]
    let (days, seconds) = (serial.trunc() as u64, (serial.fract() * 86_400.0).round() as u32);
    let epoch = if is_1904 { EPOCH_1904 } else { EPOCH };
    let Some(date) = epoch.and_then(|epoch| epoch.checked_add_days(Days::new(days))) else { return odd() };
    if date >= NaiveDate::from_ymd_opt(2101, 1, 1).unwrap_or(NaiveDate::MAX) {
        return odd();
    }
    match seconds {
        0 => Value::Date(date.to_string()),
        _ => Value::Date(format!("{date}T{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)),
    }
}

/// Characters that XML does not take are written as `_x000D_`; some writers put one before each line feed.
fn unescaped(text: &str) -> String {
    let text = text.replace("_x000D_\n", "\n").replace("\r\n", "\n");
    if !text.contains("_x") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        if let Some(character) = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            plain.push(character);
            rest = &rest[at + 7..];
        } else {
            plain.push_str("_x");
            rest = &rest[at + 2..];
        }
    }
    plain + rest
}

/// Tells the forms of packed files apart, and refuses what would fill the memory.
fn check(file: &mut File) -> Result<(), String> {
    let broken = |error: zip::result::ZipError| error.to_string();
    let mut parts = ZipArchive::new(BufReader::new(&*file)).map_err(broken)?;
    if parts.len() > MOST_PARTS {
        return Err(format!("it has {} parts", parts.len()));
    }
    let has = |name: &str| parts.index_for_name(name).is_some();
    match () {
        () if has("xl/workbook.bin") => return Err("it is in Excel's binary form; save it as `.xlsx`".into()),
        () if has("mimetype") => return Err("it is in the form of `OpenDocument`; save it as `.xlsx`".into()),
        () if !has("[Content_Types].xml") => return Err("it is a packed file of something else".into()),
        () if has("word/document.xml") => return Err("it is a text document".into()),
        () => {}
    }
    for at in 0..parts.len() {
        let part = parts.by_index(at).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        measure(part).map_err(|why| format!("its part `{name}` {why}"))?;
    }
    file.rewind().map_err(|error| error.to_string())
}

/// Inflates a part without keeping it.
fn measure(mut part: impl Read) -> Result<(), String> {
    let mut block = vec![0; 1 << 16];
    let (mut bytes, mut between, mut before, mut is_sheet) = (0_u64, 0_usize, [0_u8; 2], None);
    loop {
        let read = part.read(&mut block).map_err(|error| format!("is damaged: {error}"))?;
        if read == 0 {
            return Ok(());
        }
        bytes += read as u64;
        let is_sheet = *is_sheet.get_or_insert_with(|| root(&block[..read]) == Some(b"worksheet"));
        if !is_sheet {
            if bytes > MOST_HELD {
                return Err(format!("holds more than {} MiB, too much to be read in little memory", MOST_HELD >> 20));
            }
            continue;
        }
        // A cell begins and ends with `c`, as in `<c r="A1">`, `</c>`, `<x:c>`.
        for byte in &block[..read] {
            let bounds =
                before[1] == b'c' && matches!(before[0], b'<' | b'/' | b':') && matches!(byte, b' ' | b'>' | b'/');
            between = if bounds { 0 } else { between + 1 };
            before = [before[1], *byte];
        }
        if between > MOST_BETWEEN || bytes > MOST_STREAMED {
            return Err("has a cell that is larger than any program makes".into());
        }
    }
}

/// The name of the first element, without its prefix.
fn root(head: &[u8]) -> Option<&[u8]> {
    let begins = |at: &usize| head[*at] == b'<' && head.get(at + 1).is_some_and(u8::is_ascii_alphabetic);
    let at = (0..head.len()).find(begins)? + 1;
    let name = head[at..].split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next()?;
    name.rsplit(|byte| *byte == b':').next()
}
