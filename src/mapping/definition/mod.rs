//! The mapping file as data: which sources each field has, what becomes metadata, and what is always the same.
//!
//! Every part checks itself while it is read, so that the reader of the file can say line and key of what is wrong.

mod metadata;
mod skip;
mod source;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(super) use self::{
    metadata::{Keys, Kind, Metadata},
    skip::{Skip, Test},
    source::{Path, Piece, Source, Sources},
};
use super::{MappingError, sendable::PROTOTYPE};
use crate::customer::Field;

/// A mapping that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Preset {
    /// The mapping of the script `segmentio-initial-sync`, made whole.
    #[default]
    InitialSync,
    /// What Segment's own live Voucherify destination sends (docs/api-facts.md C7).
    SegmentActions,
}

impl Preset {
    /// Every preset, the default first.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The mapping file itself, with its comments: what `--print-mapping` prints.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::InitialSync => include_str!("../presets/initial-sync.toml"),
            Self::SegmentActions => include_str!("../presets/segment-actions.toml"),
        }
    }
}

/// What goes where: a mapping file, checked.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// Fields with their sources, the first with a value wins.
    pub(super) fields: Vec<(Field, Vec<Source>)>,
    /// What becomes metadata.
    pub(super) metadata: Metadata,
    /// Texts that every customer carries as the program's own metadata, by key.
    pub(super) system_metadata: BTreeMap<String, String>,
    /// Profiles that are not meant to come over.
    pub(super) skip: Vec<Skip>,
}

impl Definition {
    /// Reads a mapping file; `file_name` is for the messages.
    ///
    /// # Errors
    /// What is wrong, with the file, the line and the key.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, MappingError> {
        let wrong = |place: &str, message: &str| MappingError {
            message: format!("`{file_name}` {place}: {message}"),
            hint: Some("`transform --print-mapping` prints a mapping file with explanations".into()),
        };
        let line = |error: &toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            format!("line {}", before.bytes().filter(|byte| *byte == b'\n').count() + 1)
        };
        let reader = toml::Deserializer::parse(text).map_err(|error| wrong(&line(&error), error.message()))?;
        let file: File = serde_path_to_error::deserialize(reader).map_err(|error| {
            let (key, error) = (error.path().to_string(), error.into_inner());
            let place = if key == "." { line(&error) } else { format!("{}, `{key}`", line(&error)) };
            wrong(&place, error.message())
        })?;
        let fields = file.customer.fields();
        if !fields.iter().any(|(field, _)| *field == Field::SourceId) {
            return Err(wrong("line 1", "`customer.source_id` is missing: without it no customer has an identity"));
        }
        if file.system_metadata.contains_key(PROTOTYPE) {
            let at = text.lines().position(|line| line.contains(PROTOTYPE)).unwrap_or_default() + 1;
            let place = format!("line {at}, `system_metadata.{PROTOTYPE}`");
            return Err(wrong(&place, "servers refuse keys of this name, and with it perhaps the whole batch"));
        }
        Ok(Self { fields, metadata: file.metadata, system_metadata: file.system_metadata, skip: file.skip })
    }

    /// A mapping that comes with the program.
    ///
    /// # Errors
    /// None in practice; the presets are tested.
    pub fn preset(preset: Preset) -> Result<Self, MappingError> {
        Self::parse(preset.text(), preset.as_str())
    }

    /// Whether the identity is the first external id of that type, and never anything else.
    #[must_use]
    pub fn source_id_is_the(&self, identifier: &str) -> bool {
        let own = |key: &str| key == "{identifier}" || key == identifier;
        let is_it = |sources: &[Source]| match sources {
            [Source::Path(path)] => matches!(&path.0[..], [ids, kind] if ids == "external_ids" && own(kind)),
            _ => false,
        };
        self.fields.iter().filter(|(field, _)| *field == Field::SourceId).all(|(_, sources)| is_it(sources))
    }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    customer: Customer,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    system_metadata: BTreeMap<String, String>,
    #[serde(default)]
    skip: Vec<Skip>,
}

/// The table `[customer]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Customer {
    source_id: Option<Sources>,
    name: Option<Sources>,
    description: Option<Sources>,
    email: Option<Sources>,
    phone: Option<Sources>,
    birthdate: Option<Sources>,
    address: Address,
}

/// The table `[customer.address]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Address {
    city: Option<Sources>,
    state: Option<Sources>,
    line_1: Option<Sources>,
    line_2: Option<Sources>,
    country: Option<Sources>,
    postal_code: Option<Sources>,
}

impl Customer {
    /// The fields that are given, in the order in which they are sent.
    fn fields(self) -> Vec<(Field, Vec<Source>)> {
        let address = self.address;
        let all = [
            (Field::SourceId, self.source_id),
            (Field::Name, self.name),
            (Field::Description, self.description),
            (Field::Email, self.email),
            (Field::Phone, self.phone),
            (Field::Birthdate, self.birthdate),
            (Field::City, address.city),
            (Field::State, address.state),
            (Field::Line1, address.line_1),
            (Field::Line2, address.line_2),
            (Field::Country, address.country),
            (Field::PostalCode, address.postal_code),
        ];
        all.into_iter().filter_map(|(field, sources)| Some((field, sources?.0))).collect()
    }
}

#[cfg(test)]
mod tests;
