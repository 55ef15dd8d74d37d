//! What is refused, what is limited, and what goes wrong on demand.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use reqwest::Method;
use segment_to_voucherify::sandbox::voucherify::{
    faults::{Extent, Fault, FaultKind},
    options::{Plan, Refusing, VoucherifyOptions},
};
use segment_to_voucherify::sandbox::{APPLICATION_ID, SECRET_KEY};
use serde_json::{Value, json};

use super::{Caller, quick, two};

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
fn a_body_that_is_announced_too_large_may_be_answered_before_it_comes() {
    let caller = Caller::with_fault(FaultKind::Early413);
    let url = caller.sandbox.voucherify_url();
    let mut connection = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    let head = format!(
        "POST /v1/customers/bulk/async HTTP/1.1\r\nHost: sandbox\r\nX-App-Id: {APPLICATION_ID}\r\n\
         X-App-Token: {SECRET_KEY}\r\nContent-Length: 10485761\r\n\r\n"
    );
    connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 12];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413");
    assert_eq!(caller.post(&two()).status, 202, "smaller ones are taken");
}

#[test]
fn a_caller_who_goes_away_before_a_slow_answer_has_done_it_all_the_same() {
    let caller = Caller::new(VoucherifyOptions { answer_ms: 600_000, ..quick() });
    // On a busy machine it may be gone before the server hears of it.
    let done = [2, 10, 50].into_iter().any(|seconds| {
        let request = caller.request(Method::POST, "/v1/customers/bulk/async").body(two().to_string());
        assert!(caller.send(request.timeout(Duration::from_secs(seconds))).is_none());
        caller.sandbox.customers().len() == 2
    });
    assert!(done);
}

#[test]
fn compressed_bodies_are_measured_as_they_inflate() {
    let caller = Caller::new(VoucherifyOptions { body_limit: 2_000, ..quick() });
    let post = |customers: Value| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(customers.to_string().as_bytes()).unwrap();
        let request = caller.request(Method::POST, "/v1/customers/bulk/async").header("Content-Encoding", "gzip");
        caller.send(request.body(encoder.finish().unwrap())).unwrap().status
    };
    assert_eq!(post(two()), 202);
    assert_eq!(post(json!([{"source_id": "a", "name": "x".repeat(2_000)}])), 413);
}
