//! What a phase has come to, as a line for a bar, for a log and for a machine; pure, with the clock as a parameter.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::wording;

/// Widest bar; beyond that it says no more.
const WIDEST_BAR: usize = 24;
/// Narrowest bar that is still worth its space.
const NARROWEST_BAR: usize = 8;

/// The gauge that a limit is about.
pub(super) const CALLS: &str = "calls";

/// A phase at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    /// Name of the phase.
    pub(super) name: &'static str,
    /// Done, earlier runs included.
    pub(super) done: u64,
    /// Done by earlier runs: says nothing about the pace of this one.
    pub(super) done_before: u64,
    /// How many there are, where that is known.
    pub(super) total: Option<u64>,
    /// Since the phase began, waits included.
    pub(super) elapsed: Duration,
    /// Done per second, lately.
    pub(super) rate: f64,
    /// Calls per second, lately.
    pub(super) call_rate: f64,
    /// Calls per second that are allowed.
    pub(super) limit: Option<f64>,
    /// What is left of a pause that holds everybody.
    pub(super) pause: Duration,
    /// The limits allow no end before this time has passed.
    pub(super) at_least: Duration,
    /// Further numbers by name, in the order in which they were first mentioned.
    pub(super) gauges: Vec<(&'static str, u64)>,
    /// A few words.
    pub(super) note: String,
}

impl Progress {
    /// Time to the end at the pace of this whole run, in which its waits count; never less than the limits allow.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn left(&self) -> Option<Duration> {
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
    fn limit_used(&self) -> Option<f64> {
        self.limit.filter(|limit| *limit > 0.0).map(|limit| self.call_rate / limit * 100.0)
    }

    fn position(&self) -> String {
        match self.total {
            Some(total) => format!("{} of {}", wording::count(self.done), wording::count(total)),
            None => wording::count(self.done),
        }
    }

    /// Everything there is to say, the most important first.
    fn pieces(&self) -> Vec<String> {
        let mut pieces = vec![self.position()];
        if self.done > self.done_before {
            pieces.push(wording::rate(self.rate));
        }
        if let Some(left) = self.left() {
            pieces.push(format!("{} left", wording::duration(left)));
        }
        if !self.pause.is_zero() {
            pieces.push(format!("waiting {} for the rate limit", wording::duration(self.pause)));
        }
        if !self.note.is_empty() {
            pieces.push(self.note.clone());
        }
        if let Some(used) = self.limit_used() {
            pieces.push(format!("{used:.0}% of limit"));
        }
        let told = self.gauges.iter().filter(|(_, number)| *number > 0);
        pieces.extend(told.map(|(name, number)| format!("{} {name}", wording::count(*number))));
        pieces
    }

    /// One line of at most `width` columns: what does not fit is left out, what is left over becomes a bar.
    pub(super) fn bar_line(&self, width: usize) -> String {
        let mut line = format!("{:<10}", self.name);
        let mut used = line.chars().count();
        let mut tail = String::new();
        for piece in self.pieces() {
            let needed = piece.chars().count() + 2;
            if used + needed > width {
                break;
            }
            used += needed;
            tail.push_str("  ");
            tail.push_str(&piece);
        }
        if let Some(total) = self.total {
            line.push_str(&bar(self.done, total, width.saturating_sub(used + 1)));
        }
        line + &tail
    }

    /// One line for a log.
    pub(super) fn plain_line(&self) -> String {
        format!("{}: {}", self.name, self.pieces().join(", "))
    }

    /// The members of one JSON line.
    pub(super) fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("phase".into(), self.name.into());
        members.insert("done".into(), self.done.into());
        members.insert("total".into(), self.total.into());
        members.insert("per_second".into(), tenths(self.rate));
        members.insert("seconds_left".into(), self.left().map(|left| left.as_secs()).into());
        if let Some(used) = self.limit_used() {
            members.insert("percent_of_limit".into(), tenths(used));
        }
        if !self.pause.is_zero() {
            members.insert("seconds_paused".into(), self.pause.as_secs().into());
        }
        if !self.note.is_empty() {
            members.insert("note".into(), self.note.clone().into());
        }
        members.extend(self.gauges.iter().map(|(name, number)| ((*name).to_owned(), json!(number))));
        members
    }
}

fn tenths(number: f64) -> Value {
    json!((number * 10.0).round() / 10.0)
}

fn bar(done: u64, total: u64, room: usize) -> String {
    if room < NARROWEST_BAR {
        return String::new();
    }
    let cells = room.min(WIDEST_BAR);
    let share = u128::from(done.min(total)) * cells as u128 / u128::from(total.max(1));
    let full = usize::try_from(share).unwrap_or(cells);
    format!(" {}{}", "━".repeat(full), "╌".repeat(cells - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export() -> Progress {
        Progress {
            name: "export",
            done: 250_000,
            done_before: 50_000,
            total: Some(1_000_000),
            elapsed: Duration::from_secs(4_000),
            rate: 49.6,
            call_rate: 99.2,
            limit: Some(100.0),
            gauges: vec![(CALLS, 402_000), ("retries", 7), ("failed", 0)],
            ..Progress::default()
        }
    }

    #[test]
    fn the_end_is_reckoned_from_this_run_and_never_before_the_limits_allow() {
        assert_eq!(export().left(), Some(Duration::from_mins(250)));
        let paused = Progress { pause: Duration::from_secs(30), ..export() };
        assert_eq!(paused.left(), Some(Duration::from_secs(15_030)));
        let limited = Progress { at_least: Duration::from_hours(25), ..export() };
        assert_eq!(limited.left(), Some(Duration::from_hours(25)));
        let resumed = Progress { done: 50_000, ..export() };
        assert_eq!(resumed.left(), None);
        assert_eq!(Progress { total: None, ..export() }.left(), None);
        assert_eq!(Progress { done: 1_000_000, ..export() }.left(), None);
    }

    #[test]
    fn a_line_fits_its_width_and_spends_what_is_left_on_a_bar() {
        insta::assert_snapshot!(export().bar_line(80), @r"export     ━━╌╌╌╌╌╌╌╌  250,000 of 1,000,000  50/s  4 h 10 min left  99% of limit");
        insta::assert_snapshot!(
            export().bar_line(120),
            @r"export     ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  250,000 of 1,000,000  50/s  4 h 10 min left  99% of limit  402,000 calls  7 retries"
        );
        for width in 0..200 {
            let line = export().bar_line(width);
            assert!(line.chars().count() <= width.max(10), "{width}: {line}");
        }
    }

    #[test]
    fn without_a_total_there_is_no_bar_and_no_end() {
        let listing = Progress { name: "list", done: 4_200, rate: 812.0, ..Progress::default() };
        assert_eq!(listing.bar_line(80), "list        4,200  812/s");
        assert_eq!(listing.plain_line(), "list: 4,200, 812/s");
    }

    #[test]
    fn a_machine_gets_plain_numbers() {
        insta::assert_snapshot!(
            Value::Object(export().members()),
            @r#"{"phase":"export","done":250000,"total":1000000,"per_second":49.6,"seconds_left":15000,"percent_of_limit":99.2,"calls":402000,"retries":7,"failed":0}"#
        );
    }
}
