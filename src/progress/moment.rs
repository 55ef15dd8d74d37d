//! What a phase has come to at one moment; pure, with the clock as a parameter.

use std::time::Duration;

/// The gauge that a limit is about.
pub const CALLS: &str = "calls";

/// A phase at one moment.
#[derive(Debug, Clone, Default)]
pub struct Moment {
    /// Name of the phase.
    pub name: &'static str,
    /// Done, earlier runs included.
    pub done: u64,
    /// Done by earlier runs: says nothing about the pace of this one.
    pub done_before: u64,
    /// How many there are, where that is known.
    pub total: Option<u64>,
    /// Since the phase began, waits included.
    pub elapsed: Duration,
    /// Done per second, lately.
    pub rate: f64,
    /// Calls per second, lately.
    pub call_rate: f64,
    /// Calls per second that are allowed.
    pub limit: Option<f64>,
    /// What is left of a pause that holds everybody.
    pub pause: Duration,
    /// The limits allow no end before this time has passed.
    pub at_least: Duration,
    /// Further numbers by name, in the order in which they were first mentioned.
    pub gauges: Vec<(&'static str, u64)>,
    /// A few words about what is going on just now.
    pub note: String,
}

impl Moment {
    /// Time to the end at the pace of this whole run, in which its waits count; never less than the limits allow.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn left(&self) -> Option<Duration> {
        let remaining = self.total?.saturating_sub(self.done);
        let done_now = self.done.saturating_sub(self.done_before);
        if remaining == 0 || done_now == 0 {
            return (remaining > 0 && !self.at_least.is_zero()).then_some(self.at_least);
        }
        let paced = self.elapsed.as_secs_f64() * remaining as f64 / done_now as f64;
        let paced = Duration::try_from_secs_f64(paced).unwrap_or(Duration::MAX);
        Some(paced.saturating_add(self.pause).max(self.at_least))
    }

    /// Share of the API limit that is in use, in per cent.
    #[must_use]
    pub fn limit_used(&self) -> Option<f64> {
        self.limit.filter(|limit| *limit > 0.0).map(|limit| self.call_rate / limit * 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> Moment {
        Moment {
            name: "export",
            done: 250_000,
            done_before: 50_000,
            total: Some(1_000_000),
            elapsed: Duration::from_secs(4_000),
            rate: 49.6,
            call_rate: 99.2,
            limit: Some(100.0),
            gauges: vec![(CALLS, 402_000), ("retries", 7), ("failed", 0)],
            ..Moment::default()
        }
    }

    #[test]
    fn the_end_is_reckoned_from_this_run_and_never_before_the_limits_allow() {
        assert_eq!(export().left(), Some(Duration::from_mins(250)));
        let paused = Moment { pause: Duration::from_secs(30), ..export() };
        assert_eq!(paused.left(), Some(Duration::from_secs(15_030)));
        let limited = Moment { at_least: Duration::from_hours(25), ..export() };
        assert_eq!(limited.left(), Some(Duration::from_hours(25)));
        let resumed = Moment { done: 50_000, ..export() };
        assert_eq!(resumed.left(), None);
        assert_eq!(Moment { total: None, ..export() }.left(), None);
        assert_eq!(Moment { done: 1_000_000, ..export() }.left(), None);
    }
}
