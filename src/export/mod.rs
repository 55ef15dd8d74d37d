//! List, details and sweeps of a space, written as an archive that any later run can continue.
//!
//! The list runs ahead of the details, because it shifts while profiles are active (docs/api-facts.md A2), and is kept
//! on disk; every profile on it is read, many at a time, and written in list order. Whatever the moment of a crash, the
//! manifest says how far the list was worked off: its position is the sum of the profiles exported, vanished and failed.
//!
//! A sweep walks the list once more, for those who moved past the first listing or are new, and promises: everybody who
//! was in the space when the last sweep began, and did not move past it as well, is listed. `complete` says that this
//! sweep found nobody, and that whoever is listed was read. For that:
//! * a pass begins when the one before it has ended, and is walked from its start to its end by one process; a run that
//!   finds a sweep broken off, or one that ended while somebody before it was still to be read, begins it anew (`listing`);
//! * the last sweep begins as late as it can and still end with the details (`sweeps`): its pages come one after another,
//!   since each names the next, so that alone it would leave most of the limit unused;
//! * pages of the list go before details that wait for their turn, lest a list takes longer, and shifts more, than it must;
//! * whom a sweep finds is read after all others and stands behind them in the archive, in parts of their own;
//! * a sweep that fails does not keep those who are listed from being read; the run then ends without a verdict.

mod archive;
pub mod details;
pub mod failures;
pub mod forecast;
pub mod identifiers;
pub mod listing;
mod pipe;
pub mod seen;
mod sweeps;
mod warehouse;

use std::{
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::StatusCode;

use self::{
    archive::Archive,
    details::{DetailsSource, Reader, Stop},
    identifiers::Identifiers,
    listing::Listing,
};
use crate::{
    archive::manifest::{ArchiveManifest, ArchiveOptions},
    failure::Failure,
    http::PROXY_WANTS_A_NAME,
    interrupt::Interrupt,
    progress::Phase,
    publish::Locking,
    segment::{Naming, Segment, SegmentError},
    tables::Dialect,
};

pub use self::{
    pipe::pipe,
    warehouse::{WarehouseExport, warehouse, warehouse_pipe},
};

/// What may differ from run to run over one archive.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// What may not change from run to run over one archive.
    pub fixed: ArchiveOptions,
    /// Calls a second, all together.
    pub rate: NonZeroU32,
    /// How often to list again at most.
    pub sweeps: u64,
    /// More profiles than this that cannot be read end the run.
    pub max_failures: u64,
    /// Identifiers that are given instead of a list.
    pub identifiers: Option<Arc<Identifiers>>,
    /// Whether the archive is locked while it is written.
    pub locking: Locking,
    /// For whom the table of failures is written.
    pub dialect: Dialect,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct ExportReport {
    /// The manifest as it is on disk.
    pub manifest: ArchiveManifest,
    /// The user asked to stop; the archive can be continued.
    pub interrupted: bool,
    /// There was nothing left to do.
    pub nothing_left: bool,
}

/// Exports a space into the archive in `folder`, from its beginning or from where an earlier run stopped.
///
/// # Errors
/// Other options than the archive's, credentials that are refused, too many profiles that fail, or a disk that does.
pub async fn run(
    segment: &Segment,
    options: &ExportOptions,
    folder: &Path,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<ExportReport, Failure> {
    let mut archive = Archive::open(segment, options, folder, phase)?;
    let nothing_left = archive.nothing_left();
    if !nothing_left {
        archive.begin()?;
        let export = Export { segment, options, stop: &Stop::new(interrupt), phase };
        let worked = export.work(&mut archive).await;
        archive.close(worked, interrupt.asked())?;
    }
    let manifest = archive.into_manifest();
    Ok(ExportReport { interrupted: interrupt.asked() && manifest.verdict.is_none(), manifest, nothing_left })
}

/// What the export of an archive and that into a pipe have in common.
struct Export<'a> {
    segment: &'a Segment,
    options: &'a ExportOptions,
    stop: &'a Stop<'a>,
    phase: &'a Phase,
}

impl Export<'_> {
    async fn work(&self, archive: &mut Archive<'_>) -> Result<(), Failure> {
        let failed = archive.failed_ids();
        self.reader().read(DetailsSource::Given(failed), || true, archive, || self.glance()).await?;
        archive.end_retries()?;
        let Some(listing) = archive.listing() else { return Ok(()) };
        let position = archive.position();
        self.list_and_read(&listing, position, archive).await
    }

    /// The list to its end and as often as is due, and meanwhile the details of what it brings from `position` on.
    async fn list_and_read(
        &self,
        listing: &Mutex<Listing>,
        position: u64,
        keep: &mut impl details::Keep,
    ) -> Result<(), Failure> {
        let ids = lock(listing).ids(position)?;
        let over = AtomicBool::new(false);
        let listing_all = async {
            let listed = self.list(listing).await;
            if listed.is_err() && lock(listing).standing().pass == 0 {
                self.stop.fail();
            }
            over.store(true, Ordering::Relaxed);
            listed
        };
        let reading_all = async {
            let ended = || over.load(Ordering::Relaxed);
            let read = self.reader().read(DetailsSource::Listed(ids), ended, keep, || self.glance()).await;
            if read.is_err() {
                self.stop.fail();
            }
            read
        };
        let (listed, read) = tokio::join!(listing_all, reading_all);
        read.and(listed)
    }

    fn reader(&self) -> Reader<'_> {
        Reader {
            segment: self.segment,
            identified_only: &self.options.fixed.identified_only,
            naming: if self.options.identifiers.is_some() { Naming::Given } else { Naming::Listed },
            rate: self.options.rate,
            part_size: self.options.fixed.part_size,
            stop: self.stop,
        }
    }

    fn glance(&self) {
        let calls = self.segment.calls();
        self.phase.limit(self.options.rate.get().into());
        self.phase.gauge("calls", calls.list + calls.external_ids + calls.traits + calls.retries);
        if calls.retries > 0 {
            self.phase.gauge("retries", calls.retries);
        }
        if let Some(wait) = self.segment.paused_for() {
            self.phase.pause(wait);
        }
    }
}

fn lock(listing: &Mutex<Listing>) -> std::sync::MutexGuard<'_, Listing> {
    listing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn list_stopped(error: &SegmentError) -> Failure {
    match error {
        SegmentError::Vanished => Failure::stopped("Segment knows no such space (404 for the list of its profiles)")
            .hint("check `SEGMENT_SPACE_ID` (Segment: Unify settings, API access) and `--region`"),
        error => stopped(error),
    }
}

/// The list cannot begin where a user wants it to.
fn cursor_refused(error: &SegmentError) -> Failure {
    Failure::stopped(error.to_string())
        .hint("`--from-cursor` may name no place in this space's list: without it the list is read from its start")
}

fn stopped(error: &SegmentError) -> Failure {
    let failure = Failure::stopped(error.to_string());
    match error {
        SegmentError::Refused { reply, .. } if reply.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            failure.again(PROXY_WANTS_A_NAME)
        }
        SegmentError::Refused { .. } if error.ends_all() => failure.hint(
            "check `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID` (Segment: Unify settings, API access) and `--region`",
        ),
        SegmentError::Redirected { .. } => failure.hint("check `SEGMENT_API_URL` and `--region`"),
        _ => failure.again("to continue,"),
    }
}

fn disk(error: std::io::Error) -> Failure {
    Failure::disk("the archive cannot be written", error).kept("every part that the manifest lists")
}
