//! One rate limit for all calls: evenly paced, first come first served, and never more than the rate in any second.
//!
//! A server counts the calls of the last second as they arrive (docs/api-facts.md A1), and how long they take to arrive
//! varies: connections are opened, processes wait for the processor. So calls go out evenly, a little slower than the
//! limit, and of what late timers lost only a little is caught up. From a call to the `rate`-th after it are then at
//! least [`SECOND`] less [`LAG`], however late the timers; and delays on the way do no harm if they differ by less than
//! what that is above a second, or if single calls are held up for long.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::{Mutex, watch};

use super::Place;

/// What `rate` calls take: a second and a margin for delays, which must cost less than 2 % of the limit.
const SECOND: Duration = Duration::from_millis(1_016);

/// How much of a late timer is caught up. Timers tick every millisecond, and processes take turns of a few.
const LAG: Duration = Duration::from_millis(8);

/// The first calls open connections and arrive later for it; they go out slower by this, lest those after them close up.
const WARM_UP: f64 = 1.25;

/// Hands out turns.
#[derive(Debug)]
pub(super) struct Limiter {
    /// Held by the first of those who wait in line.
    line: Mutex<()>,
    turns: Mutex<Turns>,
    waiting: AtomicUsize,
}

/// When calls may go out; knows no clock.
#[derive(Debug)]
struct Turns {
    pace: Duration,
    next: Option<Instant>,
    /// Calls until the connections count as open.
    warming_up: u32,
}

/// Counts a caller for as long as it waits, also when it is dropped meanwhile.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Limiter {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self { line: Mutex::new(()), turns: Mutex::new(Turns::new(per_second)), waiting: AtomicUsize::new(0) }
    }

    /// Callers that wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns when it is the caller's turn and nobody has asked for a pause.
    pub(super) async fn turn(&self, place: Place, paused_until: &watch::Sender<Option<Instant>>) {
        let _waiting = Waiting::new(&self.waiting);
        // The locks are fair, and who holds them sleeps: the others wait in line, and who goes ahead waits for its first.
        let _first = match place {
            Place::InLine => Some(self.line.lock().await),
            Place::Ahead => None,
        };
        let mut turns = self.turns.lock().await;
        loop {
            let now = Instant::now();
            let pause = paused_until.borrow().unwrap_or(now);
            let at = turns.not_before(now).max(pause);
            if at <= now {
                return turns.take(now);
            }
            tokio::time::sleep_until(at.into()).await;
        }
    }
}

impl Turns {
    fn new(per_second: NonZeroU32) -> Self {
        Self { pace: SECOND.checked_div(per_second.get()).unwrap_or(SECOND), next: None, warming_up: per_second.get() }
    }

    /// The earliest moment of the next call.
    fn not_before(&self, now: Instant) -> Instant {
        self.next.unwrap_or(now)
    }

    /// Notes that a call goes out.
    fn take(&mut self, now: Instant) {
        let pace = if self.warming_up > 0 { self.pace.mul_f64(WARM_UP) } else { self.pace };
        self.warming_up = self.warming_up.saturating_sub(1);
        let planned = self.next.unwrap_or(now);
        let from = planned.max(now.checked_sub(LAG).unwrap_or(now));
        self.next = Some(from.checked_add(pace).unwrap_or(from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends as fast as allowed with timers that are late by `late(n)`; gives the second at which each call went out.
    fn sent(per_second: u32, calls: usize, late: impl Fn(usize) -> Duration) -> Vec<f64> {
        let mut turns = Turns::new(NonZeroU32::new(per_second).unwrap());
        let start = Instant::now();
        let mut now = start;
        (0..calls)
            .map(|number| {
                loop {
                    let at = turns.not_before(now);
                    if at <= now {
                        break;
                    }
                    now = at + late(number);
                }
                turns.take(now);
                (now - start).as_secs_f64()
            })
            .collect()
    }

    /// The most calls that a server counts within any second when call `n` takes `delay(n)` to arrive.
    fn most_in_a_second(sent: &[f64], delay: impl Fn(usize) -> f64) -> usize {
        let mut arrived: Vec<f64> = sent.iter().enumerate().map(|(number, at)| at + delay(number)).collect();
        arrived.sort_by(f64::total_cmp);
        let within = |first: usize| arrived[first..].iter().take_while(|at| **at - arrived[first] < 1.0).count();
        (0..arrived.len()).map(within).max().unwrap_or_default()
    }

    #[test]
    fn however_late_the_timers_and_the_calls_no_second_has_more_than_the_limit() {
        for hiccup in [0, 6, 60, 400] {
            let late = |number: usize| match number % 97 {
                0 => Duration::from_millis(hiccup),
                _ => Duration::from_micros(900),
            };
            for (rate, calls) in [(1, 5), (7, 70), (100, 3_000), (1_000, 8_000)] {
                let sent = sent(rate, calls, late);
                let most = most_in_a_second(&sent, |number| f64::from(u8::from(number % 89 < 40)) * 0.0075);
                assert!(most <= rate as usize, "{most} calls a second at {rate}, and timers {hiccup} ms late");
            }
        }
    }

    #[test]
    fn a_call_that_is_held_up_alone_does_no_harm() {
        let sent = sent(100, 3_000, |_| Duration::from_micros(900));
        assert!(most_in_a_second(&sent, |number| if number % 101 == 0 { 0.5 } else { 0.0 }) <= 100);
    }

    #[test]
    fn the_limit_is_full_although_timers_are_late() {
        for (rate, calls) in [(100, 3_000), (1_000, 20_000)] {
            let sent = sent(rate, calls, |number| Duration::from_micros(if number % 97 == 0 { 6_000 } else { 900 }));
            let steady = sent[calls - 1] - sent[rate as usize];
            let full = f64::from(u32::try_from(calls).unwrap() - 1 - rate) / f64::from(rate);
            assert!(steady < full / 0.98, "{steady} s for what takes {full} s at {rate} a second");
        }
    }

    #[test]
    fn the_first_calls_go_out_slower_and_evenly() {
        let sent = sent(100, 200, |_| Duration::ZERO);
        assert!((sent[50] - 0.635).abs() < 0.001 && (sent[100] - 1.27).abs() < 0.001, "{}, {}", sent[50], sent[100]);
        assert!((sent[150] - sent[100] - 0.508).abs() < 0.001, "{}", sent[150]);
    }

    #[tokio::test]
    async fn a_pause_holds_everybody_and_those_who_leave_are_not_counted() {
        let limiter = Limiter::new(NonZeroU32::new(1_000).unwrap());
        let until = Instant::now() + Duration::from_millis(700);
        let paused = watch::Sender::new(Some(until));
        let gone = tokio::time::timeout(Duration::from_millis(1), limiter.turn(Place::InLine, &paused)).await;
        assert!(gone.is_err());
        assert_eq!(limiter.waiting(), 0);
        tokio::join!(limiter.turn(Place::InLine, &paused), limiter.turn(Place::Ahead, &paused));
        assert!(Instant::now() >= until);
    }
    #[tokio::test]
    async fn who_goes_ahead_waits_for_one_at_most() {
        let limiter = Limiter::new(NonZeroU32::new(200).unwrap());
        let (nobody, order) = (watch::Sender::new(None), std::sync::Mutex::new(Vec::new()));
        let call = async |place, name| {
            limiter.turn(place, &nobody).await;
            order.lock().unwrap().push(name);
        };
        // It comes last, before the second of the others has had its turn.
        let ahead = call(Place::Ahead, "ahead");
        let in_line = ["a", "b", "c", "d", "e"].map(|name| call(Place::InLine, name));
        tokio::join!(futures_util::future::join_all(in_line), ahead);
        assert_eq!(order.into_inner().unwrap(), ["a", "b", "ahead", "c", "d", "e"]);
    }
}
