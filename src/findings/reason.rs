//! Why a profile was rejected, or what happened to one of its fields.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a profile was rejected, or what happened to one of its fields (docs/formats.md, Findings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Not `YYYY-MM-DD` or an RFC 3339 date-time, or not a date of the calendar.
    InvalidBirthdate,
    /// An object or array where text is expected, or metadata that is no object.
    WrongType,
    /// A number or boolean that was written as text, or, with a schema, text that was read as another type.
    Converted,
    /// Does not look like an address; Voucherify decides.
    InvalidEmail,
    /// The metadata schema allows only defined keys, and this one is not.
    MetadataUndefined,
    /// Several external ids of the identifier's type; the first was used.
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
    /// Every reason, in the order in which summaries show them.
    pub const ALL: [Self; 14] = [
        Self::MalformedLine,
        Self::MissingIdentifier,
        Self::BlockedIdentifier,
        Self::DuplicateSourceId,
        Self::DuplicateProfile,
        Self::CustomerTooLarge,
        Self::MetadataRequired,
        Self::MetadataInvalid,
        Self::InvalidBirthdate,
        Self::WrongType,
        Self::Converted,
        Self::InvalidEmail,
        Self::MetadataUndefined,
        Self::MultipleIdentifiers,
    ];

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
            Self::InvalidBirthdate | Self::WrongType | Self::MetadataUndefined => Severity::Dropped,
            Self::Converted => Severity::Converted,
            Self::InvalidEmail | Self::MultipleIdentifiers => Severity::Kept,
        }
    }

    /// The word for it in CSV files, summaries and manifests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MalformedLine => "malformed_line",
            Self::MissingIdentifier => "missing_identifier",
            Self::BlockedIdentifier => "blocked_identifier",
            Self::DuplicateSourceId => "duplicate_source_id",
            Self::DuplicateProfile => "duplicate_profile",
            Self::CustomerTooLarge => "customer_too_large",
            Self::MetadataRequired => "metadata_required",
            Self::MetadataInvalid => "metadata_invalid",
            Self::InvalidBirthdate => "invalid_birthdate",
            Self::WrongType => "wrong_type",
            Self::Converted => "converted",
            Self::InvalidEmail => "invalid_email",
            Self::MetadataUndefined => "metadata_undefined",
            Self::MultipleIdentifiers => "multiple_identifiers",
        }
    }

    /// Whether it is counted by field instead of having a row for each profile: it is about a key, and about nobody.
    #[must_use]
    pub fn is_about_the_key(self) -> bool {
        self == Self::MetadataUndefined
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
            Self::InvalidBirthdate => "correct it as `YYYY-MM-DD`",
            Self::WrongType => "map another trait to the field",
            Self::Converted => "nothing, unless the text form is not wanted",
            Self::InvalidEmail => "correct it; Voucherify may refuse it",
            Self::MetadataUndefined => "define the key in the metadata schema, or exclude it in a mapping file",
            Self::MultipleIdentifiers => "check that the first id is the right one",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
