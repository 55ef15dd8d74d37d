//! `rejects.csv` and `warnings.csv`: one row a finding, for spreadsheets or for programs.

use std::borrow::Cow;

use clap::ValueEnum;

use crate::finding::Finding;

/// Columns of both tables; a person fills in `corrected_value`.
const COLUMNS: [&str; 11] = [
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Spreadsheets: byte order mark, CRLF, and no cell runs as a formula.
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

/// A table in memory.
#[derive(Debug)]
pub struct FindingsTable {
    dialect: Dialect,
    writer: csv::Writer<Vec<u8>>,
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
    /// A table with its header.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        let (begin, terminator) = match dialect {
            Dialect::Excel => ("\u{feff}", csv::Terminator::CRLF),
            Dialect::Plain => ("", csv::Terminator::Any(b'\n')),
        };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(begin.as_bytes().to_vec());
        // Writing to memory cannot fail, and all rows have the same cells.
        let _ = writer.write_record(COLUMNS);
        Self { dialect, writer, rows: 0 }
    }

    /// Adds a row.
    pub fn add(&mut self, segment_id: &str, person: &Person, finding: &Finding<'_>, place: Place<'_>) {
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
        let _ = self.writer.write_record(cells.map(|cell| self.dialect.cell(cell).into_owned()));
        self.rows += 1;
    }

    /// The bytes of the table, and its rows without the header.
    #[must_use]
    pub fn finish(self) -> (Vec<u8>, u64) {
        (self.writer.into_inner().unwrap_or_default(), self.rows)
    }
}

impl Dialect {
    /// A cell that a spreadsheet would run as a formula gets an apostrophe in front.
    fn cell(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Excel if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => Cow::Owned(format!("'{text}")),
            _ => Cow::Borrowed(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Reason;

    #[test]
    fn both_dialects_quote_and_only_one_neutralises() {
        let finding = Finding::new(Reason::WrongType, "name", "=1+1", "a, \"b\"");
        let text = |dialect| {
            let mut table = FindingsTable::new(dialect);
            table.add("use_1", &Person::default(), &finding, Place { file: "a.gz", line: 7 });
            String::from_utf8(table.finish().0).unwrap()
        };
        let header = COLUMNS.join(",");
        assert_eq!(text(Dialect::Plain), format!("{header}\nuse_1,,,,wrong_type,name,=1+1,\"a, \"\"b\"\"\",,a.gz,7\n"));
        assert_eq!(
            text(Dialect::Excel),
            format!("\u{feff}{header}\r\nuse_1,,,,wrong_type,name,'=1+1,\"a, \"\"b\"\"\",,a.gz,7\r\n")
        );
    }
}
