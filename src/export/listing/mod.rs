//! `export/listing.ndjson`: the list of a space as it arrives, page by page, so that a run that continues does not list
//! again and memory does not grow with it.
//!
//! One line a page: `{"pass":0,"listed":100,"ids":["use_…"],"next":"100"}`. `pass` 0 is the first listing, those after
//! it are sweeps; `ids` are those that no page before had; the last line of a pass has an `end`. A line that a crash cut
//! short is cut off by the next run, which asks for that page again. The manifest is written only after this file was
//! made durable, so no position ever points behind its end.

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

use serde::{Deserialize, Serialize};

use super::{identifiers::Identifiers, seen::Seen};
use crate::{
    archive::manifest,
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
}

/// Where the list stands, from its lines alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListingStanding {
    /// Distinct ids so far.
    pub ids: u64,
    /// The present pass; 0 is the first listing.
    pub pass: u64,
    /// How the present pass ended, if it has.
    pub end: Option<End>,
    /// Where the next page begins; none at the start.
    pub next: Option<String>,
    /// New ids by pass.
    pub found: Vec<u64>,
    /// Pages without ids, by pass and in a row.
    empty: (u64, u64),
    /// Ids that the present pass brought, those that were seen before included.
    listed: u64,
    /// What was odd, in the order in which it was seen.
    pub oddities: Vec<String>,
}

/// How a pass ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "how", content = "why", rename_all = "snake_case")]
pub enum End {
    /// The list said so.
    Reached,
    /// As many as `--max-profiles` allows.
    Enough,
    /// The list went wrong: what is missing nobody knows.
    Odd(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    pass: u64,
    /// Ids on the page, those that were seen before included.
    listed: u64,
    ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<End>,
    /// The pass begins again from its start: the server refused the cursor.
    #[serde(default, skip_serializing_if = "is_false")]
    again: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Reads the ids of a list in their order while it still grows.
#[derive(Debug)]
pub struct Ids {
    lines: BufReader<File>,
    read: u64,
    written: Arc<AtomicU64>,
    page: VecDeque<String>,
    skip: u64,
}

impl Listing {
    /// Path of the list in an archive.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("listing.ndjson")
    }

    /// Opens the list in `folder`, where an earlier run left it or at its beginning.
    ///
    /// # Errors
    /// A list that cannot be read or written, or that is none.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let path = Self::path(folder);
        let (mut seen, mut cursors, mut standing) = (Seen::default(), HashSet::new(), ListingStanding::default());
        let length = read_lines(&path, |line| {
            for id in &line.ids {
                seen.insert(id);
            }
            standing.note(&line, &mut cursors);
        })?;
        let journal = Journal::open(&path, length).map_err(super::disk)?;
        Ok(Self { path, journal, seen, cursors, standing, written: Arc::new(AtomicU64::new(length)) })
    }

    /// Where the list stands.
    #[must_use]
    pub fn standing(&self) -> &ListingStanding {
        &self.standing
    }

    /// Begins the next pass: a sweep.
    pub fn sweep(&mut self) {
        self.standing.pass += 1;
        self.standing.end = None;
        self.standing.next = None;
        self.standing.empty = (0, 0);
        self.standing.listed = 0;
        self.cursors.clear();
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
        let written = Arc::clone(&self.written);
        Ok(Ids { lines: BufReader::new(file), read: 0, written, page: VecDeque::new(), skip: position })
    }
}

impl ListingStanding {
    fn note(&mut self, line: &Line, cursors: &mut HashSet<String>) {
        if line.pass != self.pass || line.again {
            self.empty = (0, 0);
            self.listed = 0;
            cursors.clear();
        }
        if line.again {
            self.pass = line.pass;
            self.next = None;
            self.oddities.push(format!("{}: its cursor was refused, so it began again", self.name()));
            return;
        }
        self.listed = self.listed.saturating_add(line.listed);
        self.pass = line.pass;
        self.next.clone_from(&line.next);
        self.end.clone_from(&line.end);
        cursors.extend(line.next.clone());
        self.ids += line.ids.len() as u64;
        let pass = usize::try_from(line.pass).unwrap_or(usize::MAX - 1);
        if self.found.len() <= pass {
            self.found.resize(pass + 1, 0);
        }
        self.found[pass] += line.ids.len() as u64;
        self.empty = if line.listed == 0 { (self.empty.0 + 1, self.empty.1 + 1) } else { (self.empty.0, 0) };
        match &line.end {
            Some(End::Odd(why)) => self.oddities.push(format!("{}: {why}", self.name())),
            // The last page of a list may be empty; one before it should not be.
            None if self.empty == (1, 1) => self.oddities.push(format!("{}: a page was empty", self.name())),
            _ => {}
        }
    }

    fn name(&self) -> String {
        match self.pass {
            0 => "first listing".into(),
            pass => format!("sweep {pass}"),
        }
    }

    /// What the manifest says of it.
    #[must_use]
    pub fn summary(&self) -> manifest::Listing {
        let finished = self.found.len() - usize::from(self.end.is_none() && !self.found.is_empty());
        manifest::Listing {
            sweeps: self.pass,
            found_by_sweep: self.found.get(1..finished).unwrap_or_default().to_vec(),
            complete: self.end.is_some(),
            oddities: self.oddities.clone(),
        }
    }
}

/// Where the next page begins, or how the pass ends (docs/api-facts.md A2): cursors are opaque, and one that was there
/// before would go round for ever.
fn follow(
    next: Option<String>,
    has_more: Option<bool>,
    present: Option<&str>,
    cursors: &HashSet<String>,
) -> Result<String, End> {
    match next {
        _ if has_more == Some(false) => Err(End::Reached),
        None if has_more == Some(true) => Err(End::Odd("a page said that there is more, but not where".into())),
        None => Err(End::Reached),
        Some(next) if present == Some(next.as_str()) || cursors.contains(&next) => {
            Err(End::Odd(format!("the cursor `{next}` came again, so the list was not read to its end")))
        }
        Some(next) => Ok(next),
    }
}

/// Calls `each` with every whole line and gives the bytes that they take; a last line that was cut short is no line.
fn read_lines(path: &Path, mut each: impl FnMut(Line)) -> Result<u64, Failure> {
    let file = match publish::open_own(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(unreadable(path, error)),
    };
    let (mut lines, mut line, mut length) = (BufReader::new(file), Vec::new(), 0);
    for number in 1.. {
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
        each(line);
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
