//! What a server saw: calls by endpoint, faults, and its steady rate, so that measurements come from the server.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Calls are counted in ticks of this length, in milliseconds.
const TICK: u128 = 10;
/// Ticks at either end that do not count as steady: two seconds.
const MARGIN: usize = 200;

/// What was seen so far.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    first: Option<Instant>,
    ticks: Vec<u32>,
    calls: BTreeMap<&'static str, u64>,
    faults: BTreeMap<String, u64>,
    limited: u64,
    recent: VecDeque<Instant>,
}

impl Traffic {
    /// Counts a call, and tells whether the limit admits it: never more than `rate` in any second.
    pub(super) fn admits(&self, endpoint: &'static str, rate: u32, now: Instant) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let tick = now.saturating_duration_since(*seen.first.get_or_insert(now)).as_millis() / TICK;
        let tick = usize::try_from(tick).unwrap_or_default();
        if seen.ticks.len() <= tick {
            seen.ticks.resize(tick + 1, 0);
        }
        seen.ticks[tick] += 1;
        *seen.calls.entry(endpoint).or_default() += 1;
        while seen.recent.front().is_some_and(|call| now.saturating_duration_since(*call) >= Duration::from_secs(1)) {
            seen.recent.pop_front();
        }
        let admitted = seen.recent.len() < rate as usize;
        if admitted {
            seen.recent.push_back(now);
        } else {
            seen.limited += 1;
        }
        admitted
    }

    /// Counts a fault that was given.
    pub(super) fn fault(&self, name: String) {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner).faults.entry(name).or_default() += 1;
    }

    /// Calls, and how many of them were over the limit.
    pub(super) fn totals(&self) -> (u64, u64) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.calls.values().sum(), seen.limited)
    }

    /// All of it; `calls_per_second` from two seconds after the first call to two seconds before the last one.
    pub(super) fn report(&self) -> Value {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        json!({
            "calls": seen.calls.values().sum::<u64>(),
            "by_endpoint": seen.calls,
            "limited": seen.limited,
            "faults": seen.faults,
            "calls_per_second": steady(&seen.ticks),
        })
    }
}

/// Calls a second between the margins; `None` when the run was too short to have a steady part of a second.
fn steady(ticks: &[u32]) -> Option<f64> {
    let part = ticks.get(MARGIN..ticks.len().checked_sub(MARGIN)?)?;
    let ticks_a_second = MARGIN / 2;
    let seconds = f64::from(u32::try_from(part.len()).ok()?) * 0.01;
    (part.len() >= ticks_a_second).then(|| part.iter().map(|calls| f64::from(*calls)).sum::<f64>() / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_over_any_second() {
        let (traffic, start) = (Traffic::default(), Instant::now());
        let admitted = |at| traffic.admits("list", 3, start + Duration::from_millis(at));
        assert!(admitted(0) && admitted(500) && admitted(900));
        assert!(!admitted(999));
        assert!(admitted(1_000) && !admitted(1_499) && admitted(1_500));
        assert_eq!(traffic.totals(), (7, 2));
    }

    #[test]
    fn the_steady_rate_leaves_both_ends_out() {
        let mut ticks = vec![100; 200];
        ticks.extend([1; 100]);
        assert_eq!(steady(&ticks), None);
        ticks.extend([100; 200]);
        assert_eq!(steady(&ticks), Some(100.0));
    }
}
