//! Reads profiles, many at a time, and hands them on in the order in which they were listed.
//!
//! Enough profiles are in flight as long as some of their calls wait for their turn: then the limit is full, whatever the
//! latency, the failures and the number of pages. So no more are begun than keep a short line of waiting calls.

use std::{
    collections::VecDeque,
    future::Future,
    io,
    num::NonZeroU32,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, MissedTickBehavior};

use super::{failures, listing::Ids};
use crate::{
    archive::manifest::FailedProfile,
    failure::Failure,
    interrupt::Interrupt,
    segment::{Naming, Segment, SegmentError},
};

/// How often the line of waiting calls is looked at.
const GLANCE: Duration = Duration::from_millis(5);
/// Profiles in flight at most: two calls each, and a process has 1,024 files open unless it asks for more.
const MOST_IN_FLIGHT: usize = 400;
/// Profiles that may be read ahead of one that takes its time, beside what is left of its part.
const AHEAD: std::ops::RangeInclusive<u64> = 100..=2_000;
/// Bytes that may be read ahead.
const AHEAD_BYTES: usize = 64 << 20;
/// Who wants to stop does not wait longer than this for what is in flight.
const DRAIN: Duration = Duration::from_secs(5);

/// What came of reading one profile.
#[derive(Debug)]
pub enum Fetched {
    /// The line of the archive.
    Line(Vec<u8>),
    /// The server knows no profile by this identifier.
    Vanished(String),
    /// It could not be read.
    Failed(FailedProfile),
}

/// Takes what was read, in order.
pub trait Keep {
    /// Takes the next one.
    ///
    /// # Errors
    /// Anything that must end the reading.
    fn keep(&mut self, fetched: Fetched) -> Result<(), Failure>;

    /// How many were taken that a crash would cost.
    fn held(&self) -> u64;

    /// Is told that nothing is under way, and that more may come.
    ///
    /// # Errors
    /// A disk that fails.
    fn rest(&mut self) -> Result<(), Failure>;

    /// Makes safe what was taken: the user wants to stop.
    ///
    /// # Errors
    /// A disk that fails.
    fn secure(&mut self) -> Result<(), Failure>;
}

/// Why reading stops before its end: the user wants it, or something else failed.
#[derive(Debug)]
pub struct Stop<'a> {
    interrupt: &'a Interrupt,
    failed: AtomicBool,
}

impl<'a> Stop<'a> {
    /// Stops when the user asks for it.
    #[must_use]
    pub fn new(interrupt: &'a Interrupt) -> Self {
        Self { interrupt, failed: AtomicBool::new(false) }
    }

    /// Lets whoever else is at work stop.
    pub fn fail(&self) {
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Whether reading is to stop now.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.interrupt.asked()
    }

    /// What `work` comes to, or `None` when the user does not want to wait for it.
    pub async fn unless<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! { done = work => Some(done), () = self.interrupt.wait() => None }
    }
}

/// Where the ids come from.
#[derive(Debug)]
pub enum DetailsSource {
    /// A list that may still grow; it is at its end when that is set.
    Listed(Ids),
    /// Ids that are known already, such as those that failed before.
    Given(VecDeque<String>),
}

impl DetailsSource {
    fn next(&mut self) -> io::Result<Option<String>> {
        match self {
            Self::Listed(ids) => ids.next_id(),
            Self::Given(ids) => Ok(ids.pop_front()),
        }
    }
}

/// What does not change while profiles are read.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The API that is asked.
    pub segment: &'a Segment,
    /// Fetch traits only for profiles with one of these external id types.
    pub identified_only: &'a [String],
    /// What the ids are.
    pub naming: Naming,
    /// Calls that may be made in a second.
    pub rate: NonZeroU32,
    /// Profiles in a part.
    pub part_size: u64,
    /// What ends the reading early.
    pub stop: &'a Stop<'a>,
}

/// Profiles between their first call and their place in the order.
#[derive(Debug, Default)]
struct Window {
    /// The number of the first.
    first: u64,
    read: VecDeque<Option<Fetched>>,
    bytes: usize,
}

impl Window {
    fn begin(&mut self) -> u64 {
        self.read.push_back(None);
        self.first + self.read.len() as u64 - 1
    }

    fn put(&mut self, number: u64, fetched: Fetched) {
        self.bytes += size(&fetched);
        let place = usize::try_from(number - self.first).ok().and_then(|place| self.read.get_mut(place));
        if let Some(place) = place {
            *place = Some(fetched);
        }
    }

    fn take(&mut self) -> Option<Fetched> {
        let fetched = self.read.front_mut()?.take()?;
        self.read.pop_front();
        self.first += 1;
        self.bytes -= size(&fetched);
        Some(fetched)
    }
}

fn size(fetched: &Fetched) -> usize {
    if let Fetched::Line(line) = fetched { line.len() } else { 0 }
}

impl Reader<'_> {
    /// Reads every profile that `source` names until it is empty and `ended` says that it stays so.
    ///
    /// # Errors
    /// Those of `keep`, credentials that are refused, or a list that cannot be read.
    pub async fn read(
        &self,
        mut source: DetailsSource,
        ended: impl Fn() -> bool,
        keep: &mut impl Keep,
        mut glance: impl FnMut(),
    ) -> Result<(), Failure> {
        let (mut window, mut flight) = (Window::default(), FuturesUnordered::new());
        let mut clock = tokio::time::interval(GLANCE);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut drained = None;
        loop {
            while let Some(fetched) = window.take() {
                keep.keep(fetched)?;
            }
            let stopping = self.stop.asked();
            // Asked before the source, so that what was listed last is not overlooked.
            let over = stopping || ended();
            let mut begun = 0;
            let mut empty = false;
            while !stopping && !empty && self.room(flight.len(), begun, &window, keep.held()) {
                match source.next().map_err(super::disk)? {
                    Some(id) => {
                        let number = window.begin();
                        flight.push(async move { (number, self.fetch(&id).await) });
                        begun += 1;
                    }
                    None => empty = true,
                }
            }
            if flight.is_empty() && (stopping || (empty && over)) {
                return Ok(());
            }
            if flight.is_empty() && empty {
                keep.rest()?;
            }
            if stopping && drained.is_none() {
                keep.secure()?;
                drained = Some(Instant::now() + DRAIN);
            }
            if drained.is_some_and(|drained| Instant::now() > drained) {
                return Ok(());
            }
            tokio::select! {
                Some((number, fetched)) = flight.next() => window.put(number, fetched?),
                _ = clock.tick() => glance(),
            }
        }
    }

    /// Whether another profile may be begun.
    fn room(&self, in_flight: usize, begun: usize, window: &Window, held: u64) -> bool {
        let line = usize::try_from(self.rate.get() / 20).unwrap_or(usize::MAX).max(8);
        let ahead = u64::from(self.rate.get()).clamp(*AHEAD.start(), *AHEAD.end());
        in_flight < MOST_IN_FLIGHT
            && self.segment.waiting() + begun < line
            && window.read.len() as u64 + held < self.part_size.saturating_add(ahead)
            && window.bytes < AHEAD_BYTES
    }

    async fn fetch(&self, id: &str) -> Result<Fetched, Failure> {
        match self.segment.profile(id, self.naming, self.identified_only).await {
            Ok(line) => Ok(Fetched::Line(line)),
            Err(SegmentError::Vanished) => Ok(Fetched::Vanished(id.to_owned())),
            Err(error) if error.ends_all() => Err(super::stopped(&error)),
            Err(error) => Ok(Fetched::Failed(failures::note(id, &error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_comes_out_in_the_order_of_its_beginning() {
        let mut window = Window::default();
        let numbers: Vec<u64> = (0..3).map(|_| window.begin()).collect();
        window.put(numbers[1], Fetched::Line(b"b".to_vec()));
        assert!(window.take().is_none(), "the first is not there yet");
        window.put(numbers[0], Fetched::Vanished("c".into()));
        assert!(matches!(window.take(), Some(Fetched::Vanished(id)) if id == "c"));
        assert!(matches!(window.take(), Some(Fetched::Line(line)) if line == b"b"));
        assert_eq!((window.bytes, window.begin()), (0, 3));
        assert!(window.take().is_none());
    }
}
