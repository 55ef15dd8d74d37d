//! The rows of the sheets of an `.xlsx`.

use std::{fs::File, io::BufReader, path::Path};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxCellReader};
use chrono::{Days, NaiveDate};

use super::{HINT, Rows, SheetSearch, Value, Values, broken};
use crate::failure::Failure;

/// The days that spreadsheets count from, so that the 1st of March 1900 is 61.
const EPOCH: Option<NaiveDate> = NaiveDate::from_ymd_opt(1899, 12, 30);
/// The same in workbooks of old Macintosh programs.
const EPOCH_1904: Option<NaiveDate> = NaiveDate::from_ymd_opt(1904, 1, 1);

/// Reads one sheet after another.
pub(super) fn read(file: File, wanted: &mut SheetSearch<'_>) -> Result<(), Failure> {
    let path = wanted.path;
    let unreadable = |error: calamine::XlsxError| {
        Failure::usage(format!("`{}` cannot be read as a workbook", path.display())).because(error).hint(HINT)
    };
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
    let is_1904 = workbook.has_1904_epoch();
    for tab in workbook.sheet_names() {
        // A sheet of nothing but a chart has no cells.
        let Ok(cells) = workbook.worksheet_cells_reader(&tab) else { continue };
        let mut rows = SheetRows { path, tab: &tab, cells, is_1904, held: None, number: 0, ended: false };
        if wanted.sheet(&tab, &mut rows)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The rows of a sheet that hold something.
struct SheetRows<'a> {
    path: &'a Path,
    tab: &'a str,
    cells: XlsxCellReader<'a, BufReader<File>>,
    is_1904: bool,
    /// The first cell of the next row.
    held: Option<(u32, usize, Value)>,
    number: u64,
    /// Behind the last cell the library must not be asked again.
    ended: bool,
}

impl Rows for SheetRows<'_> {
    fn next(&mut self) -> Result<Option<Values>, Failure> {
        let mut row: Option<Values> = None;
        if let Some((number, column, value)) = self.held.take() {
            self.add(&mut row, number, column, value)?;
        }
        while !self.ended {
            let cell = self.cells.next_cell_with_formula_metadata().map_err(|error| {
                broken(self.path, self.tab, self.number, error).hint(
                    "a cell that shows `#SPILL!`, `#CALC!` or `#GETTING_DATA` there does that: clear it; or save the sheet \
                     as `CSV UTF-8`",
                )
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
                Some(formula) => Value::of_formula(&formula),
                None => match self.value(cell.value) {
                    Some(value) => value,
                    None => continue,
                },
            };
            if row.as_ref().is_some_and(|row| row.number != u64::from(number) + 1) {
                self.held = Some((number, column, value));
                break;
            }
            self.add(&mut row, number, column, value)?;
        }
        self.number = row.as_ref().map_or(self.number, |row| row.number);
        Ok(row)
    }
}

impl SheetRows<'_> {
    fn add(&self, row: &mut Option<Values>, number: u32, column: usize, value: Value) -> Result<(), Failure> {
        let number = u64::from(number) + 1;
        let row = row.get_or_insert_with(|| Values { number, ..Values::default() });
        row.add(column..column + 1, value).map_err(|why| broken(self.path, self.tab, self.number, why).hint(HINT))
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

/// Characters that XML does not take are written as `_x000D_`; some writers put one before each line feed. What looks like one
/// and is meant as it stands has its own `_` written so.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 2..at + 6).filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = code.filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        if let Some(character) = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            plain.push(character);
            rest = &rest[at + 7..];
        } else {
            plain.push_str("_x");
            rest = &rest[at + 2..];
        }
    }
    plain.push_str(rest);
    plain.replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn escapes_of_workbooks_are_read_once() {
        for (written, meant) in [
            ("a_x000D_\nb", "a\nb"),
            ("a\r\nb", "a\nb"),
            ("a_x0009_b", "a\tb"),
            ("_x005F_x000D_\n", "_x000D_\n"),
            ("_x005F_x005F_", "_x005F_"),
            ("_x+00D_", "_x+00D_"),
            ("_x00D_", "_x00D_"),
            ("_xD800_", "_xD800_"),
            ("_x00\u{e9}_", "_x00\u{e9}_"),
            ("ends_x", "ends_x"),
        ] {
            assert_eq!(unescaped(written), meant, "{written:?}");
        }
    }
}
