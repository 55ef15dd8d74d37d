//! The members of an object and the elements of an array, in their order, as the JSON text that they are written in.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// Members in their order, those that come twice, twice.
type RawMembers<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// The members of an object; `None` where the text is none.
pub(super) fn of_object(json: &str) -> Option<RawMembers<'_>> {
    serde_json::from_str(json).ok().map(|Object(members)| members)
}

/// The elements of an array; `None` where the text is none.
pub(super) fn of_array(json: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json).ok()
}

struct Object<'a>(RawMembers<'a>);

/// A key, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder).map(Self)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = RawMembers<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            members.push((key, value));
        }
        Ok(members)
    }
}
