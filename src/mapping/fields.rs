//! Values by JSON Pointer: the first path that has one wins, and what is odd about it is told.

use serde_json::Value;

use crate::finding::{Finding, Reason};

/// The text of a value, trimmed; blank text, null and absence are no value, and so is a value of the wrong type, which
/// is reported.
pub(super) fn text(value: Option<&Value>, field: &str, findings: &mut Vec<Finding<'_>>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        scalar @ (Value::Number(_) | Value::Bool(_)) => {
            let text = scalar.to_string();
            let kind = if scalar.is_number() { "number" } else { "boolean" };
            let message = format!("a {kind} was written as text");
            findings.push(Finding::new(Reason::Converted, field.to_owned(), text.clone(), message));
            Some(text)
        }
        other => {
            findings.push(wrong_type(field, other, "text"));
            None
        }
    }
}

/// The text at the first of `paths` that has one.
pub(super) fn first_text(
    profile: &Value,
    paths: &[&str],
    field: &str,
    findings: &mut Vec<Finding<'_>>,
) -> Option<String> {
    paths.iter().find_map(|path| text(profile.pointer(path), field, findings))
}

/// A value of another type than its field takes.
pub(super) fn wrong_type(field: &str, value: &Value, expected: &str) -> Finding<'static> {
    let kind = match value {
        Value::Object(_) => "an object",
        Value::Array(_) => "a list",
        Value::String(_) => "text",
        Value::Number(_) => "a number",
        Value::Bool(_) => "a boolean",
        Value::Null => "null",
    };
    let message = format!("{expected} was expected, and {kind} came");
    Finding::new(Reason::WrongType, field.to_owned(), value.to_string(), message)
}
