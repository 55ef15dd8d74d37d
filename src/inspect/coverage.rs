//! How common each trait of an archive is: counted once, and kept beside the parts for pages that are made again and again.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Inspection, overview::becomes, suggest};
use crate::{archive::manifest::ArchiveManifest, digest, failure::Failure, manifest::names, mapping::Uses, publish};

/// The file in the archive's folder.
pub const COVERAGE: &str = "coverage.json";
/// What is counted, and how it is written: what another version wrote is counted anew.
const FORMAT: u32 = 1;
/// Most bytes of the file: 10,000 names of traits take two megabytes.
const MOST_BYTES: u64 = 32 << 20;

/// How common each trait is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    format: u32,
    /// SHA-256 of the checksums of all parts that it was counted in.
    parts_sha256: String,
    /// Profiles of the archive that were read.
    pub profiles: u64,
    /// About how many further names there are, which have no row of their own; 0 where all have one.
    pub other_traits: u64,
    traits: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    profiles: u64,
    types: String,
}

/// How common one trait is, held against a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its name; a member of an object is `object.member`.
    pub name: String,
    /// Profiles that have a value.
    pub profiles: u64,
    /// Types seen, the most common first, with commas.
    pub types: String,
    /// Customer field that it may become, as [`super::TraitRow`] has it.
    pub becomes: String,
}

impl Coverage {
    /// What is known of an archive, and otherwise what `count` finds in it, which is kept. Where nothing can be kept, it is
    /// counted each time.
    ///
    /// # Errors
    /// An archive that cannot be read.
    pub fn of(
        folder: &Path,
        archive: &ArchiveManifest,
        count: impl FnOnce() -> Result<Inspection, Failure>,
    ) -> Result<Self, Failure> {
        let (path, parts_sha256) = (folder.join(COVERAGE), parts_sha256(archive));
        let kept = names::read(&path, MOST_BYTES).ok().and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        if let Some(kept) = kept.filter(|kept| kept.format == FORMAT && kept.parts_sha256 == parts_sha256) {
            return Ok(kept);
        }
        let coverage = Self::counted(&count()?, parts_sha256);
        publish::sweep_beside(&path);
        if let Err(error) = publish::json(&path, &coverage) {
            tracing::warn!("`{}` cannot be kept on this machine, so it is counted each time: {error}", path.display());
        }
        Ok(coverage)
    }

    fn counted(inspection: &Inspection, parts_sha256: String) -> Self {
        let row = |row: super::Trait<'_>| Row {
            name: row.name.to_owned(),
            member: row.member.map(str::to_owned),
            profiles: row.values.present(),
            types: suggest::kinds(row.values),
        };
        Self {
            format: FORMAT,
            parts_sha256,
            profiles: inspection.profiles,
            other_traits: inspection.traits.others(),
            traits: inspection.traits.by_share().into_iter().map(row).collect(),
        }
    }

    /// Traits, the most common first, held against a mapping.
    #[must_use]
    pub fn traits(&self, uses: &Uses) -> Vec<Covered> {
        let covered = |row: &Row| {
            let keys: Vec<&str> = std::iter::once(&row.name).chain(&row.member).map(String::as_str).collect();
            Covered {
                name: keys.join("."),
                profiles: row.profiles,
                types: row.types.clone(),
                becomes: becomes(uses, &keys),
            }
        };
        self.traits.iter().map(covered).collect()
    }
}

/// What tells the content of an archive from that of another.
fn parts_sha256(archive: &ArchiveManifest) -> String {
    let parts: Vec<&str> = archive.parts.iter().map(|part| part.sha256.as_str()).collect();
    digest::sha256(parts.join("\n").as_bytes())
}
