//! The archive on its way: takes profiles in order, commits parts, keeps the books and comes to a verdict.

use std::{
    collections::VecDeque,
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use chrono::Utc;

use super::{
    ExportOptions,
    details::{Fetched, Keep},
    disk, failures,
    listing::{End, Listing},
    lock,
};
use crate::{
    archive::{
        manifest::{
            ArchiveManifest, ArchiveOptions, Calls, ExportBooks, FORMAT, Kind, Listing as ListingSummary, Verdict,
        },
        writer::{PartWriter, part_name},
    },
    failure::Failure,
    invocation,
    progress::Phase,
    publish::{self, Lock},
    segment::Segment,
    wording::counted,
};

/// Of those who vanished the manifest names so many.
const MOST_NAMED: usize = 1_000;

/// An archive on its way.
#[derive(Debug)]
pub(super) struct Archive<'a> {
    segment: &'a Segment,
    options: &'a ExportOptions,
    folder: &'a Path,
    phase: &'a Phase,
    manifest: ArchiveManifest,
    /// Calls of earlier runs, and those of the client before this one: a run that is resumed within a process shares it.
    calls_before: (Calls, Calls),
    listing: Option<Arc<Mutex<Listing>>>,
    part: Option<PartWriter>,
    held: u64,
    /// The books of the manifest that is on disk.
    safe: ExportBooks,
    /// A write failed. What was taken since the last commit is lost with it, so the books in memory, which count it, must
    /// not be written any more: the next run would begin behind it.
    broken: bool,
    retrying: bool,
    /// The folder holds an archive with other options in which nothing was read yet.
    anew: bool,
    /// Held for as long as the archive is open.
    _lock: Lock,
}

impl<'a> Archive<'a> {
    /// Locks the folder and reads what there is; changes nothing else.
    pub(super) fn open(
        segment: &'a Segment,
        options: &'a ExportOptions,
        folder: &'a Path,
        phase: &'a Phase,
    ) -> Result<Self, Failure> {
        let lock = Lock::exclusive(folder, "exporting into it", options.locking)?;
        let (mut manifest, anew) = open_manifest(&options.fixed, folder)?;
        // Profiles that failed are tried again; more sweeps than before were asked for: the list is looked at again.
        let unsure = matches!(manifest.verdict, Some(Verdict::Incomplete(_)));
        let more_sweeps = options.sweeps > manifest.listing.sweeps && options.fixed.max_profiles.is_none();
        if manifest.books.failed > 0 || (unsure && more_sweeps) {
            manifest.verdict = None;
        }
        let calls_before = (manifest.calls, segment.calls());
        let (listing, part) = (None, None);
        let safe = manifest.books;
        Ok(Self {
            segment,
            options,
            folder,
            phase,
            manifest,
            calls_before,
            listing,
            part,
            held: 0,
            safe,
            broken: false,
            retrying: true,
            anew,
            _lock: lock,
        })
    }

    /// Whether an earlier run came to its end and left nothing out.
    pub(super) fn nothing_left(&self) -> bool {
        self.manifest.verdict.is_some()
    }

    /// Makes the folder an archive, and opens its list.
    pub(super) fn begin(&mut self) -> Result<(), Failure> {
        if self.anew {
            publish::remove(&ArchiveManifest::path(self.folder)).map_err(disk)?;
        }
        if !ArchiveManifest::path(self.folder).exists() {
            publish::remove(&Listing::path(self.folder)).map_err(disk)?;
            self.commit()?;
        }
        let listing = Listing::open(self.folder, self.position())?;
        let (listed, there) = (self.manifest.books.listed, listing.standing().ids);
        if there < listed {
            return Err(Failure::stopped(format!(
                "`{}` holds {there} ids, where `manifest.json` counts {listed}",
                Listing::path(self.folder).display()
            ))
            .hint("bring the file back, or export into another folder with `-o`"));
        }
        self.manifest.books.listed = there;
        self.listing = Some(Arc::new(Mutex::new(listing)));
        self.phase.already(self.position() - self.manifest.books.failed);
        Ok(())
    }

    /// The list; there is one once the archive has [begun](Self::begin).
    pub(super) fn listing(&self) -> Option<Arc<Mutex<Listing>>> {
        self.listing.clone()
    }

    /// How far the list was worked off, as far as it is committed.
    pub(super) fn position(&self) -> u64 {
        let ExportBooks { exported, vanished, failed, .. } = self.manifest.books;
        exported + vanished + failed
    }

    /// What earlier runs could not read; whatever comes of each one, it leaves the front of the failures then.
    pub(super) fn failed_ids(&self) -> VecDeque<String> {
        self.manifest.failures.iter().map(|failed| failed.segment_id.clone()).collect()
    }

    /// Commits what the retries brought; from here on the list is worked off.
    pub(super) fn end_retries(&mut self) -> Result<(), Failure> {
        self.retrying = false;
        self.commit_part()
    }

    /// Commits what there is, unless a write has failed; comes to a verdict if the work ended well.
    pub(super) fn close(&mut self, worked: Result<(), Failure>, interrupted: bool) -> Result<(), Failure> {
        let committed = if self.broken { Ok(()) } else { self.commit_part() };
        match worked {
            Err(failure) => Err(failure.kept(self.kept())),
            Ok(()) if interrupted => committed,
            Ok(()) => {
                committed?;
                self.balance()?;
                self.manifest.verdict = Some(self.verdict());
                self.commit()
            }
        }
    }

    pub(super) fn into_manifest(self) -> ArchiveManifest {
        self.manifest
    }

    /// Passes a disk's failure on, and sees to it that nothing more is committed.
    fn whole<T>(&mut self, written: io::Result<T>) -> Result<T, Failure> {
        self.broken |= written.is_err();
        written.map_err(disk)
    }

    fn write(&mut self, line: &[u8]) -> Result<(), Failure> {
        let mut part = match self.part.take() {
            Some(part) => part,
            None => self.whole(PartWriter::create(self.folder, self.manifest.parts.len() + 1))?,
        };
        let written = part.write_line(line);
        self.whole(written)?;
        self.part = Some(part);
        self.held += 1;
        if self.held == self.options.fixed.part_size { self.commit_part() } else { Ok(()) }
    }

    /// Ends the part with the pass of the list: who comes after is in another, whatever the time at which they were found.
    fn end_pass(&mut self) -> Result<(), Failure> {
        let ExportBooks { exported, vanished, .. } = self.manifest.books;
        let position = exported + self.held + vanished + self.manifest.failures.len() as u64;
        let ends = |listing: &Arc<Mutex<Listing>>| lock(listing).standing().is_end_of_pass(position);
        let due = self.held > 0 && self.listing.as_ref().is_some_and(ends);
        if due { self.commit_part() } else { Ok(()) }
    }

    /// Makes everything so far durable: the part first, then the manifest that lists it.
    pub(super) fn commit_part(&mut self) -> Result<(), Failure> {
        if let Some(part) = self.part.take() {
            let part = self.whole(part.commit())?;
            self.manifest.parts.push(part);
            self.manifest.books.exported += std::mem::take(&mut self.held);
        }
        self.commit()
    }

    /// The list first, so that no position points behind its end.
    fn commit(&mut self) -> Result<(), Failure> {
        let listing = self.listing.as_ref().map(|listing| {
            let listing = lock(listing);
            listing.sync().map(|()| (listing.standing().summary(), listing.standing().ids))
        });
        if let Some(listed) = listing {
            (self.manifest.listing, self.manifest.books.listed) = self.whole(listed)?;
        }
        self.manifest.books.failed = self.manifest.failures.len() as u64;
        self.manifest.calls = total(self.calls_before, self.segment.calls());
        self.manifest.updated_at = Utc::now();
        let published = self.manifest.publish(self.folder);
        self.whole(published)?;
        self.safe = self.manifest.books;
        failures::publish(self.folder, self.options.dialect, &self.manifest.failures).map_err(disk)
    }

    /// A finished export whose books do not balance has a fault of its own, and must not be taken for whole.
    fn balance(&self) -> Result<(), Failure> {
        if self.listing.is_none() || self.manifest.books.balance() {
            return Ok(());
        }
        Err(Failure::stopped(format!("the books do not balance: {} does not hold", self.manifest.books.in_words()))
            .kept(self.kept())
            .hint("export again into another folder, and tell the makers of this program"))
    }

    fn verdict(&self) -> Verdict {
        let mut reasons = Vec::new();
        let ExportBooks { exported, vanished, failed, .. } = self.manifest.books;
        let fixed = &self.options.fixed;
        if failed > 0 {
            reasons.push(format!("{} could not be read; see `failures.csv`", counted(failed, "profile")));
        }
        // Whoever was listed may be deleted since; whoever was asked for by name is missed.
        if fixed.ids_from_sha256.is_some() && vanished > 0 {
            let nobody = counted(vanished, "identifier");
            reasons.push(format!("Segment knows nobody by {nobody}; `vanished` in `manifest.json` names them"));
        } else if exported == 0 && vanished > 0 {
            reasons.push(format!("not one of {} was there when it was read", counted(vanished, "profile")));
        }
        if fixed.ids_from_sha256.is_none() {
            if let Some(cursor) = &fixed.from_cursor {
                reasons.push(format!("the list began at the cursor `{cursor}`, not at its start"));
            }
            reasons.extend(self.listing.as_ref().and_then(|listing| doubt(&lock(listing))));
        }
        if reasons.is_empty() { Verdict::Complete } else { Verdict::Incomplete(reasons) }
    }

    fn kept(&self) -> String {
        let ExportBooks { exported, listed, .. } = self.safe;
        format!("{exported} of {listed} profiles in `{}`", self.folder.display())
    }
}

impl Keep for Archive<'_> {
    fn keep(&mut self, fetched: Fetched) -> Result<(), Failure> {
        if self.retrying {
            self.manifest.failures.remove(0);
        } else {
            self.end_pass()?;
        }
        match fetched {
            Fetched::Line(line) => self.write(&line)?,
            Fetched::Vanished(id) => {
                tracing::debug!("Segment knows no profile `{id}`");
                self.manifest.books.vanished += 1;
                if self.manifest.vanished.len() < MOST_NAMED {
                    self.manifest.vanished.push(id);
                }
            }
            Fetched::Failed(failed) => {
                self.manifest.failures.push(failed);
                self.phase.gauge("failed", self.manifest.failures.len() as u64);
            }
        }
        self.phase.add(1);
        if self.manifest.failures.len() as u64 > self.options.max_failures {
            let most = self.options.max_failures;
            let last = self.manifest.failures.last().map_or("", |failed| &failed.message);
            let more = invocation::typed_for(invocation::Phase::Export)
                .with("--max-failures", most.saturating_mul(10).max(10));
            return Err(Failure::stopped(format!(
                "more than {most} profiles could not be read; the last words were: {last}"
            ))
            .again(format!(
                "`{}` lists them; to leave more of them out: `{more}`; once they can be read,",
                failures::path(self.folder).display()
            )));
        }
        Ok(())
    }

    fn held(&self) -> u64 {
        self.held
    }

    fn rest(&mut self) -> Result<(), Failure> {
        if self.retrying { Ok(()) } else { self.end_pass() }
    }

    fn secure(&mut self) -> Result<(), Failure> {
        if self.held > 0 { self.commit_part() } else { Ok(()) }
    }
}

/// Why the list may have missed profiles.
fn doubt(listing: &Listing) -> Option<String> {
    let standing = listing.standing();
    match (&standing.end, standing.found.get(1..).and_then(<[u64]>::last)) {
        (Some(End::Enough), _) => Some("the export was a trial, limited by `--max-profiles`".into()),
        (Some(End::Odd(why)), _) => Some(format!("the last listing went wrong: {why}")),
        (_, None) => Some("no sweep looked for profiles that the first listing missed".into()),
        (_, Some(0)) => None,
        (_, Some(found)) => {
            Some(format!("the last sweep still found {found} new profiles; `--sweeps` allows for more"))
        }
    }
}

/// The manifest to go on with; and whether it stands for one of another export, in which nothing was read yet.
pub(super) fn open_manifest(fixed: &ArchiveOptions, folder: &Path) -> Result<(ArchiveManifest, bool), Failure> {
    let Some(manifest) = ArchiveManifest::read(folder)? else {
        return refuse_strangers(folder).map(|()| (first_manifest(fixed), false));
    };
    let differences = manifest.differences(fixed);
    if !differences.is_empty() {
        let shown = differences.join("; ");
        if manifest.parts.is_empty() && manifest.books.vanished == 0 && manifest.failures.is_empty() {
            tracing::info!("nothing was read into `{}` yet, so it is begun anew with {shown}", folder.display());
            return Ok((first_manifest(fixed), true));
        }
        return Err(Failure::usage(format!("`{}` holds another export: {shown}", folder.display()))
            .hint("give the options of that export to continue it, or another folder with `-o`"));
    }
    Ok((manifest, false))
}

fn first_manifest(fixed: &ArchiveOptions) -> ArchiveManifest {
    let now = Utc::now();
    ArchiveManifest {
        kind: Kind::Archive,
        format: FORMAT,
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        options: fixed.clone(),
        started_at: now,
        updated_at: now,
        listing: ListingSummary::default(),
        parts: Vec::new(),
        books: ExportBooks::default(),
        failures: Vec::new(),
        vanished: Vec::new(),
        calls: Calls::default(),
        warehouse: None,
        verdict: None,
    }
}

/// Parts without a manifest are left by no run of ours: the manifest comes first.
fn refuse_strangers(folder: &Path) -> Result<(), Failure> {
    if folder.join(part_name(1)).exists() {
        return Err(Failure::stopped(format!("`{}` holds parts but no manifest", folder.display()))
            .hint("bring its `manifest.json` back, or give another folder with `-o`"));
    }
    Ok(())
}

fn total((earlier, client): (Calls, Calls), now: Calls) -> Calls {
    Calls {
        list: earlier.list + now.list - client.list,
        external_ids: earlier.external_ids + now.external_ids - client.external_ids,
        traits: earlier.traits + now.traits - client.traits,
        retries: earlier.retries + now.retries - client.retries,
    }
}
