//! One row of `rejects.csv` or `warnings.csv`: the columns, how a row becomes cells, and how it comes back.

use std::borrow::Cow;

use crate::tables::{self, Columns};

/// The columns of both tables, in their order (docs/formats.md, Tables).
pub const COLUMNS: [&str; 11] = [
    "segment_id",
    "source_id",
    "email",
    "name",
    "reason",
    "field",
    "value",
    "message",
    CORRECTED_VALUE,
    "file",
    "line",
];

/// The column that people fill in.
pub const CORRECTED_VALUE: &str = "corrected_value";

/// What stands in that column: a person fills it in.
pub(super) const CORRECTED: &str = "";

/// What is read back; people may have taken out columns that say nothing to them.
pub(super) const READ: Columns = Columns {
    needed: &["segment_id", "reason"],
    further: &["source_id", "email", "name", "field", "value", "message", "file", "line"],
};

/// One finding about one profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingRow<'a> {
    /// The profile's id; empty where the line has none.
    pub segment_id: Cow<'a, str>,
    /// The customer's id; empty where there is none.
    pub source_id: Cow<'a, str>,
    /// So that a person knows whom a row is about.
    pub email: Cow<'a, str>,
    /// So that a person knows whom a row is about.
    pub name: Cow<'a, str>,
    /// Why: the word of a [`Reason`](super::Reason), or of one that a later version knows.
    pub reason: Cow<'a, str>,
    /// The customer field, as corrections name it; empty for a whole line.
    pub field: Cow<'a, str>,
    /// The value that was found; JSON where it is no text.
    pub value: Cow<'a, str>,
    /// What is wrong with it, for people.
    pub message: Cow<'a, str>,
    /// The input file, as it was named.
    pub file: Cow<'a, str>,
    /// The line in it, from 1; 0 where the table does not say.
    pub line: u64,
}

impl<'a> FindingRow<'a> {
    /// The cells of the columns; `line` is [`Self::line`] as text.
    pub(super) fn cells<'c>(&'c self, line: &'c str) -> [&'c str; COLUMNS.len()] {
        [
            &self.segment_id,
            &self.source_id,
            &self.email,
            &self.name,
            &self.reason,
            &self.field,
            &self.value,
            &self.message,
            CORRECTED,
            &self.file,
            line,
        ]
    }

    /// The way back, from a row of [`READ`].
    pub(super) fn from_cells(row: &tables::TableRow<'a>) -> Self {
        let [segment_id, reason, source_id, email, name, field, value, message, file, line] =
            std::array::from_fn(|column| row.text(column));
        let line = line.trim().parse().unwrap_or_default();
        Self { segment_id, source_id, email, name, reason, field, value, message, file, line }
    }

    /// The same, no longer tied to the table that it was read from.
    #[must_use]
    pub fn into_owned(self) -> FindingRow<'static> {
        let owned = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        FindingRow {
            segment_id: owned(self.segment_id),
            source_id: owned(self.source_id),
            email: owned(self.email),
            name: owned(self.name),
            reason: owned(self.reason),
            field: owned(self.field),
            value: owned(self.value),
            message: owned(self.message),
            file: owned(self.file),
            line: self.line,
        }
    }
}
