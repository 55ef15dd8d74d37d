//! Walks the list, pass after pass, and times the sweeps.
//!
//! A sweep is to look as late as it can, and to cost no time: it begins as soon as what is left to read takes no longer than
//! the sweep itself. What is left is counted as if the limit could be kept full, so that a sweep begins rather too early
//! than too late: late costs time, and early only moves the moment for which it speaks.

use std::{
    num::NonZeroU32,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::{
    Export, cursor_refused, disk, list_stopped,
    listing::{End, Listing, ListingStanding},
    lock,
};
use crate::failure::Failure;

/// How often a sweep that waits looks whether its time has come.
const LOOK: Duration = Duration::from_millis(20);
/// What a page is thought to take before one has come.
const PAGE: Duration = Duration::from_millis(200);

/// What the pages of a run took, which tells what those of a sweep will take.
#[derive(Debug, Default)]
struct Pages {
    count: u32,
    took: Duration,
}

/// How far a run has come with the details.
#[derive(Debug, Clone, Copy)]
struct Details {
    /// Profiles that it has begun to read.
    begun: u64,
    /// Calls that it has made for them.
    calls: u64,
    /// Profiles that nobody has begun to read yet.
    left: u64,
}

impl Pages {
    /// What a pass of so many pages takes, and a quarter more, since the next one may be slower.
    fn pass(&self, pages: u64) -> Duration {
        let page = self.took.checked_div(self.count).unwrap_or(PAGE);
        page.saturating_mul(u32::try_from(pages).unwrap_or(u32::MAX)).saturating_mul(5) / 4
    }
}

impl Details {
    /// What the rest takes at least, by the calls that a profile took so far.
    fn rest(self, rate: NonZeroU32) -> Duration {
        let calls = self.left.saturating_mul(self.calls.max(1)) / self.begun.max(1);
        Duration::from_secs(calls) / rate.get()
    }
}

impl Export<'_> {
    /// Walks the list to its end, and again as often as a sweep is due.
    pub(super) async fn list(&self, listing: &Mutex<Listing>) -> Result<(), Failure> {
        let (mut pages, handed) = (Pages::default(), lock(listing).handed());
        let calls = || {
            let calls = self.segment.calls();
            calls.external_ids + calls.traits
        };
        let before = calls();
        loop {
            self.walk(listing, &mut pages).await?;
            loop {
                let (standing, left, begun) = {
                    let listing = lock(listing);
                    (listing.standing().clone(), listing.left(), listing.handed() - handed)
                };
                if self.stop.asked() || !self.wants_sweep(&standing) {
                    return Ok(());
                }
                let details = Details { begun, calls: calls() - before, left };
                if details.rest(self.options.rate) <= pages.pass(standing.pages) {
                    break;
                }
                self.stop.unless(tokio::time::sleep(LOOK)).await;
            }
            lock(listing).sweep();
        }
    }

    /// Walks the list to the end of its present pass.
    async fn walk(&self, listing: &Mutex<Listing>, pages: &mut Pages) -> Result<(), Failure> {
        let most = self.options.fixed.max_profiles.unwrap_or(u64::MAX);
        // A cursor of this run may be refused for other reasons.
        let mut from_earlier_run = lock(listing).standing().next.is_some();
        while !self.stop.asked() {
            let standing = lock(listing).standing().clone();
            self.phase.total(standing.ids);
            if standing.end.is_some() {
                self.phase.note("");
                return Ok(());
            }
            if let Some(identifiers) = &self.options.identifiers {
                lock(listing).give(identifiers).map_err(disk)?;
                continue;
            }
            self.phase.note(standing.in_words());
            let typed = self.options.fixed.from_cursor.clone().filter(|_| standing.next.is_none());
            let is_typed = typed.is_some();
            let cursor = standing.next.or(typed);
            let asked = Instant::now();
            let Some(page) = self.stop.unless(self.segment.list(cursor.as_deref())).await else { break };
            match page {
                Err(error) if from_earlier_run && error.is_refused_cursor() => {
                    tracing::info!("the server refuses the cursor of the earlier run, so the list is read again");
                    lock(listing).begin_again().map_err(disk)?;
                }
                Err(error) if is_typed && error.is_refused_cursor() => return Err(cursor_refused(&error)),
                Err(error) => return Err(list_stopped(&error)),
                Ok(page) => lock(listing).add(page, most).map_err(disk)?,
            }
            pages.count += 1;
            pages.took += asked.elapsed();
            from_earlier_run = false;
        }
        Ok(())
    }

    /// Whether another pass is due: some are left, and the last one still found something.
    fn wants_sweep(&self, standing: &ListingStanding) -> bool {
        let found_nothing = standing.pass > 0 && standing.found.get(1..).and_then(<[u64]>::last) == Some(&0);
        let whole = standing.end != Some(End::Enough) && self.options.fixed.ids_from_sha256.is_none();
        standing.end.is_some() && whole && !found_nothing && standing.pass < self.options.sweeps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_due_when_the_rest_takes_no_longer() {
        let rate = NonZeroU32::new(1_000).unwrap();
        let details = |begun, calls, left| Details { begun, calls, left };
        assert_eq!(details(10_000, 20_000, 9_200).rest(rate), Duration::from_millis(18_400));
        assert_eq!(details(10_000, 10_000, 9_200).rest(rate), Duration::from_millis(9_200), "traits of nobody");
        assert_eq!(details(0, 0, 0).rest(rate), Duration::ZERO);
        assert_eq!(Pages { count: 100, took: Duration::from_secs(7) }.pass(200), Duration::from_millis(17_500));
        assert_eq!(Pages::default().pass(4), Duration::from_secs(1), "before the first page");
    }
}
