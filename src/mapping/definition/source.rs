//! Where the text of a field may come from.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// What a source may be, for messages.
const EXPECTED: &str = "a path such as \"/traits/name\", or a table such as `{ join = […] }` or `{ constant = \"…\" }`";

/// Where the text of a field may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mapping) enum Source {
    /// The value at a path.
    Path(Path),
    /// Texts joined, each from its own sources; what has no value is left out.
    Join {
        /// The texts.
        parts: Vec<Vec<Source>>,
        /// What stands between them.
        separator: String,
    },
    /// Always the same.
    Constant(String),
}

/// One source, or a list of them of which the first with a value wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mapping) struct Sources(pub(in crate::mapping) Vec<Source>);

/// The unescaped keys of a JSON Pointer (RFC 6901) into a profile; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::mapping) struct Path(pub(in crate::mapping) Vec<String>);

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Some(keys) = text.strip_prefix('/') else {
            return Err(format!("`{text}` is no path: a JSON Pointer such as `/traits/name` begins with `/`"));
        };
        let keys: Vec<String> = keys.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        match keys.first().map(String::as_str) {
            Some("traits" | "segment_id") => Ok(Self(keys)),
            Some("external_ids") if keys.len() == 2 => Ok(Self(keys)),
            Some("external_ids") => Err(format!("`{text}` names no type: `/external_ids/user_id`")),
            _ => Err(format!("`{text}` leads nowhere: a profile has `/segment_id`, `/external_ids` and `/traits`")),
        }
    }
}

impl<'de> Deserialize<'de> for Sources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Sources;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{EXPECTED}, or a list of them")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Sources, E> {
                One.visit_str(text).map(|source| Sources(vec![source]))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Sources, A::Error> {
                One.visit_map(table).map(|source| Sources(vec![source]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Sources, A::Error> {
                let mut sources = Vec::new();
                while let Some(source) = items.next_element()? {
                    sources.push(source);
                }
                Ok(Sources(sources))
            }
        }

        deserializer.deserialize_any(OneOrMany)
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(One)
    }
}

/// Reads one source.
struct One;

impl<'de> Visitor<'de> for One {
    type Value = Source;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Source, E> {
        Path::try_from(text.to_owned()).map(Source::Path).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Source, A::Error> {
        let table = SourceTable::deserialize(MapAccessDeserializer::new(table))?;
        table.source().map_err(de::Error::custom)
    }
}

/// A source that is written as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceTable {
    join: Option<Vec<Sources>>,
    separator: Option<String>,
    constant: Option<String>,
}

impl SourceTable {
    fn source(self) -> Result<Source, &'static str> {
        match (self.join, self.constant, self.separator) {
            (Some(parts), None, separator) => Ok(Source::Join {
                parts: parts.into_iter().map(|Sources(sources)| sources).collect(),
                separator: separator.unwrap_or_else(|| " ".into()),
            }),
            (None, Some(text), None) => Ok(Source::Constant(text)),
            (None, None, _) => Err("a source that is a table needs `join` or `constant`"),
            (None, Some(_), Some(_)) => Err("`separator` goes with `join`"),
            (Some(_), Some(_), _) => Err("a source is either `join` or `constant`"),
        }
    }
}
