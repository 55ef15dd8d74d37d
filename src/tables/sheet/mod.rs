//! Workbooks of spreadsheet programs, read row by row: what a cell holds and not how it is shown. Nothing is believed of
//! their size: a few kilobytes can inflate to gigabytes.
//!
//! * `elements`: the elements of a part, in little memory
//! * `packed`: which kind of workbook a packed file is, and whether a part of it would fill the memory
//! * `xlsx`, `ods`: the rows of one sheet after another, each in little memory

mod elements;
mod ods;
mod packed;
mod xlsx;

use std::{fs::File, ops::ControlFlow, path::Path};

use self::packed::Kind;
use super::{
    header::{self, HEADER_WITHIN},
    row::{Cell, Columns, Sheets, TableRow},
};
use crate::failure::Failure;

/// Bytes of text in a row, as in a CSV.
const MOST_TEXT: usize = 8 << 20;
/// Rows of a sheet, in the largest that a program makes.
const MOST_ROWS: u64 = 1 << 24;

/// Columns of a sheet, in the largest that a program makes; no header is beyond.
const MOST_COLUMNS: usize = 1 << 14;

const HINT: &str = "save the sheet as `CSV UTF-8`, with the columns of `rejects.csv`";

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

    /// What a formula comes to: a constant that some programs write as one, or nothing that can be trusted.
    fn of_formula(formula: &str) -> Self {
        let formula = formula.trim_start_matches('=');
        match formula {
            "TRUE()" => Self::Bool(true),
            "FALSE()" => Self::Bool(false),
            _ if formula.starts_with('#') => Self::Error(formula.to_owned()),
            _ => Self::Formula(format!("={formula}")),
        }
    }

    /// Bytes that it takes.
    fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Date(text) | Self::Error(text) | Self::Formula(text) | Self::Odd(text) => {
                text.len()
            }
            Self::Number(_) | Self::Bool(_) => 8,
        }
    }
}

/// A row that holds something.
#[derive(Debug, Clone, Default)]
struct Values {
    /// As a spreadsheet counts, from 1.
    number: u64,
    /// What is in it, by column from 0; a value may stand for several.
    cells: Vec<(std::ops::Range<usize>, Value)>,
    /// Bytes of that.
    bytes: usize,
}

impl Values {
    /// Adds what stands in these columns.
    fn add(&mut self, columns: std::ops::Range<usize>, value: Value) -> Result<(), String> {
        self.bytes += value.len() + 1;
        if self.bytes > MOST_TEXT {
            return Err(format!("row {} is longer than {} MiB", self.number, MOST_TEXT >> 20));
        }
        self.cells.push((columns, value));
        Ok(())
    }

    fn at(&self, column: usize) -> Option<&Value> {
        self.cells.iter().find(|(columns, _)| columns.contains(&column)).map(|(_, value)| value)
    }
}

/// The rows of a sheet, one after another.
trait Rows {
    /// The next row that holds something; an error says what is wrong with the sheet, and what to do about it.
    fn next(&mut self) -> Result<Option<Values>, Failure>;
}

/// What is wanted of a workbook, and what was found so far.
struct SheetSearch<'a> {
    path: &'a Path,
    columns: Columns,
    each: &'a mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
    sheets: Sheets,
    any: bool,
    /// Of the sheets without the needed columns, the one that has most of the others.
    nearest: (Vec<Option<usize>>, usize, Option<String>),
}

/// Reads the rows below the header of each sheet that has the needed columns.
pub(super) fn read(
    mut file: File,
    path: &Path,
    columns: Columns,
    each: &mut dyn FnMut(&TableRow<'_>) -> Result<ControlFlow<()>, Failure>,
) -> Result<Sheets, Failure> {
    let name = path.display();
    let kind = packed::kind(&mut file)
        .map_err(|why| Failure::usage(format!("`{name}` is no workbook that can be read: {why}")).hint(HINT))?;
    let nearest = (Vec::new(), 0, None);
    let mut wanted = SheetSearch { path, columns, each, sheets: Sheets::default(), any: false, nearest };
    match kind {
        Kind::Xlsx => xlsx::read(file, &mut wanted)?,
        Kind::Ods => ods::read(file, &mut wanted)?,
    }
    if !wanted.any {
        header::check(&wanted.nearest.0, columns, path, wanted.nearest.2.as_deref())?;
    }
    Ok(wanted.sheets)
}

impl SheetSearch<'_> {
    /// Reads a sheet; whether the reading is to end with it.
    fn sheet(&mut self, tab: &str, rows: &mut dyn Rows) -> Result<ControlFlow<()>, Failure> {
        let (at, found) = self.find_header(rows)?;
        if at.len() < self.columns.needed.len() || at[..self.columns.needed.len()].contains(&None) {
            if found >= self.nearest.1 {
                self.nearest = (at, found, Some(tab.to_owned()));
            }
            return Ok(ControlFlow::Continue(()));
        }
        self.any = true;
        while let Some(values) = rows.next()? {
            let value = |at: &Option<usize>| at.and_then(|at| values.at(at)).map_or(Cell::Empty, Value::cell);
            let cells: Vec<Cell<'_>> = at.iter().map(value).collect();
            let blank = |cell: &Cell<'_>| match cell {
                Cell::Empty => true,
                Cell::Text(text) => text.trim().is_empty(),
                _ => false,
            };
            if cells.iter().all(blank) {
                continue;
            }
            self.sheets.rows += 1;
            if (self.each)(&TableRow { tab: Some(tab), number: values.number, by_tabs: false, cells })?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Where the wanted columns are, of the first rows the one that has most of them.
    fn find_header(&self, rows: &mut dyn Rows) -> Result<(Vec<Option<usize>>, usize), Failure> {
        let mut best = (Vec::new(), 0);
        for _ in 0..HEADER_WITHIN {
            let Some(values) = rows.next()? else { break };
            // A name that is repeated comes twice, however often it does.
            let places = |columns: &std::ops::Range<usize>| {
                let end = columns.start.saturating_add(columns.len().min(2));
                columns.start.min(MOST_COLUMNS)..end.min(MOST_COLUMNS)
            };
            let width = values.cells.iter().map(|(columns, _)| places(columns).end).max().unwrap_or_default();
            let mut names = vec![""; width];
            for (columns, value) in &values.cells {
                if let Value::Text(text) = value {
                    names[places(columns)].fill(text);
                }
            }
            let (at, found) = header::find(&names, self.columns);
            if !at[..self.columns.needed.len()].contains(&None) {
                header::check_once(&names, self.columns, self.path)?;
                return Ok((at, found));
            }
            if found > best.1 || best.0.is_empty() {
                best = (at, found);
            }
        }
        Ok(best)
    }
}

/// A sheet that cannot be read from that row on; what to do about it is for who knows why.
fn broken(path: &Path, tab: &str, after: u64, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::usage(format!("sheet `{tab}` of `{}` cannot be read behind row {after}", path.display())).because(why)
}
