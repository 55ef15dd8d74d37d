//! An inspection as rows: what the table, the CSV and the JSON show.

use serde::Serialize;
use serde_json::Value;

use super::{Inspection, Trait, suggest};
use crate::mapping::{Use, Uses};

/// Everything that `inspect` tells.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// Profiles that were read.
    pub profiles: u64,
    /// Lines that are no profile.
    pub malformed: u64,
    /// Profiles that came again: the same `segment_id`.
    pub repeated_segment_ids: u64,
    /// External id type that the next number is about.
    pub identifier: String,
    /// Profiles whose identifier an earlier profile has.
    pub shared_identifiers: u64,
    /// External id types, the most common first.
    pub external_ids: Vec<IdRow>,
    /// External ids of types that have no row of their own, since there are too many types.
    pub other_external_ids: u64,
    /// Traits, the most common first; a member of an object trait is `object.member`.
    pub traits: Vec<TraitRow>,
    /// About how many further names there are, which have no row of their own; 0 where all have one.
    pub other_traits: u64,
    /// Traits that the mapping does not look at, the most common first.
    pub left_behind: Vec<String>,
    /// The table `[metadata]` of a mapping file that would take along what is left behind.
    pub mapping_lines: String,
    /// A metadata schema that would fit.
    pub metadata_schema: Value,
}

/// One external id type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdRow {
    /// The type of external id.
    #[serde(rename = "type")]
    pub kind: String,
    /// Profiles that have one.
    pub profiles: u64,
    /// Profiles that have several.
    pub several: u64,
}

/// What one trait is like over all profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TraitRow {
    /// The trait's name, as the profiles spell it.
    #[serde(rename = "trait")]
    pub name: String,
    /// Profiles that have a value.
    pub profiles: u64,
    /// Types seen, the most common first, with commas.
    pub types: String,
    /// Profiles where it is null or blank text.
    pub blank: u64,
    /// Distinct values; an estimate, within a few per cent.
    pub distinct: u64,
    /// Characters of the longest value.
    pub longest: u64,
    /// Customer fields that it may become, with commas; `(in parts)` where only members are used, `(undefined)` where the metadata
    /// schema drops it, empty where no rule looks at it.
    pub becomes: String,
    /// Up to three examples with letters and digits masked.
    pub examples: Vec<String>,
}

impl Overview {
    /// The rows of an inspection, held against a mapping.
    #[must_use]
    pub fn new(inspection: &Inspection, identifier: &str, uses: &Uses) -> Self {
        let mut external_ids: Vec<IdRow> = inspection
            .ids
            .iter()
            .map(|(kind, seen)| IdRow { kind: kind.clone(), profiles: seen.profiles, several: seen.several })
            .collect();
        external_ids.sort_by_key(|row| std::cmp::Reverse(row.profiles));
        Self {
            profiles: inspection.profiles,
            malformed: inspection.malformed,
            repeated_segment_ids: inspection.repeated,
            identifier: identifier.to_owned(),
            shared_identifiers: inspection.shared,
            external_ids,
            other_external_ids: inspection.other_ids,
            traits: inspection.traits.by_share().into_iter().map(|row| TraitRow::new(row, uses)).collect(),
            other_traits: inspection.traits.others(),
            left_behind: suggest::left_behind(inspection, uses).iter().map(Trait::label).collect(),
            mapping_lines: suggest::mapping_lines(inspection, uses),
            metadata_schema: suggest::metadata_schema(inspection, uses),
        }
    }
}

impl TraitRow {
    fn new(row: Trait<'_>, uses: &Uses) -> Self {
        let values = row.values;
        Self {
            name: row.label(),
            profiles: values.present(),
            types: suggest::kinds(values),
            blank: values.of_kind(super::Kind::Blank),
            distinct: values.distinct(),
            longest: values.longest,
            becomes: becomes(uses, &row.keys()),
            examples: values.examples.clone(),
        }
    }
}

/// Customer field that a trait may become, as a [`TraitRow`] has it.
pub(super) fn becomes(uses: &Uses, keys: &[&str]) -> String {
    match uses.of_trait(keys) {
        Use::Fields(fields) => fields.join(", "),
        Use::InParts => "(in parts)".into(),
        Use::Undefined => "(undefined)".into(),
        Use::LeftBehind => String::new(),
    }
}
