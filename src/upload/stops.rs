//! What was kept where an upload has to stop.

use crate::failure::Failure;

/// Something cannot be written.
pub(super) fn disk(error: std::io::Error) -> Failure {
    Failure::stopped("a receipt cannot be written")
        .because(error)
        .kept("every receipt before it")
        .again("make room or check the folder's permissions, then")
}
