//! `export/manifest.json`: what an archive consists of, how it came to be and how to go on.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::trait_texts::TextsAre;
pub use crate::manifest::{FILE_NAME, FORMAT, Kind};
use crate::{
    digest,
    failure::Failure,
    manifest::{self, names},
    publish, wording,
};

/// Profiles in a part, unless told otherwise: at 100 calls a second the work of 20 seconds.
pub const DEFAULT_PART_SIZE: u64 = 1_000;

/// Profiles in a part of what a warehouse gives, unless told otherwise: it gives them a hundred times as fast.
pub const WAREHOUSE_PART_SIZE: u64 = 50_000;

/// The commit point of an archive: a file that it does not list is not part of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArchiveManifest {
    /// Always `"archive"`, so that a batches folder is never taken for one.
    pub kind: Kind,
    /// The format of the folder: [`FORMAT`].
    pub format: u32,
    /// Program and version that wrote it.
    pub tool: String,
    /// What must not change within one archive.
    pub options: ArchiveOptions,
    /// When the first run began.
    pub started_at: DateTime<Utc>,
    /// When this manifest was written.
    pub updated_at: DateTime<Utc>,
    /// Where listing stands; with the listing file this is what is needed to continue.
    pub listing: Listing,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Everything listed is in exactly one of the others.
    pub books: ExportBooks,
    /// The profiles that could not be read; `failures.csv` shows them to people.
    #[serde(default)]
    pub failures: Vec<FailedProfile>,
    /// Who was not there when they were read, the first thousand: by id, or as they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vanished: Vec<String>,
    /// API calls over all runs.
    pub calls: Calls,
    /// What was read from a warehouse, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseBooks>,
    /// Set once everything that can be fetched is; absent while work is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// The options that must be the same for every run over one archive; another value is an error that names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveOptions {
    /// Base URL of the Profile API.
    pub api_url: String,
    /// Id of the Segment space; nothing is read into it.
    pub space_id: String,
    /// External id types asked for; empty means all.
    pub id_types: Vec<String>,
    /// Traits were fetched only for profiles with one of these external id types; empty means for all.
    pub identified_only: Vec<String>,
    /// Profiles in a part.
    pub part_size: u64,
    /// Cursor at which listing began, if not at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_cursor: Option<String>,
    /// Upper bound on profiles, for a trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_profiles: Option<u64>,
    /// SHA-256 of the identifiers that were given instead of a listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ids_from_sha256: Option<String>,
    /// Where the profiles come from, if not from the Profile API; `api_url` is then the place of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseSource>,
}

/// Tables of Profiles Sync that were read instead of the Profile API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseSource {
    /// Schema of the tables, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Tables whose names are not Segment's own, each as `user_traits=NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
    /// What the texts of traits are.
    pub values: TextsAre,
}

/// What was read from a warehouse, and how to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseBooks {
    /// The last id of the last part; the next run reads what comes after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// What the tables held when the first run began.
    pub standing: TablesStanding,
    /// Whether they held something else when a later run went on.
    pub changed: bool,
    /// Profiles that were read, over all runs.
    pub profiles: u64,
    /// Those that have identifiers.
    pub with_ids: u64,
    /// Those that have traits.
    pub with_traits: u64,
    /// Those that have identifiers and traits.
    pub with_both: u64,
    /// Profiles that were merged into others, and left out.
    pub merged_away: u64,
}

/// What can be told of a space's tables without reading them whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablesStanding {
    /// Rows in the table of traits.
    pub trait_rows: u64,
    /// Highest `seq` of a trait.
    pub trait_seq: i64,
    /// Rows in the table of identifiers.
    pub identifier_rows: u64,
    /// Highest `seq` of an identifier.
    pub identifier_seq: i64,
    /// Profiles that were merged into others.
    pub merged_away: u64,
}

impl ArchiveOptions {
    /// Nothing in them keeps profiles of the space out.
    fn is_whole_space(&self) -> bool {
        let Self { from_cursor, max_profiles, ids_from_sha256, .. } = self;
        from_cursor.is_none() && max_profiles.is_none() && ids_from_sha256.is_none()
    }
}

/// How far the list of the space has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Sweeps that were begun, the first listing not counted.
    pub sweeps: u64,
    /// Profiles that each finished sweep found anew.
    pub found_by_sweep: Vec<u64>,
    /// The present listing has reached its end.
    pub complete: bool,
    /// What was odd about the lists: cursors that repeated, empty pages, …
    pub oddities: Vec<String>,
}

/// One part of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// File name in the archive's folder.
    #[serde(deserialize_with = "names::file_name")]
    pub file: String,
    /// Profiles in it, one a line.
    pub profiles: u64,
    /// Size of the gzip file.
    pub bytes: u64,
    /// SHA-256 of the gzip file, in hexadecimal.
    #[serde(deserialize_with = "names::sha256")]
    pub sha256: String,
}

/// listed = exported + vanished + failed, once nothing is left to do; until then the difference is what is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportBooks {
    /// Distinct profiles seen in any list, or identifiers given.
    pub listed: u64,
    /// Profiles that are in parts.
    pub exported: u64,
    /// Profiles that answered 404 when they were read: deleted or merged away since they were listed.
    pub vanished: u64,
    /// Profiles that could not be read; `failures.csv` lists them.
    pub failed: u64,
}

impl ExportBooks {
    /// Profiles that are listed and not in any other book yet; `None` where the other books hold more than were listed.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        self.listed.checked_sub(self.exported.saturating_add(self.vanished).saturating_add(self.failed))
    }

    /// Whether everybody who was listed is in one of the other books, as at the end of an export.
    #[must_use]
    pub fn balance(&self) -> bool {
        self.left() == Some(0)
    }

    /// The sum in words, with what is left while an export runs.
    #[must_use]
    pub fn in_words(&self) -> String {
        let [listed, exported, vanished, failed] =
            [self.listed, self.exported, self.vanished, self.failed].map(wording::count);
        let left = match self.left() {
            None | Some(0) => String::new(),
            Some(left) => format!(" + left {}", wording::count(left)),
        };
        format!("listed {listed} = exported {exported} + vanished {vanished} + failed {failed}{left}")
    }
}

/// One profile that could not be read; the next run tries it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedProfile {
    /// Segment's id of the profile.
    pub segment_id: String,
    /// What was asked for.
    pub endpoint: String,
    /// The last status, if there was an answer.
    pub status: Option<u16>,
    /// Tries in the last run.
    pub attempts: u32,
    /// The server's words, or why there were none.
    pub message: String,
    /// `Request-Id` of the last answer, for Segment's support.
    pub request_id: Option<String>,
}

/// API calls by endpoint, each try counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// Pages of profile ids that were asked for.
    pub list: u64,
    /// Pages of external ids that were asked for.
    pub external_ids: u64,
    /// Pages of traits that were asked for.
    pub traits: u64,
    /// How many of all these were repetitions after a failure.
    pub retries: u64,
}

/// Whether the archive may be called the whole space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "reasons", rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that was listed was read, and the last sweep brought nothing new.
    Complete,
    /// Something is or may be missing, for these reasons.
    Incomplete(Vec<String>),
}

/// What makes more of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// The command that made it: it goes on, and tries again what failed.
    SameCommand,
    /// That command with so many sweeps: they may find what the list has missed so far.
    Sweeps(u64),
    /// None: it is complete, or by its options a piece of the space.
    Nothing,
}

impl ArchiveManifest {
    /// What another run over the archive is to be.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match &self.verdict {
            None => Remedy::SameCommand,
            Some(Verdict::Incomplete(_)) if self.books.failed > 0 => Remedy::SameCommand,
            Some(Verdict::Incomplete(_)) if self.options.is_whole_space() => {
                Remedy::Sweeps(self.listing.sweeps.saturating_add(1))
            }
            Some(_) => Remedy::Nothing,
        }
    }

    /// Why the archive cannot be taken for what it set out to be: work is left, or its books do not balance.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let (ExportBooks { listed, exported, .. }, in_parts) = (self.books, self.in_parts());
        if self.verdict.is_none() {
            return Some(format!("is not finished: {exported} of {listed} profiles are there"));
        }
        if in_parts != exported {
            return Some(format!("does not balance: {exported} profiles were exported, and its parts hold {in_parts}"));
        }
        (!self.books.balance()).then(|| format!("does not balance: {} does not hold", self.books.in_words()))
    }

    /// What is worth saying of an archive without [doubt](Self::doubt): why it is not known to be complete.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let Some(Verdict::Incomplete(reasons)) = &self.verdict else { return None };
        self.doubt().is_none().then(|| format!("is not known to be complete: {}", reasons.join("; ")))
    }

    /// Profiles in its parts.
    #[must_use]
    pub fn in_parts(&self) -> u64 {
        self.parts.iter().map(|part| part.profiles).sum()
    }

    /// Whether its books hold so far, be it finished or not: nobody is in two of them, and the parts hold what was
    /// exported.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.books.left().is_some() && self.in_parts() == self.books.exported
    }

    /// SHA-256 of the list of parts, in hexadecimal: another one means that the archive holds other profiles.
    #[must_use]
    pub fn parts_sha256(&self) -> String {
        let list = self.parts.iter().map(|part| format!("{} {}\n", part.file, part.sha256));
        digest::sha256(list.collect::<String>().as_bytes())
    }

    /// Path of the manifest of the archive in `folder`.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE_NAME)
    }

    /// Reads the manifest of the archive in `folder`; `None` where there is none.
    ///
    /// # Errors
    /// A manifest that cannot be read, is no manifest of an archive, or is of another format.
    pub fn read(folder: &Path) -> Result<Option<Self>, Failure> {
        manifest::read(folder, Kind::Archive)
    }

    /// Publishes the manifest: from here on, what it lists exists.
    ///
    /// # Errors
    /// Any I/O error; the manifest before this one is then still in place.
    pub fn publish(&self, folder: &Path) -> io::Result<()> {
        publish::json(&Self::path(folder), self)
    }

    /// The options in which two runs differ, as "`--name` this, not that".
    #[must_use]
    pub fn differences(&self, options: &ArchiveOptions) -> Vec<String> {
        let members = |options: &ArchiveOptions| -> BTreeMap<String, Value> {
            serde_json::to_value(options).and_then(serde_json::from_value).unwrap_or_default()
        };
        let (held, asked) = (members(&self.options), members(options));
        let names: std::collections::BTreeSet<_> = held.keys().chain(asked.keys()).collect();
        let shown = |value: Option<&Value>| match value {
            None => "none".into(),
            Some(Value::Array(values)) if values.is_empty() => "none".into(),
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        names
            .into_iter()
            .filter(|name| held.get(*name) != asked.get(*name))
            .map(|name| format!("{} {}, not {}", setting(name), shown(held.get(name)), shown(asked.get(name))))
            .collect()
    }
}

/// Where a user sets an option.
fn setting(option: &str) -> String {
    match option {
        "api_url" => "`--region`, `SEGMENT_API_URL` or `WAREHOUSE_URL`".into(),
        "space_id" => "`SEGMENT_SPACE_ID`".into(),
        "warehouse" => "`--warehouse`, `--schema`, `--table` or `--values`".into(),
        "ids_from_sha256" => "what `--ids-from` reads".into(),
        flag => format!("`--{}`", flag.replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_written_as_version_0_1_0_wrote_it() {
        let text = include_str!("../../fixtures/version-0.1.0/export/manifest.json");
        let manifest: ArchiveManifest = serde_json::from_str(text).unwrap();
        let written: Value = serde_json::to_value(&manifest).unwrap();
        let held: Value = serde_json::from_str(text).unwrap();
        for (name, value) in held.as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
    }
}
