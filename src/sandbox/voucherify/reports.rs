//! The host that files are fetched from, apart from the API's: reports and exports (docs/api-facts.md C3, C6).

use std::sync::{Arc, PoisonError};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Project, answer, faults::FaultKind};

/// One download of a report from the host of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The path that was asked for, as `/reports/aa_….csv`.
    pub path: String,
    /// Headers of the call that hold keys; a careful client sends none to a host that it does not know.
    pub keys: Vec<String>,
}

pub(super) fn router(project: Arc<Project>) -> Router {
    Router::new()
        .route("/reports/{file}", get(report))
        .route("/v1/exports/{id}", get(super::exports::download::get))
        .with_state(project)
}

async fn report(State(project): State<Arc<Project>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let secret = ["x-app-id", "x-app-token", "authorization", "cookie"];
    let keys = secret.into_iter().filter(|name| headers.contains_key(*name)).map(str::to_owned).collect();
    project
        .downloads
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Download { path: format!("/reports/{file}"), keys });
    let id = file.strip_suffix(".csv").unwrap_or(&file);
    let table = project.with_queue(|queue| {
        let action = queue.action(id).filter(|action| action.trouble != Some(FaultKind::ExpiredReport))?;
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(["source_id", "found", "updated"]).ok()?;
        for row in &action.result.as_ref()?.rows {
            let updated = row.updated && action.trouble != Some(FaultKind::OldRows);
            table.write_record([row.source_id.as_str(), &row.found.to_string(), &updated.to_string()]).ok()?;
        }
        table.into_inner().ok()
    });
    match table.flatten() {
        Some(table) => ([(header::CONTENT_TYPE, "text/csv")], table).into_response(),
        None => answer::json(StatusCode::NOT_FOUND, &serde_json::json!({"message": "Not Found"})),
    }
}
