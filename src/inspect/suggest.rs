//! Lines for a mapping file and a metadata schema, ready to be picked from.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{
    Inspection, Kind, Values,
    uses::{Use, Uses},
};
use crate::wording::share;

/// Definitions that a metadata schema may have (docs/api-facts.md C4).
const MOST_DEFINITIONS: usize = 100;

/// Traits that no rule looks at, the most common first; members of objects only where the object has a use.
#[must_use]
pub fn left_behind<'a>(inspection: &'a Inspection, uses: &Uses) -> Vec<(&'a str, &'a Values)> {
    let unused = |name: &str| uses.of(name) == Use::LeftBehind;
    let inside_unused = |name: &str| name.rsplit_once('.').is_some_and(|(object, _)| unused(object));
    let mut traits = inspection.by_share();
    traits.retain(|(name, values)| values.present() > 0 && unused(name) && !inside_unused(name));
    traits
}

/// The table `[metadata]` of a mapping file that would take along what is left behind.
#[must_use]
pub fn mapping_lines(inspection: &Inspection, uses: &Uses) -> String {
    let mut lines = String::from("[metadata]\nobject = \"/traits/metadata\"\ninclude = [\n");
    // A glob takes whole traits: a member of an object that is used otherwise needs a path of its own.
    let whole = left_behind(inspection, uses).into_iter().filter(|(name, _)| !name.contains('.'));
    for (name, values) in whole {
        let name = Value::from(name).to_string();
        let share = share(values.present(), inspection.profiles);
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "    {:<32} # {share} of profiles: {}", name + ",", kinds(values));
    }
    lines.push_str("]\n");
    lines
}

/// A metadata schema in the API's form that would fit the metadata there is, and the traits left behind.
#[must_use]
pub fn metadata_schema(inspection: &Inspection, uses: &Uses) -> Value {
    let metadata = inspection.by_share().into_iter().filter_map(|(name, values)| {
        let key = name.strip_prefix("metadata.")?;
        (uses.of(name) == Use::Field("metadata".into())).then_some((key, values))
    });
    let left_behind = left_behind(inspection, uses).into_iter().filter(|(name, _)| !name.contains('.'));
    let mut properties = Map::new();
    for (key, values) in metadata.chain(left_behind) {
        if properties.len() < MOST_DEFINITIONS
            && !properties.contains_key(key)
            && let Some(kind) = schema_type(values)
        {
            let array = kind == "array";
            let kind = if array { "string" } else { kind };
            properties.insert(key.to_owned(), json!({ "type": kind, "array": array, "optional": true }));
        }
    }
    json!({ "related_object": "customer", "allow_defined_only": false, "properties": properties })
}

/// The type that takes every value seen; `None` where there is none.
fn schema_type(values: &Values) -> Option<&'static str> {
    let seen: Vec<Kind> = values.kinds.keys().copied().filter(|kind| *kind != Kind::Blank).collect();
    match seen[..] {
        [Kind::Number] => Some("number"),
        [Kind::Boolean] => Some("boolean"),
        [Kind::Date] => Some("date"),
        [Kind::DateTime] => Some("datetime"),
        [Kind::Array] => Some("array"),
        [] => None,
        _ if seen.iter().any(|kind| matches!(kind, Kind::Object | Kind::Array | Kind::Number | Kind::Boolean)) => None,
        _ => Some("string"),
    }
}

/// The kinds of a trait's values, the most common first.
#[must_use]
pub fn kinds(values: &Values) -> String {
    let mut kinds: Vec<_> = values.kinds.iter().filter(|(kind, _)| **kind != Kind::Blank).collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    kinds.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>().join(", ")
}
