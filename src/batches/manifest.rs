//! `batches/manifest.json`: what a transform made, from what, and its books. No clock times: equal input, equal bytes.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{index, left_behind::LeftBehind, settings::Settings};
pub use crate::manifest::{FORMAT, Kind};
use crate::{
    failure::Failure,
    findings::{REJECTS_WORKBOOK, Reason},
    invocation::Transform,
    manifest::{self, names},
    tables::Published,
    wording,
};

/// Name of the table that says what became of each correction: it has all of them, and is a sheet of corrections itself.
pub const CORRECTIONS: &str = "corrections.csv";

/// The commit point of a batches folder: a file that it does not list is not part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchesManifest {
    /// Always `"batches"`, so that an archive is never taken for one.
    pub kind: Kind,
    /// The format of the folder: [`FORMAT`].
    pub format: u32,
    /// Program and version that wrote it.
    pub tool: String,
    /// The options that shaped the batches.
    pub options: Settings,
    /// The inputs as they were typed, in order; version 0.1.0 did not note them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
    /// What was read, in order.
    pub inputs: Vec<Input>,
    /// The batches, in order.
    pub batches: Vec<Batch>,
    /// The CSV of rejected profiles.
    pub rejects: Table,
    /// The CSV of fields dropped or converted.
    pub warnings: Table,
    /// Both once more as workbooks, with `--tables xlsx`; else left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workbooks: Vec<Table>,
    /// Which parts of archives may hold an id; left out where none was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<index::Listed>,
    /// read = customers + rejected + passed over.
    pub books: TransformBooks,
    /// Traits that no rule of the mapping takes; left out where there are none.
    #[serde(default, skip_serializing_if = "LeftBehind::is_empty")]
    pub left_behind: LeftBehind,
}

/// One input as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// A folder, a file, a pattern, or `-`.
    pub input: String,
    /// Of an archive: SHA-256 of its list of parts, so that an upload can tell whether the archive has changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts_sha256: Option<String>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// As it was named, `-` for standard input; parts of an archive by their file name.
    pub file: String,
    /// Profiles read from it: its lines that are not blank.
    pub lines: u64,
}

/// One batch: the body of one bulk request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// File name in the folder.
    #[serde(deserialize_with = "names::file_name")]
    pub file: String,
    /// Customers in this batch.
    pub customers: u64,
    /// Size of its JSON, uncompressed and without the final line break: what one request carries.
    pub bytes: u64,
    /// SHA-256 of that JSON, in hexadecimal: the batch's name in receipts.
    #[serde(deserialize_with = "names::sha256")]
    pub sha256: String,
    /// SHA-256 of the gzip file.
    #[serde(deserialize_with = "names::sha256")]
    pub file_sha256: String,
    /// The table of where its customers came from.
    pub origins: Table,
}

/// One table of findings beside the batches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// File name in the folder.
    #[serde(deserialize_with = "names::file_name")]
    pub file: String,
    /// Rows, the header not counted.
    pub rows: u64,
    /// SHA-256 of the file as it is on disk, in hexadecimal.
    #[serde(deserialize_with = "names::sha256")]
    pub sha256: String,
}

impl From<Published> for Table {
    fn from(Published { file, rows, sha256 }: Published) -> Self {
        Self { file, rows, sha256 }
    }
}

/// read = customers + rejected + passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransformBooks {
    /// Lines read that are not blank.
    pub read: u64,
    /// Customers in all batches.
    pub customers: u64,
    /// Profiles in no batch, each counted once.
    pub rejected: u64,
    /// Profiles of other partitions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub passed_over: u64,
    /// Profiles that a rule of the mapping skips; left out where there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// How often each reason was found.
    pub findings: BTreeMap<Reason, Count>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl TransformBooks {
    /// Whether everybody who came in went somewhere.
    #[must_use]
    pub fn balance(&self) -> bool {
        let parts = [self.rejected, self.skipped, self.passed_over];
        self.read == parts.into_iter().fold(self.customers, u64::saturating_add)
    }

    /// The sum in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let [read, customers, rejected] = [self.read, self.customers, self.rejected].map(wording::count);
        let rest = [("skipped", self.skipped), ("passed over", self.passed_over)].into_iter();
        let rest = rest.filter(|(_, number)| *number > 0);
        let rest = rest.map(|(what, number)| format!(" + {what} {}", wording::count(number)));
        let rest = rest.collect::<Vec<_>>().concat();
        format!("read {read} = customers {customers} + rejected {rejected}{rest}")
    }
}

/// How often a reason occurred.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Profiles with at least one such finding.
    pub profiles: u64,
    /// Findings of the reason by customer field.
    pub fields: BTreeMap<String, u64>,
}

impl BatchesManifest {
    /// Path of the manifest of the batches in `folder`.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(manifest::FILE_NAME)
    }

    /// Reads the manifest of the batches in `folder`; `None` where there is none.
    ///
    /// # Errors
    /// A manifest that cannot be read, is no manifest of batches, or is of another format.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        manifest::read(folder, Kind::Batches)
    }

    /// Reads the manifest of a folder that must hold batches.
    ///
    /// # Errors
    /// As for [`read`](Self::read); and a folder without manifest, told by whether a transform has begun there.
    pub fn needed(folder: &Path) -> Result<Self, Failure> {
        Self::read(folder)?.ok_or_else(|| {
            let path = folder.display();
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            let is_ours = |name: &String| name.starts_with("batch-") || [".staging", ".lock"].contains(&name.as_str());
            if names.is_empty() || names.iter().any(is_ours) {
                return Failure::usage(format!("`{path}` has no `manifest.json`: its transform did not finish"))
                    .command("finish it:", Transform::default().output(folder));
            }
            Failure::usage(format!("`{path}` has no `manifest.json`, so it is no folder of batches"))
                .command("name one, or make it:", Transform::default())
        })
    }

    /// Customers in its batches.
    #[must_use]
    pub fn in_batches(&self) -> u64 {
        self.batches.iter().map(|batch| batch.customers).sum()
    }

    /// Whether its books hold, and the batches hold all customers.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.books.balance() && self.in_batches() == self.books.customers
    }

    /// Names of the options that shaped this folder otherwise than that one.
    #[must_use]
    pub fn options_unlike(&self, other: &Self) -> BTreeSet<String> {
        self.options.unlike(&other.options)
    }

    /// The tables of findings in every form.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        [&self.rejects, &self.warnings].into_iter().chain(&self.workbooks)
    }

    /// The table of rejects in every form.
    pub fn tables_of_rejects(&self) -> impl Iterator<Item = &Table> {
        let workbook = self.workbooks.iter().find(|table| table.file == REJECTS_WORKBOOK);
        std::iter::once(&self.rejects).chain(workbook)
    }

    /// The table that people are to fill in: the workbook where there is one.
    #[must_use]
    pub fn to_fill_in(&self) -> &Table {
        self.tables_of_rejects().last().unwrap_or(&self.rejects)
    }

    /// Whether rejected profiles lack an id of their own, and a partition was taken: there a correction of it is refused, since
    /// another partition may hold whoever has that id.
    #[must_use]
    pub fn ids_need_everybody(&self) -> bool {
        let of_ids = [Reason::MissingIdentifier, Reason::BlockedIdentifier, Reason::DuplicateSourceId];
        self.options.partition.is_some() && of_ids.iter().any(|reason| self.books.findings.contains_key(reason))
    }

    /// How many of its batches that folder holds, too.
    #[must_use]
    pub fn batches_shared_with(&self, other: &Self) -> usize {
        let theirs: BTreeSet<&str> = other.batches.iter().map(|batch| &*batch.sha256).collect();
        self.batches.iter().filter(|batch| theirs.contains(&*batch.sha256)).count()
    }

    /// What the folder held before it, in words: batches that are the same need not be sent again.
    #[must_use]
    pub fn instead_of(&self, before: &Self) -> String {
        let options: Vec<String> = before.options_unlike(self).iter().map(|name| format!("`{name}`")).collect();
        let made =
            if options.is_empty() { "from other input".into() } else { format!("with other {}", options.join(", ")) };
        let batches = wording::counted(before.batches.len() as u64, "batch");
        let kept = wording::count(before.batches_shared_with(self) as u64);
        format!("{batches} made {made}; {kept} of them came out the same")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_manifest_is_written_as_version_0_1_0_wrote_it() {
        let text = include_str!("../../fixtures/version-0.1.0/batches/manifest.json");
        let manifest: BatchesManifest = serde_json::from_str(text).unwrap();
        let written: Value = serde_json::to_value(&manifest).unwrap();
        let held: Value = serde_json::from_str(text).unwrap();
        for (name, value) in held.as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
    }
}
