//! What a mapping takes of a profile: the one answer for everybody who tells what becomes of a trait.

use super::{
    MetadataSchema,
    definition::{Definition, Metadata, Path, Piece, Source},
};

/// Name of the metadata among the fields of a customer.
const METADATA: &str = "metadata";

/// What a mapping takes of a profile's traits, and what for.
#[derive(Debug, Clone)]
pub struct Uses {
    /// Paths below `traits`, each with the customer field that it may give.
    paths: Vec<(Vec<String>, String)>,
    metadata: Metadata,
    /// Paths below `traits` that decide whether a profile is skipped.
    skips: Vec<Vec<String>>,
    schema: Option<MetadataSchema>,
}

/// What becomes of a trait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// It may become these customer fields.
    Fields(Vec<String>),
    /// Members of it are used.
    InParts,
    /// It would be a key of metadata that the metadata schema neither defines nor lets pass.
    Undefined,
    /// No rule looks at it.
    LeftBehind,
}

impl Definition {
    /// What it takes of a profile, and what for.
    #[must_use]
    pub fn uses(&self) -> Uses {
        Uses::of(self)
    }
}

impl Uses {
    fn of(definition: &Definition) -> Self {
        let mut uses =
            Self { paths: Vec::new(), metadata: definition.metadata.clone(), skips: Vec::new(), schema: None };
        for (field, sources) in &definition.fields {
            uses.take(sources, field.name());
        }
        for (key, sources) in &definition.metadata.fields {
            uses.take(&sources.0, &format!("{METADATA}.{key}"));
        }
        uses.skips = definition.skip.iter().filter_map(|rule| below_traits(&rule.path).map(<[_]>::to_vec)).collect();
        uses
    }

    /// The same, where metadata is held against a schema.
    #[must_use]
    pub fn within(self, schema: Option<&MetadataSchema>) -> Self {
        Self { schema: schema.cloned(), ..self }
    }

    fn take(&mut self, sources: &[Source], field: &str) {
        for source in sources {
            match source {
                Source::Path(path) | Source::Changed(path, _) => {
                    self.paths.extend(below_traits(path).map(|keys| (keys.to_vec(), field.to_owned())));
                }
                Source::Template(template) => {
                    let paths = template.pieces.iter().filter_map(|piece| match piece {
                        Piece::Path(path) => below_traits(path),
                        Piece::Fixed(_) => None,
                    });
                    self.paths.extend(paths.map(|keys| (keys.to_vec(), field.to_owned())));
                }
                Source::Join { parts, .. } => parts.iter().for_each(|part| self.take(part, field)),
                Source::Constant(_) => {}
            }
        }
    }

    /// What becomes of the trait at a path of keys: its name, and below it those of members of objects.
    #[must_use]
    pub fn of_trait(&self, keys: &[&str]) -> Use {
        let mut fields: Vec<String> = Vec::new();
        for (_, field) in self.paths.iter().filter(|(path, _)| path == keys) {
            if !fields.contains(field) {
                fields.push(field.clone());
            }
        }
        match self.metadata_of(keys) {
            Some(Use::Fields(metadata)) => fields.extend(metadata),
            Some(other) if fields.is_empty() => return other,
            _ => {}
        }
        if fields.is_empty() && self.skips.iter().any(|path| path == keys) {
            fields.push("(skip)".to_owned());
        }
        if !fields.is_empty() {
            return Use::Fields(fields);
        }
        let object = self.metadata.object.as_ref().and_then(below_traits);
        let mut parts =
            self.paths.iter().map(|(path, _)| &path[..]).chain(object).chain(self.skips.iter().map(|path| &path[..]));
        if parts.any(|path| path.len() > keys.len() && path[..keys.len()] == *keys) {
            return Use::InParts;
        }
        Use::LeftBehind
    }

    /// As metadata: a member of the object that is copied, or a trait that is copied whole.
    fn metadata_of(&self, keys: &[&str]) -> Option<Use> {
        let object = self.metadata.object.as_ref().and_then(below_traits);
        let in_object = object.and_then(|object| (keys.len() >= object.len()).then(|| keys.split_at(object.len())));
        if let (Some(object), Some((above, rest))) = (object, in_object)
            && object == above
        {
            return match rest.first() {
                None => Some(Use::Fields(vec![METADATA.to_owned()])),
                Some(key) => self.key(key),
            };
        }
        let (name, _) = keys.split_first()?;
        if self.metadata.include.matches(name) { self.key(name) } else { None }
    }

    /// What becomes of a key of metadata, unless it is left out.
    fn key(&self, key: &str) -> Option<Use> {
        if self.metadata.exclude.matches(key) {
            return None;
        }
        let renamed = self.metadata.rename.get(key);
        if self.schema.as_ref().is_some_and(|schema| !schema.takes(renamed.map_or(key, String::as_str))) {
            return Some(Use::Undefined);
        }
        Some(Use::Fields(vec![renamed.map_or_else(|| METADATA.to_owned(), |name| format!("{METADATA}.{name}"))]))
    }
}

/// The keys of a path below `traits`; `None` for one that leads elsewhere.
fn below_traits(path: &Path) -> Option<&[String]> {
    path.0.split_first().filter(|(first, _)| *first == "traits").map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPPING: &str = r#"
[customer]
source_id = "/external_ids/{identifier}"
name = ["/traits/name", { join = [["/traits/firstName"], "/traits/lastName"], separator = " " }]
email = "/traits/email"
[customer.address]
city = ["/traits/address/city", "/traits/home/city"]
line_1 = ["/traits/street", "/traits/address", "/traits/a~1b"]
[metadata]
object = "/traits/metadata"
include = ["plan", "utm_*"]
exclude = ["utm_id", "secret"]
rename = { plan = "tier" }
"#;

    #[test]
    fn an_object_is_used_whole_in_parts_or_not_at_all() {
        let uses = Definition::parse(MAPPING, "m.toml").unwrap().uses();
        let field = |name: &str| Use::Fields(vec![name.to_owned()]);
        for (keys, becomes) in [
            (&["email"][..], field("email")),
            (&["firstName"], field("name")),
            (&["lastName"], field("name")),
            (&["address"], field("address.line_1")),
            (&["address", "city"], field("address.city")),
            (&["address", "floor"], Use::LeftBehind),
            (&["a/b"], field("address.line_1")),
            (&["home"], Use::InParts),
            (&["homes"], Use::LeftBehind),
            (&["home.city"], Use::LeftBehind),
            (&["metadata"], field("metadata")),
            (&["metadata", "tier"], field("metadata")),
            (&["metadata", "secret"], Use::LeftBehind),
            (&["plan"], field("metadata.tier")),
            (&["plan", "name"], field("metadata.tier")),
            (&["plans"], Use::LeftBehind),
            (&["utm_source"], field("metadata")),
            (&["utm_id"], Use::LeftBehind),
        ] {
            assert_eq!(uses.of_trait(keys), becomes, "{keys:?}");
        }
    }

    #[test]
    fn traits_that_are_copied_whole_leave_nothing_behind() {
        let mapping = "[customer]\nsource_id = \"/external_ids/user_id\"\n[metadata]\nobject = \"/traits\"\n";
        let uses = Definition::parse(mapping, "m.toml").unwrap().uses();
        assert_eq!(uses.of_trait(&["plan"]), Use::Fields(vec!["metadata".into()]));
    }

    #[test]
    fn a_trait_that_several_fields_take_becomes_all_of_them() {
        let mapping = r#"
[customer]
source_id = "/external_ids/user_id"
name = ["/traits/name", "/traits/email"]
email = "/traits/email"
[metadata]
include = ["*"]
rename = { plan = "tier" }
fields = { mail = "/traits/email" }
[[skip]]
path = "/traits/plan"
equals = "none"
"#;
        let uses = Definition::parse(mapping, "m.toml").unwrap().uses();
        for (key, fields) in [
            ("email", &["name", "email", "metadata.mail", "metadata"][..]),
            ("name", &["name", "metadata"]),
            ("plan", &["metadata.tier"]),
            ("other", &["metadata"]),
        ] {
            assert_eq!(uses.of_trait(&[key]), Use::Fields(fields.iter().map(ToString::to_string).collect()), "{key}");
        }
    }
}
