//! Which fields are sent as null where a profile has no value.

use std::str::FromStr;

use super::MappingError;
use crate::customer::Field;

/// The fields to clear; none unless asked for, since null erases what Voucherify has (docs/api-facts.md C1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nulls {
    fields: Vec<Field>,
    address: bool,
    metadata: bool,
}

impl Nulls {
    /// Whether a field without value is sent as null.
    #[must_use]
    pub fn clears(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }

    /// Whether an address without members is sent as null.
    #[must_use]
    pub fn clears_address(&self) -> bool {
        self.address
    }

    /// Whether metadata without keys is sent as null.
    #[must_use]
    pub fn clears_metadata(&self) -> bool {
        self.metadata
    }
}

impl FromStr for Nulls {
    type Err = MappingError;

    /// Reads what `--nulls` takes: `clear=FIELD,…`.
    fn from_str(text: &str) -> Result<Self, MappingError> {
        let Some(fields) = text.strip_prefix("clear=") else {
            return Err(MappingError::new(format!("`{text}` is not of the form `clear=FIELD,…`")));
        };
        let mut nulls = Self::default();
        for name in fields.split(',').map(str::trim) {
            match (name, Field::of(name)) {
                ("address", _) => nulls.address = true,
                ("metadata", _) => nulls.metadata = true,
                (_, Some(field)) if field != Field::SourceId => nulls.fields.push(field),
                _ => {
                    let fields = Field::ALL.iter().filter(|field| **field != Field::SourceId).map(|field| field.name());
                    let fields: Vec<_> =
                        fields.chain(["address", "metadata"]).map(|field| format!("`{field}`")).collect();
                    let message = format!("`{name}` is no field that can be cleared; there are {}", fields.join(", "));
                    return Err(MappingError::new(message));
                }
            }
        }
        Ok(nulls)
    }
}
