//! External ids by type, and which of them may become a customer's `source_id`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::extract;

/// One external id as the API lists it; its other members do not matter here.
#[derive(Deserialize)]
struct Item<'a> {
    #[serde(rename = "type", default, borrow)]
    kind: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, borrow)]
    id: Option<&'a RawValue>,
}

/// All ids of one type, as JSON text, in the API's order. External ids may be the API's list, an object by type, or
/// missing; an item of another shape is none.
pub(super) fn of_type<'a>(external_ids: Option<&'a str>, wanted: &str) -> Vec<&'a str> {
    let text = external_ids.unwrap_or_default();
    match text.as_bytes().first() {
        Some(b'[') => match serde_json::from_str::<Vec<Item<'a>>>(text) {
            Ok(items) => items
                .iter()
                .filter(|item| item.kind.as_deref() == Some(wanted))
                .filter_map(|item| Some(item.id?.get()))
                .collect(),
            Err(_) => carefully(text, wanted),
        },
        Some(b'{') => {
            let members = extract::members(text).unwrap_or_default();
            members.into_iter().filter(|(kind, _)| kind == wanted).map(|(_, id)| id).collect()
        }
        _ => Vec::new(),
    }
}

/// Item by item, so that one of another shape hides no others.
fn carefully<'a>(text: &'a str, wanted: &str) -> Vec<&'a str> {
    let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let items = items.into_iter().filter_map(|item| serde_json::from_str::<Item<'a>>(item.get()).ok());
    items.filter(|item| item.kind.as_deref() == Some(wanted)).filter_map(|item| Some(item.id?.get())).collect()
}

/// Values that Segment itself blocks (API_FACTS.md A7).
#[must_use]
pub fn is_blocked(value: &str) -> bool {
    let word = ["null", "undefined", "anonymous", "-1"].iter().any(|word| value.eq_ignore_ascii_case(word));
    word || value.bytes().all(|byte| matches!(byte, b'0' | b'-'))
}
