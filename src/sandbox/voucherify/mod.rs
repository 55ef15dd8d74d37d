//! The Voucherify API, as documented and seen (docs/api-facts.md C0 to C6, D2).
//!
//! An independent reading of the facts: nothing here is shared with the client. What the facts leave open is an option
//! ([`options`]); what can go wrong is a fault that is asked for ([`faults`]).

mod answer;
mod bulk;
mod customers;
mod exports;
pub mod faults;
mod limits;
pub mod options;
mod queue;
mod reports;
mod schema;

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use chrono::Utc;
use serde_json::{Value, json};

pub use self::reports::Download;
use self::{
    customers::Customers,
    exports::Export,
    faults::{FaultKind, Faults},
    limits::{Limits, Standing, Weight},
    options::VoucherifyOptions,
    queue::Queue,
    schema::Schemas,
};
use super::{APPLICATION_ID, SECRET_KEY};

/// A project: what it holds, what it allows, and what it has seen.
#[derive(Debug)]
pub struct Project {
    options: VoucherifyOptions,
    faults: Faults,
    schemas: Schemas,
    reports_url: String,
    limits: Mutex<Limits>,
    queue: Mutex<Queue>,
    customers: Mutex<Customers>,
    exports: Mutex<BTreeMap<String, Export>>,
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
    pub(super) async fn open(options: VoucherifyOptions) -> io::Result<Arc<Self>> {
        let listener = tokio::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let project = Arc::new(Self {
            faults: Faults::new(options.voucherify_fault.clone(), options.fault_seed),
            schemas: options.metadata_schema.as_deref().map(Schemas::read).transpose()?.unwrap_or_default(),
            reports_url: format!("http://{}", listener.local_addr()?),
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

    /// What landed, by `source_id`: nothing but what was sent.
    #[must_use]
    pub fn landed(&self) -> BTreeMap<String, Value> {
        let attributes = |customers: &mut Customers| {
            customers.all().map(|(id, customer)| (id.clone(), Value::Object(customer.attributes.clone()))).collect()
        };
        self.with_customers(attributes).unwrap_or_default()
    }

    /// Calls by endpoint, those included that were refused for what they were or for the limits.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.calls.lock().map(|calls| calls.clone()).unwrap_or_default()
    }

    /// Calls in all, and how many of them were bulk requests.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        let calls = self.calls();
        let all = calls.iter().filter(|(label, _)| label.contains('/')).map(|(_, count)| count).sum();
        (all, calls.get("POST /v1/customers/bulk/async").copied().unwrap_or_default())
    }

    /// How often each fault struck, by name.
    #[must_use]
    pub fn faults_given(&self) -> BTreeMap<String, u64> {
        self.faults.struck()
    }

    /// Downloads of reports, each with the keys that were sent along.
    #[must_use]
    pub fn downloads(&self) -> Vec<Download> {
        self.downloads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The customers, with everything applied whose time has come.
    fn with_customers<T>(&self, look: impl FnOnce(&mut Customers) -> T) -> Option<T> {
        self.with_queue(|_| ())?;
        self.customers.lock().ok().map(|mut customers| look(&mut customers))
    }

    /// What the schema says of a customer, as of now.
    fn metadata_violations(&self, customer: &Value) -> Option<String> {
        let source_id = customer["source_id"].as_str().unwrap_or_default();
        let known = self.with_customers(|customers| customers.by_source_id(source_id).is_some());
        self.schemas.violations(&customer["metadata"], known.unwrap_or(false))
    }

    fn count(&self, label: String) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(label).or_default() += 1;
    }
}

pub(super) fn router(project: Arc<Project>) -> Router {
    Router::new()
        .route("/v1/customers/bulk/async", post(bulk::post))
        .route("/v1/async-actions", get(queue::list))
        .route("/v1/async-actions/{id}", get(queue::get))
        .route("/v1/customers", get(customers::list))
        .route("/v1/customers/{id}", get(customers::get).delete(customers::delete))
        .route("/v1/metadata-schemas", get(schema::list))
        .route("/v1/metadata-schemas/{resource}", get(schema::get))
        .route("/v1/exports", post(exports::create))
        .route("/v1/exports/{id}", get(exports::get))
        .fallback(async |request: Request| answer::missing("resource", request.uri().path()))
        .layer(middleware::from_fn_with_state(project.clone(), admitted))
        // Below the layer: whoever looks needs no keys and is not counted.
        .route("/sandbox/project", get(seen))
        .layer(DefaultBodyLimit::disable())
        .with_state(project)
}

/// What the project has seen so far: for measurements, and for whoever watches a rehearsal.
async fn seen(State(project): State<Arc<Project>>) -> Response {
    let ((calls, bulk), downloads) = (project.totals(), project.downloads());
    let with_keys = downloads.iter().filter(|download| !download.keys.is_empty()).count();
    let body = json!({
        "customers": project.with_customers(|customers| customers.all().count()),
        "calls": calls, "bulk_requests": bulk, "calls_by_endpoint": project.calls(),
        "calls_per_bulk_request": (bulk > 0).then(|| Value::from(calls * 100 / bulk.max(1)).as_f64().unwrap_or_default() / 100.0),
        "accepted_bytes": project.accepted_bytes.load(Relaxed), "largest_bytes": project.largest_bytes.load(Relaxed),
        "faults": project.faults_given(), "report_downloads": downloads.len(), "report_downloads_with_keys": with_keys,
    });
    answer::json(StatusCode::OK, &body)
}

/// Checks keys and limits, and tells on every answer what is left of the limit.
async fn admitted(State(project): State<Arc<Project>>, request: Request, next: Next) -> Response {
    let weight = if request.uri().path() == "/v1/customers/bulk/async" { Weight::Bulk } else { Weight::Ordinary };
    project.count(endpoint(request.method(), request.uri().path()));
    if !has_keys(request.headers()) {
        return unauthorized();
    }
    let standing = match project.limits.lock() {
        Ok(mut limits) => limits.take(weight, Instant::now()),
        Err(_) => return answer::hang_up(),
    };
    let mut response = match (standing.exceeded, weight) {
        (Some(_), _) => {
            project.count("refused by a limit".into());
            bulk::too_many()
        }
        (None, Weight::Bulk) => next.run(request).await,
        (None, Weight::Ordinary) => read(&project, request, next).await,
    };
    tell(&mut response, standing);
    tokio::time::sleep(Duration::from_millis(project.options.answer_ms)).await;
    response
}

/// Any call but a bulk request, with what may go wrong on the way.
async fn read(project: &Project, request: Request, next: Next) -> Response {
    match project.faults.first(&[FaultKind::Read500, FaultKind::ReadReset, FaultKind::ReadCut]) {
        None => next.run(request).await,
        Some(FaultKind::ReadReset) => answer::hang_up(),
        Some(FaultKind::ReadCut) => answer::cut(r#"{"id": "aa_"#),
        Some(_) => {
            let (key, message) = ("internal_error", "Internal error");
            answer::error(StatusCode::INTERNAL_SERVER_ERROR, key, message, "Something went wrong")
        }
    }
}

/// The headers of docs/api-facts.md C5.
fn tell(response: &mut Response, standing: Standing) {
    let seconds = standing.wait.as_secs() + u64::from(standing.wait.subsec_nanos() > 0);
    let allowed_at = Utc::now().timestamp() + i64::try_from(seconds).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in [
        ("x-rate-limit-limit", standing.limit.to_string()),
        ("x-rate-limit-remaining", standing.remaining.to_string()),
        ("x-rate-limit-retry", allowed_at.to_string()),
    ] {
        headers.extend(HeaderValue::from_str(&value).map(|value| (axum::http::HeaderName::from_static(name), value)));
    }
    if let Some(class) = standing.exceeded {
        headers.insert("retry-after", HeaderValue::from(seconds.max(1)));
        headers.insert("x-rate-limit-type", HeaderValue::from_static(class.name()));
    }
}

fn has_keys(headers: &HeaderMap) -> bool {
    let is =
        |name: &str, expected: &str| headers.get(name).is_some_and(|value| value.as_bytes() == expected.as_bytes());
    is("x-app-id", APPLICATION_ID) && is("x-app-token", SECRET_KEY)
}

fn unauthorized() -> Response {
    answer::json(StatusCode::UNAUTHORIZED, &json!({"code": 401, "message": "Unauthorized", "key": "unauthorized"}))
}

/// What a call is counted under: its method and path, with `{id}` for what names one thing.
fn endpoint(method: &Method, path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    if path != "/v1/customers/bulk/async" && segments.len() > 3 {
        segments[3] = "{id}";
    }
    format!("{method} {}", segments.join("/"))
}

/// The size of a page that is asked for; the API gives up to 100 at once.
fn page_size(parameters: &BTreeMap<String, String>, usual: usize) -> Result<usize, answer::Refusal> {
    match parameters.get("limit").map_or(Ok(usual), |limit| limit.parse()) {
        Ok(limit) if (1..=100).contains(&limit) => Ok(limit),
        _ => Err(Box::new(answer::invalid_query("Property .limit must be between 1 and 100"))),
    }
}
