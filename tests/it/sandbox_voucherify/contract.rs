//! The answers of the emulated project against the vendor's OpenAPI.

use std::{fs, path::Path};

use reqwest::Method;
use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use serde_json::{Value, json};

use super::{Caller, quick};

/// One of the vendor's documents as JSON Schema, which has another word for null.
struct Contract {
    components: Value,
}

impl Contract {
    /// The document of that name beside the one that `VOUCHERIFY_OPENAPI` names; nothing if there is none.
    #[expect(clippy::print_stderr, reason = "a test that was skipped has to say so")]
    fn read(name: &str) -> Option<Self> {
        let Some(folder) = std::env::var_os("VOUCHERIFY_OPENAPI") else {
            eprintln!("skipped: `VOUCHERIFY_OPENAPI` does not name the vendor's OpenAPI");
            return None;
        };
        let file = Path::new(&folder).with_file_name(format!("voucherify-{name}.json"));
        let mut document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        nullable(&mut document["components"]);
        Some(Self { components: document["components"].take() })
    }

    fn check(&self, schema: &str, answer: &Value) {
        let root = json!({"$ref": format!("#/components/schemas/{schema}"), "components": self.components});
        let validator = jsonschema::validator_for(&root).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(answer).map(|error| format!("{} at {}", error, error.instance_path())).collect();
        assert!(errors.is_empty(), "{schema}\n{}\n{answer:#}", errors.join("\n"));
    }
}

fn nullable(schema: &mut Value) {
    match schema {
        Value::Array(elements) => elements.iter_mut().for_each(nullable),
        Value::Object(members) => {
            members.values_mut().for_each(nullable);
            // The results of different kinds of actions are not told apart by their members.
            if let Some(kinds) = members.remove("oneOf") {
                members.insert("anyOf".into(), kinds);
            }
            if members.get("nullable") == Some(&json!(true))
                && let Some(kind) = members.get("type").cloned()
            {
                members.insert("type".into(), json!([kind, "null"]));
                if let Some(Value::Array(allowed)) = members.get_mut("enum") {
                    allowed.push(Value::Null);
                }
            }
        }
        _ => {}
    }
}

fn customers() -> Value {
    json!([
        {"source_id": "a", "name": "Ada", "address": {"city": "Bath"}, "metadata": {"n": 1}, "birthdate": "1990-01-01"},
        {"source_id": "b"},
        {"source_id": "c"},
    ])
}

#[test]
fn actions_are_as_the_vendor_describes_them() {
    let Some(contract) = Contract::read("async-actions") else { return };
    let caller = Caller::new(VoucherifyOptions { refuse: vec!["c".into()], ..quick() });
    contract.check("AsyncActionGetResponseBody", &caller.finish(&customers()));
    contract.check("AsyncActionsListResponseBody", &caller.get("/v1/async-actions").body);
    contract.check("Error", &caller.get("/v1/async-actions/aa_none").body);

    let busy = Caller::new(VoucherifyOptions { queue_ms: 600_000, ..quick() });
    for _ in 0..2 {
        busy.post(&customers());
    }
    contract.check("AsyncActionsListResponseBody", &busy.get("/v1/async-actions").body);
}

#[test]
fn customers_are_as_the_vendor_describes_them() {
    let Some(contract) = Contract::read("customers") else { return };
    let caller = Caller::new(quick());
    caller.finish(&customers());
    caller.finish(&customers());
    contract.check("CustomersGetResponseBody", &caller.get("/v1/customers/a").body);
    contract.check("CustomersGetResponseBody", &caller.get("/v1/customers/b").body);
    contract.check("CustomersListResponseBody", &caller.get("/v1/customers").body);
    contract.check("CustomersUpdateInBulkResponseBody", &caller.post(&customers()).body);
}

#[test]
fn exports_are_as_the_vendor_describes_them() {
    let Some(contract) = Contract::read("exports") else { return };
    let caller = Caller::new(quick());
    let parameters = json!({"order": "created_at", "fields": ["source_id"], "filters": {"junction": "and"}});
    let wanted = json!({"exported_object": "customer", "parameters": parameters});
    let mut created = caller.send(caller.request(Method::POST, "/v1/exports").body(wanted.to_string())).unwrap().body;
    // The schema has text here, the document's own samples have null.
    assert_eq!(created["user_id"].take(), Value::Null);
    created["user_id"] = json!("user");
    contract.check("ExportCustomerScheduled", &created);
    let id = created["id"].as_str().unwrap();
    contract.check("ExportCustomer", &caller.get(&format!("/v1/exports/{id}")).body);
}
