//! What a mapping file would use of the traits, read from the file as data.

use toml::Value;

/// Paths into the traits, each with the customer field that it feeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    paths: Vec<(String, String)>,
}

/// What becomes of a trait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// It may become this customer field.
    Field(String),
    /// Members of it are used.
    InParts,
    /// No rule looks at it.
    LeftBehind,
}

impl Uses {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// A text that is no TOML.
    pub fn parse(mapping: &str) -> Result<Self, toml::de::Error> {
        let mut paths = Vec::new();
        collect(&toml::from_str(mapping)?, &mut Vec::new(), &mut paths);
        Ok(Self { paths })
    }

    /// What becomes of the trait `name`; a member of an object trait is `object.member`.
    #[must_use]
    pub fn of(&self, name: &str) -> Use {
        let exact = self.paths.iter().find(|(path, _)| path == name);
        // An object that is copied whole takes its members along.
        let whole = |(path, field): &&(String, String)| field == "metadata" && is_below(name, path);
        if let Some((_, field)) = exact.or_else(|| self.paths.iter().find(whole)) {
            Use::Field(field.clone())
        } else if self.paths.iter().any(|(path, _)| is_below(path, name)) {
            Use::InParts
        } else {
            Use::LeftBehind
        }
    }
}

fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

/// Every text that points into the traits, under the keys that name a customer field.
fn collect(value: &Value, keys: &mut Vec<String>, paths: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => {
            if let Some(path) = text.strip_prefix("/traits/") {
                let path = path.replace('/', ".").replace("~1", "/").replace("~0", "~");
                paths.push((path, keys.join(".")));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, paths)),
        Value::Table(members) => {
            for (key, member) in members {
                // These say how a value is taken, not where it goes.
                let how = matches!(key.as_str(), "customer" | "join" | "separator" | "constant" | "object");
                if !how {
                    keys.push(key.clone());
                }
                collect(member, keys, paths);
                if !how {
                    keys.pop();
                }
            }
        }
        _ => {}
    }
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
line_1 = ["/traits/street", "/traits/address"]
[metadata]
object = "/traits/metadata"
"#;

    #[test]
    fn an_object_is_used_whole_in_parts_or_not_at_all() {
        let uses = Uses::parse(MAPPING).unwrap();
        let field = |name: &str| Use::Field(name.to_owned());
        let expected = [
            ("email", field("email")),
            ("firstName", field("name")),
            ("lastName", field("name")),
            ("address", field("address.line_1")),
            ("address.city", field("address.city")),
            ("address.floor", Use::LeftBehind),
            ("home", Use::InParts),
            ("homes", Use::LeftBehind),
            ("metadata", field("metadata")),
            ("metadata.tier", field("metadata")),
            ("plan", Use::LeftBehind),
        ];
        for (name, becomes) in expected {
            assert_eq!(uses.of(name), becomes, "{name}");
        }
    }
}
