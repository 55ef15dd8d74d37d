//! Where the text of a field may come from.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use crate::mapping::change::{Case, Change, DateForm, Region, Unit};

/// What a source may be, for messages.
const EXPECTED: &str = "a path such as \"/traits/name\", or a table with `path`, `join`, `template` or `constant`";

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
    /// The text at a path, read or written otherwise.
    Changed(Path, Change),
    /// Texts between fixed ones; no value unless each of them has one.
    Template(Template),
}

/// Fixed texts and paths in turn.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::mapping) struct Template {
    /// As it is written.
    pub(in crate::mapping) text: String,
    pub(in crate::mapping) pieces: Vec<Piece>,
}

/// One piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mapping) enum Piece {
    /// Stands there as it is.
    Fixed(String),
    /// The text at a path.
    Path(Path),
}

impl TryFrom<String> for Template {
    type Error = String;

    /// Reads `{/traits/a} and {/traits/b}`; two braces stand for one.
    fn try_from(text: String) -> Result<Self, String> {
        let (mut pieces, mut fixed, mut rest) = (Vec::new(), String::new(), text.as_str());
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            fixed.push_str(before);
            let (first, after) = brace.split_at(1);
            if let Some(after) = after.strip_prefix(first) {
                fixed.push_str(first);
                rest = after;
                continue;
            }
            let path = (first == "{").then(|| after.split_once('}')).flatten();
            let Some((path, after)) = path else {
                return Err(format!("`{text}` has a brace without its other half; `{first}{first}` stands for one"));
            };
            pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
            pieces.push(Piece::Path(Path::try_from(path.to_owned())?));
            rest = after;
        }
        fixed.push_str(rest);
        pieces.push(Piece::Fixed(fixed));
        pieces.retain(|piece| !matches!(piece, Piece::Fixed(text) if text.is_empty()));
        if !pieces.iter().any(|piece| matches!(piece, Piece::Path(_))) {
            return Err(format!(
                "`{text}` has no path in it, such as `{{/traits/name}}`; a fixed text is a `constant`"
            ));
        }
        Ok(Self { text, pieces })
    }
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
        if keys.split('~').skip(1).any(|behind| !behind.starts_with(['0', '1'])) {
            return Err(format!("`{text}` is no path: in a JSON Pointer `~` is written `~0`, and `/` in a key `~1`"));
        }
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
    path: Option<Path>,
    date: Option<DateForm>,
    epoch: Option<Unit>,
    map: Option<BTreeMap<String, String>>,
    default: Option<String>,
    case: Option<Case>,
    phone: Option<Region>,
    join: Option<Vec<Sources>>,
    separator: Option<String>,
    template: Option<Template>,
    constant: Option<String>,
}

impl SourceTable {
    fn source(mut self) -> Result<Source, &'static str> {
        let separator = self.separator.take();
        if separator.is_some() && self.join.is_none() {
            return Err("`separator` goes with `join`");
        }
        if self.default.is_some() && self.map.is_none() {
            return Err("`default` goes with `map`");
        }
        let mut changes = self.changes();
        let source = match (self.path, self.join, self.template, self.constant) {
            (Some(path), None, None, None) => match (changes.pop(), changes.is_empty()) {
                (None, _) => Source::Path(path),
                (Some(change), true) => return Ok(Source::Changed(path, change)),
                (Some(_), false) => return Err("only one of `date`, `epoch`, `map`, `case` and `phone` at a time"),
            },
            (None, Some(parts), None, None) => Source::Join {
                parts: parts.into_iter().map(|Sources(sources)| sources).collect(),
                separator: separator.unwrap_or_else(|| " ".into()),
            },
            (None, None, Some(template), None) => Source::Template(template),
            (None, None, None, Some(text)) => Source::Constant(text),
            (None, None, None, None) => {
                return Err("a source that is a table needs `path`, `join`, `template` or `constant`");
            }
            _ => return Err("a source has only one of `path`, `join`, `template` and `constant`"),
        };
        if changes.is_empty() { Ok(source) } else { Err("`date`, `epoch`, `map`, `case` and `phone` go with `path`") }
    }

    /// What is done to the text.
    fn changes(&mut self) -> Vec<Change> {
        let default = self.default.take();
        let changes = [
            self.date.take().map(Change::Date),
            self.epoch.take().map(Change::Epoch),
            self.map.take().map(|texts| Change::Map { texts, default }),
            self.case.take().map(Change::Case),
            self.phone.take().map(Change::Phone),
        ];
        changes.into_iter().flatten().collect()
    }
}
