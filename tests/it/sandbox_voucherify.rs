//! The emulated project against the facts: status, headers and bodies of every call, limit and fault.

use reqwest::{Client, Method, RequestBuilder, StatusCode, header::HeaderMap};
use segment_to_voucherify::sandbox::{
    APPLICATION_ID, Options, SECRET_KEY, Sandbox,
    voucherify::{
        faults::{Extent, Fault, FaultKind},
        options::{Duplicates, Plan, Refusing, Storing, VoucherifyOptions},
    },
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A project and somebody who calls it.
struct Caller {
    sandbox: Sandbox,
    client: Client,
    runtime: Runtime,
}

/// What came back, as far as the tests look at it.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Caller {
    fn new(options: VoucherifyOptions) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let options = Options { profiles: 0, voucherify: options, ..Options::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, client: Client::builder().no_proxy().build().unwrap(), runtime }
    }

    fn with_fault(kind: FaultKind) -> Self {
        Self::new(VoucherifyOptions { voucherify_fault: vec![kind.into()], ..quick() })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.voucherify_url());
        self.client.request(method, url).header("X-App-Id", APPLICATION_ID).header("X-App-Token", SECRET_KEY)
    }

    /// Sends; nothing came back if the connection broke.
    fn send(&self, request: RequestBuilder) -> Option<Answer> {
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.bytes().await.ok()?;
            let body = serde_json::from_slice(&body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
            Some(Answer { status, headers, body })
        })
    }

    fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).unwrap()
    }

    fn try_post(&self, body: impl Into<reqwest::Body>) -> Option<Answer> {
        let request = self.request(Method::POST, "/v1/customers/bulk/async");
        self.send(request.header("Content-Type", "application/json").body(body))
    }

    fn post(&self, customers: &Value) -> Answer {
        self.try_post(customers.to_string()).unwrap()
    }

    /// Posts and asks for the action until it has ended.
    fn finish(&self, customers: &Value) -> Value {
        let id = self.post(customers).body["async_action_id"].as_str().unwrap().to_owned();
        loop {
            let action = self.get(&format!("/v1/async-actions/{id}")).body;
            if !["ENQUEUED", "IN_PROGRESS"].contains(&action["status"].as_str().unwrap()) {
                return action;
            }
        }
    }
}

/// A project that works on a request at once.
fn quick() -> VoucherifyOptions {
    VoucherifyOptions { queue_ms: 0, ..VoucherifyOptions::default() }
}

fn two() -> Value {
    json!([{"source_id": "a", "name": "Ada"}, {"source_id": "b"}])
}

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
fn every_whole_refusal_has_its_status_and_words() {
    let caller = Caller::new(VoucherifyOptions {
        body_limit: 2_000,
        record_cap: Some(2),
        poison_customer: vec!["poison".into()],
        ..quick()
    });
    let no_source_id = "Payload must have required property 'source_id'";
    for (body, status, key, said) in [
        ("{", 400, "", "Invalid request payload JSON format".to_owned()),
        (r#"[{"source_id":"a","metadata":{"__proto__":1}}]"#, 400, "", "Invalid request payload JSON format".into()),
        ("{}", 400, "invalid_payload", "Payload must be array".into()),
        ("[]", 400, "not_enough_source_ids", "At least one customer is required".into()),
        ("[{}]", 400, "invalid_payload", no_source_id.into()),
        (r#"[{"source_id":null}]"#, 400, "invalid_payload", no_source_id.into()),
        (r#"[{"source_id":"a","name":1}]"#, 400, "invalid_payload", "Property .0.name must be string".into()),
        (
            r#"[{"source_id":"a","birthdate":"1990-02-30"}]"#,
            400,
            "invalid_payload",
            "1990-02-30 cannot be recognized as a ISO-8601 compliant date".into(),
        ),
        (
            r#"[{"source_id":"a","address":{"city":1}}]"#,
            400,
            "invalid_payload",
            "Property .0.address.city must be string,null".into(),
        ),
        (
            r#"[{"source_id":"a"},{"source_id":"b"},{"source_id":"c"}]"#,
            400,
            "invalid_payload",
            "Payload must NOT have more than 2 items".into(),
        ),
        (
            r#"[{"source_id":"a"},{"source_id":"poison"}]"#,
            400,
            "metadata_validation_failed",
            "tier: must be a number (actual value is 'gold')".into(),
        ),
        (&"x".repeat(2_001), 413, "", "Payload content length greater than maximum allowed: 2000".into()),
    ] {
        let answer = caller.try_post(body.to_owned()).unwrap();
        assert_eq!(answer.status, status, "{body}");
        if key.is_empty() {
            let error = if status == 413 { "Request Entity Too Large" } else { "Bad Request" };
            assert_eq!(answer.body, json!({"statusCode": status, "error": error, "message": said}), "{body}");
        } else {
            assert_eq!(answer.body["code"], json!(status), "{body}");
            assert_eq!((&answer.body["key"], &answer.body["details"]), (&json!(key), &json!(said)), "{body}");
            assert!(answer.body["request_id"].as_str().unwrap().starts_with("v-"), "{body}");
        }
    }
    assert!(caller.sandbox.customers().is_empty(), "nothing of what is refused is kept");
}

#[test]
fn keys_and_limits_are_checked_in_this_order() {
    let caller = Caller::new(VoucherifyOptions { minute_limit: Some(2), window_seconds: Some(600), ..quick() });
    let url = format!("{}/v1/customers", caller.sandbox.voucherify_url());
    let stranger = caller.send(caller.client.get(url)).unwrap();
    assert_eq!(stranger.status, 401);
    assert_eq!(stranger.body, json!({"code": 401, "message": "Unauthorized", "key": "unauthorized"}));

    let answers = [(), (), ()].map(|()| caller.get("/v1/customers"));
    let remaining = answers.each_ref().map(|answer| answer.header("x-rate-limit-remaining"));
    assert_eq!(remaining, ["1", "0", "0"]);
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 200, 429]);
    let refused = &answers[2];
    assert_eq!(refused.body, json!({"code": 429, "message": "Too many requests hit the API too quickly."}));
    assert_eq!((refused.header("x-rate-limit-limit"), refused.header("x-rate-limit-type")), ("2", "api_calls"));
    let wait: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=600).contains(&wait), "{wait}");
    let at: i64 = refused.header("x-rate-limit-retry").parse().unwrap();
    assert!(at > 1_600_000_000, "seconds since 1970");
    assert_eq!(answers[0].header("x-rate-limit-type"), "", "only where a limit is hit");
}

#[test]
fn every_class_refuses_what_it_counts() {
    for (options, bulk, class) in [
        (VoucherifyOptions { plan: Plan::Sandbox, minute_limit: Some(0), ..quick() }, true, "api_calls"),
        (VoucherifyOptions { plan: Plan::Business, bulk_limit: Some(0), ..quick() }, true, "bulk_api_calls"),
        (VoucherifyOptions { plan: Plan::Organization, cycle_limit: Some(0), ..quick() }, false, "api_calls_cycle"),
    ] {
        let caller = Caller::new(options);
        let answer = if bulk { caller.post(&two()) } else { caller.get("/v1/async-actions") };
        assert_eq!((answer.status, answer.header("x-rate-limit-type")), (429, class));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 3_600 || class == "api_calls");
    }
    let plan = Caller::new(VoucherifyOptions { plan: Plan::Sandbox, ..quick() });
    assert_eq!(plan.get("/v1/customers").header("x-rate-limit-limit"), "100");
}

#[test]
fn every_fault_of_a_bulk_request_does_what_it_says() {
    for (kind, status, key, landed) in [
        (FaultKind::Error500, 500, json!("internal_error"), 0),
        (FaultKind::Error503, 503, Value::Null, 0),
        (FaultKind::Reset, 0, Value::Null, 0),
        (FaultKind::Payment402, 402, json!("missing_required_feature"), 0),
        (FaultKind::Forbidden403, 403, json!("forbidden"), 0),
        (FaultKind::Metadata400, 400, json!("metadata_validation_failed"), 0),
        (FaultKind::Payload400, 400, json!("invalid_payload"), 0),
        (FaultKind::Framework400, 400, Value::Null, 0),
        (FaultKind::Large413, 413, Value::Null, 0),
        (FaultKind::Bare429, 429, Value::Null, 0),
        (FaultKind::Lost502, 502, Value::Null, 2),
        (FaultKind::Lost504, 504, Value::Null, 2),
        (FaultKind::LostReset, 0, Value::Null, 2),
        (FaultKind::LostId, 202, Value::Null, 2),
    ] {
        let caller = Caller::with_fault(kind);
        let answer = caller.try_post(two().to_string());
        assert_eq!(answer.as_ref().map_or(0, |answer| answer.status), status, "{kind:?}");
        assert_eq!(answer.map_or(Value::Null, |answer| answer.body["key"].clone()), key, "{kind:?}");
        assert_eq!(caller.sandbox.customers().len(), landed, "{kind:?}");
        assert_eq!(caller.sandbox.project().faults_given().len(), 1, "{kind:?}");
    }
}

#[test]
fn every_trouble_of_an_action_is_seen_in_its_answer() {
    let refuse = || VoucherifyOptions { refuse: vec!["b".into()], ..quick() };
    for (kind, status, operation, result) in [
        (FaultKind::Failed, "FAILED", "FAILED", Value::Null),
        (FaultKind::OperationFailed, "DONE", "FAILED", json!({"done_count": 0, "failed_count": 2, "errors": []})),
        (FaultKind::NoResult, "DONE", "SUCCESS", Value::Null),
        (FaultKind::NoErrors, "DONE", "SUCCESS", json!({"done_count": 1, "failed_count": 1, "errors": []})),
        (
            FaultKind::OldResult,
            "DONE",
            "SUCCESS",
            json!({"done_count": 1, "results": [
                {"source_id": "a", "found": false, "updated": true},
                {"source_id": "b", "found": false, "updated": false},
            ]}),
        ),
    ] {
        let caller = Caller::new(VoucherifyOptions { voucherify_fault: vec![kind.into()], ..refuse() });
        let mut action = caller.finish(&two());
        assert_eq!((&action["status"], &action["operation_status"]), (&json!(status), &json!(operation)), "{kind:?}");
        if let Some(members) = action["result"].as_object_mut() {
            members.retain(|name, _| !name.starts_with("reports"));
        }
        assert_eq!(action["result"], result, "{kind:?}");
    }
    let unknown = Caller::with_fault(FaultKind::UnknownStatus).finish(&two());
    assert!(!["ENQUEUED", "IN_PROGRESS", "DONE", "FAILED"].contains(&unknown["status"].as_str().unwrap()));

    let gone = Caller::with_fault(FaultKind::Gone);
    let id = gone.post(&two()).body["async_action_id"].as_str().unwrap().to_owned();
    let answer = gone.get(&format!("/v1/async-actions/{id}"));
    assert_eq!((answer.status, &answer.body["resource_type"]), (404, &json!("async_action")));
    assert_eq!(answer.body["details"], json!(format!("Cannot find async_action with id {id}")));

    let stuck = Caller::with_fault(FaultKind::Stuck);
    let id = stuck.post(&two()).body["async_action_id"].as_str().unwrap().to_owned();
    let answer = stuck.get(&format!("/v1/async-actions/{id}")).body;
    assert_eq!((&answer["status"], &answer["result"]), (&json!("IN_PROGRESS"), &Value::Null));

    let expired = Caller::with_fault(FaultKind::ExpiredReport);
    let url = expired.finish(&two())["result"]["reports"][0].as_str().unwrap().to_owned();
    assert_eq!(expired.send(expired.client.get(url)).unwrap().status, 404);
}

#[test]
fn reading_can_fail_in_three_ways_and_bulk_requests_are_spared() {
    for (kind, status) in [(FaultKind::Read500, Some(500)), (FaultKind::ReadReset, None), (FaultKind::ReadCut, None)] {
        let fault = Fault { kind, extent: Extent::First(1) };
        let caller = Caller::new(VoucherifyOptions { voucherify_fault: vec![fault], ..quick() });
        assert_eq!(caller.post(&two()).status, 202, "{kind:?}");
        let request = caller.request(Method::GET, "/v1/customers/a");
        assert_eq!(caller.send(request).map(|answer| answer.status), status, "{kind:?}");
        assert_eq!(caller.get("/v1/customers/a").status, 200, "{kind:?}");
    }
}

#[test]
fn refused_customers_have_the_servers_words_and_the_others_land() {
    let caller =
        Caller::new(VoucherifyOptions { missing_source_id: Refusing::Customer, refuse: vec!["b".into()], ..quick() });
    let action = caller.finish(&json!([{"source_id": "a"}, {"source_id": "b"}, {"name": "nobody"}]));
    assert_eq!((&action["status"], &action["result"]["failed_count"]), (&json!("DONE"), &json!(2)));
    let error = |source_id: Value, key: &str, message: &str, details: &str| json!({"source_id": source_id, "key": key, "message": message, "details": details});
    assert_eq!(
        action["result"]["errors"],
        json!([
            error(
                json!("b"),
                "metadata_validation_failed",
                "Metadata validation failed",
                "tier: must be a number (actual value is 'gold')"
            ),
            error(Value::Null, "invalid_payload", "Invalid payload", "Payload must have required property 'source_id'"),
        ])
    );
    assert_eq!(caller.sandbox.customers().into_keys().collect::<Vec<_>>(), ["a"]);
}

#[test]
fn a_share_of_customers_is_refused_and_the_same_ones_again() {
    let customers: Vec<Value> = (0..1_000).map(|number| json!({"source_id": number.to_string()})).collect();
    let failed = |seed| {
        let caller = Caller::new(VoucherifyOptions { refuse_percent: 5.0, fault_seed: seed, ..quick() });
        caller.finish(&json!(customers))["result"]["errors"].clone()
    };
    let once = failed(1);
    assert!((20..90).contains(&once.as_array().unwrap().len()), "{}", once.as_array().unwrap().len());
    assert_eq!(once, failed(1));
    assert_ne!(once, failed(2));
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
fn customers_are_shown_listed_and_deleted() {
    let caller = Caller::new(quick());
    let customers: Vec<Value> = (0..25).map(|number| json!({"source_id": format!("{number:02}")})).collect();
    caller.finish(&json!(customers));
    let shown = caller.get("/v1/customers/07").body;
    let id = shown["id"].as_str().unwrap();
    assert!(id.strip_prefix("cust_").is_some_and(|letters| letters.len() == 24), "{id}");
    assert_eq!(
        (shown.get("address"), shown.get("metadata"), shown.get("updated_at")),
        (Some(&Value::Null), None, None)
    );
    assert_eq!(caller.get(&format!("/v1/customers/{id}")).body, shown, "either id will do");
    assert_eq!(shown["created_at"].as_str().unwrap().len(), "2020-03-11T09:00:00.000Z".len());

    let page = |query: &str| {
        let body = caller.get(&format!("/v1/customers?{query}")).body;
        let ids = body["customers"].as_array().unwrap().iter().map(|one| one["source_id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), body["total"].as_u64().unwrap(), body["has_more"].as_bool().unwrap())
    };
    assert_eq!(page("").0.len(), 10);
    let third = page("order=source_id&page=3");
    assert_eq!(third, (["20", "21", "22", "23", "24"].map(str::to_owned).to_vec(), 25, false));
    assert_eq!(page("order=-source_id&limit=1"), (vec!["24".to_owned()], 25, true));
    assert_eq!(page("created_at[after]=2100-01-01"), (vec![], 0, false));
    assert_eq!(page("starting_after=2000-01-01T00:00:00Z&limit=100").0.len(), 25);
    for wrong in ["limit=101", "limit=0", "page=100", "order=name", "starting_after=soon"] {
        assert_eq!(caller.get(&format!("/v1/customers?{wrong}")).status, 400, "{wrong}");
    }

    assert_eq!(caller.send(caller.request(Method::DELETE, "/v1/customers/07")).unwrap().status, 204);
    let missing = caller.get("/v1/customers/07");
    assert_eq!((missing.status, &missing.body["details"]), (404, &json!("Cannot find customer with id 07")));
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
fn an_export_is_asked_for_waited_for_and_downloaded_with_keys() {
    let caller = Caller::new(quick());
    caller.finish(&json!([{"source_id": "a,b", "address": {"city": "Bath"}, "metadata": {"n": 1}}]));
    let fields = ["source_id", "address_city", "metadata", "name"];
    let wanted = json!({"exported_object": "customer", "parameters": {"fields": fields, "filters": {
        "junction": "and", "updated_at": {"conditions": {"$after": ["2020-01-01T00:00:00Z"]}},
    }}});
    let created = caller.send(caller.request(Method::POST, "/v1/exports").body(wanted.to_string())).unwrap().body;
    assert_eq!((&created["status"], &created["result"]), (&json!("SCHEDULED"), &Value::Null));
    let export = caller.get(&format!("/v1/exports/{}", created["id"].as_str().unwrap())).body;
    assert_eq!(export["status"], json!("DONE"));
    let url = export["result"]["url"].as_str().unwrap();
    assert_eq!(caller.send(caller.client.get(url)).unwrap().status, StatusCode::UNAUTHORIZED.as_u16());
    let keys = |request: RequestBuilder| request.header("X-App-Id", APPLICATION_ID).header("X-App-Token", SECRET_KEY);
    let table = caller.send(keys(caller.client.get(url))).unwrap().body;
    assert_eq!(table, json!("source_id,address_city,metadata,name\n\"a,b\",Bath,\"{\"\"n\"\":1}\",\n"));
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
