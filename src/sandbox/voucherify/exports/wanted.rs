//! What an export is asked for, and what is refused of that (docs/api-facts.md C6).

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{columns::Field, filters::Filters, order::Order};
use crate::sandbox::voucherify::answer;

/// The parameters of an export that was accepted.
#[derive(Debug)]
pub(super) struct ExportRequest {
    pub(super) fields: Vec<Field>,
    pub(super) order: Order,
    pub(super) filters: Filters,
    /// As they came, with the usual fields where none came.
    shown: Value,
}

impl ExportRequest {
    pub(super) fn read(sent: &Value) -> Result<Self, answer::Refusal> {
        if sent["exported_object"] != "customer" {
            let details = "Property .exported_object should be equal to one of the allowed values [ customer ]";
            return Err(Box::new(answer::invalid_payload(details)));
        }
        let none = Map::new();
        let parameters = match sent.get("parameters") {
            None | Some(Value::Null) => &none,
            Some(Value::Object(parameters)) => parameters,
            Some(_) => return Err(Box::new(answer::invalid_payload("Property .parameters must be object"))),
        };
        let fields = read_fields(parameters.get("fields"))?;
        let refuse = |details: String| {
            Box::new(answer::error(StatusCode::BAD_REQUEST, "invalid_export_params", "Invalid export params", &details))
        };
        let order = Order::read(parameters.get("order")).map_err(refuse)?;
        let filters = Filters::read(parameters.get("filters")).map_err(refuse)?;
        let mut shown = parameters.clone();
        shown.insert("fields".into(), json!(fields.iter().map(|field| field.name()).collect::<Vec<_>>()));
        shown.entry("filters").or_insert_with(|| json!({"junction": "and"}));
        Ok(Self { fields, order, filters, shown: Value::Object(shown) })
    }

    pub(super) fn shown(&self) -> &Value {
        &self.shown
    }
}

/// The fields in the order in which they are asked for.
fn read_fields(asked: Option<&Value>) -> Result<Vec<Field>, answer::Refusal> {
    let asked = match asked {
        None | Some(Value::Null) => &[][..],
        Some(Value::Array(fields)) => fields.as_slice(),
        Some(_) => return Err(Box::new(answer::invalid_payload("Property .parameters.fields must be array"))),
    };
    if asked.is_empty() {
        return Ok(vec![Field::Name, Field::SourceId]);
    }
    let field = |name: &Value| name.as_str().and_then(Field::named);
    asked.iter().map(field).collect::<Option<_>>().ok_or_else(|| {
        let allowed: Vec<&str> = Field::ALL.iter().map(|field| field.name()).collect();
        let details = format!("Unsupported field used. Allowed fields: {}", allowed.join(", "));
        Box::new(answer::error(StatusCode::BAD_REQUEST, "invalid_export_fields", "Invalid Export", &details))
    })
}
