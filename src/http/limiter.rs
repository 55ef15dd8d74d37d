//! One rate limit for all calls: evenly paced, first come first served, and never more than the rate in any second.
//!
//! A server that counts the calls of the last second (API_FACTS.md A1) must never see one too many, and the limit must
//! stay full. A leaky bucket loses a little with every late timer, or hands out bursts to make up for it. So the moments
//! at which calls really went out are kept for a second, which is what makes the promise, and the pace only spreads them.

use std::{
    collections::VecDeque,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::{Mutex, watch};

/// A second, and what the time on the way may differ between two calls.
const WINDOW: Duration = Duration::from_millis(1012);

/// How far the pace may lag behind before what was missed is lost; bounds bursts.
const LAG: Duration = Duration::from_millis(100);

/// Hands out turns.
#[derive(Debug)]
pub(super) struct Limiter {
    turns: Mutex<Turns>,
    waiting: AtomicUsize,
}

/// When calls went out and may go out; knows no clock.
#[derive(Debug)]
struct Turns {
    per_second: usize,
    pace: Duration,
    next: Option<Instant>,
    recent: VecDeque<Instant>,
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
        Self { turns: Mutex::new(Turns::new(per_second)), waiting: AtomicUsize::new(0) }
    }

    /// Callers that wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns when it is the caller's turn and nobody has asked for a pause.
    pub(super) async fn turn(&self, paused_until: &watch::Sender<Option<Instant>>) {
        let _waiting = Waiting::new(&self.waiting);
        // The lock is fair, and who holds it sleeps: the others wait in line.
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
        Self {
            per_second: usize::try_from(per_second.get()).unwrap_or(usize::MAX),
            // A little faster than the limit, so that what a late timer lost is caught up within a second or so.
            pace: (Duration::from_secs(1) / per_second.get()).mul_f64(0.95),
            next: None,
            recent: VecDeque::new(),
        }
    }

    /// The earliest moment of the next call.
    fn not_before(&mut self, now: Instant) -> Instant {
        while self.recent.front().is_some_and(|sent| now.saturating_duration_since(*sent) >= WINDOW) {
            self.recent.pop_front();
        }
        let paced = self.next.unwrap_or(now);
        match self.recent.front() {
            Some(first) if self.recent.len() >= self.per_second => paced.max(*first + WINDOW),
            _ => paced,
        }
    }

    /// Notes that a call goes out.
    fn take(&mut self, now: Instant) {
        self.recent.push_back(now);
        let planned = self.next.unwrap_or(now);
        self.next = Some(planned.max(now.checked_sub(LAG).unwrap_or(now)) + self.pace);
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

    #[test]
    fn no_second_has_more_calls_than_the_limit_and_the_limit_is_full() {
        let hiccups = |number: usize| match number % 97 {
            0 => Duration::from_millis(60),
            _ => Duration::from_micros(900),
        };
        for (rate, calls) in [(1, 5), (7, 70), (100, 3_000), (1_000, 20_000)] {
            let sent = sent(rate, calls, hiccups);
            let window = rate as usize;
            for (first, beyond) in sent.iter().zip(&sent[window..]) {
                assert!(beyond - first >= 1.01, "{rate} calls and one more within a second from {first}");
            }
            if rate >= 100 {
                let steady = sent[calls - 1] - sent[window];
                let full = f64::from(u32::try_from(calls).unwrap() - 1 - rate) / f64::from(rate);
                assert!(steady < full / 0.98, "{steady} s for what takes {full} s at {rate} a second");
            }
        }
    }

    #[test]
    fn calls_are_spread_over_the_first_second_too() {
        let sent = sent(100, 100, |_| Duration::ZERO);
        assert!(sent[49] > 0.4, "{}", sent[49]);
    }

    #[tokio::test]
    async fn a_pause_holds_everybody_and_those_who_leave_are_not_counted() {
        let limiter = Limiter::new(NonZeroU32::new(1_000).unwrap());
        let until = Instant::now() + Duration::from_millis(80);
        let paused = watch::Sender::new(Some(until));
        let gone = tokio::time::timeout(Duration::from_millis(1), limiter.turn(&paused)).await;
        assert!(gone.is_err());
        assert_eq!(limiter.waiting(), 0);
        tokio::join!(limiter.turn(&paused), limiter.turn(&paused));
        assert!(Instant::now() >= until);
    }
}
