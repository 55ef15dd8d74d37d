//! The phases, and what goes with them: one type a command, with a method for each option that a suggestion may have.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::Invocation;

/// A command with its name, and what all commands share.
macro_rules! command {
    ($(#[$doc:meta])* $Command:ident $name:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Command(Invocation);

        impl $Command {
            fn new() -> Self {
                Self(Invocation::new($name))
            }
        }

        impl From<$Command> for Invocation {
            fn from(command: $Command) -> Self {
                command.0
            }
        }

        impl fmt::Display for $Command {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

/// The same for a command that can be typed without anything behind it.
macro_rules! command_alone {
    ($(#[$doc:meta])* $Command:ident $name:literal) => {
        command!($(#[$doc])* $Command $name);

        impl Default for $Command {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

/// The methods of a command that add an option: a flag, or one with a number, a text, a path or perhaps a text behind it.
macro_rules! options {
    ($Command:ident: $($(#[$doc:meta])* $method:ident $kind:ident $option:literal),* $(,)?) => {
        impl $Command {
            $(options!(@ $(#[$doc])* $method $kind $option);)*
        }
    };
    (@ $(#[$doc:meta])* $method:ident flag $option:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $method(self) -> Self {
            Self(self.0.flag($option))
        }
    };
    (@ $(#[$doc:meta])* $method:ident number $option:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $method(self, number: u64) -> Self {
            Self(self.0.option($option, number.to_string()))
        }
    };
    (@ $(#[$doc:meta])* $method:ident text $option:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $method(self, text: &str) -> Self {
            Self(self.0.option($option, text))
        }
    };
    (@ $(#[$doc:meta])* $method:ident maybe $option:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $method(self, text: Option<&str>) -> Self {
            match text {
                Some(text) => Self(self.0.option($option, text)),
                None => self,
            }
        }
    };
    (@ $(#[$doc:meta])* $method:ident path $option:literal) => {
        $(#[$doc])*
        #[must_use]
        pub fn $method(self, path: impl AsRef<Path>) -> Self {
            Self(self.0.option($option, path.as_ref()))
        }
    };
}

pub(super) use {command, command_alone, options};

impl Invocation {
    /// The same in another folder: the line goes there first.
    #[must_use]
    pub fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.within = Some(folder.into());
        self
    }
}

command_alone!(
    /// `export`, with what binds its archive.
    Export "export"
);

options!(Export:
    /// From the workspaces of a region; of none: the usual one.
    region maybe "--region",
    /// Profiles in a part.
    part_size number "--part-size",
    /// Where the list begins.
    from_cursor text "--from-cursor",
    /// Most profiles, for a trial.
    max_profiles number "--max-profiles",
    /// A file of identifiers instead of the list.
    ids_from path "--ids-from",
    /// How often to list again at the end.
    sweeps number "--sweeps",
);

impl Export {
    /// An export into this folder.
    #[must_use]
    pub fn into(folder: impl AsRef<Path>) -> Self {
        Self(Self::new().0.option_unless("export", "-o", folder.as_ref()))
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
}

command_alone!(
    /// `transform`, with the options that make its batches what they are.
    Transform "transform"
);

options!(Transform:
    /// External id type saved as `source_id`.
    identifier text "--identifier",
    /// Which of several ids of that type.
    identifier_choice text "--identifier-choice",
    /// A mapping file.
    mapping path "--mapping",
    /// A mapping that comes with the program.
    preset text "--preset",
    /// Prints the mapping, and does nothing else.
    print_mapping flag "--print-mapping",
    /// A saved metadata schema.
    metadata_schema path "--metadata-schema",
    /// A sheet of corrections; a later one has the last word.
    corrections path "--corrections",
    /// Fields that are sent as null, as `clear=FIELD,…`.
    nulls text "--nulls",
    /// Any finding rejects.
    strict flag "--strict",
    /// Most bytes of JSON in a batch.
    batch_bytes number "--batch-bytes",
    /// Most customers in a batch.
    batch_customers number "--batch-customers",
    /// Only one partition of the profiles, as `I/N`.
    partition text "--partition",
    /// What the texts in `trait_texts` stand for.
    values text "--values",
    /// For whom the tables are written.
    csv text "--csv",
    /// In which forms the tables are written.
    tables text "--tables",
);

impl Transform {
    /// A transform of these inputs.
    #[must_use]
    pub fn of<P: AsRef<Path>>(inputs: impl IntoIterator<Item = P>) -> Self {
        Self(Self::new().0.places_unless("export", inputs))
    }

    /// Writes into this folder.
    #[must_use]
    pub fn output(self, folder: impl AsRef<Path>) -> Self {
        Self(self.0.option_unless("batches", "-o", folder.as_ref()))
    }
}

command_alone!(
    /// `upload`, to all or to some customers of its batches.
    Upload "upload"
);

options!(Upload:
    /// To the projects of a region; of none: the usual one.
    region maybe "--region",
    /// Only what differs from what the target last took.
    changed_only flag "--changed-only",
    /// Only what was refused before.
    retry_refused flag "--retry-refused",
    /// With an image of what is there before.
    keep_before flag "--keep-before",
    /// What is done, too.
    force flag "--force",
);

impl Upload {
    /// Of a folder of batches.
    #[must_use]
    pub fn of(folder: impl AsRef<Path>) -> Self {
        Self(Self::new().0.places_unless("batches", [folder]))
    }
}

command_alone!(
    /// `verify`, of what was sent from a folder of batches.
    Verify "verify"
);

options!(Verify:
    /// What projects of a region hold; of none: the usual one.
    region maybe "--region",
    /// Against the before-image of this number.
    before number "--before",
);

impl Verify {
    /// Of a folder of batches.
    #[must_use]
    pub fn of(folder: impl AsRef<Path>) -> Self {
        Self(Self::new().0.places_unless("batches", [folder]))
    }
}

command!(
    /// `undo`, of what was sent from a folder of batches.
    Undo "undo"
);

options!(Undo:
    /// At the projects of a region; of none: the usual one.
    region maybe "--region",
    /// Not the plan only.
    yes flag "--yes",
    /// Those, too, whom the upload made.
    delete_created flag "--delete-created",
    /// Those, too, whom others have changed or deleted since.
    force flag "--force",
);

impl Undo {
    /// Of a folder of batches.
    #[must_use]
    pub fn of(folder: impl AsRef<Path>) -> Self {
        Self(Self::new().0.places_unless("batches", [folder]))
    }
}
