//! The two dialects of tables: for spreadsheet programs, or for other programs.

use std::borrow::Cow;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::guard;

/// What stands behind the beginning of a text that is longer than a cell; between the two its length.
const CUT: &str = "… [cut: ";
const CUT_END: &str = " characters; `--csv plain` has all]";

/// UTF-16 units that a cell of a spreadsheet takes.
pub const LONGEST_CELL: usize = 32_767;

/// For whom a table is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Spreadsheets: byte order mark, CRLF, and no cell runs as a formula or becomes another number
    #[default]
    Excel,
    /// Programs: UTF-8 and line feeds, values as they are
    Plain,
}

impl Dialect {
    /// What stands at the very beginning of a table.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Excel => "\u{feff}",
            Self::Plain => "",
        }
    }

    pub(super) fn line_end(self) -> &'static [u8] {
        match self {
            Self::Excel => b"\r\n",
            Self::Plain => b"\n",
        }
    }

    /// Appends a text as a cell. It is quoted where it would be split: spreadsheets split at commas, semicolons and tabs at
    /// once, whatever the rest of the file has.
    pub(super) fn put(self, text: &str, output: &mut Vec<u8>) {
        let classes = guard::classes_of(text);
        let splits = match self {
            Self::Excel => guard::SPLITS | guard::SPLITS_SHEETS,
            Self::Plain => guard::SPLITS,
        };
        // Nearly every cell is as its text is.
        let as_it_is = self == Self::Plain
            || text.len() < LONGEST_CELL && !text.starts_with('\'') && !guard::is_rewritten_of(text, classes);
        let (cell, classes) = if as_it_is {
            (Cow::Borrowed(text), classes)
        } else {
            let cell = self.cell(text);
            let classes = guard::classes_of(&cell);
            (cell, classes)
        };
        if classes & splits == 0 {
            output.extend_from_slice(cell.as_bytes());
            return;
        }
        output.push(b'"');
        let mut rest = cell.as_bytes();
        while let Some(quote) = memchr::memchr(b'"', rest) {
            output.extend_from_slice(&rest[..=quote]);
            output.push(b'"');
            rest = &rest[quote + 1..];
        }
        output.extend_from_slice(rest);
        output.push(b'"');
    }

    /// The text that a cell gets. For spreadsheets one that would run, or be rewritten, has an apostrophe in front, and one
    /// that is longer than a cell may be is cut, with a mark at its end.
    #[must_use]
    pub fn cell(self, text: &str) -> Cow<'_, str> {
        if self == Self::Plain {
            return Cow::Borrowed(text);
        }
        let guarded = guard::is_rewritten(text.trim_start_matches('\''));
        match (cut(text, LONGEST_CELL - usize::from(guarded)), guarded) {
            (text, true) => Cow::Owned(format!("'{text}")),
            (text, false) => text,
        }
    }
}

/// What stood in a cell before [`Dialect::Excel`] put an apostrophe in front.
#[must_use]
pub fn original(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| guard::is_rewritten(rest.trim_start_matches('\''))).unwrap_or(cell)
}

/// A text of at most `most` UTF-16 units; of a longer one the beginning, with a mark that says so.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    // A text never has more units than bytes.
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let units = text.encode_utf16().count();
    if units <= most {
        return Cow::Borrowed(text);
    }
    let mark = format!("{CUT}{units}{CUT_END}");
    let room = most - mark.encode_utf16().count();
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += character.len_utf16();
        used > room
    });
    let end = end.map_or(text.len(), |(at, _)| at);
    Cow::Owned(format!("{}{mark}", &text[..end]))
}

/// Whether a text is the beginning of another one, as [`Dialect::Excel`] and workbooks have it.
#[must_use]
pub fn is_cut(text: &str) -> bool {
    let length = text.trim_end().strip_suffix(CUT_END).and_then(|text| text.rsplit_once(CUT)).map(|(_, length)| length);
    length.is_some_and(|length| !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheets_leave_a_cell_with_an_apostrophe_alone() {
        for (text, cell) in [
            ("", ""),
            ("0", "0"),
            ("007", "'007"),
            ("1990-02-30", "'1990-02-30"),
            ("true", "'true"),
            ("'s-Hertogenbosch", "'s-Hertogenbosch"),
            ("'=1", "''=1"),
            ("use_1", "use_1"),
        ] {
            assert_eq!(Dialect::Excel.cell(text), cell);
            assert_eq!(Dialect::Plain.cell(text), text);
        }
    }

    #[test]
    fn a_cell_that_no_spreadsheet_takes_is_cut_with_a_mark() {
        let fits = "é".repeat(LONGEST_CELL);
        assert_eq!(Dialect::Excel.cell(&fits), fits.as_str());
        let long = "😀".repeat(20_000);
        let cell = Dialect::Excel.cell(&long);
        assert!(cell.ends_with("😀… [cut: 40000 characters; `--csv plain` has all]"), "{}", &cell[cell.len() - 80..]);
        assert!((LONGEST_CELL - 1..=LONGEST_CELL).contains(&cell.encode_utf16().count()));
        assert!(is_cut(&cell) && !is_cut(&long) && !is_cut("… [cut:  characters; `--csv plain` has all]"));
        assert_eq!(Dialect::Plain.cell(&long), long.as_str());
        let digits = "1".repeat(LONGEST_CELL + 5);
        let cell = Dialect::Excel.cell(&digits);
        assert!(cell.starts_with("'111") && cell.len() <= LONGEST_CELL + 2, "{}", cell.len());
    }

    proptest::proptest! {
        #[test]
        fn every_cell_is_read_as_it_was_before_the_apostrophe(text in "['=+0-9a\t. ]{0,6}|\\PC*") {
            let cell = Dialect::Excel.cell(&text);
            proptest::prop_assert_eq!(original(&cell), &text);
        }
    }
}
