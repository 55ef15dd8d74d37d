//! Why something is told of a profile, and what it does to it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a profile was rejected, or what happened to one of its fields (docs/formats.md, Findings).
///
/// In the order in which summaries show them. Each has the name that tables and manifests use.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reason {
    /// Not JSON, not an object, not UTF-8, or without `segment_id`.
    MalformedLine,
    /// No external id of the configured identifier type.
    MissingIdentifier,
    /// An identifier that many users share by mistake: `null`, `anonymous`, only zeros, … (docs/api-facts.md A7).
    BlockedIdentifier,
    /// A profile before this one has the same `source_id`; the first in input order wins.
    DuplicateSourceId,
    /// The same `segment_id` again.
    DuplicateProfile,
    /// One customer alone is larger than a batch may be.
    CustomerTooLarge,
    /// The metadata schema requires a key that has no value.
    MetadataRequired,
    /// The metadata schema forbids the value.
    MetadataInvalid,
    /// Not a date whose day is plain as it is written, or not a date of the calendar.
    InvalidBirthdate,
    /// An object or array where text is expected, metadata that is no object, or traits of another form.
    WrongType,
    /// A key `__proto__`, which a server may refuse a whole request for (docs/api-facts.md C1).
    PrototypeKey,
    /// Two values would have one key of metadata; the first has it.
    KeyConflict,
    /// A key that comes twice in one object of a line; the last value counts.
    RepeatedKey,
    /// A template of the mapping lacks one of its values.
    IncompleteTemplate,
    /// A number or boolean that was written as text, text that was read as another type, or blanks that were removed.
    Converted,
    /// Half of a surrogate pair, as text that was cut inside a character leaves it; U+FFFD stands in its place.
    HalfCharacter,
    /// An id with characters that nobody sees, such as a zero-width space: it differs from the one that it looks like.
    InvisibleCharacters,
    /// Does not look like an address; Voucherify decides.
    InvalidEmail,
    /// A phone number that the mapping could not write as E.164, or not without loss.
    DoubtfulPhone,
    /// A value that the mapping has no other value for.
    UnmappedValue,
    /// A value that a rule of the mapping could not read as what it expects.
    UnreadableValue,
    /// A number that a 64-bit float cannot hold: most readers of JSON round it, or take it for none.
    InexactNumber,
    /// Text that is JSON again, with its quotation marks.
    EncodedText,
    /// The metadata schema allows only defined keys, and this one is not.
    MetadataUndefined,
    /// A key of metadata with other characters than letters, digits, `-` and `_` (docs/api-facts.md C4).
    KeyCharacters,
    /// Several external ids of the identifier's type; one was used.
    MultipleIdentifiers,
}

/// What a finding does to its profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The profile is in no batch.
    Rejected,
    /// The field is not sent; the rest of the profile is.
    Dropped,
    /// The field is sent in another form.
    Converted,
    /// The field is sent as it is.
    Kept,
}

impl Reason {
    /// Every reason, in the order of the documentation.
    pub const ALL: &[Self] = <Self as strum::VariantArray>::VARIANTS;

    /// What happens to a profile or field with this finding, unless `--strict` rejects it.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::MalformedLine
            | Self::MissingIdentifier
            | Self::BlockedIdentifier
            | Self::DuplicateSourceId
            | Self::DuplicateProfile
            | Self::CustomerTooLarge
            | Self::MetadataRequired
            | Self::MetadataInvalid => Severity::Rejected,
            Self::InvalidBirthdate
            | Self::WrongType
            | Self::PrototypeKey
            | Self::KeyConflict
            | Self::RepeatedKey
            | Self::IncompleteTemplate
            | Self::MetadataUndefined => Severity::Dropped,
            Self::Converted | Self::HalfCharacter => Severity::Converted,
            Self::InvisibleCharacters
            | Self::InvalidEmail
            | Self::DoubtfulPhone
            | Self::UnmappedValue
            | Self::UnreadableValue
            | Self::InexactNumber
            | Self::EncodedText
            | Self::KeyCharacters
            | Self::MultipleIdentifiers => Severity::Kept,
        }
    }

    /// The word for it in CSV files, summaries and manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether it is counted by field instead of having a row for each profile: it is about a key, and about nobody.
    #[must_use]
    pub fn is_about_the_key(self) -> bool {
        matches!(self, Self::MetadataUndefined | Self::KeyCharacters)
    }

    /// What a person can do about it, for the summary.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::MalformedLine => "look at the named line; export again into another folder",
            Self::MissingIdentifier => "anonymous users; pick another `--identifier`, or fill in `corrected_value`",
            Self::BlockedIdentifier => "a placeholder id; fill in the real one as `corrected_value`",
            Self::DuplicateSourceId => "two profiles claim one id; merge them in Segment, or correct one",
            Self::DuplicateProfile => "the same profile twice; the first one was taken",
            Self::CustomerTooLarge => "exclude large traits in a mapping file",
            Self::MetadataRequired => "fill in `corrected_value`, or make the definition optional",
            Self::MetadataInvalid => "correct the value, or change the metadata schema",
            Self::InvalidBirthdate => "correct it as `YYYY-MM-DD`, or name its form in a mapping file",
            Self::WrongType => "map another trait to the field",
            Self::PrototypeKey => "rename the key in Segment, if its value is wanted",
            Self::KeyConflict => "give one of the two another name in a mapping file",
            Self::RepeatedKey => "whoever wrote the line wrote two values under one key; correct it there",
            Self::IncompleteTemplate => "add a source for those without the value that is missing",
            Self::Converted => "nothing, unless the text form is not wanted",
            Self::HalfCharacter => "text was cut inside a character; correct it where it is whole",
            Self::InvisibleCharacters => "write the id again without them, if they are not meant",
            Self::InvalidEmail => "correct it; Voucherify may refuse it",
            Self::DoubtfulPhone => "correct it as `+` with country and number",
            Self::UnmappedValue => "add the value to the table in the mapping file",
            Self::UnreadableValue => "correct the value, or the rule in the mapping file",
            Self::InexactNumber => "make it text by `types` in a mapping file",
            Self::EncodedText => "whoever wrote the line encoded the text twice; correct it there",
            Self::MetadataUndefined => "define the key in the metadata schema, or exclude it in a mapping file",
            Self::KeyCharacters => "rename the key in a mapping file, or set `keys = \"safe\"` there",
            Self::MultipleIdentifiers => "check that the right id was taken",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
