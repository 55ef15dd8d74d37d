//! Lines for a mapping file and a metadata schema, ready to be picked from.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{Inspection, Kind, Trait, Values};
use crate::{
    mapping::{Use, Uses},
    wording::share,
};

/// Definitions that a metadata schema may have (docs/api-facts.md C4).
const MOST_DEFINITIONS: usize = 100;

/// Traits that no rule looks at, the most common first; members of objects only where the object has a use.
pub(super) fn left_behind<'a>(inspection: &'a Inspection, uses: &Uses) -> Vec<Trait<'a>> {
    let unused = |keys: &[&str]| uses.of_trait(keys) == Use::LeftBehind;
    let mut traits = inspection.traits.by_share();
    traits.retain(|row| {
        let inside_unused = row.member.is_some() && unused(&[row.name]);
        row.values.present() > 0 && unused(&row.keys()) && !inside_unused
    });
    traits
}

/// The table `[metadata]` of a mapping file that would take along what is left behind.
pub(super) fn mapping_lines(inspection: &Inspection, uses: &Uses) -> String {
    let mut lines = String::from("[metadata]\nobject = \"/traits/metadata\"\ninclude = [\n");
    // A glob takes whole traits: a member of an object that is used otherwise needs a path of its own.
    let whole = left_behind(inspection, uses).into_iter().filter(|row| row.member.is_none());
    for row in whole {
        let pattern = glob::Pattern::escape(row.name);
        let name = Value::from(pattern).to_string();
        let share = share(row.values.present(), inspection.profiles);
        // Writing to a string cannot fail.
        let _ = writeln!(lines, "    {:<32} # {share} of profiles: {}", name + ",", kinds(row.values));
    }
    lines.push_str("]\n");
    lines
}

/// A metadata schema in the API's form that would fit the metadata there is, and the traits left behind.
pub(super) fn metadata_schema(inspection: &Inspection, uses: &Uses) -> Value {
    let traits = inspection.traits.by_share();
    let metadata = traits.iter().flat_map(|row| metadata_keys(row, uses).into_iter().map(|key| (key, row.values)));
    let left_behind = left_behind(inspection, uses).into_iter().filter(|row| row.member.is_none());
    let mut properties = Map::new();
    for (key, values) in metadata.chain(left_behind.map(|row| (row.name.to_owned(), row.values))) {
        if properties.len() < MOST_DEFINITIONS
            && !properties.contains_key(&key)
            && let Some(kind) = schema_type(values)
        {
            let array = kind == "array";
            let kind = if array { "string" } else { kind };
            properties.insert(key, json!({ "type": kind, "array": array, "optional": true }));
        }
    }
    json!({ "related_object": "customer", "allow_defined_only": false, "properties": properties })
}

/// The keys of metadata that a trait gives as it is: under its own name, or under another.
fn metadata_keys(row: &Trait<'_>, uses: &Uses) -> Vec<String> {
    let Use::Fields(fields) = uses.of_trait(&row.keys()) else { return Vec::new() };
    let own = match row.member {
        None => (row.name != "metadata").then_some(row.name),
        Some(member) => Some(member).filter(|_| row.name == "metadata"),
    };
    let keys = fields.iter().filter_map(|field| match field.strip_prefix("metadata") {
        Some("") => own,
        // A member of an object that is copied whole has no key of its own.
        Some(named) if row.member.is_none() || row.name == "metadata" => named.strip_prefix('.'),
        _ => None,
    });
    keys.map(ToOwned::to_owned).collect()
}

/// The type that takes every value seen; `None` where there is none.
fn schema_type(values: &Values) -> Option<&'static str> {
    let seen: Vec<Kind> = values.kinds().collect();
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
pub(super) fn kinds(values: &Values) -> String {
    let mut kinds: Vec<Kind> = values.kinds().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(values.of_kind(*kind)));
    kinds.into_iter().map(Kind::as_str).collect::<Vec<_>>().join(", ")
}
