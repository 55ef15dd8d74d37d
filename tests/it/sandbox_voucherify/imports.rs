//! Metadata for many customers at once, and customers as a table.

use reqwest::Method;
use segment_to_voucherify::sandbox::voucherify::{faults::FaultKind, options::VoucherifyOptions};
use serde_json::{Value, json};

use super::{Answer, Caller, quick};

fn metadata(caller: &Caller, body: &Value) -> Answer {
    let request = caller.request(Method::POST, "/v1/customers/metadata/async");
    caller.send(request.header("Content-Type", "application/json").body(body.to_string())).unwrap()
}

fn import(caller: &Caller, name: &str, file: &str) -> Answer {
    let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"people.csv\"\r\n");
    let body = format!("{head}Content-Type: text/csv\r\n\r\n{file}\r\n--edge--\r\n");
    let request = caller.request(Method::POST, "/v1/customers/importCSV");
    caller.send(request.header("Content-Type", "multipart/form-data; boundary=edge").body(body)).unwrap()
}

fn action(caller: &Caller, accepted: &Answer) -> Value {
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    caller.get(&format!("/v1/async-actions/{}", accepted.body["async_action_id"].as_str().unwrap())).body
}

#[test]
fn the_same_metadata_goes_to_many_customers_and_creates_those_that_are_not_there() {
    let caller = Caller::new(VoucherifyOptions { refuse: vec!["c".into()], ..quick() });
    caller.finish(&json!([{"source_id": "a", "name": "Ada", "metadata": {"one": 1}}]));
    let accepted = metadata(&caller, &json!({"source_ids": ["a", "b", "c"], "metadata": {"two": null}}));
    let action = action(&caller, &accepted);
    assert_eq!((&action["type"], &action["status"]), (&json!("CUSTOMERS.METADATA_UPDATE"), &json!("DONE")));
    assert_eq!((&action["result"]["done_count"], &action["result"]["failed_count"]), (&json!(2), &json!(1)));
    let customers = caller.sandbox.customers();
    assert_eq!(customers["a"], json!({"source_id": "a", "name": "Ada", "metadata": {"one": 1, "two": null}}));
    assert_eq!((&customers["b"], customers.get("c")), (&json!({"source_id": "b", "metadata": {"two": null}}), None));
    for wrong in [
        json!([]),
        json!({"metadata": {}}),
        json!({"source_ids": ["a"]}),
        json!({"source_ids": [], "metadata": {}}),
        json!({"source_ids": [1], "metadata": {}}),
        json!({"source_ids": ["a"], "metadata": "gold"}),
    ] {
        let answer = metadata(&caller, &wrong);
        assert_eq!((answer.status, &answer.body["key"]), (400, &json!("invalid_payload")), "{wrong}");
    }
}

#[test]
fn a_table_is_imported_row_by_row_and_writes_over_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schemas.json");
    let properties = json!({"points": {"type": "number"}, "member": {"type": "boolean"}});
    std::fs::write(&file, json!({"related_object": "customer", "properties": properties}).to_string()).unwrap();
    let caller = Caller::new(VoucherifyOptions { metadata_schema: Some(file), ..quick() });
    caller.finish(&json!([{"source_id": "a", "phone": "1", "metadata": {"tier": "gold"}}]));
    let table = "\u{feff}Source_id,Name,Address_City,Postal_Code,points,member,note\r\n\
                 a,Ada,Bath,BA1,7,true,\"x, y\"\r\nb,,,,many,null,\r\nc,Cy,,,,,\r\n";
    let action = action(&caller, &import(&caller, "file", table));
    assert_eq!((&action["type"], &action["status"]), (&json!("CUSTOMERS.IMPORT_CSV"), &json!("DONE")));
    let failed = json!([{"source_id": "b", "row": 2, "reason": "points: must be a number (actual value is 'many')"}]);
    let result = json!({
        "message": "2 customer(s) imported successfully, 1 failed.", "failed": failed, "done_count": 2,
        "failed_count": 1,
    });
    assert_eq!(action["result"], result);
    let customers = caller.sandbox.customers();
    let ada = json!({
        "source_id": "a", "name": "Ada", "address": {"city": "Bath", "postal_code": "BA1"},
        "metadata": {"points": 7, "member": true, "note": "x, y"},
    });
    assert_eq!((&customers["a"], customers.len()), (&ada, 2), "phone and tier are gone");

    assert_eq!(import(&caller, "files", table).status, 400);
    assert_eq!(import(&caller, "file", "a,b\n1,2,3\n").status, 400);
    let plain = caller.request(Method::POST, "/v1/customers/importCSV").header("Content-Type", "text/csv").body("a");
    let refused = caller.send(plain).unwrap();
    assert_eq!((refused.status, &refused.body["statusCode"]), (415, &json!(415)));
}

#[test]
fn rows_of_the_old_shape_can_say_that_nothing_was_updated() {
    let caller = Caller::with_fault(FaultKind::OldRows);
    let result = caller.finish(&super::two())["result"].clone();
    let row = |id: &str| json!({"source_id": id, "found": false, "updated": false});
    assert_eq!(result, json!({"results": [row("a"), row("b")], "done_count": 2}));
    assert_eq!(caller.sandbox.customers().len(), 2, "everything was applied all the same");
}
