//! An undo keeps to limits while it deletes several at once, and a disk that is full takes nobody along.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
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
use tokio::runtime::Runtime;

use super::{books, summary, with_customers, words};
use crate::{upload::project::eventually, workdir::Small};

/// What stands before a sandbox, and sees what is left of the limit after each ordinary call.
struct Watch {
    behind: String,
    client: reqwest::Client,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    remaining: Mutex<Vec<u64>>,
    refused: AtomicUsize,
}

async fn pass(State(watch): State<Arc<Watch>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let under_way = watch.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    watch.most_under_way.fetch_max(under_way, Ordering::SeqCst);
    let url = format!("{}{}", watch.behind, uri.path_and_query().unwrap());
    let sent = watch.client.request(method, url).headers(headers).body(body).send().await.unwrap();
    let status = StatusCode::from_u16(sent.status().as_u16()).unwrap();
    watch.refused.fetch_add(usize::from(status == StatusCode::TOO_MANY_REQUESTS), Ordering::SeqCst);
    let left: Option<u64> =
        sent.headers().get("x-rate-limit-remaining").and_then(|left| left.to_str().ok()?.parse().ok());
    if uri.path() != "/v1/customers/bulk/async" {
        watch.remaining.lock().unwrap().extend(left);
    }
    let mut response = Response::builder().status(status);
    for (name, value) in sent.headers() {
        response = response.header(name, value);
    }
    let body = Body::from(sent.bytes().await.unwrap());
    watch.under_way.fetch_sub(1, Ordering::SeqCst);
    response.body(body).unwrap()
}

fn watch(behind: String, runtime: &Runtime) -> (Arc<Watch>, String) {
    let watch = Arc::new(Watch {
        behind,
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        under_way: AtomicUsize::default(),
        most_under_way: AtomicUsize::default(),
        remaining: Mutex::default(),
        refused: AtomicUsize::default(),
    });
    let router = Router::new().fallback(pass).with_state(watch.clone());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, router).await });
    (watch, url)
}

#[test]
fn several_are_deleted_at_once_and_a_reserve_is_left_to_others() {
    let options = VoucherifyOptions {
        minute_limit: Some(210),
        window_seconds: Some(3_600),
        answer_ms: 30,
        ..VoucherifyOptions::default()
    };
    let migration = with_customers(40, options);
    let runtime = Runtime::new().unwrap();
    let (watch, url) = watch(migration.sandbox.voucherify_url(), &runtime);
    let through = |arguments: &[&str]| {
        let mut command = migration.command(arguments);
        command.env("VOUCHERIFY_API_URL", &url);
        command
    };
    migration.workdir.check(&mut through(&["upload", "--keep-before"]), 0);
    watch.remaining.lock().unwrap().clear();
    watch.most_under_way.store(0, Ordering::SeqCst);

    // 126 of 210 are the reserve, which is what stops it in the middle.
    let mut undo = through(&["undo", "--yes", "--delete-created", "--reserve", "60%"]);
    let mut child = undo.stderr(std::process::Stdio::null()).spawn().unwrap();
    let last = || watch.remaining.lock().unwrap().iter().min().copied().unwrap_or(u64::MAX);
    eventually("the reserve", || last() <= 127);
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    assert!(last() >= 126, "{}", last());
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let at_once = watch.most_under_way.load(Ordering::SeqCst);
    assert!((4..=8).contains(&at_once), "{at_once}");

    // What is left goes on from there; nobody was refused by a limit, and nobody goes who should not.
    let run = migration.workdir.check(&mut through(&["undo", "--yes", "--delete-created", "--json"]), 0);
    assert_eq!(books(&serde_json::from_slice(&run.stdout).unwrap()), [6, 34, 0, 0]);
    assert_eq!(watch.refused.load(Ordering::SeqCst), 0);
    assert_eq!(migration.sandbox.customers().len(), 7);
}

#[test]
fn a_full_disk_stops_an_undo_and_takes_nobody_along() {
    // So many blocks are left when it begins: none, for the record only, for some of the journal.
    for left in [0, 1, 2, 3, 5] {
        let migration = with_customers(20, VoucherifyOptions::default());
        let Some(small) = Small::mount(migration.workdir.path("batches/receipts"), "4m") else { return };
        words(&migration, &["upload", "--keep-before"], 0);
        words(&migration, &["undo", "--delete-created"], 0);
        let filler = small.path().join("filler");
        let mut size = 4 << 20;
        // The largest file that fits, and then so many blocks less.
        while fs::write(&filler, vec![b'x'; size]).is_err() {
            fs::remove_file(&filler).unwrap();
            size -= 4096;
        }
        fs::File::options().write(true).open(&filler).unwrap().set_len(size as u64 - left * 4096).unwrap();
        let run = migration.command(&["undo", "--yes", "--delete-created"]).output().unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        if run.status.code() != Some(0) {
            assert_eq!(run.status.code(), Some(1), "{left}: {said}");
            assert!(said.contains("make room") && said.contains("undo --yes"), "{left}: {said}");
        }
        let now = migration.sandbox.customers();
        assert!(
            now.contains_key("nobody") && (1..=6).all(|number| now.contains_key(&format!("u{number:03}"))),
            "{left}"
        );
        fs::remove_file(&filler).unwrap();
        let done = summary(&migration, &["undo", "--yes", "--delete-created"], 0);
        assert_eq!(books(&done), [6, 14, 0, 0], "{left}");
        let now = migration.sandbox.customers();
        assert_eq!(now.len(), 7, "{left}");
        assert!((1..=5).all(|number| now[&format!("u{number:03}")]["name"] == format!("Old {number}")), "{left}");
    }
}
