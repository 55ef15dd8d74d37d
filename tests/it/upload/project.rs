//! A scripted project: answers as told, remembers every request, and keeps what it accepted.

use std::{
    collections::BTreeMap,
    io::Write,
    path::Path as File,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

/// What a POST, the n-th of all, is answered with; `None` where it is accepted.
type Posted = Box<dyn Fn(usize, &[Value]) -> Option<Says> + Send + Sync>;
/// What a question, the n-th of all, about an action is answered with; `None` where all is done.
type Asked = Box<dyn Fn(usize, &str) -> Option<Says> + Send + Sync>;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) enum Says {
    /// Status, headers, body.
    Answer(u16, Vec<(&'static str, &'static str)>, String),
    /// The connection breaks before anything is done.
    Reset,
    /// The request is accepted, then the connection breaks.
    AcceptedThenReset,
    /// The request is accepted, then this is said.
    AcceptedThen(u16, &'static str),
    /// The body breaks off.
    Cut(u16, &'static str),
}

impl Says {
    pub(crate) fn status(status: u16, body: &Value) -> Self {
        Self::Answer(status, vec![], body.to_string())
    }
}

#[derive(Default)]
struct Log {
    bodies: Vec<Vec<Value>>,
    asked: Vec<String>,
    landed: BTreeMap<String, Value>,
    requests: usize,
}

struct World {
    posted: Posted,
    asked: Asked,
    checked: Option<Says>,
    report: Option<Says>,
    healed: AtomicBool,
    holding: AtomicBool,
    log: Mutex<Log>,
    delay: Duration,
}

/// A scripted project for as long as its runtime.
pub(crate) struct Project {
    world: Arc<World>,
    url: String,
    _runtime: Runtime,
}

/// How the project behaves where it is not told otherwise: it accepts and does everything.
pub(crate) struct Script {
    pub(crate) posted: Posted,
    pub(crate) asked: Asked,
    /// The answer to the list of actions, which checks the keys.
    pub(crate) checked: Option<Says>,
    /// The answer to whoever fetches a report.
    pub(crate) report: Option<Says>,
    /// Time that each request takes.
    pub(crate) delay: Duration,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            posted: Box::new(|_, _| None),
            asked: Box::new(|_, _| None),
            checked: None,
            report: None,
            delay: Duration::ZERO,
        }
    }
}

impl Project {
    pub(crate) fn start(script: Script) -> Self {
        let Script { posted, asked, checked, report, delay } = script;
        let log = Mutex::default();
        let (healed, holding) = (AtomicBool::default(), AtomicBool::default());
        let world = Arc::new(World { posted, asked, checked, report, healed, holding, log, delay });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let router = Router::new()
            .route("/v1/customers/bulk/async", post(bulk))
            .route("/v1/async-actions", get(list))
            .route("/v1/async-actions/{id}", get(action))
            .route("/report", get(report_file))
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&world));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { world, url, _runtime: runtime }
    }

    /// One that accepts and does everything.
    pub(crate) fn good() -> Self {
        Self::start(Script::default())
    }

    /// One with only its POSTs scripted.
    pub(crate) fn posting(posted: impl Fn(usize, &[Value]) -> Option<Says> + Send + Sync + 'static) -> Self {
        Self::start(Script { posted: Box::new(posted), ..Script::default() })
    }

    /// One with only its answers about actions scripted.
    pub(crate) fn asking(asked: impl Fn(usize, &str) -> Option<Says> + Send + Sync + 'static) -> Self {
        Self::start(Script { asked: Box::new(asked), ..Script::default() })
    }

    /// From now on it answers no POST until it is released.
    pub(crate) fn hold(&self) {
        self.world.holding.store(true, Ordering::SeqCst);
    }

    pub(crate) fn release(&self) {
        self.world.holding.store(false, Ordering::SeqCst);
    }

    /// From now on it accepts and does everything.
    pub(crate) fn heal(&self) {
        self.world.healed.store(true, Ordering::SeqCst);
    }

    /// The command, with the batches of `input.ndjson` on its standard input.
    pub(crate) fn upload(&self, workdir: &Workdir, flags: &[&str]) -> Command {
        let mut command = self.upload_of(workdir, "-", flags);
        command.stdin(std::fs::File::open(workdir.path("input.ndjson")).unwrap());
        command
    }

    /// The command with another input.
    pub(crate) fn upload_of(&self, workdir: &Workdir, input: &str, flags: &[&str]) -> Command {
        let mut command = workdir.command();
        command.args(["upload", input, "--json"]).args(flags);
        command.env("VOUCHERIFY_APPLICATION_ID", "app").env("VOUCHERIFY_SECRET_KEY", "secret");
        command.env("VOUCHERIFY_API_URL", &self.url);
        command
    }

    /// The name of this project in paths.
    pub(crate) fn target(&self) -> String {
        format!("{}_app", self.url.strip_prefix("http://").unwrap().replace(':', "_"))
    }

    pub(crate) fn posts(&self) -> usize {
        self.world.log.lock().unwrap().bodies.len()
    }

    pub(crate) fn bodies(&self) -> Vec<Vec<Value>> {
        self.world.log.lock().unwrap().bodies.clone()
    }

    /// What was accepted, by `source_id`.
    pub(crate) fn landed(&self) -> BTreeMap<String, Value> {
        self.world.log.lock().unwrap().landed.clone()
    }

    /// Every call but POSTs since the last time: an id, `list` or `report`.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.world.log.lock().unwrap().asked)
    }

    /// Waits until so many requests have arrived, or the child has ended; tells whether it was the requests.
    pub(crate) fn saw(&self, requests: usize, child: &mut Child) -> bool {
        loop {
            if self.world.log.lock().unwrap().requests >= requests {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn good(world: &World) -> bool {
    world.healed.load(Ordering::SeqCst)
}

async fn bulk(State(world): State<Arc<World>>, body: Bytes) -> Response {
    let customers: Vec<Value> = serde_json::from_slice(&body).unwrap();
    let number = {
        let mut log = world.log.lock().unwrap();
        log.bodies.push(customers.clone());
        log.requests += 1;
        log.bodies.len()
    };
    tokio::time::sleep(world.delay).await;
    while world.holding.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let said = if good(&world) { None } else { (world.posted)(number, &customers) };
    if matches!(said, None | Some(Says::AcceptedThenReset | Says::AcceptedThen(..))) {
        let landed =
            customers.iter().map(|customer| (customer["source_id"].as_str().unwrap().to_owned(), customer.clone()));
        world.log.lock().unwrap().landed.extend(landed);
    }
    let id = format!("aa_{number}_{}", customers.len());
    said.map_or_else(|| answer(202, &[], json!({"async_action_id": id}).to_string()), say)
}

async fn action(State(world): State<Arc<World>>, Path(id): Path<String>) -> Response {
    let number = asked(&world, id.clone()).await;
    let said = if good(&world) { None } else { (world.asked)(number, &id) };
    said.map_or_else(|| answer(200, &[], all_taken(&id).to_string()), say)
}

async fn list(State(world): State<Arc<World>>) -> Response {
    asked(&world, "list".into()).await;
    let said = if good(&world) { None } else { world.checked.clone() };
    let nothing = json!({"object": "list", "data_ref": "async_actions", "async_actions": [], "has_more": false});
    said.map_or_else(|| answer(200, &[], nothing.to_string()), say)
}

async fn report_file(State(world): State<Arc<World>>) -> Response {
    asked(&world, "report".into()).await;
    world.report.clone().map_or_else(|| answer(404, &[], "{}".into()), say)
}

/// Notes a call that is no POST; tells how many there were about actions.
async fn asked(world: &World, what: String) -> usize {
    let number = {
        let mut log = world.log.lock().unwrap();
        log.requests += 1;
        log.asked.push(what);
        log.asked.iter().filter(|what| what.starts_with("aa_")).count()
    };
    tokio::time::sleep(world.delay).await;
    number
}

/// The action's id tells its size.
pub(crate) fn all_taken(id: &str) -> Value {
    let size: u64 = id.rsplit('_').next().unwrap().parse().unwrap();
    json!({"status": "DONE", "operation_status": "SUCCESS", "result": {"done_count": size, "failed_count": 0, "errors": []}})
}

fn say(says: Says) -> Response {
    let broken = |start: &'static str| {
        let parts = futures_util::stream::unfold(Some(start), async |start| {
            let error = || Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
            match start {
                Some("") => Some((error(), None)),
                Some(start) => Some((Ok(Bytes::from_static(start.as_bytes())), None)),
                None => {
                    // The first bytes have to be on their way before the connection ends.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    Some((error(), None))
                }
            }
        });
        Body::from_stream(parts)
    };
    match says {
        Says::Answer(status, headers, body) => answer(status, &headers, body),
        Says::AcceptedThen(status, body) => answer(status, &[], body.into()),
        Says::Reset | Says::AcceptedThenReset => broken("").into_response(),
        Says::Cut(status, start) => (StatusCode::from_u16(status).unwrap(), broken(start)).into_response(),
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: String) -> Response {
    let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(axum::http::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    response
}

/// A folder with lines of batches: customer numbers by batch.
pub(crate) fn input(batches: &[&[u32]]) -> Workdir {
    let workdir = Workdir::new();
    write_input(&workdir.path("input.ndjson"), batches, |_| "n".into());
    workdir
}

/// Writes lines of batches, with a name for each customer.
pub(crate) fn write_input(path: &File, batches: &[&[u32]], name: impl Fn(u32) -> String) {
    let mut file = std::fs::File::create(path).unwrap();
    for batch in batches {
        let customers = batch.iter().map(|number| json!({"source_id": format!("u{number}"), "name": name(*number)}));
        writeln!(file, "{}", Value::Array(customers.collect())).unwrap();
    }
}

pub(crate) fn summary(stdout: &[u8]) -> Value {
    let summary: Value = serde_json::from_slice(stdout).unwrap();
    // Whoever was refused was refused for a reason; a plan knows of neither.
    let reasons = summary["refused_by_key"].as_object().into_iter().flatten();
    let reasoned = reasons.map(|(_, refused)| refused.as_u64().unwrap()).sum::<u64>();
    assert_eq!(summary["refused"].as_u64().unwrap_or_default(), reasoned, "{summary}");
    summary
}

/// A table without its header, as rows of cells.
pub(crate) fn table(path: &File) -> Vec<Vec<String>> {
    let mut table = csv::Reader::from_path(path).unwrap();
    table.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_mins(4);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Does something for each of these, several at a time: most of it is waiting.
pub(crate) fn side_by_side<T: Sync>(cases: &[T], each: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    each(case);
                }
            });
        }
    });
}
