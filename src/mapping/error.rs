//! What is wrong with a mapping file, a metadata schema or an option.

use crate::failure::Failure;

/// Something that a person wrote for the mapping and that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct MappingError {
    /// What and where: file, line and key.
    pub message: String,
    /// What to do about it, if there is something to say.
    pub hint: Option<String>,
}

impl MappingError {
    /// An error without a hint.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }
}

impl From<MappingError> for Failure {
    /// Whoever wrote it is told as of wrong usage.
    fn from(error: MappingError) -> Self {
        let failure = Self::usage(error.message);
        match error.hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}
