//! What a run does: which step for which batch, decided once. `--dry-run` sums it up, and a run takes it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    path::PathBuf,
    time::Duration,
};

use super::{
    repack::{Packer, Picker},
    selection::{Selection, Step, step},
};
use crate::{
    batches::{
        manifest::Batch,
        packing::Limits,
        reader::{self, BatchSource, Body, Lines},
    },
    failure::Failure,
    receipts::Receipts,
    voucherify::{LimitStanding, OwnLimits, reserved},
};

/// The steps of a run, in the order of its batches.
#[derive(Debug)]
pub struct Plan {
    entries: VecDeque<Entry>,
    selection: Selection,
    limits: Limits,
    lines: Option<Lines>,
}

#[derive(Debug)]
enum Entry {
    Batch {
        place: Place,
        sha256: String,
        customers: u64,
        bytes: u64,
        step: Step,
    },
    /// Batches that are known only as they come; their steps are decided then, in the same way.
    Stdin,
}

#[derive(Debug)]
enum Place {
    Listed { folder: PathBuf, batch: Box<Batch> },
    File(PathBuf),
}

/// One step that is due.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) sha256: String,
    pub(super) customers: u64,
    pub(super) step: Step,
    place: Option<Place>,
    body: Option<Body>,
}

/// What a run would come to, where no batch is split and no call repeated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Batches of the input.
    pub batches: u64,
    /// Customers in all these batches.
    pub customers: u64,
    /// Batches whose end is known.
    pub done: u64,
    /// Batches that were accepted before and are not finished.
    pub follow: u64,
    /// Customers that would be posted.
    pub sent: u64,
    /// Bulk requests that are to be made.
    pub posts: u64,
    /// Bytes of JSON in them.
    pub bytes: u64,
}

impl Plan {
    /// Decides about every batch of these sources, and insists that each is what its manifest lists.
    ///
    /// # Errors
    /// A batch that is missing, damaged or changed.
    pub fn of(sources: &[BatchSource], receipts: &Receipts, selection: Selection) -> Result<Self, Failure> {
        let (mut entries, mut limits) = (VecDeque::new(), Limits::default());
        for source in sources {
            let (place, sha256, customers, bytes) = match source {
                BatchSource::Stdin => {
                    entries.push_back(Entry::Stdin);
                    continue;
                }
                BatchSource::Listed { folder, batch, limits: made_within } => {
                    limits = limits.and(*made_within);
                    reader::check(folder, batch)?;
                    let place = Place::Listed { folder: folder.clone(), batch: Box::new(batch.clone()) };
                    (place, batch.sha256.clone(), batch.customers, batch.bytes)
                }
                BatchSource::File(path) => {
                    let body = reader::file(path)?;
                    let customers = body.source_ids.len() as u64;
                    (Place::File(path.clone()), body.sha256, customers, body.json.len() as u64)
                }
            };
            let step = step(receipts.get(&sha256), selection);
            entries.push_back(Entry::Batch { place, sha256, customers, bytes, step });
        }
        Ok(Self { entries, selection, limits, lines: None })
    }

    /// How large a request that is packed anew may be: as large as the batches were allowed to be.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Customers of all batches, where that is known before they come.
    #[must_use]
    pub fn customers(&self) -> Option<u64> {
        self.entries
            .iter()
            .map(|entry| match entry {
                Entry::Batch { customers, .. } => Some(*customers),
                Entry::Stdin => None,
            })
            .sum()
    }

    /// The next step; `None` at the end.
    pub(super) fn next(&mut self, receipts: &Receipts) -> Result<Option<Due>, Failure> {
        loop {
            if let Some(lines) = &mut self.lines {
                if let Some(body) = lines.read_next()? {
                    let step = step(receipts.get(&body.sha256), self.selection);
                    let customers = body.source_ids.len() as u64;
                    return Ok(Some(Due {
                        sha256: body.sha256.clone(),
                        customers,
                        step,
                        place: None,
                        body: Some(body),
                    }));
                }
                self.lines = None;
            }
            match self.entries.pop_front() {
                None => return Ok(None),
                Some(Entry::Stdin) => self.lines = Some(Lines::stdin()?),
                Some(Entry::Batch { place, sha256, customers, step, .. }) => {
                    return Ok(Some(Due { sha256, customers, step, place: Some(place), body: None }));
                }
            }
        }
    }

    /// What the plan comes to; reads what its batches alone can tell.
    ///
    /// # Errors
    /// A batch that is damaged, or other than its manifest says.
    pub fn totals(mut self, receipts: &Receipts) -> Result<Totals, Failure> {
        let mut totals = Totals::default();
        let picker = Picker::of(self.selection, receipts)?;
        let mut requests = Packer::new(self.limits);
        let mut seen = HashSet::new();
        let sizes: HashMap<String, u64> = self.entries.iter().filter_map(Entry::size).collect();
        while let Some(due) = self.next(receipts)? {
            totals.batches += 1;
            totals.customers += due.customers;
            let repeated = !seen.insert(due.sha256.clone());
            match due.step {
                _ if repeated => totals.done += 1,
                Step::Skip => totals.done += 1,
                Step::Follow => totals.follow += 1,
                Step::Send => {
                    let known = sizes.get(&due.sha256).copied();
                    totals.add(due.customers, known.map_or_else(|| due.body().map(|body| body.json.len() as u64), Ok)?);
                }
                Step::Pick => {
                    let body = due.body()?;
                    match picker.picks(&body, receipts)? {
                        picks if picks.len() == body.source_ids.len() => {
                            totals.add(due_size(&body), body.json.len() as u64);
                        }
                        picks if picks.is_empty() => totals.done += 1,
                        picks => {
                            let packed = requests.add(&body, &picks)?;
                            totals.add_packed(packed.as_ref());
                        }
                    }
                }
            }
        }
        totals.add_packed(requests.finish()?.as_ref());
        Ok(totals)
    }
}

fn due_size(body: &Body) -> u64 {
    body.source_ids.len() as u64
}

impl Entry {
    fn size(&self) -> Option<(String, u64)> {
        match self {
            Self::Batch { sha256, bytes, .. } => Some((sha256.clone(), *bytes)),
            Self::Stdin => None,
        }
    }
}

impl Due {
    /// The batch itself.
    pub(super) fn body(self) -> Result<Body, Failure> {
        let body = match (self.body, &self.place) {
            (Some(body), _) => return Ok(body),
            (None, Some(Place::Listed { folder, batch })) => reader::listed(folder, batch)?,
            (None, Some(Place::File(path))) => reader::file(path)?,
            (None, None) => return Err(Failure::stopped("a batch of standard input is gone")),
        };
        if body.sha256 == self.sha256 {
            return Ok(body);
        }
        Err(Failure::stopped(format!("`{}` was changed while it was being sent", body.name))
            .kept("the receipts of every batch that was accepted")
            .again("to send it as it is now,"))
    }
}

impl Totals {
    fn add(&mut self, customers: u64, bytes: u64) {
        self.sent += customers;
        self.posts += 1;
        self.bytes += bytes;
    }

    fn add_packed(&mut self, packed: Option<&Body>) {
        if let Some(body) = packed {
            self.add(due_size(body), body.json.len() as u64);
        }
    }

    /// Calls beside the POSTs: a check of the keys, and one question for each request that is not finished.
    #[must_use]
    pub fn other_calls(&self) -> u64 {
        u64::from(self.posts > 0) + self.posts + self.follow
    }

    /// How long the limits keep the run from ending, whatever the server's pace: that of the calls that the server
    /// told, and one's own; nothing where there is room for all calls now. Whether the period of the server's limit is
    /// an hour or a minute, nobody tells; a hundred calls are those of an hour (docs/api-facts.md C5: sandbox projects),
    /// as is what opens later than in a minute.
    #[must_use]
    pub fn shortest_time(&self, standing: Option<LimitStanding>, own: &OwnLimits) -> Option<Duration> {
        let hour = Duration::from_hours(1);
        let minute = Duration::from_mins(1);
        let others = self.other_calls();
        let told = standing.map(|LimitStanding { limit, remaining, opens_in }| {
            let kept = reserved(limit, own.reserve);
            let now = remaining.saturating_sub(kept);
            let long = limit <= 100 || opens_in.is_some_and(|wait| wait > minute);
            periods(self.posts + others, now, limit - kept, if long { hour } else { minute })
        });
        let limited = |calls, limit: Option<u32>, period| {
            limit.map_or(Duration::ZERO, |limit| periods(calls, limit.into(), limit.into(), period))
        };
        let bulk = limited(self.posts, own.bulk_per_hour, hour);
        let ordinary = limited(others, own.calls_per_minute, minute);
        Some(told.unwrap_or_default().max(bulk).max(ordinary)).filter(|time| !time.is_zero())
    }
}

/// How long `calls` take of which `now` may go out at once, and `limit` in each period after this one.
fn periods(calls: u64, now: u64, limit: u64, period: Duration) -> Duration {
    let periods = calls.saturating_sub(now).div_ceil(limit.max(1));
    period.saturating_mul(u32::try_from(periods).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod shortest_time {
    use super::*;

    #[test]
    fn the_tightest_limit_decides() {
        let totals = Totals { posts: 30, ..Totals::default() };
        let standing = |limit, remaining| Some(LimitStanding { limit, remaining, opens_in: None });
        let own = |reserve, bulk_per_hour| OwnLimits { reserve, bulk_per_hour, calls_per_minute: None };
        for (standing, own, minutes) in [
            (None, own(0.0, None), 0),
            (standing(100, 99), own(0.0, None), 0),
            (standing(100, 60), own(0.0, None), 60),
            (standing(100, 99), own(0.5, None), 60),
            (standing(2_000, 10), own(0.0, None), 1),
            (standing(100, 99), own(0.0, Some(10)), 120),
        ] {
            let time = totals.shortest_time(standing, &own).unwrap_or_default();
            assert_eq!(time, Duration::from_mins(minutes), "{standing:?} {own:?}");
        }
    }
}
