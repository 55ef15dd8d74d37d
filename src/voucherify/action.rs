//! Asynchronous actions, read leniently: what is missing, null or of another type says nothing (docs/api-facts.md C3).

use serde_json::Value;

use super::{Complaint, reports::ReportRow, shortened};

/// An asynchronous action as far as it is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Action {
    /// `ENQUEUED`, `IN_PROGRESS`, `DONE`, `FAILED`, or a word of the future.
    pub status: String,
    /// How the work went: `SUCCESS`, `FAILED`, `UNKNOWN`, or a word of the future.
    pub operation_status: Option<String>,
    /// How far it is, in per cent.
    pub progress: Option<f64>,
    /// How long the work took, in milliseconds.
    pub processing_time: Option<f64>,
    /// Counts and errors, once it is finished.
    pub result: Option<ActionResult>,
}

/// What came of an action.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ActionResult {
    /// Customers that the server took.
    pub done_count: Option<u64>,
    /// Customers that the server refused.
    pub failed_count: Option<u64>,
    /// The server's words for refused customers; perhaps not for all of them.
    pub errors: Vec<Complaint>,
    /// What became of each customer: the shape used before 2024.
    pub results: Vec<ReportRow>,
    /// Where the full account can be fetched, for a while.
    pub reports: Vec<String>,
}

impl Action {
    /// Reads an answer; nothing where it is no object of JSON with a status.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        Some(Self {
            status: answer["status"].as_str()?.to_owned(),
            operation_status: answer["operation_status"].as_str().map(str::to_owned),
            progress: answer["progress"].as_f64(),
            processing_time: answer["processing_time"].as_f64(),
            result: answer["result"].is_object().then(|| ActionResult::read(&answer["result"])),
        })
    }
}

impl ActionResult {
    fn read(result: &Value) -> Self {
        let list = |name: &str| result[name].as_array().map(Vec::as_slice).unwrap_or_default();
        Self {
            done_count: result["done_count"].as_u64(),
            failed_count: result["failed_count"].as_u64(),
            errors: list("errors").iter().map(complaint).collect(),
            results: list("results").iter().filter_map(ReportRow::of_json).collect(),
            reports: list("reports").iter().filter_map(|url| url.as_str().map(str::to_owned)).collect(),
        }
    }
}

/// The words for one customer; what is no text is kept as JSON.
fn complaint(error: &Value) -> Complaint {
    let member = |name: &str| match &error[name] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let words = |name: &str| member(name).map(|text| shortened(&text));
    Complaint {
        source_id: member("source_id"),
        key: words("key"),
        message: words("message").or_else(|| error.as_str().map(shortened)),
        details: words("details"),
    }
}
