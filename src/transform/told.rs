//! Findings of one profile apart from its line, for rows that are made where they are written.

use super::content::Table;
use crate::findings::{Finding, FindingRow};

/// What people need to recognise somebody in a table.
#[derive(Debug, Default)]
pub(super) struct Person {
    pub(super) source_id: String,
    pub(super) email: String,
    pub(super) name: String,
}

/// Findings, with what people need to recognise whom they are about.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) segment_id: String,
    pub(super) person: Person,
    pub(super) findings: Vec<Finding<'static>>,
}

impl Told {
    /// A finding as a row of a table.
    pub(super) fn row<'a>(&'a self, finding: &'a Finding<'_>, file: &'a str, line: u64) -> FindingRow<'a> {
        let row = about_finding(finding);
        FindingRow {
            segment_id: (&self.segment_id).into(),
            source_id: (&self.person.source_id).into(),
            email: (&self.person.email).into(),
            name: (&self.person.name).into(),
            file: file.into(),
            line,
            ..row
        }
    }
}

/// What a finding says in a row.
pub(super) fn about_finding<'a>(finding: &'a Finding<'_>) -> FindingRow<'a> {
    FindingRow {
        reason: finding.reason.as_str().into(),
        field: (&*finding.field).into(),
        value: (&*finding.value).into(),
        message: (&finding.message).into(),
        ..FindingRow::default()
    }
}

/// The rows of one line, where there are too many to be made here.
#[derive(Debug)]
pub(super) struct Untold {
    pub(super) table: Table,
    /// Where in the rows of that table they belong.
    pub(super) place: usize,
    pub(super) told: Box<Told>,
    pub(super) line: u64,
}
