//! `upload` against a scripted project: answers as told, and remembers every request.

use std::{
    io::Write,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

/// What a POST, the n-th of all, is answered with.
type Posted = fn(usize, &[Value]) -> Response;

struct World {
    posted: Posted,
    /// Bodies of all POSTs.
    bodies: Mutex<Vec<Vec<Value>>>,
    /// All other requests.
    asked: Mutex<Vec<String>>,
}

/// A scripted project for as long as its runtime.
struct Project {
    world: Arc<World>,
    url: String,
    _runtime: Runtime,
}

impl Project {
    fn new(posted: Posted, action: fn(&str) -> Value) -> Self {
        let world = Arc::new(World { posted, bodies: Mutex::default(), asked: Mutex::default() });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let router = Router::new()
            .route("/v1/customers/bulk/async", post(bulk))
            .route("/v1/async-actions", get(list))
            .route(
                "/v1/async-actions/{id}",
                get(move |State(world): State<Arc<World>>, Path(id): Path<String>| async move {
                    world.asked.lock().unwrap().push(id.clone());
                    axum::Json(action(&id))
                }),
            )
            .with_state(Arc::clone(&world));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { world, url, _runtime: runtime }
    }

    /// The command, with the batches of `input.ndjson` on its standard input.
    fn upload(&self, workdir: &Workdir, flags: &[&str]) -> Command {
        let mut command = workdir.command();
        command.args(["upload", "-", "--json"]).args(flags);
        command.env("VOUCHERIFY_APPLICATION_ID", "app").env("VOUCHERIFY_SECRET_KEY", "secret");
        command.env("VOUCHERIFY_API_URL", &self.url);
        command.stdin(std::fs::File::open(workdir.path("input.ndjson")).unwrap());
        command
    }

    fn posts(&self) -> usize {
        self.world.bodies.lock().unwrap().len()
    }

    fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.world.asked.lock().unwrap())
    }

    fn bodies(&self) -> Vec<Vec<Value>> {
        self.world.bodies.lock().unwrap().clone()
    }
}

async fn bulk(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let customers: Vec<Value> = serde_json::from_slice(&body).unwrap();
    let number = {
        let mut bodies = world.bodies.lock().unwrap();
        bodies.push(customers.clone());
        bodies.len()
    };
    (world.posted)(number, &customers)
}

async fn list(State(world): State<Arc<World>>) -> Response {
    world.asked.lock().unwrap().push("list".into());
    axum::Json(json!({"object": "list", "data_ref": "async_actions", "async_actions": [], "has_more": false}))
        .into_response()
}

/// The action's id tells its size.
fn accepted(number: usize, customers: &[Value]) -> Response {
    (StatusCode::ACCEPTED, axum::Json(json!({"async_action_id": format!("aa_{number}_{}", customers.len())})))
        .into_response()
}

fn all_taken(id: &str) -> Value {
    let size: u64 = id.rsplit('_').next().unwrap().parse().unwrap();
    json!({"status": "DONE", "operation_status": "SUCCESS", "result": {"done_count": size, "failed_count": 0, "errors": []}})
}

/// A folder with lines of batches: customer numbers by batch.
fn input(batches: &[&[u32]]) -> Workdir {
    let workdir = Workdir::new();
    write_input(&workdir, batches, "");
    workdir
}

fn write_input(workdir: &Workdir, batches: &[&[u32]], name: &str) {
    let mut file = std::fs::File::create(workdir.path("input.ndjson")).unwrap();
    for batch in batches {
        let customers =
            batch.iter().map(|number| json!({"source_id": format!("u{number}"), "name": format!("n{name}")}));
        writeln!(file, "{}", Value::Array(customers.collect())).unwrap();
    }
}

fn summary(stdout: &[u8]) -> Value {
    serde_json::from_slice(stdout).unwrap()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn limited(_: usize, _: &[Value]) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "600")], "{}").into_response()
}

#[test]
fn an_interrupt_during_a_pause_ends_the_run_without_another_post() {
    let (workdir, project) = (input(&[&[1, 2]]), Project::new(limited, all_taken));
    let mut child = project.upload(&workdir, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the first POST", || project.posts() == 1);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let until = Instant::now() + Duration::from_secs(20);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > until => {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("the run went on, with {} POSTs", project.posts());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert_eq!(status.code(), Some(130));
    assert_eq!(project.posts(), 1);
}

fn limit_of_weeks(_: usize, _: &[Value]) -> Response {
    (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "864000")], "{}").into_response()
}

#[test]
fn a_limit_that_opens_in_days_stops_the_run() {
    let (workdir, project) = (input(&[&[1, 2]]), Project::new(limit_of_weeks, all_taken));
    workdir.check(&mut project.upload(&workdir, &[]), 1);
    assert_eq!(project.posts(), 1);
}

#[test]
fn what_is_done_is_not_sent_again_unless_forced() {
    let (workdir, project) = (input(&[&[1, 2], &[3]]), Project::new(accepted, all_taken));
    let first = workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), &summary(&first.stdout)["done"]), (2, &json!(3)));
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!(project.posts(), 2);
    workdir.check(&mut project.upload(&workdir, &["--force"]), 0);
    assert_eq!(project.bodies()[2..], project.bodies()[..2]);
}

#[test]
fn a_plan_is_what_the_run_does_and_sends_nothing() {
    let (workdir, project) = (input(&[&[1, 2], &[3]]), Project::new(accepted, all_taken));
    let plan = workdir.check(&mut project.upload(&workdir, &["--dry-run"]), 0);
    let plan = summary(&plan.stdout);
    assert_eq!((&plan["posts"], &plan["customers"], &plan["other_calls"]), (&json!(2), &json!(3), &json!(3)));
    assert_eq!((project.posts(), project.take_asked()), (0, vec!["list".to_owned()]), "the keys are checked");
    workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), project.take_asked().len()), (2, 3));
    let plan = workdir.check(&mut project.upload(&workdir, &["--dry-run"]), 0);
    assert_eq!(summary(&plan.stdout)["posts"], 0);
}

#[test]
fn what_was_left_is_collected_later_without_a_second_post() {
    let (workdir, project) = (input(&[&[1, 2], &[3]]), Project::new(accepted, all_taken));
    let left = workdir.check(&mut project.upload(&workdir, &["--no-wait"]), 0);
    assert_eq!(summary(&left.stdout)["waiting"], 3);
    assert_eq!(*project.world.asked.lock().unwrap(), ["list"]);
    let collected = workdir.check(&mut project.upload(&workdir, &[]), 0);
    assert_eq!((project.posts(), &summary(&collected.stdout)["done"]), (2, &json!(3)));
}

/// Refuses `u2` in whatever comes first.
fn one_refused(id: &str) -> Value {
    if !id.starts_with("aa_1_") {
        return all_taken(id);
    }
    let error = json!({"source_id": "u2", "key": "metadata_validation_failed", "message": "no", "details": "why"});
    json!({"status": "DONE", "result": {"done_count": 2, "failed_count": 1, "errors": [error]}})
}

#[test]
fn only_the_refused_are_tried_again() {
    let (workdir, project) = (input(&[&[1, 2, 3]]), Project::new(accepted, one_refused));
    workdir.check(&mut project.upload(&workdir, &[]), 3);
    workdir.check(&mut project.upload(&workdir, &[]), 3);
    assert_eq!(project.posts(), 1);
    let again = workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 0);
    let again = summary(&again.stdout);
    assert_eq!((&again["sent"], &again["done"], &again["refused"]), (&json!(3), &json!(3), &json!(0)));
    assert_eq!(project.bodies()[1], [json!({"source_id": "u2", "name": "n"})]);
    workdir.check(&mut project.upload(&workdir, &["--retry-refused"]), 0);
    assert_eq!(project.posts(), 2);
}

#[test]
fn only_what_changed_is_sent_to_a_target() {
    let (workdir, first) = (input(&[&[1, 2], &[3, 4]]), Project::new(accepted, all_taken));
    let second = Project::new(accepted, all_taken);
    for project in [&first, &second] {
        workdir.check(&mut project.upload(&workdir, &[]), 0);
    }
    let changed = std::fs::read_to_string(workdir.path("input.ndjson")).unwrap();
    let (head, tail) = changed.split_once("u2").unwrap();
    std::fs::write(workdir.path("input.ndjson"), format!("{head}u2{}", tail.replacen("\"n\"", "\"new\"", 1))).unwrap();
    let again = workdir.check(&mut first.upload(&workdir, &["--changed-only"]), 0);
    let again = summary(&again.stdout);
    assert_eq!((&again["sent"], &again["unchanged"]), (&json!(1), &json!(3)), "{again}");
    assert_eq!((first.posts(), first.bodies()[2].len(), second.posts()), (3, 1, 2));
    workdir.check(&mut first.upload(&workdir, &["--changed-only"]), 0);
    assert_eq!(first.posts(), 3);
}
