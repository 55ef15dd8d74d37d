//! The commands that ask, and those that prepare: one type each, as for the phases.

use std::{ffi::OsStr, fmt, path::Path};

use super::{
    Invocation,
    commands::{command, command_alone, options},
};

command_alone!(
    /// `inspect`, of what an archive holds.
    Inspect "inspect"
);

options!(Inspect:
    /// What to print.
    show text "--show",
    /// External id type whose duplicates are counted.
    identifier text "--identifier",
    /// The mapping file that the traits are held against.
    mapping path "--mapping",
);

impl Inspect {
    /// A look at these inputs.
    #[must_use]
    pub fn of<P: AsRef<Path>>(inputs: impl IntoIterator<Item = P>) -> Self {
        Self(Self::new().0.places_unless("export", inputs))
    }
}

command_alone!(
    /// `status`, of archives and of folders of batches.
    Status "status"
);

options!(Status:
    /// Every checksum again.
    checksums flag "--checksums",
);

impl Status {
    /// Of these folders; of none: the usual ones.
    #[must_use]
    pub fn of<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> Self {
        Self(Self::new().0.places_unless("", folders))
    }

    /// Of a folder of batches; where that is the usual one, of the archive, too.
    #[must_use]
    pub fn of_batches(folder: impl AsRef<Path>) -> Self {
        Self(Self::new().0.places_unless("batches", [folder]))
    }
}

command_alone!(
    /// `schema`, of the project that the environment names.
    Schema "schema"
);

command!(
    /// `explain`, of one person.
    Explain "explain"
);

impl Explain {
    /// Somebody, by any id or by email.
    #[must_use]
    pub fn who(id: impl AsRef<OsStr>) -> Self {
        let mut explain = Self::new();
        explain.0.places.push(id.as_ref().to_owned());
        explain
    }

    /// Searched in this archive.
    #[must_use]
    pub fn archive(self, input: impl AsRef<Path>) -> Self {
        Self(self.0.option_unless("export", "--archive", input.as_ref()))
    }

    /// Searched in this folder of batches.
    #[must_use]
    pub fn batches(self, folder: impl AsRef<Path>) -> Self {
        Self(self.0.option_unless("batches", "--batches", folder.as_ref()))
    }
}

command_alone!(
    /// `report`, of the usual folders.
    Report "report"
);

command!(
    /// `warehouse`, for one engine.
    Warehouse "warehouse"
);

options!(Warehouse:
    /// Files that it writes.
    partitions number "--partitions",
    /// The folder or URI that it writes to.
    to text "--to",
);

impl Warehouse {
    /// The script of an engine.
    #[must_use]
    pub fn of(engine: &str) -> Self {
        let mut warehouse = Self::new();
        warehouse.0.places.push(engine.into());
        warehouse
    }
}
