//! `rejects.xlsx` and `warnings.xlsx`: the two tables once more, as workbooks.

use std::path::{Path, PathBuf};

use super::{
    REJECTS, WARNINGS,
    row::{COLUMNS, CORRECTED_VALUE},
};
use crate::{
    failure::Failure,
    invocation::GIVE_BACK,
    tables::{Published, Workbook},
};

/// The workbook of rejected profiles.
pub const REJECTS_WORKBOOK: &str = "rejects.xlsx";
/// The workbook of other findings.
pub const WARNINGS_WORKBOOK: &str = "warnings.xlsx";

const ADVICE: [&[&str]; 5] = [
    &[
        "1. Each row of the next sheets is about one field of one person; `reason` and `message` say what is wrong with `value`.",
    ],
    &[
        "2. Write the right value into the yellow column `corrected_value`, as it should arrive: 007, +46 70 174 06 05, 1990-02-28.",
    ],
    &[
        "3. Leave it empty where nothing is to be changed. Other columns may be moved, hidden, sorted and added to; keep the names in the first row.",
    ],
    &["4. Save the workbook as it is (.xlsx); .ods and `CSV UTF-8` are taken, too."],
    &["5. Give it back: ", GIVE_BACK, " THIS-FILE brings these people over, and tells what became of each value."],
];

const REJECTED: Workbook =
    Workbook { sheet: "rejects", columns: &COLUMNS, marked: Some(CORRECTED_VALUE), advice: ADVICE };
const OTHER: Workbook = Workbook { sheet: "warnings", ..REJECTED };

/// Writes the finished tables of a folder once more, as workbooks beside them; `place` says where a name lies.
///
/// # Errors
/// A disk that fails, or what `go_on` says, which is asked before each row.
pub fn workbooks(
    place: impl Fn(&str) -> PathBuf,
    go_on: &dyn Fn() -> Result<(), Failure>,
) -> Result<Vec<Published>, Failure> {
    let tables = [(REJECTED, REJECTS, REJECTS_WORKBOOK), (OTHER, WARNINGS, WARNINGS_WORKBOOK)];
    tables.iter().map(|(about, table, name)| about.create(&place(table), &place(name), go_on)).collect()
}

/// The same for tables that a user named; each workbook has the name of its table, with another ending.
///
/// # Errors
/// Those of [`workbooks`].
pub fn workbooks_beside(
    [rejects, warnings]: [&Path; 2],
    go_on: &dyn Fn() -> Result<(), Failure>,
) -> Result<Vec<(PathBuf, Published)>, Failure> {
    let tables = [(REJECTED, rejects), (OTHER, warnings)];
    let written = tables.iter().map(|(about, table)| {
        let path = workbook_beside(table);
        about.typed(table, &path, go_on).map(|published| (path, published))
    });
    written.collect()
}

/// Where the workbook of a table goes that a user named.
#[must_use]
pub fn workbook_beside(table: &Path) -> PathBuf {
    table.with_extension("xlsx")
}
