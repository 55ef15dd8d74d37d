//! The rows of a sheet that somebody filled in.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use super::{Row, value};
use crate::{
    failure::Failure,
    findings::CORRECTED_VALUE,
    tables::{Columns, Encoded, OpenTable, Sheets},
    wording::counted,
};

/// What corrections need, and what helps to find lines without a profile.
const COLUMNS: Columns = Columns { needed: &["segment_id", "field", CORRECTED_VALUE], further: &["file", "line"] };

/// The place of `corrected_value` among them.
const VALUE: usize = 2;

/// A sheet as it was given.
#[derive(Debug)]
pub(super) struct Sheet {
    /// As it was named.
    pub(super) name: Arc<str>,
    /// SHA-256 of its content, in hexadecimal.
    pub(super) sha256: String,
    /// Rows in it that are filled in.
    pub(super) filled_in: u64,
    /// What was read of it.
    pub(super) read: Sheets,
}

impl Sheet {
    /// What a person has to know of it.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let name = &self.name;
        if self.filled_in == 0 {
            notes.push(format!("`{name}` has {}, none with a `{CORRECTED_VALUE}`", counted(self.read.rows, "row")));
        }
        if let (Some(Encoded { encoding, guessed: true }), Some((row, text))) = (self.read.encoded, &self.read.foreign)
        {
            let encoding = encoding.name();
            notes.push(format!(
                "`{name}` does not say how it is encoded, and was read as {encoding}: row {row} has `{text}`; if that is \
                 wrong, save it as `CSV UTF-8`"
            ));
        }
        notes
    }
}

/// Everything that is filled in is held in memory: this many rows and bytes of text of a sheet at most.
const MOST_ROWS: usize = 200_000;
const MOST_TEXT: usize = 32 << 20;

fn too_many(row: u64, path: &Path) -> Failure {
    let most = counted(MOST_ROWS as u64, "correction");
    Failure::usage(format!(
        "`{}` holds more than {most}, or {} MiB of them, before row {row}",
        path.display(),
        MOST_TEXT >> 20
    ))
    .hint("what so many profiles have in common is for a mapping file: `transform --print-mapping > mapping.toml`")
}

/// The rows that are filled in, and what was read.
pub(super) fn rows(path: &Path) -> Result<(Vec<Row>, Sheet), Failure> {
    let name: Arc<str> = path.display().to_string().into();
    let (mut rows, mut text) = (Vec::new(), 0);
    // Rows are counted anew in each sheet of a workbook, and the first one needs no name.
    let mut at: (Option<String>, Arc<str>) = (None, Arc::clone(&name));
    let with_hint = |failure: Failure| match &failure.next {
        Some(_) => failure,
        None => failure.hint("`--corrections` takes the `rejects.csv` of a transform, filled in"),
    };
    let mut source = OpenTable::open(path).map_err(with_hint)?;
    let sha256 = source.sha256().map_err(with_hint)?;
    let read = source.rows(COLUMNS, &mut |row| {
        let [segment_id, field, value, file, line] = std::array::from_fn(|column| row.text(column));
        if let Some(judged) = value::of(field.trim(), row.cell(VALUE)) {
            let escaped = judged.as_ref().ok().filter(|value| row.by_tabs && value::is_escaped(value));
            let refused = escaped.map(|value| value::escaped(value));
            let (value, refused) = match judged {
                Ok(value) => (value, refused),
                Err(why) => (value.into_owned(), Some(why)),
            };
            text += segment_id.len() + field.len() + value.len() + file.len();
            if text > MOST_TEXT || rows.len() == MOST_ROWS {
                return Err(too_many(row.number, path));
            }
            if at.0.as_deref() != row.tab {
                let other = at.0.is_some().then_some(row.tab).flatten();
                let named = other.map_or_else(|| Arc::clone(&name), |tab| format!("{name} ({tab})").into());
                at = (row.tab.map(ToOwned::to_owned), named);
            }
            rows.push(Row {
                sheet: Arc::clone(&at.1),
                number: row.number,
                segment_id: segment_id.trim().to_owned(),
                field: field.trim().to_owned(),
                value,
                refused,
                file: file.into_owned(),
                line: line.trim().parse().ok(),
            });
        }
        Ok(ControlFlow::Continue(()))
    });
    let read = read.map_err(with_hint)?;
    let filled_in = rows.len() as u64;
    Ok((rows, Sheet { name, sha256, filled_in, read }))
}
