//! Exports of a project's customers: asked for, waited for, downloaded, deleted (docs/api-facts.md C6).

use std::{
    fs::File,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    CallKind, Session, Voucherify, VoucherifyError,
    files::{Keys, NotFetched},
    path_element,
};
use crate::failure::Failure;

/// First wait for an export; grows by half each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Longest wait between two questions about an export.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// An export whose answers nobody understands is given up after so many of them.
const MOST_ODD_ANSWERS: u32 = 8;
/// So often a fresh address is asked for: one lives for a quarter of an hour.
const MOST_ADDRESSES: u32 = 3;

/// How far an export is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportState {
    /// Scheduled, or being made.
    Working,
    /// It can be fetched at this address, for a while.
    Done(String),
    /// The server gave it up.
    Failed,
    /// A word that nobody knows, or an end without an address.
    Odd(String),
}

/// Why there is no export.
#[derive(Debug)]
pub enum NoExport {
    /// The user asked to stop.
    Interrupted,
    /// The run cannot go on.
    Stopped(Failure),
}

impl Voucherify {
    /// Asks for an export of all customers with these fields, in their order; gives its id.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving.
    pub async fn create_export(&self, fields: &[&str]) -> Result<String, VoucherifyError> {
        let wanted = json!({"exported_object": "customer", "parameters": {"order": "created_at", "fields": fields}});
        let reply = self.send(Method::POST, "/v1/exports", Some(wanted.to_string().into())).await?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let id = answer["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
        id.ok_or_else(|| {
            VoucherifyError::Unreadable("the answer to the request for an export, which has no `id`,".into())
        })
    }

    /// How far an export is.
    ///
    /// # Errors
    /// Whatever kept the answer from arriving.
    pub async fn export(&self, id: &str) -> Result<ExportState, VoucherifyError> {
        let reply = self.send(Method::GET, &format!("/v1/exports/{}", path_element(id)), None).await?;
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        Ok(match (answer["status"].as_str(), answer["result"]["url"].as_str()) {
            (Some("SCHEDULED" | "IN_PROGRESS"), _) => ExportState::Working,
            (Some("DONE"), Some(url)) => ExportState::Done(url.to_owned()),
            (Some("DONE"), None) => ExportState::Odd("it is done, and has no address".into()),
            (Some("ERROR"), _) => ExportState::Failed,
            (Some(word), _) => ExportState::Odd(format!("its status is `{}`", word.escape_debug())),
            (None, _) => ExportState::Odd("the answer about it has no status".into()),
        })
    }

    /// Deletes an export: its file holds personal data.
    ///
    /// # Errors
    /// Whatever kept it from being deleted.
    pub async fn delete_export(&self, id: &str) -> Result<(), VoucherifyError> {
        match self.send(Method::DELETE, &format!("/v1/exports/{}", path_element(id)), None).await {
            Ok(_) | Err(VoucherifyError::Missing) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Waits for an export and downloads it into `file`; gives up after `patience`.
///
/// # Errors
/// An export that fails, does not end or cannot be fetched, or a user who asks to stop.
pub async fn fetch_export(
    session: &Session<'_>,
    id: &str,
    patience: Duration,
    file: &mut File,
) -> Result<(), NoExport> {
    for _ in 0..MOST_ADDRESSES {
        let address = address(session, id, patience).await?;
        session.phase().note("downloading the export");
        let interrupt = session.interrupt();
        let fetched = tokio::select! {
            fetched = session.client().fetch(&address, Keys::Everywhere, file) => fetched,
            () = interrupt.wait() => return Err(NoExport::Interrupted),
        };
        match fetched {
            Ok(()) => return Ok(()),
            Err(NotFetched::Expired) => {}
            Err(NotFetched::Because(why)) => {
                return Err(stopped(format!("the export cannot be fetched: {why}")));
            }
        }
    }
    Err(stopped(format!("the export cannot be fetched: {MOST_ADDRESSES} fresh addresses in a row were refused (401)")))
}

async fn address(session: &Session<'_>, id: &str, patience: Duration) -> Result<String, NoExport> {
    let (began, mut wait, mut odd) = (Instant::now(), FIRST_WAIT, 0);
    session.phase().note("waiting for the export");
    loop {
        let answer = session.patiently(CallKind::Ordinary, async |client| client.export(id).await).await;
        match answer.map_err(|error| NoExport::Stopped(error.into_failure()))? {
            None => return Err(NoExport::Interrupted),
            Some(ExportState::Done(address)) => return Ok(address),
            Some(ExportState::Failed) => return Err(stopped("the server gave the export up (`ERROR`)".into())),
            Some(ExportState::Working) => odd = 0,
            Some(ExportState::Odd(what)) => {
                odd = u32::saturating_add(odd, 1);
                if odd >= MOST_ODD_ANSWERS {
                    return Err(stopped(format!("the export comes to no end: {what}")));
                }
            }
        }
        if began.elapsed().saturating_add(wait) > patience {
            let waited = crate::wording::duration(began.elapsed());
            return Err(stopped(format!("the export is not finished after {waited}")));
        }
        session.rest(wait, false).await;
        if odd == 0 {
            wait = wait.mul_f64(1.5).min(LONGEST_WAIT);
        }
    }
}

fn stopped(message: String) -> NoExport {
    NoExport::Stopped(Failure::stopped(message).again(""))
}
