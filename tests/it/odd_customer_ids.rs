//! Customers whose ids are steps of a path, or look like them, looked at and deleted one by one.

use std::{collections::BTreeSet, fs};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Uri},
};
use reqwest::{Client, Method};
use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

use crate::{upload::project::table, verify::Migration};

/// What people were called.
const IDS: [&str; 16] = [
    ".",
    "..",
    "...",
    "a/b",
    "/",
    "../x",
    "a/../b",
    "%2e",
    "%2E%2e",
    "%2Fa",
    "a\\b",
    "a?b#c",
    "a;v=1",
    "a+b c",
    "å@b.example",
    "cust_1",
];

fn migration() -> Migration {
    let migration = Migration::of(1, VoucherifyOptions::default());
    let line = |(number, id): (usize, &&str)| {
        json!({"segment_id": format!("use_{number}"), "external_ids": {"user_id": id},
            "traits": {"name": format!("Person {number}"), "metadata": {"tier": "gold", "free": true}}})
        .to_string()
    };
    let lines: Vec<String> = IDS.iter().enumerate().map(line).collect();
    fs::write(migration.workdir.path("people.ndjson"), lines.join("\n")).unwrap();
    migration.workdir.run(&["transform", "people.ndjson", "--batch-customers", "5"], 0);
    migration
}

fn summary(migration: &Migration, arguments: &[&str], exit_code: i32) -> Value {
    let run = migration.workdir.check(migration.command(arguments).args(["--json", "--csv", "plain"]), exit_code);
    serde_json::from_slice(&run.stdout).unwrap()
}

#[test]
fn each_is_looked_at_and_deleted_and_nobody_else() {
    let migration = migration();
    let stranger = json!({"source_id": "b", "name": "Who is meant where a path is shortened"});
    assert_eq!(migration.call(Method::POST, "/v1/customers", Some(&stranger)).0, 200);
    migration.workdir.check(&mut migration.command(&["upload", "--keep-before"]), 0);
    let landed: BTreeSet<String> = migration.sandbox.customers().into_keys().collect();
    let sent: BTreeSet<String> = IDS.iter().chain(&["b"]).map(ToString::to_string).collect();
    assert_eq!(landed, sent);

    // What no export shows is seen one by one.
    let verified = summary(&migration, &["verify", "--sample", "99"], 0);
    assert_eq!(
        (&verified["verified"]["same"], &verified["verified"]["sampled"]),
        (&json!(16), &json!(16)),
        "{verified}"
    );
    let (_, listed) = migration.call(Method::GET, "/v1/customers?limit=100", None);
    for customer in listed["customers"].as_array().unwrap() {
        if let ("." | "a/b" | "%2e", Some(id)) = (customer["source_id"].as_str().unwrap(), customer["id"].as_str()) {
            let change = json!({"metadata": {"free": false}});
            assert_eq!(migration.call(Method::PUT, &format!("/v1/customers/{id}"), Some(&change)).0, 200);
        }
    }
    summary(&migration, &["verify", "--sample", "99"], 3);
    let rows = table(&migration.target().join("verify.csv"));
    let found: BTreeSet<[&str; 3]> = rows.iter().map(|row| [row[1].as_str(), &row[2], &row[3]]).collect();
    assert_eq!(found, [".", "a/b", "%2e"].map(|id| [id, "differs", "metadata.free"]).into());

    let undone = summary(&migration, &["undo", "--delete-created", "--force", "--yes"], 0);
    assert_eq!(undone["books"]["deleted"], 16, "{undone}");
    assert_eq!(migration.sandbox.customers().into_keys().collect::<Vec<_>>(), ["b"]);
}

/// Stands before the sandbox of a migration, and leaves the vendor's own ids out of every export.
fn without_vendor_ids(migration: &Migration, runtime: &Runtime) -> String {
    let (behind, client) = (migration.sandbox.voucherify_url(), Client::builder().no_proxy().build().unwrap());
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let front = format!("http://{}", listener.local_addr().unwrap());
    let url = front.clone();
    let pass = move |method: Method, uri: Uri, mut headers: HeaderMap, body: Bytes| {
        headers.remove("accept-encoding");
        let front = front.clone();
        let to = uri.to_string();
        // Files are at a port of their own.
        let to =
            to.strip_prefix("/file").map_or_else(|| format!("{behind}{to}"), |file| format!("http://127.0.0.1:{file}"));
        let request = client.request(method, to).headers(headers).body(body);
        async move {
            let sent = request.send().await.unwrap();
            let status = sent.status();
            let body = String::from_utf8(sent.bytes().await.unwrap().to_vec()).unwrap();
            if body.starts_with(['{', '[']) {
                return (status, body.replace("http://127.0.0.1:", &format!("{front}/file")));
            }
            // Theirs have 24 characters; somebody's own may begin alike.
            let without = |cell: &str| if cell.starts_with("cust_") && cell.len() == 29 { "" } else { cell }.to_owned();
            let line = |line: &str| line.split(',').map(without).collect::<Vec<_>>().join(",");
            (status, body.split('\n').map(line).collect::<Vec<_>>().join("\n"))
        }
    };
    runtime.spawn(async move { axum::serve(listener, Router::new().fallback(pass)).await });
    url
}

#[test]
fn who_has_no_address_is_not_looked_at_where_no_export_gives_the_vendors_id() {
    let (migration, runtime) = (migration(), Runtime::new().unwrap());
    let url = without_vendor_ids(&migration, &runtime);
    let command = |arguments: &[&str]| {
        let mut command = migration.command(arguments);
        command.env("VOUCHERIFY_API_URL", &url);
        command
    };
    migration.workdir.check(&mut command(&["upload"]), 0);
    let run = migration.workdir.check(&mut command(&["verify", "--sample", "99", "--json"]), 0);
    let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
    // All but `.` and `..`, who are compared by what the export shows.
    let verified = ["same", "differs", "missing", "not_checkable", "sampled"].map(|name| &summary["verified"][name]);
    assert_eq!(verified, [16, 0, 0, 0, 14].map(Value::from).each_ref(), "{summary}");
}
