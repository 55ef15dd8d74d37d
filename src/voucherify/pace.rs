//! When the next call may go out: one pure decision over the limits that the server tells, the share of them that is left
//! to others, and limits of one's own. The clock is a parameter.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{CallKind, LimitClass, LimitStanding};

/// A limit that opens later than this is left to a later run; the longest period of a limit but the billing cycle's.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// So many refusals in a row are no passing limit: a plan that has ended answers like that, too (docs/api-facts.md C5).
const PAUSES_IN_A_ROW: u32 = 20;
/// Shortest pause, whatever the server says: an answer of 0 seconds must not become a storm of calls.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
/// A server names the second in which the next call is allowed, not the moment in it.
const NAMED_SECOND: Duration = Duration::from_secs(1);
/// Where only the reserve is left and nobody says until when: a minute first, as a limit may be one of minutes.
const FIRST_GUESS: Duration = Duration::from_mins(1);
/// And then ever longer, up to the longest period that a limit has.
const LAST_GUESS: Duration = Duration::from_hours(1);

/// Limits that a user sets, beside those of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct OwnLimits {
    /// Share of every limit that is left to others, between 0 and 1.
    pub reserve: f64,
    /// Bulk requests an hour.
    pub bulk_per_hour: Option<u32>,
    /// Other calls a minute.
    pub calls_per_minute: Option<u32>,
}

/// A limit that is not worth waiting for, and how long it stays shut: a later run continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong(pub(super) Duration);

/// What is known of the limits.
#[derive(Debug)]
pub(super) struct Pace {
    reserve: f64,
    bulk: Gate,
    ordinary: Gate,
}

/// What is known of the limit of one kind of calls.
#[derive(Debug)]
struct Gate {
    closed_until: Option<Instant>,
    /// How long it stays shut, where that is not worth waiting for.
    too_long: Option<TooLong>,
    /// Refusals in a row.
    refusals: u32,
    /// Times in a row that only the reserve was left.
    guesses: u32,
    limit: Option<u64>,
    /// Calls that were left when an answer last told it, those of others not counted.
    left: Option<u64>,
    own: Option<(usize, Duration)>,
    /// Moments of the calls that count against one's own limit.
    recent: VecDeque<Instant>,
}

impl Pace {
    pub(super) fn new(own: OwnLimits) -> Self {
        let gate = |limit: Option<u32>, period| Gate {
            closed_until: None,
            too_long: None,
            refusals: 0,
            guesses: 0,
            limit: None,
            left: None,
            own: limit.map(|limit| (usize::try_from(limit).unwrap_or(usize::MAX), period)),
            recent: VecDeque::new(),
        };
        Self {
            reserve: own.reserve,
            bulk: gate(own.bulk_per_hour, Duration::from_hours(1)),
            ordinary: gate(own.calls_per_minute, Duration::from_mins(1)),
        }
    }

    /// Calls of this kind that were left when an answer last told it, without those that are kept for others.
    pub(super) fn room(&self, kind: CallKind) -> Option<u64> {
        match kind {
            CallKind::Bulk => self.bulk.left,
            CallKind::Ordinary => self.ordinary.left,
        }
    }

    fn gate(&mut self, kind: CallKind) -> &mut Gate {
        match kind {
            CallKind::Bulk => &mut self.bulk,
            CallKind::Ordinary => &mut self.ordinary,
        }
    }

    /// How long a call of this kind has to wait from `now`; zero where it may go out.
    pub(super) fn wait(&mut self, kind: CallKind, now: Instant) -> Result<Duration, TooLong> {
        let gate = self.gate(kind);
        if let Some(too_long) = gate.too_long {
            return Err(too_long);
        }
        let closed = gate.closed_until.map(|until| until.saturating_duration_since(now));
        Ok(closed.max(gate.own_wait(now)).unwrap_or_default())
    }

    /// Notes that a call goes out.
    pub(super) fn sent(&mut self, kind: CallKind, now: Instant) {
        let gate = self.gate(kind);
        if gate.own.is_some() {
            gate.recent.push_back(now);
        }
    }

    /// Notes an answer that was no refusal by a limit.
    pub(super) fn answered(&mut self, kind: CallKind) {
        self.gate(kind).refusals = 0;
    }

    /// Notes what an answer said is left. Two kinds that have the same limit share it, as far as anybody can tell.
    pub(super) fn told(&mut self, kind: CallKind, standing: LimitStanding, now: Instant) {
        self.gate(kind).limit = Some(standing.limit);
        let shared = self.bulk.limit == self.ordinary.limit;
        let kept = reserved(standing.limit, self.reserve);
        for each in [CallKind::Bulk, CallKind::Ordinary] {
            if each == kind || shared {
                self.gate(each).note(standing, kept, now);
            }
        }
    }

    /// Notes a refusal by a limit; tells how long to wait.
    pub(super) fn refused(
        &mut self,
        kind: CallKind,
        class: LimitClass,
        asked: Duration,
        now: Instant,
    ) -> Result<Duration, TooLong> {
        let gate = self.gate(kind);
        // Of calls that were under way together each is refused, by one and the same limit.
        if gate.closed_until.is_none_or(|until| until <= now) {
            gate.refusals = gate.refusals.saturating_add(1);
        }
        if asked > LONGEST_PAUSE || gate.refusals > PAUSES_IN_A_ROW {
            return Err(TooLong(asked));
        }
        let wait = asked.max(SHORTEST_PAUSE);
        let kinds = match class {
            LimitClass::BulkCalls => &[CallKind::Bulk][..],
            LimitClass::Calls => &[CallKind::Bulk, CallKind::Ordinary],
            LimitClass::Cycle | LimitClass::Unnamed => &[kind],
        };
        for kind in kinds {
            self.gate(*kind).close(wait, now);
        }
        Ok(wait)
    }
}

/// Calls of a limit that are left to others: its share `reserve` (0 to 1), rounded up.
#[must_use]
pub fn reserved(limit: u64, reserve: f64) -> u64 {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a limit"
    )]
    let kept = (limit as f64 * reserve).ceil() as u64;
    kept.min(limit)
}

impl Gate {
    fn note(&mut self, standing: LimitStanding, kept: u64, now: Instant) {
        self.left = Some(standing.remaining.saturating_sub(kept));
        match standing.opens_in {
            _ if standing.remaining > kept => self.guesses = 0,
            Some(wait) if wait <= LONGEST_PAUSE => self.close(wait.saturating_add(NAMED_SECOND), now),
            Some(wait) if standing.remaining > 0 => self.too_long = Some(TooLong(wait)),
            None if kept > 0 => {
                let guess = FIRST_GUESS.saturating_mul(1 << self.guesses.min(16)).min(LAST_GUESS);
                self.guesses = self.guesses.saturating_add(1);
                self.close(guess, now);
            }
            // Nothing is left, for long or for nobody knows how long: the next refusal tells which limit it is.
            Some(_) | None => {}
        }
    }

    fn close(&mut self, wait: Duration, now: Instant) {
        // No clock counts so far: it stays as it was, and the next answer tells again.
        self.closed_until = self.closed_until.max(now.checked_add(wait));
    }

    fn own_wait(&mut self, now: Instant) -> Option<Duration> {
        let (limit, period) = self.own?;
        while self.recent.front().is_some_and(|sent| now.duration_since(*sent) >= period) {
            self.recent.pop_front();
        }
        let first = self.recent.front().filter(|_| self.recent.len() >= limit)?;
        Some(period.saturating_sub(now.duration_since(*first)))
    }
}

#[cfg(test)]
mod tests {
    use CallKind::{Bulk, Ordinary};

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn every_class_and_wait_has_one_answer() {
        let now = Instant::now();
        for (class, asked, bulk, ordinary) in [
            (LimitClass::Calls, 60, 60, 60),
            (LimitClass::Calls, 0, 1, 1),
            (LimitClass::BulkCalls, 3_599, 3_599, 0),
            (LimitClass::Unnamed, 60, 60, 0),
            (LimitClass::Unnamed, 3_600, 3_600, 0),
        ] {
            let mut pace = Pace::new(OwnLimits::default());
            assert_eq!(pace.refused(Bulk, class, seconds(asked), now), Ok(seconds(asked.max(1))), "{class:?}");
            let waits = [Bulk, Ordinary].map(|kind| pace.wait(kind, now));
            assert_eq!(waits, [bulk, ordinary].map(|wait| Ok(seconds(wait))), "{class:?} {asked}");
        }
        for asked in [3_601, 864_000, u64::MAX] {
            let mut pace = Pace::new(OwnLimits::default());
            assert_eq!(pace.refused(Bulk, LimitClass::Unnamed, seconds(asked), now), Err(TooLong(seconds(asked))));
        }
    }

    #[test]
    fn refusals_in_a_row_come_to_an_end() {
        let (mut pace, mut now) = (Pace::new(OwnLimits::default()), Instant::now());
        let mut refused = |pace: &mut Pace| {
            now += SHORTEST_PAUSE;
            // A second call that was under way with the first.
            pace.refused(Bulk, LimitClass::Calls, Duration::ZERO, now)
                .and_then(|_| pace.refused(Bulk, LimitClass::Calls, Duration::ZERO, now))
        };
        for _ in 0..PAUSES_IN_A_ROW {
            assert!(refused(&mut pace).is_ok());
        }
        pace.answered(Bulk);
        for _ in 0..PAUSES_IN_A_ROW {
            assert!(refused(&mut pace).is_ok());
        }
        assert!(refused(&mut pace).is_err());
    }

    #[test]
    fn nobody_calls_while_a_limit_is_known_to_be_used_up_or_kept_for_others() {
        for (reserve, remaining, opens_in, expected) in [
            (0.0, 1, None, 0),
            (0.0, 0, Some(40), 41),
            (0.0, 0, Some(0), 1),
            (0.0, 0, Some(3_600), 3_601),
            (0.0, 0, None, 0),
            (0.3, 31, None, 0),
            (0.3, 30, Some(40), 41),
            (0.3, 30, None, 60),
            (1.0, 99, Some(7), 8),
            (0.0, 0, Some(864_000), 0),
        ] {
            let (mut pace, now) = (Pace::new(OwnLimits { reserve, ..OwnLimits::default() }), Instant::now());
            pace.told(Bulk, LimitStanding { limit: 100, remaining, opens_in: opens_in.map(seconds) }, now);
            assert_eq!(pace.wait(Bulk, now), Ok(seconds(expected)), "{reserve} {remaining} {opens_in:?}");
            assert_eq!(pace.wait(Ordinary, now), Ok(Duration::ZERO));
        }
    }

    #[test]
    fn a_reserve_that_lasts_for_days_ends_the_run() {
        let (mut pace, now) = (Pace::new(OwnLimits { reserve: 0.3, ..OwnLimits::default() }), Instant::now());
        let standing = |remaining| LimitStanding { limit: 100, remaining, opens_in: Some(seconds(864_000)) };
        pace.told(Bulk, standing(31), now);
        assert_eq!(pace.wait(Bulk, now), Ok(Duration::ZERO));
        pace.told(Bulk, standing(30), now);
        assert_eq!(pace.wait(Bulk, now), Err(TooLong(seconds(864_000))));
        assert_eq!(pace.wait(Ordinary, now), Ok(Duration::ZERO), "what was accepted is still followed");
    }

    #[test]
    fn a_reserve_whose_end_nobody_tells_is_looked_at_ever_more_rarely() {
        let (mut pace, mut now) = (Pace::new(OwnLimits { reserve: 0.5, ..OwnLimits::default() }), Instant::now());
        let mut waits = Vec::new();
        for remaining in [50, 49, 48, 99, 50] {
            pace.told(Ordinary, LimitStanding { limit: 100, remaining, opens_in: None }, now);
            let wait = pace.wait(Ordinary, now).unwrap();
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(waits, [60, 120, 240, 0, 60]);
    }

    #[test]
    fn kinds_with_the_same_limit_share_it() {
        let (mut pace, now) = (Pace::new(OwnLimits::default()), Instant::now());
        let standing = |limit, remaining| LimitStanding { limit, remaining, opens_in: Some(seconds(9)) };
        pace.told(Ordinary, standing(100, 3), now);
        pace.told(Bulk, standing(20, 0), now);
        assert_eq!((pace.wait(Bulk, now), pace.wait(Ordinary, now)), (Ok(seconds(10)), Ok(Duration::ZERO)));
        pace.told(Bulk, standing(100, 0), now);
        assert_eq!(pace.wait(Ordinary, now), Ok(seconds(10)));
    }

    #[test]
    fn limits_of_ones_own_are_kept_over_any_period() {
        let own = OwnLimits { bulk_per_hour: Some(2), ..OwnLimits::default() };
        let (mut pace, start) = (Pace::new(own), Instant::now());
        let mut waits = Vec::new();
        for minute in [0, 10, 20, 60, 61] {
            let now = start + Duration::from_mins(minute);
            let wait = pace.wait(Bulk, now).unwrap();
            waits.push(wait.as_secs() / 60);
            if wait.is_zero() {
                pace.sent(Bulk, now);
            }
        }
        assert_eq!(waits, [0, 0, 40, 0, 9]);
    }
}
