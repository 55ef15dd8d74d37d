//! Retry, wait or give up: one pure decision, with chance as a parameter.

use std::time::Duration;

/// How often and upon what a call is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Tries in all, the first one included.
    pub attempts: u32,
    /// First wait between tries; doubled each time, with jitter.
    pub backoff: Duration,
    /// Longest wait between tries that we choose ourselves.
    pub backoff_limit: Duration,
    /// What a 429 means to this call.
    pub limits: Limits,
    /// Longest wait that a server may ask for; beyond it the call is given up, and a later run continues.
    pub longest_wait: Duration,
}

/// Tries that are answered by a 429, in all: a limit passes, so it gets more patience than what is broken. A plan that
/// has ended answers like that for ever.
const LIMITED_ATTEMPTS: u32 = 20;

/// What a 429 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// Everybody waits, then the call is tried again; does not use up tries any faster than other failures.
    PauseAll,
    /// The caller decides: it knows which limit was hit.
    HandBack,
}

/// What came of one try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observation {
    /// An answer arrived whole, with this status and this `Retry-After`.
    Status(u16, Option<Duration>),
    /// Refused, reset, cut, timed out.
    NoAnswer,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Hand the answer to the caller.
    Return,
    /// Try again after this wait.
    Retry {
        /// Wait before the next try.
        after: Duration,
    },
    /// Let everybody wait, then try again.
    PauseAll {
        /// Wait before anybody's next call.
        after: Duration,
    },
    /// No more tries: they are spent, or none would fare better.
    GiveUp,
}

/// Decides what to do after try number `attempt` of its kind (from 1), limited ones and others being counted apart;
/// `chance` is a number from 0 to 1 for the jitter.
#[must_use]
pub fn decide(policy: &Policy, observation: Observation, attempt: u32, chance: f64) -> Decision {
    let (limited, retry_after) = match observation {
        Observation::Status(429, _) if policy.limits == Limits::HandBack => return Decision::Return,
        Observation::Status(429, retry_after) => (true, retry_after),
        Observation::Status(408 | 500..=599, retry_after) => (false, retry_after),
        Observation::Status(..) => return Decision::Return,
        Observation::NoAnswer => (false, None),
    };
    let most = if limited { LIMITED_ATTEMPTS.max(policy.attempts) } else { policy.attempts };
    if attempt >= most || retry_after.is_some_and(|wait| wait > policy.longest_wait) {
        return Decision::GiveUp;
    }
    let after = retry_after.unwrap_or_else(|| backoff(policy, attempt, chance));
    if limited { Decision::PauseAll { after } } else { Decision::Retry { after } }
}

/// Doubles with each try up to the limit; the jitter takes up to half of it away.
fn backoff(policy: &Policy, attempt: u32, chance: f64) -> Duration {
    let doubled = policy.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    doubled.min(policy.backoff_limit).mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        attempts: 3,
        backoff: Duration::from_secs(1),
        backoff_limit: Duration::from_secs(3),
        limits: Limits::PauseAll,
        longest_wait: Duration::from_mins(5),
    };

    #[test]
    fn every_status_has_one_decision() {
        for status in 100..=599 {
            let decision = decide(&POLICY, Observation::Status(status, None), 1, 0.0);
            let expected = match status {
                429 => Decision::PauseAll { after: Duration::from_secs(1) },
                408 | 500..=599 => Decision::Retry { after: Duration::from_secs(1) },
                _ => Decision::Return,
            };
            assert_eq!(decision, expected, "{status}");
        }
    }

    #[test]
    fn waits_double_up_to_the_limit_and_jitter_shortens_them() {
        let wait = |attempt, chance| decide(&Policy { attempts: 9, ..POLICY }, Observation::NoAnswer, attempt, chance);
        assert_eq!(wait(1, 0.0), Decision::Retry { after: Duration::from_secs(1) });
        assert_eq!(wait(2, 0.0), Decision::Retry { after: Duration::from_secs(2) });
        assert_eq!(wait(8, 0.0), Decision::Retry { after: Duration::from_secs(3) });
        assert_eq!(wait(2, 1.0), Decision::Retry { after: Duration::from_secs(1) });
    }

    #[test]
    fn the_servers_wait_wins_and_tries_are_counted() {
        let asked = Some(Duration::from_secs(40));
        assert_eq!(
            decide(&POLICY, Observation::Status(503, asked), 1, 0.0),
            Decision::Retry { after: Duration::from_secs(40) }
        );
        assert_eq!(decide(&POLICY, Observation::Status(503, asked), 3, 0.0), Decision::GiveUp);
        let (longest, longer) = (Some(Duration::from_mins(5)), Some(Duration::from_secs(301)));
        for status in [429, 503] {
            assert_ne!(decide(&POLICY, Observation::Status(status, longest), 1, 0.0), Decision::GiveUp);
            assert_eq!(decide(&POLICY, Observation::Status(status, longer), 1, 0.0), Decision::GiveUp);
        }
        assert_ne!(decide(&POLICY, Observation::Status(429, None), 19, 0.0), Decision::GiveUp);
        assert_eq!(decide(&POLICY, Observation::Status(429, None), 20, 0.0), Decision::GiveUp);
        let handed_back = Policy { limits: Limits::HandBack, ..POLICY };
        assert_eq!(decide(&handed_back, Observation::Status(429, None), 1, 0.0), Decision::Return);
    }
}
