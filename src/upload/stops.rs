//! What was kept where an upload has to stop.

use crate::failure::Failure;

/// The table of outcomes cannot be written to where it is wanted; what it is made of is kept.
pub(super) fn copied(error: std::io::Error) -> Failure {
    Failure::disk("the outcomes cannot be copied out", error).kept("everything, beside the receipts")
}

/// Something cannot be written.
pub(super) fn disk(error: std::io::Error) -> Failure {
    Failure::disk("a receipt cannot be written", error).kept("every receipt before it")
}
