//! Where receipts are: beside the batches that they are about.

use std::path::{Path, PathBuf};

/// Folder of the receipts of all targets, in a folder of batches.
const RECEIPTS: &str = "receipts";

/// Table of the customers that a target refused, in its folder.
pub(super) const REFUSED: &str = "refused.csv";

/// The same as a workbook, where that was asked for.
pub(super) const REFUSED_WORKBOOK: &str = "refused.xlsx";

/// The receipts of a folder of batches.
#[must_use]
pub fn folder_of(batches: &Path) -> PathBuf {
    batches.join(RECEIPTS)
}

/// The receipts of what was given as inputs: beside the first of them; those of standard input in the present folder.
#[must_use]
pub fn beside(inputs: &[PathBuf]) -> PathBuf {
    let first = inputs.first().map_or(Path::new("-"), PathBuf::as_path);
    match first {
        folder if folder.is_dir() => folder_of(folder),
        stdin if stdin.as_os_str() == "-" => folder_of(Path::new("")),
        file => folder_of(file.parent().unwrap_or(Path::new(""))),
    }
}

/// The table of the customers that a target refused.
#[must_use]
pub fn refused_csv(batches: &Path, target: &str) -> PathBuf {
    folder_of(batches).join(target).join(REFUSED)
}
