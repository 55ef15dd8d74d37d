//! `export/failures.csv`: the manifest's failures as a table for people.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{archive::manifest::FailedProfile, publish, segment::SegmentError};

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
pub fn publish(folder: &Path, rows: &[FailedProfile]) -> io::Result<()> {
    if rows.is_empty() {
        return if path(folder).exists() { publish::remove(&path(folder)) } else { Ok(()) };
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(io::Error::other)?;
    }
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    publish::bytes(&path(folder), &bytes)
}
