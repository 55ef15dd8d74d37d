//! One definition of a metadata schema, as the API spells it, and what it demands in words.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::{Number, Value};

/// What a schema says about one key (docs/api-facts.md C4); the spelling of the management API is understood, too.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Definition {
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    pub(super) presence: Presence,
    /// Name of the nested schema; objects without one may hold anything.
    pub(super) object_type: Option<String>,
    /// Values that are allowed, as text; any if there are none.
    pub(super) allowed: Vec<String>,
    /// Values that are forbidden, as text.
    pub(super) forbidden: Vec<String>,
    /// Each with the digits of its limit.
    pub(super) bounds: Vec<(Bound, String)>,
    /// Each with a number of characters.
    pub(super) lengths: Vec<(Length, u64)>,
    /// All that it demands, in the words that Voucherify uses when it refuses a value.
    pub(super) demands: String,
}

/// The type of a value, or of every element of an array.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    String,
    Number,
    Boolean,
    /// `YYYY-MM-DD`.
    Date,
    /// ISO 8601 date and time.
    Datetime,
    /// Address of a JPEG or PNG file.
    ImageUrl,
    /// Text of the form `latitude, longitude`.
    Geopoint,
    /// Held against a nested schema, if there is one.
    Object,
    /// A word of the future: any value is sent as it is.
    #[default]
    #[serde(other)]
    Unknown,
}

/// One value or a list of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    One,
    Array,
}

/// Whether a customer may come without the key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Presence {
    #[default]
    Optional,
    Required,
    /// The definition was removed: the key counts as undefined.
    Deleted,
}

/// On which side of its limit a number has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How a limit of characters is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    AtLeast,
    AtMost,
    Exactly,
}

/// The definition as it is spelled on the wire.
#[derive(Deserialize)]
#[serde(expecting = "a definition: an object with `type`")]
struct Written {
    #[serde(rename = "type", default)]
    kind: Kind,
    #[serde(default)]
    array: Option<bool>,
    #[serde(default)]
    optional: Option<bool>,
    #[serde(default)]
    deleted: Option<bool>,
    #[serde(default, rename = "objectType", alias = "object_type")]
    object_type: Option<String>,
    #[serde(default)]
    eq: Option<Vec<Value>>,
    #[serde(default)]
    ne: Option<Vec<Value>>,
    #[serde(default)]
    lt: Option<Number>,
    #[serde(default)]
    lte: Option<Number>,
    #[serde(default)]
    gt: Option<Number>,
    #[serde(default)]
    gte: Option<Number>,
    #[serde(default, rename = "minLength", alias = "min_length")]
    min_length: Option<u64>,
    #[serde(default, rename = "maxLength", alias = "max_length")]
    max_length: Option<u64>,
    #[serde(default, rename = "exactLength", alias = "exact_length")]
    exact_length: Option<u64>,
}

impl From<Written> for Definition {
    fn from(written: Written) -> Self {
        let bounds = [
            (Bound::Less, written.lt),
            (Bound::LessOrEqual, written.lte),
            (Bound::Greater, written.gt),
            (Bound::GreaterOrEqual, written.gte),
        ];
        let lengths = [
            (Length::AtLeast, written.min_length),
            (Length::AtMost, written.max_length),
            (Length::Exactly, written.exact_length),
        ];
        let mut definition = Self {
            kind: written.kind,
            shape: if written.array == Some(true) { Shape::Array } else { Shape::One },
            presence: match (written.deleted, written.optional) {
                (Some(true), _) => Presence::Deleted,
                (_, Some(false)) => Presence::Required,
                _ => Presence::Optional,
            },
            object_type: written.object_type,
            allowed: texts(written.eq),
            forbidden: texts(written.ne),
            bounds: bounds.into_iter().filter_map(|(bound, limit)| Some((bound, limit?.to_string()))).collect(),
            lengths: lengths.into_iter().filter_map(|(length, limit)| Some((length, limit?))).collect(),
            demands: String::new(),
        };
        definition.demands = definition.in_words();
        definition
    }
}

/// Text as it is, anything else as JSON.
fn texts(values: Option<Vec<Value>>) -> Vec<String> {
    let text = |value| if let Value::String(text) = value { text } else { value.to_string() };
    values.into_iter().flatten().map(text).collect()
}

impl Definition {
    /// Voucherify's grammar where it is known (docs/api-facts.md C4), and in its manner where it is not.
    fn in_words(&self) -> String {
        let mut words =
            String::from(if self.shape == Shape::Array { "must be an array, and every element: " } else { "" });
        words.push_str(self.kind.demand());
        if self.presence == Presence::Required {
            words.push_str(", property is required");
        }
        // Writing to a string cannot fail.
        if !self.allowed.is_empty() {
            let _ = write!(words, ", must be equal to one of {}", self.allowed.join(","));
        }
        if !self.forbidden.is_empty() {
            let _ = write!(words, ", must not be equal to any of {}", self.forbidden.join(","));
        }
        for (bound, limit) in &self.bounds {
            let _ = write!(words, ", must be {} {limit}", bound.in_words());
        }
        for (length, limit) in &self.lengths {
            let _ = write!(words, ", must have {} {limit} characters", length.in_words());
        }
        words
    }
}

impl Kind {
    fn demand(self) -> &'static str {
        match self {
            Self::String => "must be a string",
            Self::Number => "must be a number",
            Self::Boolean => "must be a boolean",
            Self::Date => "must be a date",
            Self::Datetime => "must be a datetime",
            Self::ImageUrl => "must be a URL pointing to JPG/JPEG or PNG resource",
            Self::Geopoint => "must be a geopoint",
            Self::Object => "must be an object",
            Self::Unknown => "must be as the schema says",
        }
    }
}

impl Bound {
    fn in_words(self) -> &'static str {
        match self {
            Self::Less => "less than",
            Self::LessOrEqual => "less than or equal to",
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "greater than or equal to",
        }
    }
}

impl Length {
    fn in_words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
            Self::Exactly => "exactly",
        }
    }
}
