//! Counts, sizes, shares and times as people read them; plain functions, known to every room.

use std::{
    io::{self, Write},
    time::Duration,
};

use indicatif::{HumanBytes, HumanCount, HumanFloatCount};
use serde::Serialize;
use serde_json::{Value, ser::Formatter};

/// A number with its thousands apart: `12,345`.
#[must_use]
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// `1 profile`, `12,345 profiles`.
#[must_use]
pub fn counted(number: u64, thing: &str) -> String {
    let (stem, ending) = match thing.strip_suffix("try") {
        _ if number == 1 => (thing, ""),
        Some(stem) => (stem, "tries"),
        None if thing.ends_with("ch") => (thing, "es"),
        None => (thing, "s"),
    };
    format!("{} {stem}{ending}", count(number))
}

/// JSON on one line with a space after each comma and colon, where a line may end.
#[must_use]
pub fn spaced(value: &Value) -> String {
    let mut text = Vec::new();
    // Neither a value in memory nor a buffer in memory fails.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spaced));
    String::from_utf8(text).unwrap_or_default()
}

/// Puts spaces where JSON needs none.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.begin_array_value(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// A size in the unit that suits it: `8.41 MiB`.
#[must_use]
pub fn bytes(number: u64) -> String {
    HumanBytes(number).to_string()
}

/// The two largest units: `40 ms`, `35 s`, `4 min 10 s`, `5 h 33 min`, `2 d 3 h`; tenths below ten seconds.
#[must_use]
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.as_millis() < 100 => format!("{} ms", duration.as_millis()),
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A share in per cent, cut and not rounded, so that `100%` means all: `0%`, `<0.1%`, `0.4%`, `12.3%`, `100%`.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0%".into();
    }
    let thousandths = u128::from(part) * 1_000 / u128::from(whole);
    match (thousandths, thousandths % 10) {
        (0, _) => "<0.1%".into(),
        (1_000.., _) => "100%".into(),
        (_, tenths) => format!("{}.{tenths}%", thousandths / 10),
    }
}

/// Things of a kind per second: `98/s`, `0.4/s`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    if per_second < 9.95 { format!("{per_second:.1}/s") } else { format!("{}/s", HumanFloatCount(per_second.round())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_their_two_largest_units() {
        let shown = |seconds| duration(Duration::from_secs_f64(seconds));
        assert_eq!(shown(0.04), "40 ms");
        assert_eq!(shown(0.14), "0.1 s");
        assert_eq!(shown(35.0), "35 s");
        assert_eq!(shown(250.0), "4 min 10 s");
        assert_eq!(shown(20_000.0), "5 h 33 min");
        assert_eq!(shown(184_000.0), "2 d 3 h");
    }

    #[test]
    fn json_can_wrap_after_commas_and_colons() {
        let value = serde_json::json!({"a": [1, {}, []], "b": {"c": "d,e:f"}});
        assert_eq!(spaced(&value), r#"{"a": [1, {}, []], "b": {"c": "d,e:f"}}"#);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "profile"), "1 profile");
        assert_eq!(counted(0, "profile"), "0 profiles");
        assert_eq!(counted(1_200, "batch"), "1,200 batches");
    }

    #[test]
    fn a_share_is_all_or_nothing_only_when_it_is() {
        assert_eq!(share(0, 10), "0%");
        assert_eq!(share(1, 1_000_000), "<0.1%");
        assert_eq!(share(999_999, 1_000_000), "99.9%");
        assert_eq!(share(3, 3), "100%");
        assert_eq!(share(0, 0), "0%");
    }
}
