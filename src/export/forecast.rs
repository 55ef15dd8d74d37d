//! What an export will cost, from as little of the list as will do.

use std::{path::Path, time::Duration};

use super::{ExportOptions, archive::open_manifest, cursor_refused, disk, list_stopped, listing::Listing};
use crate::{
    archive::manifest::ArchiveManifest,
    failure::Failure,
    publish::Scratch,
    segment::{Segment, SegmentError},
};

/// Pages of the list that a forecast looks at; what is behind them is "at least".
const LOOK: u64 = 50;

/// What is left to do, in profiles, calls and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// Profiles that are still to be read.
    pub profiles: u64,
    /// Whether these are all.
    pub extent: Extent,
    /// The archive is there, and nothing is left to do.
    pub finished: bool,
    /// Calls at least and at most, as long as no profile needs a second page.
    pub calls: (u64, u64),
    /// How long the calls take at the rate that was asked for, at least and at most.
    pub time: (Duration, Duration),
}

/// Whether the list was seen to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The list was read to its end.
    All,
    /// Not to its end: there are at least so many.
    AtLeast,
}

/// Says what an export into `folder` will cost; reads at most fifty pages of the list, and writes nothing there.
///
/// # Errors
/// Whatever kept the list from arriving, or an archive in `folder` that cannot be read.
pub async fn forecast(
    segment: &Segment,
    options: &ExportOptions,
    folder: &Path,
    page: u64,
) -> Result<Forecast, Failure> {
    // What the export itself would refuse has no price.
    let piped = folder.as_os_str() == "-";
    let begun_anew = !piped && open_manifest(&options.fixed, folder)?.1;
    let there = if piped || begun_anew { None } else { ArchiveManifest::read(folder)? };
    if let Some(manifest) = there {
        let books = manifest.books;
        let left = books.left().unwrap_or_default() + books.failed;
        let extent = if manifest.listing.complete { Extent::All } else { Extent::AtLeast };
        let finished = manifest.verdict.is_some() && left == 0;
        return Ok(Forecast { finished, ..cost(left, extent, options, page) });
    }
    let scratch = Scratch::create().map_err(disk)?;
    let mut listing = Listing::open(scratch.path(), 0)?;
    if let Some(identifiers) = &options.identifiers {
        listing.give(identifiers).map_err(disk)?;
    }
    for _ in 0..LOOK {
        if listing.standing().end.is_some() {
            break;
        }
        let typed = options.fixed.from_cursor.clone().filter(|_| listing.standing().next.is_none());
        let is_typed = typed.is_some();
        let cursor = listing.standing().next.clone().or(typed);
        let refused = |error: &SegmentError| is_typed && error.is_refused_cursor();
        let page = segment.list(cursor.as_deref()).await;
        let page = page.map_err(|error| if refused(&error) { cursor_refused(&error) } else { list_stopped(&error) })?;
        listing.add(page, options.fixed.max_profiles.unwrap_or(u64::MAX)).map_err(disk)?;
    }
    let extent = if listing.standing().end.is_some() { Extent::All } else { Extent::AtLeast };
    Ok(cost(listing.standing().ids, extent, options, page))
}

/// One call a page of the list and pass, and two a profile; one where traits may not be needed (docs/api-facts.md A8).
fn cost(profiles: u64, extent: Extent, options: &ExportOptions, page: u64) -> Forecast {
    let passes = if options.identifiers.is_some() {
        0
    } else if options.fixed.max_profiles.is_some() {
        1
    } else {
        1 + options.sweeps
    };
    let list = profiles.div_ceil(page) * passes;
    let least = if options.fixed.identified_only.is_empty() { 2 } else { 1 };
    let calls = (list + least * profiles, list + 2 * profiles);
    let time = |calls: u64| Duration::from_secs(calls) / options.rate.get();
    Forecast { profiles, extent, finished: false, calls, time: (time(calls.0), time(calls.1)) }
}
