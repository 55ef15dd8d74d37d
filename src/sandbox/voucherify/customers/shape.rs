//! What is wrong with a customer whatever the schema says (docs/api-facts.md C1, C2).

use serde_json::Value;

use crate::sandbox::voucherify::schema;

const TEXT_MEMBERS: [&str; 7] = ["source_id", "name", "description", "email", "phone", "birthdate", "birthday"];
const ADDRESS_MEMBERS: [&str; 6] = ["city", "state", "line_1", "line_2", "country", "postal_code"];

/// The first thing that is wrong, in the server's words. `place` is where the customer stands in the request: `.0` for
/// the first of an array, nothing for one alone.
pub(in crate::sandbox::voucherify) fn wrong(customer: &Value, place: &str) -> Option<String> {
    let Value::Object(members) = customer else {
        return Some(if place.is_empty() {
            "Payload must be object".into()
        } else {
            format!("Property {place} must be object")
        });
    };
    let text = |value: Option<&Value>| value.is_none_or(|value| value.is_string() || value.is_null());
    if let Some(name) = TEXT_MEMBERS.iter().find(|name| !text(members.get(**name))) {
        return Some(format!("Property {place}.{name} must be string"));
    }
    let date =
        ["birthdate", "birthday"].iter().find_map(|name| members.get(*name)?.as_str().filter(|date| !is_date(date)));
    if let Some(date) = date {
        return Some(format!("{date} cannot be recognized as a ISO-8601 compliant date"));
    }
    let object = |name: &str| members.get(name).is_none_or(|value| value.is_object() || value.is_null());
    if let Some(name) = ["address", "metadata"].into_iter().find(|name| !object(name)) {
        return Some(format!("Property {place}.{name} must be object,null"));
    }
    let part = ADDRESS_MEMBERS.iter().find(|name| !text(customer["address"].get(**name)))?;
    Some(format!("Property {place}.address.{part} must be string,null"))
}

fn is_date(text: &str) -> bool {
    schema::is_date(text) || chrono::DateTime::parse_from_rfc3339(text).is_ok()
}
