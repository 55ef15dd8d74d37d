//! Which path of a profile gave which field of its customer.
//!
//! Nothing is known of the mapping here: each value is changed in turn, and what changes in the customer came from it.
//! So whatever the mapping is, the answer is what it does.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    findings::Finding,
    mapping::{Correction, Mapper, Workspace, birthdate},
};

/// Where a value comes from that a person filled in.
pub const CORRECTION: &str = "corrected_value";

/// What became of every value of one profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The fields of the customer, in the order in which they are sent; empty where the mapping rejects the profile.
    pub fields: Vec<Field>,
    /// The values of the profile that are in no field, in its order.
    pub left_behind: Vec<LeftBehind>,
    /// What the mapping notices.
    pub findings: Vec<Noticed>,
    /// The `[[skip]]` of the mapping that leaves the profile out, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped_by: Option<usize>,
}

/// One field of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Name of the customer field: `source_id`, `address.city`, `metadata.key`, …
    pub field: String,
    /// What is sent; JSON where it is no text.
    pub value: String,
    /// Paths into the profile that it depends on, or [`CORRECTION`]; none for a constant.
    pub from: Vec<String>,
}

/// One value that is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftBehind {
    /// Path into the profile.
    pub path: String,
    /// The value; JSON where it is no text.
    pub value: String,
    /// Why it is not sent: no rule took it, or the reason of a finding.
    pub why: String,
}

/// One finding, as the tables of a transform name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noticed {
    /// The word for it.
    pub reason: String,
    /// The customer field that it is about.
    pub field: String,
    /// The value that was found.
    pub value: String,
    /// What was found, in words for people.
    pub message: String,
    /// Whether the profile is in no batch because of it.
    pub rejects: bool,
}

/// One value of a profile.
#[derive(Debug)]
struct Leaf {
    /// JSON Pointer into the profile as it is.
    pointer: String,
    /// The path as a mapping file names it.
    path: String,
}

/// A profile after mapping.
#[derive(PartialEq)]
struct Mapped {
    fields: Option<Vec<(String, String)>>,
    findings: Vec<Finding<'static>>,
    skipped_by: Option<usize>,
}

/// Traces a profile through a mapping, with what people corrected in it.
#[must_use]
pub fn trace(profile: &Value, mapper: &Mapper, corrections: &[Correction]) -> Trace {
    let outcome = |profile: &Value| self::outcome(profile, mapper, corrections);
    let uncorrected = |profile: &Value| match corrections {
        [] => None,
        _ => Some(self::outcome(profile, mapper, &[])),
    };
    let whole = outcome(profile);
    let fields = whole.fields.clone().unwrap_or_default();
    let mut trace = Trace {
        fields: fields.iter().map(|(field, value)| Field::new(field, value)).collect(),
        findings: whole.findings.iter().map(|finding| Noticed::new(finding, whole.fields.is_none())).collect(),
        skipped_by: whole.skipped_by,
        ..Trace::default()
    };
    for leaf in leaves(profile) {
        let Some(value) = profile.pointer(&leaf.pointer).filter(|value| has_value(value)) else { continue };
        let without_it = replaced(profile, &leaf.pointer, Value::Null);
        let without = outcome(&without_it);
        let other = outcome(&replaced(profile, &leaf.pointer, another(value)));
        let changed = if other.fields.is_some() { other } else { outcome_or(&without, other) };
        let mut gives = false;
        for (field, (name, before)) in trace.fields.iter_mut().zip(&fields) {
            // Another value may come to the same, as a phone with another extension does; so may none.
            let differs = |fields: &[(String, String)]| {
                let after = fields.iter().find(|(other, _)| other == name);
                after.is_none_or(|(_, after)| after != before)
            };
            if changed.fields.as_deref().is_none_or(differs) || without.fields.as_deref().is_some_and(differs) {
                field.from.push(leaf.path.clone());
                gives = true;
            }
        }
        if !gives {
            let why = whole.findings.iter().find(|finding| !without.findings.contains(finding));
            let why = match why {
                Some(why) => format!("{}: {}", why.reason, why.message),
                None if uncorrected(&without_it) != uncorrected(profile) => {
                    "a correction stands in its place".to_owned()
                }
                None if whole.skipped_by.is_some() => "its profile is skipped".to_owned(),
                // That says nothing about the rules.
                None if whole.fields.is_none() => "its profile was rejected".to_owned(),
                None => "no rule took it".to_owned(),
            };
            trace.left_behind.push(LeftBehind { path: leaf.path, value: shown(value), why });
        }
    }
    for field in &mut trace.fields {
        if corrections.iter().any(|correction| correction.field == field.field) {
            field.from = vec![CORRECTION.to_owned()];
        }
    }
    trace
}

/// The outcome without a value, where another value is refused by the mapping.
fn outcome_or(without: &Mapped, other: Mapped) -> Mapped {
    match &without.fields {
        Some(fields) => Mapped { fields: Some(fields.clone()), findings: Vec::new(), skipped_by: None },
        None => other,
    }
}

impl Field {
    fn new(field: &str, value: &str) -> Self {
        Self { field: field.to_owned(), value: value.to_owned(), from: Vec::new() }
    }
}

impl Noticed {
    fn new(finding: &Finding<'_>, rejected: bool) -> Self {
        Self {
            reason: finding.reason.as_str().to_owned(),
            field: finding.field.to_string(),
            value: finding.value.to_string(),
            message: finding.message.clone(),
            rejects: rejected && finding.severity == crate::findings::Severity::Rejected,
        }
    }
}

/// What the mapping notices of a line as it is written: a tree has no key twice, and whole characters.
#[must_use]
pub fn noticed(line: &str, mapper: &Mapper, corrections: &[Correction]) -> Vec<Noticed> {
    let (mut customer, mut findings) = (Vec::new(), Vec::new());
    let result = mapper.map(line.as_bytes(), |_| corrections, &mut Workspace::default(), &mut customer, &mut findings);
    findings.iter().map(|finding| Noticed::new(finding, result.rejected)).collect()
}

fn outcome(profile: &Value, mapper: &Mapper, corrections: &[Correction]) -> Mapped {
    let line = profile.to_string();
    let (mut customer, mut findings) = (Vec::new(), Vec::new());
    let result = mapper.map(line.as_bytes(), |_| corrections, &mut Workspace::default(), &mut customer, &mut findings);
    let (rejected, skipped_by) = (result.rejected, result.skipped_by);
    let fields = if rejected { None } else { serde_json::from_slice(&customer).ok().map(|it| fields_of(&it)) };
    Mapped { fields, findings: findings.into_iter().map(Finding::into_owned).collect(), skipped_by }
}

/// The fields of a customer by name, in its order; members of `address` and `metadata` one by one.
#[must_use]
pub fn fields_of(customer: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, value) in customer.as_object().into_iter().flatten() {
        match value {
            Value::Object(members) => {
                fields.extend(members.iter().map(|(member, value)| (format!("{name}.{member}"), shown(value))));
            }
            value => fields.push((name.clone(), shown(value))),
        }
    }
    fields
}

/// Every value of a profile: external ids by type, traits and the members of traits.
fn leaves(profile: &Value) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    match profile.get("external_ids") {
        Some(Value::Array(items)) => {
            for (number, item) in items.iter().enumerate() {
                let kind = item.get("type").and_then(Value::as_str).unwrap_or("?");
                let path = format!("/external_ids/{}", escaped(kind));
                leaves.push(Leaf { pointer: format!("/external_ids/{number}/id"), path });
            }
        }
        Some(Value::Object(members)) => below("/external_ids", members, &mut leaves),
        _ => {}
    }
    if let Some(Value::Object(traits)) = profile.get("traits") {
        below("/traits", traits, &mut leaves);
    }
    leaves
}

fn below(path: &str, members: &Map<String, Value>, leaves: &mut Vec<Leaf>) {
    for (name, value) in members {
        let path = format!("{path}/{}", escaped(name));
        match value {
            Value::Object(members) if !members.is_empty() => below(&path, members, leaves),
            _ => leaves.push(Leaf { pointer: path.clone(), path }),
        }
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        _ => true,
    }
}

fn replaced(profile: &Value, pointer: &str, value: Value) -> Value {
    let mut profile = profile.clone();
    if let Some(place) = profile.pointer_mut(pointer) {
        *place = value;
    }
    profile
}

/// Another value of the same kind, that a rule which took the one would take too.
fn another(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(flag) => (!flag).into(),
        Value::Number(number) => if number.as_u64() == Some(7) { 8 } else { 7 }.into(),
        Value::String(text) if birthdate::parse(text.trim()).is_some() => {
            if text.starts_with("1999-01-02") { "1999-01-03" } else { "1999-01-02" }.into()
        }
        Value::String(text) => format!("x{}", text.trim()).into(),
        Value::Array(items) => Value::Array(if items.len() == 1 { Vec::new() } else { vec!["x".into()] }),
        Value::Object(_) => Value::Object(Map::from_iter([("x".to_owned(), Value::Bool(true))])),
    }
}

/// Text as it is, anything else as JSON.
#[must_use]
pub fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mapping::{Definition, MappingOptions, Preset};

    #[test]
    fn every_field_has_its_path_and_every_value_its_fate() {
        let mapper = Mapper::new(&Definition::preset(Preset::InitialSync).unwrap(), MappingOptions::default()).unwrap();
        let profile = json!({
            "segment_id": "use_1",
            "external_ids": [{"id": "u-1", "type": "user_id"}, {"id": "u-2", "type": "user_id"}],
            "traits": {
                "firstName": "Ada", "last_name": "Lovelace", "birthday": "1815-12-10", "birthdate": "10/12/1815",
                "address": {"city": "London"}, "city": "London", "plan": "gold", "metadata": {"tier": 3}, "phone": {"x": 1},
            },
        });
        let trace = trace(&profile, &mapper, &[]);
        let from: Vec<_> = trace.fields.iter().map(|field| (field.field.as_str(), field.from.join(" "))).collect();
        let expected = [
            ("source_id", "/external_ids/user_id"),
            ("name", "/traits/firstName /traits/last_name"),
            ("birthdate", "/traits/birthday"),
            ("address.city", "/traits/address/city"),
            ("metadata.tier", "/traits/metadata/tier"),
            ("system_metadata.source", ""),
        ];
        assert_eq!(from, expected.map(|(field, path)| (field, path.to_owned())));
        let left: Vec<_> = trace.left_behind.iter().map(|left| (left.path.as_str(), left.why.as_str())).collect();
        assert_eq!(left[0].0, "/external_ids/user_id");
        assert!(left[0].1.starts_with("multiple_identifiers: "), "{left:?}");
        assert!(left[1].1.starts_with("invalid_birthdate: "), "{left:?}");
        let paths: Vec<_> = left.iter().skip(2).map(|(path, _)| *path).collect();
        assert_eq!(paths, ["/traits/city", "/traits/plan", "/traits/phone/x"]);
        assert_eq!(left[2].1, "no rule took it");
        // A number of another size is the same finding's text no longer.
        assert!(left[4].1.starts_with("wrong_type: "), "{left:?}");
    }
}
