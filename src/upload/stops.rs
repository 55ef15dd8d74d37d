//! What was kept where an upload has to stop.

use crate::failure::Failure;

/// Something cannot be written.
pub(super) fn disk(error: std::io::Error) -> Failure {
    Failure::disk("a receipt cannot be written", error).kept("every receipt before it")
}
