//! One profile becomes one customer and its findings. Pure: no file, no socket, no clock.

use std::borrow::Cow;

use self::{
    compiled::{Compiled, EXTERNAL_IDS, SEGMENT_ID, TRAITS, Texts},
    definition::Metadata,
    fields::{check_email, trimmed, whole_text},
    found::{Found, Members},
    sendable::Chosen,
};
use crate::{
    customer::{Field, ObjectWriter},
    findings::{Finding, Reason, Severity},
};

pub mod birthdate;
mod change;
mod compiled;
mod course;
mod definition;
mod error;
mod extract;
mod fields;
mod found;
pub mod identifier;
mod ids;
mod metadata;
mod nulls;
mod numbers;
mod program;
mod reshape;
mod schema;
mod sendable;
mod shapes;
mod unmapped;
mod uses;

pub use definition::{Definition, Preset};
pub use error::MappingError;
pub use found::Learnt;
pub use nulls::Nulls;
pub use program::IdentifierChoice;
pub use schema::{Contents as SchemaContents, MetadataSchema, UndefinedKeys};
pub use unmapped::{Counted, Unmapped};
pub use uses::{Use, Uses};

/// A mapping, compiled: maps any number of lines, on any number of threads.
#[derive(Debug)]
pub struct Mapper {
    compiled: Compiled,
    metadata: Metadata,
    /// As it is sent; empty where there is none.
    system_metadata: Vec<u8>,
    options: MappingOptions,
    uses: Uses,
}

/// What a run may choose besides the mapping itself.
#[derive(Debug, Clone)]
pub struct MappingOptions {
    /// The external id type that becomes `source_id`.
    pub identifier: String,
    /// Which of several ids of that type.
    pub identifier_choice: IdentifierChoice,
    /// Metadata is held against this, if given.
    pub schema: Option<MetadataSchema>,
    /// Fields that are sent as null where a profile has no value.
    pub nulls: Nulls,
    /// Any finding rejects its profile.
    pub strict: bool,
}

impl Default for MappingOptions {
    fn default() -> Self {
        Self {
            identifier: "user_id".to_owned(),
            identifier_choice: IdentifierChoice::default(),
            schema: None,
            nulls: Nulls::default(),
            strict: false,
        }
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

/// Room for what is found on a line, used again for the next: one for lines that lie together.
#[derive(Debug, Default)]
pub struct Workspace<'a> {
    found: Found<'a>,
    /// Members that may become metadata.
    members: Members<'a>,
    /// Members that do.
    chosen: Chosen<'a>,
    /// The metadata as it is sent.
    metadata: Vec<u8>,
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
    /// The rule that skipped the profile, counted from 1: it is in no batch, and nothing is said of it.
    pub skipped_by: Option<usize>,
}

impl Workspace<'_> {
    /// Begins with what was learnt on other lines by the same mapping.
    #[must_use]
    pub fn with(learnt: Learnt) -> Self {
        let mut workspace = Self::default();
        workspace.found.learnt = learnt;
        workspace
    }

    /// Traits that no path of the mapping leads to, as far as they were counted on the lines that were mapped with this; and
    /// what was learnt on them.
    #[must_use]
    pub fn finish(self) -> (Counted, Learnt) {
        let mut learnt = self.found.learnt;
        (learnt.unmapped(), learnt)
    }
}

impl Mapper {
    /// Compiles a mapping.
    ///
    /// # Errors
    /// A definition that contradicts the options.
    pub fn new(definition: &Definition, options: MappingOptions) -> Result<Self, MappingError> {
        if options.identifier.trim().is_empty() {
            return Err(MappingError::new("the identifier is empty: it names an external id type, such as `user_id`"));
        }
        let mut system_metadata = Vec::new();
        if !definition.system_metadata.is_empty() {
            let mut writer = ObjectWriter::begin(&mut system_metadata);
            for (key, value) in &definition.system_metadata {
                writer.text(key, value);
            }
            writer.end();
        }
        Ok(Self {
            compiled: Compiled::new(definition, &options),
            metadata: definition.metadata.clone(),
            system_metadata,
            uses: definition.uses().within(options.schema.as_ref()),
            options,
        })
    }

    /// What it takes of a profile, held against the metadata schema, too.
    #[must_use]
    pub fn uses(&self) -> &Uses {
        &self.uses
    }

    /// Whether [`Self::known_by`] gives the email, too: a mapping that takes none of its traits passes over it.
    #[must_use]
    pub fn sees_emails(&self) -> bool {
        self.compiled.email.is_some()
    }

    /// By what the profile on the line that was mapped last is known, whatever the mapping: JSON of its id, its external ids
    /// and its email.
    pub fn known_by<'w, 'a>(&self, workspace: &'w Workspace<'a>) -> impl Iterator<Item = &'a str> + use<'w, 'a> {
        let Found { values, ids, .. } = &workspace.found;
        let value = |slot: usize| values.get(slot)?.map(|value| value.json);
        let email = self.compiled.email.and_then(value).filter(|email| !ids.contains(email));
        ids.iter().copied().chain(value(SEGMENT_ID)).chain(email)
    }

    /// Maps one line, without its line break. Appends the customer's JSON to `customer`, unless it is rejected, and
    /// what was noticed to `findings`. `corrections` gives those of a profile, by its `segment_id`; an empty one where
    /// the line has none.
    pub fn map<'a, 'c>(
        &self,
        line: &'a [u8],
        corrections: impl FnOnce(&str) -> &'c [Correction],
        workspace: &mut Workspace<'a>,
        customer: &mut Vec<u8>,
        findings: &mut Vec<Finding<'a>>,
    ) -> Mapped<'a> {
        let before = findings.len();
        match self.parse(line, &mut workspace.found, findings) {
            Ok(segment_id) => {
                findings.extend(shapes::of_traits(workspace.found.values[TRAITS].map(|traits| traits.json)));
                let corrections = corrections(&segment_id);
                self.map_profile(segment_id, workspace, corrections, customer, (findings, before))
            }
            Err(message) => {
                let value: String = String::from_utf8_lossy(&line[..line.len().min(800)]).chars().take(200).collect();
                findings.push(Finding::new(Reason::MalformedLine, "", value, message));
                let corrections = corrections("").iter().map(|_| Applied::DidNotHelp).collect();
                Mapped { rejected: true, corrections, ..Mapped::default() }
            }
        }
    }

    /// A line must be a JSON object that names its profile.
    fn parse<'a>(
        &self,
        line: &'a [u8],
        found: &mut Found<'a>,
        findings: &mut Vec<Finding<'a>>,
    ) -> Result<Cow<'a, str>, String> {
        let line = simdutf8::basic::from_utf8(line).or_else(|_| {
            let utf8 = simdutf8::compat::from_utf8(line);
            utf8.map_err(|error| format!("the line is not UTF-8: {error}"))
        })?;
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        self.compiled.tree.find(line, self.compiled.slots, found).map_err(|_| {
            let what = if line.trim_start().starts_with('{') { "is not JSON" } else { "is no JSON object" };
            format!("the line {what}: {}", extract::objection(line))
        })?;
        let segment_id = found.values[SEGMENT_ID];
        let segment_id = segment_id.and_then(|id| whole_text(id, || "segment_id".into(), findings));
        match segment_id.and_then(trimmed) {
            Some(segment_id) => Ok(segment_id),
            None if found.values[SEGMENT_ID].is_some() => Err("`segment_id` is no text, or a blank one".into()),
            None => Err("the line has no `segment_id`".into()),
        }
    }

    fn map_profile<'a>(
        &self,
        segment_id: Cow<'a, str>,
        workspace: &mut Workspace<'a>,
        corrections: &[Correction],
        output: &mut Vec<u8>,
        (findings, before): (&mut Vec<Finding<'a>>, usize),
    ) -> Mapped<'a> {
        let skipped_by = self.compiled.skipped_by(&workspace.found);
        let corrected = |field: &str| {
            corrections.iter().find(|correction| correction.field == field).map(|correction| correction.value.clone())
        };
        let mut texts = self.compiled.texts(&workspace.found, corrected, findings);
        if skipped_by.is_some() {
            // Whoever is not meant to come over has nothing to be corrected.
            findings.truncate(before);
            return Mapped {
                segment_id: Some(segment_id),
                source_id: texts[Field::SourceId as usize].take(),
                email: texts[Field::Email as usize].take(),
                name: texts[Field::Name as usize].take(),
                rejected: true,
                corrections: corrections.iter().map(|_| Applied::DidNotHelp).collect(),
                skipped_by,
            };
        }
        self.check_identity(texts[Field::SourceId as usize].as_ref(), &workspace.found, findings);
        check_email(texts[Field::Email as usize].as_ref(), findings);
        let start = output.len();
        if let Some(metadata) = self.metadata_as_it_stands(&workspace.found, corrections) {
            self.write(&texts, metadata.as_bytes(), output);
        } else {
            let rules = (&self.metadata, self.options.schema.as_ref());
            metadata::make(rules, &self.compiled, corrections, workspace, findings);
            self.write(&texts, &workspace.metadata, output);
        }
        let noticed = &mut findings[before..];
        if self.options.strict {
            for finding in noticed.iter_mut() {
                finding.severity = Severity::Rejected;
            }
        }
        let rejected = noticed.iter().any(|finding| finding.severity == Severity::Rejected);
        if rejected {
            output.truncate(start);
        }
        let corrections = corrections.iter().map(|correction| applied(correction, noticed)).collect();
        let mut take = |field: Field| texts[field as usize].take();
        Mapped {
            segment_id: Some(segment_id),
            source_id: take(Field::SourceId),
            email: take(Field::Email),
            name: take(Field::Name),
            rejected,
            corrections,
            skipped_by: None,
        }
    }

    fn metadata_as_it_stands<'a>(&self, found: &Found<'a>, corrections: &[Correction]) -> Option<&'a str> {
        let nothing_else = self.options.schema.is_none() && corrections.is_empty() && found.mended.is_empty();
        let nothing_else = nothing_else && found.repeated.is_empty();
        if nothing_else { metadata::as_it_stands(&self.compiled, found) } else { None }
    }

    fn check_identity<'a>(&self, source_id: Option<&Cow<'a, str>>, found: &Found<'a>, findings: &mut Vec<Finding<'a>>) {
        match source_id {
            None => {
                let shape = found.values[EXTERNAL_IDS].and_then(|ids| shapes::of_external_ids(ids.json));
                let shape = shape.map(|shape| format!("; {shape}")).unwrap_or_default();
                let message = format!("no external id of type `{}`{shape}", self.options.identifier);
                findings.push(Finding::new(Reason::MissingIdentifier, "source_id", "", message));
            }
            Some(value) => {
                if let Some(message) = identifier::objection(value) {
                    findings.push(Finding::new(Reason::BlockedIdentifier, "source_id", value.clone(), message));
                } else if let Some(character) = identifier::invisible(value) {
                    let message = format!(
                        "the id holds a character that nobody sees, U+{:04X}, and is another one than it looks like",
                        u32::from(character)
                    );
                    findings.push(Finding::new(Reason::InvisibleCharacters, "source_id", value.clone(), message));
                }
            }
        }
    }

    /// Writes a customer: members in one order, none without a value unless it is to be cleared.
    fn write(&self, texts: &Texts<'_>, metadata: &[u8], output: &mut Vec<u8>) {
        let nulls = &self.options.nulls;
        let member = |writer: &mut ObjectWriter<'_>, field: Field| match &texts[field as usize] {
            // What is part of the line stood there without escapes.
            Some(Cow::Borrowed(text)) => writer.plain(field, text),
            Some(Cow::Owned(text)) => writer.text(field.key(), text),
            None if nulls.clears(field) => writer.json(field.key(), b"null"),
            None => {}
        };
        let mut writer = ObjectWriter::begin(output);
        let (top, address) = Field::ALL.split_at(Field::City as usize);
        for field in top {
            member(&mut writer, *field);
        }
        if address.iter().any(|field| texts[*field as usize].is_some() || nulls.clears(*field)) {
            let mut inner = writer.object("address");
            for field in address {
                member(&mut inner, *field);
            }
            inner.end();
        } else if nulls.clears_address() {
            writer.json("address", b"null");
        }
        if !metadata.is_empty() {
            writer.json("metadata", metadata);
        } else if nulls.clears_metadata() {
            writer.json("metadata", b"null");
        }
        if !self.system_metadata.is_empty() {
            writer.json("system_metadata", &self.system_metadata);
        }
        writer.end();
    }
}

/// What became of a correction, by what is still to be said about its field.
fn applied(correction: &Correction, findings: &[Finding<'_>]) -> Applied {
    let field = correction.field.as_str();
    if Field::of(field).is_none() && !field.starts_with("metadata.") {
        return Applied::NoSuchField;
    }
    let bad = |finding: &Finding<'_>| {
        finding.field == field && matches!(finding.severity, Severity::Rejected | Severity::Dropped)
    };
    if findings.iter().any(bad) { Applied::DidNotHelp } else { Applied::Helped }
}

#[cfg(test)]
mod tests;
