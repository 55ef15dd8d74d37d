//! The table `[metadata]`: what becomes metadata beside the customer's own fields.

use std::collections::BTreeMap;

use glob::Pattern;
use serde::Deserialize;

use super::{Path, Sources};

/// What becomes metadata.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::mapping) struct Metadata {
    /// Path of an object that is copied.
    pub(in crate::mapping) object: Option<Path>,
    /// Traits that are copied as well.
    pub(in crate::mapping) include: Patterns,
    /// Keys that are left out.
    pub(in crate::mapping) exclude: Patterns,
    /// Keys that get another name.
    pub(in crate::mapping) rename: BTreeMap<String, String>,
    /// Keys with sources of their own, as a field of the customer has them; they win over what is copied.
    pub(in crate::mapping) fields: BTreeMap<String, Sources>,
    /// Objects become a key for each of their members: `company.name` is `company_name`.
    pub(in crate::mapping) flatten: bool,
    /// Which characters keys may have.
    pub(in crate::mapping) keys: Keys,
    /// Types that values are to have, by key.
    pub(in crate::mapping) types: BTreeMap<String, Kind>,
}

impl Metadata {
    /// Whether nothing but the object is sent, with nothing left out, renamed or given another form.
    pub(in crate::mapping) fn only_copies(&self) -> bool {
        let Self { object, include, exclude, rename, fields, flatten, keys: _, types } = self;
        let changes = include.is_empty() && exclude.is_empty() && rename.is_empty() && fields.is_empty();
        object.is_some() && changes && types.is_empty() && !flatten
    }
}

/// Which characters the keys of metadata may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::mapping) enum Keys {
    /// Those that they have; others than Voucherify names are told (docs/api-facts.md C4).
    #[default]
    Any,
    /// Letters, digits, `-` and `_`; any other becomes `_`.
    Safe,
}

/// The type of a value, by the words of a metadata schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::mapping) enum Kind {
    /// Text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// ISO 8601 date and time.
    Datetime,
}

/// Globs, of which one is enough to match.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Vec<PatternText>")]
pub(in crate::mapping) struct Patterns(Vec<Pattern>);

/// A glob as it is written, checked on its own so that its line is known.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::mapping) struct PatternText(Pattern);

impl TryFrom<String> for PatternText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let pattern = Pattern::new(&text);
        pattern.map(Self).map_err(|error| format!("`{text}` is no pattern: {}", error.msg))
    }
}

impl PatternText {
    /// Whether it matches the whole of a text.
    pub(in crate::mapping) fn matches(&self, text: &str) -> bool {
        self.0.matches(text)
    }
}

impl From<Vec<PatternText>> for Patterns {
    fn from(patterns: Vec<PatternText>) -> Self {
        Self(patterns.into_iter().map(|PatternText(pattern)| pattern).collect())
    }
}

impl Patterns {
    /// Whether there is none.
    pub(in crate::mapping) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them matches.
    pub(in crate::mapping) fn matches(&self, key: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(key))
    }
}
