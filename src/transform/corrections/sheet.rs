//! A sheet as spreadsheets save it becomes rows, whatever delimiter, encoding and order of columns they chose.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::Row;
use crate::{failure::Failure, transform::tables};

/// What spreadsheets put between cells, depending on the country.
const DELIMITERS: [u8; 3] = *b",;\t";

/// Columns without which a sheet cannot be used.
const NEEDED: [&str; 3] = ["segment_id", "field", "corrected_value"];

const HINT: &str = "save the sheet as `CSV UTF-8`, with the columns of `rejects.csv`";

/// Where the columns are that matter.
struct Columns {
    segment_id: usize,
    field: usize,
    corrected_value: usize,
    file: Option<usize>,
    line: Option<usize>,
}

/// The rows that are filled in, and the encoding that they were read in.
pub(super) fn rows(bytes: &[u8], file: &str) -> Result<(Vec<Row>, &'static str), Failure> {
    let (text, encoding) = decode(bytes, file)?;
    let (text, delimiter, skipped) = match announced(&text) {
        Some((delimiter, rest)) => (rest, delimiter, 1),
        None => (text.as_str(), delimiter(&text), 0),
    };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut records = reader.records();
    let broken = |error: csv::Error| Failure::usage(format!("`{file}` is no CSV")).because(error).hint(HINT);
    let header = records.next().transpose().map_err(broken)?.unwrap_or_default();
    let columns = Columns::find(&header, file)?;
    let mut rows = Vec::new();
    for (position, record) in records.enumerate() {
        let row = columns.row(&record.map_err(broken)?, file, position + 2 + skipped);
        rows.extend(row);
    }
    Ok((rows, encoding))
}

/// The text of a file: Unicode by its byte order mark or by being valid, else what Windows writes in the west.
fn decode(bytes: &[u8], file: &str) -> Result<(String, &'static str), Failure> {
    let unreadable = |why: &str| Failure::usage(format!("`{file}` is no CSV: {why}")).hint(HINT);
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(unreadable("it is a workbook of a spreadsheet program"));
    }
    let marked = Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let valid = || std::str::from_utf8(bytes).is_ok().then_some(UTF_8);
    let encoding = marked.or_else(valid).unwrap_or(WINDOWS_1252);
    let (text, _, malformed) = encoding.decode(bytes);
    if malformed {
        return Err(unreadable(&format!("it is not valid {}", encoding.name())));
    }
    // Windows-1252 has a character for every byte, but control characters stand for bytes that it does not use.
    let foreign = |character: char| matches!(character, '\0' | '\u{80}'..='\u{9f}');
    if encoding == WINDOWS_1252 && text.contains(foreign) || text.contains('\0') {
        return Err(unreadable("its text is neither UTF-8 nor UTF-16 nor Windows-1252"));
    }
    Ok((text.into_owned(), encoding.name()))
}

/// The delimiter that a first line `sep=;` announces, and the rest.
fn announced(text: &str) -> Option<(u8, &str)> {
    let (first, rest) = text.split_once('\n')?;
    match first.trim_end().trim_matches('"').strip_prefix("sep=")?.as_bytes() {
        [delimiter] => Some((*delimiter, rest)),
        _ => None,
    }
}

/// The delimiter that finds the most of the needed columns in the first line.
fn delimiter(text: &str) -> u8 {
    let found = |delimiter: &u8| {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(*delimiter).has_headers(false).from_reader(text.as_bytes());
        let header = reader.records().next().and_then(Result::ok).unwrap_or_default();
        let needed = header.iter().filter(|name| NEEDED.contains(&normal(name).as_str())).count();
        (needed, header.len())
    };
    // Of equals the last one would win: the most usual one stands last.
    DELIMITERS.into_iter().rev().max_by_key(found).unwrap_or(b',')
}

/// A column's name, however it is cased and spaced.
fn normal(name: &str) -> String {
    name.trim().trim_start_matches('\u{feff}').to_lowercase().replace([' ', '-'], "_")
}

impl Columns {
    fn find(header: &csv::StringRecord, file: &str) -> Result<Self, Failure> {
        let names: Vec<String> = header.iter().map(normal).collect();
        let at = |wanted: &str| names.iter().position(|name| name == wanted);
        let needed = |wanted: &str| {
            at(wanted).ok_or_else(|| {
                let found: Vec<_> = header.iter().map(|name| format!("`{name}`")).collect();
                Failure::usage(format!("`{file}` has no column `{wanted}`; its columns are {}", found.join(", "))).hint(
                    "keep the header of `rejects.csv`; columns may be moved, added and taken out, but not this one",
                )
            })
        };
        if let Some(twice) = NEEDED.iter().find(|wanted| names.iter().filter(|name| name == *wanted).count() > 1) {
            return Err(Failure::usage(format!("`{file}` has several columns `{twice}`"))
                .hint("rename or remove all but one of them"));
        }
        Ok(Self {
            segment_id: needed("segment_id")?,
            field: needed("field")?,
            corrected_value: needed("corrected_value")?,
            file: at("file"),
            line: at("line"),
        })
    }

    /// A row, if it is filled in.
    fn row(&self, record: &csv::StringRecord, sheet: &str, number: usize) -> Option<Row> {
        let cell = |column: usize| tables::original(record.get(column).unwrap_or_default());
        let value = cell(self.corrected_value);
        (!value.trim().is_empty()).then(|| Row {
            sheet: sheet.to_owned(),
            number,
            segment_id: cell(self.segment_id).trim().to_owned(),
            field: cell(self.field).to_owned(),
            value: value.to_owned(),
            file: self.file.map(cell).unwrap_or_default().to_owned(),
            line: self.line.and_then(|column| cell(column).trim().parse().ok()),
        })
    }
}
