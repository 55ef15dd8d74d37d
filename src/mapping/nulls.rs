//! Which fields are sent as null where a profile has no value.

use std::str::FromStr;

use super::MappingError;

/// The fields to clear; none unless asked for, since null erases what Voucherify has (API_FACTS.md C1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nulls {
    fields: Vec<String>,
}

impl FromStr for Nulls {
    type Err = MappingError;

    /// Reads what `--nulls` takes: `clear=FIELD,…`.
    fn from_str(text: &str) -> Result<Self, MappingError> {
        let Some(fields) = text.strip_prefix("clear=") else {
            return Err(MappingError::new(format!("`{text}` is not of the form `clear=FIELD,…`")));
        };
        Ok(Self { fields: fields.split(',').map(|field| field.trim().to_owned()).collect() })
    }
}
