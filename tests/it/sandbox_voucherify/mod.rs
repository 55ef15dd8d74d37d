//! The emulated project against the facts: status, headers and bodies of every call, limit and fault.

use reqwest::{Client, Method, RequestBuilder, header::HeaderMap};
use segment_to_voucherify::sandbox::{
    APPLICATION_ID, SECRET_KEY, Sandbox, SandboxOptions,
    voucherify::{faults::FaultKind, options::VoucherifyOptions},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

mod contract;
mod customers;
mod exports;
mod faults;
mod imports;
mod project;
mod schema;

/// A project and somebody who calls it.
struct Caller {
    sandbox: Sandbox,
    client: Client,
    runtime: Runtime,
}

/// What came back, as far as the tests look at it.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Caller {
    fn new(options: VoucherifyOptions) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let options = SandboxOptions { profiles: 0, voucherify: options, ..SandboxOptions::default() };
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        Self { sandbox, client: Client::builder().no_proxy().build().unwrap(), runtime }
    }

    fn with_fault(kind: FaultKind) -> Self {
        Self::new(VoucherifyOptions { voucherify_fault: vec![kind.into()], ..quick() })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sandbox.voucherify_url());
        self.client.request(method, url).header("X-App-Id", APPLICATION_ID).header("X-App-Token", SECRET_KEY)
    }

    /// Sends; nothing came back if the connection broke.
    fn send(&self, request: RequestBuilder) -> Option<Answer> {
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = response.bytes().await.ok()?;
            let body = serde_json::from_slice(&body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
            Some(Answer { status, headers, body })
        })
    }

    fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).unwrap()
    }

    fn try_post(&self, body: impl Into<reqwest::Body>) -> Option<Answer> {
        let request = self.request(Method::POST, "/v1/customers/bulk/async");
        self.send(request.header("Content-Type", "application/json").body(body))
    }

    fn post(&self, customers: &Value) -> Answer {
        self.try_post(customers.to_string()).unwrap()
    }

    /// Posts and asks for the action until it has ended.
    fn finish(&self, customers: &Value) -> Value {
        let id = self.post(customers).body["async_action_id"].as_str().unwrap().to_owned();
        loop {
            let action = self.get(&format!("/v1/async-actions/{id}")).body;
            if !["ENQUEUED", "IN_PROGRESS"].contains(&action["status"].as_str().unwrap()) {
                return action;
            }
        }
    }
}

/// A project that works on a request at once.
fn quick() -> VoucherifyOptions {
    VoucherifyOptions { queue_ms: 0, ..VoucherifyOptions::default() }
}

fn two() -> Value {
    json!([{"source_id": "a", "name": "Ada"}, {"source_id": "b"}])
}
