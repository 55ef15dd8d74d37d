//! A moment of a phase as a line for a bar, for a log and for a machine.

use serde_json::{Map, Value, json};

use crate::{progress::Moment, wording};

/// Widest bar; beyond that it says no more.
const WIDEST_BAR: usize = 24;
/// Narrowest bar that is still worth its space.
const NARROWEST_BAR: usize = 8;

fn position(moment: &Moment) -> String {
    match moment.total {
        Some(total) => format!("{} of {}", wording::count(moment.done), wording::count(total)),
        None => wording::count(moment.done),
    }
}

/// Everything there is to say, the most important first.
fn pieces(moment: &Moment) -> Vec<String> {
    let mut pieces = vec![position(moment)];
    if moment.done > moment.done_before {
        pieces.push(wording::rate(moment.rate));
    }
    if let Some(left) = moment.left() {
        pieces.push(format!("{} left", wording::duration(left)));
    }
    if !moment.pause.is_zero() {
        pieces.push(format!("waiting {} for the rate limit", wording::duration(moment.pause)));
    }
    if !moment.note.is_empty() {
        pieces.push(moment.note.clone());
    }
    if let Some(used) = moment.limit_used() {
        pieces.push(format!("{used:.0}% of limit"));
    }
    let told = moment.gauges.iter().filter(|(_, number)| *number > 0);
    pieces.extend(told.map(|(name, number)| format!("{} {name}", wording::count(*number))));
    pieces
}

/// One line of at most `width` columns: what does not fit is left out, what is left over becomes a bar.
pub(super) fn bar_line(moment: &Moment, width: usize) -> String {
    let mut line = format!("{:<10}", moment.name);
    let mut used = line.chars().count();
    let mut tail = String::new();
    for piece in pieces(moment) {
        let needed = piece.chars().count() + 2;
        if used + needed > width {
            break;
        }
        used += needed;
        tail.push_str("  ");
        tail.push_str(&piece);
    }
    if let Some(total) = moment.total {
        line.push_str(&bar(moment.done, total, width.saturating_sub(used + 1)));
    }
    line + &tail
}

/// One line for a log.
pub(super) fn plain_line(moment: &Moment) -> String {
    format!("{}: {}", moment.name, pieces(moment).join(", "))
}

/// The members of one JSON line.
pub(super) fn members(moment: &Moment) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("phase".into(), moment.name.into());
    members.insert("done".into(), moment.done.into());
    members.insert("total".into(), moment.total.into());
    members.insert("per_second".into(), tenths(moment.rate));
    members.insert("seconds_left".into(), moment.left().map(|left| left.as_secs()).into());
    if let Some(used) = moment.limit_used() {
        members.insert("percent_of_limit".into(), tenths(used));
    }
    if !moment.pause.is_zero() {
        members.insert("seconds_paused".into(), moment.pause.as_secs().into());
    }
    if !moment.note.is_empty() {
        members.insert("note".into(), moment.note.clone().into());
    }
    members.extend(moment.gauges.iter().map(|(name, number)| ((*name).to_owned(), json!(number))));
    members
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
    use std::time::Duration;

    use super::*;
    use crate::progress::CALLS;

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
    fn a_line_fits_its_width_and_spends_what_is_left_on_a_bar() {
        insta::assert_snapshot!(bar_line(&export(), 80), @r"export     ━━╌╌╌╌╌╌╌╌  250,000 of 1,000,000  50/s  4 h 10 min left  99% of limit");
        insta::assert_snapshot!(
            bar_line(&export(), 120),
            @r"export     ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  250,000 of 1,000,000  50/s  4 h 10 min left  99% of limit  402,000 calls  7 retries"
        );
        for width in 0..200 {
            let line = bar_line(&export(), width);
            assert!(line.chars().count() <= width.max(10), "{width}: {line}");
        }
    }

    #[test]
    fn without_a_total_there_is_no_bar_and_no_end() {
        let listing = Moment { name: "list", done: 4_200, rate: 812.0, ..Moment::default() };
        assert_eq!(bar_line(&listing, 80), "list        4,200  812/s");
        assert_eq!(plain_line(&listing), "list: 4,200, 812/s");
    }

    #[test]
    fn a_machine_gets_plain_numbers() {
        insta::assert_snapshot!(
            Value::Object(members(&export())),
            @r#"{"phase":"export","done":250000,"total":1000000,"per_second":49.6,"seconds_left":15000,"percent_of_limit":99.2,"calls":402000,"retries":7,"failed":0}"#
        );
    }
}
