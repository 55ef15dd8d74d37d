//! What is known of a before-image: `before-000001/about.json`, beside the table of customers as they were. The file is the
//! image's commit point: without it there is none.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    batches::manifest::BatchesManifest,
    digest,
    failure::Failure,
    publish,
    wording::{count, counted},
};

/// How the folders are named, before their number.
const PREFIX: &str = "before-";
const FILE: &str = "about.json";
const TABLE: &str = "customers.csv.gz";

/// A key of the metadata that a project's schema defines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataKey {
    /// The key as customers have it in their metadata.
    pub name: String,
    /// Its type in the schema's word (docs/api-facts.md C4).
    pub kind: String,
    /// Whether it holds a list of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub array: bool,
}

/// Customers of some batches as a project had them before the batches were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeforeImage {
    /// Its number, that of the folder.
    pub number: u64,
    /// Name of the target.
    pub target: String,
    /// Which batches: see [`set_of`].
    pub set: String,
    /// When it was asked for, by the clock of this machine.
    pub taken_at: DateTime<Utc>,
    /// Customers of the project in all.
    pub project: u64,
    /// Rows of the table: customers of these batches that were there already.
    pub rows: u64,
    /// SHA-256 of the table as it is on disk, in hexadecimal.
    pub sha256: String,
    /// Keys of metadata that the table shows.
    pub metadata_keys: Vec<MetadataKey>,
    /// What the batches hold otherwise than the table; older images do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overwritten: Option<Overwritten>,
}

/// What an upload sends to customers who were there already, and had otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwritten {
    /// Customers of whom at least one field had another value.
    pub customers: u64,
    /// How many of them had another value, by field: `name`, `address.city`, `metadata.tier`.
    pub fields: BTreeMap<String, u64>,
}

/// Fields that are named before the rest is only counted.
const FIELDS_NAMED: usize = 6;

impl Overwritten {
    /// In words for people, to be read behind who was there.
    #[must_use]
    pub fn in_words(&self) -> String {
        if self.customers == 0 {
            return "none of them with other values than are sent".into();
        }
        let mut fields: Vec<_> = self.fields.iter().collect();
        fields.sort_by_key(|(name, customers)| (std::cmp::Reverse(**customers), *name));
        let named: Vec<String> = fields
            .iter()
            .take(FIELDS_NAMED)
            .map(|(name, customers)| format!("`{name}` {}", count(**customers)))
            .collect();
        let rest = match fields.len().saturating_sub(FIELDS_NAMED) {
            0 => String::new(),
            rest => format!(", and {}", counted(rest as u64, "more field")),
        };
        format!("{} of them with other values than are sent: {}{rest}", count(self.customers), named.join(", "))
    }
}

/// Names a set of batches, whatever their order: SHA-256 of their sorted hashes.
#[must_use]
pub fn set_of(manifest: &BatchesManifest) -> String {
    let mut hashes: Vec<&str> = manifest.batches.iter().map(|batch| batch.sha256.as_str()).collect();
    hashes.sort_unstable();
    digest::sha256(hashes.join("\n").as_bytes())
}

impl BeforeImage {
    /// Where the image with this number is, below the target's folder.
    #[must_use]
    pub fn folder(target: &Path, number: u64) -> PathBuf {
        target.join(format!("{PREFIX}{number:06}"))
    }

    /// The table of the image in this folder.
    #[must_use]
    pub fn table(folder: &Path) -> PathBuf {
        folder.join(TABLE)
    }

    /// What the last upload with an image changed, in words for people.
    #[must_use]
    pub fn in_words(&self) -> String {
        let told = self.overwritten.as_ref().map(|overwritten| format!(", {}", overwritten.in_words()));
        let there =
            if self.rows == 1 { "1 customer was".to_owned() } else { format!("{} customers were", count(self.rows)) };
        format!("before the upload {there} there{}: before-image {}", told.unwrap_or_default(), self.number)
    }

    /// All images of a target, in the order of their numbers.
    ///
    /// # Errors
    /// One that is there and cannot be read.
    pub fn all(target: &Path) -> Result<Vec<Self>, Failure> {
        let numbers = numbered(target, PREFIX).map_err(|error| super::unreadable(target, error))?;
        let read = |number| Self::read(target, number).transpose();
        numbers.into_iter().filter_map(read).collect()
    }

    /// The image with this number; nothing where there is none, or where one was begun and never finished.
    ///
    /// # Errors
    /// One that is there and cannot be read.
    pub fn read(target: &Path, number: u64) -> Result<Option<Self>, Failure> {
        let path = Self::folder(target, number).join(FILE);
        match publish::read_own(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| damaged(&path, error)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(damaged(&path, error)),
        }
    }

    /// The number that the next image gets: that of one that was begun and never finished, or a new one.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn next_number(target: &Path) -> Result<u64, Failure> {
        let numbers = numbered(target, PREFIX).map_err(|error| super::unreadable(target, error))?;
        let Some(last) = numbers.last().copied() else { return Ok(1) };
        Ok(if Self::read(target, last)?.is_some() { last.saturating_add(1) } else { last })
    }

    /// Publishes it: from here on there is an image.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn publish(&self, target: &Path) -> io::Result<()> {
        publish::json(&Self::folder(target, self.number).join(FILE), self)
    }
}

/// The numbers of the folders that are named so, in order.
pub(super) fn numbered(target: &Path, prefix: &str) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    let entries = match fs::read_dir(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(numbers),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix(prefix));
        let number = digits.and_then(|digits| digits.parse::<u64>().ok());
        // A link may lead anywhere.
        numbers.extend(number.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_dir())));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn damaged(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::stopped(format!("the before-image `{}` cannot be read", path.display()))
        .because(error)
        .hint("bring that file back from a backup; without it nobody knows what was there before")
}
