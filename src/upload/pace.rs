//! Whether a limit is worth waiting for: one pure decision, without a clock.

use std::time::Duration;

/// A limit that opens later than this is left to a later run.
const LONGEST_PAUSE: Duration = Duration::from_hours(2);
/// So many refusals in a row are no passing limit: a plan that has ended answers like that, too (API_FACTS.md C5).
const PAUSES_IN_A_ROW: u32 = 20;
/// Shortest pause, whatever the server says: an answer of 0 seconds must not become a storm of calls.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// What to do about a limit that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// Wait, then try again.
    For(Duration),
    /// Stop; what was accepted is on disk, and a later run continues.
    Stop,
}

/// Refusals in a row; start anew after each answer.
#[derive(Debug, Default)]
pub(super) struct Pace {
    pauses: u32,
}

impl Pace {
    /// Decides about one more refusal, with the wait that the server asks for.
    pub(super) fn next(&mut self, asked: Duration) -> Pause {
        self.pauses += 1;
        if asked > LONGEST_PAUSE || self.pauses > PAUSES_IN_A_ROW {
            Pause::Stop
        } else {
            Pause::For(asked.max(SHORTEST_PAUSE))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wait_that_a_server_may_ask_for_has_one_answer() {
        for (asked, expected) in [
            (0, Pause::For(SHORTEST_PAUSE)),
            (1, Pause::For(Duration::from_secs(1))),
            (60, Pause::For(Duration::from_mins(1))),
            (3_600, Pause::For(Duration::from_hours(1))),
            (7_200, Pause::For(LONGEST_PAUSE)),
            (7_201, Pause::Stop),
            (u64::MAX, Pause::Stop),
        ] {
            assert_eq!(Pace::default().next(Duration::from_secs(asked)), expected, "{asked}");
        }
    }

    #[test]
    fn refusals_in_a_row_come_to_an_end() {
        let mut pace = Pace::default();
        for _ in 0..PAUSES_IN_A_ROW {
            assert_ne!(pace.next(Duration::ZERO), Pause::Stop);
        }
        assert_eq!(pace.next(Duration::ZERO), Pause::Stop);
    }
}
