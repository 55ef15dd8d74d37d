//! An export of a whole project: asked for, waited for, fetched, and deleted behind us, whatever becomes of the run.

use std::{fs::File, io, path::Path, time::Duration};

use serde_json::Value;

use crate::{
    failure::Failure,
    manifest::names,
    publish,
    receipts::MetadataKey,
    voucherify::{CallKind, NoExport, Session, VoucherifyError, fetch_export},
};

/// Names the export that this machine asked for and has not deleted yet: its file holds personal data.
const IN_HAND: &str = "export-in-hand";
/// Most bytes of an export's id.
const LONGEST_ID: u64 = 1 << 10;

/// Customers of a project, as a table on this machine that goes with the process.
#[derive(Debug)]
pub struct ProjectExport {
    /// The table, at its beginning.
    pub file: File,
    /// Keys of the project's customer metadata schema.
    pub metadata_keys: Vec<MetadataKey>,
}

/// Fetches an export of these fields; what is needed on disk is in `folder`. Nothing where the user asks to stop.
///
/// # Errors
/// An export that cannot be had; it is deleted first, or by the next run.
pub(super) async fn fetch(
    session: &Session<'_>,
    folder: &Path,
    fields: &[&str],
    patience: Duration,
) -> Result<Option<ProjectExport>, Failure> {
    let in_hand = folder.join(IN_HAND);
    let disk = |error: io::Error| disk(folder, error);
    if !delete_left_over(session, &in_hand).await? {
        return Ok(None);
    }
    let schemas = session.patiently(CallKind::Ordinary, async |client| client.metadata_schemas().await).await;
    let Some(schemas) = schemas.map_err(VoucherifyError::into_failure)? else { return Ok(None) };
    let id = session.patiently(CallKind::Ordinary, async |client| client.create_export(fields).await).await;
    let Some(id) = id.map_err(refused)? else { return Ok(None) };
    publish::bytes(&in_hand, id.as_bytes()).map_err(disk)?;
    let mut file = tempfile::tempfile_in(folder).map_err(disk)?;
    let fetched = fetch_export(session, &id, patience, &mut file).await;
    if matches!(fetched, Err(NoExport::Interrupted)) {
        // The next run deletes it.
        return Ok(None);
    }
    let deleted = session.patiently(CallKind::Ordinary, async |client| client.delete_export(&id).await).await;
    match deleted {
        Ok(Some(())) => publish::remove(&in_hand).map_err(disk)?,
        Ok(None) => {}
        Err(_) => tracing::warn!("the export `{id}` could not be deleted at Voucherify; the next run tries again"),
    }
    match fetched {
        Ok(()) => Ok(Some(ProjectExport { file, metadata_keys: metadata_keys(&schemas) })),
        Err(NoExport::Interrupted) => Ok(None),
        Err(NoExport::Stopped(failure)) => Err(failure),
    }
}

/// Deletes what a run that died had asked for; tells whether to go on.
async fn delete_left_over(session: &Session<'_>, in_hand: &Path) -> Result<bool, Failure> {
    let id = match names::read(in_hand, LONGEST_ID) {
        Ok(id) => String::from_utf8_lossy(&id).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(disk(in_hand, error)),
    };
    let deleted = session.patiently(CallKind::Ordinary, async |client| client.delete_export(id.trim()).await).await;
    match deleted {
        Ok(None) => return Ok(false),
        Ok(Some(())) => {}
        // There are no more calls, for this or for anything else.
        Err(
            error @ (VoucherifyError::Exhausted(_)
            | VoucherifyError::Limited { .. }
            | VoucherifyError::LimitedForLong(_)),
        ) => {
            return Err(error.into_failure());
        }
        // Keys or proxies that allow no deletion must not stop every run that comes after.
        Err(error) => {
            let why = error.into_failure();
            tracing::warn!("the export `{}` of an earlier run could not be deleted: {why}", id.trim().escape_debug());
        }
    }
    publish::remove(in_hand).map_err(|error| disk(in_hand, error))?;
    Ok(true)
}

/// A request for an export that is refused: most likely of a field that is not exported any more.
fn refused(error: VoucherifyError) -> Failure {
    match error {
        VoucherifyError::Splittable(words) => {
            let said = [words.key, words.message, words.details].into_iter().flatten().collect::<Vec<_>>().join(": ");
            Failure::stopped(format!("Voucherify does not make the export: {said}"))
                .hint("nothing was compared; if it names a field, a newer version of this program may know better")
        }
        error => error.into_failure(),
    }
}

/// Keys that the schema for customers defines.
fn metadata_keys(schemas: &Value) -> Vec<MetadataKey> {
    let schemas = schemas["schemas"].as_array().into_iter().flatten();
    let of_customers = schemas.filter(|schema| schema["related_object"] == "customer");
    let key = |(name, definition): (&String, &Value)| MetadataKey {
        name: name.clone(),
        kind: definition["type"].as_str().unwrap_or_default().to_owned(),
        array: definition["array"].as_bool().unwrap_or_default(),
    };
    of_customers.filter_map(|schema| schema["properties"].as_object()).flat_map(|keys| keys.iter().map(key)).collect()
}

fn disk(path: &Path, error: io::Error) -> Failure {
    Failure::disk(format!("`{}` cannot be used", path.display()), error)
}
