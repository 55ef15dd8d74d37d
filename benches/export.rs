//! The table of the README on the export: the binary in one process, a server with real latency in this one, and every
//! number but the memory as the server saw it; ends with 1 where a bound is not kept. `benches/export.sh` runs it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that cannot go on has failed")]

use std::{
    collections::VecDeque,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::get,
};
use rand::RngExt;
use tokio::runtime::Runtime;

/// Traits of a profile, about 500 bytes.
const TRAITS: &str = r#"{"traits":{"address":{"city":"Ghent","country":"BE","postalCode":"9000","street":"Veldstraat 7"},"avatar":"https://cdn.example.com/avatars/4f9b1c2d.png","birthday":"1984-02-29","company":{"name":"Example","employee_count":40},"createdAt":"2021-05-04T03:02:01.000Z","email":"someone@example.com","firstName":"Some","high_value":true,"lastName":"One","lifetime_value":1234.5,"metadata":{"tier":"gold","points":1200},"orders":17,"phone":"+3291234567","title":"Ms"},"cursor":{"url":"","has_more":false,"next":""}}"#;

struct Server {
    profiles: u64,
    /// Calls allowed within any second.
    limit: usize,
    /// Median of a log-normal latency in seconds, with sigma 0.6.
    latency: f64,
    /// None of the profiles has an identifier.
    anonymous: bool,
    times: Mutex<Vec<Instant>>,
    recent: Mutex<VecDeque<Instant>>,
    limited: AtomicU64,
}

impl Server {
    async fn admit(&self) -> Result<(), StatusCode> {
        let now = Instant::now();
        self.times.lock().unwrap().push(now);
        let full = {
            let mut recent = self.recent.lock().unwrap();
            while recent.front().is_some_and(|call| now.duration_since(*call) >= Duration::from_secs(1)) {
                recent.pop_front();
            }
            let full = recent.len() >= self.limit;
            if !full {
                recent.push_back(now);
            }
            full
        };
        if full {
            self.limited.fetch_add(1, Ordering::Relaxed);
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        if self.latency > 0.0 {
            tokio::time::sleep(Duration::from_secs_f64(self.latency * (0.6 * normal()).exp())).await;
        }
        Ok(())
    }

    /// Calls a second, from 2 s after the first to 2 s before the last.
    fn steady(&self) -> f64 {
        let times = self.times.lock().unwrap();
        let (first, last) = (*times.first().unwrap(), *times.last().unwrap());
        let length = (last - first).as_secs_f64() - 4.0;
        let steady = times.iter().filter(|time| {
            let at = (**time - first).as_secs_f64();
            (2.0..2.0 + length).contains(&at)
        });
        f64::from(u32::try_from(steady.count()).unwrap()) / length
    }
}

/// A number from the standard normal distribution (Box and Muller).
fn normal() -> f64 {
    let (first, second): (f64, f64) = (rand::rng().random(), rand::rng().random());
    (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos()
}

#[derive(serde::Deserialize)]
struct Page {
    limit: u64,
    next: Option<u64>,
}

async fn list(State(server): State<Arc<Server>>, Query(page): Query<Page>) -> Result<String, StatusCode> {
    server.admit().await?;
    let start = page.next.unwrap_or(0);
    let end = (start + page.limit).min(server.profiles);
    let ids: Vec<String> =
        (start..end).map(|number| format!(r#"{{"segment_id":"use_2ZxGfFqUN9wLJ0zT7yW{number:010}"}}"#)).collect();
    let more = end < server.profiles;
    let next = if more { end.to_string() } else { String::new() };
    Ok(format!(r#"{{"data":[{}],"cursor":{{"url":"","has_more":{more},"next":"{next}"}}}}"#, ids.join(",")))
}

async fn detail(
    State(server): State<Arc<Server>>,
    Path((identifier, endpoint)): Path<(String, String)>,
) -> Result<String, StatusCode> {
    server.admit().await?;
    if endpoint == "traits" {
        return Ok(TRAITS.into());
    }
    let kind = if server.anonymous { "anonymous_id" } else { "user_id" };
    Ok(format!(
        r#"{{"data":[{{"collection":"users","id":"{identifier}","type":"{kind}","created_at":"2021-05-04T03:02:01.12345Z","encoding":"none"}}],"cursor":{{"url":"","has_more":false,"next":""}}}}"#
    ))
}

/// What one export came to.
struct Measured {
    calls: usize,
    steady: f64,
    limited: u64,
    peak_kib: u64,
    seconds: f64,
}

fn measure(server: Server, rate: u32, arguments: &[&str]) -> Measured {
    let runtime = Runtime::new().unwrap();
    let server = Arc::new(server);
    let router = Router::new()
        .route("/v1/spaces/space/collections/users/profiles", get(list))
        .route("/v1/spaces/space/collections/users/profiles/{identifier}/{endpoint}", get(detail))
        .with_state(server.clone());
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, router).await });
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_segment-to-voucherify"))
        .args(["export", "-q", "--rate", &rate.to_string()])
        .args(arguments)
        .current_dir(folder.path())
        .envs([("SEGMENT_API_URL", url.as_str()), ("SEGMENT_SPACE_ID", "space"), ("SEGMENT_ACCESS_TOKEN", "token")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak_kib = 0;
    let status = loop {
        let proc = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = proc.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak_kib = peak_kib.max(peak.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(status.success(), "{status}");
    let seconds = started.elapsed().as_secs_f64();
    let calls = server.times.lock().unwrap().len();
    Measured { calls, steady: server.steady(), limited: server.limited.load(Ordering::Relaxed), peak_kib, seconds }
}

fn server(profiles: u64, limit: usize, latency: f64, anonymous: bool) -> Server {
    Server {
        profiles,
        limit,
        latency,
        anonymous,
        times: Mutex::default(),
        recent: Mutex::default(),
        limited: AtomicU64::new(0),
    }
}

/// Prints a row and tells whether it is within its bound.
fn row(what: &str, measured: &str, bound: &str, passes: bool) -> bool {
    println!("| {what} | {measured} | {bound} | {} |", if passes { "pass" } else { "FAIL" });
    passes
}

/// The whole run with its sweep, and what the limit would have allowed in its time.
fn share(rate: u32, profiles: u64, least: f64) -> bool {
    let Measured { calls, steady, limited, seconds, .. } =
        measure(server(profiles, rate as usize, 0.06, false), rate, &[]);
    let [made, limit] = [calls as u64, u64::from(rate)].map(|count| f64::from(u32::try_from(count).unwrap()));
    let (whole, steady) = (made / (limit * seconds) * 100.0, steady / limit * 100.0);
    // Starting, opening connections and the last answers take half a second, which is much of a short run.
    let judged = if rate >= 1_000 { whole } else { steady };
    row(
        &format!("share of the limit at {rate}/s, {profiles} profiles with their sweep"),
        &format!("{whole:.1} % ({calls} calls in {seconds:.1} s), {steady:.1} % without its two ends; {limited} × 429"),
        &format!("at least {least} % {}, no 429", if rate >= 1_000 { "of the whole" } else { "without its ends" }),
        judged >= least && limited == 0,
    )
}

fn main() {
    println!("| what | measured | bound | |\n| --- | --- | --- | --- |");
    let mut passes = share(1_000, 20_000, 95.0);
    passes &= share(100, 2_000, 98.0);
    for (what, anonymous, arguments, most) in [
        ("default sweep", false, &[][..], 202.0),
        ("no sweep", false, &["--sweeps", "0"], 201.0),
        ("all anonymous, `--identified-only user_id`", true, &["--sweeps", "0", "--identified-only", "user_id"], 101.0),
    ] {
        let measured = measure(server(10_000, usize::MAX, 0.0, anonymous), 1_000_000, arguments);
        let per_hundred = f64::from(u32::try_from(measured.calls).unwrap()) / 100.0;
        let what = format!("calls for 100 profiles, {what}");
        passes &= row(&what, &format!("{per_hundred:.2}"), &format!("{most}"), per_hundred <= most);
    }
    for profiles in [10_000, 200_000] {
        let Measured { peak_kib, seconds, calls, .. } =
            measure(server(profiles, usize::MAX, 0.0, false), 1_000_000, &[]);
        let measured = format!("{} MiB ({calls} calls in {seconds:.1} s)", peak_kib / 1024);
        passes &= row(&format!("peak memory, {profiles} profiles"), &measured, "300 MB", peak_kib < 300_000);
    }
    std::process::exit(i32::from(!passes));
}
