//! `POST /v1/customers/metadata/async`: the same metadata for many customers (docs/api-facts.md C1).

use std::sync::Arc;

use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use serde_json::{Value, json};

use super::{Project, answer, bulk, queue::ActionKind};

/// Accepts; unknown customers will be created.
pub(super) async fn post(State(project): State<Arc<Project>>, body: Bytes) -> Response {
    match accepted(&project, &body) {
        Ok(customers) => {
            let id = project.queue(ActionKind::MetadataUpdate, customers);
            answer::json(StatusCode::ACCEPTED, &json!({"async_action_id": id}))
        }
        Err(refusal) => *refusal,
    }
}

/// One customer with that metadata for each id.
fn accepted(project: &Project, body: &[u8]) -> Result<Vec<Value>, answer::Refusal> {
    if body.len() > project.options.body_limit {
        return Err(Box::new(bulk::too_large(project)));
    }
    let sent = answer::read_json(body)?;
    for name in ["source_ids", "metadata"] {
        if sent[name].is_null() {
            let details = format!("Payload must have required property '{name}'");
            return Err(Box::new(answer::invalid_payload(&details)));
        }
    }
    let ids = sent["source_ids"].as_array().map_or(&[][..], Vec::as_slice);
    if ids.is_empty() || !ids.iter().all(Value::is_string) {
        return Err(Box::new(answer::invalid_payload("Property .source_ids must be array of strings")));
    }
    if !sent["metadata"].is_object() {
        return Err(Box::new(answer::invalid_payload("Property .metadata must be object")));
    }
    Ok(ids.iter().map(|id| json!({"source_id": id, "metadata": sent["metadata"]})).collect())
}
