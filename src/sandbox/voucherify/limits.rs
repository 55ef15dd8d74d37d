//! Rate limits by class, in windows that begin with their first call (docs/api-facts.md C5).

use std::time::{Duration, Instant};

use super::options::{BulkCounts, Plan, VoucherifyOptions};

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const CYCLE: Duration = Duration::from_hours(30 * 24);

/// A class of calls that is limited on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Every call that is no bulk request; bulk requests too where they have no limit of their own.
    ApiCalls,
    /// Bulk requests.
    BulkApiCalls,
    /// All calls of a billing cycle but bulk requests.
    ApiCallsCycle,
}

impl Class {
    /// As `X-Rate-Limit-Type` says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ApiCalls => "api_calls",
            Self::BulkApiCalls => "bulk_api_calls",
            Self::ApiCallsCycle => "api_calls_cycle",
        }
    }
}

/// What kind of call asks to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Ordinary,
    Bulk,
}

/// What is left after a call, and whether it was let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CallsLeft {
    /// Calls that the window allows.
    pub(super) limit: u64,
    /// Calls that it still allows.
    pub(super) remaining: u64,
    /// How long until the next call is allowed.
    pub(super) wait: Duration,
    /// The class that refused the call.
    pub(super) exceeded: Option<Class>,
}

/// The limits of a project and what has been used of them.
#[derive(Debug)]
pub(super) struct Limits {
    buckets: Vec<Bucket>,
    bulk_counts: BulkCounts,
}

#[derive(Debug)]
struct Bucket {
    class: Class,
    limit: u64,
    window: Duration,
    used: u64,
    began: Option<Instant>,
}

impl Limits {
    pub(super) fn new(options: &VoucherifyOptions) -> Self {
        let plan = Preset::of(options.plan);
        let window = |usual| options.window_seconds.map_or(usual, Duration::from_secs);
        let bucket = |class, limit: Option<u64>, window| {
            limit.map(|limit| Bucket { class, limit, window, used: 0, began: None })
        };
        let buckets = [
            bucket(Class::ApiCalls, options.minute_limit.or(plan.calls), window(plan.period)),
            bucket(Class::BulkApiCalls, options.bulk_limit.or(plan.bulk), window(HOUR)),
            bucket(Class::ApiCallsCycle, options.cycle_limit.or(plan.cycle), CYCLE),
        ];
        Self { buckets: buckets.into_iter().flatten().collect(), bulk_counts: options.bulk_counts }
    }

    /// Lets a call in, or says which class does not. A refused call costs nothing.
    pub(super) fn take(&mut self, weight: Weight, now: Instant) -> CallsLeft {
        let bulk_counts = self.bulk_counts;
        let own = self.buckets.iter().any(|bucket| bucket.class == Class::BulkApiCalls);
        let counts = |class| match weight {
            Weight::Ordinary => class != Class::BulkApiCalls,
            Weight::Bulk if bulk_counts == BulkCounts::All => true,
            Weight::Bulk if own => class == Class::BulkApiCalls,
            Weight::Bulk => class == Class::ApiCalls,
        };
        let mut concerned: Vec<&mut Bucket> = self.buckets.iter_mut().filter(|bucket| counts(bucket.class)).collect();
        for bucket in &mut concerned {
            bucket.renew(now);
        }
        if let Some(empty) = concerned.iter().filter(|bucket| bucket.left() == 0).max_by_key(|bucket| bucket.wait(now))
        {
            return CallsLeft { exceeded: Some(empty.class), ..empty.standing(now) };
        }
        for bucket in &mut concerned {
            bucket.used += 1;
            bucket.began.get_or_insert(now);
        }
        let unlimited = CallsLeft { limit: 2_000, remaining: 1_999, wait: Duration::ZERO, exceeded: None };
        concerned.first().map_or(unlimited, |bucket| bucket.standing(now))
    }
}

impl Bucket {
    fn renew(&mut self, now: Instant) {
        if self.began.is_some_and(|began| now.duration_since(began) >= self.window) {
            (self.used, self.began) = (0, None);
        }
    }

    fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }

    fn wait(&self, now: Instant) -> Duration {
        match self.began {
            Some(began) => (began + self.window).duration_since(now),
            None if self.limit == 0 => self.window,
            None => Duration::ZERO,
        }
    }

    fn standing(&self, now: Instant) -> CallsLeft {
        let remaining = self.left();
        let wait = if remaining == 0 { self.wait(now) } else { Duration::ZERO };
        CallsLeft { limit: self.limit, remaining, wait, exceeded: None }
    }
}

/// The numbers of a plan; those of bulk requests are from former plans, since today's are not published.
struct Preset {
    calls: Option<u64>,
    period: Duration,
    bulk: Option<u64>,
    cycle: Option<u64>,
}

impl Preset {
    fn of(plan: Plan) -> Self {
        match plan {
            Plan::Unlimited => Self { calls: None, period: MINUTE, bulk: None, cycle: None },
            Plan::Sandbox => Self { calls: Some(100), period: HOUR, bulk: None, cycle: None },
            Plan::Business => Self { calls: Some(100), period: MINUTE, bulk: Some(20), cycle: Some(100_000) },
            Plan::Organization => Self { calls: Some(2_000), period: MINUTE, bulk: Some(50), cycle: Some(300_000) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(options: &VoucherifyOptions) -> (Limits, Instant) {
        (Limits::new(options), Instant::now())
    }

    #[test]
    fn a_window_lets_so_many_in_and_opens_again_when_it_ends() {
        let options =
            VoucherifyOptions { minute_limit: Some(2), window_seconds: Some(5), ..VoucherifyOptions::default() };
        let (mut limits, start) = limits(&options);
        let after = |seconds| start + Duration::from_secs(seconds);
        let standings: Vec<_> =
            [0, 1, 3, 5].map(|seconds| limits.take(Weight::Ordinary, after(seconds))).into_iter().collect();
        assert_eq!(standings.iter().map(|standing| standing.remaining).collect::<Vec<_>>(), [1, 0, 0, 1]);
        assert_eq!(standings[1], CallsLeft { limit: 2, remaining: 0, wait: Duration::from_secs(4), exceeded: None });
        assert_eq!(standings[2].exceeded, Some(Class::ApiCalls));
        assert_eq!(standings[2].wait, Duration::from_secs(2));
        assert_eq!(standings[3].exceeded, None);
    }

    #[test]
    fn bulk_requests_have_a_limit_of_their_own_only_where_the_plan_gives_one() {
        let (mut sandbox, now) = limits(&VoucherifyOptions { plan: Plan::Sandbox, ..VoucherifyOptions::default() });
        assert_eq!(sandbox.take(Weight::Bulk, now).remaining, 99);
        assert_eq!(sandbox.take(Weight::Ordinary, now).remaining, 98);
        let (mut business, now) = limits(&VoucherifyOptions { plan: Plan::Business, ..VoucherifyOptions::default() });
        for left in (0..20).rev() {
            assert_eq!(business.take(Weight::Bulk, now).remaining, left);
        }
        assert_eq!(business.take(Weight::Bulk, now).exceeded, Some(Class::BulkApiCalls));
        assert_eq!(business.take(Weight::Bulk, now).wait, HOUR);
        assert_eq!(business.take(Weight::Ordinary, now).remaining, 99);
    }

    #[test]
    fn bulk_requests_count_against_every_limit_where_that_is_wanted() {
        let (mut limits, now) = limits(&VoucherifyOptions {
            minute_limit: Some(9),
            bulk_limit: Some(9),
            cycle_limit: Some(1),
            bulk_counts: BulkCounts::All,
            ..VoucherifyOptions::default()
        });
        assert_eq!(limits.take(Weight::Bulk, now).remaining, 8);
        assert_eq!(limits.take(Weight::Bulk, now).exceeded, Some(Class::ApiCallsCycle));
    }

    #[test]
    fn the_cycle_refuses_for_weeks() {
        let options = VoucherifyOptions { cycle_limit: Some(1), ..VoucherifyOptions::default() };
        let (mut limits, now) = limits(&options);
        assert_eq!(limits.take(Weight::Ordinary, now).exceeded, None);
        let refused = limits.take(Weight::Ordinary, now);
        assert_eq!((refused.exceeded, refused.wait), (Some(Class::ApiCallsCycle), CYCLE));
        assert_eq!(limits.take(Weight::Bulk, now).exceeded, None, "bulk requests are not part of the cycle");
    }
}
