//! Where a list stands, from its lines alone.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::archive::manifest;

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
    /// Pages of the present pass.
    pub pages: u64,
    /// Ids that were listed when the present pass began.
    pub before: u64,
    /// How many ids were listed whenever a pass ended.
    ends: Vec<u64>,
    /// Pages without ids, by pass and in a row.
    pub(super) empty: (u64, u64),
    /// Ids that the present pass brought, those that were seen before included.
    pub(super) listed: u64,
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
pub(super) struct Line {
    pub(super) pass: u64,
    /// Ids on the page, those that were seen before included.
    pub(super) listed: u64,
    pub(super) ids: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) end: Option<End>,
    /// The pass begins again from its start: the server refused the cursor.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) again: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl ListingStanding {
    /// Takes a line into account.
    pub(super) fn note(&mut self, line: &Line, cursors: &mut HashSet<String>) {
        if line.pass != self.pass {
            self.before = self.ids;
        }
        if line.pass != self.pass || line.again {
            self.begin(line.pass);
            cursors.clear();
        }
        if line.again {
            self.oddities.push(format!("{}: its cursor was refused, so it began again", self.name()));
            return;
        }
        self.listed = self.listed.saturating_add(line.listed);
        self.pages += 1;
        self.next.clone_from(&line.next);
        self.end.clone_from(&line.end);
        cursors.extend(line.next.clone());
        self.ids += line.ids.len() as u64;
        let pass = usize::try_from(line.pass).unwrap_or(usize::MAX - 1);
        if self.found.len() <= pass {
            self.found.resize(pass + 1, 0);
        }
        self.found[pass] += line.ids.len() as u64;
        if line.end.is_some() {
            self.ends.push(self.ids);
        }
        self.empty = if line.listed == 0 { (self.empty.0 + 1, self.empty.1 + 1) } else { (self.empty.0, 0) };
        match &line.end {
            Some(End::Odd(why)) => self.oddities.push(format!("{}: {why}", self.name())),
            // The last page of a list may be empty; one before it should not be.
            None if self.empty == (1, 1) => self.oddities.push(format!("{}: a page was empty", self.name())),
            _ => {}
        }
    }

    /// Begins a pass at its first page.
    pub(super) fn begin(&mut self, pass: u64) {
        self.pass = pass;
        self.end = None;
        self.next = None;
        self.pages = 0;
        self.empty = (0, 0);
        self.listed = 0;
    }

    /// Whether the present pass is a sweep that proves nothing any more to a run that begins at `position`: it was broken
    /// off, or somebody who was listed before it is still to be read.
    pub(super) fn is_stale_sweep(&self, position: u64) -> bool {
        self.pass > 0 && (self.end.is_none() || position < self.before)
    }

    /// Whether a pass ended with the `position`th id.
    #[must_use]
    pub fn is_end_of_pass(&self, position: u64) -> bool {
        self.ends.binary_search(&position).is_ok()
    }

    /// What the present pass has come to, for a person who waits.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self.pass {
            0 => format!("listing: {} so far", self.ids),
            pass => format!("sweep {pass}: {} looked at, {} new", self.listed, self.ids - self.before),
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
        let finished = usize::try_from(self.pass).unwrap_or(usize::MAX).saturating_add(usize::from(self.end.is_some()));
        manifest::Listing {
            sweeps: self.pass,
            found_by_sweep: self.found.get(1..finished.min(self.found.len())).unwrap_or_default().to_vec(),
            complete: self.end.is_some(),
            oddities: self.oddities.clone(),
        }
    }
}

/// Where the next page begins, or how the pass ends (docs/api-facts.md A2): cursors are opaque, and one that was there
/// before would go round for ever.
pub(super) fn follow(
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
