//! `rejects.csv` and `warnings.csv`: one row a finding, for spreadsheets or for programs.

use std::{
    borrow::Cow,
    io,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::{batches::manifest::Table, digest::Hashed, failure::Failure, findings::Finding, publish::Unpublished};

/// Columns of both tables; a person fills in `corrected_value`.
pub(super) const COLUMNS: [&str; 11] = [
    "segment_id",
    "source_id",
    "email",
    "name",
    "reason",
    "field",
    "value",
    "message",
    "corrected_value",
    "file",
    "line",
];

/// For whom a table is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Spreadsheets: byte order mark, CRLF, and no cell runs as a formula or becomes another number.
    #[default]
    Excel,
    /// Programs: UTF-8 and line feeds, values as they are.
    Plain,
}

/// What people need to recognise somebody in a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Identity at Voucherify.
    pub source_id: String,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
}

/// A table on its way to the disk: there may be a row for every profile.
#[derive(Debug)]
pub struct FindingsTable {
    dialect: Dialect,
    destination: PathBuf,
    writer: csv::Writer<Hashed<Unpublished>>,
    rows: u64,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The file as it was named.
    pub file: &'a str,
    /// The line, counted from 1.
    pub line: u64,
}

impl FindingsTable {
    /// Begins a table with its header; nothing is at `destination` before [`Self::finish`].
    ///
    /// # Errors
    /// A disk that fails.
    pub fn create(dialect: Dialect, destination: &Path) -> Result<Self, Failure> {
        let destination = destination.to_owned();
        let begin = || dialect.writer(&COLUMNS, Hashed::new(Unpublished::create(&destination)?));
        let writer = begin().map_err(|error| disk(&destination, error))?;
        Ok(Self { dialect, destination, writer, rows: 0 })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn add(
        &mut self,
        segment_id: &str,
        person: &Person,
        finding: &Finding<'_>,
        place: Place<'_>,
    ) -> Result<(), Failure> {
        let line = place.line.to_string();
        let cells = [
            segment_id,
            &person.source_id,
            &person.email,
            &person.name,
            finding.reason.as_str(),
            &finding.field,
            &finding.value,
            &finding.message,
            "",
            place.file,
            &line,
        ];
        self.rows += 1;
        let cells = cells.map(|cell| self.dialect.cell(cell));
        let written = self.writer.write_record(cells.iter().map(|cell| cell.as_bytes()));
        written.map_err(|error| disk(&self.destination, error.into()))
    }

    /// Publishes the table.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn finish(self) -> Result<Table, Failure> {
        let Self { destination, writer, rows, .. } = self;
        let file = destination.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let publish = || {
            let (file, _, sha256) = writer.into_inner().map_err(csv::IntoInnerError::into_error)?.finish();
            file.commit().map(|()| sha256)
        };
        let sha256 = publish().map_err(|error| disk(&destination, error))?;
        Ok(Table { file, rows, sha256 })
    }
}

fn disk(destination: &Path, error: io::Error) -> Failure {
    Failure::stopped(format!("cannot write the table of findings `{}`", destination.display()))
        .because(error)
        .hint("make room or check the folder's permissions, then run the same command again")
}

impl Dialect {
    /// Begins a table with its header.
    pub(super) fn writer<W: io::Write>(self, columns: &[&str], mut output: W) -> io::Result<csv::Writer<W>> {
        let terminator = match self {
            Self::Excel => {
                output.write_all("\u{feff}".as_bytes())?;
                csv::Terminator::CRLF
            }
            Self::Plain => csv::Terminator::Any(b'\n'),
        };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(output);
        writer.write_record(columns)?;
        Ok(writer)
    }

    /// A cell that a spreadsheet would run, or show as another number or date, gets an apostrophe in front.
    pub(super) fn cell(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Excel if is_risky(text.trim_start_matches('\'')) => Cow::Owned(format!("'{text}")),
            _ => Cow::Borrowed(text),
        }
    }
}

/// What stood in a cell before [`Dialect::Excel`] put an apostrophe in front.
#[must_use]
pub fn original(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_risky(rest.trim_start_matches('\''))).unwrap_or(cell)
}

/// Whether a spreadsheet makes something else of a text: a formula, or a number or date that is written differently.
fn is_risky(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) || is_risky_number(text)
}

/// Numbers and dates, but for whole numbers that come back as they are: `007`, `1e5`, `3-4`, `1.5`, and ids of more
/// digits than the 15 that spreadsheets keep.
fn is_risky_number(text: &str) -> bool {
    let first = text.trim_start().bytes().next();
    let plain = text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    first.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','))
        && text.bytes().all(|byte| byte.is_ascii_digit() || b" .,-/:+%eE".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !(plain && (text == "0" || !text.starts_with('0')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Reason;

    #[test]
    fn both_dialects_quote_and_only_one_neutralises() {
        let finding = Finding::new(Reason::WrongType, "name", "=1+1", "a, \"b\"");
        let folder = tempfile::tempdir().unwrap();
        let text = |dialect| {
            let path = folder.path().join("rejects.csv");
            let mut table = FindingsTable::create(dialect, &path).unwrap();
            table.add("use_1", &Person::default(), &finding, Place { file: "a.gz", line: 7 }).unwrap();
            let table = table.finish().unwrap();
            let text = std::fs::read_to_string(path).unwrap();
            assert_eq!((table.file.as_str(), table.rows), ("rejects.csv", 1));
            assert_eq!(table.sha256, crate::digest::sha256(text.as_bytes()));
            text
        };
        let header = COLUMNS.join(",");
        assert_eq!(text(Dialect::Plain), format!("{header}\nuse_1,,,,wrong_type,name,=1+1,\"a, \"\"b\"\"\",,a.gz,7\n"));
        assert_eq!(
            text(Dialect::Excel),
            format!("\u{feff}{header}\r\nuse_1,,,,wrong_type,name,'=1+1,\"a, \"\"b\"\"\",,a.gz,7\r\n")
        );
    }

    #[test]
    fn spreadsheets_leave_a_cell_with_an_apostrophe_alone() {
        for (text, cell) in [
            ("", ""),
            ("0", "0"),
            ("123456789012345", "123456789012345"),
            ("1234567890123456", "'1234567890123456"),
            ("007", "'007"),
            ("1e5", "'1e5"),
            ("3-4", "'3-4"),
            ("1.5", "'1.5"),
            ("1990-02-30", "'1990-02-30"),
            ("+49 30 1", "'+49 30 1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("'=1", "''=1"),
            ("3 Main Street", "3 Main Street"),
            ("use_1", "use_1"),
            (".", "."),
        ] {
            assert_eq!(Dialect::Excel.cell(text), cell);
            assert_eq!(Dialect::Plain.cell(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_cell_is_read_as_it_was_before_the_apostrophe(text in "['=+0-9a\t. ]{0,6}|\\PC*") {
            let cell = Dialect::Excel.cell(&text);
            proptest::prop_assert_eq!(original(&cell), &text);
        }
    }
}
