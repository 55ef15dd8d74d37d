//! What an archive holds: one Segment user a line, as the Profile API gave it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One line of an archive, whole: `{"segment_id":…,"external_ids":[…],"traits":{…}}`.
///
/// Nothing is renamed, cut or reordered, and numbers keep their digits (docs/api-facts.md A3, A4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The profile's id in its space, usually `use_…`; opaque.
    pub segment_id: String,
    /// The items of every page of `external_ids`, in the API's order: `id`, `type`, `created_at` and what else it sent.
    pub external_ids: Vec<Value>,
    /// The members of every page of `traits`, in the API's order.
    pub traits: Map<String, Value>,
}
