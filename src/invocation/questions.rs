//! The commands that ask, and those that prepare: one type each, as for the phases.

use std::{ffi::OsStr, fmt, path::Path};

use super::{Invocation, commands::shown};

shown!(Inspect Status Schema Explain Report Warehouse);

/// `inspect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspect(Invocation);

impl Default for Inspect {
    fn default() -> Self {
        Self(Invocation::new("inspect"))
    }
}

impl Inspect {
    /// Of these inputs.
    #[must_use]
    pub fn of<P: AsRef<Path>>(inputs: impl IntoIterator<Item = P>) -> Self {
        Self(Self::default().0.places_unless("export", inputs))
    }

    /// What to print.
    #[must_use]
    pub fn show(self, what: &str) -> Self {
        Self(self.0.option("--show", what))
    }

    /// External id type whose duplicates are counted.
    #[must_use]
    pub fn identifier(self, kind: &str) -> Self {
        Self(self.0.option("--identifier", kind))
    }

    /// The mapping file that the traits are held against.
    #[must_use]
    pub fn mapping(self, file: impl AsRef<Path>) -> Self {
        Self(self.0.option("--mapping", file.as_ref()))
    }
}

/// `status`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status(Invocation);

impl Default for Status {
    fn default() -> Self {
        Self(Invocation::new("status"))
    }
}

impl Status {
    /// Of these folders; of none: the usual ones.
    #[must_use]
    pub fn of<P: AsRef<Path>>(folders: impl IntoIterator<Item = P>) -> Self {
        Self(Self::default().0.places_unless("", folders))
    }

    /// Of a folder of batches; where that is the usual one, of the archive, too.
    #[must_use]
    pub fn of_batches(folder: impl AsRef<Path>) -> Self {
        Self(Self::default().0.places_unless("batches", [folder]))
    }

    /// Every checksum again.
    #[must_use]
    pub fn checksums(self) -> Self {
        Self(self.0.flag("--checksums"))
    }
}

/// `schema`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema(Invocation);

impl Default for Schema {
    fn default() -> Self {
        Self(Invocation::new("schema"))
    }
}

/// `explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explain(Invocation);

impl Explain {
    /// Somebody, by any id or by email.
    #[must_use]
    pub fn who(id: impl AsRef<OsStr>) -> Self {
        let mut explain = Invocation::new("explain");
        explain.places.push(id.as_ref().to_owned());
        Self(explain)
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

/// `report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report(Invocation);

impl Default for Report {
    fn default() -> Self {
        Self(Invocation::new("report"))
    }
}

/// `warehouse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warehouse(Invocation);

impl Warehouse {
    /// The script of an engine.
    #[must_use]
    pub fn of(engine: &str) -> Self {
        let mut warehouse = Invocation::new("warehouse");
        warehouse.places.push(engine.into());
        Self(warehouse)
    }

    /// Files that it writes.
    #[must_use]
    pub fn partitions(self, partitions: u32) -> Self {
        Self(self.0.option("--partitions", partitions.to_string()))
    }

    /// The folder or URI that it writes to.
    #[must_use]
    pub fn to(self, place: &str) -> Self {
        Self(self.0.option("--to", place))
    }
}
