//! The metadata schema of a Voucherify project (API_FACTS.md C4).

use super::MappingError;

/// What Voucherify accepts as a customer's metadata.
#[derive(Debug, Clone, Default)]
pub struct MetadataSchema {}

impl MetadataSchema {
    /// Reads what `GET /v1/metadata-schemas` returns; `file_name` is for the messages.
    ///
    /// # Errors
    /// Not such a document.
    pub fn parse(_text: &str, _file_name: &str) -> Result<Self, MappingError> {
        Ok(Self {})
    }
}
