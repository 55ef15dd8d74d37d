//! The rows of a sheet that somebody filled in.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use super::Row;
use crate::{
    failure::Failure,
    findings::CORRECTED_VALUE,
    tables::{self, Columns, Sheets},
};

/// What corrections need, and what helps to find lines without a profile.
const COLUMNS: Columns = Columns { needed: &["segment_id", "field", CORRECTED_VALUE], further: &["file", "line"] };

/// The rows that are filled in, and what was read.
pub(super) fn rows(path: &Path) -> Result<(Vec<Row>, Sheets), Failure> {
    let sheet: Arc<str> = path.display().to_string().into();
    let mut rows = Vec::new();
    let sheets = tables::read(path, COLUMNS, &mut |row| {
        let [segment_id, field, value, file, line] = std::array::from_fn(|column| row.text(column));
        if !value.trim().is_empty() {
            rows.push(Row {
                sheet: Arc::clone(&sheet),
                number: row.number,
                segment_id: segment_id.trim().to_owned(),
                field: field.trim().to_owned(),
                value: value.into_owned(),
                file: file.into_owned(),
                line: line.trim().parse().ok(),
            });
        }
        Ok(ControlFlow::Continue(()))
    });
    let sheets = sheets.map_err(|failure| match &failure.next {
        Some(_) => failure,
        None => failure.hint("`--corrections` takes the `rejects.csv` of a transform, filled in"),
    })?;
    Ok((rows, sheets))
}
