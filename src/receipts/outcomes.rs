//! What became of every customer: a table of each batch beside its receipt, in the order of its customers.
//!
//! It is told whatever is learned of some of them. So it survives crashes, and a customer that is sent again in another
//! request has one row.

use std::{
    collections::HashMap,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use serde::{Deserialize, Serialize};

use super::{Receipts, Refusal};
use crate::{
    gzip,
    manifest::names,
    publish::{self, Unpublished},
};

/// Folder below a target's.
const FOLDER: &str = "outcomes";

/// What became of one customer: a row of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRow {
    /// The profile that the customer came from; empty where the batch has no origins.
    pub segment_id: String,
    /// The customer, by `source_id`.
    pub source_id: String,
    /// File name of its batch, `-` for standard input.
    pub batch: String,
    /// What became of it.
    pub outcome: CustomerOutcome,
    /// The server's code word for a refusal.
    pub key: String,
    /// The server's message about a refusal.
    pub message: String,
    /// The server's details about a refusal.
    pub details: String,
    /// The archive's file that the profile is in.
    pub file: String,
    /// The profile's line in that file, counted from 1.
    pub line: Option<u64>,
}

/// What became of one customer, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerOutcome {
    /// It was not there before.
    Created,
    /// It was there before, and was written.
    Updated,
    /// It was there before, just so: the target says that it had nothing to write.
    #[serde(rename = "as it was")]
    AsItWas,
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

impl CustomerOutcome {
    /// The word for it, as the table has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::AsItWas => "as it was",
            Self::Taken => "taken",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl OutcomeRow {
    /// Columns of the table, in order.
    pub const COLUMNS: [&'static str; 9] =
        ["segment_id", "source_id", "batch", "outcome", "key", "message", "details", "file", "line"];

    /// The row with another outcome; that of a refusal has the server's words.
    #[must_use]
    pub fn with(self, refusal: Option<&Refusal>, outcome: CustomerOutcome) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        match refusal {
            Some(words) => Self {
                outcome: CustomerOutcome::Refused,
                key: text(&words.key),
                message: text(&words.message),
                details: text(&words.details),
                ..self
            },
            None => Self { outcome, key: String::new(), message: String::new(), details: String::new(), ..self },
        }
    }

    /// Its cells, in the order of [`COLUMNS`](Self::COLUMNS).
    #[must_use]
    pub fn cells(self) -> [String; 9] {
        let line = self.line.map(|line| line.to_string()).unwrap_or_default();
        let outcome = self.outcome.as_str().to_owned();
        [self.segment_id, self.source_id, self.batch, outcome, self.key, self.message, self.details, self.file, line]
    }
}

/// How often which outcome occurs in the table of a batch, in the folder of a target.
///
/// # Errors
/// A table that is not there or cannot be read.
pub fn outcomes_of(target: &Path, sha256: &str) -> io::Result<HashMap<CustomerOutcome, u64>> {
    let path = target.join(FOLDER).join(format!("{sha256}.csv.gz"));
    let table = csv::Reader::from_reader(gzip::Records::new(gzip::content(names::open(&path)?)?));
    let mut sums = HashMap::new();
    for row in table.into_deserialize() {
        let row: OutcomeRow = row.map_err(io::Error::from)?;
        let sum: &mut u64 = sums.entry(row.outcome).or_default();
        *sum = sum.saturating_add(1);
    }
    Ok(sums)
}

/// Removes what a killed run left on its way into the tables; the target is locked.
pub(super) fn sweep(target: &Path) -> io::Result<()> {
    match publish::sweep_temporary(&target.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        swept => swept,
    }
}

impl Receipts {
    /// Whether there is a table of what became of the customers of this batch.
    #[must_use]
    pub fn has_outcomes(&self, sha256: &str) -> bool {
        self.outcomes_path(sha256).exists()
    }

    /// What became of the customers of a batch, in its order.
    ///
    /// # Errors
    /// A table that is not there or cannot be read; of a row that cannot, its place in the sequence is an error.
    pub fn outcomes(&self, sha256: &str) -> io::Result<impl Iterator<Item = io::Result<OutcomeRow>> + use<>> {
        let file = gzip::content(names::open(&self.outcomes_path(sha256))?)?;
        let table = csv::ReaderBuilder::new().from_reader(gzip::Records::new(file));
        Ok(table.into_deserialize().map(|row| row.map_err(io::Error::from)))
    }

    /// Publishes what became of the customers of a batch.
    ///
    /// # Errors
    /// Any I/O error; the table before this one is then still in place.
    pub fn publish_outcomes(&self, sha256: &str, rows: impl Iterator<Item = io::Result<OutcomeRow>>) -> io::Result<()> {
        publish::folder(&self.folder().join(FOLDER))?;
        let file = BufWriter::new(Unpublished::create(self.outcomes_path(sha256))?);
        let mut table =
            csv::WriterBuilder::new().has_headers(false).from_writer(GzEncoder::new(file, Compression::fast()));
        table.write_record(OutcomeRow::COLUMNS)?;
        for row in rows {
            table.serialize(row?)?;
        }
        let file = table.into_inner().map_err(|error| io::Error::other(error.to_string()))?.finish()?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.commit()
    }

    fn outcomes_path(&self, sha256: &str) -> PathBuf {
        self.folder().join(FOLDER).join(format!("{sha256}.csv.gz"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use flate2::read::MultiGzDecoder;

    use super::*;
    use crate::publish::Locking;

    #[test]
    fn outcomes_come_back_as_they_were_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (receipts, _lock) = Receipts::open(folder.path(), "target", "testing", Locking::default()).unwrap();
        let row = |number: u64, outcome| OutcomeRow {
            segment_id: format!("use_{number}"),
            source_id: format!("user; {number}"),
            batch: "batch-000001.json.gz".into(),
            outcome,
            file: "profiles-000001.ndjson.gz".into(),
            line: Some(number),
            ..OutcomeRow::default()
        };
        let rows =
            [row(1, CustomerOutcome::Created), row(2, CustomerOutcome::AsItWas), row(3, CustomerOutcome::Refused)];
        receipts.publish_outcomes("abc", rows.iter().cloned().map(Ok)).unwrap();
        let read: Vec<_> = receipts.outcomes("abc").unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(read, rows);

        let mut text = String::new();
        let file = File::open(receipts.folder().join("outcomes/abc.csv.gz")).unwrap();
        io::Read::read_to_string(&mut MultiGzDecoder::new(file), &mut text).unwrap();
        insta::assert_snapshot!(text, @r"
        segment_id,source_id,batch,outcome,key,message,details,file,line
        use_1,user; 1,batch-000001.json.gz,created,,,,profiles-000001.ndjson.gz,1
        use_2,user; 2,batch-000001.json.gz,as it was,,,,profiles-000001.ndjson.gz,2
        use_3,user; 3,batch-000001.json.gz,refused,,,,profiles-000001.ndjson.gz,3
        ");
    }
}
