//! `schema`: the project's metadata schema, fetched whole from a scripted server.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use axum::{Router, extract::Query, http::StatusCode, response::IntoResponse, routing::get};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::workdir::Workdir;

/// A server that gives one scripted answer a page, for as long as its runtime is there.
struct Scripted {
    url: String,
    _runtime: Runtime,
}

fn serve(status: StatusCode, pages: Vec<Value>) -> Scripted {
    let runtime = Runtime::new().unwrap();
    let answer = move |Query(query): Query<Vec<(String, String)>>| {
        let page = query.iter().find(|(name, _)| name == "page").map_or(1, |(_, page)| page.parse().unwrap());
        let body = pages.get(page - 1).unwrap_or(&pages[0]).to_string();
        async move { (status, body).into_response() }
    };
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/v1/metadata-schemas", get(answer));
    runtime.spawn(async move { axum::serve(listener, router).await });
    Scripted { url, _runtime: runtime }
}

impl Scripted {
    fn schema(&self, workdir: &Workdir, arguments: &[&str]) -> Command {
        let mut command = workdir.command();
        command.arg("schema").args(arguments).env("VOUCHERIFY_API_URL", &self.url);
        command.env("VOUCHERIFY_APPLICATION_ID", "app").env("VOUCHERIFY_SECRET_KEY", "secret");
        command
    }
}

fn customer() -> Value {
    json!({"related_object": "customer", "allow_defined_only": true, "properties": {
        "tier": {"type": "string", "array": false, "optional": false, "eq": ["gold"]},
        "home": {"type": "object", "array": false, "optional": true, "objectType": "place"},
        "old": {"type": "string", "array": false, "optional": true, "deleted": true},
    }})
}

fn place() -> Value {
    json!({"related_object": "place", "allow_defined_only": null, "properties": {"since": {"type": "date"}}})
}

#[test]
fn the_schema_is_saved_whole_and_private_and_told_calmly() {
    let (workdir, server) =
        (Workdir::new(), serve(StatusCode::OK, vec![json!({"schemas": [customer(), place()], "total": 2})]));
    let output = workdir.check(&mut server.schema(&workdir, &[]), 0);
    assert!(output.stdout.is_empty());
    assert_snapshot!(String::from_utf8(output.stderr).unwrap(), @r"
schema: done

  definitions     2
  required        tier
  other keys      refused by Voucherify; transform leaves them out
  nested schemas  place

  file                  what it holds
  metadata-schema.json  the project's metadata schemas

  next  segment-to-voucherify transform --metadata-schema metadata-schema.json
");
    let path = workdir.path("metadata-schema.json");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let saved: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(saved["schemas"], json!([customer(), place()]));
}

#[test]
fn pages_are_followed_to_the_end_and_a_pipe_takes_the_schema() {
    let pages = vec![json!({"data": [customer()], "total": 2}), json!({"data": [place()], "total": 2})];
    let (workdir, server) = (Workdir::new(), serve(StatusCode::OK, pages));
    let output = workdir.check(&mut server.schema(&workdir, &["-o", "-"]), 0);
    let piped: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(piped["schemas"], json!([customer(), place()]));
    // A total that is never reached ends where a page brings nothing new.
    let server = serve(StatusCode::OK, vec![json!({"schemas": [customer()], "total": 5})]);
    workdir.check(&mut server.schema(&workdir, &["-o", "-"]), 0);
}

#[test]
fn a_project_without_a_schema_and_a_server_that_refuses_are_told_apart() {
    let workdir = Workdir::new();
    let server = serve(StatusCode::OK, vec![json!({"schemas": [place()], "total": 1})]);
    let output = workdir.check(&mut server.schema(&workdir, &["--json"]), 0);
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["customer_schema"], false);
    assert!(String::from_utf8(output.stderr).unwrap().contains("accepts any metadata"));

    let server = serve(StatusCode::UNAUTHORIZED, vec![json!({"code": 401, "message": "Unauthorized"})]);
    let output = workdir.check(&mut server.schema(&workdir, &["-o", "other.json"]), 1);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("Unauthorized") && words.contains("hint: ") && !words.contains("secret\n"), "{words}");
    assert!(!workdir.path("other.json").exists());
}

#[test]
fn what_voucherify_would_refuse_is_rejected_offline_in_its_words() {
    let (workdir, server) = (Workdir::new(), serve(StatusCode::OK, vec![json!({"schemas": [customer(), place()]})]));
    workdir.check(&mut server.schema(&workdir, &[]), 0);
    drop(server);
    let metadata = [
        json!({"tier": "gold", "home": {"since": "2020-01-01T10:00:00Z"}, "old": 7}),
        json!({"tier": "silver"}),
        json!({"home": "Rome"}),
        json!({"tier": " "}),
    ];
    let lines = (1..).zip(metadata).map(|(number, metadata)| {
        let ids = json!({"user_id": format!("u{number}")});
        json!({"segment_id": format!("use_{number}"), "external_ids": ids, "traits": {"metadata": metadata}})
            .to_string()
    });
    fs::write(workdir.path("lines"), lines.collect::<Vec<_>>().join("\n")).unwrap();
    let transform = ["transform", "lines", "-o", "-", "--plain", "--csv", "plain"];
    let output = workdir.run(&[&transform[..], &["--metadata-schema", "metadata-schema.json"]].concat(), 0);
    let customers: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        customers,
        json!([{
            "source_id": "u1", "metadata": {"tier": "gold", "home": {"since": "2020-01-01"}},
            "system_metadata": {"source": "segmentio"},
        }])
    );
    let told = |table: &str| -> Vec<String> {
        let mut rows = csv::Reader::from_path(workdir.path(table)).unwrap();
        let rows = rows.records().map(|row| row.unwrap());
        rows.map(|row| format!("{} {} {}: {}", &row[0], &row[4], &row[5], &row[7])).collect()
    };
    let tier = "metadata.tier: must be a string, property is required, must be equal to one of gold";
    assert_eq!(
        told("rejects.csv"),
        [
            format!("use_2 metadata_invalid {tier} (actual value is 'silver')"),
            "use_3 metadata_invalid metadata.home: must be an object (actual value is 'Rome')".to_owned(),
            format!("use_3 metadata_required {tier}"),
            format!("use_4 metadata_invalid {tier} (actual value is ' ')"),
        ]
    );
    assert!(told("warnings.csv").contains(&"use_1 converted metadata.home.since: the date part was taken".to_owned()));
    fs::write(workdir.path("metadata-schema.json"), "{}").unwrap();
    let output = workdir.run(&[&transform[..], &["--metadata-schema", "metadata-schema.json"]].concat(), 2);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("`metadata-schema.json`") && words.contains("hint: "), "{words}");
}

#[test]
fn types_that_this_version_does_not_know_are_told_and_what_cannot_be_read_is_named() {
    let properties = json!({"price": {"type": "money", "optional": true}, "tier": {"type": "string", "optional": true},
        "bare": {"optional": true}, "gone": {"type": "colour", "deleted": true}});
    let schemas = json!({"schemas": [{"related_object": "customer", "properties": properties}], "total": 1});
    let (workdir, server) = (Workdir::new(), serve(StatusCode::OK, vec![schemas]));
    let output = workdir.check(&mut server.schema(&workdir, &["--json"]), 0);
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["unknown"], json!(["bare", "price"]), "{summary}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("  unchecked       bare, price: of types that this version does not know\n"), "{told}");

    let person = json!({"segment_id": "use_1", "external_ids": {"user_id": "u1"},
        "traits": {"metadata": {"price": {"amount": 5}, "tier": 7, "bare": [1]}}});
    fs::write(workdir.path("people.ndjson"), person.to_string()).unwrap();
    let transform = ["transform", "people.ndjson", "-o", "-", "--plain", "--metadata-schema", "metadata-schema.json"];
    let output = workdir.run(&transform, 0);
    let told = String::from_utf8(output.stderr).unwrap();
    let words = "`metadata-schema.json` has types that this version does not know: values of `bare`, `price` are held against nothing";
    assert!(told.contains(words), "{told}");
    let customers: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(customers[0]["metadata"], json!({"price": {"amount": 5}, "tier": "7", "bare": [1]}));

    for (definition, words) in [
        (json!(null), "invalid type: null, expected a definition: an object with `type`"),
        (json!("string"), "invalid type: string \"string\", expected a definition: an object with `type`"),
        (json!({"type": 5}), "invalid type: number, expected string or map"),
        (json!({"type": "string", "optional": "yes"}), "invalid type: string \"yes\", expected a boolean"),
    ] {
        let schema = json!({"schemas": [{"related_object": "customer", "properties": {"tier": definition}}]});
        fs::write(workdir.path("metadata-schema.json"), schema.to_string()).unwrap();
        let told = String::from_utf8(workdir.run(&transform, 2).stderr).unwrap();
        let words = format!("`tier` of the metadata schema `customer` cannot be read: {words}\n");
        assert!(told.contains(&words), "{told}");
    }
}

#[test]
fn an_answer_without_a_list_of_schemas_is_none_and_not_taken_for_a_project_without_schema() {
    let none = json!({"schemas": [], "total": 0});
    for (answer, exit_code) in [
        (none, 0),
        (json!({"data_ref": "data", "data": []}), 0),
        (json!({}), 1),
        (json!({"error": {"message": "maintenance"}}), 1),
        (json!({"schemas": null}), 1),
        (json!({"schemas": {}}), 1),
        (json!({"total": 3}), 1),
    ] {
        let (workdir, server) = (Workdir::new(), serve(StatusCode::OK, vec![answer.clone()]));
        let said = workdir.check(&mut server.schema(&workdir, &[]), exit_code).stderr;
        let said = String::from_utf8(said).unwrap();
        assert_eq!(said.contains("holds no list of them, cannot be understood"), exit_code == 1, "{answer}: {said}");
        assert_eq!(workdir.path("metadata-schema.json").exists(), exit_code == 0, "{answer}");
    }
    let (workdir, server) =
        (Workdir::new(), serve(StatusCode::PROXY_AUTHENTICATION_REQUIRED, vec![json!({"message": "who are you"})]));
    let said = String::from_utf8(workdir.check(&mut server.schema(&workdir, &[]), 1).stderr).unwrap();
    assert!(said.contains("407") && said.contains("as in `HTTPS_PROXY=http://name:password@host:port`"), "{said}");
}
