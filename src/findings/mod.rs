//! What is noticed about a profile on its way to a customer, and the one table that tells of it: `rejects.csv` and
//! `warnings.csv` are written and read back here.

use std::borrow::Cow;

mod reason;
mod row;
mod table;
mod workbook;

pub use self::{
    reason::{Reason, Severity},
    row::{COLUMNS, CORRECTED_VALUE, FindingRow},
    table::{FindingsTable, RowsOf, read, read_own, read_own_with},
    workbook::{REJECTS_WORKBOOK, WARNINGS_WORKBOOK, workbook_beside, workbooks, workbooks_beside},
};

/// The table of rejected profiles.
pub const REJECTS: &str = "rejects.csv";
/// The table of other findings.
pub const WARNINGS: &str = "warnings.csv";

/// Something that was noticed about one profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<'a> {
    /// What kind of thing was noticed.
    pub reason: Reason,
    /// What it does to the profile; usually [`Reason::severity`].
    pub severity: Severity,
    /// The customer field, as corrections name it: `source_id`, `address.city`, `metadata.key`; empty for a whole line.
    pub field: Cow<'a, str>,
    /// The value that was found; JSON where it is no text.
    pub value: Cow<'a, str>,
    /// For people: a lower-case fragment.
    pub message: String,
}

impl<'a> Finding<'a> {
    /// A finding with the severity that its reason has.
    pub fn new(
        reason: Reason,
        field: impl Into<Cow<'a, str>>,
        value: impl Into<Cow<'a, str>>,
        message: impl Into<String>,
    ) -> Self {
        let severity = reason.severity();
        Self { reason, severity, field: field.into(), value: value.into(), message: message.into() }
    }
}

impl Finding<'_> {
    /// The same, no longer tied to the line that it is about.
    #[must_use]
    pub fn into_owned(self) -> Finding<'static> {
        Finding {
            reason: self.reason,
            severity: self.severity,
            field: self.field.into_owned().into(),
            value: self.value.into_owned().into(),
            message: self.message,
        }
    }
}
