//! A scripted Profile API: answers as told, and remembers every call.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    io::Read,
    path::Path,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path as Element, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::workdir::Workdir;

type Listed = Box<dyn Fn(&str, usize) -> Value + Send + Sync>;

/// How the server behaves.
#[derive(Default)]
pub(crate) struct Script {
    /// Profiles `use_0` and on.
    pub(crate) profiles: u64,
    /// Answers 500 for ever, or that status.
    pub(crate) poison: Mutex<BTreeSet<String>>,
    pub(crate) poisoned_with: Option<u16>,
    /// Listed, but not there.
    pub(crate) vanished: BTreeSet<String>,
    /// Every call of a number that this divides fails in one way or another.
    pub(crate) fault_every: Option<u64>,
    /// Calls within any second.
    pub(crate) limit: Option<usize>,
    /// The answer to a list call with this `next`, the n-th of all.
    pub(crate) list: Option<Listed>,
    /// Time that each call takes.
    pub(crate) latency: Duration,
    /// What everything is answered with.
    pub(crate) refuse: Option<u16>,
    /// Bodies of traits that are answered with 200, by `id` and by `id?next` for later pages.
    pub(crate) traits: HashMap<String, Value>,
}

#[derive(Default)]
struct Log {
    calls: Vec<String>,
    lists: usize,
    recent: VecDeque<Instant>,
    limited: u64,
}

struct World {
    script: Script,
    /// Calls that are answered; later ones have to wait.
    answered: AtomicUsize,
    log: Mutex<Log>,
}

/// A scripted server for as long as its runtime.
pub(crate) struct Space {
    world: Arc<World>,
    url: String,
    _runtime: Runtime,
}

impl Space {
    pub(crate) fn start(script: Script) -> Self {
        let runtime = Runtime::new().unwrap();
        let world = Arc::new(World { script, answered: AtomicUsize::new(usize::MAX), log: Mutex::default() });
        let router = Router::new()
            .route("/v1/spaces/space/collections/users/profiles", get(list))
            .route("/v1/spaces/space/collections/users/profiles/{identifier}/{endpoint}", get(detail))
            .with_state(world.clone());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { world, url, _runtime: runtime }
    }

    pub(crate) fn profiles(profiles: u64) -> Self {
        Self::start(Script { profiles, ..Script::default() })
    }

    /// An export of this space, fast and in small parts.
    pub(crate) fn export(&self, workdir: &Workdir, arguments: &[&str]) -> Command {
        let mut command = workdir.command();
        command.args(["export", "--rate", "3000"]);
        if !arguments.contains(&"--part-size") {
            command.args(["--part-size", "25"]);
        }
        command.args(arguments);
        command.env("SEGMENT_API_URL", &self.url).env("SEGMENT_SPACE_ID", "space").env("SEGMENT_ACCESS_TOKEN", "token");
        command
    }

    /// Makes an archive of another server one of this.
    pub(crate) fn adopt(&self, archive: &Path) {
        let mut manifest = manifest(archive);
        manifest["options"]["api_url"] = format!("{}/", self.url).into();
        std::fs::write(archive.join("manifest.json"), manifest.to_string()).unwrap();
    }

    /// Every call since the last time, as `list?next` or `identifier/endpoint`.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.world.log.lock().unwrap().calls)
    }

    /// Calls that were one too many for the limit.
    pub(crate) fn limited(&self) -> u64 {
        self.world.log.lock().unwrap().limited
    }

    /// Answers so many calls, counted as [`Space::calls`] does, and lets the others wait until it is released.
    pub(crate) fn hold_after(&self, calls: usize) {
        self.world.answered.store(calls, Ordering::SeqCst);
    }

    pub(crate) fn release(&self) {
        self.hold_after(usize::MAX);
    }

    /// Lets a profile answer 500 from now on.
    pub(crate) fn poison(&self, id: &str) {
        self.world.script.poison.lock().unwrap().insert(id.into());
    }

    pub(crate) fn cure(&self) {
        self.world.script.poison.lock().unwrap().clear();
    }

    /// Waits until the server has seen so many calls, or the child has ended; tells whether it was the calls.
    pub(crate) fn saw(&self, calls: usize, child: &mut Child) -> bool {
        loop {
            if self.world.log.lock().unwrap().calls.len() >= calls {
                return true;
            }
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// The ids of the profiles with these numbers.
pub(crate) fn numbered(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("use_{number}")).collect()
}

/// The manifest of the archive in a folder.
pub(crate) fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// Every line of every part that the manifest lists.
pub(crate) fn profiles(folder: &Path) -> Vec<Value> {
    let mut text = String::new();
    for part in manifest(folder)["parts"].as_array().unwrap() {
        let file = std::fs::File::open(folder.join(part["file"].as_str().unwrap())).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The ids of all of them.
pub(crate) fn ids(folder: &Path) -> Vec<String> {
    profiles(folder).iter().map(|profile| profile["segment_id"].as_str().unwrap().to_owned()).collect()
}

/// A page of the list from an offset, as the API gives it.
pub(crate) fn page(ids: impl IntoIterator<Item = String>, next: impl Into<Value>, has_more: bool) -> Value {
    let data: Vec<Value> = ids.into_iter().map(|id| json!({"segment_id": id})).collect();
    json!({"data": data, "cursor": {"url": "", "has_more": has_more, "next": next.into(), "limit": 100}})
}

async fn list(State(world): State<Arc<World>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let next = query.get("next").cloned().unwrap_or_default();
    if let Some(refusal) = admit(&world, format!("list?{next}")).await {
        return refusal;
    }
    let number = {
        let mut log = world.log.lock().unwrap();
        log.lists += 1;
        log.lists
    };
    if let Some(list) = &world.script.list {
        let page = list(&next, number);
        // In place of a page: what it is refused with.
        return match page["refuse"].as_u64() {
            Some(status) => fault(StatusCode::from_u16(u16::try_from(status).unwrap()).unwrap(), "no"),
            None => answer(StatusCode::OK, &page),
        };
    }
    let start: u64 = next.parse().unwrap_or(0);
    let end = (start + query["limit"].parse::<u64>().unwrap()).min(world.script.profiles);
    let more = end < world.script.profiles;
    let next = if more { end.to_string() } else { String::new() };
    answer(StatusCode::OK, &page((start..end).map(|number| format!("use_{number}")), next, more))
}

async fn detail(
    State(world): State<Arc<World>>,
    Element((identifier, endpoint)): Element<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let include = query.get("include").map_or(String::new(), |types| format!("?{types}"));
    if let Some(refusal) = admit(&world, format!("{identifier}/{endpoint}{include}")).await {
        return refusal;
    }
    let id = identifier.strip_prefix("segment_id:").unwrap_or(&identifier);
    if world.script.poison.lock().unwrap().contains(id) {
        let status = StatusCode::from_u16(world.script.poisoned_with.unwrap_or(500)).unwrap();
        return answer(status, &json!({"error": {"code": "x", "message": "poison"}}));
    }
    if world.script.vanished.contains(id) {
        return answer(
            StatusCode::NOT_FOUND,
            &json!({"error": {"code": "not_found", "message": "Profile was not found."}}),
        );
    }
    let odd = match query.get("next") {
        Some(next) => world.script.traits.get(&format!("{id}?{next}")),
        None => world.script.traits.get(id),
    };
    if let (Some(odd), "traits") = (odd, endpoint.as_str()) {
        return answer(StatusCode::OK, odd);
    }
    // Even ones are users, odd ones anonymous.
    let kind = if id.ends_with(['0', '2', '4', '6', '8']) { "user_id" } else { "anonymous_id" };
    let cursor = json!({"url": "", "has_more": false, "next": ""});
    let body = match endpoint.as_str() {
        "traits" => json!({"traits": {"name": id}, "cursor": cursor}),
        _ => json!({"data": [{"id": id, "type": kind}], "cursor": cursor}),
    };
    answer(StatusCode::OK, &body)
}

/// Notes a call; answers it if it is refused or goes wrong.
async fn admit(world: &World, call: String) -> Option<Response> {
    let number = {
        let mut log = world.log.lock().unwrap();
        log.calls.push(call);
        let now = Instant::now();
        while log.recent.front().is_some_and(|call| now.duration_since(*call) >= Duration::from_secs(1)) {
            log.recent.pop_front();
        }
        if world.script.limit.is_some_and(|limit| log.recent.len() >= limit) {
            log.limited += 1;
            return Some(fault(StatusCode::TOO_MANY_REQUESTS, "slow down"));
        }
        log.recent.push_back(now);
        log.calls.len() as u64
    };
    tokio::time::sleep(world.script.latency).await;
    while number > world.answered.load(Ordering::SeqCst) as u64 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    if let Some(status) = world.script.refuse {
        return Some(fault(StatusCode::from_u16(status).unwrap(), "no"));
    }
    let every = world.script.fault_every?;
    (number % every == 0).then(|| match number / every % 7 {
        0 => (StatusCode::TOO_MANY_REQUESTS, [("Retry-After", "0")], "").into_response(),
        1 => fault(StatusCode::TOO_MANY_REQUESTS, "slow down"),
        2 => fault(StatusCode::INTERNAL_SERVER_ERROR, "oh"),
        3 => (StatusCode::BAD_GATEWAY, "<html><h1>502 Bad Gateway</h1></html>").into_response(),
        4 => fault(StatusCode::SERVICE_UNAVAILABLE, "busy"),
        5 => (StatusCode::OK, "<html>this is a proxy</html>").into_response(),
        _ => (StatusCode::OK, r#"{"data":[{"segm"#).into_response(),
    })
}

fn fault(status: StatusCode, message: &str) -> Response {
    answer(status, &json!({"error": {"code": "code", "message": message}}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("Request-Id", "request-1".parse().unwrap());
    (status, headers, body.to_string()).into_response()
}
