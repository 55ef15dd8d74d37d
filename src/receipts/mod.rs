//! What is known of each batch at each target: one receipt a batch, replaced atomically at each step of its life.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use std::{
    collections::BTreeMap,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::{
    before::{BeforeImage, MetadataKey, Overwritten, set_of},
    last_sent::{Fingerprint, LastSent, fingerprint},
    outcomes::{CustomerOutcome, OutcomeRow, outcomes_of},
    packed::Packed,
    place::{beside, folder_of, refused_csv},
    refused::advice,
    tally::{CustomerFate, Remedy, Tally},
    target::{Target, files, region_of, targets},
    undone::{UndoBooks, UndoRecord, UndoState},
    verified::Verified,
};
use crate::{
    batches::manifest::BatchesManifest,
    digest,
    failure::Failure,
    manifest::{Counts, names},
    publish::{self, Lock, Locking},
    tables::{Dialect, Form},
};

mod at_most;
mod before;
mod last_sent;
mod outcomes;
mod packed;
mod place;
mod refused;
mod tally;
mod target;
mod undone;
mod verified;

/// Most bytes of a receipt: the words for half a million customers.
const MOST_BYTES: u64 = 160 << 20;

/// What is known of one batch at one target: `batches/receipts/<target>/batch-000001.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// SHA-256 of the batch's JSON, in hexadecimal: a batch is looked up by it, never by its file name.
    pub sha256: String,
    /// File name of the batch when it was sent, for people; `-` for standard input.
    pub batch: String,
    /// Where it was sent: the name of the folder that the receipt is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Customers in the batch.
    pub customers: u64,
    /// Where the batch is in its life.
    pub state: ReceiptState,
    /// The server's handle on the work, once the batch was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_action_id: Option<String>,
    /// The server accepted it and does not know its action, however often it was asked. It is asked again by later runs,
    /// and never sent again unless somebody insists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// Hashes of the two halves in which it is sent, where the server did not take it whole; they have receipts of their
    /// own until both are finished.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::at_most")]
    pub pieces: Vec<String>,
    /// When the batch was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// When its end was learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// The same by the clock of the server, where it told its time: what it says of customers is held against this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_there: Option<DateTime<Utc>>,
    /// POSTs of this batch, over all runs.
    pub attempts: u64,
    /// Customers that the server says it took.
    pub done_count: u64,
    /// Customers that the server says it refused.
    pub failed_count: u64,
    /// Customers of whom the server's answer says nothing.
    #[serde(default)]
    pub unknown_count: u64,
    /// The server's words for each refused customer, as far as it gave them.
    #[serde(deserialize_with = "at_most::at_most")]
    pub errors: Vec<Refusal>,
}

impl Receipt {
    /// Whether nothing is left to learn: the next run need not send or follow the batch.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self.state, ReceiptState::Submitted | ReceiptState::Undone) && self.unknown_count == 0
    }
}

/// Where a batch is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptState {
    /// Accepted, whole or in pieces; its end is not known yet. The next run follows it and does not send it again.
    Submitted,
    /// Finished; single customers may have been refused.
    Done,
    /// Refused as a whole.
    Refused,
    /// It was done, and an undo has put back what was there before: the next run sends it again.
    Undone,
}

/// Why the server refused one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The customer, where the server named it.
    #[serde(default)]
    pub source_id: Option<String>,
    /// The server's code word, for instance `metadata_validation_failed`.
    #[serde(default)]
    pub key: Option<String>,
    /// The server's message about the customer.
    #[serde(default)]
    pub message: Option<String>,
    /// The server's details beside its message.
    #[serde(default)]
    pub details: Option<String>,
    /// The profile that the customer came from, where the batch has origins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_id: Option<String>,
    /// The archive's file that the profile is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The profile's line in that file, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

/// The receipts of one target, by the hash of the batch.
///
/// The words for refused customers stay on disk: they can be as many as there are customers.
#[derive(Debug)]
pub struct Receipts {
    folder: PathBuf,
    target: String,
    by_sha256: BTreeMap<String, (PathBuf, Receipt)>,
}

/// Name of a target in paths: host and application id, with everything unusual percent-encoded.
#[must_use]
pub fn target_name(api_url: &Url, application_id: &str) -> String {
    let host = api_url.host_str().unwrap_or_default();
    let port = api_url.port().map(|port| format!("_{port}")).unwrap_or_default();
    format!("{}{port}_{}", utf8_percent_encode(host, FILE_SAFE), utf8_percent_encode(application_id, FILE_SAFE))
}

const FILE_SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

impl Receipts {
    /// Opens the receipts of a target below `parent`, locked against other processes for as long as the lock lives;
    /// `doing` says to them what this one is about.
    ///
    /// # Errors
    /// Another process that holds them, or a receipt that cannot be read or is of another target.
    pub fn open(parent: &Path, target: &str, doing: &str, locking: Locking) -> Result<(Self, Lock), Failure> {
        let folder = parent.join(target);
        let lock = Lock::exclusive(&folder, doing, locking)?;
        outcomes::sweep(&folder).map_err(|error| unreadable(&folder, error))?;
        Ok((Self::read(folder, target)?, lock))
    }

    /// The receipts of a target below `parent` as they are now, which may be none: for a plan, which writes nothing. Another
    /// process may write them meanwhile; each is replaced as a whole.
    ///
    /// # Errors
    /// A receipt that cannot be read or is of another target.
    pub fn look(parent: &Path, target: &str) -> Result<Self, Failure> {
        Self::read(parent.join(target), target)
    }

    fn read(folder: PathBuf, target: &str) -> Result<Self, Failure> {
        let mut by_sha256 = BTreeMap::new();
        let there = match files(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            there => there.map_err(|error| unreadable(&folder, error))?,
        };
        for path in there {
            let mut receipt = read(&path)?;
            if let Some(other) = receipt.target.as_ref().filter(|other| *other != target) {
                return Err(Failure::stopped(format!("`{}` is a receipt of another target", path.display()))
                    .because(format!("it is of `{other}`, and this one is `{target}`"))
                    .hint("each target has a folder of its own: move that receipt back, or remove it"));
            }
            receipt.errors = Vec::new();
            by_sha256.insert(receipt.sha256.clone(), (path, receipt));
        }
        Ok(Self { folder, target: target.to_owned(), by_sha256 })
    }

    /// The receipt of a batch, without the words for its refused customers.
    #[must_use]
    pub fn get(&self, sha256: &str) -> Option<&Receipt> {
        self.by_sha256.get(sha256).map(|(_, receipt)| receipt)
    }

    /// Name of the target, as its folder is named.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// All receipts, without the words for refused customers.
    pub fn all(&self) -> impl Iterator<Item = &Receipt> {
        self.by_sha256.values().map(|(_, receipt)| receipt)
    }

    /// Whether this target has accepted nothing yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_sha256.is_empty()
    }

    /// The receipt of a batch with all that it says.
    ///
    /// # Errors
    /// A receipt that cannot be read any more.
    pub fn whole(&self, sha256: &str) -> Result<Option<Receipt>, Failure> {
        self.by_sha256.get(sha256).map(|(path, _)| read(path)).transpose()
    }

    /// The batch that is sent in pieces of which this is one.
    #[must_use]
    pub fn parent(&self, piece: &str) -> Option<&Receipt> {
        let mut receipts = self.by_sha256.values().map(|(_, receipt)| receipt);
        receipts.find(|receipt| {
            receipt.state == ReceiptState::Submitted && receipt.pieces.iter().any(|other| other == piece)
        })
    }

    /// Publishes a receipt, replacing the one that this batch had. One of standard input or of a piece of a batch is
    /// named by its hash, and so is one whose name another batch has taken.
    ///
    /// # Errors
    /// Any I/O error; the receipt before this one is then still in place.
    pub fn save(&mut self, mut receipt: Receipt) -> io::Result<()> {
        let path = match self.by_sha256.get(&receipt.sha256) {
            Some((path, _)) => path.clone(),
            None => self.free_path(&receipt),
        };
        receipt.target = Some(self.target.clone());
        publish::json(&path, &receipt)?;
        receipt.errors = Vec::new();
        self.by_sha256.insert(receipt.sha256.clone(), (path, receipt));
        Ok(())
    }

    fn free_path(&self, receipt: &Receipt) -> PathBuf {
        let stem =
            receipt.batch.split('.').next().filter(|stem| *stem != "-" && !stem.is_empty() && !stem.contains('/'));
        let by_name = stem.map(|stem| self.folder.join(format!("{stem}.json")));
        let by_hash = || self.folder.join(format!("{}.json", receipt.sha256));
        by_name.filter(|path| path.symlink_metadata().is_err()).unwrap_or_else(by_hash)
    }

    /// Forgets the receipt of a piece, once that of the whole batch tells everything.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn forget(&mut self, sha256: &str) -> io::Result<()> {
        self.by_sha256.remove(sha256).map_or(Ok(()), |(path, _)| publish::remove(&path))
    }

    /// Where the receipts are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Publishes `refused.csv`: every customer that the server refused, in its words, and counts those of the batches of
    /// `this_run` by the server's code word. Batches that another transform has replaced are left out.
    ///
    /// # Errors
    /// Any I/O error, or a receipt that cannot be read any more.
    pub fn publish_refused(
        &self,
        (dialect, form): (Dialect, Form),
        this_run: &[String],
    ) -> Result<RefusedTable, Failure> {
        let batches = self.folder.parent().and_then(Path::parent).unwrap_or(Path::new(""));
        // Batches that came through a pipe have none, and what lies there otherwise does not matter here.
        let listed = BatchesManifest::read(batches).ok().flatten().map(|manifest| manifest.batches);
        let is_listed = |sha256: &str| listed.iter().flatten().any(|batch| batch.sha256 == sha256);
        let receipts = self
            .by_sha256
            .iter()
            .filter(|(sha256, _)| listed.is_none() || is_listed(sha256) || this_run.contains(sha256));
        let mut by_key = BTreeMap::new();
        let count = |receipt: &Receipt| {
            if this_run.contains(&receipt.sha256) {
                for (key, refused) in receipt.refused_by_key() {
                    let sum: &mut u64 = by_key.entry(key).or_default();
                    *sum = sum.saturating_add(refused);
                }
            }
        };
        let receipts = receipts.map(|(_, (path, receipt))| (path.as_path(), receipt));
        let path = refused::publish(&self.folder, dialect, receipts, count)
            .map_err(|error| unreadable(&self.folder, error))?;
        let workbook = self.folder.join(place::REFUSED_WORKBOOK);
        let workbook = match form {
            Form::Xlsx => Some(refused::WORKBOOK.create(&path, &workbook, &|| Ok(())).map(|_| workbook)?),
            // The one of an earlier run would be taken for this one's.
            Form::Csv => publish::remove(&workbook).map(|()| None).map_err(|error| unreadable(&self.folder, error))?,
        };
        Ok(RefusedTable { path, workbook, by_key })
    }
}

/// The customers that a target refused.
#[derive(Debug)]
pub struct RefusedTable {
    /// Where `refused.csv` was written.
    pub path: PathBuf,
    /// The same as a workbook, where that was asked for.
    pub workbook: Option<PathBuf>,
    /// Those of this run by the server's code word.
    pub by_key: BTreeMap<String, u64>,
}

/// Reads one receipt.
///
/// # Errors
/// A file that is none, or that names batches by something else than hashes: it becomes part of paths.
pub fn read(path: &Path) -> Result<Receipt, Failure> {
    let file = names::open(path).map_err(|error| unreadable(path, error))?;
    let length = file.metadata().map_err(|error| unreadable(path, error))?.len();
    if length > MOST_BYTES {
        return Err(unreadable(path, format!("it holds {length} bytes, and no receipt holds more than {MOST_BYTES}")));
    }
    let file = BufReader::with_capacity(1 << 16, file);
    let receipt: Receipt = serde_json::from_reader(Counts::new(file)).map_err(|error| unreadable(path, error))?;
    let hashes = [("sha256", &receipt.sha256)].into_iter().chain(receipt.pieces.iter().map(|piece| ("pieces", piece)));
    for (member, hash) in hashes {
        if !digest::is_sha256(hash) {
            return Err(unreadable(path, format!("its `{member}` is no SHA-256 of 64 hexadecimal digits")));
        }
    }
    Ok(receipt)
}

fn unreadable(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    let error = error.into();
    let failure = Failure::stopped(format!("cannot use `{}`", path.display()));
    // What may not be read is not broken: the system's own reason says what to do.
    let is_forbidden =
        error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied);
    if is_forbidden {
        return failure.because(error);
    }
    failure.because(error).hint("mend or remove that file: a batch without receipt is sent again, which is harmless")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_receipt_is_written_as_version_0_1_0_wrote_it() {
        let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/version-0.1.0/batches/receipts");
        let target = std::fs::read_dir(targets).unwrap().next().unwrap().unwrap().path();
        for file in ["batch-000001.json", "batch-000002.json", "batch-000003.json"] {
            let held: Value = serde_json::from_slice(&std::fs::read(target.join(file)).unwrap()).unwrap();
            let written = serde_json::to_value(read(&target.join(file)).unwrap()).unwrap();
            for (name, value) in held.as_object().unwrap() {
                assert_eq!(&written[name], value, "{file}: {name}");
            }
        }
    }
}
