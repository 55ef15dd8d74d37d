//! `export/failures.csv`: the manifest's failures as a table for people.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    archive::manifest::FailedProfile,
    publish,
    segment::SegmentError,
    tables::{Dialect, TableFile},
};

/// The columns, in their order (docs/formats.md, Tables).
const COLUMNS: [&str; 6] = ["segment_id", "endpoint", "status", "attempts", "message", "request_id"];

/// Notes what kept a profile from being read.
#[must_use]
pub fn note(segment_id: &str, error: &SegmentError) -> FailedProfile {
    let (status, message, request_id, attempts) = error.facts();
    FailedProfile {
        segment_id: segment_id.into(),
        endpoint: error.endpoint().into(),
        status,
        attempts,
        message,
        request_id,
    }
}

/// Path of the table in an archive.
#[must_use]
pub fn path(folder: &Path) -> PathBuf {
    folder.join("failures.csv")
}

/// Publishes the table; where nothing failed there is none.
///
/// # Errors
/// Any I/O error; the table before this one is then still in place.
pub fn publish(folder: &Path, dialect: Dialect, failures: &[FailedProfile]) -> io::Result<()> {
    if failures.is_empty() {
        return if path(folder).exists() { publish::remove(&path(folder)) } else { Ok(()) };
    }
    let mut table = TableFile::create(&path(folder), dialect, &COLUMNS)?;
    for failed in failures {
        let [status, attempts] = [failed.status.map(u64::from), Some(u64::from(failed.attempts))]
            .map(|number| number.map(|number| number.to_string()).unwrap_or_default());
        let request_id = failed.request_id.as_deref().unwrap_or_default();
        table.row([&failed.segment_id, &failed.endpoint, &status, &attempts, &failed.message, request_id])?;
    }
    table.publish().map(|_| ())
}
