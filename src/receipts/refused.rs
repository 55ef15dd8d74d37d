//! `refused.csv`: every customer that the server refused, in its words, with where the customer came from.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Receipt, Refusal};
use crate::{
    invocation::{GIVE_BACK, RETRY_REFUSED},
    tables::{Dialect, TableFile, Workbook},
};

/// The columns, in their order (docs/formats.md, Tables).
const COLUMNS: [&str; 8] = ["segment_id", "source_id", "batch", "key", "message", "details", "file", "line"];

/// The same as a workbook.
pub(super) const WORKBOOK: Workbook = Workbook {
    sheet: "refused",
    columns: &COLUMNS,
    marked: None,
    advice: [
        &[
            "1. Each row of the next sheets is about one customer that Voucherify refused; `key`, `message` and `details` are its words.",
        ],
        &[
            "2. Correct the value in Segment, in a mapping file, or in a sheet of corrections with the columns segment_id, field and corrected_value.",
        ],
        &[
            "3. `segment_id`, `file` and `line` say which profile it comes from, and `batch` in which batch it was sent.",
        ],
        &["4. Then transform again: ", GIVE_BACK, " SHEET"],
        &["5. Then send those again who were refused: ", RETRY_REFUSED],
    ],
};

/// What to do about customers that were refused with a code word of the server (docs/api-facts.md C1).
#[must_use]
pub fn advice(key: &str) -> &'static str {
    match key {
        "metadata_validation_failed" => "save the project's `schema`, and transform with `--metadata-schema`",
        _ => "see `details` in `refused.csv`; correct it in Segment, in a sheet or by the mapping",
    }
}

/// Publishes the table of all `receipts`, read one at a time; `read` sees each with the server's words.
pub(super) fn publish<'a>(
    folder: &Path,
    dialect: Dialect,
    receipts: impl Iterator<Item = (&'a Path, &'a Receipt)>,
    mut read: impl FnMut(&Receipt),
) -> io::Result<PathBuf> {
    let path = folder.join(super::place::REFUSED);
    let mut table = TableFile::create(&path, dialect, &COLUMNS)?;
    for (path, _) in receipts.filter(|(_, receipt)| receipt.tally().refused > 0) {
        let receipt = super::read(path).map_err(|failure| io::Error::other(failure.to_string()))?;
        read(&receipt);
        for refusal in &receipt.errors {
            table.row(row(&receipt.batch, refusal).iter().map(String::as_str))?;
        }
        if receipt.unnamed() > 0 && receipt.errors.iter().all(|refusal| refusal.source_id.is_some()) {
            let message = format!("{} more customers of this batch, whom the server did not name", receipt.unnamed());
            let refusal = Refusal { message: Some(message), ..Refusal::default() };
            table.row(row(&receipt.batch, &refusal).iter().map(String::as_str))?;
        }
    }
    table.publish()?;
    Ok(path)
}

fn row(batch: &str, refusal: &Refusal) -> [String; 8] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        text(&refusal.segment_id),
        text(&refusal.source_id),
        batch.into(),
        text(&refusal.key),
        text(&refusal.message),
        text(&refusal.details),
        text(&refusal.file),
        refusal.line.map(|line| line.to_string()).unwrap_or_default(),
    ]
}
