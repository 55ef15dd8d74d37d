//! Exports: asked for, waited for, downloaded, and everything that can become of them instead.

use std::path::Path;

use reqwest::{Method, RequestBuilder};
use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY,
    voucherify::{
        faults::FaultKind,
        options::{ExportColumns, ExportLabels, ExportMetadata, ExportOptions, VoucherifyOptions},
    },
};
use serde_json::{Value, json};

use super::{Answer, Caller, quick};

fn keys(request: RequestBuilder) -> RequestBuilder {
    request.header("X-App-Id", APPLICATION_ID).header("X-App-Token", SECRET_KEY)
}

fn create(caller: &Caller, parameters: &Value) -> Answer {
    let wanted = json!({"exported_object": "customer", "parameters": parameters});
    caller.send(caller.request(Method::POST, "/v1/exports").body(wanted.to_string())).unwrap()
}

fn address(caller: &Caller, id: &Value) -> String {
    let export = caller.get(&format!("/v1/exports/{}", id.as_str().unwrap())).body;
    assert_eq!(export["status"], json!("DONE"));
    export["result"]["url"].as_str().unwrap().to_owned()
}

fn download(caller: &Caller, url: &str) -> Option<Answer> {
    caller.send(keys(caller.client.get(url)))
}

/// The file of an export with these parameters.
fn file(caller: &Caller, parameters: &Value) -> String {
    let created = create(caller, parameters);
    assert_eq!(created.status, 200, "{}", created.body);
    download(caller, &address(caller, &created.body["id"])).unwrap().body.as_str().unwrap().to_owned()
}

/// A project whose schema defines two keys and removed a third.
fn with_schema(folder: &Path, exports: ExportOptions) -> Caller {
    let file = folder.join("schemas.json");
    let properties =
        json!({"tier": {"type": "string"}, "tags": {"type": "string", "array": true}, "old": {"deleted": true}});
    std::fs::write(&file, json!({"related_object": "customer", "properties": properties}).to_string()).unwrap();
    Caller::new(VoucherifyOptions { metadata_schema: Some(file), exports, ..quick() })
}

fn people() -> Value {
    json!([
        {"source_id": "a,b", "name": "Ada", "address": {"city": "Bath"}, "metadata": {"tier": "gold", "n": 1}},
        {"source_id": "c", "email": "c@example.com", "metadata": {"tags": ["x", "y"], "tier": null}},
    ])
}

#[test]
fn an_export_is_asked_for_waited_for_downloaded_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let caller = with_schema(folder.path(), ExportOptions::default());
    caller.finish(&people());
    let fields = ["source_id", "address_city", "metadata", "updated_at", "name"];
    let created = create(&caller, &json!({"fields": fields, "order": "source_id"})).body;
    assert_eq!((&created["status"], &created["result"]), (&json!("SCHEDULED"), &Value::Null));
    let id = created["id"].as_str().unwrap();
    assert!(id.len() == 28 && id.starts_with("exp_"), "{id}");
    let url = address(&caller, &created["id"]);
    assert!(!url.starts_with(&caller.sandbox.voucherify_url()), "the file has a host of its own");
    assert_eq!(caller.send(caller.client.get(&url)).unwrap().status, 401, "the keys are needed beside the token");
    let table = download(&caller, &url).unwrap();
    let expected = "Source ID,City,tier,tags,Last Update Date,Name\n\
                    \"a,b\",Bath,gold,,,Ada\n\
                    c,,,\"[\"\"x\"\",\"\"y\"\"]\",,\n";
    assert_eq!((table.body, table.status), (json!(expected), 200));

    let path = format!("/v1/exports/{id}");
    assert_eq!(caller.send(caller.request(Method::DELETE, &path)).unwrap().status, 204);
    let missing = caller.get(&path);
    assert_eq!((missing.status, &missing.body["details"]), (404, &json!(format!("Cannot find export with id {id}"))));
    assert_eq!(caller.send(caller.request(Method::DELETE, &path)).unwrap().status, 404);
    assert_eq!(download(&caller, &url).unwrap().status, 404, "the file is gone with it");
}

#[test]
fn what_metadata_stands_for_how_columns_are_called_and_which_there_are_is_asked_for() {
    let fields = json!({"fields": ["source_id", "metadata", "created_at"]});
    let header = |exports: ExportOptions| {
        let folder = tempfile::tempdir().unwrap();
        file(&with_schema(folder.path(), exports), &fields)
    };
    let usual = ExportOptions::default();
    assert_eq!(header(usual.clone()), "Source ID,tier,tags,Creation Date\n");
    let metadata = |export_metadata| header(ExportOptions { export_metadata, ..usual.clone() });
    assert_eq!(metadata(ExportMetadata::Cell), "Source ID,Metadata,Creation Date\n");
    assert_eq!(metadata(ExportMetadata::Whole), "Source ID,Metadata,Creation Date\n");
    let labels = |export_labels| header(ExportOptions { export_labels, ..usual.clone() });
    assert_eq!(labels(ExportLabels::Fields), "source_id,tier,tags,created_at\n");
    let unknown: Vec<String> = (1..=4).map(|number| format!("Customer Property {number}")).collect();
    assert_eq!(labels(ExportLabels::Unknown), format!("{}\n", unknown.join(",")));
    let columns = |export_columns| header(ExportOptions { export_columns, ..usual.clone() });
    assert_eq!(columns(ExportColumns::Alphabetical), "Creation Date,Source ID,tags,tier\n");
    assert_eq!(columns(ExportColumns::OneMore), "Source ID,tier,tags,Creation Date,Consents\n");
    assert_eq!(columns(ExportColumns::OneLess), "Source ID,tier,tags\n");

    for (export_metadata, cell) in [
        (ExportMetadata::Cell, json!({"tier": "gold"}).to_string()),
        (ExportMetadata::Whole, json!({"tier": "gold", "n": 1}).to_string()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let caller = with_schema(folder.path(), ExportOptions { export_metadata, ..usual.clone() });
        caller.finish(&people());
        let filters = json!({"source_id": {"conditions": {"$is": ["a,b"]}}});
        let table = file(&caller, &json!({"fields": ["metadata"], "filters": filters}));
        assert_eq!(table, format!("Metadata\n\"{}\"\n", cell.replace('"', "\"\"")));
    }
}

#[test]
fn what_customers_bought_is_in_their_rows() {
    let options = VoucherifyOptions { with_order: vec!["a".into()], with_points: vec!["b".into()], ..quick() };
    let caller = Caller::new(options);
    caller.finish(&json!([{"source_id": "a"}, {"source_id": "b"}]));
    let fields =
        ["source_id", "orders_total_amount", "orders_total_count", "redemptions_total_redeemed", "loyalty_points"];
    let table = file(&caller, &json!({"fields": fields}));
    let rows: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(rows, ["a,10.00,1,0,0", "b,0.00,0,0,1"]);
}

#[test]
fn filters_are_joined_by_and_or_by_or() {
    let caller = Caller::new(quick());
    caller.finish(&json!([
        {"source_id": "a", "name": "Ada", "metadata": {"n": 1, "vip": true}},
        {"source_id": "b", "name": "Bo", "address": {"city": "Bath"}, "metadata": {"n": 20}},
        {"source_id": "c", "email": "c@example.com"},
    ]));
    std::thread::sleep(std::time::Duration::from_millis(5));
    caller.finish(&json!([{"source_id": "b", "name": "Bob"}]));
    let ids = |filters: &Value| {
        let table = file(&caller, &json!({"fields": ["source_id"], "order": "source_id", "filters": filters}));
        table.lines().skip(1).collect::<String>()
    };
    let one = |field: &str, operator: &str, value: Value| json!({field: {"conditions": {operator: [value]}}});
    let changed = caller.get("/v1/customers/b").body["created_at"].clone();
    for (filters, expected) in [
        (json!({}), "abc"),
        (json!({"junction": "or"}), "abc"),
        (one("source_id", "$is", json!("b")), "b"),
        (one("source_id", "$is_not", json!("b")), "ac"),
        (one("name", "$starts_with", json!("A")), "a"),
        (one("name", "$contains", json!("o")), "b"),
        (one("email", "$has_value", json!(true)), "c"),
        (one("email", "$is_unknown", json!(true)), "ab"),
        (one("city", "$is", json!("Bath")), "b"),
        (one("address.city", "$is", json!("Bath")), "b"),
        (one("metadata.n", "$more_than", json!(1)), "b"),
        (one("metadata.n", "$less_than_equal", json!("1")), "a"),
        (one("metadata.vip", "$is", json!("true")), "a"),
        (one("updated_at", "$after", changed.clone()), "b"),
        (one("updated_at", "$after", json!("2000-01-01T00:00:00.000000+0000")), "b"),
        (one("created_at", "$before", json!("2000-01-01")), ""),
        (
            json!({"junction": "and", "name": {"conditions": {"$is": ["Ada"]}}, "email": {"conditions": {"$has_value": [true]}}}),
            "",
        ),
        (
            json!({"junction": "or", "name": {"conditions": {"$is": ["Ada"]}}, "email": {"conditions": {"$has_value": [true]}}}),
            "ac",
        ),
        (
            json!({"junction": "or", "created_at": {"conditions": {"$after": [changed]}},
                "updated_at": {"conditions": {"$after": [changed]}}}),
            "b",
        ),
    ] {
        assert_eq!(ids(&filters), expected, "{filters}");
    }
}

#[test]
fn rows_are_as_the_project_was_and_in_the_order_that_is_asked_for() {
    let caller =
        Caller::new(VoucherifyOptions { exports: ExportOptions { crowd: 3, ..ExportOptions::default() }, ..quick() });
    caller.finish(&json!([{"source_id": "b", "name": "Ada"}, {"source_id": "d", "name": "Dee"}]));
    let created = create(&caller, &json!({"fields": ["source_id", "name"], "order": "source_id"})).body;
    caller.finish(&json!([{"source_id": "b", "name": "changed"}, {"source_id": "new"}]));
    assert_eq!(caller.send(caller.request(Method::DELETE, "/v1/customers/d")).unwrap().status, 204);
    let table = download(&caller, &address(&caller, &created["id"])).unwrap().body;
    let rows: Vec<&str> = table.as_str().unwrap().lines().skip(1).collect();
    let crowd =
        ["crowd-000000000,Crowd 000000000", "crowd-000000001,Crowd 000000001", "crowd-000000002,Crowd 000000002"];
    assert_eq!(rows, ["b,Ada", crowd[0], crowd[1], crowd[2], "d,Dee"]);

    let ids = |order: &str| {
        let table = file(&caller, &json!({"fields": ["source_id"], "order": order}));
        table.lines().skip(1).map(|id| id.trim_start_matches("crowd-00000000").to_owned()).collect::<String>()
    };
    assert_eq!(ids("source_id"), "b012new");
    assert_eq!(ids("-source_id"), "new210b");
    assert_eq!(ids("created_at"), "012bnew");
    assert_eq!(ids(""), "012bnew");
    assert_eq!(ids("-created_at"), "newb210");
}

#[test]
fn what_cannot_be_exported_is_refused_in_the_vendors_words() {
    let caller = Caller::new(quick());
    let ask = |body: &Value| caller.send(caller.request(Method::POST, "/v1/exports").body(body.to_string())).unwrap();
    let with = |parameters: Value| json!({"exported_object": "customer", "parameters": parameters});
    for (body, key) in [
        (json!([]), "invalid_payload"),
        (json!({"exported_object": "people"}), "invalid_payload"),
        (with(json!([])), "invalid_payload"),
        (with(json!({"fields": "name"})), "invalid_payload"),
        (with(json!({"fields": ["name", "shoe_size"]})), "invalid_export_fields"),
        (with(json!({"fields": ["metadata.tier"]})), "invalid_export_fields"),
        (with(json!({"order": "phone"})), "invalid_export_params"),
        (with(json!({"filters": []})), "invalid_export_params"),
        (with(json!({"filters": {"junction": "xor"}})), "invalid_export_params"),
        (with(json!({"filters": {"shoe_size": {"conditions": {}}}})), "invalid_export_params"),
        (with(json!({"filters": {"name": {"conditions": {"$like": ["A"]}}}})), "invalid_export_params"),
        (with(json!({"filters": {"created_at": {"conditions": {"$after": ["soon"]}}}})), "invalid_export_params"),
    ] {
        let answer = ask(&body);
        assert_eq!((answer.status, &answer.body["key"]), (400, &json!(key)), "{body}: {}", answer.body);
    }
    let fields = ask(&with(json!({"fields": ["shoe_size"]}))).body;
    assert_eq!(fields["message"], json!("Invalid Export"));
    let details = fields["details"].as_str().unwrap();
    assert!(details.starts_with("Unsupported field used. Allowed fields: name, id, description, email, "), "{details}");
    assert_eq!(ask(&json!({"exported_object": "customer"})).body["parameters"]["fields"], json!(["name", "source_id"]));
}

#[test]
fn exports_are_listed_with_the_address_they_had_first() {
    let exports = ExportOptions { export_token_seconds: 1, ..ExportOptions::default() };
    let caller = Caller::new(VoucherifyOptions { exports, ..quick() });
    let ids: Vec<Value> = (0..3).map(|_| create(&caller, &json!({})).body["id"].clone()).collect();
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let list = caller.get("/v1/exports?limit=2").body;
    assert_eq!((&list["total"], list["exports"].as_array().unwrap().len()), (&json!(3), 2));
    let page = caller.get("/v1/exports?limit=2&page=2&order=created_at").body;
    assert_eq!(page["exports"].as_array().unwrap().len(), 1);
    assert_eq!(caller.get("/v1/exports?order=name").status, 400);
    let old = list["exports"][0]["result"]["url"].as_str().unwrap();
    assert_eq!(download(&caller, old).unwrap().status, 401, "its token is as old as the export");
    // It lives a second, for which a machine may be busy with something else, but not each time.
    let fresh = std::iter::repeat_with(|| address(&caller, &ids[0])).take(9);
    let mut taken = fresh.map(|fresh| (download(&caller, &fresh).unwrap().status, fresh));
    let (_, fresh) = taken.find(|(status, _)| *status == 200).expect("a token that lives");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(download(&caller, &fresh).unwrap().status, 401, "and has expired meanwhile");
    assert!(taken.any(|(status, _)| status == 200), "another one is there for the asking");
}

#[test]
fn an_export_waits_works_and_may_never_end() {
    let exports = ExportOptions {
        export_scheduled_ms: Some(600_000),
        export_in_progress_ms: 600_000,
        ..ExportOptions::default()
    };
    let slow = Caller::new(VoucherifyOptions { exports, ..quick() });
    let status = |caller: &Caller| {
        let id = create(caller, &json!({})).body["id"].clone();
        let export = caller.get(&format!("/v1/exports/{}", id.as_str().unwrap()));
        (export.status, export.body["status"].clone(), export.body["result"].clone())
    };
    assert_eq!(status(&slow), (200, json!("SCHEDULED"), Value::Null));
    let exports = ExportOptions { export_in_progress_ms: 600_000, ..ExportOptions::default() };
    let working = Caller::new(VoucherifyOptions { exports, ..quick() });
    assert_eq!(status(&working), (200, json!("IN_PROGRESS"), Value::Null));
    for (kind, code, word) in [
        (FaultKind::ExportStuck, 200, json!("SCHEDULED")),
        (FaultKind::ExportError, 200, json!("ERROR")),
        (FaultKind::ExportUnknownStatus, 200, json!("SUSPENDED")),
        (FaultKind::ExportNoUrl, 200, json!("DONE")),
        (FaultKind::ExportGone, 404, Value::Null),
    ] {
        assert_eq!(status(&Caller::with_fault(kind)), (code, word, Value::Null), "{kind:?}");
    }
}

#[test]
fn every_trouble_of_a_download_is_seen_and_the_next_one_is_whole() {
    let whole = "Name,Source ID\nAda,a\n,b\n";
    for (kind, status, body) in [
        (FaultKind::DownloadToken, Some(401), None),
        (FaultKind::Download500, Some(500), None),
        (FaultKind::DownloadReset, None, None),
        (FaultKind::DownloadCut, None, None),
        (FaultKind::DownloadShort, Some(200), Some("Name,Source ")),
        (FaultKind::DownloadHtml, Some(200), Some("<html><body>sign in to continue</body></html>")),
    ] {
        let fault = format!("{}:1", clap::ValueEnum::to_possible_value(&kind).unwrap().get_name()).parse().unwrap();
        let caller = Caller::new(VoucherifyOptions { voucherify_fault: vec![fault], ..quick() });
        caller.finish(&super::two());
        let url = address(&caller, &create(&caller, &json!({})).body["id"]);
        let first = download(&caller, &url);
        assert_eq!(first.as_ref().map(|answer| answer.status), status, "{kind:?}");
        if let Some(body) = body {
            assert_eq!(first.unwrap().body, json!(body), "{kind:?}");
        }
        assert_eq!(download(&caller, &url).unwrap().body, json!(whole), "{kind:?}");
    }
}
