//! One profile becomes one customer and its findings. Pure: no file, no socket, no clock.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::finding::{Finding, Reason};

mod definition;
mod error;
mod nulls;
mod schema;

pub use definition::{Definition, Preset};
pub use error::MappingError;
pub use nulls::Nulls;
pub use schema::MetadataSchema;

/// A mapping, compiled: maps any number of lines, on any number of threads.
#[derive(Debug)]
pub struct Mapper {
    identifier: String,
    strict: bool,
}

/// What a run may choose besides the mapping itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// The external id type that becomes `source_id`.
    pub identifier: String,
    /// Metadata is held against this, if given.
    pub schema: Option<MetadataSchema>,
    /// Fields that are sent as null where a profile has no value.
    pub nulls: Nulls,
    /// Any finding rejects its profile.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { identifier: "user_id".to_owned(), schema: None, nulls: Nulls::default(), strict: false }
    }
}

/// What a person wrote into `corrected_value`: replaces the value of one field of one profile before any check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// A field as findings name it: `source_id`, `email`, `address.city`, `metadata.key`, …
    pub field: String,
    /// The new value, as text.
    pub value: String,
}

/// What became of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The field has the corrected value, and nothing is left to say about it.
    Helped,
    /// The corrected value has a finding that rejects the profile or drops the field, too.
    DidNotHelp,
    /// No customer has a field of that name.
    NoSuchField,
}

/// What became of a line; its customer and findings are in the buffers that were passed in.
#[derive(Debug, Default)]
pub struct Mapped<'a> {
    /// The profile's id, where the line has one.
    pub segment_id: Option<Cow<'a, str>>,
    /// The customer's id, where there is one, also of a rejected profile.
    pub source_id: Option<Cow<'a, str>>,
    /// The customer's email, for the rows of its findings.
    pub email: Option<Cow<'a, str>>,
    /// The customer's name, for the rows of its findings.
    pub name: Option<Cow<'a, str>>,
    /// Nothing was appended to the customer buffer.
    pub rejected: bool,
    /// One for each correction, in their order.
    pub corrections: Vec<Applied>,
}

impl Mapper {
    /// Compiles a mapping.
    ///
    /// # Errors
    /// A definition that contradicts the options.
    pub fn new(_definition: &Definition, options: Options) -> Result<Self, MappingError> {
        Ok(Self { identifier: options.identifier, strict: options.strict })
    }

    /// Maps one line, without its line break. Appends the customer's JSON to `customer`, unless it is rejected, and
    /// what was noticed to `findings`.
    pub fn map<'a>(
        &self,
        line: &'a [u8],
        _corrections: &[Correction],
        customer: &mut Vec<u8>,
        findings: &mut Vec<Finding<'a>>,
    ) -> Mapped<'a> {
        let profile: Value = serde_json::from_slice(line).unwrap_or_default();
        let Some(segment_id) = profile["segment_id"].as_str() else {
            findings.push(Finding::new(Reason::MalformedLine, "", "", "not a profile"));
            return Mapped { rejected: true, ..Mapped::default() };
        };
        let ids = profile["external_ids"].as_array().map_or(&[][..], Vec::as_slice);
        let source_id = ids.iter().find(|id| id["type"] == self.identifier.as_str()).and_then(|id| id["id"].as_str());
        let mut mapped = Mapped { segment_id: Some(segment_id.to_owned().into()), ..Mapped::default() };
        let Some(source_id) = source_id else {
            let message = format!("no external id of type `{}`", self.identifier);
            findings.push(Finding::new(Reason::MissingIdentifier, "source_id", "", message));
            return Mapped { rejected: true, ..mapped };
        };
        mapped.source_id = Some(source_id.to_owned().into());
        mapped.rejected = self.strict && !findings.is_empty();
        let mut body = json!({"source_id": source_id});
        for field in ["name", "description", "email", "phone", "metadata"] {
            if !profile["traits"][field].is_null() {
                body[field] = profile["traits"][field].clone();
            }
        }
        body["system_metadata"] = json!({"source": "segmentio"});
        customer.extend_from_slice(body.to_string().as_bytes());
        mapped
    }
}
