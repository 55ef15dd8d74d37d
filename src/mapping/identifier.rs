//! Which external id becomes the customer's `source_id`.

use serde_json::Value;

use super::fields::text;
use crate::finding::{Finding, Reason};

/// The first value of the identifier's type, in the API's order; reports one that is missing or blocked, and others.
pub(super) fn find(profile: &Value, identifier: &str, findings: &mut Vec<Finding<'_>>) -> Option<String> {
    let mut values = values(profile.get("external_ids"), identifier, findings).into_iter();
    let Some(first) = values.next() else {
        let message = format!("no external id of type `{identifier}`");
        findings.push(Finding::new(Reason::MissingIdentifier, "source_id", "", message));
        return None;
    };
    if is_blocked(&first) {
        let message = "a placeholder that many users share";
        findings.push(Finding::new(Reason::BlockedIdentifier, "source_id", first.clone(), message));
    }
    let others: Vec<String> = values.filter(|value| *value != first).collect();
    if !others.is_empty() {
        let message = format!("the first of several `{identifier}`; the others: {}", others.join(", "));
        findings.push(Finding::new(Reason::MultipleIdentifiers, "source_id", first.clone(), message));
    }
    Some(first)
}

/// All values of a type. External ids may be the API's list, an object by type, or missing.
fn values(external_ids: Option<&Value>, identifier: &str, findings: &mut Vec<Finding<'_>>) -> Vec<String> {
    match external_ids {
        Some(Value::Array(items)) => items
            .iter()
            .filter(|item| item.get("type").and_then(Value::as_str) == Some(identifier))
            .filter_map(|item| text(item.get("id"), "source_id", findings))
            .collect(),
        Some(Value::Object(by_type)) => text(by_type.get(identifier), "source_id", findings).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Values that Segment itself blocks (API_FACTS.md A7).
#[must_use]
pub fn is_blocked(value: &str) -> bool {
    let word = ["null", "undefined", "anonymous", "-1"].iter().any(|word| value.eq_ignore_ascii_case(word));
    word || value.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}
