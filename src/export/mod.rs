//! List, details and sweeps of a space, written as an archive that any later run can continue.
//!
//! The list is taken first, in minutes, because it shifts while profiles are active (API_FACTS.md A2); then every profile
//! on it is read, many at a time, and written in list order. Whatever the moment of a crash, the manifest says how far
//! the list was worked off: its position is the sum of the profiles exported, vanished and failed.

pub mod failures;
pub mod listing;

use std::{io::Write, num::NonZeroU32, path::Path};

use chrono::Utc;
use futures_util::{StreamExt, stream};

use self::listing::Listing;
use crate::{
    archive::{
        manifest::{Books, Calls, FORMAT, FailedProfile, Kind, Manifest, Options as FixedOptions, Verdict},
        writer::{GzipLines, PartWriter, part_name},
    },
    failure::Failure,
    interrupt::Interrupt,
    profile::Profile,
    publish,
    segment::{Segment, SegmentError},
    terminal::Phase,
};

/// What may differ from run to run over one archive.
#[derive(Debug, Clone)]
pub struct Options {
    /// What may not.
    pub fixed: FixedOptions,
    /// Calls a second, all together.
    pub rate: NonZeroU32,
    /// How often to list again at most.
    pub sweeps: u64,
    /// More profiles than this that cannot be read end the run.
    pub max_failures: u64,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// The manifest as it is on disk.
    pub manifest: Manifest,
    /// The user asked to stop; the archive can be continued.
    pub interrupted: bool,
    /// There was nothing left to do.
    pub nothing_left: bool,
}

/// An archive on its way.
struct Run<'a> {
    segment: &'a Segment,
    options: &'a Options,
    folder: &'a Path,
    interrupt: &'a Interrupt,
    phase: &'a Phase,
    manifest: Manifest,
    calls_before: Calls,
    part: Option<PartWriter>,
    held: u64,
    retrying: bool,
}

/// What came of reading one profile.
enum Fetched {
    Profile(Box<Profile>),
    Vanished,
    Failed(FailedProfile),
}

/// Exports a space into the archive in `folder`, from its beginning or from where an earlier run stopped.
///
/// # Errors
/// Other options than the archive's, credentials that are refused, too many profiles that fail, or a disk that does.
pub async fn run(
    segment: &Segment,
    options: &Options,
    folder: &Path,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<Report, Failure> {
    publish::folder(folder).map_err(disk)?;
    publish::sweep_temporary(folder).map_err(disk)?;
    let manifest = open_manifest(options, folder)?;
    let nothing_left = manifest.verdict.is_some() && manifest.books.failed == 0;
    let calls_before = manifest.calls;
    let mut run = Run {
        segment,
        options,
        folder,
        interrupt,
        phase,
        manifest,
        calls_before,
        part: None,
        held: 0,
        retrying: false,
    };
    if !nothing_left {
        run.work().await?;
    }
    Ok(Report {
        interrupted: interrupt.asked() && run.manifest.verdict.is_none(),
        manifest: run.manifest,
        nothing_left,
    })
}

/// Writes every profile of a space to `output` as gzipped lines, or plain ones; nothing is kept to continue from.
///
/// # Errors
/// As for [`run`]; the first profile that fails ends it, since a pipe cannot be continued.
pub async fn pipe(
    segment: &Segment,
    options: &Options,
    output: impl Write,
    plain: bool,
    phase: &Phase,
) -> Result<Books, Failure> {
    let mut listing = Listing::default();
    list(segment, options, &mut listing, phase).await?;
    phase.total(listing.len());
    let mut books = Books { listed: listing.len(), ..Books::default() };
    let mut sink = if plain { Sink::Plain(output) } else { Sink::Gzip(Box::new(GzipLines::new(output))) };
    let mut fetched = stream::iter(listing.from_position(0))
        .map(|id| fetch(segment, id, &options.fixed.identified_only))
        .buffered(in_flight(options.rate));
    while let Some(fetched) = fetched.next().await {
        match fetched? {
            Fetched::Profile(profile) => {
                sink.write_line(&line(&profile)?).map_err(disk)?;
                books.exported += 1;
            }
            Fetched::Vanished => books.vanished += 1,
            Fetched::Failed(failed) => {
                return Err(Failure::stopped(format!(
                    "profile `{}` could not be read: {}",
                    failed.segment_id, failed.message
                ))
                .hint("a pipe cannot be continued; export into a folder, which can"));
            }
        }
        phase.add(1);
    }
    sink.finish().map_err(disk)?;
    Ok(books)
}

enum Sink<W: Write> {
    Plain(W),
    Gzip(Box<GzipLines<W>>),
}

impl<W: Write> Sink<W> {
    fn write_line(&mut self, line: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Plain(output) => output.write_all(line).and_then(|()| output.write_all(b"\n")),
            Self::Gzip(lines) => lines.write_line(line),
        }
    }

    fn finish(self) -> std::io::Result<()> {
        match self {
            Self::Plain(mut output) => output.flush(),
            Self::Gzip(lines) => lines.finish()?.flush(),
        }
    }
}

impl Run<'_> {
    async fn work(&mut self) -> Result<(), Failure> {
        let mut listing = self.first_listing().await?;
        self.retry_failed().await?;
        self.phase.already(self.manifest.books.exported + self.manifest.books.vanished + self.manifest.books.failed);
        self.details(&listing).await?;
        while self.sweeping() {
            let found = list(self.segment, self.options, &mut listing, self.phase).await?;
            self.manifest.books.listed = listing.len();
            listing.publish(self.folder).map_err(disk)?;
            self.manifest.listing.sweeps += 1;
            self.manifest.listing.found_by_sweep.push(found);
            self.commit()?;
            self.details(&listing).await?;
        }
        if !self.interrupt.asked() {
            self.manifest.verdict = Some(self.verdict());
            self.commit()?;
        }
        Ok(())
    }

    async fn first_listing(&mut self) -> Result<Listing, Failure> {
        if let Some(listing) = Listing::read(self.folder)? {
            self.manifest.books.listed = listing.len();
            return Ok(listing);
        }
        let mut listing = Listing::default();
        list(self.segment, self.options, &mut listing, self.phase).await?;
        listing.publish(self.folder).map_err(disk)?;
        self.manifest.books.listed = listing.len();
        self.manifest.listing.complete = true;
        self.commit()?;
        Ok(listing)
    }

    /// Whether another look at the list is due: some are left, and the last one still found something.
    fn sweeping(&self) -> bool {
        let found_nothing = self.manifest.listing.found_by_sweep.last() == Some(&0);
        let trial = self.options.fixed.max_profiles.is_some();
        !self.interrupt.asked() && !trial && !found_nothing && self.manifest.listing.sweeps < self.options.sweeps
    }

    /// Reads what earlier runs could not; whatever comes of each one, it leaves the front of the failures then.
    async fn retry_failed(&mut self) -> Result<(), Failure> {
        let ids: Vec<String> = self.manifest.failures.iter().map(|failed| failed.segment_id.clone()).collect();
        self.retrying = true;
        let retried = self.fetch_all(&ids).await;
        self.retrying = false;
        retried
    }

    async fn details(&mut self, listing: &Listing) -> Result<(), Failure> {
        let books = &self.manifest.books;
        let position = books.exported + books.vanished + books.failed;
        self.phase.total(listing.len());
        self.fetch_all(listing.from_position(position)).await
    }

    async fn fetch_all(&mut self, ids: &[String]) -> Result<(), Failure> {
        let (segment, interrupt) = (self.segment, self.interrupt.clone());
        let identified_only = self.options.fixed.identified_only.clone();
        let mut fetched = stream::iter(ids)
            .take_while(|_| std::future::ready(!interrupt.asked()))
            .map(|id| fetch(segment, id, &identified_only))
            .buffered(in_flight(self.options.rate));
        while let Some(fetched) = fetched.next().await {
            let kept = match fetched {
                Ok(fetched) => self.keep(fetched),
                Err(failure) => Err(failure),
            };
            if let Err(failure) = kept {
                self.commit_part()?;
                return Err(failure.kept(self.kept()));
            }
            self.phase.add(1);
        }
        self.commit_part()
    }

    fn keep(&mut self, fetched: Fetched) -> Result<(), Failure> {
        if self.retrying {
            self.manifest.failures.remove(0);
        }
        match fetched {
            Fetched::Profile(profile) => self.write(&profile)?,
            Fetched::Vanished => self.manifest.books.vanished += 1,
            Fetched::Failed(failed) => self.manifest.failures.push(failed),
        }
        if self.manifest.failures.len() as u64 > self.options.max_failures {
            return Err(Failure::stopped(format!(
                "more than {} profiles could not be read; the last words were: {}",
                self.options.max_failures,
                self.manifest.failures.last().map_or("", |failed| &failed.message)
            ))
            .hint("run the same command again to continue; `--max-failures` allows for more"));
        }
        Ok(())
    }

    fn write(&mut self, profile: &Profile) -> Result<(), Failure> {
        if self.part.is_none() {
            self.part = Some(PartWriter::create(self.folder, self.manifest.parts.len() + 1).map_err(disk)?);
        }
        if let Some(part) = &mut self.part {
            part.write_line(&line(profile)?).map_err(disk)?;
        }
        self.held += 1;
        if self.held == self.options.fixed.part_size { self.commit_part() } else { Ok(()) }
    }

    /// Makes everything so far durable: the part first, then the manifest that lists it.
    fn commit_part(&mut self) -> Result<(), Failure> {
        if let Some(part) = self.part.take() {
            self.manifest.parts.push(part.commit().map_err(disk)?);
            self.manifest.books.exported += std::mem::take(&mut self.held);
        }
        self.commit()
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.manifest.books.failed = self.manifest.failures.len() as u64;
        self.manifest.calls = sum(self.calls_before, self.segment.calls());
        self.manifest.updated_at = Utc::now();
        self.manifest.publish(self.folder).map_err(disk)?;
        failures::publish(self.folder, &self.manifest.failures).map_err(disk)
    }

    fn verdict(&self) -> Verdict {
        let mut reasons = Vec::new();
        let listing = &self.manifest.listing;
        match self.manifest.books.failed {
            0 => {}
            failed => reasons.push(format!("{failed} profiles could not be read; see `failures.csv`")),
        }
        if self.options.fixed.max_profiles.is_some() {
            reasons.push("the export was a trial, limited by `--max-profiles`".into());
        }
        match listing.found_by_sweep.last() {
            None => reasons.push("no sweep looked for profiles that the first listing missed".into()),
            Some(0) => {}
            Some(found) => reasons.push(format!("the last sweep still found {found} new profiles")),
        }
        if reasons.is_empty() { Verdict::Complete } else { Verdict::Incomplete(reasons) }
    }

    fn kept(&self) -> String {
        let Books { exported, listed, .. } = self.manifest.books;
        format!("{exported} of {listed} profiles in `{}`", self.folder.display())
    }
}

fn open_manifest(options: &Options, folder: &Path) -> Result<Manifest, Failure> {
    let now = Utc::now();
    let Some(mut manifest) = Manifest::read(folder)? else {
        return refuse_strangers(folder).map(|()| Manifest {
            kind: Kind::Archive,
            format: FORMAT,
            tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
            options: options.fixed.clone(),
            started_at: now,
            updated_at: now,
            listing: crate::archive::manifest::Listing::default(),
            parts: Vec::new(),
            books: Books::default(),
            failures: Vec::new(),
            calls: Calls::default(),
            verdict: None,
        });
    };
    let differences = manifest.differences(&options.fixed);
    if !differences.is_empty() {
        let shown = differences.join("; ");
        return Err(Failure::stopped(format!("`{}` holds another export: {shown}", folder.display()))
            .hint("give the options of that export to continue it, or another folder with `-o`"));
    }
    if manifest.books.failed > 0 {
        manifest.verdict = None;
    }
    Ok(manifest)
}

/// Parts without a manifest are left by a run that died before its first commit, and may be written over; a first part
/// under a manifest of another kind is refused where that is read.
fn refuse_strangers(folder: &Path) -> Result<(), Failure> {
    let second = folder.join(part_name(2));
    if second.exists() {
        return Err(Failure::stopped(format!("`{}` holds parts but no manifest", folder.display()))
            .hint("bring its `manifest.json` back, or give another folder with `-o`"));
    }
    Ok(())
}

/// Walks the list to its end and adds what is new; cursors that were there before end it (API_FACTS.md A2).
async fn list(segment: &Segment, options: &Options, listing: &mut Listing, phase: &Phase) -> Result<u64, Failure> {
    let mut cursor = options.fixed.from_cursor.clone();
    let mut visited = std::collections::HashSet::new();
    let mut found = 0;
    loop {
        let page = segment.list(cursor.as_deref()).await.map_err(|error| stopped(&error))?;
        let wanted = options.fixed.max_profiles.map_or(u64::MAX, |most| most.saturating_sub(listing.len()));
        found += listing.add(page.segment_ids.into_iter().take(usize::try_from(wanted).unwrap_or(usize::MAX)));
        phase.note(format!("{} listed", listing.len()));
        let full = options.fixed.max_profiles.is_some_and(|most| listing.len() >= most);
        match page.next {
            Some(next) if !full && visited.insert(next.clone()) => cursor = Some(next),
            _ => return Ok(found),
        }
    }
}

async fn fetch(segment: &Segment, id: &str, identified_only: &[String]) -> Result<Fetched, Failure> {
    match segment.profile(id, identified_only).await {
        Ok(profile) => Ok(Fetched::Profile(Box::new(profile))),
        Err(SegmentError::Vanished) => Ok(Fetched::Vanished),
        Err(error @ SegmentError::Refused(_)) => Err(stopped(&error)),
        Err(error) => Ok(Fetched::Failed(failures::note(id, &error))),
    }
}

/// Enough calls in flight to keep the limit full at 600 ms a profile (API_FACTS.md A1: p95 under 200 ms a call).
fn in_flight(rate: NonZeroU32) -> usize {
    usize::try_from(rate.get() * 3 / 5).unwrap_or(usize::MAX).clamp(16, 2000)
}

fn line(profile: &Profile) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(profile).map_err(|error| Failure::stopped("a profile cannot be written as JSON").because(error))
}

fn stopped(error: &SegmentError) -> Failure {
    let failure = Failure::stopped(error.to_string());
    match error {
        SegmentError::Refused(_) => failure.hint(
            "check `SEGMENT_ACCESS_TOKEN` and `SEGMENT_SPACE_ID` (Segment: Unify settings, API access) and `--region`",
        ),
        _ => failure.hint("run the same command again to continue"),
    }
}

fn disk(error: std::io::Error) -> Failure {
    Failure::stopped("the archive cannot be written")
        .because(error)
        .kept("every part that the manifest lists")
        .hint("make room or check the folder's permissions, then run the same command again")
}

fn sum(before: Calls, now: Calls) -> Calls {
    Calls {
        list: before.list + now.list,
        external_ids: before.external_ids + now.external_ids,
        traits: before.traits + now.traits,
        retries: before.retries + now.retries,
    }
}
