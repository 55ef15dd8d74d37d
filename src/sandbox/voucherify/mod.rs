//! The Voucherify API, as documented and seen (docs/api-facts.md C0 to C6, D2).
//!
//! An independent reading of the facts: nothing here is shared with the client. What the facts leave open is an option
//! ([`options`]); what can go wrong is a fault that is asked for ([`faults`]).

mod actions;
mod admission;
mod answer;
mod bulk;
mod customers;
mod exports;
pub mod faults;
mod import;
mod limits;
mod metadata;
mod moments;
pub mod options;
mod queue;
mod reports;
mod schema;

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware,
    response::Response,
    routing::{get, post, put},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub use self::{customers::History, reports::Download};
use self::{
    customers::{Customers, calls},
    exports::Exports,
    faults::Faults,
    limits::Limits,
    options::VoucherifyOptions,
    queue::Queue,
    schema::Schemas,
};
use crate::failure::Failure;

/// The emulated project: its customers, schemas and exports, its queue and its limits, and every call that it has seen.
#[derive(Debug)]
pub struct Project {
    options: VoucherifyOptions,
    faults: Faults,
    schemas: Schemas,
    reports_url: String,
    limits: Mutex<Limits>,
    queue: Mutex<Queue>,
    customers: Mutex<Customers>,
    exports: Mutex<Exports>,
    downloads: Mutex<Vec<Download>>,
    /// Bytes of the bulk requests that were accepted, and of the largest of them.
    accepted_bytes: AtomicU64,
    largest_bytes: AtomicU64,
    calls: Mutex<BTreeMap<String, u64>>,
}

impl Project {
    /// A project without customers; its reports can be had on a port of their own from now on.
    ///
    /// # Errors
    /// A port that cannot be had, or a metadata schema that cannot be read.
    pub(super) async fn open(options: VoucherifyOptions) -> Result<Arc<Self>, Failure> {
        let no_port = |error| Failure::stopped("no port can be had for downloads").because(error);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(no_port)?;
        let project = Arc::new(Self {
            faults: Faults::new(options.voucherify_fault.clone(), options.fault_seed),
            schemas: options.metadata_schema.as_deref().map(Schemas::read).transpose()?.unwrap_or_default(),
            reports_url: format!("http://{}", listener.local_addr().map_err(no_port)?),
            limits: Mutex::new(Limits::new(&options)),
            queue: Mutex::default(),
            customers: Mutex::default(),
            exports: Mutex::default(),
            downloads: Mutex::default(),
            accepted_bytes: AtomicU64::default(),
            largest_bytes: AtomicU64::default(),
            calls: Mutex::default(),
            options,
        });
        let reports = reports::router(project.clone());
        tokio::spawn(async move { axum::serve(listener, reports).await });
        Ok(project)
    }

    /// What landed, by `source_id`, or by `id` where there is none: nothing but what was sent.
    #[must_use]
    pub fn landed(&self) -> BTreeMap<String, Value> {
        let attributes = |customers: &mut Customers| {
            let one = |customer: &Arc<customers::Customer>| {
                let source_id = customer.source_id();
                let id = if source_id.is_empty() { &customer.id } else { source_id };
                (id.to_owned(), Value::Object(customer.attributes.clone()))
            };
            customers.all().map(one).collect()
        };
        self.with_customers(attributes).unwrap_or_default()
    }

    /// Calls by endpoint, those included that were refused for what they were or for the limits.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().map(|calls| calls.clone()).unwrap_or_default()
    }

    /// Calls to the API in all, and how many of them were `POST /v1/customers/bulk/async`.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        let calls = self.calls();
        let all = calls.iter().filter(|(label, _)| label.contains('/')).map(|(_, count)| count).sum();
        (all, calls.get("POST /v1/customers/bulk/async").copied().unwrap_or_default())
    }

    /// How often each fault struck, by the name that the flag gives it; those that never did are left out.
    #[must_use]
    pub fn faults_given(&self) -> BTreeMap<String, u64> {
        self.faults.struck()
    }

    /// Downloads of reports, each with the keys that were sent along.
    #[must_use]
    pub fn downloads(&self) -> Vec<Download> {
        self.downloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what a customer did beside being sent; their `updated_at` moves, as when somebody buys something.
    pub fn live(&self, id: &str, history: History) {
        self.with_customers(|customers| customers.live(id, history, &self.options));
    }

    /// The customers, with everything applied whose time has come.
    fn with_customers<T>(&self, look: impl FnOnce(&mut Customers) -> T) -> Option<T> {
        self.with_queue(|_| ())?;
        self.customers.lock().ok().map(|mut customers| look(&mut customers))
    }

    /// What the schema says of the metadata of a customer with this id, as of now.
    fn metadata_violations(&self, id: &str, metadata: &Value) -> Option<String> {
        let known = self.with_customers(|customers| customers.find(id).is_some());
        self.schemas.violations(metadata, known.unwrap_or(false))
    }

    fn count(&self, label: String) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(label).or_default() += 1;
    }
}

pub(super) fn router(project: Arc<Project>) -> Router {
    Router::new()
        .route("/v1/customers/bulk/async", post(bulk::post))
        .route("/v1/async-actions", get(actions::list))
        .route("/v1/async-actions/{id}", get(actions::get))
        .route("/v1/customers/metadata/async", post(metadata::post))
        .route("/v1/customers/importCSV", post(import::post))
        .route("/v1/customers", get(calls::list).post(calls::create))
        .route("/v1/customers/{id}", get(calls::get).put(calls::update).delete(calls::delete))
        .route("/v1/customers/{id}/permanent-deletion", post(calls::delete_permanently))
        .route("/v1/metadata-schemas", get(schema::list))
        .route("/v1/metadata-schemas/{resource}", get(schema::get))
        .route("/v1/exports", get(exports::list).post(exports::create))
        .route("/v1/exports/{id}", get(exports::get).delete(exports::delete))
        .fallback(async |request: Request| answer::missing("resource", request.uri().path()))
        .layer(middleware::from_fn_with_state(project.clone(), admission::admitted))
        // Below the layer: whoever looks needs no keys and is not counted.
        .route("/sandbox/project", get(seen))
        .route("/sandbox/customers/{id}", put(calls::live))
        .layer(DefaultBodyLimit::disable())
        .with_state(project)
}

/// What the project has seen so far: for measurements, and for whoever watches a rehearsal.
async fn seen(State(project): State<Arc<Project>>) -> Response {
    let ((calls, bulk), downloads) = (project.totals(), project.downloads());
    let with_keys = downloads.iter().filter(|download| !download.keys.is_empty()).count();
    let body = json!({
        "customers": project.with_customers(|customers| customers.len()),
        "calls": calls, "bulk_requests": bulk, "calls_by_endpoint": project.calls(),
        "calls_per_bulk_request": (bulk > 0).then(|| Value::from(calls * 100 / bulk.max(1)).as_f64().unwrap_or_default() / 100.0),
        "accepted_bytes": project.accepted_bytes.load(Relaxed), "largest_bytes": project.largest_bytes.load(Relaxed),
        "faults": project.faults_given(), "report_downloads": downloads.len(), "report_downloads_with_keys": with_keys,
    });
    answer::json(StatusCode::OK, &body)
}

/// The size of a page that is asked for; the API gives up to 100 at once.
fn page_size(parameters: &BTreeMap<String, String>, usual: usize) -> Result<usize, answer::Refusal> {
    match parameters.get("limit").map_or(Ok(usual), |limit| limit.parse()) {
        Ok(limit) if (1..=100).contains(&limit) => Ok(limit),
        _ => Err(Box::new(answer::invalid_query("Property .limit must be between 1 and 100"))),
    }
}

/// The number of a page that is asked for, from 1.
fn page_number(parameters: &BTreeMap<String, String>, most: usize) -> Result<usize, answer::Refusal> {
    match parameters.get("page").map_or(Ok(1), |page| page.parse()) {
        Ok(page) if (1..=most).contains(&page) => Ok(page),
        _ => Err(Box::new(answer::invalid_query(&format!("Property .page must be between 1 and {most}")))),
    }
}
