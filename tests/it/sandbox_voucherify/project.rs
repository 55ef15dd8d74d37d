//! What a project does with what it takes: actions, reports, schemas.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use reqwest::RequestBuilder;
use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY,
    voucherify::options::{Duplicates, Refusing, Storing, SystemMetadata, VoucherifyOptions},
};
use serde_json::{Value, json};

use super::{Caller, quick, two};
use crate::workdir::Workdir;

#[test]
fn a_request_is_accepted_worked_on_and_reported() {
    let caller = Caller::new(quick());
    let accepted = caller.post(&two());
    assert_eq!(accepted.status, 202);
    let id = accepted.body["async_action_id"].as_str().unwrap();
    assert!(id.len() == 21 && id.strip_prefix("aa_").unwrap().bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let action = caller.get(&format!("/v1/async-actions/{id}")).body;
    for (member, value) in [
        ("id", json!(id)),
        ("type", json!("CUSTOMERS.BULK_UPDATE")),
        ("status", json!("DONE")),
        ("operation_status", json!("SUCCESS")),
        ("progress", json!(100)),
        ("object", json!("async_action")),
    ] {
        assert_eq!(action[member], value, "{member}");
    }
    let result = &action["result"];
    assert_eq!((&result["done_count"], &result["failed_count"], &result["errors"]), (&json!(2), &json!(0), &json!([])));
    assert!(result["reports_available_till"].as_str().unwrap() > action["created_at"].as_str().unwrap());

    let url = result["reports"][0].as_str().unwrap();
    assert!(!url.starts_with(&caller.sandbox.voucherify_url()), "the report has a host of its own");
    let report = caller.send(caller.client.get(url)).unwrap();
    assert_eq!(report.body, json!("source_id,found,updated\na,false,true\nb,false,true\n"));
    caller.send(caller.client.get(url).header("X-App-Token", "secret")).unwrap();
    let keys: Vec<_> = caller.sandbox.project().downloads().into_iter().map(|download| download.keys).collect();
    assert_eq!(keys, [vec![], vec!["x-app-token".to_owned()]], "keys that are sent along are seen");

    let list = caller.get("/v1/async-actions?limit=1").body;
    assert_eq!(list["async_actions"][0]["id"], json!(id));
    assert_eq!((&list["async_actions"][0]["result"], &list["has_more"]), (&Value::Null, &json!(false)));
}

#[test]
fn what_is_not_sent_stays_and_null_is_stored() {
    let first = json!({
        "source_id": "a", "name": "Ada", "phone": "1", "address": {"city": "Bath", "country": "UK"},
        "metadata": {"one": 1, "two": 2.50},
    });
    let second = json!({"source_id": "a", "phone": null, "address": {"city": "York"}, "metadata": {"two": null}});
    for (address, metadata, expected) in [
        (Storing::Replace, Storing::Merge, json!([{"city": "York"}, {"one": 1, "two": null}])),
        (Storing::Merge, Storing::Replace, json!([{"city": "York", "country": "UK"}, {"two": null}])),
    ] {
        let caller = Caller::new(VoucherifyOptions { address, metadata, ..quick() });
        caller.finish(&json!([first]));
        caller.finish(&json!([second]));
        let stored = &caller.sandbox.customers()["a"];
        assert_eq!((&stored["name"], stored.get("phone")), (&json!("Ada"), Some(&Value::Null)));
        assert_eq!(json!([stored["address"], stored["metadata"]]), expected);
    }
}

#[test]
fn the_last_of_two_wins_unless_they_are_refused() {
    let twice = json!([{"source_id": "a", "name": "one"}, {"source_id": "a", "name": "two"}]);
    for (duplicates, failed, name) in [(Duplicates::LastWins, 0, "two"), (Duplicates::Refused, 1, "one")] {
        let caller = Caller::new(VoucherifyOptions { duplicates, ..quick() });
        assert_eq!(caller.finish(&twice)["result"]["failed_count"], json!(failed));
        assert_eq!(caller.sandbox.customers()["a"]["name"], json!(name));
    }
}

#[test]
fn actions_wait_for_one_another_and_are_listed_by_date() {
    let caller = Caller::new(VoucherifyOptions { queue_ms: 600_000, ..VoucherifyOptions::default() });
    let ids = [(), (), ()].map(|()| caller.post(&two()).body["async_action_id"].as_str().unwrap().to_owned());
    let list = caller.get("/v1/async-actions?limit=2").body;
    let listed = |list: &Value| {
        let of = |action: &Value, name: &str| action[name].as_str().unwrap().to_owned();
        let actions = list["async_actions"].as_array().unwrap();
        actions.iter().map(|action| (of(action, "id"), of(action, "status"))).collect::<Vec<_>>()
    };
    let enqueued = |id: &String| (id.clone(), "ENQUEUED".to_owned());
    assert_eq!(listed(&list), [enqueued(&ids[2]), enqueued(&ids[1])], "the latest first");
    assert_eq!(list["has_more"], json!(true));
    let all = caller.get("/v1/async-actions").body;
    assert_eq!(listed(&all)[2], (ids[0].clone(), "IN_PROGRESS".to_owned()));
    let end = all["async_actions"][2]["created_at"].as_str().unwrap();
    assert_eq!(listed(&caller.get(&format!("/v1/async-actions?end_date={end}")).body), []);
    assert_eq!(caller.get("/v1/async-actions?limit=101").status, 400);
    assert!(caller.sandbox.customers().is_empty(), "nothing is applied before its time");
}

#[test]
fn metadata_is_held_against_the_schema_per_customer_or_per_request() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schemas.json");
    let schema = json!({
        "id": "ms_1", "related_object": "customer", "allow_defined_only": null,
        "properties": {"tier": {"type": "number", "optional": true}},
    });
    let saved = json!({"object": "list", "data_ref": "schemas", "schemas": [schema], "total": 1});
    std::fs::write(&file, saved.to_string()).unwrap();
    let bad = json!([{"source_id": "a", "metadata": {"tier": "gold"}}, {"source_id": "b", "metadata": {"tier": 1}}]);
    let details = "tier: must be a number (actual value is 'gold')";

    let caller = Caller::new(VoucherifyOptions { metadata_schema: Some(file.clone()), ..quick() });
    assert_eq!(caller.get("/v1/metadata-schemas").body, saved);
    assert_eq!(caller.get("/v1/metadata-schemas/customer").body, schema);
    let missing = caller.get("/v1/metadata-schemas/pet");
    assert_eq!((missing.status, &missing.body["details"]), (404, &json!("Cannot find metadata schema with id pet")));
    let result = caller.finish(&bad)["result"].clone();
    assert_eq!((&result["done_count"], &result["errors"][0]["details"]), (&json!(1), &json!(details)));

    let options = VoucherifyOptions { metadata_schema: Some(file), invalid_metadata: Refusing::Request, ..quick() };
    let caller = Caller::new(options);
    let answer = caller.post(&bad);
    assert_eq!((answer.status, &answer.body["details"]), (400, &json!(details)));
    assert!(caller.sandbox.customers().is_empty());
}

#[test]
fn calls_are_counted_by_endpoint_for_whoever_looks() {
    let caller = Caller::new(VoucherifyOptions { minute_limit: Some(3), ..quick() });
    caller.finish(&two());
    caller.get("/v1/customers/a");
    assert_eq!(caller.get("/v1/customers/b").status, 429);
    let url = format!("{}/sandbox/project", caller.sandbox.voucherify_url());
    let seen = caller.send(caller.client.get(url)).unwrap().body;
    assert_eq!(
        seen["calls_by_endpoint"],
        json!({
            "GET /v1/async-actions/{id}": 1, "GET /v1/customers/{id}": 2, "POST /v1/customers/bulk/async": 1,
            "refused by a limit": 1,
        })
    );
    assert_eq!((&seen["calls"], &seen["customers"]), (&json!(4), &json!(2)));
    assert_eq!(seen["accepted_bytes"], json!(two().to_string().len()));
}

#[test]
fn system_metadata_is_stored_ignored_or_refused() {
    for (system_metadata, status, stored) in [
        (SystemMetadata::Stored, 202, json!({"source_id": "a", "system_metadata": {"source": "segmentio"}})),
        (SystemMetadata::Ignored, 202, json!({"source_id": "a"})),
        (SystemMetadata::Refused, 400, Value::Null),
    ] {
        let caller = Caller::new(VoucherifyOptions { system_metadata, ..quick() });
        let sent = json!([{"source_id": "a", "system_metadata": {"source": "segmentio"}}]);
        assert_eq!(caller.post(&sent).status, status, "{system_metadata:?}");
        assert_eq!(caller.sandbox.customers().remove("a").unwrap_or_default(), stored, "{system_metadata:?}");
    }
}

#[test]
fn the_command_takes_all_of_it_as_flags() {
    let workdir = Workdir::new();
    let stderr = String::from_utf8(workdir.run(&["sandbox", "--voucherify-fault", "nonsense"], 2).stderr).unwrap();
    assert!(stderr.contains("there is no fault `nonsense`"), "{stderr}");

    let flags = ["--plan", "sandbox", "--voucherify-fault", "lost502:1", "--voucherify-fault", "gone:5%"];
    let mut sandbox = workdir.command().arg("sandbox").args(flags).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(sandbox.stdout.take().unwrap()).lines().map_while(Result::ok);
    let url = lines.find_map(|line| Some(line.strip_prefix("export VOUCHERIFY_API_URL=")?.to_owned()));
    let caller = Caller::new(quick());
    let request =
        |request: RequestBuilder| request.header("X-App-Id", APPLICATION_ID).header("X-App-Token", SECRET_KEY);
    let answer = url.and_then(|url| caller.send(request(caller.client.get(format!("{url}/v1/customers")))));
    sandbox.kill().unwrap();
    sandbox.wait().unwrap();
    let answer = answer.unwrap();
    assert_eq!((answer.header("x-rate-limit-limit"), answer.header("x-rate-limit-remaining")), ("100", "99"));
}
