//! `POST /v1/customers/importCSV`: customers as a table (docs/api-facts.md C1).

use std::sync::Arc;

use axum::{
    extract::{Multipart, State, multipart::MultipartRejection},
    http::StatusCode,
    response::Response,
};
use serde_json::{Map, Value, json};

use super::{Project, answer, bulk, queue::ActionKind, schema::Schemas};

/// Headers with the members that they fill, without regard to case; any other column is metadata.
const MEMBERS: [(&str, &str); 8] = [
    ("id", "id"),
    ("name", "name"),
    ("email", "email"),
    ("phone", "phone"),
    ("birthdate", "birthdate"),
    ("birthday", "birthday"),
    ("source_id", "source_id"),
    ("description", "description"),
];
/// The vendor's template has the shorter headers, its reference the longer ones.
const ADDRESS: [(&str, &str); 10] = [
    ("address_line_1", "line_1"),
    ("address_line_2", "line_2"),
    ("address_postal_code", "postal_code"),
    ("address_city", "city"),
    ("address_state", "state"),
    ("address_country", "country"),
    ("postal_code", "postal_code"),
    ("city", "city"),
    ("state", "state"),
    ("country", "country"),
];

/// Accepts the part `file` of a form.
pub(super) async fn post(State(project): State<Arc<Project>>, form: Result<Multipart, MultipartRejection>) -> Response {
    let Ok(mut form) = form else {
        return answer::framework_error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
    };
    let mut file = None;
    while let Ok(Some(part)) = form.next_field().await {
        if part.name() == Some("file") {
            file = part.bytes().await.ok();
        }
    }
    let Some(file) = file else { return answer::invalid_payload("Payload must have required property 'file'") };
    if file.len() > project.options.body_limit {
        return bulk::too_large(&project);
    }
    match customers(&file, &project.schemas) {
        Some(customers) => {
            let id = project.queue(ActionKind::ImportCsv, customers);
            answer::json(StatusCode::ACCEPTED, &json!({"async_action_id": id}))
        }
        None => answer::error(StatusCode::BAD_REQUEST, "invalid_csv", "Invalid CSV", "The file cannot be read as CSV"),
    }
}

/// The customers of a file; nothing if it is no table.
fn customers(file: &[u8], schemas: &Schemas) -> Option<Vec<Value>> {
    let mut table = csv::Reader::from_reader(file.strip_prefix("\u{feff}".as_bytes()).unwrap_or(file));
    let header = table.headers().ok()?.clone();
    let customer = |row: csv::StringRecord| customer(&header, &row, schemas);
    table.records().map(|row| row.ok().map(customer)).collect()
}

fn customer(header: &csv::StringRecord, row: &csv::StringRecord, schemas: &Schemas) -> Value {
    let (mut members, mut address, mut metadata) = (Map::new(), Map::new(), Map::new());
    for (name, cell) in header.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
        let lower = name.to_ascii_lowercase();
        let named =
            |known: &[(&str, &'static str)]| known.iter().find(|(label, _)| *label == lower).map(|known| known.1);
        if let Some(member) = named(&MEMBERS) {
            members.insert(member.into(), cell.into());
        } else if let Some(part) = named(&ADDRESS) {
            address.insert(part.into(), cell.into());
        } else {
            metadata.insert(name.into(), typed(cell, schemas.type_of(name)));
        }
    }
    for (name, object) in [("address", address), ("metadata", metadata)] {
        if !object.is_empty() {
            members.insert(name.into(), object.into());
        }
    }
    Value::Object(members)
}

/// A cell as the schema has its key; text where it cannot be that.
fn typed(cell: &str, kind: Option<&str>) -> Value {
    match kind {
        Some("number") => cell.parse::<serde_json::Number>().map_or_else(|_| cell.into(), Value::Number),
        Some("boolean") => {
            serde_json::from_str(cell).ok().filter(|value: &Value| !value.is_number()).unwrap_or_else(|| cell.into())
        }
        _ => cell.into(),
    }
}
