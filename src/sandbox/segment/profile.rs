//! A profile, wherever it comes from.

use serde_json::{Map, Value};

/// A profile as the endpoints give it.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) segment_id: String,
    pub(super) external_ids: Vec<Value>,
    /// In byte order of their keys.
    pub(super) traits: Map<String, Value>,
}
