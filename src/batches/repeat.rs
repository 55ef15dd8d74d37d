//! The transform that made a folder of batches, once more: as its manifest remembers it, with the inputs and the options
//! that are not the default.

use std::path::Path;

use clap::ValueEnum;

use super::{
    manifest::{BatchesManifest, CORRECTIONS, Table},
    settings::Settings,
};
use crate::{invocation::Transform, mapping::Preset};

impl BatchesManifest {
    /// The transform into `folder`; the table of corrections stands for all sheets. Where the inputs were not noted, as by
    /// version 0.1.0, it is of the usual archive.
    #[must_use]
    pub fn repeat(&self, folder: &Path) -> Transform {
        let (options, usual) = (&self.options, Settings::default());
        let transform = match self.given.as_slice() {
            [] => Transform::default(),
            given => Transform::of(given.iter().map(|given| &given.input)),
        };
        let mut transform = transform.output(folder);
        if options.batch_bytes != usual.batch_bytes {
            transform = transform.batch_bytes(options.batch_bytes as u64);
        }
        if let Some(customers) = options.batch_customers {
            transform = transform.batch_customers(customers);
        }
        if !options.corrections.is_empty() {
            transform = transform.corrections(folder.join(CORRECTIONS));
        }
        if let Some(dialect) = options.csv.to_possible_value().filter(|_| options.csv != usual.csv) {
            transform = transform.csv(dialect.get_name());
        }
        if options.identifier != usual.identifier {
            transform = transform.identifier(&options.identifier);
        }
        if !options.identifier_choice.is_first() {
            transform = transform.identifier_choice(options.identifier_choice.as_str());
        }
        if let Some(share) = &options.partition {
            transform = transform.partition(share);
        }
        if let Some(values) = options.values {
            transform = transform.values(values.as_str());
        }
        transform = match options.preset() {
            None => transform.mapping(&options.mapping.name),
            Some(preset) if preset == Preset::default() => transform,
            Some(preset) => transform.preset(preset.as_str()),
        };
        if let Some(schema) = &options.metadata_schema {
            transform = transform.metadata_schema(&schema.name);
        }
        if let Some(nulls) = &options.nulls {
            transform = transform.nulls(nulls);
        }
        if options.strict {
            transform = transform.strict();
        }
        if options.tables == usual.tables { transform } else { transform.tables(options.tables.as_str()) }
    }

    /// The same with what people wrote into the table of rejects.
    #[must_use]
    pub fn repeat_with_rejects(&self, folder: &Path) -> Transform {
        self.repeat_with(folder, self.to_fill_in())
    }

    /// The same with what people wrote into that table of the folder.
    #[must_use]
    pub fn repeat_with(&self, folder: &Path, table: &Table) -> Transform {
        self.repeat(folder).corrections(folder.join(&table.file))
    }
}
