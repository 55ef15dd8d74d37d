//! Metadata schemas: what they are, and what they say of a customer's metadata (docs/api-facts.md C4).

use std::{path::Path as FilePath, sync::Arc};

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{Project, answer};
use crate::{failure::Failure, invocation, text_file};

/// All schemas of a project, as they are shown.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    schemas: Vec<Value>,
}

impl Schemas {
    /// Reads what `GET /v1/metadata-schemas` or `GET /v1/metadata-schemas/customer` answered once.
    pub(super) fn read(file: &FilePath) -> Result<Self, Failure> {
        let name = file.display();
        let hint = format!("this saves the schemas of a project: `{}`", invocation::Schema::default());
        let hint = hint.as_str();
        let saved = text_file::read(file)
            .map_err(|error| Failure::usage(format!("cannot read `{name}`")).because(error).hint(hint))?;
        let saved: Value = serde_json::from_str(&saved.text)
            .map_err(|error| Failure::usage(format!("`{name}` is not JSON")).because(error).hint(hint))?;
        let schemas = match &saved["schemas"] {
            Value::Array(schemas) => schemas.clone(),
            _ if saved["properties"].is_object() => vec![saved],
            _ => return Err(Failure::usage(format!("`{name}` holds no metadata schema")).hint(hint)),
        };
        Ok(Self { schemas })
    }

    fn named(&self, resource: &str) -> Option<&Value> {
        self.schemas.iter().find(|schema| schema["related_object"] == resource)
    }

    /// Keys that the schema of customers defines and has not removed, in its order.
    pub(super) fn customer_keys(&self) -> Vec<String> {
        let properties = self.named("customer").and_then(|schema| schema["properties"].as_object());
        let there = |(_, definition): &(&String, &Value)| !is_true(definition, "deleted");
        properties.into_iter().flatten().filter(there).map(|(key, _)| key.clone()).collect()
    }

    /// The type of a customer's key, if it is defined.
    pub(super) fn type_of(&self, key: &str) -> Option<&str> {
        self.named("customer")?["properties"][key]["type"].as_str()
    }

    /// What is wrong with metadata, in the server's words; nothing is required of a customer who is known already.
    pub(super) fn violations(&self, metadata: &Value, known: bool) -> Option<String> {
        let schema = self.named("customer")?;
        let mut details = Vec::new();
        self.check(schema, metadata.as_object().unwrap_or(&Map::new()), known, "", &mut details);
        (!details.is_empty()).then(|| details.join(", "))
    }

    fn check(
        &self,
        schema: &Value,
        metadata: &Map<String, Value>,
        known: bool,
        prefix: &str,
        details: &mut Vec<String>,
    ) {
        let none = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&none);
        for (key, definition) in properties.iter().filter(|(_, definition)| !is_true(definition, "deleted")) {
            let path = format!("{prefix}{key}");
            let required = definition["optional"] == false;
            match metadata.get(key) {
                None if required && !known => details.push(words(&path, definition, "undefined")),
                Some(Value::Null) if required => details.push(words(&path, definition, "null")),
                None | Some(Value::Null) => {}
                Some(value) => self.check_value(&path, definition, value, details),
            }
        }
        if is_true(schema, "allow_defined_only") {
            let defined = |key: &str| properties.get(key).is_some_and(|definition| !is_true(definition, "deleted"));
            for (key, value) in metadata.iter().filter(|(key, _)| !defined(key)) {
                details.push(format!("{prefix}{key}: property is not defined (actual value is '{}')", text(value)));
            }
        }
    }

    fn check_value(&self, path: &str, definition: &Value, value: &Value, details: &mut Vec<String>) {
        let elements = match value {
            Value::Array(elements) if is_true(definition, "array") => elements.as_slice(),
            _ if is_true(definition, "array") => return details.push(words(path, definition, &text(value))),
            _ => std::slice::from_ref(value),
        };
        if let Some(wrong) = elements.iter().find(|element| !fits(definition, element)) {
            return details.push(words(path, definition, &text(wrong)));
        }
        let nested = definition["objectType"].as_str().or_else(|| definition["object_type"].as_str());
        let Some(nested) = nested.and_then(|name| self.named(name)) else { return };
        for members in elements.iter().filter_map(Value::as_object) {
            self.check(nested, members, false, &format!("{path}."), details);
        }
    }
}

fn is_true(value: &Value, name: &str) -> bool {
    value[name] == true
}

/// A value as messages quote it.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The message: everything that the definition asks for, then what came.
fn words(path: &str, definition: &Value, actual: &str) -> String {
    let mut wanted = match definition["type"].as_str().unwrap_or_default() {
        "image_url" => "must be a URL pointing to JPG/JPEG or PNG resource".to_owned(),
        "object" => "must be an object".to_owned(),
        kind => format!("must be a {kind}"),
    };
    if is_true(definition, "array") {
        wanted.insert_str(0, "must be an array, and every element: ");
    }
    let mut parts = vec![wanted];
    if definition["optional"] == false {
        parts.push("property is required".into());
    }
    let list = |name: &str| match &definition[name] {
        Value::Array(values) if !values.is_empty() => Some(values.iter().map(text).collect::<Vec<_>>().join(",")),
        _ => None,
    };
    if let Some(values) = list("eq") {
        parts.push(format!("must be equal to one of {values}"));
    }
    if let Some(values) = list("ne") {
        parts.push(format!("must not be equal to any of {values}"));
    }
    for (name, bound) in [
        ("lt", "must be less than"),
        ("lte", "must be less than or equal to"),
        ("gt", "must be greater than"),
        ("gte", "must be greater than or equal to"),
        ("minLength", "length must be at least"),
        ("maxLength", "length must be at most"),
        ("exactLength", "length must be exactly"),
    ] {
        if definition[name].is_number() {
            parts.push(format!("{bound} {}", definition[name]));
        }
    }
    format!("{path}: {} (actual value is '{actual}')", parts.join(", "))
}

/// Whether one value, or one element, is as its definition says.
fn fits(definition: &Value, value: &Value) -> bool {
    let list = |name: &str| definition[name].as_array().filter(|values| !values.is_empty());
    let same = |one: &Value| match (one.as_f64(), value.as_f64()) {
        (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
        _ => one == value,
    };
    of_type(definition["type"].as_str().unwrap_or_default(), value)
        && list("eq").is_none_or(|allowed| allowed.iter().any(same))
        && list("ne").is_none_or(|forbidden| !forbidden.iter().any(same))
        && within(definition, value)
}

fn of_type(kind: &str, value: &Value) -> bool {
    let string = |fits: fn(&str) -> bool| value.as_str().is_some_and(fits);
    match kind {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "date" => string(is_date),
        "datetime" => string(|time| chrono::DateTime::parse_from_rfc3339(time).is_ok()),
        "image_url" => string(is_image),
        "geopoint" => string(is_geopoint),
        "object" => value.is_object(),
        // A type of the future: nobody can say.
        _ => true,
    }
}

/// `YYYY-MM-DD` with all its digits, and a day that exists.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok()
}

fn is_image(address: &str) -> bool {
    let Ok(address) = url::Url::parse(address) else { return false };
    let path = address.path().to_ascii_lowercase();
    ["http", "https"].contains(&address.scheme()) && [".jpg", ".jpeg", ".png"].iter().any(|end| path.ends_with(end))
}

fn is_geopoint(point: &str) -> bool {
    let number = |text: &str, most: f64| text.trim().parse::<f64>().is_ok_and(|number| number.abs() <= most);
    point.split_once(',').is_some_and(|(latitude, longitude)| number(latitude, 90.0) && number(longitude, 180.0))
}

fn within(definition: &Value, value: &Value) -> bool {
    let bound = |name: &str, holds: fn(f64, f64) -> bool, actual: Option<f64>| {
        definition[name].as_f64().zip(actual).is_none_or(|(bound, actual)| holds(actual, bound))
    };
    let number = value.as_f64();
    // Lengths are far below what a float holds exactly.
    let length = value.as_str().and_then(|text| u32::try_from(text.chars().count()).ok()).map(f64::from);
    bound("lt", |actual, bound| actual < bound, number)
        && bound("lte", |actual, bound| actual <= bound, number)
        && bound("gt", |actual, bound| actual > bound, number)
        && bound("gte", |actual, bound| actual >= bound, number)
        && bound("minLength", |actual, bound| actual >= bound, length)
        && bound("maxLength", |actual, bound| actual <= bound, length)
        && bound("exactLength", |actual, bound| (actual - bound).abs() < 0.5, length)
}

/// `GET /v1/metadata-schemas`.
pub(super) async fn list(State(project): State<Arc<Project>>) -> Response {
    let schemas = &project.schemas.schemas;
    let body = json!({"object": "list", "data_ref": "schemas", "schemas": schemas, "total": schemas.len()});
    answer::json(StatusCode::OK, &body)
}

/// `GET /v1/metadata-schemas/{resource}`.
pub(super) async fn get(State(project): State<Arc<Project>>, Path(resource): Path<String>) -> Response {
    match project.schemas.named(&resource) {
        Some(schema) => answer::json(StatusCode::OK, schema),
        None => answer::missing("metadata schema", &resource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(definition: &Value, value: &Value) -> Option<String> {
        let properties = json!({"key": definition});
        let schemas = vec![json!({"related_object": "customer", "properties": properties})];
        Schemas { schemas }.violations(&json!({"key": value}), false)
    }

    #[test]
    fn the_documented_messages_word_by_word() {
        let channel = json!({"type": "string", "optional": false, "eq": ["Facebook", "Twitter", "Website"]});
        assert_eq!(
            violations(&channel, &json!("snap")).unwrap(),
            "key: must be a string, property is required, must be equal to one of Facebook,Twitter,Website \
             (actual value is 'snap')"
        );
        assert_eq!(
            violations(&json!({"type": "number", "eq": [1, 2]}), &json!("EUR")).unwrap(),
            "key: must be a number, must be equal to one of 1,2 (actual value is 'EUR')"
        );
        assert_eq!(
            violations(&json!({"type": "number"}), &json!("true")).unwrap(),
            "key: must be a number (actual value is 'true')"
        );
        assert_eq!(
            violations(&json!({"type": "string", "array": true, "eq": ["L1", "L2", "L3"]}), &json!("L1")).unwrap(),
            "key: must be an array, and every element: must be a string, must be equal to one of L1,L2,L3 \
             (actual value is 'L1')"
        );
        assert_eq!(
            violations(&json!({"type": "image_url"}), &json!("http.com")).unwrap(),
            "key: must be a URL pointing to JPG/JPEG or PNG resource (actual value is 'http.com')"
        );
    }

    #[test]
    fn every_type_and_bound_takes_the_one_and_refuses_the_other() {
        for (definition, good, bad) in [
            (json!({"type": "string"}), json!("a"), json!(1)),
            (json!({"type": "number"}), json!(1.5), json!("1.5")),
            (json!({"type": "boolean"}), json!(false), json!("false")),
            (json!({"type": "date"}), json!("2020-02-29"), json!("2021-02-29")),
            (json!({"type": "date"}), json!("2020-02-09"), json!("2020-2-9")),
            (json!({"type": "datetime"}), json!("2020-03-11T09:00:00.000Z"), json!("2020-03-11")),
            (json!({"type": "image_url"}), json!("https://a.b/c.JPG?d=e"), json!("https://a.b/c.gif")),
            (json!({"type": "geopoint"}), json!("37.786971, -122.399677"), json!("137.1, 0")),
            (json!({"type": "object"}), json!({}), json!([])),
            (json!({"type": "number", "ne": [3]}), json!(4), json!(3)),
            (json!({"type": "number", "eq": [3]}), json!(3.0), json!(4)),
            (json!({"type": "number", "lt": 3}), json!(2.99), json!(3)),
            (json!({"type": "number", "lte": 3}), json!(3), json!(3.01)),
            (json!({"type": "number", "gt": 3}), json!(3.01), json!(3)),
            (json!({"type": "number", "gte": 3}), json!(3), json!(2.99)),
            (json!({"type": "string", "minLength": 2}), json!("né"), json!("é")),
            (json!({"type": "string", "maxLength": 1}), json!("é"), json!("né")),
            (json!({"type": "string", "exactLength": 2}), json!("né"), json!("é")),
            (json!({"type": "number", "array": true}), json!([1, 2]), json!([1, "2"])),
            (json!({"type": "string", "optional": true}), json!(null), json!(0)),
            (json!({"type": "string", "optional": false}), json!(""), json!(null)),
        ] {
            assert_eq!(violations(&definition, &good), None, "{definition} {good}");
            assert!(violations(&definition, &bad).is_some(), "{definition} {bad}");
        }
    }

    #[test]
    fn required_nested_and_undefined_keys() {
        let schemas = Schemas {
            schemas: vec![
                json!({"related_object": "customer", "allow_defined_only": true, "properties": {
                    "tier": {"type": "string", "optional": false},
                    "old": {"type": "string", "deleted": true},
                    "pet": {"type": "object", "objectType": "pet"},
                }}),
                json!({"related_object": "pet", "properties": {"legs": {"type": "number"}}}),
            ],
        };
        let said = |metadata: Value, known| schemas.violations(&metadata, known);
        assert_eq!(
            said(json!({}), false).unwrap(),
            "tier: must be a string, property is required (actual value is 'undefined')"
        );
        assert_eq!(said(json!({}), true), None);
        assert_eq!(said(json!({"old": "a"}), true).unwrap(), "old: property is not defined (actual value is 'a')");
        assert_eq!(
            said(json!({"pet": {"legs": "four"}}), true).unwrap(),
            "pet.legs: must be a number (actual value is 'four')"
        );
        assert_eq!(said(json!({"pet": {"legs": 4}, "tier": "gold"}), false), None);
    }
}
