//! Why corrected profiles are rejected all the same, from the table of rejects.

use std::{collections::HashMap, ops::ControlFlow, path::Path};

use super::Tried;
use crate::{failure::Failure, findings};

/// One row of the table of rejects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) field: String,
    pub(super) reason: String,
    pub(super) message: String,
}

/// The rows about lines that corrections were tried on, by file and line.
pub(super) type Rejections<'t> = HashMap<&'t str, HashMap<u64, Vec<Rejection>>>;

/// Finds them in a finished table.
pub(super) fn by_place<'t>(table: &Path, tried: &'t [Tried]) -> Result<Rejections<'t>, Failure> {
    let mut places = Rejections::new();
    for tried in tried {
        places.entry(&tried.file).or_default().entry(tried.line).or_default();
    }
    if places.is_empty() {
        return Ok(places);
    }
    findings::read(table, |row| {
        let lines = places.get_mut(&*row.file);
        if let Some(rejections) = lines.and_then(|lines| lines.get_mut(&row.line)) {
            let [field, reason, message] = [row.field, row.reason, row.message].map(std::borrow::Cow::into_owned);
            rejections.push(Rejection { field, reason, message });
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(places)
}
