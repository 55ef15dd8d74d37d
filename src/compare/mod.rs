//! What a target holds against what was sent there, and what one folder of batches holds against another.
//!
//! # Rooms
//!
//! * `project`: an export of the whole project, fetched and cleaned up after; `snapshot` reads it once
//! * `columns`: which column of it is which field, and where that is doubtful
//! * `sent`: who was sent, in a few bytes each; `spool`: their rows, kept on disk until their batch is compared
//! * `fields`: one customer against its row, or against its JSON
//! * `verify`: the run; `verify_table`: its table
//! * `difference`: two folders of batches, whose customers `written` gives as they are written
//!
//! # Promise
//!
//! Nothing is called the same that was not compared. Nothing is held in memory for customers of the project that were not
//! sent.

mod columns;
mod difference;
mod fields;
mod project;
mod sent;
mod snapshot;
mod spool;
mod verify;
mod verify_table;
mod written;

use std::{io, path::Path};

pub use self::{
    columns::{Columns, FIELDS_AND_HISTORY, HISTORY, Metadata, SOURCE_ID},
    difference::{ChangeRow, Difference, FieldChange, Side, difference},
    fields::{fields_unlike, moment, same},
    project::ProjectExport,
    sent::{Place, Sent},
    snapshot::{Scanned, Snapshot, Unusable, scan, with_export},
    spool::Rows,
    verify::{Batches, Question, Totals, verify},
};
use crate::failure::Failure;

fn disk(folder: &Path, error: io::Error) -> Failure {
    Failure::disk(format!("what was found cannot be written to `{}`", folder.display()), error)
}
