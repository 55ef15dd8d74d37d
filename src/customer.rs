//! What the bulk endpoint takes: one Voucherify customer (API_FACTS.md C1, C2).

use serde::Serialize;
use serde_json::{Map, Value};

/// One customer; members in the order in which they are written, and none that has no value: a `null` would erase what
/// Voucherify has (API_FACTS.md C1).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Customer {
    /// The customer's identity; required, immutable.
    pub source_id: String,
    /// First and last name in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Not checked by Voucherify as far as is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Free form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    /// Left out when it has no members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Copied as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Where the customer comes from.
    pub system_metadata: SystemMetadata,
}

/// A postal address, all members free text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Street and number, or an address that came in one piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_1: Option<String>,
    /// What does not fit above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_2: Option<String>,
    /// Country, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
}

/// The constant that marks customers who came from Segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemMetadata {
    /// `segmentio`.
    pub source: &'static str,
}

impl Default for SystemMetadata {
    fn default() -> Self {
        Self { source: "segmentio" }
    }
}
