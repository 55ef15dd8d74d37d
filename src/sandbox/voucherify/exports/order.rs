//! In which order an export has its customers.

use std::cmp::Ordering;

use serde_json::Value;

use crate::sandbox::voucherify::customers::Customer;

/// What customers are put in order by, and which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    key: Key,
    pub(super) descending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Name,
    Id,
    Email,
    SourceId,
    CreatedAt,
    UpdatedAt,
}

impl Order {
    /// Reads `parameters.order`; by creation where there is none, which is a guess.
    pub(super) fn read(asked: Option<&Value>) -> Result<Self, String> {
        let text = match asked {
            None | Some(Value::Null) => "",
            Some(value) => value.as_str().unwrap_or("?"),
        };
        let key = match text.trim_start_matches('-') {
            "" | "created_at" => Key::CreatedAt,
            "updated_at" => Key::UpdatedAt,
            "name" => Key::Name,
            "id" => Key::Id,
            "email" => Key::Email,
            "source_id" => Key::SourceId,
            _ => return Err("Property .parameters.order must be equal to one of the allowed values".into()),
        };
        Ok(Self { key, descending: text.starts_with('-') })
    }

    /// As they come in the file.
    pub(super) fn compare(self, one: &Customer, other: &Customer) -> Ordering {
        let text = |customer: &Customer, name: &str| {
            customer.attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let ordering = match self.key {
            Key::Name => text(one, "name").cmp(&text(other, "name")),
            Key::Email => text(one, "email").cmp(&text(other, "email")),
            Key::SourceId => one.source_id().cmp(other.source_id()),
            Key::Id => one.id.cmp(&other.id),
            Key::CreatedAt => one.created_at.cmp(&other.created_at),
            Key::UpdatedAt => one.updated_at.cmp(&other.updated_at),
        };
        if self.descending { ordering.reverse() } else { ordering }
    }
}
