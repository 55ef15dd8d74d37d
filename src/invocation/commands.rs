//! The phases: one type a command, with a method for each option that a suggestion may have.

use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

use super::Invocation;

/// Gives a command what all of them share.
macro_rules! shown {
    ($($command:ident)*) => {$(
        impl From<$command> for Invocation {
            fn from(command: $command) -> Self {
                command.0
            }
        }

        impl fmt::Display for $command {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )*};
}

pub(super) use shown;

shown!(Export Transform Upload Verify);

impl Invocation {
    /// The same in another folder: the line goes there first.
    #[must_use]
    pub fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.within = Some(folder.into());
        self
    }
}

/// `export`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export(Invocation);

impl Default for Export {
    fn default() -> Self {
        Self(Invocation::new("export"))
    }
}

impl Export {
    /// Into a folder.
    #[must_use]
    pub fn into(folder: impl AsRef<Path>) -> Self {
        Self(Self::default().0.option_unless("export", "-o", folder.as_ref()))
    }

    /// From the workspaces of a region.
    #[must_use]
    pub fn region(self, region: &str) -> Self {
        Self(self.0.option("--region", region))
    }

    /// External ids of these types only.
    #[must_use]
    pub fn id_types(self, types: &[String]) -> Self {
        Self(self.0.option("--id-types", types.join(",")))
    }

    /// Traits only for profiles with an external id of one of these types.
    #[must_use]
    pub fn identified_only(self, types: &[String]) -> Self {
        Self(self.0.option("--identified-only", types.join(",")))
    }

    /// Profiles in a part.
    #[must_use]
    pub fn part_size(self, profiles: u64) -> Self {
        Self(self.0.option("--part-size", profiles.to_string()))
    }

    /// Where the list begins.
    #[must_use]
    pub fn from_cursor(self, cursor: &str) -> Self {
        Self(self.0.option("--from-cursor", cursor))
    }

    /// Most profiles, for a trial.
    #[must_use]
    pub fn max_profiles(self, profiles: u64) -> Self {
        Self(self.0.option("--max-profiles", profiles.to_string()))
    }

    /// From the tables of a warehouse; each table as `TABLE=NAME`.
    #[must_use]
    pub fn warehouse(self, schema: Option<&str>, tables: &[String], values: &str) -> Self {
        let mut command = self.0.flag("--warehouse");
        if let Some(schema) = schema {
            command = command.option("--schema", schema);
        }
        for table in tables {
            command = command.option("--table", table);
        }
        Self(command.option("--values", values))
    }

    /// A file of identifiers instead of the list.
    #[must_use]
    pub fn ids_from(self, file: impl AsRef<OsStr>) -> Self {
        Self(self.0.option("--ids-from", file))
    }

    /// How often to list again at the end.
    #[must_use]
    pub fn sweeps(self, sweeps: u64) -> Self {
        Self(self.0.option("--sweeps", sweeps.to_string()))
    }
}

/// `transform`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transform(Invocation);

impl Default for Transform {
    fn default() -> Self {
        Self(Invocation::new("transform"))
    }
}

impl Transform {
    /// From these inputs.
    #[must_use]
    pub fn of<P: AsRef<Path>>(inputs: impl IntoIterator<Item = P>) -> Self {
        Self(Self::default().0.places_unless("export", inputs))
    }

    /// Into a folder.
    #[must_use]
    pub fn output(self, folder: impl AsRef<Path>) -> Self {
        Self(self.0.option_unless("batches", "-o", folder.as_ref()))
    }

    /// External id type saved as `source_id`.
    #[must_use]
    pub fn identifier(self, kind: &str) -> Self {
        Self(self.0.option("--identifier", kind))
    }

    /// Which of several ids of that type.
    #[must_use]
    pub fn identifier_choice(self, which: &str) -> Self {
        Self(self.0.option("--identifier-choice", which))
    }

    /// What the texts of traits stand for.
    #[must_use]
    pub fn values(self, how: &str) -> Self {
        Self(self.0.option("--values", how))
    }

    /// A mapping file.
    #[must_use]
    pub fn mapping(self, file: impl AsRef<Path>) -> Self {
        Self(self.0.option("--mapping", file.as_ref()))
    }

    /// A mapping that comes with the program.
    #[must_use]
    pub fn preset(self, name: &str) -> Self {
        Self(self.0.option("--preset", name))
    }

    /// Prints the mapping, and does nothing else.
    #[must_use]
    pub fn print_mapping(self) -> Self {
        Self(self.0.flag("--print-mapping"))
    }

    /// A saved metadata schema.
    #[must_use]
    pub fn metadata_schema(self, file: impl AsRef<Path>) -> Self {
        Self(self.0.option("--metadata-schema", file.as_ref()))
    }

    /// A sheet of corrections; a later one has the last word.
    #[must_use]
    pub fn corrections(self, sheet: impl AsRef<Path>) -> Self {
        Self(self.0.option("--corrections", sheet.as_ref()))
    }

    /// Fields that are sent as null, as `clear=FIELD,…`.
    #[must_use]
    pub fn nulls(self, nulls: &str) -> Self {
        Self(self.0.option("--nulls", nulls))
    }

    /// Any finding rejects.
    #[must_use]
    pub fn strict(self) -> Self {
        Self(self.0.flag("--strict"))
    }

    /// Most bytes of JSON in a batch.
    #[must_use]
    pub fn batch_bytes(self, bytes: u64) -> Self {
        Self(self.0.option("--batch-bytes", bytes.to_string()))
    }

    /// Most customers in a batch.
    #[must_use]
    pub fn batch_customers(self, customers: u64) -> Self {
        Self(self.0.option("--batch-customers", customers.to_string()))
    }

    /// Only one partition of the profiles, as `I/N`.
    #[must_use]
    pub fn partition(self, partition: &str) -> Self {
        Self(self.0.option("--partition", partition))
    }

    /// For whom the tables are written.
    #[must_use]
    pub fn csv(self, dialect: &str) -> Self {
        Self(self.0.option("--csv", dialect))
    }
}

/// `upload`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload(Invocation);

impl Default for Upload {
    fn default() -> Self {
        Self(Invocation::new("upload"))
    }
}

impl Upload {
    /// Of a folder of batches.
    #[must_use]
    pub fn of(folder: impl AsRef<Path>) -> Self {
        Self(Self::default().0.places_unless("batches", [folder]))
    }

    /// To the projects of a region.
    #[must_use]
    pub fn region(self, region: &str) -> Self {
        Self(self.0.option("--region", region))
    }

    /// Only what differs from what the target last took.
    #[must_use]
    pub fn changed_only(self) -> Self {
        Self(self.0.flag("--changed-only"))
    }

    /// Only what was refused before.
    #[must_use]
    pub fn retry_refused(self) -> Self {
        Self(self.0.flag("--retry-refused"))
    }

    /// What is done, too.
    #[must_use]
    pub fn force(self) -> Self {
        Self(self.0.flag("--force"))
    }
}

/// `verify`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verify(Invocation);

impl Default for Verify {
    fn default() -> Self {
        Self(Invocation::new("verify"))
    }
}

impl Verify {
    /// Of a folder of batches.
    #[must_use]
    pub fn of(folder: impl AsRef<Path>) -> Self {
        Self(Self::default().0.places_unless("batches", [folder]))
    }
}
