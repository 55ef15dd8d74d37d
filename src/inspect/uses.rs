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
                let how = matches!(key.as_str(), "join" | "text" | "separator" | "constant" | "copy");
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
    use crate::mapping::Preset;

    #[test]
    fn every_preset_tells_what_it_uses() {
        for preset in Preset::ALL {
            let uses = Uses::parse(preset.text()).unwrap();
            assert_eq!(uses.of("email"), Use::Field("email".into()), "{preset:?}");
            assert_eq!(uses.of("address.city"), Use::Field("address.city".into()), "{preset:?}");
            assert_eq!(uses.of("plan"), Use::LeftBehind, "{preset:?}");
        }
    }

    #[test]
    fn an_object_is_used_whole_in_parts_or_not_at_all() {
        let uses = Uses::parse(Preset::InitialSync.text()).unwrap();
        assert_eq!(uses.of("firstName"), Use::Field("name".into()));
        assert_eq!(uses.of("metadata.tier"), Use::Field("metadata".into()));
        assert_eq!(uses.of("address.floor"), Use::LeftBehind);
        let parts = Uses::parse("[address]\ncity = '/traits/home/city'").unwrap();
        assert_eq!(parts.of("home"), Use::InParts);
        assert_eq!(parts.of("homes"), Use::LeftBehind);
    }
}
