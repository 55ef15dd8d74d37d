//! A signal while a command waits for a server: for an answer that does not come, until it may call again, for its own limit.
//! Whichever command it is, it ends in order with 130, leaves nothing temporary, and comes to the same end when run again.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use segment_to_voucherify::sandbox::voucherify::options::VoucherifyOptions;
use tokio::runtime::Runtime;

use crate::{
    hearing::{send, send_until_heard},
    space::{Script as Profiles, Space},
    undo::with_customers,
    upload::project::{Project, Says, Script, eventually, input, side_by_side},
    verify::Migration,
};

const SIGNALS: [&str; 3] = ["-INT", "-TERM", "-HUP"];

/// How a call is held up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Held {
    /// It is never answered.
    Unanswered,
    /// It is to come back in a while.
    Later,
}

/// What stands before a sandbox, and holds calls of one kind up.
struct Gate {
    behind: String,
    client: reqwest::Client,
    held: Held,
    /// Method, and how the path begins.
    calls: (Method, &'static str),
    open: AtomicBool,
    came: AtomicUsize,
}

async fn pass(State(gate): State<Arc<Gate>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let is_held = method == gate.calls.0 && uri.path().starts_with(gate.calls.1);
    if is_held && !gate.open.load(Ordering::SeqCst) {
        gate.came.fetch_add(1, Ordering::SeqCst);
        if gate.held == Held::Unanswered {
            std::future::pending::<()>().await;
        }
        let later = Response::builder().status(429).header("Retry-After", "100");
        return later.header("X-Rate-Limit-Type", "api_calls").body(Body::from("{}")).unwrap();
    }
    let url = format!("{}{}", gate.behind, uri.path_and_query().unwrap());
    let sent = gate.client.request(method, url).headers(headers).body(body).send().await.unwrap();
    let mut response = Response::builder().status(sent.status().as_u16());
    for (name, value) in sent.headers() {
        response = response.header(name, value);
    }
    response.body(Body::from(sent.bytes().await.unwrap())).unwrap()
}

impl Gate {
    fn before(
        migration: &Migration,
        runtime: &Runtime,
        calls: (Method, &'static str),
        held: Held,
    ) -> (Arc<Self>, String) {
        let gate = Arc::new(Self {
            behind: migration.sandbox.voucherify_url(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            held,
            calls,
            open: AtomicBool::new(true),
            came: AtomicUsize::default(),
        });
        let router = Router::new().fallback(pass).with_state(gate.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        (gate, url)
    }
}

/// Every file and folder below one whose name says that it is not for long.
fn temporary(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(inner) = folders.pop() {
        for path in fs::read_dir(inner).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.contains(".unfinished-") || name.contains(".staging") || path.parent().unwrap().ends_with("tmp") {
                found.push(path.clone());
            }
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

/// A command, what is done before it, which of its calls is held up, how often it signals, and how it ends undisturbed.
type Case = (&'static [&'static str], bool, (Method, &'static str), Held, usize, i32);

fn is_left(case: &Case) {
    let (arguments, uploaded, calls, held, signals, code) = case;
    let what = format!("{arguments:?}, {} {}, {held:?}, {signals} signals", calls.0, calls.1);
    let migration = with_customers(12, VoucherifyOptions::default());
    let runtime = Runtime::new().unwrap();
    let (gate, url) = Gate::before(&migration, &runtime, calls.clone(), *held);
    let command = |arguments: &[&str]| {
        let mut command = migration.command(arguments);
        command.env("VOUCHERIFY_API_URL", &url).env("TMPDIR", migration.workdir.path("tmp"));
        command
    };
    fs::create_dir_all(migration.workdir.path("tmp")).unwrap();
    if *uploaded {
        migration.workdir.check(&mut command(&["upload", "--keep-before"]), 0);
    }
    gate.open.store(false, Ordering::SeqCst);
    let mut child = command(arguments);
    let child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    eventually(&what, || gate.came.load(Ordering::SeqCst) > 0);
    // An answer that says `later` has to arrive, too.
    std::thread::sleep(std::time::Duration::from_millis(400));
    for signal in SIGNALS.iter().cycle().skip(arguments.len()).take(*signals) {
        send_until_heard(&child, signal);
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{what}: {stderr}");
    assert!(stderr.contains("interrupted"), "{what}: {stderr}");
    if *signals == 1 {
        assert!(stderr.contains("\n  next  segment-to-voucherify "), "in order, not for impatience: {what}: {stderr}");
    }
    assert_eq!(temporary(&migration.workdir.path("")), Vec::<PathBuf>::new(), "{what}");
    gate.open.store(true, Ordering::SeqCst);
    migration.workdir.check(&mut command(arguments), *code);
    assert_eq!(temporary(&migration.workdir.path("")), Vec::<PathBuf>::new(), "{what}, again");
}

#[test]
fn verify_and_undo_and_images_are_left_wherever_a_server_keeps_them_waiting() {
    const UNDO: &[&str] = &["undo", "--yes", "--delete-created"];
    let held = [
        (&["verify"][..], true, (Method::POST, "/v1/exports"), 0),
        (&["verify"], true, (Method::GET, "/v1/exports/"), 0),
        (&["verify", "--sample", "3"], true, (Method::GET, "/v1/customers/"), 0),
        (&["undo"], true, (Method::GET, "/v1/exports/"), 0),
        (UNDO, true, (Method::POST, "/v1/customers/bulk"), 0),
        (UNDO, true, (Method::GET, "/v1/async-actions/"), 0),
        (UNDO, true, (Method::DELETE, "/v1/customers/"), 0),
        (&["upload", "--keep-before"], false, (Method::GET, "/v1/exports/"), 0),
    ];
    let cases: Vec<Case> = held
        .into_iter()
        .flat_map(|(arguments, uploaded, calls, code)| {
            [(Held::Unanswered, 1), (Held::Later, 1), (Held::Unanswered, 2), (Held::Later, 2)]
                .map(|(held, signals)| (arguments, uploaded, calls.clone(), held, signals, code))
        })
        .collect();
    side_by_side(&cases, is_left);
}

/// Signals a command that waits, and expects an orderly end.
fn ends_in_order(child: Child, signal: &str, what: &str) -> String {
    std::thread::sleep(std::time::Duration::from_millis(400));
    send(&child, signal);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{what}: {stderr}");
    assert!(stderr.contains("\n  next  segment-to-voucherify "), "in order, not for impatience: {what}: {stderr}");
    stderr
}

#[test]
fn limits_of_ones_own_are_left() {
    let slow = ["--calls-per-minute", "1"];
    for (signal, arguments) in SIGNALS.into_iter().zip([&["verify"][..], &["undo"], &["undo", "--yes"]]) {
        let migration = with_customers(12, VoucherifyOptions::default());
        migration.workdir.check(&mut migration.command(&["upload", "--keep-before"]), 0);
        let before = migration.sandbox.counts().voucherify_calls;
        let mut command = migration.command(&[arguments, &slow].concat());
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("the one call", || migration.sandbox.counts().voucherify_calls > before);
        ends_in_order(child, signal, arguments[0]);
        migration.workdir.check(&mut migration.command(arguments), 0);
    }
    for (signal, flags) in SIGNALS.into_iter().zip([["--bulk-per-hour", "1"], ["--calls-per-minute", "1"]]) {
        let (project, workdir) = (Project::good(), input(&[&[1], &[2]]));
        let mut command = project.upload(&workdir, &flags);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("the first POST", || project.posts() >= 1);
        ends_in_order(child, signal, flags[0]);
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        assert_eq!(project.posts(), 2, "{flags:?}");
    }
}

#[test]
fn pauses_that_a_server_asks_for_are_left() {
    for signal in SIGNALS {
        let project = Project::posting(|number, _| {
            let headers = vec![("x-rate-limit-type", "bulk_api_calls"), ("retry-after", "600")];
            (number == 1).then(|| Says::Answer(429, headers, "{}".into()))
        });
        let workdir = input(&[&[1], &[2]]);
        let child = project.upload(&workdir, &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("the first POST", || project.posts() >= 1);
        ends_in_order(child, signal, "upload");
        project.heal();
        workdir.check(&mut project.upload(&workdir, &[]), 0);
        assert_eq!((project.posts(), project.landed().len()), (3, 2));
    }
}

#[test]
fn an_upload_waits_five_seconds_for_what_is_under_way() {
    let project = Project::start(Script { delay: std::time::Duration::from_mins(10), ..Script::default() });
    for signal in SIGNALS {
        let workdir = input(&[&[1, 2]]);
        let child = project.upload(&workdir, &[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        eventually("the check of the keys", || !project.take_asked().is_empty());
        ends_in_order(child, signal, "upload");
        assert_eq!(project.posts(), 0);
    }
}

#[test]
fn a_migration_is_left_in_its_transform() {
    let mut came = 0;
    for (place, signal) in (1..=6).zip(["2", "15", "1"].into_iter().cycle()) {
        let (space, project) = (Space::start(Profiles { profiles: 60, ..Profiles::default() }), Project::good());
        let workdir = input(&[]);
        workdir.check(&mut space.export(&workdir, &["--part-size", "1000"]), 0);
        let migrate = || {
            let (export, upload) = (space.export(&workdir, &[]), project.upload(&workdir, &[]));
            let mut command = workdir.command();
            command.arg("migrate");
            for (name, value) in export.get_envs().chain(upload.get_envs()) {
                command.env(name, value.unwrap());
            }
            command
        };
        let first = workdir.check(migrate().env("DIE_AT_WRITE", place.to_string()).env("SIGNAL_AT_WRITE", signal), 130);
        let stderr = String::from_utf8(first.stderr).unwrap();
        let in_transform = stderr.contains("interrupted: the transform did not come to its end");
        assert!(in_transform || stderr.contains("upload: interrupted"), "write {place}: {stderr}");
        came += u32::from(in_transform);
        assert_eq!(temporary(&workdir.path("")), Vec::<PathBuf>::new(), "{stderr}");
        assert_eq!(project.posts(), 0);
        workdir.check(&mut migrate(), 0);
        assert_eq!(project.landed().len(), 30);
    }
    assert!(came >= 2, "{came} of the signals came while it transformed");
}
