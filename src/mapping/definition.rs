//! The mapping file as data: which sources each field has, what becomes metadata, and what is always the same.

use std::ops::Range;

use glob::Pattern;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::MappingError;
use crate::customer::Field;

/// A mapping that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Preset {
    /// The mapping of the script `segmentio-initial-sync`, made whole.
    #[default]
    InitialSync,
    /// What Segment's own live Voucherify destination sends.
    SegmentActions, // docs/api-facts.md C7; not in the doc, which users see as help
}

impl Preset {
    /// Every preset, the default first.
    pub const ALL: [Self; 2] = [Self::InitialSync, Self::SegmentActions];

    /// The word for it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InitialSync => "initial-sync",
            Self::SegmentActions => "segment-actions",
        }
    }

    /// The mapping file itself, with its comments: what `--print-mapping` prints.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::InitialSync => include_str!("presets/initial-sync.toml"),
            Self::SegmentActions => include_str!("presets/segment-actions.toml"),
        }
    }
}

/// What goes where: a mapping file, checked.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// Fields with their sources, the first with a value wins.
    pub(super) fields: Vec<(Field, Vec<Source>)>,
    /// What becomes metadata.
    pub(super) metadata: Metadata,
    /// Constants that the program's own metadata carries.
    pub(super) system_metadata: Vec<(String, String)>,
}

/// Where the text of a field may come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The value at a path: the unescaped keys of a JSON Pointer.
    Path(Vec<String>),
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

/// What becomes metadata.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata {
    /// Path of an object that is copied.
    pub(super) object: Option<Vec<String>>,
    /// Traits that are copied as well.
    pub(super) include: Vec<Pattern>,
    /// Keys that are left out.
    pub(super) exclude: Vec<Pattern>,
    /// Keys that get another name.
    pub(super) rename: Vec<(String, String)>,
}

impl Definition {
    /// Reads a mapping file; `file_name` is for the messages.
    ///
    /// # Errors
    /// What is wrong, with the file, the line and the key.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, MappingError> {
        let file = MappingFile { text, file_name };
        let table = DeTable::parse(text).map_err(|error| file.wrong(error.span().unwrap_or(0..0), error.message()))?;
        file.definition(table.get_ref())
    }

    /// A mapping that comes with the program.
    ///
    /// # Errors
    /// None in practice; the presets are tested.
    pub fn preset(preset: Preset) -> Result<Self, MappingError> {
        Self::parse(preset.text(), preset.as_str())
    }
}

type Value<'t> = Spanned<DeValue<'t>>;

/// A mapping file while it is read.
struct MappingFile<'t> {
    text: &'t str,
    file_name: &'t str,
}

impl MappingFile<'_> {
    fn wrong(&self, span: Range<usize>, message: impl std::fmt::Display) -> MappingError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let mut error = MappingError::new(format!("`{}` line {line}: {message}", self.file_name));
        error.hint = Some("`transform --print-mapping` prints a mapping file with explanations".into());
        error
    }

    fn definition(&self, table: &DeTable<'_>) -> Result<Definition, MappingError> {
        let mut definition = Definition::default();
        for (key, value) in table {
            let table = || self.table(key.get_ref(), value);
            match key.get_ref().as_ref() {
                "customer" => self.customer(table()?, &mut definition)?,
                "metadata" => definition.metadata = self.metadata(table()?)?,
                "system_metadata" => definition.system_metadata = self.texts(table()?)?,
                other => {
                    return Err(self.wrong(key.span(), unknown(other, &["customer", "metadata", "system_metadata"])));
                }
            }
        }
        definition.fields.sort_by_key(|(field, _)| *field);
        if !definition.fields.iter().any(|(field, _)| *field == Field::SourceId) {
            return Err(self.wrong(0..0, "`customer.source_id` is missing: without it no customer has an identity"));
        }
        Ok(definition)
    }

    fn customer(&self, table: &DeTable<'_>, definition: &mut Definition) -> Result<(), MappingError> {
        for (key, value) in table {
            if key.get_ref() == "address" {
                for (key, value) in self.table("address", value)? {
                    self.field(&format!("address.{}", key.get_ref()), key.span(), value, definition)?;
                }
            } else {
                self.field(key.get_ref(), key.span(), value, definition)?;
            }
        }
        Ok(())
    }

    fn field(
        &self,
        name: &str,
        span: Range<usize>,
        value: &Value<'_>,
        definition: &mut Definition,
    ) -> Result<(), MappingError> {
        let Some(field) = Field::of(name) else {
            return Err(self.wrong(span, unknown(name, &Field::ALL.map(Field::name))));
        };
        definition.fields.push((field, self.sources(name, value)?));
        Ok(())
    }

    /// One source, or a list of them.
    fn sources(&self, name: &str, value: &Value<'_>) -> Result<Vec<Source>, MappingError> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.source(name, item)).collect(),
            _ => Ok(vec![self.source(name, value)?]),
        }
    }

    fn source(&self, name: &str, value: &Value<'_>) -> Result<Source, MappingError> {
        match value.get_ref() {
            DeValue::String(_) => Ok(Source::Path(self.path(name, value)?)),
            DeValue::Table(table) => {
                let member =
                    |wanted: &str| table.iter().find(|(key, _)| key.get_ref() == wanted).map(|(_, value)| value);
                let allowed: &[&str] = if member("join").is_some() { &["join", "separator"] } else { &["constant"] };
                if let Some((key, _)) = table.iter().find(|(key, _)| !allowed.contains(&key.get_ref().as_ref())) {
                    return Err(self.wrong(key.span(), unknown(key.get_ref(), &["join", "separator", "constant"])));
                }
                match (member("join"), member("constant")) {
                    (Some(join), _) => Ok(Source::Join {
                        parts: self
                            .list(name, join)?
                            .iter()
                            .map(|part| self.sources(name, part))
                            .collect::<Result<_, _>>()?,
                        separator: member("separator").map_or(Ok(" ".into()), |text| self.string("separator", text))?,
                    }),
                    (None, Some(constant)) => Ok(Source::Constant(self.string("constant", constant)?)),
                    (None, None) => Err(self.wrong(value.span(), format!("`{name}` needs `join` or `constant`"))),
                }
            }
            _ => Err(self.wrong(value.span(), format!("`{name}` takes paths, joins or constants"))),
        }
    }

    fn metadata(&self, table: &DeTable<'_>) -> Result<Metadata, MappingError> {
        let mut metadata = Metadata::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "object" => metadata.object = Some(self.path("object", value)?),
                "include" => metadata.include = self.patterns("include", value)?,
                "exclude" => metadata.exclude = self.patterns("exclude", value)?,
                "rename" => metadata.rename = self.texts(self.table("rename", value)?)?,
                other => {
                    return Err(self.wrong(key.span(), unknown(other, &["object", "include", "exclude", "rename"])));
                }
            }
        }
        Ok(metadata)
    }

    fn patterns(&self, name: &str, value: &Value<'_>) -> Result<Vec<Pattern>, MappingError> {
        let pattern = |item: &Value<'_>| {
            let text = self.string(name, item)?;
            Pattern::new(&text)
                .map_err(|error| self.wrong(item.span(), format!("`{text}` is no pattern: {}", error.msg)))
        };
        self.list(name, value)?.iter().map(pattern).collect()
    }

    fn texts(&self, table: &DeTable<'_>) -> Result<Vec<(String, String)>, MappingError> {
        let text = |(key, value): (&Spanned<_>, &Value<'_>)| {
            let key: &std::borrow::Cow<'_, str> = key.get_ref();
            Ok((key.to_string(), self.string(key, value)?))
        };
        table.iter().map(text).collect()
    }

    /// The keys of a JSON Pointer (RFC 6901).
    fn path(&self, name: &str, value: &Value<'_>) -> Result<Vec<String>, MappingError> {
        let text = self.string(name, value)?;
        let Some(keys) = text.strip_prefix('/') else {
            let message = format!("`{text}` is no path: a JSON Pointer such as `/traits/name` begins with `/`");
            return Err(self.wrong(value.span(), message));
        };
        let keys: Vec<String> = keys.split('/').map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        match keys.first().map(String::as_str) {
            Some("traits" | "segment_id") => Ok(keys),
            Some("external_ids") if keys.len() == 2 => Ok(keys),
            Some("external_ids") => {
                Err(self.wrong(value.span(), format!("`{text}` names no type: `/external_ids/user_id`")))
            }
            _ => Err(self.wrong(
                value.span(),
                format!("`{text}` leads nowhere: a profile has `/segment_id`, `/external_ids` and `/traits`"),
            )),
        }
    }

    fn table<'v, 'i>(&self, name: &str, value: &'v Value<'i>) -> Result<&'v DeTable<'i>, MappingError> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong(value.span(), format!("`{name}` must be a table"))),
        }
    }

    fn list<'v, 'i>(&self, name: &str, value: &'v Value<'i>) -> Result<&'v [Value<'i>], MappingError> {
        match value.get_ref() {
            DeValue::Array(items) => Ok(items),
            _ => Err(self.wrong(value.span(), format!("`{name}` must be a list"))),
        }
    }

    fn string(&self, name: &str, value: &Value<'_>) -> Result<String, MappingError> {
        match value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong(value.span(), format!("`{name}` must be a text"))),
        }
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    format!("`{name}` is not known here; there are `{}`", known.join("`, `"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_presets_are_mapping_files() {
        for preset in Preset::ALL {
            let definition = Definition::preset(preset).unwrap();
            assert_eq!(definition.fields[0].1, [Source::Path(vec!["external_ids".into(), "{identifier}".into()])]);
        }
    }

    #[test]
    fn errors_name_the_line_and_the_key() {
        let source = "[customer]\nsource_id = \"/external_ids/user_id\"\n";
        for (rest, expected) in [
            ("nmae = \"/traits/name\"", "line 3: `nmae` is not known here"),
            ("name = \"traits/name\"", "line 3: `traits/name` is no path"),
            ("name = \"/trait/name\"", "line 3: `/trait/name` leads nowhere"),
            ("name = 7", "line 3: `name` takes paths"),
            ("name = { joined = [] }", "line 3: `joined` is not known here"),
            ("name = { join = \"/traits/a\" }", "line 3: `name` must be a list"),
            ("[customer.address]\ntown = \"/traits/x\"", "line 4: `address.town` is not known here"),
            ("[metadata]\ninclude = [\"a[\"]", "line 4: `a[` is no pattern"),
            ("[metadata]\nrenames = {}", "line 4: `renames` is not known here"),
            ("[meta]", "line 3: `meta` is not known here"),
            ("name = [\"/traits/name\"", "line 3:"),
        ] {
            let error = Definition::parse(&format!("{source}{rest}\n"), "m.toml").unwrap_err();
            assert!(error.message.contains(&format!("`m.toml` {expected}")), "{}", error.message);
        }
        assert!(Definition::parse("", "m.toml").unwrap_err().message.contains("`customer.source_id` is missing"));
    }
}
