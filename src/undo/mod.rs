//! A target back to what it held before an upload, as far as its API allows, and exactly how far that is.
//!
//! # Rooms
//!
//! * `image`: the before-image, taken before the first batch is sent, and refused where it is no use
//! * `values`: what a customer holds by a row, as it would be sent; `decide`: what becomes of one customer, purely
//! * `plan`: every customer that the upload touched, decided, into a folder of batches and a list of deletions
//! * `deletion`: one customer after the other, with a journal; `run`: plan, restore, delete, and the books
//! * `check`: what a project holds against the image
//!
//! # Promises
//!
//! Nothing is sent and nobody is deleted beyond what the plan says, and the plan says nothing beyond image and receipts.
//! Whatever the moment of a crash, the same command goes on: old values are put back by an upload of their own, deletions
//! are asked about before they are made, and receipts say `undone` last.

mod check;
mod decide;
mod deletion;
pub mod image;
mod plan;
mod run;
mod values;

use std::path::Path;

use crate::{
    invocation::Undo,
    receipts::{UndoRecord, region_of},
};

pub use self::{
    check::{Checked, check},
    plan::{Planned, Wish, plan},
    run::{Ended, Means, carry_out, settled_books},
};

/// The command that goes on with an undo that was begun, with whatever it was begun with.
#[must_use]
pub fn going_on(folder: &Path, record: &UndoRecord) -> Undo {
    let undo = Undo::of(folder).region(region_of(&record.target)).yes();
    let undo = if record.delete_created { undo.delete_created() } else { undo };
    if record.force { undo.force() } else { undo }
}
