//! The emulated Profile API against the facts (docs/api-facts.md A1 to A5, D1), as a plain caller sees it.

use std::{collections::HashSet, fs};

use reqwest::{Client, Response, StatusCode};
use segment_to_voucherify::sandbox::{
    SEGMENT_TOKEN, SPACE_ID, Sandbox, SandboxOptions,
    people::{KINDS, person},
    segment::{
        options::SegmentFault,
        options::{Compression, IdOrder, ListCursor, Oversize, OversizeIds, SegmentOptions, SpecialCharacters},
    },
};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

/// A caller of a space of its own.
struct Caller {
    sandbox: Sandbox,
    client: Client,
    runtime: Runtime,
}

impl Caller {
    fn new(segment: SegmentOptions) -> Self {
        Self::with(SandboxOptions { profiles: 250, segment_rate: 100_000, segment, ..SandboxOptions::default() })
    }

    fn with(options: SandboxOptions) -> Self {
        // Another test may have done it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, client: Client::builder().no_proxy().build().unwrap(), runtime }
    }

    /// Asks for what comes after `…/profiles`.
    fn ask(&self, rest: &str) -> reqwest::Result<Response> {
        let url = format!("{}/v1/spaces/{SPACE_ID}/collections/users/profiles{rest}", self.sandbox.segment_url());
        self.runtime.block_on(self.client.get(url).basic_auth(SEGMENT_TOKEN, Some("")).send())
    }

    fn status(&self, rest: &str) -> StatusCode {
        self.ask(rest).unwrap().status()
    }

    fn json(&self, rest: &str) -> Value {
        let response = self.ask(rest).unwrap();
        assert_eq!(response.status(), 200, "{rest}");
        serde_json::from_slice(&self.runtime.block_on(response.bytes()).unwrap()).unwrap()
    }

    /// The ids of the whole list, in its order.
    fn listed(&self) -> Vec<String> {
        let (mut ids, mut next) = (Vec::new(), "0".to_owned());
        loop {
            let page = self.json(&format!("?limit=50&next={next}"));
            ids.extend(
                page["data"].as_array().unwrap().iter().map(|item| item["segment_id"].as_str().unwrap().to_owned()),
            );
            match &page["cursor"]["next"] {
                Value::String(text) if text.is_empty() => return ids,
                Value::String(text) => next.clone_from(text),
                other => next = other.to_string(),
            }
        }
    }

    fn failing(&self, status: u16) -> usize {
        let ids: HashSet<String> = self.listed().into_iter().collect();
        ids.iter().filter(|id| self.status(&format!("/{id}/traits")) == status).count()
    }
}

fn id(number: u64) -> String {
    person(1, number).segment_id
}

#[test]
fn strangers_are_refused_in_the_documented_shape() {
    let caller = Caller::new(SegmentOptions::default());
    let url = format!("{}/v1/spaces/{SPACE_ID}/collections/users/profiles", caller.sandbox.segment_url());
    let answer = caller.runtime.block_on(caller.client.get(&url).basic_auth("wrong", Some("")).send()).unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["request-id"].len(), 36);
    let body = caller.runtime.block_on(answer.text()).unwrap();
    assert_eq!(body, r#"{"error":{"code":"authentication_error","message":"The access token is invalid."}}"#);
    let other = url.replace(SPACE_ID, "other");
    let answer = caller.runtime.block_on(caller.client.get(other).basic_auth(SEGMENT_TOKEN, Some("")).send()).unwrap();
    assert_eq!(answer.status(), 404);
}

#[test]
fn pages_have_the_documented_sizes_and_cursors() {
    let caller = Caller::new(SegmentOptions::default());
    let page = caller.json("");
    assert_eq!(page["data"].as_array().unwrap().len(), 10);
    assert_eq!(page["data"][3], serde_json::json!({"segment_id": id(3)}));
    assert_eq!(page["cursor"], serde_json::json!({"url": "", "has_more": true, "next": "10", "limit": 10}));
    let last = caller.json("?limit=100&next=200");
    assert_eq!(last["cursor"], serde_json::json!({"url": "", "has_more": false, "next": "", "limit": 100}));
    assert_eq!(caller.listed(), (0..250).map(id).collect::<Vec<_>>());
    for (rest, status) in [
        ("?limit=101", 400),
        ("?limit=0", 400),
        ("?limit=x", 400),
        ("?next=x", 400),
        (&format!("/{}/traits?limit=201", id(0)), 400),
        (&format!("/{}/external_ids?limit=26", id(0)), 429),
        (&format!("/{}/events", id(0)), 404),
    ] {
        assert_eq!(caller.status(rest), status, "{rest}");
    }
    let options = SegmentOptions {
        oversize: Oversize::Clamp,
        oversize_ids: OversizeIds::Refuse,
        default_limit: 20,
        list_cursor: ListCursor::Number,
        ..SegmentOptions::default()
    };
    let caller = Caller::new(options);
    assert_eq!(caller.json("?limit=1000")["cursor"]["next"], 100);
    assert_eq!(caller.json("")["data"].as_array().unwrap().len(), 20);
    assert_eq!(caller.status(&format!("/{}/external_ids?limit=26", id(0))), 400);
}

#[test]
fn traits_come_in_byte_order_and_can_be_chosen() {
    let caller = Caller::new(SegmentOptions::default());
    // The person of kind 30 has more than one page of them.
    let first = caller.json(&format!("/segment_id:{}/traits?limit=200", id(30)));
    let next = first["cursor"]["next"].as_str().unwrap().to_owned();
    let second = caller.json(&format!("/segment_id:{}/traits?limit=200&next={next}", id(30)));
    let keys = |page: &Value| page["traits"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&first).len(), 200);
    assert_eq!(keys(&second)[0], next);
    let all: Vec<String> = keys(&first).into_iter().chain(keys(&second)).collect();
    assert_eq!(all, person(1, 30).traits.keys().cloned().collect::<Vec<_>>());
    assert!(all.is_sorted());
    let chosen = |query: &str| keys(&caller.json(&format!("/{}/traits?limit=200&{query}", id(0))));
    assert_eq!(chosen("include=email,name,none"), ["email", "name"]);
    assert_eq!(chosen("class=audience"), ["big_spenders", "churn_risk", "j_o_audience_x", "newsletter"]);
    assert!(chosen("class=computed_trait").contains(&"total_spent".to_owned()));
    let verbose = caller.json(&format!("/{}/traits?include=email&verbose=true", id(0)));
    assert_eq!(verbose["traits"]["email"]["value"], "person0@example.com");
}

#[test]
fn identifiers_are_looked_up_as_documented() {
    let caller = Caller::new(SegmentOptions::default());
    for (identifier, status) in [
        (id(3), 200),
        (format!("segment_id:{}", id(3)), 200),
        ("email:person3%40example.com".into(), 200),
        ("email:Person3%40example.com".into(), 404),
        ("email:person3@example.com".into(), 500),
        ("user_id:user-3".into(), 200),
        ("user_id:%20%20%C3%BCn%C3%AFcode%2B37%40example.com%20".into(), 200),
        ("user_id:%20%20%C3%BCn%C3%AFcode+37%40example.com%20".into(), 404),
        ("user_id:nobody".into(), 404),
        (id(250), 404),
        (format!("{}x", id(3)), 404),
    ] {
        for endpoint in ["traits", "external_ids", "metadata"] {
            assert_eq!(caller.status(&format!("/{identifier}/{endpoint}")), status, "{identifier}/{endpoint}");
        }
    }
    let missing = caller.runtime.block_on(caller.ask("/user_id:nobody/traits").unwrap().text()).unwrap();
    assert_eq!(missing, r#"{"error":{"code":"not_found","message":"Profile was not found."}}"#);
    let lenient = SegmentOptions { special_characters: SpecialCharacters::NotFound, ..SegmentOptions::default() };
    assert_eq!(Caller::new(lenient).status("/email:person3@example.com,/traits"), 404);
}

#[test]
fn external_ids_are_paged_chosen_and_ordered() {
    let caller = Caller::new(SegmentOptions::default());
    // The person of kind 36 has more than one page of them.
    let first = caller.json(&format!("/{}/external_ids?limit=25", id(36)));
    assert_eq!((first["data"].as_array().unwrap().len(), &first["cursor"]["next"]), (25, &"map_25".into()));
    let second = caller.json(&format!("/{}/external_ids?limit=25&next=map_25", id(36)));
    assert_eq!(second["data"][7]["type"], "user_id");
    let chosen = caller.json(&format!("/{}/external_ids?include=user_id,email", id(36)));
    assert_eq!(chosen["data"].as_array().unwrap().len(), 2);
    let none = caller.json(&format!("/{}/external_ids?include=user_id", id(31)));
    assert_eq!(none["data"], serde_json::json!([]));
    let newest = Caller::new(SegmentOptions { id_order: IdOrder::Descending, ..SegmentOptions::default() });
    assert_eq!(newest.json(&format!("/{}/external_ids", id(0)))["data"][3]["type"], "anonymous_id");
}

#[test]
fn some_vanish_some_fail_and_some_were_merged() {
    let caller = Caller::new(SegmentOptions { vanish: 7, poison: 5, ..SegmentOptions::default() });
    assert_eq!((caller.failing(404), caller.failing(500)), (7, 5));
    let caller = Caller::new(SegmentOptions { merged: 6, ..SegmentOptions::default() });
    let ids = caller.listed();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 256);
    let email = |id: &String| caller.json(&format!("/{id}/traits?include=email"))["traits"]["email"].clone();
    assert_eq!(ids.iter().map(|id| email(id).to_string()).collect::<HashSet<_>>().len(), 250);
}

#[test]
fn a_list_that_reorders_skips_some_and_repeats_others() {
    let caller = Caller::new(SegmentOptions { reorder: 20, ..SegmentOptions::default() });
    let first: HashSet<String> = caller.listed().into_iter().collect();
    assert!(first.len() < 250, "nothing was skipped");
    let second: HashSet<String> = caller.listed().into_iter().collect();
    assert_eq!(second.len(), 250, "the second list is quiet");
}

#[test]
fn odd_cursors_come_when_asked_for() {
    let caller = Caller::new(SegmentOptions { repeat_next: Some(2), empty_page: Some(3), ..SegmentOptions::default() });
    assert_eq!(caller.json("?next=0")["cursor"]["next"], "10");
    assert_eq!(caller.json("?next=10")["cursor"]["next"], "10");
    let empty = caller.json("?next=10");
    assert_eq!((&empty["data"], &empty["cursor"]["has_more"]), (&serde_json::json!([]), &true.into()));
    let next = empty["cursor"]["next"].as_str().unwrap();
    assert_eq!(caller.json(&format!("?next={next}"))["data"][0]["segment_id"], id(10).as_str());
}

#[test]
fn the_limit_refuses_and_the_counts_say_so() {
    let segment = SegmentOptions { retry_after: Some(3), ..SegmentOptions::default() };
    let caller = Caller::with(SandboxOptions { profiles: 250, segment_rate: 5, segment, ..SandboxOptions::default() });
    let answers: Vec<Response> = (0..7).map(|_| caller.ask("").unwrap()).collect();
    let limited: Vec<_> = answers.iter().filter(|answer| answer.status() == 429).collect();
    assert!(!limited.is_empty() && limited.iter().all(|answer| answer.headers()["retry-after"] == "3"));
    for base in [caller.sandbox.segment_url(), caller.sandbox.voucherify_url()] {
        let counts = caller.runtime.block_on(async {
            caller.client.get(format!("{base}/sandbox/counts")).send().await.unwrap().bytes().await.unwrap()
        });
        let counts: Value = serde_json::from_slice(&counts).unwrap();
        assert_eq!(counts["segment"]["by_endpoint"]["list"], 7);
        assert_eq!(counts["segment"]["limited"], limited.len());
    }
}

#[test]
fn every_fault_is_what_it_says() {
    for (fault, status) in [
        (SegmentFault::Throttled, 429),
        (SegmentFault::ThrottledRetryAfter, 429),
        (SegmentFault::Error500, 500),
        (SegmentFault::Error502, 502),
        (SegmentFault::Error503, 503),
        (SegmentFault::Error504, 504),
        (SegmentFault::Reset, 0),
        (SegmentFault::Cut, 1),
        (SegmentFault::Truncated, 2),
        (SegmentFault::Html, 2),
        (SegmentFault::Slow, 200),
    ] {
        let segment = SegmentOptions { fault_rate: 100.0, segment_fault: vec![fault], ..SegmentOptions::default() };
        let caller = Caller::new(segment);
        // No answer, a body that breaks off, and one that is no JSON are 0, 1 and 2.
        let seen = caller.ask("").map_or(0, |answer| {
            let status = answer.status().as_u16();
            let text = caller.runtime.block_on(answer.text());
            text.map_or(1, |text| if serde_json::from_str::<Value>(&text).is_ok() { status } else { 2 })
        });
        assert_eq!(seen, status, "{fault:?}");
    }
}

#[test]
fn answers_are_compressed_for_who_accepts_it() {
    let caller = Caller::new(SegmentOptions { compression: Compression::Gzip, ..SegmentOptions::default() });
    assert_eq!(caller.json("?limit=50")["data"][49]["segment_id"], id(49).as_str());
    let url = format!("{}/v1/spaces/{SPACE_ID}/collections/users/profiles", caller.sandbox.segment_url());
    let plain = Client::builder().no_proxy().no_gzip().build().unwrap();
    let ask = plain.get(url).basic_auth(SEGMENT_TOKEN, Some("")).header("accept-encoding", "gzip");
    let answer = caller.runtime.block_on(ask.send()).unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
}

#[test]
fn the_people_are_written_as_an_archive_and_served_from_it() {
    let workdir = Workdir::new();
    let arguments = ["sandbox", "--profiles", "2500", "--write", "archive", "--single-file", "one.gz"];
    workdir.run(&[&arguments[..], &["--expect", "expected.ndjson"]].concat(), 0);
    workdir.run(&["sandbox", "--write", "archive"], 1);
    let manifest: Value = serde_json::from_slice(&fs::read(workdir.path("archive/manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["books"]["exported"], manifest["parts"].as_array().unwrap().len()), (&2_500.into(), 3));
    for (input, output) in [("archive", "a"), ("one.gz", "b")] {
        workdir.run(&["transform", input, "-o", output], 0);
    }
    let batch = |folder: &str| fs::read(workdir.path(folder).join("batch-000001.json.gz")).unwrap();
    assert!(batch("a") == batch("b"), "parts and one file hold the same");
    let expected = fs::read_to_string(workdir.path("expected.ndjson")).unwrap();
    assert_eq!(expected.lines().count(), 2_500);
    let rejected = expected.lines().filter(|line| line.contains("\"rejected\":")).count() as u64;
    assert!((2_500 / KINDS * 4..=2_500 / KINDS * 4 + 4).contains(&rejected), "{rejected} rejected");

    let segment = SegmentOptions { archive: Some(workdir.path("archive")), ..SegmentOptions::default() };
    let caller = Caller::with(SandboxOptions { segment_rate: 100_000, segment, ..SandboxOptions::default() });
    assert_eq!(caller.listed(), (0..2_500).map(id).collect::<Vec<_>>());
    let traits = caller.json(&format!("/{}/traits?limit=200", id(2_499)));
    assert_eq!(traits["traits"], Value::Object(person(1, 2_499).traits));
    assert_eq!(caller.status("/email:person7%40example.com/external_ids"), 200);
}
