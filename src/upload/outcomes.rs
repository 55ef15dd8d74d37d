//! `--outcomes`: what became of every customer of the input: created, updated, refused and why, or unknown.
//!
//! A table of each batch is kept beside its receipt, in the order of its customers, and told whatever is learned of some
//! of them. So it survives crashes, and a customer that is sent again in another request has one row.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, BufWriter},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};

use super::flight::Members;
use crate::{
    batches::reader::{self, Body, OriginRow},
    publish::{self, Unpublished},
    receipts::{Receipt, Refusal, State},
    voucherify::ReportRow,
};

/// What became of one customer: a row of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    segment_id: String,
    source_id: String,
    batch: String,
    outcome: Outcome,
    key: String,
    message: String,
    details: String,
    file: String,
    line: Option<u64>,
}

/// What became of one customer, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It was not there before.
    Created,
    /// It was there before.
    Updated,
    /// The target took it, and no report says whether it was there before.
    Taken,
    /// It was not sent: the target has it as it is.
    Unchanged,
    /// The target refused it.
    Refused,
    /// No answer says, or there is none yet.
    #[default]
    Unknown,
}

/// The tables of all batches of a run, where they are wanted.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// Folder below the target's; `None` where nobody wants them.
    folder: Option<PathBuf>,
    /// Batches of the input, in its order.
    order: Vec<String>,
}

impl Outcomes {
    pub(super) fn new(receipts: &Path, wanted: bool) -> io::Result<Self> {
        let folder = wanted.then(|| receipts.join("outcomes"));
        folder.as_deref().map_or(Ok(()), publish::folder)?;
        Ok(Self { folder, order: Vec::new() })
    }

    pub(super) fn wanted(&self) -> bool {
        self.folder.is_some()
    }

    /// Begins the table of a batch of the input. One that is there from an earlier run goes on, unless all of the batch
    /// is sent anew.
    pub(super) fn begin(&mut self, body: &Body, receipt: Option<&Receipt>, otherwise: Outcome) -> io::Result<()> {
        let Some(path) = self.path(&body.sha256) else { return Ok(()) };
        self.order.push(body.sha256.clone());
        if path.exists() && otherwise != Outcome::Unknown {
            return Ok(());
        }
        let refusals = refusals(receipt.map_or(&[], |receipt| &receipt.errors));
        let otherwise = receipt.map_or(otherwise, |receipt| fate(receipt, otherwise));
        let batch = body.memberships.first().map_or("-", |membership| membership.batch.as_str());
        let origins =
            body.memberships.iter().filter_map(|membership| membership.origins.as_deref()).flat_map(reader::origins);
        let mut origins = origins.map(Some).chain(std::iter::repeat(None));
        let rows = body.source_ids.iter().map(|source_id| {
            let row = Row { source_id: source_id.clone(), batch: batch.to_owned(), ..Row::default() };
            let row = match origins.next().flatten() {
                Some(OriginRow { segment_id, file, line }) => Row { segment_id, file, line: Some(line), ..row },
                None => row,
            };
            row.with(refusals.get(source_id.as_str()).copied(), otherwise)
        });
        write(&path, rows.map(Ok))
    }

    /// Notes what became of the members of a request in the tables of their batches.
    pub(super) fn tell(&self, members: &Members, receipt: &Receipt, report: &[ReportRow]) -> io::Result<()> {
        let refusals = refusals(&receipt.errors);
        let report: HashMap<&str, &ReportRow> = report.iter().map(|row| (row.source_id.as_str(), row)).collect();
        let mut ids = members.source_ids.iter();
        for membership in &members.memberships {
            let told: HashMap<u32, &String> = membership.positions.iter().copied().zip(ids.by_ref()).collect();
            let Some(path) = self.path(&membership.sha256).filter(|path| path.exists()) else { continue };
            let rows = read(&path)?.zip(0..).map(|(row, position)| {
                let row = row?;
                let Some(id) = told.get(&position) else { return Ok(row) };
                let outcome = match report.get(id.as_str()) {
                    Some(ReportRow { updated: Some(true), found: Some(true), .. }) => Outcome::Updated,
                    Some(ReportRow { updated: Some(true), found: Some(false), .. }) => Outcome::Created,
                    _ => fate(receipt, Outcome::Unknown),
                };
                Ok(row.with(refusals.get(id.as_str()).copied(), outcome))
            });
            write(&path, rows)?;
        }
        Ok(())
    }

    /// Publishes the tables of all batches as one.
    pub(super) fn publish(&self, destination: &Path) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(Unpublished::create(destination)?);
        if self.order.is_empty() {
            table.write_record([
                "segment_id",
                "source_id",
                "batch",
                "outcome",
                "key",
                "message",
                "details",
                "file",
                "line",
            ])?;
        }
        for path in self.order.iter().filter_map(|sha256| self.path(sha256)) {
            for row in read(&path)? {
                table.serialize(row?)?;
            }
        }
        table.into_inner().map_err(|error| io::Error::other(error.to_string()))?.commit()
    }

    fn path(&self, sha256: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{sha256}.csv.gz")))
    }
}

/// What a receipt says of a customer whom it does not name.
fn fate(receipt: &Receipt, otherwise: Outcome) -> Outcome {
    match receipt.state {
        State::Refused => Outcome::Refused,
        State::Done if receipt.unknown_count == 0 && receipt.unnamed() == 0 => match otherwise {
            Outcome::Unchanged => Outcome::Unchanged,
            _ => Outcome::Taken,
        },
        State::Done | State::Submitted => Outcome::Unknown,
    }
}

fn refusals(errors: &[Refusal]) -> HashMap<&str, &Refusal> {
    errors.iter().filter_map(|error| Some((error.source_id.as_deref()?, error))).collect()
}

impl Row {
    fn with(self, refusal: Option<&Refusal>, outcome: Outcome) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match refusal {
            Some(words) => Self {
                outcome: Outcome::Refused,
                key: text(&words.key),
                message: text(&words.message),
                details: text(&words.details),
                ..self
            },
            None => Self { outcome, key: String::new(), message: String::new(), details: String::new(), ..self },
        }
    }
}

/// Each member of a request with the row of its batch's table of origins, where `table` gives a whole one.
pub(super) fn origins_of(
    members: &Members,
    table: impl Fn(&Path) -> Vec<OriginRow>,
) -> impl Iterator<Item = (&str, Option<OriginRow>)> {
    let mut origins = Vec::with_capacity(members.source_ids.len());
    for membership in &members.memberships {
        let rows = membership.origins.as_deref().map(&table).filter(|rows| rows.len() as u64 == membership.customers);
        let rows = rows.unwrap_or_default();
        origins.extend(
            membership
                .positions
                .iter()
                .map(|place| usize::try_from(*place).ok().and_then(|place| rows.get(place).cloned())),
        );
    }
    members.source_ids.iter().map(String::as_str).zip(origins)
}

fn read(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Row>> + use<>> {
    let table = csv::ReaderBuilder::new().from_reader(GzDecoder::new(BufReader::new(File::open(path)?)));
    Ok(table.into_deserialize().map(|row| row.map_err(io::Error::from)))
}

fn write(path: &Path, rows: impl Iterator<Item = io::Result<Row>>) -> io::Result<()> {
    let file = GzEncoder::new(BufWriter::new(Unpublished::create(path)?), Compression::fast());
    let mut table = csv::Writer::from_writer(file);
    for row in rows {
        table.serialize(row?)?;
    }
    let file = table.into_inner().map_err(|error| io::Error::other(error.to_string()))?.finish()?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.commit()
}
