//! Exports of customers: asked for, waited for, listed, deleted (docs/api-facts.md C6). What they hold is made where they are
//! downloaded ([`download`]), row by row.

mod columns;
mod crowd;
pub(super) mod download;
mod filters;
mod order;
mod token;
mod wanted;

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, SubsecRound, Utc};
use rand::{RngExt, distr::Alphanumeric};
use serde_json::{Value, json};

use self::{token::Tokens, wanted::ExportRequest};
use super::{Project, answer, customers::Customer, faults::FaultKind, moments::moment, page_number, page_size};

/// Everything that can become of an export instead of a file.
const TROUBLES: [FaultKind; 5] = [
    FaultKind::ExportStuck,
    FaultKind::ExportError,
    FaultKind::ExportUnknownStatus,
    FaultKind::ExportNoUrl,
    FaultKind::ExportGone,
];

/// All exports of a project, by id.
#[derive(Debug, Default)]
pub(super) struct Exports {
    by_id: BTreeMap<String, Arc<Export>>,
}

/// One export.
#[derive(Debug)]
pub(super) struct Export {
    id: String,
    created_at: DateTime<Utc>,
    /// From then on it is worked on, and from then on it can be downloaded.
    begins: Instant,
    ends: Instant,
    wanted: ExportRequest,
    /// The customers as they were when it was asked for.
    customers: Vec<Arc<Customer>>,
    tokens: Tokens,
    /// The token that the list of exports shows for good: that of the first answer with an address.
    first_token: String,
    trouble: Option<FaultKind>,
}

/// How far an export has come, in the words of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    Scheduled,
    InProgress,
    Done,
    Error,
    /// A word that no document has.
    Unknown,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "SCHEDULED",
            Self::InProgress => "IN_PROGRESS",
            Self::Done => "DONE",
            Self::Error => "ERROR",
            Self::Unknown => "SUSPENDED",
        }
    }
}

impl Project {
    fn export(&self, id: &str) -> Option<Arc<Export>> {
        let export = self.exports.lock().ok()?.by_id.get(id).cloned()?;
        (export.trouble != Some(FaultKind::ExportGone)).then_some(export)
    }
}

/// `POST /v1/exports`.
pub(super) async fn create(State(project): State<Arc<Project>>, body: Bytes) -> Response {
    let wanted = match answer::read_json(&body).and_then(|sent| ExportRequest::read(&sent)) {
        Ok(wanted) => wanted,
        Err(refusal) => return *refusal,
    };
    let Some(customers) = project.with_customers(|customers| customers.all().cloned().collect()) else {
        return answer::hang_up();
    };
    let letters: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
    let options = &project.options.exports;
    let wait = |milliseconds: Option<u64>| Duration::from_millis(milliseconds.unwrap_or(project.options.queue_ms));
    let begins = Instant::now() + wait(options.export_scheduled_ms);
    let tokens = Tokens::new(Duration::from_secs(options.export_token_seconds));
    let export = Arc::new(Export {
        id: format!("exp_{letters}"),
        created_at: Utc::now().trunc_subsecs(3),
        begins,
        ends: begins + Duration::from_millis(options.export_in_progress_ms),
        wanted,
        customers,
        first_token: tokens.issue(),
        tokens,
        trouble: project.faults.first(&TROUBLES),
    });
    if let Ok(mut exports) = project.exports.lock() {
        exports.by_id.insert(export.id.clone(), export.clone());
    }
    answer::json(StatusCode::OK, &export.shown_as(Status::Scheduled, None, &project.reports_url))
}

/// `GET /v1/exports/{id}`: each answer has a token of its own.
pub(super) async fn get(State(project): State<Arc<Project>>, Path(id): Path<String>) -> Response {
    match project.export(&id) {
        Some(export) => {
            let token = export.tokens.issue();
            answer::json(StatusCode::OK, &export.shown(Some(&token), &project.reports_url))
        }
        None => answer::missing("export", &id),
    }
}

/// `DELETE /v1/exports/{id}`: the file is gone with it.
pub(super) async fn delete(State(project): State<Arc<Project>>, Path(id): Path<String>) -> Response {
    let known = project.export(&id).is_some();
    let removed = project.exports.lock().ok().and_then(|mut exports| exports.by_id.remove(&id));
    match removed.filter(|_| known) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => answer::missing("export", &id),
    }
}

/// `GET /v1/exports?limit=&page=&order=`: the latest first unless asked otherwise.
pub(super) async fn list(
    State(project): State<Arc<Project>>,
    Query(parameters): Query<BTreeMap<String, String>>,
) -> Response {
    let place = page_size(&parameters, 10).and_then(|limit| Ok((limit, page_number(&parameters, 100)?)));
    let (limit, page) = match place {
        Ok(place) => place,
        Err(refusal) => return *refusal,
    };
    let order = parameters.get("order").map_or("-created_at", String::as_str);
    let name = order.trim_start_matches('-');
    if !["created_at", "status"].contains(&name) {
        return answer::invalid_query("Property .order must be equal to one of the allowed values");
    }
    let Ok(exports) = project.exports.lock() else { return answer::hang_up() };
    let there = |export: &&Arc<Export>| export.trouble != Some(FaultKind::ExportGone);
    let mut found: Vec<Arc<Export>> = exports.by_id.values().filter(there).cloned().collect();
    drop(exports);
    found.sort_by_key(|export| (if name == "status" { export.status().name() } else { "" }, export.created_at));
    if order.starts_with('-') {
        found.reverse();
    }
    let total = found.len();
    let shown = |export: Arc<Export>| export.shown(Some(&export.first_token), &project.reports_url);
    let exports: Vec<Value> = found.into_iter().skip((page - 1) * limit).take(limit).map(shown).collect();
    let body = json!({"object": "list", "data_ref": "exports", "exports": exports, "total": total});
    answer::json(StatusCode::OK, &body)
}

impl Export {
    fn status(&self) -> Status {
        let now = Instant::now();
        match self.trouble {
            Some(FaultKind::ExportStuck) => Status::Scheduled,
            _ if now < self.begins => Status::Scheduled,
            _ if now < self.ends => Status::InProgress,
            Some(FaultKind::ExportError) => Status::Error,
            Some(FaultKind::ExportUnknownStatus) => Status::Unknown,
            _ => Status::Done,
        }
    }

    fn shown(&self, token: Option<&str>, host: &str) -> Value {
        self.shown_as(self.status(), token, host)
    }

    fn shown_as(&self, status: Status, token: Option<&str>, host: &str) -> Value {
        let url = |token: &str| json!({"url": format!("{host}/v1/exports/{}?token={token}", self.id)});
        let result = match (status, self.trouble) {
            (Status::Done, Some(FaultKind::ExportNoUrl)) => Value::Null,
            (Status::Done, _) => token.map_or(Value::Null, url),
            _ => Value::Null,
        };
        json!({
            "id": self.id, "object": "export", "created_at": moment(self.created_at), "status": status.name(),
            "channel": "API", "exported_object": "customer", "parameters": self.wanted.shown(), "result": result,
            "user_id": null,
        })
    }
}
