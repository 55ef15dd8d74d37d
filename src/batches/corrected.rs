//! `corrections.csv`: its columns and the words for what became of a correction, and how several of these tables, made apart
//! over shares of the same profiles, become one.

use std::{
    borrow::Cow,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use crate::{
    failure::Failure,
    tables::{self, Cell, Columns, Dialect, TableFile, TableRow},
};

/// Columns of the table.
pub const COLUMNS: [&str; 7] = ["row", "segment_id", "field", "corrected_value", "outcome", "message", "sheet"];

const READ: Columns = Columns { needed: &COLUMNS, further: &[] };

/// The value is in the batches.
pub const APPLIED: &str = "applied";
/// The value has a finding, too, or its profile is rejected all the same.
pub const DID_NOT_HELP: &str = "did_not_help";
/// The profile was not read, or no customer has the field.
pub const MATCHED_NOTHING: &str = "matched_nothing";

/// The message of a row about a field that no customer has.
#[must_use]
pub fn no_such_field(field: &str) -> String {
    format!("no customer has a field `{field}`")
}

/// One row, cell by cell.
type Cells = [String; COLUMNS.len()];

/// Where the outcome stands in a row, and its message.
const OUTCOME: usize = 4;
const MESSAGE: usize = 5;

/// Makes one table of several, which have the same rows: of each the outcome where its profile was.
///
/// # Errors
/// Tables that cannot be read or have other rows, or a disk that fails.
pub fn merge(tables: &[PathBuf], dialect: Dialect, destination: &Path) -> Result<(), Failure> {
    let mut merged: Vec<Cells> = Vec::new();
    for (position, table) in tables.iter().enumerate() {
        let mut at = 0;
        tables::read(table, READ, &mut |row| {
            let cells = cells(row, dialect);
            match merged.get_mut(at) {
                None if position == 0 => merged.push(cells),
                Some(before) if same_row(before, &cells) => {
                    if weight(&cells) > weight(before) {
                        *before = cells;
                    }
                }
                _ => return Err(unlike(&tables[0], table)),
            }
            at += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        if at != merged.len() {
            return Err(unlike(&tables[0], table));
        }
    }
    let written = TableFile::create(destination, dialect, &COLUMNS).and_then(|mut table| {
        merged.iter().try_for_each(|cells| table.row(cells.iter().map(String::as_str)))?;
        table.publish()
    });
    written.map(drop).map_err(|error| Failure::disk("the table of corrections cannot be written", error))
}

/// In the plain dialect an apostrophe is the text's own.
fn cells(row: &TableRow<'_>, dialect: Dialect) -> Cells {
    std::array::from_fn(|column| match row.cell(column) {
        Cell::Written(text) if dialect == Dialect::Plain => text.to_owned(),
        _ => Cow::into_owned(row.text(column)),
    })
}

fn same_row(one: &Cells, other: &Cells) -> bool {
    (0..COLUMNS.len()).filter(|column| ![OUTCOME, MESSAGE].contains(column)).all(|column| one[column] == other[column])
}

/// Who has seen the profile knows more than who has not.
fn weight(cells: &Cells) -> u8 {
    match cells[OUTCOME].as_str() {
        APPLIED => 3,
        DID_NOT_HELP => 2,
        _ if cells[MESSAGE] == no_such_field(&cells[2]) => 1,
        _ => 0,
    }
}

fn unlike(one: &Path, other: &Path) -> Failure {
    Failure::usage(format!("`{}` and `{}` have other rows: one of them was edited", one.display(), other.display()))
        .hint("run the transforms that made them again, with the same sheets, then gather")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_outcome_where_the_profile_was_is_the_one_that_counts() {
        let folder = tempfile::tempdir().unwrap();
        let head = "row,segment_id,field,corrected_value,outcome,message,sheet\n";
        let table = |name: &str, rows: [&str; 4]| {
            let path = folder.path().join(name);
            let number = |(at, row): (usize, &str)| format!("{},{row},s.csv\n", at + 2);
            fs::write(&path, head.to_owned() + &rows.into_iter().enumerate().map(number).collect::<String>()).unwrap();
            path
        };
        let here = table(
            "here",
            [
                "a,name,'007,applied,",
                "b,name,x,matched_nothing,no profile `b` was read",
                "c,nome,x,matched_nothing,no profile `c` was read",
                "d,name,x,matched_nothing,no profile `d` was read",
            ],
        );
        let there = table(
            "there",
            [
                "a,name,'007,matched_nothing,no profile `a` was read",
                "b,name,x,did_not_help,why",
                "c,nome,x,matched_nothing,no customer has a field `nome`",
                "d,name,x,matched_nothing,no profile `d` was read",
            ],
        );
        let out = folder.path().join("corrections.csv");
        merge(&[here.clone(), there.clone()], Dialect::Plain, &out).unwrap();
        let merged = concat!(
            "row,segment_id,field,corrected_value,outcome,message,sheet\n",
            "2,a,name,'007,applied,,s.csv\n",
            "3,b,name,x,did_not_help,why,s.csv\n",
            "4,c,nome,x,matched_nothing,no customer has a field `nome`,s.csv\n",
            "5,d,name,x,matched_nothing,no profile `d` was read,s.csv\n",
        );
        assert_eq!(fs::read_to_string(&out).unwrap(), merged);
        merge(&[there, here.clone()], Dialect::Plain, &out).unwrap();
        assert_eq!(fs::read_to_string(&out).unwrap(), merged);
        let edited =
            table("edited", ["a,name,008,applied,", "b,name,x,applied,", "c,nome,x,applied,", "d,name,x,applied,"]);
        assert!(merge(&[here, edited], Dialect::Plain, &out).is_err());
    }
}
