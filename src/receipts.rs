//! What is known of each batch at each target: one receipt a batch, replaced atomically at each step of its life.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One receipt: `batches/receipts/<target>/batch-000001.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// SHA-256 of the batch's JSON, in hexadecimal: a batch is looked up by it, never by its file name.
    pub sha256: String,
    /// File name of the batch when it was sent, for people; `-` for standard input.
    pub batch: String,
    /// Customers in the batch.
    pub customers: u64,
    /// Where the batch is in its life.
    pub state: State,
    /// The server's handle on the work, once the batch was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub async_action_id: Option<String>,
    /// When the batch was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<DateTime<Utc>>,
    /// When its end was learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// POSTs of this batch, over all runs.
    pub attempts: u64,
    /// Customers that the server says it took.
    pub done_count: u64,
    /// Customers that the server says it refused.
    pub failed_count: u64,
    /// Customers of whom the server's answer says nothing.
    #[serde(default)]
    pub unknown_count: u64,
    /// The server's words for each refused customer, as far as it gave them.
    pub errors: Vec<Refusal>,
}

/// Where a batch is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Accepted; its end is not known yet. The next run follows it and does not send it again.
    Submitted,
    /// Finished; single customers may have been refused.
    Done,
    /// Refused as a whole.
    Refused,
}

/// Why the server refused one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The customer, where the server named it.
    #[serde(default)]
    pub source_id: Option<String>,
    /// The server's code word, for instance `metadata_validation_failed`.
    #[serde(default)]
    pub key: Option<String>,
    /// The server's message.
    #[serde(default)]
    pub message: Option<String>,
    /// The server's details.
    #[serde(default)]
    pub details: Option<String>,
}
