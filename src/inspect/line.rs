//! One line of an archive as slices of itself: nothing is decoded that nobody looks at.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A profile, as far as it is looked at.
#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    /// The profile's id.
    #[serde(borrow)]
    pub(super) segment_id: Cow<'a, str>,
    /// As the API gives them, or an object by type.
    #[serde(borrow, default)]
    pub(super) external_ids: Option<&'a RawValue>,
    /// The members of `traits`.
    #[serde(borrow, default)]
    pub(super) traits: Option<Members<'a>>,
}

/// The members of an object, in order, each value as it is written.
#[derive(Debug, Default)]
pub(super) struct Members<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

/// One external id.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ExternalId<'a> {
    /// Its type.
    pub(super) kind: Cow<'a, str>,
    /// Its value.
    pub(super) value: Cow<'a, str>,
}

/// A text that borrows from the line where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(24));
                while let Some((Text(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

impl<'a> Line<'a> {
    /// Reads a line; `None` where it is no profile.
    pub(super) fn parse(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok().filter(|line: &Self| !line.segment_id.trim().is_empty())
    }

    /// The external ids, in order; what is no external id is passed over.
    pub(super) fn external_ids(&self) -> Vec<ExternalId<'a>> {
        let Some(raw) = self.external_ids.map(RawValue::get) else { return Vec::new() };
        if raw.starts_with('[') {
            let items: Vec<&'a RawValue> = serde_json::from_str(raw).unwrap_or_default();
            items.into_iter().filter_map(ExternalId::of_item).collect()
        } else {
            let members: Members<'a> = serde_json::from_str(raw).unwrap_or_default();
            members.0.into_iter().map(|(kind, value)| ExternalId { kind, value: text(value) }).collect()
        }
    }
}

impl<'a> ExternalId<'a> {
    fn of_item(item: &'a RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Item<'a> {
            #[serde(borrow)]
            id: &'a RawValue,
            #[serde(borrow, rename = "type")]
            kind: Cow<'a, str>,
        }
        let item: Item<'a> = serde_json::from_str(item.get()).ok()?;
        Some(Self { kind: item.kind, value: text(item.id) })
    }
}

/// A text without its quotes and escapes, anything else as it is written.
fn text(value: &RawValue) -> Cow<'_, str> {
    serde_json::from_str(value.get()).map_or(Cow::Borrowed(value.get()), |Text(text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_external_ids_are_read() {
        let list =
            br#"{"segment_id":"use_1","external_ids":[{"id":"a","type":"user_id","x":1},7,{"id":5,"type":"email"}]}"#;
        let object = br#"{"segment_id":"use_1","external_ids":{"user_id":"a","email":5},"traits":null}"#;
        for line in [&list[..], &object[..]] {
            let line = Line::parse(line).unwrap();
            let ids: Vec<_> = line.external_ids().into_iter().map(|id| format!("{}={}", id.kind, id.value)).collect();
            assert_eq!(ids, ["user_id=a", "email=5"]);
        }
    }

    #[test]
    fn what_is_no_profile_is_none() {
        for line in ["", "{", "[]", "{}", r#"{"segment_id":7}"#, r#"{"segment_id":" "}"#, "{\"segment_id\":\"\u{7}\"}"]
        {
            assert!(Line::parse(line.as_bytes()).is_none(), "{line}");
        }
    }
}
