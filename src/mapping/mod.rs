//! One profile becomes one customer and its findings. Pure: no file, no socket, no clock.

use std::borrow::Cow;

use serde_json::{Map, Value};

use self::fields::{first_text, text, wrong_type};
use crate::{
    customer::{Address, Customer, SystemMetadata},
    finding::{Finding, Reason, Severity},
};

pub mod birthdate;
mod definition;
mod error;
mod fields;
pub mod identifier;
mod nulls;
mod schema;

pub use definition::{Definition, Preset};
pub use error::MappingError;
pub use nulls::Nulls;
pub use schema::{Contents as SchemaContents, MetadataSchema, UndefinedKeys};

/// A mapping, compiled: maps any number of lines, on any number of threads.
#[derive(Debug)]
pub struct Mapper {
    identifier: String,
    strict: bool,
}

/// What a run may choose besides the mapping itself.
#[derive(Debug, Clone)]
pub struct Options {
    /// The external id type that becomes `source_id`.
    pub identifier: String,
    /// Metadata is held against this, if given.
    pub schema: Option<MetadataSchema>,
    /// Fields that are sent as null where a profile has no value.
    pub nulls: Nulls,
    /// Any finding rejects its profile.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { identifier: "user_id".to_owned(), schema: None, nulls: Nulls::default(), strict: false }
    }
}

/// What a person wrote into `corrected_value`: replaces the value of one field of one profile before any check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// A field as findings name it: `source_id`, `email`, `address.city`, `metadata.key`, …
    pub field: String,
    /// The new value, as text.
    pub value: String,
}

/// What became of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The field has the corrected value, and nothing is left to say about it.
    Helped,
    /// The corrected value has a finding that rejects the profile or drops the field, too.
    DidNotHelp,
    /// No customer has a field of that name.
    NoSuchField,
}

/// What became of a line; its customer and findings are in the buffers that were passed in.
#[derive(Debug, Default)]
pub struct Mapped<'a> {
    /// The profile's id, where the line has one.
    pub segment_id: Option<Cow<'a, str>>,
    /// The customer's id, where there is one, also of a rejected profile.
    pub source_id: Option<Cow<'a, str>>,
    /// The customer's email, for the rows of its findings.
    pub email: Option<Cow<'a, str>>,
    /// The customer's name, for the rows of its findings.
    pub name: Option<Cow<'a, str>>,
    /// Nothing was appended to the customer buffer.
    pub rejected: bool,
    /// One for each correction, in their order.
    pub corrections: Vec<Applied>,
}

impl Mapper {
    /// Compiles a mapping.
    ///
    /// # Errors
    /// A definition that contradicts the options.
    pub fn new(_definition: &Definition, options: Options) -> Result<Self, MappingError> {
        Ok(Self { identifier: options.identifier, strict: options.strict })
    }

    /// Maps one line, without its line break. Appends the customer's JSON to `customer`, unless it is rejected, and
    /// what was noticed to `findings`.
    pub fn map<'a>(
        &self,
        line: &'a [u8],
        _corrections: &[Correction],
        customer: &mut Vec<u8>,
        findings: &mut Vec<Finding<'a>>,
    ) -> Mapped<'a> {
        match parse(line) {
            Ok((segment_id, profile)) => self.map_profile(segment_id, &profile, customer, findings),
            Err(message) => {
                let value: String = String::from_utf8_lossy(line).chars().take(200).collect();
                findings.push(Finding::new(Reason::MalformedLine, "", value, message));
                Mapped { rejected: true, ..Mapped::default() }
            }
        }
    }

    fn map_profile(
        &self,
        segment_id: String,
        profile: &Value,
        output: &mut Vec<u8>,
        findings: &mut Vec<Finding<'_>>,
    ) -> Mapped<'static> {
        let before = findings.len();
        let source_id = identifier::find(profile, &self.identifier, findings);
        let customer = Customer {
            source_id: source_id.clone().unwrap_or_default(),
            name: name(profile, findings),
            description: first_text(profile, &["/traits/description"], "description", findings),
            email: email(profile, findings),
            phone: first_text(profile, &["/traits/phone"], "phone", findings),
            birthdate: birthdate(profile, findings),
            address: address(profile, findings),
            metadata: metadata(profile, findings),
            system_metadata: SystemMetadata::default(),
        };
        let rejects = |finding: &Finding<'_>| self.strict || finding.severity == Severity::Rejected;
        let rejected = findings[before..].iter().any(rejects);
        if !rejected {
            // Text, numbers, and maps with text as keys can always be written to memory.
            let _ = serde_json::to_writer(output, &customer);
        }
        Mapped {
            segment_id: Some(segment_id.into()),
            source_id: source_id.map(Into::into),
            email: customer.email.map(Into::into),
            name: customer.name.map(Into::into),
            rejected,
            corrections: Vec::new(),
        }
    }
}

/// A line must be a JSON object that names its profile.
fn parse(line: &[u8]) -> Result<(String, Value), String> {
    let line = std::str::from_utf8(line).map_err(|error| format!("the line is not UTF-8: {error}"))?;
    let profile: Value = serde_json::from_str(line).map_err(|error| format!("the line is not JSON: {error}"))?;
    if !profile.is_object() {
        return Err("the line is JSON, but no object".into());
    }
    match profile.get("segment_id").and_then(Value::as_str).map(str::trim) {
        Some(segment_id) if !segment_id.is_empty() => Ok((segment_id.to_owned(), profile)),
        _ => Err("the line has no `segment_id`".into()),
    }
}

fn name(profile: &Value, findings: &mut Vec<Finding<'_>>) -> Option<String> {
    first_text(profile, &["/traits/name"], "name", findings).or_else(|| {
        let first = first_text(profile, &["/traits/firstName", "/traits/first_name"], "name", findings);
        let last = first_text(profile, &["/traits/lastName", "/traits/last_name"], "name", findings);
        let parts: Vec<String> = first.into_iter().chain(last).collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    })
}

fn email(profile: &Value, findings: &mut Vec<Finding<'_>>) -> Option<String> {
    let email = first_text(profile, &["/traits/email"], "email", findings)?;
    if !looks_like_email(&email) {
        findings.push(Finding::new(
            Reason::InvalidEmail,
            "email",
            email.clone(),
            "does not look like an email address; it is sent as it is",
        ));
    }
    Some(email)
}

/// One `@` with something on both sides, a dot in the domain, and no blanks.
fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let labels = || domain.split('.');
    !local.is_empty()
        && !text.contains(char::is_whitespace)
        && !domain.contains('@')
        && labels().count() > 1
        && labels().all(|label| !label.is_empty())
}

fn birthdate(profile: &Value, findings: &mut Vec<Finding<'_>>) -> Option<String> {
    ["/traits/birthdate", "/traits/birthday"].iter().find_map(|path| {
        let value = profile.pointer(path)?;
        let text = match value {
            Value::Null => return None,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            Value::Object(_) | Value::Array(_) => {
                findings.push(wrong_type("birthdate", value, "a date"));
                return None;
            }
        };
        let date = birthdate::parse(&text).filter(|_| value.is_string());
        if date.is_none() && !text.is_empty() {
            findings.push(Finding::new(
                Reason::InvalidBirthdate,
                "birthdate",
                text.clone(),
                "not `YYYY-MM-DD` or an RFC 3339 date-time, or not a date of the calendar",
            ));
        }
        date.map(str::to_owned)
    })
}

fn address(profile: &Value, findings: &mut Vec<Finding<'_>>) -> Option<Address> {
    let mut part = |field: &str, paths: &[&str]| first_text(profile, paths, &format!("address.{field}"), findings);
    let mut address = Address {
        city: part("city", &["/traits/address/city", "/traits/city"]),
        state: part("state", &["/traits/address/state", "/traits/state"]),
        line_1: part(
            "line_1",
            &["/traits/address/street", "/traits/address/line_1", "/traits/street", "/traits/line_1"],
        ),
        line_2: part("line_2", &["/traits/address/line_2", "/traits/line_2"]),
        country: part("country", &["/traits/address/country", "/traits/country"]),
        postal_code: part(
            "postal_code",
            &["/traits/address/postalCode", "/traits/address/postal_code", "/traits/postalCode", "/traits/postal_code"],
        ),
    };
    let whole = profile.pointer("/traits/address").filter(|whole| !whole.is_object());
    if address.line_1.is_none() {
        address.line_1 = text(whole, "address.line_1", findings);
    }
    (address != Address::default()).then_some(address)
}

fn metadata(profile: &Value, findings: &mut Vec<Finding<'_>>) -> Option<Map<String, Value>> {
    match profile.pointer("/traits/metadata")? {
        Value::Object(members) => {
            let mut members = members.clone();
            drop_prototypes(&mut members);
            (!members.is_empty()).then_some(members)
        }
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        other => {
            findings.push(wrong_type("metadata", other, "an object"));
            None
        }
    }
}

/// Drops `__proto__` keys at every depth: one of them lets the server refuse a whole request (API_FACTS.md C1).
fn drop_prototypes(members: &mut Map<String, Value>) {
    members.retain(|key, _| key != "__proto__");
    for value in members.values_mut() {
        drop_prototypes_below(value);
    }
}

fn drop_prototypes_below(value: &mut Value) {
    match value {
        Value::Object(members) => drop_prototypes(members),
        Value::Array(items) => items.iter_mut().for_each(drop_prototypes_below),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
