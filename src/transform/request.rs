//! What a transform is asked for, checked once: files are read, texts parsed, and what does not go together is refused.

use std::path::{Path, PathBuf};

use super::{TransformOptions, corrections::Corrections};
use crate::{
    archive::{
        manifest::ArchiveManifest,
        reader,
        reader::{LineSource, Remarks},
        share::Partition,
        trait_texts::TextsAre,
    },
    batches::{
        manifest::Given,
        settings::{NamedFile, Settings},
    },
    digest,
    failure::Failure,
    interrupt::Interrupt,
    invocation::Schema,
    mapping::{self, Definition, IdentifierChoice, Mapper, MetadataSchema, Nulls, Preset},
    tables::{Dialect, Form},
    text_file::{self, TextFile},
};

/// The options of a transform as they were typed.
#[derive(Debug, Default)]
pub struct Request {
    /// The external id type that becomes `source_id`.
    pub identifier: String,
    /// Which of several ids of that type.
    pub identifier_choice: IdentifierChoice,
    /// A mapping file instead of the preset.
    pub mapping: Option<PathBuf>,
    /// The mapping that comes with the program.
    pub preset: Preset,
    /// A saved metadata schema.
    pub metadata_schema: Option<PathBuf>,
    /// Sheets of corrections; a later one has the last word.
    pub corrections: Vec<PathBuf>,
    /// Fields to send as null, `clear=FIELD,…`, or nothing.
    pub nulls: String,
    /// Any finding rejects its profile.
    pub strict: bool,
    /// Most bytes of JSON in a batch.
    pub batch_bytes: usize,
    /// Most customers in a batch.
    pub batch_customers: Option<u64>,
    /// Where profiles that a rule skips are listed, if at all.
    pub skipped: Option<PathBuf>,
    /// Dialect of the tables.
    pub csv: Dialect,
    /// Whether there are workbooks beside them.
    pub tables: Form,
    /// How many threads map; 0 for one on each core.
    pub threads: usize,
    /// The share of the profiles that is taken.
    pub partition: Option<Partition>,
    /// What the texts of traits stand for; none decides by the first of them.
    pub values: Option<TextsAre>,
}

/// What there is to read, and what is odd about it.
#[derive(Debug, Default)]
pub struct Inputs {
    /// Files, parts and streams, in input order.
    pub sources: Vec<LineSource>,
    /// The inputs as they were typed.
    pub given: Vec<Given>,
    /// What is odd about them.
    pub remarks: Remarks,
}

impl Inputs {
    /// Finds what there is to read.
    ///
    /// # Errors
    /// An input that is not there, or is none.
    pub fn find(typed: &[PathBuf]) -> Result<Self, Failure> {
        let reader::Found { sources, remarks } = reader::found(typed)?;
        let given = typed.iter().map(|input| {
            let archive = if input.is_dir() { ArchiveManifest::read(input)? } else { None };
            let parts_sha256 = archive.as_ref().map(ArchiveManifest::parts_sha256);
            Ok(Given { input: input.display().to_string(), parts_sha256 })
        });
        Ok(Self { given: given.collect::<Result<_, Failure>>()?, sources, remarks })
    }
}

impl Request {
    /// The same, checked.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or options that exclude each other.
    pub fn options(&self) -> Result<TransformOptions, Failure> {
        let preset = |text: &str| TextFile { text: text.to_owned(), sha256: digest::sha256(text.as_bytes()) };
        let (name, TextFile { text, sha256 }) = match &self.mapping {
            Some(path) => (recorded_name(path), read_mapping(path)?),
            None => (self.preset.as_str().to_owned(), preset(self.preset.text())),
        };
        let schema = self.metadata_schema.as_deref().map(read_schema).transpose()?;
        let corrections = Corrections::read(&self.corrections)?;
        let nulls = if self.nulls.is_empty() { Ok(Nulls::default()) } else { self.nulls.parse() };
        let definition = Definition::parse(&text, &name)?;
        if let Some(partition) = self.partition {
            self.keeps_apart(partition, &definition, &corrections)?;
        }
        let mapping_options = mapping::MappingOptions {
            identifier: self.identifier.clone(),
            identifier_choice: self.identifier_choice,
            schema: schema.as_ref().map(|(_, schema)| schema.clone()),
            nulls: nulls?,
            strict: self.strict,
        };
        let named = |path: &Path, sha256: String| NamedFile { name: path.display().to_string(), sha256 };
        let sheet = |(name, sha256): (&str, &str)| NamedFile { name: name.into(), sha256: sha256.into() };
        let schema = self.metadata_schema.as_deref().zip(schema);
        let settings = Settings {
            batch_bytes: self.batch_bytes,
            batch_customers: self.batch_customers,
            corrections: corrections.sheets().map(sheet).collect(),
            csv: self.csv,
            identifier: self.identifier.clone(),
            identifier_choice: self.identifier_choice,
            mapping: NamedFile { name, sha256 },
            metadata_schema: schema.map(|(path, (sha256, _))| named(path, sha256)),
            nulls: Some(self.nulls.clone()).filter(|nulls| !nulls.is_empty()),
            partition: self.partition.map(|partition| partition.to_string()),
            strict: self.strict,
            tables: self.tables,
            values: self.values,
        };
        Ok(TransformOptions {
            settings,
            mapper: Mapper::new(&definition, mapping_options)?,
            corrections,
            skipped: self.skipped.clone(),
            dialect: self.csv,
            threads: self.threads,
            interrupt: Interrupt::never(),
            partition: self.partition,
        })
    }

    /// Whoever claims one `source_id` has to lie in one partition.
    fn keeps_apart(
        &self,
        partition: Partition,
        definition: &Definition,
        corrections: &Corrections,
    ) -> Result<(), Failure> {
        let option = format!("`--partition {partition}`");
        let refused = |what: &str, instead: &str| {
            Err(Failure::usage(format!("{option} goes by the first `{}`, and {what}", self.identifier)).hint(instead))
        };
        if !definition.source_id_is_the(&self.identifier) {
            return refused(
                "this mapping makes `source_id` of something else",
                "without `--partition` duplicates are found whatever the mapping",
            );
        }
        if !self.identifier_choice.is_first() {
            return refused(
                "`--identifier-choice` takes another",
                "without `--partition` duplicates are found whatever the choice",
            );
        }
        if corrections.touch("source_id") {
            return refused(
                "a correction changes a `source_id`",
                "apply that correction in a transform of all profiles, or in Segment",
            );
        }
        Ok(())
    }
}

/// A mapping file is never recorded by a name that is a preset's.
fn recorded_name(path: &Path) -> String {
    let name = path.display().to_string();
    if Preset::ALL.iter().any(|preset| preset.as_str() == name) { format!("./{name}") } else { name }
}

fn read_mapping(path: &Path) -> Result<TextFile, Failure> {
    text_file::read(path).map_err(|error| {
        Failure::usage(format!("cannot read the mapping file `{}`", path.display()))
            .because(error)
            .hint("`transform --print-mapping > mapping.toml` writes one to start from")
    })
}

/// A saved schema, and the hash of its file.
fn read_schema(path: &Path) -> Result<(String, MetadataSchema), Failure> {
    let wrong = || Failure::usage(format!("cannot use the metadata schema `{}`", path.display()));
    let file = text_file::read(path)
        .map_err(|error| wrong().because(error).command("this saves the project's own:", Schema::default()))?;
    let schema = MetadataSchema::parse(&file.text)
        .map_err(|error| wrong().because(error).command("this saves the project's own:", Schema::default()))?;
    let file_name = path.display();
    match schema.contents() {
        None => {
            tracing::warn!("`{file_name}` holds no schema for customers: their metadata is not held against anything");
        }
        Some(contents) if !contents.unknown.is_empty() => tracing::warn!(
            "`{file_name}` has types that this version does not know: values of {} are held against nothing",
            contents.unknown.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
        ),
        Some(_) => {}
    }
    Ok((file.sha256, schema))
}
