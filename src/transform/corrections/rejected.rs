//! Why corrected profiles are rejected all the same, from the table of rejects.

use std::{collections::HashMap, io::Read};

use super::Tried;
use crate::transform::tables::{COLUMNS, original};

/// One row of the table of rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) field: String,
    pub(super) reason: String,
    pub(super) message: String,
}

/// The rows about lines that corrections were tried on, by file and line.
pub(super) type Rejections<'t> = HashMap<&'t str, HashMap<u64, Vec<Rejection>>>;

/// Finds them in a finished table.
pub(super) fn by_place(table: impl Read, tried: &[Tried]) -> Rejections<'_> {
    let mut places = Rejections::new();
    for tried in tried {
        places.entry(&tried.file).or_default().entry(tried.line).or_default();
    }
    if places.is_empty() {
        return places;
    }
    let at = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap_or(usize::MAX);
    let [file, line, field, reason, message] = ["file", "line", "field", "reason", "message"].map(at);
    for row in csv::Reader::from_reader(table).into_records().flatten() {
        let cell = |column: usize| original(row.get(column).unwrap_or_default());
        let lines = places.get_mut(cell(file));
        if let Some(rejections) = lines.and_then(|lines| lines.get_mut(&cell(line).parse().unwrap_or_default())) {
            let [field, reason, message] = [field, reason, message].map(|column| cell(column).to_owned());
            rejections.push(Rejection { field, reason, message });
        }
    }
    places
}
