//! What made the batches: the options of that run, read back from its manifest and from the files that it names.

use std::path::PathBuf;

use crate::{
    archive::trait_texts::TextsAre,
    batches::{
        manifest::CORRECTIONS,
        settings::{NamedFile, Settings},
    },
    failure::Failure,
    manifest::names,
    mapping::{Definition, Mapper, MappingOptions, MetadataSchema, Nulls, Preset},
    text_file::{self, TextFile},
    transform::corrections::Corrections,
};

/// What a user says instead of what is recorded.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The external id type that becomes `source_id`.
    pub identifier: Option<String>,
    /// A mapping file instead of the recorded one.
    pub mapping: Option<PathBuf>,
    /// The folder of the batches.
    pub batches: PathBuf,
}

/// The run, as far as it can be repeated.
#[derive(Debug)]
pub struct Run {
    /// The mapping, with identifier, schema, nulls and strictness.
    pub mapper: Mapper,
    /// The external id type that becomes `source_id`.
    pub identifier: String,
    /// The corrections that were applied.
    pub corrections: Corrections,
    /// What the texts of traits stood for.
    pub texts: TextsAre,
    /// Whether it is that run, with nothing that the user says instead and nothing that has changed since.
    pub is_recorded: bool,
    /// What is not as it was then; what is traced may differ from what was sent.
    pub doubts: Vec<String>,
}

impl Run {
    /// Repeats a run; without one, what the defaults would do.
    ///
    /// # Errors
    /// A file that the user names and that is no mapping.
    pub fn of(recorded: &Settings, chosen: Chosen) -> Result<Self, Failure> {
        let mut doubts = Vec::new();
        let nothing_chosen = chosen.identifier.is_none() && chosen.mapping.is_none();
        let definition = match chosen.mapping {
            Some(path) => {
                let name = path.display().to_string();
                let file = text_file::read(&path)
                    .map_err(|error| Failure::usage(format!("cannot read the mapping file `{name}`")).because(error))?;
                Definition::parse(&file.text, &name)?
            }
            None => mapping_of(recorded, &mut doubts)?,
        };
        let schema = recorded.metadata_schema.as_ref();
        let schema = schema.and_then(|schema| same_file(schema, "metadata schema", &mut doubts));
        let schema = schema.and_then(|file| MetadataSchema::parse(&file.text).ok());
        let sheet = chosen.batches.join(CORRECTIONS);
        let corrections = match (recorded.corrections.is_empty(), sheet.exists()) {
            (true, _) => Corrections::default(),
            (false, true) => Corrections::read(&[sheet])?,
            (false, false) => {
                doubts.push(format!("`{}` is not here; corrections are left out of what is traced", sheet.display()));
                Corrections::default()
            }
        };
        let options = MappingOptions {
            identifier: chosen.identifier.unwrap_or_else(|| recorded.identifier.clone()),
            identifier_choice: recorded.identifier_choice,
            schema,
            nulls: recorded.nulls.as_ref().and_then(|nulls| nulls.parse::<Nulls>().ok()).unwrap_or_default(),
            strict: recorded.strict,
        };
        let identifier = options.identifier.clone();
        let (mapper, texts) = (Mapper::new(&definition, options)?, recorded.values.unwrap_or_default());
        let is_recorded = nothing_chosen && doubts.is_empty();
        Ok(Self { mapper, identifier, corrections, texts, is_recorded, doubts })
    }
}

fn mapping_of(recorded: &Settings, doubts: &mut Vec<String>) -> Result<Definition, Failure> {
    if let Some(preset) = recorded.preset() {
        return Definition::preset(preset).map_err(Failure::from);
    }
    match same_file(&recorded.mapping, "mapping file", doubts) {
        Some(file) => Definition::parse(&file.text, &recorded.mapping.name).map_err(Failure::from),
        None => Definition::preset(Preset::default()).map_err(Failure::from),
    }
}

/// The file that a run read, if it is still the same.
fn same_file(recorded: &NamedFile, what: &str, doubts: &mut Vec<String>) -> Option<TextFile> {
    let name = &recorded.name;
    let problem = match names::read_recorded(name) {
        Ok(bytes) => match text_file::from_bytes(&bytes) {
            Ok(file) if recorded.sha256 == file.sha256 => return Some(file),
            _ => "has changed since the batches were made",
        },
        Err(_) => "that the batches were made with is not here",
    };
    doubts.push(format!("the {what} `{name}` {problem}; it is left out of what is traced"));
    None
}
