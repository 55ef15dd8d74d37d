//! `export/listing.ndjson`: the list of a space as it arrives, page by page, so that a run that continues does not list
//! again and memory does not grow with it.
//!
//! One line a page: `{"pass":0,"listed":100,"ids":["use_…"],"next":"100"}`. `pass` 0 is the first listing, those after
//! it are sweeps; `ids` are those that no page before had; the last line of a pass has an `end`. A line that a crash cut
//! short is cut off by the next run, which asks for that page again. The manifest is written only after this file was
//! made durable, so no position ever points behind its end.
//!
//! A first listing that was broken off goes on where it stopped; the sweep makes good what moved meanwhile. A sweep makes
//! good and has nobody behind it, so it is walked in one go: one that was broken off, or that ended before an earlier run
//! had read everybody whom it was to look behind, is begun anew. Where it had found nobody its lines are cut off, as if it
//! had never been; else they stay, since no id that was ever listed is forgotten, and those of the new walk follow.

mod standing;

use std::{
    collections::{HashSet, VecDeque},
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use self::standing::{End, ListingStanding};
use self::standing::{Line, follow};
use super::{identifiers::Identifiers, seen::Seen};
use crate::{
    failure::Failure,
    manifest::Counts,
    publish::{self, Journal},
    segment::ListPage,
};

/// After this many pages without a single id in a row there is no hope for the list.
const EMPTY_PAGES: u64 = 100;

/// A list that brings everybody so many times has no end.
const ROUNDS: u64 = 5;
/// So many ids more may be repeated before that is said, since profiles move while they are listed.
const SLACK: u64 = 10_000;

/// Identifiers that are taken with one line.
const GIVEN_AT_ONCE: u64 = 1_000;
/// Longest line, in bytes: so many identifiers, each as long as it may be.
const LONGEST_LINE: u64 = 80 << 20;
/// Most passes: each costs as many calls as the list has pages.
const MOST_PASSES: u64 = 1_000_000;
/// What to do about a list that is none of ours.
const ANEW: &str = "move the archive away and export again; nobody but the export writes this file";

/// The list of a space: what is on disk, and what is needed to go on with it.
#[derive(Debug)]
pub struct Listing {
    path: PathBuf,
    journal: Journal,
    seen: Seen,
    cursors: HashSet<String>,
    standing: ListingStanding,
    written: Arc<AtomicU64>,
    /// Ids that were handed on to be read.
    handed: Arc<AtomicU64>,
}

/// Reads the ids of a list in their order while it still grows.
#[derive(Debug)]
pub struct Ids {
    lines: BufReader<File>,
    read: u64,
    written: Arc<AtomicU64>,
    handed: Arc<AtomicU64>,
    page: VecDeque<String>,
    skip: u64,
}

impl Listing {
    /// Path of the list in an archive.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("listing.ndjson")
    }

    /// Opens the list in `folder` at its beginning, or where an earlier run left it that had read what is listed up to
    /// `position`.
    ///
    /// # Errors
    /// A list that cannot be read or written, or that is none.
    pub fn open(folder: &Path, position: u64) -> Result<Self, Failure> {
        let path = Self::path(folder);
        let (mut seen, mut cursors, mut standing) = (Seen::default(), HashSet::new(), ListingStanding::default());
        let mut beginning = 0;
        let mut length = read_lines(&path, u64::MAX, |line, offset| {
            for id in &line.ids {
                seen.insert(id);
            }
            if line.pass != standing.pass {
                beginning = offset;
            }
            standing.note(&line, &mut cursors);
        })?;
        if standing.is_stale_sweep(position) && standing.ids == standing.before {
            standing = ListingStanding::default();
            length = read_lines(&path, beginning, |line, _| standing.note(&line, &mut cursors))?;
        } else if standing.is_stale_sweep(position) {
            standing.begin(standing.pass);
            cursors.clear();
        }
        let journal = Journal::open(&path, length).map_err(super::disk)?;
        let [written, handed] = [length, position].map(|count| Arc::new(AtomicU64::new(count)));
        Ok(Self { path, journal, seen, cursors, standing, written, handed })
    }

    /// Where the list stands.
    #[must_use]
    pub fn standing(&self) -> &ListingStanding {
        &self.standing
    }

    /// Begins the next pass: a sweep.
    pub fn sweep(&mut self) {
        self.standing.before = self.standing.ids;
        self.standing.begin(self.standing.pass + 1);
        self.cursors.clear();
    }

    /// Ids that were handed on to be read, in all runs.
    #[must_use]
    pub fn handed(&self) -> u64 {
        self.handed.load(Ordering::Relaxed)
    }

    /// Ids that were not.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.standing.ids.saturating_sub(self.handed())
    }

    /// Adds a page and gives where the next one begins, unless the pass has ended; at most `most` ids in all are taken.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn add(&mut self, page: ListPage, most: u64) -> io::Result<()> {
        let listed = page.segment_ids.len() as u64;
        let room = usize::try_from(most.saturating_sub(self.standing.ids)).unwrap_or(usize::MAX);
        let seen = &mut self.seen;
        let fresh = page.segment_ids.into_iter().filter(|id| !id.is_empty() && seen.insert(id));
        let ids: Vec<String> = fresh.take(room).collect();
        let full = self.standing.ids + ids.len() as u64 >= most;
        let barren = if listed == 0 { self.standing.empty.1 + 1 } else { 0 };
        let (next, end) = match follow(page.next, page.has_more, self.standing.next.as_deref(), &self.cursors) {
            _ if full => (None, Some(End::Enough)),
            Ok(_) if barren >= EMPTY_PAGES => {
                (None, Some(End::Odd(format!("{EMPTY_PAGES} pages in a row were empty, and there should be more"))))
            }
            Ok(_) if self.standing.listed > ROUNDS.saturating_mul(self.standing.ids).saturating_add(SLACK) => {
                let why = format!("it brought the same profiles {ROUNDS} times, with ever new cursors");
                (None, Some(End::Odd(why)))
            }
            Ok(next) => (Some(next), None),
            Err(end) => (None, Some(end)),
        };
        self.append(&Line { pass: self.standing.pass, listed, ids, next, end, again: false })
    }

    /// Begins the present pass again: the server refuses the cursor at which an earlier run stopped. Ids that were listed
    /// are not taken again.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn begin_again(&mut self) -> io::Result<()> {
        let pass = self.standing.pass;
        self.append(&Line { pass, listed: 0, ids: Vec::new(), next: None, end: None, again: true })
    }

    /// Takes identifiers instead of pages; those that an earlier run took already are not taken again.
    ///
    /// # Errors
    /// A disk that fails, or identifiers that cannot be read.
    pub fn give(&mut self, identifiers: &Identifiers) -> io::Result<()> {
        let mut line = Line { pass: 0, listed: 0, ids: Vec::new(), next: None, end: None, again: false };
        for identifier in identifiers.lines()? {
            let identifier = identifier?;
            line.listed += 1;
            if self.seen.insert(&identifier) {
                line.ids.push(identifier);
            }
            if line.listed == GIVEN_AT_ONCE {
                self.append(&line)?;
                line.ids.clear();
                line.listed = 0;
            }
        }
        line.listed = line.listed.max(1);
        line.end = Some(End::Reached);
        self.append(&line)
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        self.journal.append(&serde_json::to_vec(line)?)?;
        self.standing.note(line, &mut self.cursors);
        self.written.store(self.journal.length(), Ordering::Release);
        Ok(())
    }

    /// Makes everything listed so far durable.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn sync(&self) -> io::Result<()> {
        self.journal.sync()
    }

    /// The ids from a position on, as far as they are listed at the time they are asked for.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn ids(&self, position: u64) -> Result<Ids, Failure> {
        let file = publish::open_own(&self.path).map_err(|error| unreadable(&self.path, error))?;
        let [written, handed] = [&self.written, &self.handed].map(Arc::clone);
        handed.store(position, Ordering::Relaxed);
        Ok(Ids { lines: BufReader::new(file), read: 0, written, handed, page: VecDeque::new(), skip: position })
    }
}

/// Calls `each` with every whole line of the first `most` bytes, and where it begins; gives the bytes that they take. A
/// last line that was cut short is no line.
fn read_lines(path: &Path, most: u64, mut each: impl FnMut(Line, u64)) -> Result<u64, Failure> {
    let file = match publish::open_own(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unreadable(path, error)),
    };
    let (mut lines, mut line, mut length) = (BufReader::new(file), Vec::new(), 0);
    for number in 1.. {
        if length >= most {
            break;
        }
        line.clear();
        let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
        let read = read.map_err(|error| unreadable(path, error))?;
        if read as u64 == LONGEST_LINE {
            return Err(unreadable(path, format!("line {number} is longer than any list of ours")).hint(ANEW));
        }
        if read == 0 || line.last() != Some(&b'\n') {
            break;
        }
        let wrong = |why: String| unreadable(path, format!("line {number}: {why}")).hint(ANEW);
        let line: Line = serde_json::from_reader(Counts::new(&line[..])).map_err(|error| wrong(error.to_string()))?;
        if line.pass > MOST_PASSES {
            return Err(wrong(format!("no list was looked through {} times", line.pass)));
        }
        each(line, length);
        length += read as u64;
    }
    Ok(length)
}

fn unreadable(path: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
    Failure::stopped(format!("cannot read `{}`", path.display())).because(cause)
}

impl Ids {
    /// The next id; `None` while there is none yet, or at the end.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn next_id(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(id) = self.page.pop_front() {
                self.handed.fetch_add(1, Ordering::Relaxed);
                return Ok(Some(id));
            }
            if self.read >= self.written.load(Ordering::Acquire) {
                return Ok(None);
            }
            let mut line = Vec::new();
            self.read += self.lines.read_until(b'\n', &mut line)? as u64;
            let ids = serde_json::from_slice::<Line>(&line)?.ids;
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(ids.len());
            self.skip -= skipped as u64;
            self.page.extend(ids.into_iter().skip(skipped));
        }
    }
}

#[cfg(test)]
mod tests;
