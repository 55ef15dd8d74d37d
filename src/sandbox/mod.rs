//! Both APIs emulated on loopback, from the vendors' facts alone (API_FACTS.md part D).

pub mod people;
mod segment;
pub mod voucherify;

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Instant,
};

use serde_json::Value;
use tokio::net::TcpListener;

use self::voucherify::{Project, options::VoucherifyOptions};

/// The one space.
pub const SPACE_ID: &str = "sandbox-space";
/// The token that it takes.
pub const SEGMENT_TOKEN: &str = "sandbox-token";
/// The one project.
pub const APPLICATION_ID: &str = "sandbox-application";
/// The key that it takes.
pub const SECRET_KEY: &str = "sandbox-secret";

/// What to emulate.
#[derive(Debug, Clone)]
pub struct Options {
    /// Profiles in the space.
    pub profiles: u64,
    /// Stands for the space: the same seed gives the same profiles.
    pub seed: u64,
    /// Calls a second that the space allows, over any second (API_FACTS.md A1).
    pub segment_rate: u32,
    /// How the project behaves.
    pub voucherify: VoucherifyOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self { profiles: 1_000, seed: 1, segment_rate: 100, voucherify: VoucherifyOptions::default() }
    }
}

/// Calls that arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls to Segment with the right credentials.
    pub segment_calls: u64,
    /// How many of them were too many.
    pub limited: u64,
    /// Calls to Voucherify.
    pub voucherify_calls: u64,
    /// How many of them were bulk requests.
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
    options: Options,
    recent: Mutex<VecDeque<Instant>>,
    counts: Mutex<Counts>,
    project: Arc<Project>,
}

impl World {
    fn counts(&self, count: impl FnOnce(&mut Counts)) {
        if let Ok(mut counts) = self.counts.lock() {
            count(&mut counts);
        }
    }
}

impl Sandbox {
    /// Starts both servers on free ports of this machine.
    ///
    /// # Errors
    /// A port that cannot be had.
    pub async fn start(options: Options) -> io::Result<Self> {
        let project = Project::open(options.voucherify.clone()).await?;
        let world = Arc::new(World { options, recent: Mutex::default(), counts: Mutex::default(), project });
        let segment = serve(segment::router(world.clone())).await?;
        let voucherify = serve(voucherify::router(world.project.clone())).await?;
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

    /// What landed, by `source_id`.
    #[must_use]
    pub fn customers(&self) -> BTreeMap<String, Value> {
        self.world.project.landed()
    }

    /// The project: its calls by endpoint, its faults, the downloads of its reports.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.world.project
    }

    /// Calls so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let segment = self.world.counts.lock().map(|counts| *counts).unwrap_or_default();
        let (voucherify_calls, bulk_posts) = self.world.project.totals();
        Counts { voucherify_calls, bulk_posts, ..segment }
    }
}

async fn serve(router: axum::Router) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
