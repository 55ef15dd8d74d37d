//! Both APIs emulated on loopback, from the vendors' facts alone (docs/api-facts.md part D).

pub mod people;
pub mod segment;
pub mod voucherify;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use self::{
    segment::{Emulation, options::SegmentOptions},
    voucherify::{Project, options::VoucherifyOptions},
};
use crate::failure::Failure;

/// Id of the one space that the Profile API has, for `SEGMENT_SPACE_ID`.
pub const SPACE_ID: &str = "sandbox-space";
/// The one access token that the space takes, for `SEGMENT_ACCESS_TOKEN`; any other is answered with 401.
pub const SEGMENT_TOKEN: &str = "sandbox-token";
/// Id of the one project that the Voucherify API has, for `VOUCHERIFY_APPLICATION_ID`.
pub const APPLICATION_ID: &str = "sandbox-application";
/// The one key that the project takes, for `VOUCHERIFY_SECRET_KEY`; any other is answered with 401.
pub const SECRET_KEY: &str = "sandbox-secret";

/// Where both servers tell what they saw.
const COUNTS: &str = "/sandbox/counts";

/// The flags that choose the ports.
const SEGMENT_PORT: &str = "--port-segment";
const VOUCHERIFY_PORT: &str = "--port-voucherify";

/// A space and a project to emulate; the default is 1,000 made-up profiles, an empty project, and no faults.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Made-up profiles in the space; without meaning where an archive is served.
    pub profiles: u64,
    /// Stands for the space: the same seed gives the same profiles, and the same fates of them.
    pub seed: u64,
    /// Calls a second that the space allows, over any second (docs/api-facts.md A1).
    pub segment_rate: u32,
    /// Port of the Profile API; 0 means any that is free.
    pub segment_port: u16,
    /// Port of the Voucherify API; 0 means any that is free.
    pub voucherify_port: u16,
    /// How the space behaves where the facts are open, and what goes wrong in it.
    pub segment: SegmentOptions,
    /// How the project behaves where the facts are open, and what goes wrong in it.
    pub voucherify: VoucherifyOptions,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            profiles: 1_000,
            seed: 1,
            segment_rate: 100,
            segment_port: 0,
            voucherify_port: 0,
            segment: SegmentOptions::default(),
            voucherify: VoucherifyOptions::default(),
        }
    }
}

/// Calls that arrived since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SandboxCounts {
    /// Calls to Segment with the right credentials.
    pub segment_calls: u64,
    /// How many of them were too many.
    pub limited: u64,
    /// Calls to Voucherify, refused ones included; downloads from its other host are none.
    pub voucherify_calls: u64,
    /// How many of them were `POST /v1/customers/bulk/async`.
    pub bulk_posts: u64,
}

/// Both servers, for as long as the runtime lives that they were started on.
#[derive(Debug)]
pub struct Sandbox {
    world: Arc<World>,
    segment: SocketAddr,
    voucherify: SocketAddr,
}

#[derive(Debug)]
struct World {
    space: Arc<Emulation>,
    project: Arc<Project>,
}

impl World {
    /// What both servers saw, for machines.
    fn report(&self) -> Value {
        json!({
            "segment": self.space.report(),
            "voucherify": {"by_endpoint": self.project.calls(), "faults": self.project.faults_given()},
        })
    }
}

impl Sandbox {
    /// Starts both servers on loopback.
    ///
    /// # Errors
    /// A port that cannot be had, which is named; profiles or a schema that cannot be read.
    pub async fn start(options: SandboxOptions) -> Result<Self, Failure> {
        let (segment_port, voucherify_port) = (options.segment_port, options.voucherify_port);
        if segment_port == voucherify_port && segment_port != 0 {
            let failure = Failure::usage(format!("port {segment_port} is given for both APIs"));
            return Err(failure.hint(format!("give two different ones with `{SEGMENT_PORT}` and `{VOUCHERIFY_PORT}`")));
        }
        let project = Project::open(options.voucherify.clone()).await?;
        let world = Arc::new(World { space: Arc::new(Emulation::open(&options)?), project });
        let counts = Router::new().route(COUNTS, get(report)).with_state(world.clone());
        let segment =
            serve(segment::router(world.space.clone()).merge(counts.clone()), segment_port, SEGMENT_PORT).await?;
        let voucherify =
            serve(voucherify::router(world.project.clone()).merge(counts), voucherify_port, VOUCHERIFY_PORT).await?;
        Ok(Self { world, segment, voucherify })
    }

    /// Base URL of the Profile API.
    #[must_use]
    pub fn segment_url(&self) -> String {
        format!("http://{}", self.segment)
    }

    /// Base URL of the Voucherify API.
    #[must_use]
    pub fn voucherify_url(&self) -> String {
        format!("http://{}", self.voucherify)
    }

    /// What landed, by `source_id`: the members that were sent, merged as the project stores them.
    #[must_use]
    pub fn customers(&self) -> BTreeMap<String, Value> {
        self.world.project.landed()
    }

    /// The project: its calls by endpoint, its faults, the downloads of its reports.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.world.project
    }

    /// Calls since the start, as they are told when the sandbox ends.
    #[must_use]
    pub fn counts(&self) -> SandboxCounts {
        let (segment_calls, limited) = self.world.space.totals();
        let (voucherify_calls, bulk_posts) = self.world.project.totals();
        SandboxCounts { segment_calls, limited, voucherify_calls, bulk_posts }
    }

    /// What both servers saw, by endpoint and fault, as `GET /sandbox/counts` gives it on both ports.
    #[must_use]
    pub fn report(&self) -> Value {
        self.world.report()
    }
}

async fn report(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.report())
}

async fn serve(router: Router, port: u16, flag: &str) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| {
        let failure = match error.kind() {
            io::ErrorKind::AddrInUse => Failure::stopped(format!("port {port} is taken by another program")),
            _ => Failure::stopped(format!("port {port} cannot be had")).because(error),
        };
        failure.hint(format!("give another one with `{flag}`, or leave it out for any that is free"))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::stopped("no port can be had").because(error))?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

/// A share, with or without the sign.
fn percent(text: &str) -> Result<f64, String> {
    let share: f64 = text.trim_end_matches('%').parse().map_err(|_| format!("`{text}` is no share in percent"))?;
    if (0.0..=100.0).contains(&share) { Ok(share) } else { Err(format!("`{text}` is not between 0 and 100 percent")) }
}
