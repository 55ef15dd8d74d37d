//! Dates of a form that the mapping names, and moments that are counted from 1970.

use std::fmt::{self, Write};

use chrono::{
    DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike,
    format::{Item, Numeric, Parsed, StrftimeItems},
};
use serde::Deserialize;

/// Years of four digits: a year of two would not say its century, and more is a wrong unit.
const YEARS: std::ops::RangeInclusive<i32> = 1000..=9999;

/// The form of a date, as `strftime` writes it; it says year, month and day, the year with all its digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(in crate::mapping) struct DateForm(String);

impl TryFrom<String> for DateForm {
    type Error = String;

    fn try_from(form: String) -> Result<Self, String> {
        let items: Vec<Item<'_>> = StrftimeItems::new(&form).collect();
        if items.contains(&Item::Error) {
            return Err(format!("`{form}` is no form of a date, such as `%d/%m/%Y`"));
        }
        let short = |item: &Item<'_>| matches!(item, Item::Numeric(Numeric::YearMod100 | Numeric::IsoYearMod100, _));
        if items.iter().any(short) {
            return Err(format!("`{form}` does not say the century: a year of two digits may be of two; use `%Y`"));
        }
        let sample = NaiveDate::from_ymd_opt(1990, 12, 31).and_then(|day| day.and_hms_opt(10, 11, 12));
        let mut written = String::new();
        let can_be_written =
            sample.is_some_and(|it| write!(written, "{}", it.and_utc().format_with_items(items.iter())).is_ok());
        let form = Self(form.clone());
        if !can_be_written || form.date(&written).as_deref() != Some("1990-12-31") {
            return Err(format!("`{form}` does not say year, month and day, as `%d/%m/%Y` does"));
        }
        Ok(form)
    }
}

impl fmt::Display for DateForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl DateForm {
    /// The date of a text of this form, as it is written: no time zone moves it.
    pub(super) fn date(&self, text: &str) -> Option<String> {
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, StrftimeItems::new(&self.0)).ok()?;
        let date: NaiveDate = parsed.to_naive_date().ok()?;
        YEARS.contains(&date.year()).then(|| date.to_string())
    }
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::mapping) enum Unit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
}

impl Unit {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::S => "seconds",
            Self::Ms => "milliseconds",
            Self::Us => "microseconds",
        }
    }

    /// Decimal digits of a nanosecond count that lie below this unit.
    fn digits(self) -> usize {
        match self {
            Self::S => 9,
            Self::Ms => 6,
            Self::Us => 3,
        }
    }

    /// The moment that a number stands for, in UTC.
    pub(super) fn moment(self, text: &str) -> Option<NaiveDateTime> {
        let (negative, number) = text.strip_prefix('-').map_or((false, text), |number| (true, number));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || whole.len() > 20 {
            return None;
        }
        // What is finer than a nanosecond is no time that anybody measured.
        let fraction: String = fraction.chars().chain(std::iter::repeat('0')).take(self.digits()).collect();
        let nanoseconds: i128 = format!("{whole}{fraction}").parse().ok()?;
        let nanoseconds = if negative { -nanoseconds } else { nanoseconds };
        let seconds = i64::try_from(nanoseconds.div_euclid(1_000_000_000)).ok()?;
        let rest = u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?;
        let moment = DateTime::from_timestamp(seconds, rest)?.naive_utc();
        YEARS.contains(&moment.year()).then_some(moment)
    }
}

/// The day of a moment.
pub(super) fn day(moment: NaiveDateTime) -> String {
    moment.date().to_string()
}

/// A moment with all its digits.
pub(super) fn written(moment: NaiveDateTime) -> String {
    let form = match moment.nanosecond() {
        rest if rest.is_multiple_of(1_000_000) => "%Y-%m-%dT%H:%M:%S%.3fZ",
        rest if rest.is_multiple_of(1_000) => "%Y-%m-%dT%H:%M:%S%.6fZ",
        _ => "%Y-%m-%dT%H:%M:%S%.9fZ",
    };
    moment.format(form).to_string()
}
