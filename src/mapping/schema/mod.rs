//! The metadata schema of a Voucherify project (docs/api-facts.md C4): what it would refuse is told before it is sent.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use self::definition::{Definition, Presence};
use super::{MappingError, definition::Kind as MappingKind};
use crate::invocation;

mod check;
pub(super) mod decimal;
mod definition;
mod members;
mod value;

/// The schema that customers are held against.
const CUSTOMER: &str = "customer";

/// What Voucherify accepts as a customer's metadata; by default anything.
#[derive(Debug, Clone, Default)]
pub struct MetadataSchema {
    customer: Option<Schema>,
    /// Every other schema by its name: those that definitions of the type `object` may name.
    nested: HashMap<String, Schema>,
}

/// Definitions of one kind of object.
#[derive(Debug, Clone, Default, Deserialize)]
struct Schema {
    /// In alphabetical order, so that findings come in the same order in every run.
    #[serde(default)]
    properties: BTreeMap<String, Definition>,
    /// Null means the same as false: keys without a definition may have any value.
    #[serde(default)]
    allow_defined_only: Option<bool>,
}

/// What a schema holds, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Definitions of customer metadata, without removed ones.
    pub definitions: usize,
    /// How many of these a customer cannot do without.
    pub required: Vec<String>,
    /// What happens to a key that is not defined.
    pub undefined_keys: UndefinedKeys,
    /// Nested schemas that the customer's definitions name, in alphabetical order.
    pub nested: Vec<String>,
    /// Keys of a type that is not known here, in alphabetical order: their values are sent unchecked.
    pub unknown: Vec<String>,
}

/// What Voucherify does with metadata that is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndefinedKeys {
    /// Any value is accepted.
    Accepted,
    /// The customer is refused.
    Refused,
}

impl MetadataSchema {
    /// Reads what `GET /v1/metadata-schemas` returns: the list, or one schema out of it.
    ///
    /// # Errors
    /// Not such a document.
    pub fn parse(json: &str) -> Result<Self, MappingError> {
        let document: Value =
            serde_json::from_str(json).map_err(|error| refused(format!("the metadata schema is not JSON: {error}")))?;
        let schemas = match document {
            Value::Array(schemas) => schemas,
            Value::Object(mut document) => match list(&document) {
                Some(member) => match document.remove(member) {
                    Some(Value::Array(schemas)) => schemas,
                    _ => return Err(refused(format!("`{member}` of the metadata schemas is no list"))),
                },
                None if document.contains_key("properties") => vec![Value::Object(document)],
                None => return Err(refused("the metadata schema has neither `schemas` nor `properties`".into())),
            },
            _ => return Err(refused("the metadata schema is no JSON object".into())),
        };
        let mut read = Self::default();
        for schema in schemas {
            read.add(schema)?;
        }
        Ok(read)
    }

    fn add(&mut self, schema: Value) -> Result<(), MappingError> {
        let name = schema.get("related_object").and_then(Value::as_str).unwrap_or(CUSTOMER).to_owned();
        // An error in one of many definitions is told with its key.
        for (key, written) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            Definition::deserialize(written)
                .map_err(|error| refused(format!("`{key}` of the metadata schema `{name}` cannot be read: {error}")))?;
        }
        let schema: Schema = serde_json::from_value(schema)
            .map_err(|error| refused(format!("the metadata schema `{name}` cannot be read: {error}")))?;
        if name == CUSTOMER {
            self.customer = Some(schema);
        } else {
            self.nested.insert(name, schema);
        }
        Ok(())
    }

    /// Whether a customer may have metadata of this key.
    #[must_use]
    pub fn takes(&self, key: &str) -> bool {
        let Some(schema) = &self.customer else { return true };
        schema.allow_defined_only != Some(true) || schema.defined().any(|(defined, _)| defined == key)
    }

    /// What it holds about customers; `None` where it says nothing, so that any metadata is accepted.
    #[must_use]
    pub fn contents(&self) -> Option<Contents> {
        let schema = self.customer.as_ref()?;
        let mut nested: Vec<String> =
            schema.defined().filter_map(|(_, definition)| definition.object_type.clone()).collect();
        nested.sort();
        nested.dedup();
        let required = schema.required().map(|(key, _)| key.to_owned()).collect();
        Some(Contents {
            definitions: schema.defined().count(),
            required,
            undefined_keys: if schema.allow_defined_only == Some(true) {
                UndefinedKeys::Refused
            } else {
                UndefinedKeys::Accepted
            },
            nested,
            unknown: schema.unknown().map(ToOwned::to_owned).collect(),
        })
    }
}

/// A value of metadata as another type: `None` where it is of that type already.
///
/// # Errors
/// What was expected, where it cannot be read as that.
pub(super) fn as_type(kind: MappingKind, json: &str) -> Result<Option<String>, &'static str> {
    let (kind, expected) = match kind {
        MappingKind::String => (definition::Kind::String, "text"),
        MappingKind::Number => (definition::Kind::Number, "a number"),
        MappingKind::Boolean => (definition::Kind::Boolean, "a boolean"),
        MappingKind::Date => (definition::Kind::Date, "a date"),
        MappingKind::Datetime => (definition::Kind::Datetime, "a date and time"),
    };
    match value::judge(&Definition { kind, ..Definition::default() }, json) {
        value::Verdict::Kept => Ok(None),
        value::Verdict::Rewritten(json, _) => Ok(Some(json)),
        value::Verdict::Blank | value::Verdict::Refused => Err(expected),
    }
}

impl Schema {
    /// Definitions that were not removed.
    fn defined(&self) -> impl Iterator<Item = (&String, &Definition)> {
        self.properties.iter().filter(|(_, definition)| definition.presence != Presence::Deleted)
    }

    /// Keys whose values can be held against nothing.
    fn unknown(&self) -> impl Iterator<Item = &str> {
        self.defined()
            .filter(|(_, definition)| definition.kind == definition::Kind::Unknown)
            .map(|(key, _)| key.as_str())
    }

    /// Definitions that a customer cannot do without.
    fn required(&self) -> impl Iterator<Item = (&str, &Definition)> {
        let all = self.properties.iter().map(|(key, definition)| (key.as_str(), definition));
        all.filter(|(_, definition)| definition.presence == Presence::Required)
    }
}

/// The member that holds the list of schemas, if the document is one.
fn list(document: &serde_json::Map<String, Value>) -> Option<&'static str> {
    ["schemas", "data"].into_iter().find(|member| document.contains_key(*member))
}

fn refused(message: String) -> MappingError {
    MappingError {
        message,
        hint: Some(format!("this saves the project's schema: `{}`", invocation::Schema::default())),
    }
}

#[cfg(test)]
mod tests;
