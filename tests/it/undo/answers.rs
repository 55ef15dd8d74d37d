//! Whatever a server may say to a look at one customer and to its deletion.

use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{books, with_customers};
use crate::{upload::project::side_by_side, verify::Migration};

/// Status, a header, body; the first number of times.
type Says = (u16, (&'static str, &'static str), &'static str, usize);

/// What stands before a sandbox, and answers for it where one customer is asked for.
struct Front {
    behind: String,
    client: reqwest::Client,
    method: Method,
    says: Says,
    said: AtomicUsize,
    whom: Mutex<Option<String>>,
    healed: AtomicBool,
}

/// The same answer for one customer, so often.
async fn answer(
    State(front): State<Arc<Front>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (status, header, text, times) = front.says;
    if uri.path().starts_with("/v1/customers/cust_") && method == front.method {
        let path = uri.path().to_owned();
        let is_it = *front.whom.lock().unwrap().get_or_insert(path.clone()) == path;
        let healed = front.healed.load(Ordering::SeqCst);
        if is_it && !healed && front.said.fetch_add(1, Ordering::SeqCst) < times {
            let response = Response::builder().status(status).header(header.0, header.1);
            return response.body(Body::from(text)).unwrap();
        }
    }
    let url = format!("{}{}", front.behind, uri.path_and_query().unwrap());
    let sent = front.client.request(method, url).headers(headers).body(body).send().await.unwrap();
    let mut response = Response::builder().status(StatusCode::from_u16(sent.status().as_u16()).unwrap());
    for (name, value) in sent.headers() {
        response = response.header(name, value);
    }
    response.body(Body::from(sent.bytes().await.unwrap())).unwrap()
}

impl Front {
    fn start(migration: &Migration, runtime: &Runtime, method: Method, says: Says) -> (Arc<Self>, String) {
        let front = Arc::new(Self {
            behind: migration.sandbox.voucherify_url(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            method,
            says,
            said: AtomicUsize::default(),
            whom: Mutex::default(),
            healed: AtomicBool::default(),
        });
        let router = Router::new().fallback(answer).with_state(front.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        (front, url)
    }
}

fn through(migration: &Migration, url: &str, arguments: &[&str]) -> Command {
    let mut command = migration.command(arguments);
    command.arg("--json").env("VOUCHERIFY_API_URL", url);
    command
}

const UNDO: [&str; 3] = ["undo", "--yes", "--delete-created"];

/// Exit code, books where it ended, and what is said.
type Expected = (i32, Option<[u64; 4]>, &'static str);

#[test]
fn every_answer_about_one_customer_has_one_meaning() {
    const ALWAYS: usize = usize::MAX;
    let none = ("x-none", "0");
    let complaint = r#"{"code":400,"key":"invalid_payload","message":"no","details":"because"}"#;
    let fine: Expected = (0, Some([6, 6, 0, 0]), "");
    let failed = |words| (3, Some([6, 5, 0, 1]), words);
    let stops = |words| (1, None, words);
    let (get, delete) = (Method::GET, Method::DELETE);
    let cases: Vec<(Method, Says, Expected)> = vec![
        (get.clone(), (404, none, "{}", ALWAYS), fine),
        (delete.clone(), (404, none, "{}", ALWAYS), fine),
        (get.clone(), (500, none, "", 1), fine),
        (delete.clone(), (503, none, "<html>", 2), fine),
        (get.clone(), (200, none, "{", 1), fine),
        (get.clone(), (200, none, "[]", ALWAYS), failed("")),
        (get.clone(), (200, none, r#"{"source_id":"somebody else"}"#, ALWAYS), failed("")),
        (delete.clone(), (200, none, "{}", 1), (0, Some([6, 6, 0, 0]), "")),
        (get.clone(), (400, none, complaint, ALWAYS), failed("")),
        (delete.clone(), (400, none, complaint, ALWAYS), failed("")),
        (delete.clone(), (409, none, complaint, ALWAYS), failed("")),
        (delete.clone(), (423, none, complaint, ALWAYS), failed("")),
        (delete.clone(), (429, ("retry-after", "1"), "{}", 1), fine),
        (get.clone(), (429, ("retry-after", "1"), "{}", 2), fine),
        (delete.clone(), (429, ("retry-after", "864000"), "{}", ALWAYS), stops("asks to wait 10 d")),
        (delete.clone(), (429, ("x-rate-limit-type", "api_calls_cycle"), "{}", ALWAYS), stops("billing cycle")),
        (delete.clone(), (402, none, complaint, ALWAYS), stops("asks for payment")),
        (get.clone(), (401, none, complaint, ALWAYS), stops("Voucherify answered 401")),
        (delete.clone(), (403, none, complaint, ALWAYS), stops("Voucherify answered 403")),
        (delete.clone(), (405, none, complaint, ALWAYS), stops("Voucherify answered 405")),
        (delete.clone(), (302, ("location", "https://example.com/"), "", ALWAYS), stops("")),
    ];
    side_by_side(&cases, |(method, says, (exit_code, expected, said))| {
        let migration = with_customers(12, VoucherifyOptions::default());
        let runtime = Runtime::new().unwrap();
        let (front, url) = Front::start(&migration, &runtime, method.clone(), *says);
        migration.workdir.check(&mut through(&migration, &url, &["upload", "--keep-before"]), 0);
        let run = migration.workdir.check(&mut through(&migration, &url, &UNDO), *exit_code);
        let words = String::from_utf8_lossy(&run.stderr);
        assert!(words.contains(said), "{method} {says:?}: {words}");
        if let Some(expected) = expected {
            let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
            assert_eq!(books(&summary), *expected, "{method} {says:?}");
            return;
        }
        // What stopped it passes: it goes on where it stood.
        front.healed.store(true, Ordering::SeqCst);
        let run = migration.workdir.check(&mut through(&migration, &url, &UNDO), 0);
        let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(books(&summary), [6, 6, 0, 0], "{method} {says:?}, later");
    });
}

/// Exit code, what was looked at and not, what stands in the table, and what is said.
type Looked = (i32, [u64; 2], &'static str, &'static str);

#[test]
fn a_customer_of_whom_the_server_does_not_tell_keeps_nobody_else_from_being_looked_at() {
    const ALWAYS: usize = usize::MAX;
    let none = ("x-none", "0");
    let complaint = r#"{"code":400,"key":"gone","message":"not any more","details":"because"}"#;
    let listed = |words| (3, [5, 1], words, "1 customer: the server did not tell of them");
    let cases: Vec<(Says, Looked)> = vec![
        ((409, none, complaint, ALWAYS), listed("Voucherify answered 409 Conflict: not any more")),
        ((410, none, complaint, ALWAYS), listed("Voucherify answered 410 Gone: not any more")),
        ((422, none, complaint, ALWAYS), listed("Voucherify answered 422 Unprocessable Entity: not any more")),
        ((400, none, complaint, ALWAYS), listed("Voucherify refuses the request: not any more")),
        ((200, none, "[]", ALWAYS), listed("the answer about a customer cannot be understood")),
        ((200, none, r#"{"source_id":"somebody else"}"#, ALWAYS), listed("the answer about a customer")),
        ((204, none, "", ALWAYS), listed("the answer about a customer cannot be understood")),
        ((503, none, "", 1), (0, [6, 0], "", "6 customers one by one")),
        ((429, ("retry-after", "1"), "{}", 1), (0, [6, 0], "", "6 customers one by one")),
        ((404, none, "{}", ALWAYS), (3, [6, 0], "missing", "missing 1")),
        ((403, none, complaint, ALWAYS), (1, [0, 0], "", "Voucherify answered 403")),
        ((402, none, complaint, ALWAYS), (1, [0, 0], "", "asks for payment")),
    ];
    side_by_side(&cases, |(says, (exit_code, looked, row, said))| {
        let migration = with_customers(6, VoucherifyOptions::default());
        let runtime = Runtime::new().unwrap();
        let (_front, url) = Front::start(&migration, &runtime, Method::GET, *says);
        migration.workdir.check(&mut through(&migration, &url, &["upload"]), 0);
        let arguments = ["verify", "--sample", "6", "--csv", "plain"];
        let run = migration.workdir.check(&mut through(&migration, &url, &arguments), *exit_code);
        let words = String::from_utf8_lossy(&run.stderr);
        assert!(words.contains(said), "{says:?}: {words}");
        if *exit_code == 1 {
            return;
        }
        let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
        let verified = &summary["verified"];
        let books = [&verified["sampled"], &verified["not_looked_at"]].map(|book| book.as_u64().unwrap());
        assert_eq!(books, *looked, "{says:?}: {verified}");
        let table = std::fs::read_to_string(summary["table"].as_str().unwrap()).unwrap_or_else(|_| {
            let table = migration.workdir.path(summary["table"].as_str().unwrap());
            std::fs::read_to_string(table).unwrap()
        });
        assert!(table.contains(row), "{says:?}: {table}");
        assert_eq!(table.contains(",not_looked_at,"), looked[1] > 0, "{says:?}: {table}");
    });
}
