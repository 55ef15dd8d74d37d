//! What people wrote into `corrected_value`, from sheets as spreadsheets save them, and what became of each row.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Serialize;

use self::{rejected::Rejection, sheet::Sheet};
use crate::{
    batches::corrected::{self, APPLIED, DID_NOT_HELP, MATCHED_NOTHING},
    failure::Failure,
    mapping::{Applied, Correction},
    tables::{Dialect, Published, TableFile},
};

pub mod kept;
mod rejected;
mod sheet;
mod value;

/// Every correction of some sheets, found by profile.
#[derive(Debug, Default)]
pub struct Corrections {
    rows: Vec<Row>,
    /// Rows of earlier sheets, in whose place a later sheet has a row.
    superseded: u64,
    by_profile: HashMap<String, Vec<Correction>>,
    by_line: HashMap<String, HashMap<u64, Vec<Correction>>>,
    /// Profile and field of the rows whose value is no correction.
    refused: HashSet<(String, String)>,
    sheets: Vec<Sheet>,
}

/// One row of a sheet whose `corrected_value` is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The sheet, as it was named; of a workbook all but its first one with their names.
    sheet: Arc<str>,
    /// As a spreadsheet counts, from 1.
    number: u64,
    segment_id: String,
    field: String,
    value: String,
    /// Why the value is no correction; it is applied nowhere.
    refused: Option<String>,
    file: String,
    /// `None` where the sheet has no line that can be read.
    line: Option<u64>,
}

/// What the mapping did with the corrections of one line: one entry for each of [`Corrections::of`], in that order;
/// fewer where the line is no profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The profile's id; empty where the line has none.
    pub segment_id: String,
    /// The input file that the profile is in.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
    /// What became of each correction.
    pub applied: Vec<Applied>,
}

/// What became of every row: rows = applied + did not help + matched nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CorrectionsReport {
    /// Rows whose value is in the batches.
    pub applied: u64,
    /// Rows whose value has a finding, too, or whose profile is rejected all the same.
    pub did_not_help: u64,
    /// Rows of profiles that were not read, or of fields that no customer has.
    pub matched_nothing: u64,
    /// Further rows, in whose place a later sheet has one.
    pub superseded: u64,
    #[serde(skip)]
    rows: Vec<[String; 7]>,
}

impl Corrections {
    /// Reads sheets in every form that spreadsheet programs save; columns in any order, with others between. A later sheet has the last word on a field that an earlier one corrects, too.
    ///
    /// # Errors
    /// A file that cannot be read or is no such sheet, a column that is missing, or two rows of a sheet that contradict
    /// each other.
    pub fn read(sheets: &[PathBuf]) -> Result<Self, Failure> {
        let mut all = Self::default();
        for path in sheets {
            all = all.and(Self::parse(path)?);
        }
        Ok(all)
    }

    fn and(self, later: Self) -> Self {
        let Self { rows, superseded, refused, mut sheets, .. } = self;
        let before = rows.len();
        let mut all = Self::default();
        all.rows = rows.into_iter().filter(|row| !later.has(row)).collect();
        all.superseded = superseded + (before - all.rows.len()) as u64 + later.superseded;
        all.rows.extend(later.rows);
        sheets.extend(later.sheets);
        all.sheets = sheets;
        all.refused = refused.into_iter().chain(later.refused).collect();
        for row in all.rows.iter().filter(|row| row.refused.is_none()) {
            let correction = Correction { field: row.field.clone(), value: row.value.clone() };
            if let Some(place) = place(&mut all.by_profile, &mut all.by_line, row)
                && !place.contains(&correction)
            {
                place.push(correction);
            }
        }
        all
    }

    /// Whether any of them changes this field.
    #[must_use]
    pub fn touch(&self, field: &str) -> bool {
        self.rows.iter().any(|row| row.field == field)
    }

    /// Whether it has a correction in the place of that row.
    fn has(&self, row: &Row) -> bool {
        let corrections = self.of(&row.segment_id, &row.file, row.line.unwrap_or_default());
        corrections.iter().any(|correction| correction.field == row.field)
    }

    /// How many corrections of profiles these are in whose place `run` has none, and that `elsewhere` does not have as
    /// they are.
    #[must_use]
    pub fn beyond(&self, run: &Self, elsewhere: &Self) -> usize {
        let is_elsewhere = |row: &Row| {
            let same = |other: &Correction| other.field == row.field && other.value == row.value;
            elsewhere.of(&row.segment_id, "", 0).iter().any(same)
        };
        let told = |by: &Self, row: &Row| {
            row.refused.is_some() && by.refused.contains(&(row.segment_id.clone(), row.field.clone()))
        };
        let rows = self.rows.iter().filter(|row| !row.segment_id.is_empty() && !run.has(row) && !told(run, row));
        rows.filter(|row| !is_elsewhere(row) && !told(elsewhere, row)).count()
    }

    fn parse(path: &Path) -> Result<Self, Failure> {
        let (rows, sheet) = sheet::rows(path)?;
        let mut corrections = Self { sheets: vec![sheet], ..Self::default() };
        for row in rows {
            corrections.add(row)?;
        }
        Ok(corrections)
    }

    fn add(&mut self, row: Row) -> Result<(), Failure> {
        if row.refused.is_some() {
            self.refused.insert((row.segment_id.clone(), row.field.clone()));
        } else if let Some(place) = place(&mut self.by_profile, &mut self.by_line, &row) {
            match place.iter().find(|correction| correction.field == row.field) {
                Some(other) if other.value != row.value => return Err(self.contradiction(&row)),
                Some(_) => {}
                None => place.push(Correction { field: row.field.clone(), value: row.value.clone() }),
            }
        }
        self.rows.push(row);
        Ok(())
    }

    fn contradiction(&self, row: &Row) -> Failure {
        let same = |other: &&Row| {
            let line = row.segment_id.is_empty() && (&other.file, other.line) != (&row.file, row.line);
            other.segment_id == row.segment_id && other.field == row.field && !line
        };
        let first = self.rows.iter().filter(|other| other.refused.is_none()).find(same);
        let Row { number, field, sheet, .. } = row;
        let rows = match first {
            Some(first) if first.sheet != *sheet => {
                format!("row {} of `{}` and row {number} of `{sheet}`", first.number, first.sheet)
            }
            first => format!("rows {} and {number} of `{sheet}`", first.map_or(0, |first| first.number)),
        };
        Failure::usage(format!("{rows} correct `{field}` of one profile differently"))
            .hint("empty `corrected_value` in one of the two rows")
    }

    /// The corrections of a line, by its `segment_id`, or by file and line where it has none.
    #[must_use]
    pub fn of(&self, segment_id: &str, file: &str, line: u64) -> &[Correction] {
        let found = if self.rows.is_empty() {
            None
        } else if segment_id.is_empty() {
            self.by_line.get(file).and_then(|lines| lines.get(&line))
        } else {
            self.by_profile.get(segment_id)
        };
        found.map_or(&[], Vec::as_slice)
    }

    /// Whether nothing is filled in in any sheet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The sheets that were read, in order: each one's name as it was given, and the SHA-256 of its content.
    pub fn sheets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sheets.iter().map(|sheet| (&*sheet.name, sheet.sha256.as_str()))
    }

    /// What a person has to know of the sheets: that nothing is filled in, or that an encoding was guessed.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.sheets.iter().flat_map(Sheet::notes).collect()
    }

    /// What became of each row, given what was tried, in input order, and the finished table of rejects: a value that is
    /// good in itself does not help a profile that is rejected all the same. Of a profile that comes twice the first
    /// counts.
    ///
    /// # Errors
    /// A table of rejects that cannot be read.
    pub fn report(&self, tried: &[Tried], rejects: &Path) -> Result<CorrectionsReport, Failure> {
        let rejected = rejected::by_place(rejects, tried)?;
        let mut outcomes: HashMap<(&str, &str, u64, &str), Effect> = HashMap::new();
        for tried in tried {
            let rejections =
                rejected.get(&tried.file[..]).and_then(|lines| lines.get(&tried.line)).map_or(&[][..], Vec::as_slice);
            let corrections = self.of(&tried.segment_id, &tried.file, tried.line);
            let applied = tried.applied.iter().copied().chain(std::iter::repeat(Applied::DidNotHelp));
            for (correction, applied) in corrections.iter().zip(applied) {
                let key = key(&tried.segment_id, &tried.file, tried.line, &correction.field);
                outcomes.entry(key).or_insert_with(|| Effect::of(applied, &correction.field, rejections));
            }
        }
        let mut report = CorrectionsReport { superseded: self.superseded, ..CorrectionsReport::default() };
        for row in &self.rows {
            let key = key(&row.segment_id, &row.file, row.line.unwrap_or_default(), &row.field);
            report.add(row, outcomes.get(&key));
        }
        Ok(report)
    }
}

/// Where the corrections of a row's profile or line are kept; nowhere where it names neither.
fn place<'m>(
    by_profile: &'m mut HashMap<String, Vec<Correction>>,
    by_line: &'m mut HashMap<String, HashMap<u64, Vec<Correction>>>,
    row: &Row,
) -> Option<&'m mut Vec<Correction>> {
    match (row.segment_id.is_empty(), row.line) {
        (false, _) => Some(by_profile.entry(row.segment_id.clone()).or_default()),
        (true, Some(line)) => Some(by_line.entry(row.file.clone()).or_default().entry(line).or_default()),
        (true, None) => None,
    }
}

/// File and line count only where there is no `segment_id`.
fn key<'a>(segment_id: &'a str, file: &'a str, line: u64, field: &'a str) -> (&'a str, &'a str, u64, &'a str) {
    if segment_id.is_empty() { ("", file, line, field) } else { (segment_id, "", 0, field) }
}

/// What became of one correction.
#[derive(Debug)]
enum Effect {
    Applied,
    /// The value is in no batch, and why.
    DidNotHelp(String),
    NoSuchField,
}

impl Effect {
    /// What the mapping says of a correction, and what the rejects say of its profile.
    fn of(applied: Applied, field: &str, rejections: &[Rejection]) -> Self {
        let same = rejections.iter().find(|rejection| rejection.field == field);
        match (applied, same, rejections.first()) {
            (Applied::NoSuchField, ..) => Self::NoSuchField,
            (_, Some(Rejection { reason, message, .. }), _) => Self::DidNotHelp(format!("{reason}: {message}")),
            (_, None, Some(Rejection { reason, message, .. })) => {
                Self::DidNotHelp(format!("the profile is rejected all the same: {reason}: {message}"))
            }
            (Applied::Helped, None, None) => Self::Applied,
            (Applied::DidNotHelp, None, None) => {
                Self::DidNotHelp("the corrected value has a finding, too; `warnings.csv` says which".into())
            }
        }
    }
}

impl CorrectionsReport {
    fn add(&mut self, row: &Row, outcome: Option<&Effect>) {
        let (count, outcome, message) = match outcome {
            _ if row.refused.is_some() => {
                (&mut self.did_not_help, DID_NOT_HELP, row.refused.clone().unwrap_or_default())
            }
            Some(Effect::Applied) => (&mut self.applied, APPLIED, String::new()),
            Some(Effect::DidNotHelp(why)) => (&mut self.did_not_help, DID_NOT_HELP, why.clone()),
            Some(Effect::NoSuchField) => {
                (&mut self.matched_nothing, MATCHED_NOTHING, corrected::no_such_field(&row.field))
            }
            None => (&mut self.matched_nothing, MATCHED_NOTHING, row.missed()),
        };
        *count += 1;
        let number = row.number.to_string();
        // The table is a sheet of corrections itself, and must not bring back what was refused: the message has it.
        let value = if row.refused.is_some() { Cow::Borrowed("") } else { value::again(&row.field, &row.value) };
        self.rows.push(
            [&number, &row.segment_id, &row.field, &*value, outcome, &message, &row.sheet]
                .map(|cell: &str| cell.to_owned()),
        );
    }

    /// The sum for the summary.
    #[must_use]
    pub fn books(&self) -> String {
        let Self { applied, did_not_help, matched_nothing, superseded, rows } = self;
        let sum = format!(
            "{} = applied {applied} + did not help {did_not_help} + matched nothing {matched_nothing}",
            rows.len()
        );
        if *superseded == 0 { sum } else { format!("{sum}; {superseded} more replaced by a later sheet") }
    }

    /// Publishes `corrections.csv`: what became of each row.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn publish(&self, dialect: Dialect, destination: &Path) -> io::Result<Published> {
        let mut table = TableFile::typed(destination, dialect, &corrected::COLUMNS)?;
        for row in &self.rows {
            table.row(row.iter().map(String::as_str))?;
        }
        table.publish()
    }
}

impl Row {
    fn missed(&self) -> String {
        match (self.segment_id.is_empty(), self.line) {
            (false, _) => format!("no profile `{}` was read", self.segment_id),
            (true, Some(line)) => format!("no line without a profile was read at `{}` line {line}", self.file),
            (true, None) => "the row has neither a `segment_id` nor a `file` and a `line`".into(),
        }
    }
}

#[cfg(test)]
mod tests;
