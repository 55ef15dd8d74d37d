//! What made the batches: the options of that run, read back from its manifest and from the files that it names.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::Value;

use crate::{
    batches::manifest::CORRECTIONS,
    digest,
    failure::Failure,
    mapping::{Definition, Mapper, MetadataSchema, Nulls, Options, Preset, Uses},
    transform::corrections::Corrections,
};

/// Options of a run, by flag name, as a manifest of batches holds them.
pub type Recorded = BTreeMap<String, Value>;

/// What a user says instead of what is recorded.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The external id type that becomes `source_id`.
    pub identifier: Option<String>,
    /// A mapping file.
    pub mapping: Option<PathBuf>,
    /// The folder of the batches.
    pub batches: PathBuf,
}

/// The run, as far as it can be repeated.
#[derive(Debug)]
pub struct Run {
    /// The mapping, with identifier, schema, nulls and strictness.
    pub mapper: Mapper,
    /// What the mapping takes of a profile.
    pub uses: Uses,
    /// The external id type that becomes `source_id`.
    pub identifier: String,
    /// The corrections.
    pub corrections: Corrections,
    /// What is not as it was then; what is traced may differ from what was sent.
    pub doubts: Vec<String>,
}

impl Run {
    /// Repeats a run; without one, what the defaults would do.
    ///
    /// # Errors
    /// A file that the user names and that is no mapping.
    pub fn of(recorded: &Recorded, chosen: Chosen) -> Result<Self, Failure> {
        let mut doubts = Vec::new();
        let text = |name: &str| recorded.get(name).and_then(Value::as_str).map(str::to_owned);
        let definition = match chosen.mapping {
            Some(path) => mapping_file(&path.display().to_string(), &path)?,
            None => mapping_of(recorded.get("mapping"), &mut doubts)?,
        };
        let schema = same_file(recorded.get("metadata-schema"), "metadata schema", &mut doubts)
            .and_then(|path| MetadataSchema::parse(&fs::read_to_string(path).ok()?).ok());
        let sheet = chosen.batches.join(CORRECTIONS);
        let corrections = match (recorded.get("corrections"), sheet.exists()) {
            (None, _) => Corrections::default(),
            (Some(_), true) => Corrections::read(&[sheet])?,
            (Some(_), false) => {
                doubts.push(format!("`{}` is not here; corrections are left out of what is traced", sheet.display()));
                Corrections::default()
            }
        };
        let defaults = Options::default();
        let options = Options {
            identifier: chosen.identifier.or_else(|| text("identifier")).unwrap_or(defaults.identifier),
            schema,
            nulls: text("nulls").and_then(|nulls| nulls.parse::<Nulls>().ok()).unwrap_or_default(),
            strict: recorded.get("strict") == Some(&Value::Bool(true)),
        };
        let uses = definition.uses().within(options.schema.as_ref());
        let identifier = options.identifier.clone();
        Ok(Self { mapper: Mapper::new(&definition, options)?, uses, identifier, corrections, doubts })
    }
}

fn mapping_of(recorded: Option<&Value>, doubts: &mut Vec<String>) -> Result<Definition, Failure> {
    let name = recorded.and_then(|mapping| mapping["name"].as_str()).unwrap_or_default();
    if let Some(preset) = Preset::ALL.iter().find(|preset| preset.as_str() == name) {
        return Definition::preset(*preset).map_err(Failure::from);
    }
    match same_file(recorded, "mapping file", doubts) {
        Some(path) => mapping_file(name, &path),
        None => Definition::preset(Preset::default()).map_err(Failure::from),
    }
}

fn mapping_file(name: &str, path: &std::path::Path) -> Result<Definition, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the mapping file `{name}`")).because(error))?;
    Definition::parse(&text, name).map_err(Failure::from)
}

/// The file that a run read, if it is still the same.
fn same_file(recorded: Option<&Value>, what: &str, doubts: &mut Vec<String>) -> Option<PathBuf> {
    let (recorded, name) = (recorded?, recorded?["name"].as_str().unwrap_or_default());
    let problem = match fs::read(name) {
        Ok(bytes) if recorded["sha256"] == digest::sha256(&bytes) => return Some(name.into()),
        Ok(_) => "has changed since the batches were made",
        Err(_) => "that the batches were made with is not here",
    };
    doubts.push(format!("the {what} `{name}` {problem}; it is left out of what is traced"));
    None
}
