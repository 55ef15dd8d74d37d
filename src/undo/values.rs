//! What a customer holds by a row of an export, as it would be sent; and what has to be sent to bring old values back.

use serde_json::{Map, Value};

use crate::{
    compare::{Columns, HISTORY, Metadata, moment, same},
    receipts::MetadataKey,
};

/// Fields that are texts of their own.
const TEXTS: [&str; 5] = ["name", "description", "email", "phone", "birthdate"];
/// Members of an address.
const ADDRESS: [&str; 6] = ["city", "state", "line_1", "line_2", "country", "postal_code"];

/// One row of an export.
#[derive(Debug, Clone)]
pub(super) struct Held<'a> {
    pub(super) cells: Vec<&'a str>,
    pub(super) columns: &'a Columns,
    /// What the schema said of the keys when the export was made.
    pub(super) keys: &'a [MetadataKey],
}

/// A field of a customer: `name`, `address.city`, `metadata.tier`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) member: Option<String>,
}

impl Field {
    fn of(name: &str, member: Option<&str>) -> Self {
        Self { name: name.to_owned(), member: member.map(str::to_owned) }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.member {
            Some(member) => write!(formatter, "{}.{member}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

/// The fields that a customer was sent with, each once.
pub(super) fn fields_of(sent: &Map<String, Value>) -> Vec<Field> {
    let mut fields = Vec::new();
    for (name, value) in sent {
        match (name.as_str(), value) {
            ("source_id", _) => {}
            ("address" | "metadata", Value::Object(members)) => {
                fields.extend(members.keys().map(|member| Field::of(name, Some(member))));
            }
            ("address", _) => fields.extend(ADDRESS.iter().map(|member| Field::of(name, Some(member)))),
            _ => fields.push(Field::of(name, None)),
        }
    }
    fields
}

impl Held<'_> {
    /// A column of its own.
    pub(super) fn text(&self, field: &str) -> &str {
        self.columns.cell(&self.cells, field).unwrap_or_default()
    }

    /// Whether the customer has orders, redemptions or points; a cell that nobody can read counts as some.
    pub(super) fn has_history(&self) -> bool {
        let none = |cell: &str| cell.trim().is_empty() || cell.trim().parse::<f64>() == Ok(0.0);
        HISTORY.iter().any(|field| !none(self.text(field)))
    }

    /// Whether something happened to the customer behind a moment; what nobody can read counts as such.
    pub(super) fn moved_behind(&self, field: &str, limit: chrono::DateTime<chrono::Utc>) -> bool {
        let cell = self.text(field);
        !cell.is_empty() && moment(cell).is_none_or(|at| at > limit)
    }

    /// The value of a field, null where it is empty; nothing where no export shows it.
    pub(super) fn value(&self, field: &Field) -> Option<Value> {
        match (field.name.as_str(), field.member.as_deref()) {
            ("address", Some(member)) => self.columns.cell(&self.cells, &format!("address_{member}")).map(plain),
            ("metadata", Some(key)) => self.metadata(key),
            ("birthdate", None) => self.columns.cell(&self.cells, "birthdate").map(|cell| plain(day(cell))),
            (name, None) if TEXTS.contains(&name) => self.columns.cell(&self.cells, name).map(plain),
            _ => None,
        }
    }

    fn metadata(&self, key: &str) -> Option<Value> {
        let cells = self.columns.metadata_cells(&self.cells);
        match (&self.columns.metadata, cells) {
            (Metadata::Keys(keys), cells) => {
                let cell = cells.get(keys.iter().position(|defined| defined == key)?)?;
                typed(cell, self.keys.iter().find(|defined| defined.name == key)?)
            }
            (Metadata::Cell(defined), [""]) => defined.iter().any(|one| one == key).then_some(Value::Null),
            (Metadata::Cell(defined), [cell]) => {
                let members: Map<String, Value> = serde_json::from_str(cell).ok()?;
                let known = defined.iter().any(|one| one == key);
                members.get(key).cloned().or_else(|| known.then_some(Value::Null))
            }
            _ => None,
        }
    }

    /// Everything that a row shows and that could be sent.
    pub(super) fn everything(&self) -> Vec<Field> {
        let texts = TEXTS.iter().map(|name| Field::of(name, None));
        let address = ADDRESS.iter().map(|member| Field::of("address", Some(member)));
        let metadata = self.keys.iter().map(|key| Field::of("metadata", Some(&key.name)));
        texts.chain(address).chain(metadata).collect()
    }
}

/// What is sent so that these fields hold again what they held before.
pub(super) fn restoring(source_id: &str, fields: &[Field], before: &Held<'_>) -> Map<String, Value> {
    let mut customer = Map::new();
    customer.insert("source_id".into(), source_id.into());
    for field in fields.iter().filter(|field| field.name != "address") {
        let Some(value) = before.value(field) else { continue };
        match &field.member {
            None => drop(customer.insert(field.name.clone(), value)),
            Some(member) => {
                let object = customer.entry(field.name.clone()).or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(members) = object {
                    members.insert(member.clone(), value);
                }
            }
        }
    }
    let touched: Vec<&str> =
        fields.iter().filter(|field| field.name == "address").filter_map(|field| field.member.as_deref()).collect();
    if !touched.is_empty() {
        // Whether members that are not sent stay is not documented (docs/api-facts.md C1): all that there were are sent.
        let members = ADDRESS.iter().filter_map(|member| {
            let value = before.value(&Field::of("address", Some(member)))?;
            (!value.is_null() || touched.contains(member)).then(|| ((*member).to_owned(), value))
        });
        let members: Map<String, Value> = members.collect();
        let none = members.values().all(Value::is_null);
        customer.insert("address".into(), if none { Value::Null } else { Value::Object(members) });
    }
    customer
}

/// Whether two rows hold the same in a field; nothing where one of them does not show it.
pub(super) fn is_same(one: &Held<'_>, other: &Held<'_>, field: &Field) -> Option<bool> {
    Some(same(&one.value(field)?, &other.value(field)?))
}

fn plain(cell: &str) -> Value {
    if cell.is_empty() { Value::Null } else { Value::String(cell.to_owned()) }
}

/// A day, where a cell is the midnight with which it begins.
fn day(cell: &str) -> &str {
    match cell.split_once('T') {
        Some((day, time)) if time.starts_with("00:00:00") => day,
        _ => cell,
    }
}

/// What a cell of a key stands for; nothing where that cannot be told.
fn typed(cell: &str, key: &MetadataKey) -> Option<Value> {
    let json = || serde_json::from_str::<Value>(cell).ok();
    match (cell, key.array, key.kind.as_str()) {
        ("", ..) => Some(Value::Null),
        (_, true, _) => json().filter(Value::is_array),
        (_, false, "number") => json().filter(Value::is_number),
        (_, false, "boolean") => match cell.to_ascii_lowercase().as_str() {
            "true" => Some(true.into()),
            "false" => Some(false.into()),
            _ => None,
        },
        (_, false, "object") => json().filter(Value::is_object),
        (text, false, _) => Some(text.into()),
    }
}
